"""Membership of a group in the VDC ``default``, which lets its members use every network of the cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..basics.marks import LEAVING_DUE
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..basics.values import YES_NO
from ..cloud.directory import ACLS, GROUPS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .claims import claimed
from .fields import REMOVED, Field
from .reading import Reading
from .vdcs import DEFAULT, DEFAULT_VDC, lacking, move, of_group, restore
from .writers import MERGE

#: The default: a group that has members stays in it, unless disruption is allowed.
UNLESS_USED = "unless it has members"


@dataclass(frozen=True)
class Membership:
    """The desired membership, and how to read the current one.

    inside
        Whether the group of that ID is in it at the moment.
    said
        Whether it is declared.
    leave
        Whether disruption is allowed.
    begun
        Whether an interrupted run was creating the group.
    """

    wanted: bool
    inside: Callable[[int], bool]
    said: bool = True
    leave: bool = False
    begun: bool = False

    def due(self, group: Resource) -> bool:
        """Whether a new group must still leave it."""
        return not self.wanted and (self.begun or bool(group.attributes.get(LEAVING_DUE)))

    def keeps(self, group: Resource) -> bool:
        """Whether a group stays in it, since nothing is declared and disruption is not allowed."""
        free = self.said or self.leave or self.due(group)
        return not free and bool(group.ids("USERS")) and self.inside(group.id)


class DefaultVdc(Field):
    """The argument ``default_vdc`` of a group."""

    type = YES_NO
    doc = (
        "Whether it is in the VDC ``default``, to which OpenNebula adds every new group, and which lets its members "
        "use **every network of the cloud**, regardless of the network's permissions. A group that leaves it needs "
        "another VDC, "
        "or its VMs find no host. If it has members, leaving needs ``disruption: allow``."
    )
    example = "false"
    attribute_names = ("DEFAULT_VDC", LEAVING_DUE)
    kept_in = (VDCS, ACLS)

    def wanted(self, value: Any) -> Any:
        return value if value == UNLESS_USED else super().wanted(value)

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Membership:
        def inside(group: int) -> bool:
            return group in _members(cloud)

        said, found = wanted != UNLESS_USED, cloud.find(GROUPS, order.name)
        begun = found is not None and found.mark is None and claimed(cloud, order)
        return Membership(said and wanted, inside, said, order.desired.disruption, begun)

    def said(self, resource: Resource, reading: Reading) -> bool:
        return resource.id in _members(reading.cloud)

    def contribute(self, wanted: Membership) -> dict[str, Any]:
        """Until a new group has left, it has an attribute that says so."""
        return {} if wanted.wanted else {LEAVING_DUE: "YES"}

    def changes(self, resource: Resource | None, wanted: Membership) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted.wanted)
            return
        inside = wanted.inside(resource.id)
        if resource.attributes.get(LEAVING_DUE) or (inside != wanted.wanted and not wanted.keeps(resource)):
            yield self.change(self.name, inside, wanted.wanted, wanted.wanted)


def _members(cloud: Cloud) -> Sequence[int]:
    """The IDs of the groups in it."""
    default = cloud.pool(VDCS).by_id.get(DEFAULT)
    return () if default is None else default.ids("GROUPS")


def moves(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """Changes that take a group with members out of the default VDC, on which their VMs may depend."""
    due = DEFAULT_VDC in order.wanted and order.due(DEFAULT_VDC).due(resource)
    out = [each for each in changes if each.field == DEFAULT_VDC and each.new is False]
    return out if resource.ids("USERS") and not due else []


def kept_in(resource: Resource | None, wanted: Membership) -> str:
    """The note about a group that stays in it; mostly empty."""
    if resource is None or not wanted.keeps(resource):
        return ""
    return (
        "it has members, and stays in the VDC default, which lets them use every network of the cloud: set "
        "disruption: allow to remove it"
    )


def write_default_vdc(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Add a group to the default VDC or remove it; then restore the rights from its other VDCs."""
    wanted = changes[-1].write
    # Read again: another run may have created the group since, and OpenNebula adds new groups to it.
    cloud.refresh(VDCS, [DEFAULT])
    if order.due(DEFAULT_VDC).inside(resource.id) != wanted:
        move(cloud, DEFAULT, resource.id, wanted)
        cloud.refresh(VDCS, [DEFAULT])
        cloud.forget(ACLS)
    for vdc in of_group(cloud, resource.id):
        if resource.id in lacking(cloud, vdc):
            restore(cloud, vdc.id, {resource.id})
    if resource.attributes.get(LEAVING_DUE):
        cloud.call("one.group.update", resource.id, render({LEAVING_DUE: REMOVED}), MERGE)
