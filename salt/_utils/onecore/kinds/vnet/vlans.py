"""Conflicts of VLANs: two networks on one VLAN of one device are one network."""

from __future__ import annotations

from ...basics.errors import RefusedError
from ...basics.plan import PIPELINE, SHARED, SINGLE, Order
from ...basics.values import ADMINISTRATOR
from ...cloud.directory import NETWORKS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.vlans import OF_VXLAN, TRUNK, Span, carried, further, own, shares, uses_more

#: Arguments with the number of a VLAN, and their paths in OpenNebula.
NUMBERS = {"vlan_id": "VLAN_ID", "outer_vlan_id": "OUTER_VLAN_ID"}
#: Where OpenNebula has what decides which VLANs a network uses, by the path of a change.
_STORED = {**NUMBERS, "driver": "VN_MAD", "phydev": "PHYDEV", "bridge": "BRIDGE", TRUNK: f"TEMPLATE/{TRUNK}"}

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
    other = None if place is None else _another(cloud, order, resource, place, unmarked=mark.source == SHARED)
    if place is not None and other is not None:
        number, device = place[2], _device(order, resource)
        raise RefusedError(f"{argument}: {_in_use(number, device, other)}: choose another one.")
    if mark.source != SHARED:
        _refuse_trunk(cloud, order, resource)


def _refuse_trunk(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise RefusedError if the trunk of a user's network would carry a VLAN of another user's network."""
    attributes = order.wanted.get("attributes") or {}
    declared = carried(_driver(order, resource), _device(order, resource), str(attributes.get(TRUNK, "")))
    present = [] if resource is None else further(resource)
    for span in (each for each in declared if each not in present):
        for other in cloud.pool(NETWORKS):
            # What it carries already, such as a part of a trunk that gets smaller, is no change.
            news = [each for each in _spans(_foreseen(cloud, other)) if not any(each.meets(had) for had in present)]
            met = next((each for each in news if each.meets(span)), None)
            if met is not None and _is_of_another(cloud, order, other):
                said = _in_use(str(met), span.device, other)
                raise RefusedError(f"attributes.{TRUNK}: {said}: leave it out of the trunk.")


def _spans(other: Resource) -> list[Span]:
    """The VLANs of a network that it does not share on purpose."""
    numbered = [] if other.text("PARENT_NETWORK_ID") else own(other)
    return [*numbered, *_further(other)]


def _further(other: Resource) -> list[Span]:
    """Its further VLANs of that kind: a trunk of the administrator carries those of users on purpose as well."""
    mark = other.mark
    ours = other.owner == ADMINISTRATOR and (mark is None or mark.owner == ADMINISTRATOR)
    return [each for each in further(other) if not (shares(other) or (ours and each.trunk))]


def shared_vlan_note(cloud: Cloud, order: Order, resource: Resource | None) -> str:
    """A note that a single network gets a VLAN that another user's network has, which can be intended; empty if not."""
    mark = order.wanted["managed"].mark
    argument, place = _new_place(order, resource)
    if place is None or mark is None or mark.source != SINGLE:
        return ""
    other = _another(cloud, order, resource, place, unmarked=False)
    return "" if other is None else f"{argument}: {_in_use(place[2], _device(order, resource), other)}, too"


def _in_use(number: str, device: str, other: Resource) -> str:
    there = f"{number} on {device or 'this driver'}"
    return f"{there} is in use by {NETWORKS.describe(other.name, other.owner)} (ID {other.id})"


def _driver(order: Order, resource: Resource | None) -> str:
    return order.wanted.get("driver") or ("" if resource is None else resource.text("VN_MAD"))


def _device(order: Order, resource: Resource | None) -> str:
    """The device of a network, or the bridge that leads there."""
    said = order.wanted.get("phydev") or ("" if resource is None else resource.text("PHYDEV"))
    return said or order.wanted.get("bridge") or ("" if resource is None else resource.text("BRIDGE"))


def _new_place(order: Order, resource: Resource | None) -> tuple[str, Place | None]:
    """The argument that sets the VLAN of a network, and the VLAN; ``None`` if the network has it or none is set."""
    driver = _driver(order, resource)
    device = order.wanted.get("phydev") or ("" if resource is None else resource.text("PHYDEV"))
    argument = OF_VXLAN.get(driver, "VLAN_ID").lower()
    number = order.wanted.get(argument)
    place = (driver in OF_VXLAN, device, str(number))
    stays = resource is not None and _place(resource) == place
    # An empty text removes the number.
    return argument, None if number in (None, "") or stays else place


def _place(network: Resource) -> Place:
    driver = network.text("VN_MAD")
    return driver in OF_VXLAN, network.text("PHYDEV"), network.text(OF_VXLAN.get(driver, "VLAN_ID"))


def _another(cloud: Cloud, order: Order, resource: Resource | None, place: Place, unmarked: bool) -> Resource | None:
    """Another user's network on that VLAN, or with a trunk that carries it.

    unmarked
        Whether only networks without a mark count.
    """
    pool = cloud.pool(NETWORKS)
    span = Span(place[0], _device(order, resource), int(place[2]), int(place[2]))
    # A reservation shares the VLAN of its network; a trunk for everybody carries those of others on purpose.
    found = [each for each in pool.having(_place, place) if not each.text("PARENT_NETWORK_ID")]
    found += [each for each in pool.having(uses_more, True) if any(one.meets(span) for one in _further(each))]
    others = (each for each in found if not (unmarked and each.mark is not None))
    return next((each for each in others if _is_of_another(cloud, order, each) and _stays(cloud, each, span)), None)


def _stays(cloud: Cloud, other: Resource, span: Span) -> bool:
    """Whether a network that uses a VLAN still does after the announced changes of a dry run."""
    now = _foreseen(cloud, other)
    return now is other or any(each.meets(span) for each in (*own(now), *further(now)))


def _foreseen(cloud: Cloud, other: Resource) -> Resource:
    """A network after the announced changes of a dry run, as far as they decide which VLANs it uses."""
    changes = [each for each in cloud.planned(NETWORKS, other.name, other.owner) if each.path in _STORED]
    if not changes:
        return other
    copy = other.copied()
    for change in changes:
        text, stored = "" if change.new is None else str(change.new), _STORED[change.path]
        found = copy.element.find(stored)
        if found is None:
            copy.put(stored.rpartition("/")[2], text)
        else:
            found.text = text
    return copy


def _is_of_another(cloud: Cloud, order: Order, other: Resource) -> bool:
    """Whether a network is neither the declared one, nor of its owner."""
    # The user's own networks, and those in the account's namespace that wait for handover to the user.
    whose = (order.owner, cloud.account)
    own_one = other.mark is not None and other.mark.owner == order.owner and other.owner in whose
    return not own_one and (other.owner, other.name) != (order.owner, order.name)
