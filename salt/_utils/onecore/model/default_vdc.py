"""Whether a group is in the VDC ``default``, which lets its members use every network of the cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..basics.plan import Change, Order
from ..basics.values import YES_NO
from ..cloud.directory import ACLS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .fields import Field
from .vdcs import DEFAULT, lacking, of_group, restore

#: Stands for what a pillar does not say: a group that has members is left in it, unless there is leave to disturb them.
UNLESS_USED = "unless it has members"


@dataclass(frozen=True)
class Membership:
    """What is wanted, and how to learn what there is.

    inside
        Whether the group of a number is in it, as far as a run has come.
    said
        Whether somebody says so.
    leave
        Whether what runs may be disturbed.
    """

    wanted: bool
    inside: Callable[[int], bool]
    said: bool = True
    leave: bool = False

    def keeps(self, group: Resource) -> bool:
        """Whether a group stays where it is, since nobody has said anything or given leave."""
        return not (self.said or self.leave) and bool(group.ids("USERS")) and self.inside(group.id)


class DefaultVdc(Field):
    """The argument ``default_vdc`` of a group."""

    type = YES_NO
    doc = (
        "Whether it is in the VDC ``default``, to which OpenNebula adds every new group, and which lets its members "
        "use **every network of the cloud**, whatever its permissions say. A group that leaves it needs another VDC, "
        "or its VMs find no host. Where it has members, leaving takes leave: ``disruption: allow``."
    )
    example = "false"
    attribute_names = ("DEFAULT_VDC",)

    def wanted(self, value: Any) -> Any:
        return value if value == UNLESS_USED else super().wanted(value)

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Membership:
        def inside(group: int) -> bool:
            default = cloud.pool(VDCS).by_id.get(DEFAULT)
            return default is not None and group in default.ids("GROUPS")

        said = wanted != UNLESS_USED
        return Membership(said and wanted, inside, said, order.desired.disruption)

    def changes(self, resource: Resource | None, wanted: Membership) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted.wanted)
        elif wanted.inside(resource.id) != wanted.wanted and not wanted.keeps(resource):
            yield self.change(self.name, not wanted.wanted, wanted.wanted, wanted.wanted)


def moves(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """Changes that take a group with members out of the default VDC, on which their VMs may depend."""
    return [each for each in changes if each.field == "default_vdc" and each.new is False and resource.ids("USERS")]


def kept_in(resource: Resource | None, wanted: Membership) -> str:
    """What a person should know of a group that stays in it; mostly nothing."""
    if resource is None or not wanted.keeps(resource):
        return ""
    return (
        "it has members, and stays in the VDC default, which lets them use every network of the cloud: say disruption: "
        "allow to take it out"
    )


def write_default_vdc(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Put a group into the default VDC, or take it out; then its other VDCs give it what they have."""
    for change in changes:
        cloud.call(f"one.vdc.{'add' if change.write else 'del'}group", DEFAULT, resource.id)
    cloud.refresh(VDCS, [DEFAULT])
    cloud.forget(ACLS)
    for vdc in of_group(cloud, resource.id):
        if resource.id in lacking(cloud, vdc):
            restore(cloud, vdc, [resource.id])
