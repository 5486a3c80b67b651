"""Generated documentation: paragraphs, and the entries of arguments."""

from __future__ import annotations

import textwrap

_WIDTH = 116


def wrapped(text: str, width: int = _WIDTH) -> str:
    """A text as a paragraph."""
    return textwrap.fill(" ".join(text.split()), width, break_on_hyphens=False)


def entry(name: str, text: str) -> str:
    """The documentation of an argument, below its name."""
    return f"{name}\n{textwrap.indent(wrapped(text, _WIDTH - 4), '    ')}"
