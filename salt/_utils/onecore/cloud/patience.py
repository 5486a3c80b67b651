"""How a run waits: it reports long waits, and gives up waits that cannot succeed.

A VM for which no host has room stays PENDING, with the reason of the scheduler. Other steps of this run may free
resources; if none can, the run reports the reason and stops waiting.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from ..basics.errors import SettleError
from ..basics.secrecy import discreet
from .collection import Collection
from .resource import Resource

#: Seconds after which a wait is reported, repeatedly, and after which a VM without a host is given up.
NEWS = HOSTLESS = 30.0
#: The scheduler's message begins with its time, which changes with each attempt.
_WHEN = re.compile(r"^\w{3} \w{3} +\d+ [\d:]+ \d{4}\s*:\s*")
_log = discreet(__name__)


def condition(collection: Collection, seen: Resource | None) -> str:
    """The last state of an awaited object, with the scheduler's reason: ``PENDING (no host …)``."""
    if seen is None or collection.settled is None:
        return "gone" if seen is None else "there"
    why = f" ({seen.scheduling})" if seen.scheduling else ""
    return f"{collection.settled.name(collection.state(seen))}{why}"


class Patience:
    """The state of a campaign's waits, by the keys of its tasks."""

    def __init__(self) -> None:
        self._told: dict[Hashable, float] = {}
        #: Since when the scheduler has reported which reason, and the state of the VM.
        self._hostless: dict[Hashable, tuple[str, float, str]] = {}

    def begin(self, key: Hashable) -> None:
        """Start another wait of a task."""
        self._told.pop(key, None)
        self._hostless.pop(key, None)

    def look(self, key: Hashable, collection: Collection, what: str, seen: Resource | None, waited: float) -> str:
        """Record the state of an awaited object; returns the progress of the wait if it is due.

        what
            What is awaited.
        waited
            The seconds since the wait began.
        """
        reason = _unplaced(collection, seen)
        if not reason:
            self._hostless.pop(key, None)
        elif seen is not None and self._hostless.get(key, ("",))[0] != reason:
            self._hostless[key] = (reason, waited, collection.state_name(seen))
        if waited < self._told.get(key, 0.0) + NEWS:
            return ""
        self._told[key] = waited
        news = f"for {waited:.0f} s; its state is {condition(collection, seen)}"
        subject = collection.title if seen is None else collection.describe(seen.name, seen.owner)
        _log.info("%s: waiting for %s %s", subject, what, news)
        return news

    def is_hostless(self, key: Hashable, waited: float) -> bool:
        """Whether for a while no host has accepted the object, for one and the same reason."""
        return key in self._hostless and waited >= self._hostless[key][1] + HOSTLESS

    def refusal(self, key: Hashable) -> SettleError:
        """The error when the wait is given up."""
        reason, _, state = self._hostless[key]
        return SettleError(
            f"no host has room for it: {reason.rstrip('.')}. It stays {state}, and nothing that this run waits for "
            "frees resources: free some, or request less, and run again."
        )


def _unplaced(collection: Collection, seen: Resource | None) -> str:
    """Why no host accepts an object; empty unless it waits for a host."""
    return _WHEN.sub("", seen.scheduling) if seen is not None and collection.is_unplaced(seen) else ""
