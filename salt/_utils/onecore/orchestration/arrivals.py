"""Wait for objects that change to a final state, for all of them together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from ..basics.errors import SettleError
from ..basics.plan import Desired
from ..cloud.campaign import several
from ..cloud.collection import Collection
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import refuse_broken, settled
from ..kinds.registry import KINDS
from ..model.kind import Kind
from ..pillar import layers
from ..pillar.infrastructure import expand


def await_arrivals(cloud: Cloud, config: Mapping[str, Any], timeout: float | None = None) -> tuple[int, list[str]]:
    """Wait until all objects that the pillar declares for users are in a final state, for all of them together.

    Waiting for the gateway of one user after the other would take as many boots as there are users.

    timeout
        How long to wait, in seconds; defaults to the timeout of each kind.

    Returns how many objects were changing, and a sentence for each that did not arrive or is broken.
    """
    under_way = []
    for user in layers.users(config):
        for each in expand(config, user):
            found = _with_parts(cloud, KINDS[each.kind], each)
            under_way += [pair for pair in found if not _has_arrived(*pair)]
    return len(under_way), awaited(cloud, under_way, timeout)


def _has_arrived(kind: Collection, resource: Resource) -> bool:
    return kind.settled is None or kind.state(resource) in kind.settled.ready


def awaited(cloud: Cloud, objects: Iterable[tuple[Collection, Resource]], timeout: float | None = None) -> list[str]:
    """Wait for objects, all of them together; returns a sentence for each that did not arrive or is broken."""

    def arrival(kind: Collection, each: Resource) -> Procedure:
        refuse_broken(kind, (yield settled(kind, each.id, kind.describe(each.name, each.owner), timeout)))

    tasks = several(cloud, itertools.starmap(arrival, objects))
    for task in tasks:
        if task.failure is not None and not isinstance(task.failure, SettleError):
            raise task.failure
    return [task.error for task in tasks if task.error]


def _with_parts(cloud: Cloud, kind: Kind, desired: Desired) -> list[tuple[Collection, Resource]]:
    """The declared object and its parts, if it exists and may be changing its state."""
    if kind.settled is None and kind.parts is None:
        return []
    found = cloud.find(kind, desired.name, desired.owner)
    if found is None:
        return []
    return [(kind, found), *(kind.parts(cloud, found) if kind.parts is not None else ())]
