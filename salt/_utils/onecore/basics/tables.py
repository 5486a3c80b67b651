"""Rows as lines of text, with one column for each key, at most as wide as a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

#: Width of a terminal; `INDENTED` if Salt shows a text indented below the ID of a minion.
WIDTH, INDENTED = 100, 96
#: The length at which values are truncated, and the minimum width of a column.
LONGEST, NARROWEST = 400, 12
_GAP = "  "


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], width: int = WIDTH) -> list[str]:
    """The rows as lines; long values are wrapped within their column."""
    cells = [[key.upper() for key in columns], *([_text(row.get(key)) for key in columns] for row in rows)]
    widths = _fitted([max(map(len, column)) for column in zip(*cells, strict=True)], width)
    return [line for row in cells for line in _lines(row, widths)]


def _fitted(natural: Sequence[int], width: int) -> list[int]:
    """The widths of columns, of which the widest are reduced."""
    room = width - len(_GAP) * (len(natural) - 1)
    most = max(natural, default=0)
    while most > NARROWEST and sum(min(each, most) for each in natural) > room:
        most -= 1
    return [min(each, most) for each in natural]


def _lines(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """The lines of one row, as many as its longest cell needs."""
    wrapped = [_wrapped(text, width) for text, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*wrapped, fillvalue=""):
        yield _GAP.join(f"{part:{width}}" for part, width in zip(parts, widths, strict=True)).rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    return [text] if len(text) <= width else textwrap.wrap(text, width, break_on_hyphens=False)


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    text = "-" if value is None or value == "" else " ".join(str(value).split()) or "-"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
