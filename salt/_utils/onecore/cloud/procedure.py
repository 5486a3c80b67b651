"""The steps for one object as a procedure: a generator that makes its calls, and yields what it waits for.

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
    """What a procedure waits for: an object in a certain state. The yield returns the object that was read.

    collection, number
        The collection and the ID of the object.
    until
        Whether the wait is over, given the current object; ``None`` stands for an object that is gone. Raises a
        OneError if it can never be over.
    what
        What is awaited, as the text after "waiting for".
    timeout
        How long to wait, in seconds. The object is read at least once.
    others
        IDs of further objects of the collection, which are read together with it.
    owner
        Their owner, if known: then only the objects of that user are read.
    late
        Returns the message of a timeout, given the last state of the object; defaults to a sentence with ``what``.
    lost
        The beginning of the message if the object cannot be read; by default only the reason.
    at_once
        Whether to read without a pause first, since the wait may be over already.
    everyone
        Whether all objects of its owner are read.
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
        """The message of a timeout."""
        if self.late is not None:
            return self.late(seen)
        seen_last = condition(self.collection, seen)
        return f"waited {self.timeout:g} s for {self.what}; the last state seen was {seen_last}"

    def unread(self, error: OneError) -> OneError:
        """The error if the object cannot be read."""
        return SettleError(f"{self.lost}: {error}") if self.lost else error


@dataclass(frozen=True)
class Turn:
    """A lock for steps that must not run in parallel.

    The yield returns a context manager, which releases the turn at its end: ``with (yield Turn("…")): …``
    """

    name: str
    what: str = "its turn"


@dataclass(frozen=True)
class Moment:
    """A pause of a procedure, in seconds, or a little longer."""

    seconds: float
    what: str = "a moment to pass"


Procedure = Generator["Wait | Turn | Moment", Any, Any]


def completed(answer: Any) -> Procedure:
    """The result of a function that may be a procedure; the result of a procedure is its return value."""
    return (yield from answer) if isinstance(answer, Generator) else answer
