"""Waits for objects of any kind: until one is ready or gone, or was read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..basics.errors import OneError, SettleError
from .collection import Collection
from .patience import condition
from .procedure import Wait
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
    placed: bool = True,
) -> Wait:
    """Wait until an object is no longer busy, or gone.

    subject
        Its name for people.
    timeout
        How long to wait, in seconds; by default that of the collection.
    what
        What is awaited, in words.
    owner
        Its current owner, if other objects of that owner are awaited as well.
    lost
        The message if the connection breaks meanwhile.
    placed
        Whether to continue to wait after the scheduler has reported why it finds no host for the object.
    """
    seconds = _seconds(collection, timeout)

    def until(now: Resource | None) -> bool:
        return now is None or not collection.is_busy(now) or (not placed and collection.is_unplaced(now))

    def late(seen: Resource | None) -> str:
        return f"{subject} (ID {number}) did not settle within {seconds:g} s; {_last_seen(collection, seen)}"

    return Wait(collection, number, until, what, seconds, owner=owner, late=late, lost=_of(subject, lost), at_once=True)


def seen(collection: Collection, number: int, subject: str, owner: str | None = None, lost: str = "") -> Wait:
    """Wait until an object was read again, in any state."""
    return Wait(
        collection, number, lambda now: True, "its current state", 0, owner=owner, lost=_of(subject, lost), at_once=True
    )


def everyone(collection: Collection, number: int, subject: str, owner: str | None, lost: str = "") -> Wait:
    """Wait until an object was read again, together with all others of its owner."""
    return replace(seen(collection, number, subject, owner, lost), everyone=True)


def gone(collection: Collection, number: int, subject: str, lost: str = "") -> Wait:
    """Wait until an object no longer exists; SettleError if its removal failed."""
    seconds = _seconds(collection, None)

    def until(now: Resource | None) -> bool:
        if now is not None and collection.is_broken(now):
            state = collection.state_name(now)
            raise SettleError(f"{subject} (ID {number}) could not be removed: it is in state {state}.")
        return now is None

    def late(now: Resource | None) -> str:
        if collection.settled is None:
            return f"{subject} (ID {number}) still exists, although OpenNebula accepted its removal."
        return f"{subject} (ID {number}) still existed after {seconds:g} s; {_last_seen(collection, now)}"

    return Wait(collection, number, until, "its end", seconds, late=late, lost=_of(subject, lost), at_once=True)


def _of(subject: str, lost: str) -> str:
    return f"{subject} {lost}" if lost else ""


def _seconds(collection: Collection, timeout: float | None) -> float:
    if timeout is not None:
        return timeout
    return collection.settled.timeout if collection.settled is not None else 0


def _last_seen(collection: Collection, now: Resource | None) -> str:
    assert now is not None, "what is gone is not waited for any longer"
    return f"its state was {condition(collection, now)}. Run again when it is ready."


def together(cloud: Cloud, waits: Sequence[Wait]) -> Wait:
    """Join several waits for objects of one collection, which are read together; all failures are reported."""
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
    # A view: finished ones are not read again.
    return replace(first, until=until, late=late, others=left.keys(), timeout=timeout, lost="")


def refuse_broken(collection: Collection, resource: Resource | None) -> None:
    """Raise SettleError for an object in a failure state."""
    if resource is not None and collection.is_broken(resource):
        why = f": {resource.error.rstrip('.')}" if resource.error else ""
        raise SettleError(
            f"{collection.describe(resource.name, resource.owner)} (ID {resource.id}) is in state "
            f"{collection.state_name(resource)}{why}. Recover or remove it, then run again."
        )
