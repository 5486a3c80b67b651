"""What is to happen to one object, as a procedure: a generator that makes its calls, and yields what it waits for.

A campaign (`campaign.py`) runs procedures, and answers each wait.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

from ..basics.errors import OneError, SettleError
from .collection import Collection
from .patience import condition
from .resource import Resource


@dataclass(frozen=True)
class Wait:
    """What a procedure waits for: an object in a certain state. It is answered with the object as it is then.

    collection, number
        Which object.
    until
        Whether the object, as it is now, is what was waited for; ``None`` stands for an object that is gone. It
        raises a OneError when that will never be.
    what
        What is awaited, in words that follow "waiting for".
    timeout
        How long to wait, in seconds. There is a look in any case.
    others
        More objects of the collection, which are to be read together with it.
    owner
        Who owns them, where that is known: then only that user's part of the collection is read.
    late
        What to say when time is up, from the object as it was seen last; a sentence of what was awaited when left out.
    lost
        What to say of the object, before the reason, when it cannot be read; the reason alone when left out.
    at_once
        Whether it may be so already, so that the first look need not wait.
    everyone
        Whether all objects of its owner are read, and not just this one.
    """

    collection: Collection
    number: int
    until: Callable[[Resource | None], bool]
    what: str
    timeout: float
    others: Iterable[int] = ()
    owner: str | None = None
    late: Callable[[Resource | None], str] | None = None
    lost: str = ""
    at_once: bool = False
    everyone: bool = False

    def said_late(self, seen: Resource | None) -> str:
        """What to say when time is up."""
        if self.late is not None:
            return self.late(seen)
        seen_last = condition(self.collection, seen)
        return f"waited {self.timeout:g} s for {self.what}; the last state seen was {seen_last}"

    def unread(self, error: OneError) -> OneError:
        """What to raise when the object cannot be read."""
        return SettleError(f"{self.lost}: {error}") if self.lost else error


@dataclass(frozen=True)
class Turn:
    """What a procedure waits for that must not do something while another one does it.

    It is answered with a context manager, at whose end the turn is given back: ``with (yield Turn("…")): …``
    """

    name: str
    what: str = "its turn"


@dataclass(frozen=True)
class Moment:
    """What a procedure waits for that only has to let some time pass, in seconds, or a little more."""

    seconds: float
    what: str = "a moment to pass"


Procedure = Generator["Wait | Turn | Moment", Any, Any]


def completed(answer: Any) -> Procedure:
    """What a function returned that may be a procedure: where it is one, what that returns at its end."""
    return (yield from answer) if isinstance(answer, Generator) else answer
