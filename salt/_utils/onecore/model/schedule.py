"""Actions that OpenNebula runs on a VM at a certain time, once or repeatedly: as declared, and as scheduled actions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError
from ..basics.lifetime import seconds_of
from ..basics.syntax import canonical
from ..basics.values import POSITIVE, TEXT, Choice, Type
from ..cloud.resource import Vector
from . import leaves
from .arguments import NONE, REQUIRED
from .nodes import Key, Keys, Leaf
from .vectors import lowered

ATTRIBUTE = "SCHED_ACTION"
#: The path in a VM; a pool contains only their IDs.
PATH = f"TEMPLATE/{ATTRIBUTE}"

_ACTIONS = (
    "terminate",
    "terminate-hard",
    "undeploy",
    "undeploy-hard",
    "hold",
    "release",
    "stop",
    "suspend",
    "resume",
    "reboot",
    "reboot-hard",
    "poweroff",
    "poweroff-hard",
    "snapshot-create",
    "snapshot-revert",
    "snapshot-delete",
    "disk-snapshot-create",
    "disk-snapshot-revert",
    "disk-snapshot-delete",
    "backup",
)
_REPEATS = ("weekly", "monthly", "yearly", "hourly")
#: The allowed days, by the repetition of an action (ScheduledAction::days_in_range).
_DAYS = {"weekly": (0, 6), "monthly": (1, 31), "yearly": (0, 365), "hourly": (1, 167)}
_FOREVER, _TIMES, _UNTIL = "0", "1", "2"
_NOTHING_ELSE = {"ARGS": "", "REPEAT": "-1", "END_TYPE": "-1", "WARNING": "0"}
_RELATIVE = re.compile(r"\+(\d{1,9})([smhdw]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class When(Type):
    """A time: ``2026-12-31T18:00``, seconds since 1970, or after the start of the VM, ``+12h``.

    The comparable form is a number of seconds since 1970, or a text such as ``+43200``.
    """

    wants = "a time such as 2026-12-31T18:00 or +12h"
    classes = (str, int, date)

    def wanted(self, name: str, value: Any) -> int | str:
        text = value.isoformat() if isinstance(value, date) else str(value).strip()
        relative = _RELATIVE.fullmatch(text)
        if relative:
            return f"+{int(relative[1]) * _UNITS[relative[2]]}"
        found = int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else seconds_of(text)
        if found is None or isinstance(value, bool):
            raise self.refusal(name, value if isinstance(value, (str, int)) else str(value))
        return found


class Days(Type):
    """Days, or a number of hours: numbers, as a list or separated by commas."""

    wants = "numbers, separated by commas,"
    classes = (str, int, list)

    def wanted(self, name: str, value: Any) -> str:
        words = value if isinstance(value, (list, tuple)) else str(value).split(",")
        if isinstance(value, bool) or not all(re.fullmatch(r"\s*\d{1,3}\s*", str(word), re.ASCII) for word in words):
            raise self.refusal(name, value)
        return ",".join(map(str, sorted({int(word) for word in words})))


_TYPES: dict[str, Type] = {
    "action": Choice(*_ACTIONS),
    "time": When(),
    "args": TEXT,
    "repeat": Choice(*_REPEATS),
    "days": Days(),
    "times": POSITIVE,
    "until": When(),
    "warning": When(),
}
_DOCS = {
    "action": ("What OpenNebula does.", "poweroff"),
    "time": (
        "When: a date and time, in UTC unless it names its offset, seconds since 1970, or after the start of the VM.",
        "+12h",
    ),
    "args": ("Arguments of the action, separated by commas: the name of a snapshot, the ID of a datastore.", "nightly"),
    "repeat": ("How it is repeated.", "weekly"),
    "days": (
        "The days on which it is repeated: of the week from 0 (Sunday), of the month from 1, of the year from 0; or "
        "the number of hours in between.",
        '"1,3,5"',
    ),
    "times": ("How often it is repeated.", "10"),
    "until": ("The time after which it is not repeated.", '"2027-01-01T00:00"'),
    "warning": ("When its user is warned.", "+11h"),
}
_OTHERWISE = {"repeat": "once", "times": "without limit", "until": "never"}


def _leaf(name: str) -> Leaf:
    kind = _TYPES[name]
    return Leaf(kind.wants.rstrip(","), kind.classes, lambda value: leaves.fit(kind, value))


#: A scheduled action in the pillar.
ACTION = Keys(
    "a scheduled action",
    {
        name: Key(
            leaves.of(_TYPES[name]) if isinstance(_TYPES[name], Choice) else _leaf(name),
            doc,
            REQUIRED if name in ("action", "time") else _OTHERWISE.get(name, NONE),
            example,
        )
        for name, (doc, example) in _DOCS.items()
    },
)


def wanted(where: str, value: Any) -> dict[str, Any]:
    """A declared action in comparable form; ``where`` is its place, for an ArgumentError."""
    said = lowered(where or "scheduled action", value)
    prefix = f"{where}." if where else ""
    refuse_unknown(said, _TYPES, prefix, "key")
    entry = {name: _TYPES[name].wanted(f"{prefix}{name}", each) for name, each in said.items()}
    for name in ("action", "time"):
        if name not in entry:
            raise ArgumentError(f"{prefix}{name}: must be {_TYPES[name].wants}.")
    _check(f"{prefix}", entry)
    return entry


def _check(prefix: str, entry: Mapping[str, Any]) -> None:
    repeat = entry.get("repeat")
    for name in ("days", "times", "until"):
        if name in entry and repeat is None:
            raise ArgumentError(f"{prefix}{name} is for an action that is repeated: set repeat as well.")
    if "times" in entry and "until" in entry:
        raise ArgumentError(f"{prefix}times and {prefix}until exclude each other: declare one of them.")
    if repeat is None:
        return
    days = [int(day) for day in entry.get("days", "").split(",") if day]
    low, high = _DAYS[repeat]
    if not days or min(days) < low or max(days) > high or (repeat == "hourly" and len(days) > 1):
        several = "one number" if repeat == "hourly" else "numbers"
        raise ArgumentError(f"{prefix}days: for an action that is repeated {repeat}, {several} from {low} to {high}.")


def written(entry: Mapping[str, Any]) -> dict[str, str]:
    """An action in OpenNebula's terms."""
    plain = {name: canonical(entry[name]) for name in ("action", "time", "args", "warning") if name in entry}
    found = {name.upper(): value for name, value in plain.items()}
    if "repeat" not in entry:
        return found
    end, value = _FOREVER, ""
    if "times" in entry:
        end, value = _TIMES, str(entry["times"])
    elif "until" in entry:
        end, value = _UNTIL, str(entry["until"])
    found |= {"REPEAT": str(_REPEATS.index(entry["repeat"])), "DAYS": entry["days"], "END_TYPE": end}
    return {**found, **({"END_VALUE": value} if value else {})}


def rewritten(entry: Mapping[str, Any]) -> dict[str, str]:
    """The update of an existing action: the daemon keeps attributes that the update does not contain."""
    return {**_NOTHING_ELSE, **written(entry)}


def read(action: Vector) -> dict[str, Any]:
    """An existing action as a declaration."""
    found: dict[str, Any] = {"action": action["ACTION"], "time": action.number("TIME")}
    if action.get("ARGS"):
        found["args"] = action["ARGS"]
    if action.number("WARNING", 0) > 0:
        found["warning"] = action.number("WARNING")
    repeat = action.number("REPEAT", -1)
    if 0 <= repeat < len(_REPEATS):
        found |= {"repeat": _REPEATS[repeat], "days": Days().wanted("DAYS", action.get("DAYS", ""))}
        ends = {_TIMES: "times", _UNTIL: "until"}
        if action.get("END_TYPE") in ends:
            found[ends[action["END_TYPE"]]] = action.number("END_VALUE")
    return found


def at(time: int | str, born: int) -> int:
    """The time in seconds since 1970, for a VM that was created at ``born``."""
    return born + int(time) if isinstance(time, str) else time


def same(entry: Mapping[str, Any], action: Vector, born: int) -> bool:
    """Whether an existing action is the declared one.

    OpenNebula advances the time of a repeated action, and counts down its repetitions.
    """
    present = read(action)
    begun = "repeat" in entry and action.number("DONE", -1) > 0
    moved = {"time", "times"} if begun else set()
    for name in _TYPES:
        old, new = present.get(name), entry.get(name)
        if name in ("time", "until", "warning") and new is not None:
            new = at(new, born)
        if name == "warning" and new is None:
            continue
        if old != new and name not in moved:
            return False
    return not begun or (
        present["time"] >= at(entry["time"], born) and present.get("times", 0) <= entry.get("times", 0)
    )
