"""The texts of the outputter ``opennebula``: returns of states, of runners and of execution modules.

Takes plain data and gives text, at most ``WIDTH`` columns wide where it can be wrapped.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..basics.secrecy import masked
from .highstates import OUTCOMES, Group, Line, by_kind, groups, is_highstate

WIDTH = 100
#: What stands before an object, by its outcome, and the colour of that.
_SIGNS = {"created": "+", "changed": "~", "adopted": "=", "removed": "-", "failed": "!", "skipped": "!"}
_COLOURS = {
    "created": "GREEN", "changed": "YELLOW", "adopted": "YELLOW", "removed": "YELLOW", "failed": "LIGHT_RED",
    "skipped": "LIGHT_RED",
}  # fmt: skip
#: Keys of a row that are told below its table.
_TOLD = ("comment", "changes", "said")
#: Where orchestrations keep what a runner, or a function on a minion, has returned.
_RETURNS = ("return", "ret")
#: How long a value may be where an object is created: all of it stands in the pillar.
_SHORT = 40
Paint = Callable[[str, str], str]


def told(data: Any, paint: Paint = lambda text, colour: text, width: int = WIDTH) -> str | None:
    """Data as text; ``None`` when it has no shape that is known here.

    data
        What a run of states returned, by minion or alone; what a runner or an execution function returned: rows, or
        rows by name with ``totals``.
    paint
        Colours a text, given the name of a colour.
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
    if isinstance(data.get("totals"), Mapping) or isinstance(data.get("error"), str):
        return _summed_up(data, paint, width)
    parts = {name: _told(inner, paint, width) for name, inner in data.items()}
    lines: list[str] = []
    for name, part in parts.items():
        if part is None:
            return None
        lines += [f"{paint(str(name), 'CYAN')}:", *part]
    return lines


# -- runs of states ---------------------------------------------------------------------------------------------------


def _highstate(states: Mapping[str, Any], paint: Paint, width: int) -> list[str]:
    found = groups(states)
    shown = [group for group in found if group.parts or not group.head.is_quiet]
    column = max((len(group.head.subject) for group in shown), default=0)
    lines: list[str] = []
    said: dict[str, str] = {}
    for group in shown:
        lines += _group(group, column, said, paint, width)
    return [*lines, "", *_table_of_kinds(found, paint), "", _sum(found)]


def _group(group: Group, column: int, said: dict[str, str], paint: Paint, width: int) -> Iterator[str]:
    """A line for a state, and one for each of its objects that has something to tell.

    said
        The errors that have been told already, and of what: those that many states have in common are reported once.
    """
    head, loud = group.head, [line for line in group.parts if not line.is_quiet]
    worst = next((each for each in ("failed", "skipped") if group.counts()[each]), None)
    colour = _COLOURS["failed"] if worst or head.outcome == "failed" else "YELLOW" if loud else "GREEN"
    summary = _counted(group) if group.parts else _word(head)
    took = f"  {head.seconds:.1f} s" if head.seconds >= 1 else ""
    yield f"  {head.subject:{column}}  {paint(summary, colour)}{took}"
    if not group.parts:
        yield from _reason(head, said, paint, width)
    for line in loud:
        yield from _object(line, group.head.name, said, paint, width)


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
    """Why a state failed, or what it changed."""
    inner = next((line.changes[key] for key in _RETURNS if key in line.changes), None)
    nested = None if inner is None else _told(inner, paint, width - 4)
    if nested is not None:
        yield from (f"    {text}" if text else "" for text in nested)
    elif line.outcome not in ("failed", "skipped"):
        yield from _wrapped("      ", _changes(line) or line.note, width)
    elif line.comment in said:
        yield f"      {paint(f'as for {said[line.comment]}', _COLOURS['failed'])}"
    else:
        said[line.comment] = line.subject
        for text in line.comment.splitlines():
            yield from (paint(each, _COLOURS["failed"]) for each in _wrapped("      ", text, width))


def _object(line: Line, user: str, said: dict[str, str], paint: Paint, width: int) -> Iterator[str]:
    subject = line.subject.removesuffix(f" of {user}")
    if line.outcome not in _SIGNS:
        yield from _wrapped(f"    * {subject}: ", line.note, width)
        return
    sign, colour = _SIGNS[line.outcome], _COLOURS[line.outcome]
    if line.outcome in ("failed", "skipped"):
        yield paint(f"    {sign} {subject}", colour)
        yield from _reason(line, said, paint, width)
    elif line.outcome == "created":
        yield _cut(f"    {paint(f'{sign} {subject}', colour)}", f"    {sign} {subject}", _changes(line, _SHORT), width)
    else:
        yield from _wrapped(f"    {paint(f'{sign} {subject}', colour)}: ", _changes(line), width)


def _cut(painted: str, plain: str, text: str, width: int) -> str:
    """One line; what does not fit is left out, for an object that is made has all that is declared."""
    room = max(width - len(plain) - 2, 20)
    return f"{painted}: {textwrap.shorten(text, room, placeholder=' …')}" if text else painted


def _wrapped(lead: str, text: str, width: int) -> Iterator[str]:
    if not text:
        if lead.strip():
            yield lead.rstrip().removesuffix(":")
        return
    folded = textwrap.wrap(text, width - 10, break_long_words=False, break_on_hyphens=False)
    yield f"{lead}{folded[0]}"
    yield from (f"        {each}" for each in folded[1:])


def _changes(line: Line, longest: int | None = None) -> str:
    """Changes in a line: ``vlan_id 107 → 108, dns → 10.0.0.1``."""
    told = [(path, sides) for path, sides in line.changes.items() if not _is_identity(line, path, sides)]
    return ", ".join(_change(path, sides, line.outcome, longest) for path, sides in told)


def _is_identity(line: Line, path: str, sides: Any) -> bool:
    """Whether a change only says that the object comes, or goes: its line says so already."""
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
        text = str(value).replace("\n", "\\n")
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"


def _table_of_kinds(found: Sequence[Group], paint: Paint) -> list[str]:
    rows = [{"state": kind, **_counts(counts)} for kind, counts in by_kind(found)]
    if len(rows) > 1:
        total = sum((counts for _, counts in by_kind(found)), Counter[str]())
        rows.append({"state": "total", **_counts(total)})
    # What nothing became needs no column.
    columns = [word for word in OUTCOMES if word == "as declared" or any(row[word] for row in rows)]
    return [f"  {line}" for line in table(rows, ("state", "objects", *columns))] if rows else []


def _counts(counts: Counter[str]) -> dict[str, int]:
    return {"objects": sum(counts.values()), **{word: counts[word] for word in OUTCOMES}}


def _sum(found: Sequence[Group]) -> str:
    states = [group.head for group in found]
    failed = sum(line.outcome in ("failed", "skipped") for line in states)
    dry = " (a dry run)" if any(line.dry for line in states) else ""
    seconds = sum(line.seconds for line in states)
    return f"  {len(states)} states, {failed} failed; {seconds:.1f} s{dry}"


# -- what functions return --------------------------------------------------------------------------------------------


def _is_rows(data: Any) -> bool:
    return (
        isinstance(data, (list, tuple))
        and bool(data)
        and all(isinstance(row, Mapping) and list(row) == list(data[0]) for row in data)
    )


def _rows(rows: Sequence[Mapping[str, Any]], paint: Paint, width: int) -> list[str]:
    """A table, and below it what single rows would change."""
    columns = [key for key in rows[0] if key not in _TOLD]
    lines = [f"  {line}" for line in table(rows, columns)]
    for row in rows:
        changes = row.get("changes")
        if isinstance(changes, Mapping) and changes:
            line = Line("", "", "", "", "changed", "", changes, 0.0)
            lines += _wrapped(
                f"    {_SIGNS['changed']} {row.get('vm') or row.get('name') or ''}: ", _changes(line), width
            )
        elif row.get("state") == "planned":
            lines += _wrapped(f"    {_SIGNS['changed']} ", str(row.get("said") or ""), width)
    return lines


def _summed_up(data: Mapping[str, Any], paint: Paint, width: int) -> list[str]:
    """Rows by name, the error if there is one, and a line of totals."""
    lines: list[str] = []
    for name, part in data.items():
        if name in ("totals", "error"):
            continue
        rows = list(part.values()) if isinstance(part, Mapping) else part
        if _is_rows(rows):
            lines += [*_rows(rows, paint, width), ""]
        elif part not in ({}, []):
            lines.append(f"  {name}: {_value(part, None)}")
    for text in str(data.get("error") or "").splitlines():
        lines += [paint(each, _COLOURS["failed"]) for each in _wrapped("  ", text, width)]
    if "totals" not in data:
        return lines
    totals = dict(data["totals"])
    seconds = totals.pop("seconds", None)
    counted = ", ".join(f"{number} {word}" for word, number in sorted(totals.items())) or "nothing to do"
    return [*lines, f"  {counted}" + (f"; {seconds} s" if seconds is not None else "")]


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Rows as lines of text, a column a key."""
    shown = [{key: key.upper() for key in columns}]
    shown += [{key: _cell(row[key]) for key in columns} for row in rows]
    widths = {key: max(len(row[key]) for row in shown) for key in columns}
    return ["  ".join(f"{row[key]:{widths[key]}}" for key in columns).rstrip() for row in shown]


def _cell(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    return str(value)
