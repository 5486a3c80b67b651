"""The engine: plan, apply, wait, verify; the same for every kind.

What is declared is made so in stages of one kind each, all objects of a stage side by side: twenty-five networks are
created back to back, awaited together and verified with one read. A dry run does the same up to the first write.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from ..basics.errors import OneError
from ..basics.plan import Desired
from ..cloud.view import Cloud
from ..model.kind import Kind
from .execution import side_by_side
from .item import Item
from .report import Report


def converge(
    cloud: Cloud,
    kinds: Mapping[str, Kind],
    wanted: Iterable[Desired],
    test: bool = False,
    timeout: float | None = None,
) -> list[Report]:
    """Apply declarations to a cloud.

    cloud
        The run's view of the cloud.
    kinds
        Every kind by its CLI name.
    wanted
        Objects in the order in which they are to be made; those of one kind that stand together are
        handled together.
    test
        Stop before the first write.
    timeout
        How long to wait for objects to settle, in seconds; each kind has a time of its own.

    Returns one report per object, in order. A failure is its object's own: it is in the report, and the
    others go on.
    """
    items = [Item(kinds[desired.kind], desired) for desired in wanted]
    for stage in _stages(items):
        last = stage[-1] is items[-1]
        waiting = _in_the_way(cloud, stage)
        first = [item for item in stage if item in waiting]
        rest = _own_first(cloud, [item for item in stage if item not in waiting])
        for part in filter(None, (first, *_generations(cloud, rest))):
            side_by_side(cloud, [(item.report, item.run(cloud, test, timeout, last)) for item in part])
            for item in part if test else ():
                if item in waiting:
                    # A real run would already have given it to its owner.
                    cloud.forget(item.kind, waiting[item])
    late = [item for item in items if item.has_late_changes]
    if late and not test:
        # Their users may be gone by now.
        cloud.forget_all()
    for stage in _stages(late):
        side_by_side(cloud, [(item.report, item.run_late(cloud, test, timeout)) for item in stage])
    return [item.report for item in items]


def _stages(items: list[Item]) -> list[list[Item]]:
    return [list(stage) for _, stage in itertools.groupby(items, key=lambda item: item.kind.cli)]


def _generations(cloud: Cloud, items: list[Item]) -> Iterator[list[Item]]:
    """Objects of one kind, each after what it is made from: a copy, or a part of another one."""

    def key(item: Item) -> tuple[str, str]:
        return item.desired.name, item.desired.owner or cloud.account

    needs = {item: {*item.kind.originals(item.desired, cloud.account)} - {key(item)} for item in items}
    left = items
    while left:
        to_come = {key(item) for item in left}
        ready = [item for item in left if needs[item].isdisjoint(to_come)] or left
        yield ready
        done = set(ready)
        left = [item for item in left if item not in done]


def _in_the_way(cloud: Cloud, items: list[Item]) -> dict[Item, int]:
    """The objects that wait in the account's name to be handed over, under a name that is declared for the account too.

    They have to go first: the account's own would be taken for a copy of theirs.
    """
    own = {item.desired.name for item in items if item.desired.owner in (None, cloud.account)}
    found = {}
    for item in items:
        desired = item.desired
        if item.kind.per_owner and desired.name in own and desired.owner not in (None, cloud.account):
            with suppress(OneError):
                for each in cloud.pool(item.kind).named(desired.name, cloud.account):
                    if each.mark is not None and each.mark.owner == desired.owner and item.kind.is_on_its_way(each):
                        found[item] = each.id
    return found


def _own_first(cloud: Cloud, items: list[Item]) -> list[Item]:
    """The account's own objects first, then those that wait in its namespace, which may have the same name."""

    def passes(item: Item) -> bool:
        return item.kind.hand_over is not None and item.desired.owner not in (None, cloud.account)

    return sorted(items, key=passes)
