"""Parses the returns of states: runs of states, and the objects of infrastructures in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: The separator in the tags that Salt gives to states.
_BETWEEN = "_|-"
#: The state module whose states stand for many objects.
COMPOSITE = "opennebula"
#: The words in comments for each outcome of an object, in a dry run and in a real one.
_SAID = {
    "created": (" would be created", " was created", " would be installed", " was installed"),
    "adopted": (" would be taken over", " was taken over"),
    "removed": (" would be removed", " was removed"),
}
#: What a comment adds about an object that is as declared.
_NOTED = re.compile(r" is as declared(?: \(ID \d+\))?\. (\S.*)", re.DOTALL)
#: The outcomes of an object, in the order in which they are shown.
OUTCOMES = ("created", "changed", "adopted", "removed", "failed", "as declared")


@dataclass(frozen=True)
class Line:
    """One state of a run, or one object of an infrastructure.

    module, function
        The state function (``onevnet``, ``present``).
    name
        The name of the state; for an infrastructure, that of its user.
    subject
        Its description for people: the state's ID, or the object.
    outcome
        One of ``OUTCOMES``, or ``skipped``.
    """

    module: str
    function: str
    name: str
    subject: str
    outcome: str
    comment: str
    changes: Mapping[str, Any]
    seconds: float
    dry: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to report."""
        return self.outcome == "as declared" and not self.note

    @property
    def note(self) -> str:
        """What the comment adds about an object that is as declared; empty if it adds nothing."""
        found = _NOTED.search(self.comment) if self.outcome == "as declared" else None
        return "" if found is None else found[1]


#: The module of what Salt returns in place of states that it did not run.
NO_MODULE = "no"


@dataclass
class Group:
    """A state of a run, with its objects."""

    head: Line
    parts: list[Line] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """The counted lines: the objects, or the state itself."""
        return self.parts or [self.head]

    def counts(self) -> Counter[str]:
        """The number of objects by outcome."""
        return Counter(line.outcome for line in self.lines)


def is_highstate(data: Any) -> bool:
    """Whether data are the return of a run of states."""
    return (
        isinstance(data, Mapping)
        and bool(data)
        and all(
            isinstance(tag, str) and tag.count(_BETWEEN) == 3 and isinstance(state, Mapping) and "result" in state
            for tag, state in data.items()
        )
    )


def groups(states: Mapping[str, Mapping[str, Any]]) -> list[Group]:
    """The states of a run in order; the objects of an infrastructure belong to its state."""
    found: list[Group] = []
    for tag, state in sorted(states.items(), key=lambda each: each[1].get("__run_num__") or 0):
        line = _line(tag, state)
        if found and _is_part(found[-1], line, state):
            found[-1].parts.append(line)
        else:
            found.append(Group(line, list(_inner(state))))
    return found


def _inner(state: Mapping[str, Any]) -> Iterator[Line]:
    """The objects in the return of a state that ran by itself: Salt lists them only in a run of several states."""
    inner = state.get("sub_state_run")
    for each in inner if isinstance(inner, (list, tuple)) else ():
        if isinstance(each, Mapping) and isinstance(low := each.get("low"), Mapping) and "result" in each:
            tag = _BETWEEN.join(str(low.get(key)) for key in ("state", "__id__", "name", "fun"))
            yield _line(tag, {**each, "__id__": low.get("__id__")})


def _is_part(group: Group, line: Line, state: Mapping[str, Any]) -> bool:
    """Whether Salt lists a line after the state to which it belongs: it then has the ID of that state."""
    belongs = state.get("__id__") == group.head.subject and state.get("name") != line.subject
    return group.head.module == COMPOSITE and line.module != COMPOSITE and belongs


def _line(tag: str, state: Mapping[str, Any]) -> Line:
    module, identity, name, function = tag.split(_BETWEEN)
    comment = state.get("comment") or ""
    comment = "\n".join(comment) if isinstance(comment, (list, tuple)) else str(comment)
    changes = state.get("changes")
    changes = changes if isinstance(changes, Mapping) else {"changes": changes} if changes else {}
    subject = identity if module == COMPOSITE or state.get("__id__") == identity else name
    return Line(
        module, function, name, subject, _outcome(state, comment, changes), comment, changes, _seconds(state),
        state.get("result") is None,
    )  # fmt: skip


def _seconds(state: Mapping[str, Any]) -> float:
    """The duration of a state; Salt returns milliseconds, some versions with a unit."""
    try:
        return float(str(state.get("duration") or 0).split()[0]) / 1000
    except ValueError:
        return 0.0


def _outcome(state: Mapping[str, Any], comment: str, changes: Mapping[str, Any]) -> str:
    if state.get("result") is False:
        return "failed" if state.get("__state_ran__", True) else "skipped"
    for outcome, words in _SAID.items():
        if any(word in comment for word in words):
            return outcome
    return "changed" if changes or state.get("result") is None else "as declared"


def by_kind(found: Sequence[Group]) -> Iterator[tuple[str, Counter[str]]]:
    """The number of objects by state module and outcome, without states that stand for other objects."""
    tallies: dict[str, Counter[str]] = {}
    for group in found:
        for line in group.lines:
            # An error of Salt about the whole run, such as a missing top file, is not an error of a module.
            if line.module != NO_MODULE and (line.module != COMPOSITE or line.outcome == "failed"):
                tallies.setdefault(line.module, Counter())[line.outcome] += 1
    yield from tallies.items()
