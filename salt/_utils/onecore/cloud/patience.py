"""How a run waits: it reports long waits, and gives up what will not happen.

A VM that no host has room for stays PENDING, and the scheduler says why. Something else that this run does may make
room; where nothing does, the reason is worth more than the rest of the wait.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from ..basics.errors import SettleError
from ..basics.secrecy import discreet
from .collection import Collection
from .resource import Resource

#: Seconds after which a wait is told, again and again, and after which nobody waits for a host any longer.
NEWS = HOSTLESS = 30.0
#: The scheduler says when it has looked, which is new each time.
_WHEN = re.compile(r"^\w{3} \w{3} +\d+ [\d:]+ \d{4}\s*:\s*")
_log = discreet(__name__)


def condition(collection: Collection, seen: Resource | None) -> str:
    """The state in which something awaited was seen, and what the scheduler says of it: ``PENDING (no host …)``."""
    if seen is None or collection.settled is None:
        return "gone" if seen is None else "there"
    why = f" ({seen.scheduling})" if seen.scheduling else ""
    return f"{collection.settled.name(collection.state(seen))}{why}"


class Patience:
    """What a campaign remembers of its waits, by the keys of its tasks."""

    def __init__(self) -> None:
        self._told: dict[Hashable, float] = {}
        #: Since when which reason has kept a VM from a host, and the state that it is in.
        self._hostless: dict[Hashable, tuple[str, float, str]] = {}

    def begin(self, key: Hashable) -> None:
        """A task waits for something else."""
        self._told.pop(key, None)
        self._hostless.pop(key, None)

    def look(self, key: Hashable, collection: Collection, what: str, seen: Resource | None, waited: float) -> str:
        """Note in what condition something awaited is; how the wait is going, where it is time to tell.

        what
            What is awaited of it.
        waited
            For how long already, in seconds.
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
        """Whether for a while no host has taken what is awaited, for one and the same reason."""
        return key in self._hostless and waited >= self._hostless[key][1] + HOSTLESS

    def refusal(self, key: Hashable) -> SettleError:
        """The error when waiting ends."""
        reason, _, state = self._hostless[key]
        return SettleError(
            f"no host has room for it: {reason.rstrip('.')}. It stays {state}, and nothing that this run waits for "
            "frees resources: free some, or request less, and run again."
        )


def _unplaced(collection: Collection, seen: Resource | None) -> str:
    """Why no host takes an object; empty where that is not what it waits for."""
    return _WHEN.sub("", seen.scheduling) if seen is not None and collection.is_unplaced(seen) else ""
