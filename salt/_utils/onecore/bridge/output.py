"""The texts of the outputter ``opennebula``: returns of states, of runners and of execution modules.

The input is plain data, the output a text that is at most ``WIDTH`` columns wide where it can be wrapped.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..basics.secrecy import masked
from ..basics.tables import WIDTH, table
from .highstates import OUTCOMES, Group, Line, by_kind, groups, is_highstate

#: The sign before an object for each outcome, and its colour.
_SIGNS = {"created": "+", "changed": "~", "adopted": "=", "removed": "-", "failed": "!", "skipped": "!"}
_COLOURS = {
    "created": "GREEN", "changed": "YELLOW", "adopted": "YELLOW", "removed": "YELLOW", "failed": "LIGHT_RED",
    "skipped": "LIGHT_RED",
}  # fmt: skip
#: Keys of a row that are shown below its table.
_TOLD = ("comment", "changes", "said")
#: Outcomes that are shown the same in a dry run.
_NOTHING_DONE = ("failed", "skipped", "as declared", "does not exist", "is off")
#: The keys of orchestrations with the returns of runners and of functions on minions.
_RETURNS = ("return", "ret")
#: The maximum length of a value of a new object, which the pillar contains completely.
_SHORT = 40
#: An encoded value, such as a script in base64. It is truncated: nobody reads it, and a public key is shorter.
_ENCODED = re.compile(r"\S{1000,}")
Paint = Callable[[str, str], str]


def as_text(data: Any, paint: Paint = lambda text, colour: text, width: int = WIDTH) -> str | None:
    """Data as text; ``None`` for data of unknown structure.

    data
        The return of a run of states, by minion or alone, or of a runner or an execution function: rows, rows by name
        with ``totals`` or ``retcode``, or a plan.
    paint
        Returns a text in a colour, given the name of the colour.
    """
    lines = _told(masked(data), paint, width)
    return None if lines is None else "\n".join(lines)


def _told(data: Any, paint: Paint, width: int) -> list[str] | None:
    if is_highstate(data):
        return _highstate(data, paint, width)
    if _is_rows(data):
        return _rows(data, paint, width)
    if not isinstance(data, Mapping) or not data:
        return None
    if isinstance(data.get("data"), Mapping) and "outputter" in data:
        return _told(data["data"], paint, width)
    if _is_plan(data):
        return _plan(data, paint, width)
    if isinstance(data.get("totals"), Mapping) or isinstance(data.get("error"), str):
        return _summed_up(data, paint, width)
    if isinstance(data.get("retcode"), int):
        return _findings(data, width)
    return _parts(data, paint, width)


def _parts(data: Mapping[Any, Any], paint: Paint, width: int) -> list[str] | None:
    """What each minion returned, and the tables that a function returned by name."""
    lines: list[str] = []
    for name, inner in data.items():
        part = _told(inner, paint, width)
        if part is None:
            return None
        # Tables with names of their own are indented below the ID of the minion.
        lead = "  " if part and not part[0].startswith(" ") else ""
        lines += [f"{paint(str(name), 'CYAN')}:", *(f"{lead}{line}".rstrip() for line in part)]
    return lines


# -- runs of states ---------------------------------------------------------------------------------------------------


def _highstate(states: Mapping[str, Any], paint: Paint, width: int) -> list[str]:
    found = groups(states)
    shown = [group for group in found if group.parts or not group.head.is_quiet]
    column = max((len(group.head.subject) for group in shown), default=0)
    lines: list[str] = []
    said: dict[str, str] = {}
    same: dict[str, list[str]] = {}
    for group in shown:
        if not group.parts and group.head.outcome == "failed" and group.head.comment in said:
            same.setdefault(said[group.head.comment], []).append(group.head.subject)
        else:
            lines += _group(group, column, said, paint, width)
    lines += _same(same, column, paint, width)
    kinds = _table_of_kinds(found, width)
    return [*lines, *([""] if lines else []), *kinds, *([""] if kinds else []), _sum(found)]


def _same(same: Mapping[str, Sequence[str]], column: int, paint: Paint, width: int) -> Iterator[str]:
    """The states that failed for a reason that is already shown for another state."""
    for subject, others in same.items():
        number = f"{len(others)} more state{'' if len(others) == 1 else 's'}"
        yield f"  {number:{column}}  {paint(f'failed as for {subject}', _COLOURS['failed'])}"
        yield from _wrapped("      ", _names(others), width)


def _names(subjects: Sequence[str]) -> str:
    """Names in one line: ``user alice, bob, carol, virtual network lan``."""
    heads = [subject.rpartition(" ")[0] for subject in subjects]
    return ", ".join(
        subject.rpartition(" ")[2] if head == before else subject
        for subject, head, before in zip(subjects, heads, [None, *heads], strict=False)
    )


def _group(group: Group, column: int, said: dict[str, str], paint: Paint, width: int) -> Iterator[str]:
    """A line for a state, and one for each of its objects with changes or an error.

    said
        The errors that were shown already, with their states: an error of many states is shown once.
    """
    head, loud = group.head, [line for line in group.parts if not line.is_quiet]
    worst = next((each for each in ("failed", "skipped") if group.counts()[each]), None)
    colour = _COLOURS["failed"] if worst or head.outcome == "failed" else "YELLOW" if loud else "GREEN"
    summary = _counted(group) if group.parts else _word(head)
    took = f"  {head.seconds:.1f} s" if head.seconds >= 1 else ""
    yield f"  {head.subject:{column}}  {paint(summary, colour)}{took}"
    if not group.parts:
        yield from _reason(head, said, paint, width)
    same: dict[str, list[str]] = {}
    for line in loud:
        first = said.get(_without_subject(line)) if line.outcome == "failed" else None
        if first is None:
            yield from _object(line, group.head.name, said, paint, width)
        else:
            same.setdefault(first, []).append(_subject(line, group.head.name))
    for subject, others in same.items():
        first = subject.removesuffix(f" of {group.head.name}")
        text = f"! {len(others)} more failed as for {first}"
        yield f"    {paint(text, _COLOURS['failed'])}"
        yield from _wrapped("      ", _names(others), width)


def _subject(line: Line, user: str) -> str:
    """The object, without its owner in the lines of that user."""
    return line.subject.removesuffix(f" of {user}")


def _without_subject(line: Line) -> str:
    """The reason of an error, without the object at its beginning: many may have the same."""
    reason = line.comment
    if reason[: len(line.subject)].lower() == line.subject.lower():
        reason = reason[len(line.subject) :].removeprefix(": ")
    return reason


def _counted(group: Group) -> str:
    counts, dry = group.counts(), any(line.dry for line in group.parts)
    words = [
        f"{counts[each]} {'to be ' if dry and each not in ('failed', 'as declared') else ''}{each}"
        for each in OUTCOMES
        if counts[each]
    ]
    return ", ".join(words)


def _word(line: Line) -> str:
    return f"to be {line.outcome}" if line.dry and line.outcome in _SIGNS else line.outcome


def _reason(line: Line, said: dict[str, str], paint: Paint, width: int) -> Iterator[str]:
    """The reason why a state failed, or its changes."""
    inner = next((line.changes[key] for key in _RETURNS if key in line.changes), None)
    nested = None if inner is None else _told(inner, paint, width - 4)
    if nested is not None:
        yield from (f"    {text}" if text else "" for text in nested)
    elif line.outcome not in ("failed", "skipped"):
        yield from _wrapped("      ", _changes(line) or line.note, width)
    elif line.comment in said:
        yield f"      {paint(f'as for {said[line.comment]}', _COLOURS['failed'])}"
    else:
        said[line.comment] = said[_without_subject(line)] = line.subject
        for text in line.comment.splitlines():
            yield from (paint(each, _COLOURS["failed"]) for each in _wrapped("      ", text, width))


def _object(line: Line, user: str, said: dict[str, str], paint: Paint, width: int) -> Iterator[str]:
    subject = _subject(line, user)
    if line.outcome not in _SIGNS:
        yield from _wrapped(f"    * {subject}: ", line.note, width)
        return
    sign, colour = _SIGNS[line.outcome], _COLOURS[line.outcome]
    if line.outcome in ("failed", "skipped"):
        yield paint(f"    {sign} {subject}", colour)
        yield from _reason(line, said, paint, width)
    elif line.outcome == "created":
        plain = f"    {sign} {subject}"
        yield _cut(f"    {paint(f'{sign} {subject}', colour)}", plain, _each_change(line, _SHORT), width)
    else:
        lead = f"{sign} {subject}"
        yield from _wrapped(f"    {paint(lead, colour)}: ", _changes(line), width, len(lead) + 6)


def _cut(painted: str, plain: str, parts: Sequence[str], width: int) -> str:
    """One line, truncated, since a new object has all declared values."""
    if not parts:
        return painted
    room = max(width - len(plain) - 2, 20)
    if len(", ".join(parts)) <= room:
        return f"{painted}: {', '.join(parts)}"
    shown = list(parts)
    while len(shown) > 1 and len(", ".join([*shown, "…"])) > room:
        shown.pop()
    return f"{painted}: {textwrap.shorten(', '.join([*shown, '…']), room, placeholder=' …')}"


def _wrapped(lead: str, text: str, width: int, taken: int | None = None) -> Iterator[str]:
    """Text after a lead, wrapped.

    taken
        The columns of the lead, if it contains colour codes.
    """
    if not text:
        if lead.strip():
            yield lead.rstrip().removesuffix(":")
        return
    blank = " " * (len(lead) if taken is None else taken)
    wrapper = textwrap.TextWrapper(
        width, initial_indent=blank, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False
    )
    first, *others = wrapper.wrap(text)
    yield f"{lead}{first[len(blank) :]}"
    yield from others


def _changes(line: Line) -> str:
    """Changes in one line: ``vlan_id 107 → 108, dns → 10.0.0.1``."""
    return ", ".join(_each_change(line))


def _each_change(line: Line, longest: int | None = None) -> list[str]:
    changed = [(path, sides) for path, sides in line.changes.items() if not _is_identity(line, path, sides)]
    return [_change(path, sides, line.outcome, longest) for path, sides in changed]


def _is_identity(line: Line, path: str, sides: Any) -> bool:
    """Whether a change only shows that the object is created or removed, which its line shows already."""
    if line.outcome not in ("created", "removed") or not isinstance(sides, Mapping):
        return False
    return line.subject.startswith(f"{path} ") and None in (sides.get("old", ""), sides.get("new", ""))


def _change(path: str, sides: Any, outcome: str, longest: int | None) -> str:
    if not (isinstance(sides, Mapping) and set(sides) == {"old", "new"}):
        return f"{path}: {_value(sides, longest)}"
    old, new = _value(sides["old"], longest), _value(sides["new"], longest)
    if outcome == "created" and sides["old"] is None:
        return f"{path} {new}"
    return f"{path} {old} → {new}"


def _value(value: Any, longest: int | None) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}: {_value(inner, longest)}" for key, inner in value.items()) + "}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(_value(inner, longest) for inner in value) + "]"
    else:
        text = _ENCODED.sub(lambda found: f"{found[0][: _SHORT - 1]}…", str(value)).replace("\n", "\\n")
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"


def _table_of_kinds(found: Sequence[Group], width: int) -> list[str]:
    rows: list[dict[str, Any]] = [{"state": kind, **_counts(counts)} for kind, counts in by_kind(found)]
    if len(rows) > 1:
        total = sum((counts for _, counts in by_kind(found)), Counter[str]())
        rows.append({"state": "total", **_counts(total)})
    # An outcome without objects needs no column.
    columns = [word for word in OUTCOMES if word == "as declared" or any(row[word] for row in rows)]
    if any(line.dry for group in found for line in group.lines):
        rows = [{**row, **{_to_be(word): row[word] for word in columns}} for row in rows]
        columns = [_to_be(word) for word in columns]
    return [f"  {line}" for line in table(rows, ("state", "objects", *columns), width - 2)] if rows else []


def _counts(counts: Counter[str]) -> dict[str, int]:
    return {"objects": sum(counts.values()), **{word: counts[word] for word in OUTCOMES}}


def _sum(found: Sequence[Group]) -> str:
    states = [group.head for group in found]
    failed = sum(line.outcome in ("failed", "skipped") for line in states)
    dry = " (a dry run)" if any(line.dry for line in states) else ""
    seconds = sum(line.seconds for line in states)
    return f"  {len(states)} state{'' if len(states) == 1 else 's'}, {failed} failed; {seconds:.1f} s{dry}"


# -- what functions return --------------------------------------------------------------------------------------------


def _is_rows(data: Any) -> bool:
    return (
        isinstance(data, (list, tuple))
        and bool(data)
        and all(isinstance(row, Mapping) and list(row) == list(data[0]) for row in data)
    )


def _rows(rows: Sequence[Mapping[str, Any]], paint: Paint, width: int) -> list[str]:
    """A table, followed by the changes of single rows."""
    columns = [key for key in rows[0] if key not in _TOLD]
    shown = [{**row, "outcome": _to_be(row["outcome"])} if _is_dry(row) else row for row in rows]
    lines = [f"  {line}" for line in table(shown, columns, width - 2)]
    for row in rows:
        if _is_dry(row) and row["changes"]:
            outcome = row["outcome"] if row["outcome"] in _SIGNS else "changed"
            subject = f"VM {row['vm']} of {row['user']}"
            lines += _object(Line("", "", "", subject, outcome, "", row["changes"], 0.0), "", {}, paint, width)
        elif row.get("state") == "planned":
            lines += _wrapped(f"    {_SIGNS['changed']} ", str(row.get("said") or ""), width)
    return lines


def _entries(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rows of all parts of a result that has rows by name."""
    for part in data.values():
        if isinstance(part, Mapping):
            yield from (row for row in part.values() if isinstance(row, Mapping))


def _is_dry(row: Mapping[str, Any]) -> bool:
    """Whether a row shows what a dry run would do with a VM."""
    return isinstance(row.get("changes"), Mapping) and {"outcome", "vm", "user"} <= row.keys()


def _to_be(outcome: str) -> str:
    return outcome if outcome in _NOTHING_DONE else f"to be {outcome}"


def _is_plan(data: Mapping[str, Any]) -> bool:
    """Whether the data are differences by user and object: the changes of each part, or the error of the object."""
    objects = [inner for each in data.values() for inner in (each.values() if isinstance(each, Mapping) else (None,))]
    return bool(objects) and all(
        isinstance(inner, Mapping) and bool(inner) and (isinstance(inner.get("error"), str) or _are_changes(inner))
        for inner in objects
    )


def _are_changes(data: Mapping[str, Any]) -> bool:
    return all(isinstance(sides, Mapping) and set(sides) == {"old", "new"} for sides in data.values())


def _plan(data: Mapping[str, Mapping[str, Any]], paint: Paint, width: int) -> list[str]:
    lines = []
    for user, objects in data.items():
        lines.append(f"  {user}")
        for subject, inner in objects.items():
            if isinstance(inner.get("error"), str):
                line = Line("", "", user, subject, "failed", inner["error"], {}, 0.0)
            else:
                line = Line("", "", user, subject, _outcome(subject, inner), "", inner, 0.0)
            lines += _object(line, user, {}, paint, width)
    return lines


def _outcome(subject: str, changes: Mapping[str, Mapping[str, Any]]) -> str:
    """What would happen to an object; a change that has the name of its kind creates or removes it."""
    whole = next((sides for path, sides in changes.items() if subject.startswith(f"{path} ")), None)
    if whole is None:
        return "changed"
    return "created" if whole["old"] is None else "removed" if whole["new"] is None else "changed"


def _findings(data: Mapping[str, Any], width: int) -> list[str]:
    """The findings of each check, and how many objects were checked."""
    lines: list[str] = []
    for part in data.values():
        if _is_rows(part):
            lines += [f"  {line}" for line in table(part, list(part[0]), width - 2)]
    counted = [f"{key}: {part}" for key, part in data.items() if key != "retcode" and isinstance(part, (int, str))]
    return [*(lines or ["  Nothing was found."]), *(f"  {line}" for line in counted)]


def _summed_up(data: Mapping[str, Any], paint: Paint, width: int) -> list[str]:
    """Rows by name, the error if there is one, and a line with totals."""
    lines: list[str] = []
    for name, part in data.items():
        if name in ("totals", "error"):
            continue
        rows = list(part.values()) if isinstance(part, Mapping) else part
        if _is_rows(rows):
            lines += [*_rows(rows, paint, width), ""]
        elif part not in ({}, []):
            lines.append(f"  {name}: {_value(part, None)}")
    dry = any(map(_is_dry, _entries(data)))
    for text in str(data.get("error") or "").splitlines():
        lines += [paint(each, _COLOURS["failed"]) for each in _wrapped("  ", text, width)]
    if "totals" not in data:
        return lines
    totals = dict(data["totals"])
    seconds = totals.pop("seconds", None)
    words = [f"{number} {_to_be(word) if dry else word}" for word, number in sorted(totals.items())]
    took = f"; {seconds} s" if seconds is not None else ""
    return [*lines, f"  {', '.join(words) or 'nothing to do'}{took}{' (a dry run)' if dry else ''}"]
