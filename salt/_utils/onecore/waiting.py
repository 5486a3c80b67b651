"""Waiting for objects to settle or to go: many at once, with a timeout, telling what was seen last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from .cloud import Cloud
from .kinds.base import Kind

FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.05, 1.0, 1.6


def await_settled(
    cloud: Cloud, kind: Kind, numbers: Iterable[int], uid: int | None = None, timeout: float | None = None
) -> dict[int, str]:
    """Read objects until none of them is busy.

    uid
        The one owner of them all, where that is known.
    timeout
        How long to wait, in seconds; the kind's own time when left out, one look when 0.

    Returns, for those that are still busy when time is up, what was seen last.
    """

    def busy(number: int) -> bool:
        resource = cloud.pool(kind).by_id.get(number)
        if resource is None or kind.settled is None:
            return False
        return kind.state(resource) not in kind.settled.ready | kind.settled.failed

    return _await(cloud, kind, set(numbers), busy, "did not settle", uid, timeout)


def await_gone(cloud: Cloud, kind: Kind, numbers: Iterable[int]) -> dict[int, str]:
    """Read objects until none of them exists, or one has failed on its way out.

    Returns, for those that are still there, what was seen last.
    """
    stuck: dict[int, str] = {}

    def there(number: int) -> bool:
        resource = cloud.pool(kind).by_id.get(number)
        if resource is None:
            return False
        if kind.settled is not None and kind.state(resource) in kind.settled.failed:
            stuck[number] = f"could not be removed: it is in state {kind.settled.name(kind.state(resource))}."
            return False
        return True

    return _await(cloud, kind, set(numbers), there, "is still there", None, None) | stuck


def _await(
    cloud: Cloud,
    kind: Kind,
    left: set[int],
    waiting: Callable[[int], bool],
    what: str,
    uid: int | None,
    timeout: float | None,
) -> dict[int, str]:
    if timeout is None:
        timeout = kind.settled.timeout if kind.settled is not None else 0
    end, pause = time.monotonic() + timeout, FIRST_PAUSE
    while True:
        cloud.refresh(kind, left, uid)
        left = {number for number in left if waiting(number)}
        if not left:
            return {}
        if time.monotonic() >= end:
            return {number: _last_seen(cloud, kind, number, what, timeout) for number in left}
        cloud.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)


def _last_seen(cloud: Cloud, kind: Kind, number: int, what: str, timeout: float) -> str:
    resource = cloud.pool(kind).by_id[number]
    state = kind.settled.name(kind.state(resource)) if kind.settled is not None else "unknown"
    return f"(ID {number}) {what} within {timeout:g} s; its state was {state}. Run again when it is ready."
