"""Networks that are reservations: some addresses of another network, on the same VLAN."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...basics.arguments import refuse_unknown
from ...basics.errors import ArgumentError, RefusedError
from ...basics.marks import DIGESTS, FORMERLY, HOLDS, transit_name
from ...basics.plan import Change, Order
from ...basics.syntax import parse, render
from ...basics.values import POSITIVE, YES_NO, object_name
from ...cloud.directory import NETWORKS, USERS
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import leaves
from ...model.arguments import REQUIRED
from ...model.fields import REMOVED, Field, Reference
from ...model.lock import refuse_use
from ...model.nodes import Key, Keys, Node
from ...model.reading import Reading
from ...model.vectors import lowered
from ...model.writers import MERGE
from .addresses import LEASABLE, address, spans, taken_of
from .losses import is_left

#: Attributes of the parent that a reservation must not keep.
_COPIED = (HOLDS, FORMERLY, DIGESTS)
RESERVED_FROM, HELD = "reserved_from", "holds"


@dataclass(frozen=True)
class Reservation:
    """The size, network and first address of a reservation; ``number`` is the network's ID."""

    network: str
    owner: str | None
    size: int
    first: str | None
    number: int | None = None

    @property
    def shown(self) -> dict[str, Any]:
        found = {"network": self.network, "owner": self.owner, "size": self.size, "first": self.first}
        return {name: value for name, value in found.items() if value is not None}


class ReservedFrom(Field):
    """The argument ``reserved_from``."""

    attribute_names = ("PARENT_NETWORK_ID",)
    source = NETWORKS
    doc = (
        "Makes it a reservation: ``size`` addresses of another ``network`` of ``owner``, the ``first`` of them, "
        "with its VLAN and all other values that are not declared. With a larger ``size``, further free addresses "
        "are reserved; OpenNebula releases them only with the whole reservation."
    )
    example = "{network: EOLE, owner: oneadmin, size: 8, first: 192.168.230.50}"

    def own_node(self) -> Node:
        return Keys(
            "a reservation",
            {
                "network": Key(leaves.name("network"), "The network that it is a part of.", REQUIRED, "EOLE"),
                "owner": Key(
                    leaves.name("user"), "Owner of the network.", "the account that Salt connects as", "oneadmin"
                ),
                "size": Key(leaves.POSITIVE, "Number of addresses.", REQUIRED, "8", "addresses"),
                "first": Key(LEASABLE, "The first address.", "any free ones", "192.168.230.50"),
            },
        )

    def wanted(self, value: Any) -> Reservation:
        said = lowered(self.name, value)
        refuse_unknown(said, ("network", "owner", "size", "first"), f"{self.name}.", "key")
        for name in ("network", "size"):
            if name not in said:
                raise ArgumentError(f"{self.name}: {name} must be given.")
        owner, first = said.get("owner"), said.get("first")
        return Reservation(
            object_name(NETWORKS.title, said["network"]),
            None if owner is None else object_name(USERS.title, owner),
            POSITIVE.wanted(f"{self.name}.size", said["size"]),
            None if first is None else address(f"{self.name}.first", first)[1],
        )

    def references(self, wanted: Reservation) -> Iterator[Reference]:
        yield Reference(NETWORKS, wanted.network, wanted.owner, f"{self.name}.network")

    origins = references

    def resolve(self, cloud: Cloud, wanted: Reservation, order: Order) -> Reservation:
        parent = cloud.find(NETWORKS, wanted.network, wanted.owner or cloud.account)
        return replace(wanted, number=None if parent is None else parent.id)

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        number = resource.text("PARENT_NETWORK_ID")
        if not number:
            return None
        parent = reading.cloud.numbered(NETWORKS, number)
        if parent is None:
            reading.left[self.name] = f"network {number} does not exist, or this account cannot see it"
            return None
        reserved = _reserved(resource)
        begins = next((span.at(0) for span in spans(reserved[:1])), None)
        owner = None if parent.owner == reading.cloud.account else parent.owner
        return Reservation(parent.name, owner, sum(each.number("SIZE") for each in reserved), begins).shown

    def changes(self, resource: Resource | None, wanted: Reservation) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted.shown)
            return
        reserved = _reserved(resource)
        if resource.text("PARENT_NETWORK_ID") != str(wanted.number):
            raise RefusedError(
                f"{self.name}: the network is {'a' if reserved else 'no'} reservation from "
                f"{'another network' if reserved else wanted.network}, which OpenNebula never changes; remove it "
                f"and create it again, or declare another name."
            )
        if wanted.first is not None and not any(span.at(0) == wanted.first for span in spans(reserved)):
            raise RefusedError(
                f"{self.name}.first: the reservation begins elsewhere, which OpenNebula never changes; declare its "
                f"current first address, or none."
            )
        size = _size(resource)
        if size > wanted.size:
            raise RefusedError(
                f"{self.name}.size: the reservation has {size} addresses, and OpenNebula cannot shrink it; "
                f"onevnet.rmar removes a whole range."
            )
        if size < wanted.size:
            yield self.change(f"{self.name}:size", size, wanted.size, {"SIZE": wanted.size - size})


def _reserved(network: Resource) -> list[Vector]:
    """The address ranges of a network that are parts of another network."""
    return [each for each in network.vectors("AR_POOL/AR") if each.get("PARENT_NETWORK_AR_ID")]


def reserve(cloud: Cloud, order: Order, template: str) -> int:
    """Create a reservation with the attributes of a template, or complete that of an interrupted run.

    OpenNebula's reserve call takes only a name, and the new network has the mark of its parent until it has its own. It
    therefore gets a name that no other network has until then.
    """
    said: Reservation = order.due(RESERVED_FROM)
    passing = transit_name(order.user, order.name)
    found = cloud.find(NETWORKS, passing, cloud.account)
    if found is None:
        wanted = {"NAME": passing, "SIZE": said.size, **_first(cloud, said)}
        number = cloud.call("one.vn.reserve", said.number, render(wanted))
    else:
        number = found.id
        cloud.forget(NETWORKS, number)
    rest = {name: value for name, value in parse(template).items() if name != "NAME"}
    cloud.call("one.vn.update", number, render({**dict.fromkeys(_COPIED, REMOVED), **rest}), MERGE)
    return number


def refuse_unreservable(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise LockedError for a locked parent, and ArgumentError for a first address that the parent does not have."""
    said: Reservation = order.due(RESERVED_FROM)
    owner = said.owner or cloud.account
    if resource is None or _size(resource) < said.size:
        refuse_use(cloud, NETWORKS, said.network, owner, f"{RESERVED_FROM}: ")
    announced, parent = cloud.announced(NETWORKS, said.network, owner), cloud.find(NETWORKS, said.network, owner)
    is_part = parent is not None and bool(parent.text("PARENT_NETWORK_ID"))
    if resource is None and (is_part or (announced is not None and RESERVED_FROM in announced.wanted)):
        raise RefusedError(
            f"{RESERVED_FROM}: {NETWORKS.describe(said.network, owner)} is a reservation itself, and OpenNebula "
            "does not reserve from reservations: name the network that it is a part of."
        )
    if resource is None and said.number is not None:
        _first(cloud, said)
    if parent is not None:
        _refuse_full(cloud, order, resource, parent)


def _refuse_full(cloud: Cloud, order: Order, resource: Resource | None, parent: Resource) -> None:
    """Raise RefusedError if no address range has the required number of consecutive free addresses."""
    said: Reservation = order.due(RESERVED_FROM)
    needed = said.size - (0 if resource is None else _size(resource))
    if needed <= 0 or (resource is None and _is_begun(cloud, order)) or _grows(cloud, parent):
        return
    _refuse_promised(cloud, order, parent, needed)
    first = said.first if resource is None else None
    free = _most_free(cloud, parent, first)
    if free < needed:
        # Earlier changes of this run may have freed addresses since the network was read.
        free = _most_free(cloud, cloud.read(NETWORKS, parent.id), first)
    if free < needed:
        network = f"{NETWORKS.describe(parent.name, parent.owner)} (ID {parent.id})"
        raise RefusedError(
            f"{RESERVED_FROM}.size: no address range of {network} has {needed} consecutive free addresses; the largest "
            f"number is {free}."
            if first is None
            else f"{RESERVED_FROM}.size: {network} has {free} free addresses from {first} on, and {needed} are needed."
        )


def _is_begun(cloud: Cloud, order: Order) -> bool:
    """Whether an interrupted run has reserved the addresses, and perhaps given the network to its owner already."""
    passing = transit_name(order.user, order.name)
    return any(cloud.find(NETWORKS, passing, owner) is not None for owner in (cloud.account, order.owner))


def _refuse_promised(cloud: Cloud, order: Order, parent: Resource, needed: int) -> None:
    """Raise RefusedError in a dry run if earlier states would have reserved too much of a network."""
    others = [each for each in cloud.every_announced(NETWORKS) if (each.name, each.owner) != (order.name, order.owner)]
    promised = sum(_promised(cloud, each) for each in others if _is_part(each, parent))
    ranges = [each for each in parent.vectors("AR_POOL/AR") if promised and not _is_shared(each)]
    free = sum(each.number("SIZE") - len(_used(cloud, parent, each)) for each in ranges) - promised
    if promised and free < needed:
        raise RefusedError(
            f"{RESERVED_FROM}.size: {NETWORKS.describe(parent.name, parent.owner)} (ID {parent.id}) would have "
            f"{max(free, 0)} free addresses after the reservations before it, and {needed} are needed."
        )


def _is_part(order: Order, parent: Resource) -> bool:
    said = order.resolved.get(RESERVED_FROM)
    return said is not None and said.number == parent.id


def _promised(cloud: Cloud, order: Order) -> int:
    """The number of addresses that an announced reservation would get."""
    for change in cloud.planned(NETWORKS, order.name, order.owner):
        if change.field == RESERVED_FROM:
            return change.write["SIZE"] if change.write else order.due(RESERVED_FROM).size
    return 0


def _grows(cloud: Cloud, parent: Resource) -> bool:
    """Whether an earlier state of a dry run would have changed the ranges of the network, and so may add to them."""
    return any(change.field == "address_ranges" for change in cloud.planned(NETWORKS, parent.name, parent.owner))


def _most_free(cloud: Cloud, parent: Resource, first: str | None) -> int:
    """The largest number of consecutive free addresses; those from ``first`` on, if it is given."""
    return max((_free(cloud, parent, each, first) for each in parent.vectors("AR_POOL/AR")), default=0)


def _free(cloud: Cloud, parent: Resource, each: Vector, first: str | None) -> int:
    """The same in one range."""
    if _is_shared(each):
        return 0
    size = each.number("SIZE")
    used = _used(cloud, parent, each)
    if first is not None:
        start = next((at for span in spans([each]) if (at := span.position(first)) is not None), size)
        return min((at for at in used if at >= start), default=size) - start
    bounds = [-1, *sorted(used), size]
    return max(after - before - 1 for before, after in itertools.pairwise(bounds))


def _is_shared(each: Vector) -> bool:
    """Whether several NICs may have one address of a range: OpenNebula does not reserve from those."""
    return YES_NO.stored(each.get("SHARED", ""))


def _used(cloud: Cloud, parent: Resource, each: Vector) -> set[int]:
    """The positions of a range that are in use after the announced changes of a dry run."""
    used = {taken.position for taken in taken_of(parent, each) if not is_left(cloud, parent.id, taken)}
    for change in cloud.planned(NETWORKS, parent.name, parent.owner):
        if change.field == HELD:
            places = {at for span in spans([each]) if (at := span.position(change.write[1])) is not None}
            used = used - places if change.new is None else used | places
    return used


def _size(network: Resource) -> int:
    """The number of addresses that a network has from another one."""
    return sum(each.number("SIZE") for each in _reserved(network))


def _first(cloud: Cloud, said: Reservation) -> dict[str, Any]:
    """The parameters for the start of a reservation, which include the ID of the range."""
    if said.first is None:
        return {}
    parent = cloud.get(NETWORKS, said.network, said.owner or cloud.account)
    for each in parent.vectors("AR_POOL/AR"):
        if any(said.first in span for span in spans([each])):
            return {"AR_ID": each.number("AR_ID"), **dict([address(RESERVED_FROM, said.first)])}
    raise ArgumentError(f"{RESERVED_FROM}.first: {said.first} is in no range of network {said.network}.")


def write_more(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Reserve more addresses of the parent."""
    parent = order.due(RESERVED_FROM).number
    cloud.call("one.vn.reserve", parent, render({**changes[-1].write, "NETWORK_ID": resource.id}))
