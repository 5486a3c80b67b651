"""The texts of errors: places, values, and suggestions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..model.nodes import Leaf, Node, choices

LONGEST_SHOWN = 40
#: The largest number that messages contain in full, and the longest word for which they contain a suggestion.
LARGEST_SHOWN = 10**20
LONGEST_MISSPELLED = 64
SPOKEN_BOOLEANS = {"yes", "no", "on", "off", "true", "false"}


def below(path: str, *keys: Any) -> str:
    """The path of a key, or of a key in a key."""
    for key in keys:
        name = key if isinstance(key, str) and key and key.isprintable() else shortened(key)
        path = f"{path}.{name}" if path else name
    return path


def nearest(word: str, known: Iterable[str]) -> str:
    """The most similar one of several words; empty if none is similar."""
    if len(word) > LONGEST_MISSPELLED:
        return ""
    known = list(known)
    found = difflib.get_close_matches(word, known, n=1) or difflib.get_close_matches(word.lower(), known, n=1)
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean …?``, or nothing."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""


def mismatch(node: Node, value: Any) -> str:
    """The statement that a value must be another one."""
    quote = any(isinstance(each, Leaf) and not each.secret for each in choices(node))
    hints = "".join(each.hint(value) for each in choices(node) if isinstance(each, Leaf))
    return f"must be {node.wants}; found {seen(value, quote)}{hint(node, value)}{hints}"


def seen(value: Any, quote: bool = True) -> str:
    """The description of a value.

    quote
        Whether it may be quoted; never for a value that can be secret.
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    sort = {dict: "dictionary", list: "list", str: "text", int: "number", float: "number"}.get(type(value))
    if sort is None:
        return f"a {type(value).__name__}"
    return f"the {sort} {shortened(value)}" if quote and isinstance(value, (str, int, float)) else f"a {sort}"


def shortened(value: Any) -> str:
    """A value in one short line."""
    if isinstance(value, str):
        return repr(value) if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]!r}…"
    if isinstance(value, int) and not -LARGEST_SHOWN < value < LARGEST_SHOWN:
        return "of more than 20 digits"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value) if isinstance(value, (int, float)) else f"<{type(value).__name__}>"


def hint(node: Node | None, value: Any) -> str:
    """What to do about a value that YAML reads as another type.

    node
        The node of the value; ``None`` for a name.
    """
    classes = (str,) if node is None else node.classes if isinstance(node, Leaf) else ()
    if isinstance(value, bool) and str in classes:
        return " (YAML reads yes, no, on and off as true and false: put it in quotes)"
    if isinstance(value, (int, float)) and str in classes and int not in classes:
        return " (put it in quotes)"
    if isinstance(value, str) and str not in classes:
        return _unquoted(value.strip().lower(), classes)
    return ""


def _unquoted(word: str, classes: tuple[type, ...]) -> str:
    """How to write a text that would have one of these classes without its quotes."""
    if int in classes and re.fullmatch(r"-?\d{1,20}", word):
        # YAML reads a number with a leading 0 as an octal one.
        number = str(int(word))
        return " (leave out the quotes)" if number == word else f" (write {number}, without quotes)"
    return " (leave out the quotes)" if bool in classes and word in SPOKEN_BOOLEANS else ""


def same_but_for_capitals(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name that differs from another one only in capitals, with that one."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.upper(), name)
        if other != name:
            yield name, other


def again(other: str) -> str:
    """The error about a duplicate attribute."""
    return f"duplicates {other}: OpenNebula ignores case in attribute names"
