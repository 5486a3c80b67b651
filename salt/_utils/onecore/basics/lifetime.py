"""The lifetime of a VM: until a date, or up to an age."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .values import Type

#: Attribute of a VM with its expiry.
EXPIRES = "SALT_EXPIRES"

_AGE = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Lifetime(Type):
    """An age as ``90m``, ``12h``, ``7d`` or ``2w``, a day as ``2026-12-31``, or a time as ``2026-12-31T18:00``.

    A time is in UTC unless it names its offset. A VM with a day expires at its end.
    """

    wants = "an age such as 12h or 7d, or a date such as 2026-12-31"
    classes = (str, date)

    def wanted(self, name: str, value: Any) -> str:
        text = value.isoformat() if isinstance(value, date) else value
        stored = self.stored(text) if isinstance(text, str) else None
        if stored is None:
            raise self.refusal(name, str(value) if isinstance(value, date) else value)
        return stored

    def stored(self, text: str) -> str | None:
        text = text.strip()
        if _AGE.fullmatch(text) or _day(text):
            return text
        moment = _moment(text)
        return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def end_of(text: str, born: int) -> float:
    """The end of the lifetime of a VM, in seconds since 1970.

    text
        The text of its attribute.
    born
        The time of its creation, in seconds since 1970.

    Raises
        ArgumentError for an invalid text.
    """
    stored = Lifetime().wanted(EXPIRES, text)
    age = _AGE.fullmatch(stored)
    if age:
        return born + timedelta(**{_UNITS[age[2]]: int(age[1])}).total_seconds()
    moment = _moment(stored)
    assert moment is not None, "what is stored and no age is a moment"
    return (moment + timedelta(days=1) if _day(stored) else moment).timestamp()


def seconds_of(text: str) -> int | None:
    """A date, with or without a time of day, in seconds since 1970; ``None`` for any other text."""
    moment = _moment(text)
    return None if moment is None else int(moment.timestamp())


def _day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None and _moment(text) is not None


def _moment(text: str) -> datetime | None:
    # Newer Pythons accept more, such as weeks, and Python 3.10 does not accept the Z.
    if not _DAY.match(text.strip()):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
