"""Conflicts of VLANs: two networks on one VLAN of one device are one network."""

from __future__ import annotations

from ...basics.errors import RefusedError
from ...basics.plan import NO_BLUEPRINT, Order
from ...cloud.directory import NETWORKS
from ...cloud.resource import Resource
from ...cloud.view import Cloud

#: Arguments with the number of a VLAN, and their paths in OpenNebula.
NUMBERS = {"vlan_id": "VLAN_ID", "outer_vlan_id": "OUTER_VLAN_ID"}
#: Drivers whose numbers are VXLAN IDs, and the argument with the ID; a VLAN inside a VXLAN is independent.
_VXLAN = {"vxlan": "vlan_id", "ovswitch_vxlan": "outer_vlan_id"}

#: Whether it is a VXLAN, its device, and its number.
Place = tuple[bool, str, str]


def refuse_taken(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise RefusedError if a network of a blueprint would get a VLAN that another user's network has.

    A user's own networks may exchange their VLANs. A single state is not checked, since several networks on one VLAN
    can be intended; a blueprint never intends it.
    """
    mark = order.wanted["managed"].mark
    if mark is None or mark.source in NO_BLUEPRINT:
        return
    driver, device = (
        order.wanted.get(name) or ("" if resource is None else resource.text(path))
        for name, path in (("driver", "VN_MAD"), ("phydev", "PHYDEV"))
    )
    argument = _VXLAN.get(driver, "vlan_id")
    number = order.wanted.get(argument)
    place = (driver in _VXLAN, device, str(number))
    if number is None or (resource is not None and _place(resource) == place):
        return
    other = _another(cloud, order, place)
    if other is not None:
        raise RefusedError(
            f"{argument}: {number} on {device or 'this driver'} is in use by "
            f"{NETWORKS.describe(other.name, other.owner)} (ID {other.id}): choose another one."
        )


def _place(network: Resource) -> Place:
    driver = network.text("VN_MAD")
    return driver in _VXLAN, network.text("PHYDEV"), network.text(NUMBERS[_VXLAN.get(driver, "vlan_id")])


def _another(cloud: Cloud, order: Order, place: Place) -> Resource | None:
    """Another user's network on that VLAN; a reservation shares the VLAN of its network."""
    for each in cloud.pool(NETWORKS).having(_place, place):
        if not each.text("PARENT_NETWORK_ID"):
            # The user's own networks, and those in the account's namespace that wait for handover to the user.
            own = each.mark is not None and each.mark.owner == order.owner
            itself = (each.owner, each.name) == (order.owner, order.name)
            if not (own or itself):
                return each
    return None
