"""Rows for people: as lines of text, a column a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: What is longer is cut: a table is to be read.
LONGEST = 60


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Rows as lines; the last column is never cut."""
    shown = [{key: key.upper() for key in columns}]
    shown += [{key: _text(row.get(key), key == columns[-1]) for key in columns} for row in rows]
    widths = {key: max(len(row[key]) for row in shown) for key in columns}
    return ["  ".join(f"{row[key]:{widths[key]}}" for key in columns).rstrip() for row in shown]


def _text(value: Any, whole: bool) -> str:
    text = " ".join(str(value).split()) if value not in (None, "") else "-"
    return text if whole or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
