"""Conflicts of VLANs: two networks on one VLAN of one device are one network."""

from __future__ import annotations

from ...basics.errors import RefusedError
from ...basics.plan import PIPELINE, SHARED, SINGLE, Order
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
    """Raise RefusedError if a network of the pillar would get a VLAN that another user's network has.

    A user's own networks may exchange their VLANs. Shared networks may have the VLAN of another declared network:
    validation reports those that must not. A single state is not checked, see :func:`shared_vlan_note`.
    """
    mark = order.wanted["managed"].mark
    if mark is None or mark.source in (SINGLE, PIPELINE):
        return
    argument, place = _new_place(order, resource)
    other = None if place is None else _another(cloud, order, place, unmarked=mark.source == SHARED)
    if place is not None and other is not None:
        raise RefusedError(f"{argument}: {_in_use(place, other)}: choose another one.")


def shared_vlan_note(cloud: Cloud, order: Order, resource: Resource | None) -> str:
    """A note that a single network gets a VLAN that another user's network has, which can be intended; empty if not."""
    mark = order.wanted["managed"].mark
    argument, place = _new_place(order, resource)
    if place is None or mark is None or mark.source != SINGLE:
        return ""
    other = _another(cloud, order, place, unmarked=False)
    return "" if other is None else f"{argument}: {_in_use(place, other)}, too"


def _in_use(place: Place, other: Resource) -> str:
    _, device, number = place
    there = f"{number} on {device or 'this driver'}"
    return f"{there} is in use by {NETWORKS.describe(other.name, other.owner)} (ID {other.id})"


def _new_place(order: Order, resource: Resource | None) -> tuple[str, Place | None]:
    """The argument that sets the VLAN of a network, and the VLAN; ``None`` if the network has it or none is set."""
    driver, device = (
        order.wanted.get(name) or ("" if resource is None else resource.text(path))
        for name, path in (("driver", "VN_MAD"), ("phydev", "PHYDEV"))
    )
    argument = _VXLAN.get(driver, "vlan_id")
    number = order.wanted.get(argument)
    place = (driver in _VXLAN, device, str(number))
    stays = resource is not None and _place(resource) == place
    return argument, None if number is None or stays else place


def _place(network: Resource) -> Place:
    driver = network.text("VN_MAD")
    return driver in _VXLAN, network.text("PHYDEV"), network.text(NUMBERS[_VXLAN.get(driver, "vlan_id")])


def _another(cloud: Cloud, order: Order, place: Place, unmarked: bool) -> Resource | None:
    """Another user's network on that VLAN; a reservation shares the VLAN of its network.

    unmarked
        Whether only networks without a mark count.
    """
    for each in cloud.pool(NETWORKS).having(_place, place):
        if not each.text("PARENT_NETWORK_ID") and not (unmarked and each.mark is not None):
            # The user's own networks, and those in the account's namespace that wait for handover to the user.
            whose = (order.owner, cloud.account)
            own = each.mark is not None and each.mark.owner == order.owner and each.owner in whose
            itself = (each.owner, each.name) == (order.owner, order.name)
            if not (own or itself):
                return each
    return None
