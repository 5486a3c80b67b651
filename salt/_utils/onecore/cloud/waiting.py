"""What is waited for, whatever the kind: that an object has settled, is gone, or has been read again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..basics.errors import OneError, SettleError
from .campaign import Wait
from .collection import Collection
from .resource import Resource
from .view import Cloud


def settled(
    collection: Collection,
    number: int,
    subject: str,
    timeout: float | None = None,
    what: str = "it to settle",
    owner: str | None = None,
    lost: str = "",
) -> Wait:
    """Wait until an object is not busy any more, or gone.

    subject
        What a person calls it.
    timeout
        How long to wait, in seconds; the collection's own time when left out.
    what
        Where it is on its way to, in words.
    owner
        Who owns it now, where others of that owner are awaited as well.
    lost
        What to say of it when the connection breaks meanwhile.
    """
    seconds = _seconds(collection, timeout)

    def until(now: Resource | None) -> bool:
        return now is None or not collection.is_busy(now)

    def late(seen: Resource | None) -> str:
        return f"{subject} (ID {number}) did not settle within {seconds:g} s; {_last_seen(collection, seen)}"

    return Wait(collection, number, until, what, seconds, owner=owner, late=late, lost=_of(subject, lost), at_once=True)


def seen(collection: Collection, number: int, subject: str, owner: str | None = None, lost: str = "") -> Wait:
    """Wait until an object has been read again, whatever its state."""
    return Wait(
        collection, number, lambda now: True, "a look at it", 0, owner=owner, lost=_of(subject, lost), at_once=True
    )


def gone(collection: Collection, number: int, subject: str, lost: str = "") -> Wait:
    """Wait until an object does not exist any more; SettleError when it has failed on its way out."""
    seconds = _seconds(collection, None)

    def until(now: Resource | None) -> bool:
        if now is not None and collection.settled is not None and collection.state(now) in collection.settled.failed:
            state = collection.settled.name(collection.state(now))
            raise SettleError(f"{subject} (ID {number}) could not be removed: it is in state {state}.")
        return now is None

    def late(now: Resource | None) -> str:
        if collection.settled is None:
            return f"{subject} (ID {number}) is still there, although OpenNebula accepted its removal."
        return f"{subject} (ID {number}) was still there after {seconds:g} s; {_last_seen(collection, now)}"

    return Wait(collection, number, until, "its end", seconds, late=late, lost=_of(subject, lost), at_once=True)


def _of(subject: str, lost: str) -> str:
    return f"{subject} {lost}" if lost else ""


def _seconds(collection: Collection, timeout: float | None) -> float:
    if timeout is not None:
        return timeout
    return collection.settled.timeout if collection.settled is not None else 0


def _last_seen(collection: Collection, now: Resource) -> str:
    why = f" ({now.scheduling})" if now.scheduling else ""
    return f"its state was {collection.settled.name(collection.state(now))}{why}. Run again when it is ready."


def together(cloud: Cloud, waits: Sequence[Wait]) -> Wait:
    """Several waits for objects of one collection as one: the objects are read together, and all failures are told."""
    first, left = waits[0], {wait.number: wait for wait in waits}
    failures: list[str] = []

    def until(now: Resource | None) -> bool:
        known = cloud.pool(first.collection).by_id
        for number, wait in list(left.items()):
            try:
                if not wait.until(known.get(number)):
                    continue
            except OneError as error:
                failures.append(str(error))
            del left[number]
        if failures and not left:
            raise SettleError("; ".join(failures))
        return not left

    def late(now: Resource | None) -> str:
        known = cloud.pool(first.collection).by_id
        return "; ".join([*failures, *(wait.said_late(known.get(number)) for number, wait in left.items())])

    timeout = max(wait.timeout for wait in waits)
    # A view: what has come is not read again.
    return replace(first, until=until, late=late, others=left.keys(), timeout=timeout, lost="")


def refuse_broken(collection: Collection, resource: Resource | None) -> None:
    """Raise SettleError for an object that is in a failure state."""
    if resource is None or collection.settled is None:
        return
    state = collection.state(resource)
    if state in collection.settled.failed:
        why = f": {resource.error.rstrip('.')}" if resource.error else ""
        raise SettleError(
            f"{collection.describe(resource.name, resource.owner)} (ID {resource.id}) is in state "
            f"{collection.settled.name(state)}{why}. Recover or remove it, then run again."
        )


# OLD
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
    cloud: Cloud, kind: Collection, numbers: Iterable[int], owner: str | None = None, timeout: float | None = None
) -> dict[int, str]:
    """Read objects until none of them is busy.

    uid
        The one owner of them all, where that is known.
    timeout
        How long to wait, in seconds; the kind's own time when left out, one look when 0.

    Returns, for those that are still busy when time is up, what was seen last.
    """
    time_given = _time(kind, timeout)
    left = _await(cloud, kind, set(numbers), kind.is_busy, owner, time_given)
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
    cloud: Cloud, kind: Collection, left: set[int], waiting: Callable[[Resource], bool], owner: str | None, timeout: float
) -> dict[int, Resource]:
    """Read objects again and again; returns those that are still waited for when time is up."""
    end, pause = time.monotonic() + timeout, FIRST_PAUSE
    while True:
        cloud.refresh(kind, left, owner)
        known = cloud.pool(kind).by_id
        left = {number for number in left if number in known and waiting(known[number])}
        if not left or time.monotonic() >= end:
            return {number: known[number] for number in sorted(left)}
        cloud.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)


