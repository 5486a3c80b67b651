"""The groups of a VDC, and whether it really gives them what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ...basics.plan import Change, Order
from ...cloud.directory import ACLS, VDCS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.members import Members, Named
from ...model.rules import present
from ...model.vdcs import DEFAULT, leaves_default
from .shares import SORTS, rules


@dataclass(frozen=True)
class Group(Named):
    """Declared groups, and how to learn which of some numbers lack rules that a VDC is to give them."""

    without: Callable[[Resource], set[int]] = lambda vdc: set()


class Groups(Members):
    """The groups of a VDC.

    A VDC is nothing but ACL rules, and two VDCs that give a group the same share one rule: when the group leaves one of
    them, the other still lists it and gives it nothing. Such a group is put in again.
    """

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> Group:
        named = super().resolve(cloud, wanted, order)
        return Group(named.names, named.numbers, named.every, lambda vdc: _without(cloud, vdc))

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        yield from super().changes(resource, wanted)
        if resource is None:
            return
        for number in sorted(self.held(resource, wanted) & set(wanted.numbers.values()) & wanted.without(resource)):
            name = wanted.every.get(number, f"ID {number}")
            yield self.change(f"{self.name}:{name}", "without what the VDC has", "in force", ([number], [number]))


def _without(cloud: Cloud, vdc: Resource) -> set[int]:
    """Those groups of a VDC that lack a rule, as far as a run has come."""
    there = present(cloud).keys()
    found = set()
    for group in vdc.ids("GROUPS"):
        lost = set()
        if vdc.id != DEFAULT and leaves_default(cloud, group):
            default = cloud.pool(VDCS).by_id.get(DEFAULT)
            lost = set() if default is None else rules(default, group)
        if rules(vdc, group) - (there - lost):
            found.add(group)
    return found


def write_groups(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Take groups out first: one that comes back gets anew whatever it lacks."""
    for change in changes:
        added, removed = change.write
        for number in removed:
            cloud.call("one.vdc.delgroup", resource.id, number)
        for number in added:
            cloud.call("one.vdc.addgroup", resource.id, number)
    cloud.forget(ACLS)


def write_shares(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Take objects away, then add others; and give the groups back what went with a rule that two objects shared."""
    verbs = {change.field: SORTS[change.field].verb for change in changes}
    for change in changes:
        zone, added, removed = change.write
        if not any(number < 0 for number in added):
            # With all of them comes that single ones go.
            for number in removed:
                cloud.call(f"one.vdc.del{verbs[change.field]}", resource.id, zone, number)
        for number in added:
            cloud.call(f"one.vdc.add{verbs[change.field]}", resource.id, zone, number)
    cloud.forget(ACLS)
    now = cloud.read(VDCS, resource.id)
    for number in sorted(_without(cloud, now)):
        cloud.call("one.vdc.delgroup", resource.id, number)
        cloud.call("one.vdc.addgroup", resource.id, number)
        cloud.forget(ACLS)
