"""The engine: plan, apply, wait, verify; the same for every kind.

Declarations are applied in stages of one kind each, all objects of a stage in parallel: twenty-five networks are
created one after the other, awaited together and verified with one read. A dry run does the same up to the first write.
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

#: Owner and name of an object.
_Key = tuple["str | None", str]


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
        Objects in the order of their creation; consecutive objects of one kind form a stage.
    test
        Stop before the first write.
    timeout
        How long to wait for objects to settle, in seconds; by default that of each kind.

    Returns one report per object, in order. A failure is in the report of its object, and the run continues with the
    others.
    """
    items = [Item(kinds[desired.kind], desired) for desired in wanted]
    for stage in _stages(items):
        last = stage[-1] is items[-1]
        for layer in _layers(cloud, stage):
            _run(cloud, layer, test, timeout, last)
    late = [item for item in items if item.has_late_changes]
    if late and not test:
        # Their users may be gone by now.
        cloud.forget_all()
    for stage in _stages(late):
        side_by_side(cloud, [(item.report, item.run_late(cloud, test, timeout)) for item in stage])
    return [item.report for item in items]


def _stages(items: list[Item]) -> list[list[Item]]:
    return [list(stage) for _, stage in itertools.groupby(items, key=lambda item: item.kind.cli)]


def _layers(cloud: Cloud, stage: list[Item]) -> Iterator[list[Item]]:
    """The objects of a stage in layers, so that an object comes after the objects that it is created from."""
    sources = {item: _sources(cloud, item) for item in stage}
    left = stage
    while left:
        names = {_key(cloud, item) for item in left} if any(sources.values()) else set()
        # If objects are created from each other in a circle, each of them reports what is missing.
        layer = dict.fromkeys([item for item in left if not sources[item] & names] or left)
        yield list(layer)
        left = [item for item in left if item not in layer]


def _sources(cloud: Cloud, item: Item) -> set[_Key]:
    """The objects of its own kind that an object is created from."""
    kind, values = item.kind, item.desired.values
    own = [field for field in kind.fields if field.source is not None and field.source.cli == kind.cli]
    declared = [field for field in own if values.get(field.name) is not None]
    found: set[_Key] = set()
    if declared:
        # Errors of the declaration are reported when the object is converged.
        with suppress(OneError):
            wanted = kind.order(item.desired, cloud.account).wanted
            every = [each for field in declared for each in field.origins(wanted[field.name])]
            found = {(kind.owner_of(each.owner, cloud.account), each.name) for each in every}
    return found - {_key(cloud, item)}


def _key(cloud: Cloud, item: Item) -> _Key:
    owner = item.desired.owner
    return (cloud.account if owner is None else owner) if item.kind.per_owner else None, item.desired.name


def _run(cloud: Cloud, items: list[Item], test: bool, timeout: float | None, last: bool) -> None:
    """Converge objects in parallel."""
    waiting = _in_the_way(cloud, items)
    first = [item for item in items if item in waiting]
    for part in filter(None, (first, _own_first(cloud, [item for item in items if item not in waiting]))):
        side_by_side(cloud, [(item.report, item.run(cloud, test, timeout, last)) for item in part])
        for item in part if test else ():
            if item in waiting:
                # A real run would already have handed it over to its owner.
                cloud.forget(item.kind, waiting[item])


def _in_the_way(cloud: Cloud, items: list[Item]) -> dict[Item, int]:
    """The objects that wait in the account's namespace for handover, under a name that is also declared for the
    account.

    They are handed over first: the account's own object would be taken for a copy of theirs.
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
