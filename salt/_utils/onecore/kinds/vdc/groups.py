"""The groups of a VDC, and whether they have all its rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from ...basics.plan import Change, Order
from ...cloud.directory import ACLS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.members import Members, Named
from ...model.vdcs import SORTS, keeping_others, lacking, leave, move, restore


@dataclass(frozen=True)
class NamedGroups(Named):
    """Declared groups, and a function that returns the groups that lack rights of the VDC."""

    lacking: Callable[[Resource], list[int]] = lambda vdc: []


class Groups(Members):
    """The groups of a VDC; a group that lacks rights of the VDC is added again."""

    kept_in = (ACLS,)

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> NamedGroups:
        named = super().resolve(cloud, wanted, order)
        return NamedGroups(named.names, named.numbers, named.every, lacking=lambda vdc: lacking(cloud, vdc))

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        yield from super().changes(resource, wanted)
        for number in [] if resource is None else wanted.lacking(resource):
            if number in wanted.numbers.values():
                name = wanted.every.get(number, f"ID {number}")
                yield self.change(f"{self.name}:{name}", "without what the VDC has", "in force", ([number], [number]))


def write_groups(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Remove groups, add others, and add groups again that lack rights."""
    again: set[int] = set()
    for change in changes:
        added, removed = map(set, change.write)
        again |= added & removed
        if removed - added:
            leave(cloud, resource, *sorted(removed - added))
        for number in sorted(added - removed):
            move(cloud, resource.id, number, inside=True)
    cloud.forget(ACLS)
    if again:
        restore(cloud, resource.id, again)


def write_shares(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Remove objects, then add others; restore rights if a removed rule was shared by two objects, or by two VDCs."""
    removes = any(change.write[2] for change in changes)
    with keeping_others(cloud, resource.id) if removes else nullcontext():
        for change in changes:
            verb, (zone, added, removed) = SORTS[change.field].verb, change.write
            if not any(number < 0 for number in added):
                # Adding all objects removes single ones.
                for number in removed:
                    cloud.call(f"one.vdc.del{verb}", resource.id, zone, number)
            for number in added:
                cloud.call(f"one.vdc.add{verb}", resource.id, zone, number)
        restore(cloud, resource.id)
