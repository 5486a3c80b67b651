"""One error for unknown arguments, wherever they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .errors import ArgumentError, did_you_mean


def unknown(given: Iterable[str], known: Collection[str], where: str = "", what: str = "argument") -> list[str]:
    """One sentence for each unknown name, with a suggestion.

    where
        The path of the names, with a separator: ``enrolment.``
    what
        The word for a name in the sentence.
    """
    return [f"Unknown {what} {where}{name}{did_you_mean(name, known) or '.'}" for name in given if name not in known]


def refuse_unknown(given: Iterable[str], known: Collection[str], where: str = "", what: str = "argument") -> None:
    """Raise ArgumentError for unknown names; see :func:`unknown`."""
    found = unknown(given, known, where, what)
    if found:
        raise ArgumentError(" ".join(found))
