"""Rows as lines of text, with a column for each key."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

#: Longer values are truncated, so that a table stays readable.
LONGEST = 60
#: Columns with sentences, which are wrapped instead of truncated.
SENTENCES = ("finding", "cure")


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Rows as lines; the last column is never truncated."""
    shown = [{key: [key.upper()] for key in columns}]
    shown += [{key: _cell(key, row.get(key), key == columns[-1]) for key in columns} for row in rows]
    widths = {key: max(len(line) for row in shown for line in row[key]) for key in columns}
    return [line for row in shown for line in _lines([row[key] for key in columns], list(widths.values()))]


def _lines(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row, as many as its longest cell has."""
    for parts in zip_longest(*cells, fillvalue=""):
        yield "  ".join(f"{part:{width}}" for part, width in zip(parts, widths, strict=True)).rstrip()


def _cell(column: str, value: Any, whole: bool) -> list[str]:
    text = " ".join(str(value).split()) if value not in (None, "") else "-"
    if column in SENTENCES:
        return textwrap.wrap(text, LONGEST, break_long_words=False, break_on_hyphens=False)
    return [text if whole or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"]
