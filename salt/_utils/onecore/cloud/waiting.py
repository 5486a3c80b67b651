"""Waiting for objects to settle or to go: many at once, with a timeout, telling what was seen last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ..basics.errors import SettleError
from .collection import Collection
from .resource import Resource
from .view import Cloud

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.05, 1.0, 1.6


def settle(cloud: Cloud, kind: Collection, resource: Resource) -> None:
    """Wait until an object that is being changed is ready for the next change.

    Raises
        SettleError when it does not get there in time.
    """
    late = await_settled(cloud, kind, [resource.id])
    if late:
        raise SettleError(f"{kind.describe(resource.name, resource.owner)} {late[resource.id]}")


def await_passing(cloud: Cloud, kind: Collection, resources: Iterable[Resource]) -> dict[int, str]:
    """Wait for those objects that are still being made, or on their way out; no call where there is none.

    Returns, for those that do not get there in time, what was seen last.
    """
    numbers = [resource.id for resource in resources if kind.is_passing(resource)]
    return await_settled(cloud, kind, numbers) if numbers else {}


def await_settled(
    cloud: Cloud, kind: Collection, numbers: Iterable[int], uid: int | None = None, timeout: float | None = None
) -> dict[int, str]:
    """Read objects until none of them is busy.

    uid
        The one owner of them all, where that is known.
    timeout
        How long to wait, in seconds; the kind's own time when left out, one look when 0.

    Returns, for those that are still busy when time is up, what was seen last.
    """
    time_given = _time(kind, timeout)
    left = _await(cloud, kind, set(numbers), kind.is_busy, uid, time_given)
    return {
        number: f"(ID {number}) did not settle within {time_given:g} s; {_last_seen(kind, resource)}"
        for number, resource in left.items()
    }


def await_gone(cloud: Cloud, kind: Collection, numbers: Iterable[int]) -> dict[int, str]:
    """Read objects until none of them exists, or one has failed on its way out.

    Returns, for those that are still there, what was seen last.
    """
    stuck: dict[int, str] = {}

    def there(resource: Resource) -> bool:
        if kind.settled is None or kind.state(resource) not in kind.settled.failed:
            return True
        state = kind.settled.name(kind.state(resource))
        stuck[resource.id] = f"(ID {resource.id}) could not be removed: it is in state {state}."
        return False

    time_given = _time(kind, None)
    for number, resource in _await(cloud, kind, set(numbers), there, None, time_given).items():
        stuck[number] = (
            f"(ID {number}) is still there, although OpenNebula accepted its removal."
            if kind.settled is None
            else f"(ID {number}) was still there after {time_given:g} s; {_last_seen(kind, resource)}"
        )
    return stuck


def _time(kind: Collection, timeout: float | None) -> float:
    if timeout is not None:
        return timeout
    return kind.settled.timeout if kind.settled is not None else 0


def _await(
    cloud: Cloud, kind: Collection, left: set[int], waiting: Callable[[Resource], bool], uid: int | None, timeout: float
) -> dict[int, Resource]:
    """Read objects again and again; returns those that are still waited for when time is up."""
    end, pause = time.monotonic() + timeout, FIRST_PAUSE
    while True:
        cloud.refresh(kind, left, uid)
        known = cloud.pool(kind).by_id
        left = {number for number in left if number in known and waiting(known[number])}
        if not left or time.monotonic() >= end:
            return {number: known[number] for number in sorted(left)}
        cloud.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)


def _last_seen(kind: Collection, resource: Resource) -> str:
    why = f" ({resource.scheduling})" if resource.scheduling else ""
    return f"its state was {kind.settled.name(kind.state(resource))}{why}. Run again when it is ready."


def refuse_broken(kind: Collection, resource: Resource | None) -> None:
    """Raise SettleError for an object that is in a failure state."""
    if resource is None or kind.settled is None:
        return
    state = kind.state(resource)
    if state in kind.settled.failed:
        why = f": {resource.error.rstrip('.')}" if resource.error else ""
        raise SettleError(
            f"{kind.describe(resource.name, resource.owner)} (ID {resource.id}) is in state "
            f"{kind.settled.name(state)}{why}. Recover or remove it, then run again."
        )
