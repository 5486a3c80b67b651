"""What a schema is made of, and the one walk that holds data against it.

A schema is a tree of nodes: `Leaf` (a single value), `Keys` (a dictionary with known keys), `Each` (a dictionary
keyed by name), `Many` (a list) and `Either`. Walking never raises: whatever does not fit becomes a `Fault` and is
left out of the result, so that what comes back has the declared shape and can be reasoned about.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..errors import ArgumentError

LONGEST_SHOWN = 40
#: Numbers beyond this are not written out, nor words beyond it searched for something similar.
LARGEST_SHOWN = 10**20
LONGEST_MISSPELLED = 64
#: What Salt 3008 shows in place of pillar values.
MASKED = "*" * 10
SPOKEN_BOOLEANS = {"yes", "no", "on", "off", "true", "false"}


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that cannot be right: where (``users.alice.vlan_base``), and what, in a clause."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True)
class Leaf:
    """A single value.

    wants
        What it must be, in words that follow "must be".
    classes
        The classes of Python that can hold it.
    check
        Called with the value; raises ValueError when it does not fit, or ArgumentError with a text of its own.
    secret
        Whether faults must not quote the value.
    """

    wants: str
    classes: tuple[type, ...]
    check: Callable[[Any], Any] = lambda value: value
    secret: bool = False


@dataclass(frozen=True)
class Field:
    """One key of a dictionary and its documentation.

    doc
        A sentence or two for people.
    default
        What holds when it is not given.
    example
        A value, as YAML.
    unit
        Of a number.
    """

    node: Node
    doc: str
    default: str = ""
    example: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Keys:
    """A dictionary with known keys.

    title
        What it describes: "a network of a user".
    fields
        Its keys.
    others
        What any other key in capitals may hold, which is then an attribute of OpenNebula's.
    """

    title: str
    fields: Mapping[str, Field]
    others: Leaf | None = None
    classes: ClassVar = (dict,)

    @property
    def wants(self) -> str:
        return f"a dictionary that describes {self.title}"

    def node(self, key: Any) -> Node | None:
        """What the value of a key must be; ``None`` for an unknown key."""
        if not isinstance(key, str):
            return None
        if key in self.fields:
            return self.fields[key].node
        return self.others if key.isupper() and key.lower() not in self.fields else None


@dataclass(frozen=True)
class Each:
    """A dictionary keyed by name.

    what
        What one entry is: "network".
    name, item
        What keys and values must be.
    removable
        Whether null may stand for an entry, to take away an inherited one.
    folded
        Whether names that differ in capitals only are the same.
    """

    what: str
    name: Leaf
    item: Node
    removable: bool = True
    folded: bool = False
    classes: ClassVar = (dict,)

    @property
    def wants(self) -> str:
        return f"a dictionary with a key for each {self.what}"


@dataclass(frozen=True)
class Many:
    """A list of things of one sort."""

    item: Node
    classes: ClassVar = (list,)

    @property
    def wants(self) -> str:
        return f"a list, each entry {self.item.wants}"


@dataclass(frozen=True)
class Either:
    """One of several nodes, told apart by the class of the value.

    title
        What it must be, where saying so of each node would be too long.
    """

    nodes: tuple[Node, ...]
    title: str = ""

    @property
    def wants(self) -> str:
        return self.title or " or ".join(node.wants for node in self.nodes)


Node = Leaf | Keys | Each | Many | Either


@dataclass
class Walk:
    """One pass over some data.

    faults
        What was found wrong.
    blamed
        The paths of which nothing more need be said, those of misspelled keys among them.
    """

    faults: set[Fault] = field(default_factory=set)
    blamed: set[str] = field(default_factory=set)

    def fault(self, path: str, message: str) -> None:
        self.faults.add(Fault(path, message))
        self.blamed.add(path)

    def require(self, path: str, message: str, *related: str) -> None:
        """Add a fault about something missing, unless it is only missing because it was found wrong.

        related
            Other paths where it could have been.
        """
        if self.blamed.isdisjoint((path, *related)):
            self.fault(path, message)

    def sound(self, node: Node, value: Any, path: str = "") -> Any:
        """``value`` without what does not fit ``node``; `UNSOUND` when nothing is left of it."""
        if value is None:
            return None
        if isinstance(value, str) and value == MASKED:
            self.fault(path, "is hidden: Salt put asterisks in its place before it came here")
            return UNSOUND
        match = next((each for each in _choices(node) if _holds(each, value)), None)
        if match is None:
            self.fault(path, mismatch(node, value))
            return UNSOUND
        return getattr(self, f"_{type(match).__name__.lower()}")(match, value, path)

    def _leaf(self, leaf: Leaf, value: Any, path: str) -> Any:
        try:
            leaf.check(value)
        except ArgumentError as error:
            self.fault(path, str(error).removesuffix("."))
        except ValueError:
            self.fault(path, mismatch(leaf, value))
        else:
            return value
        return UNSOUND

    def _many(self, many: Many, value: list[Any], path: str) -> list[Any]:
        found = []
        for number, each in enumerate(value):
            where = f"{path}[{number}]"
            if each is None:
                self.fault(where, mismatch(many.item, None))
            else:
                found.append(self.sound(many.item, each, where))
        return [each for each in found if each is not UNSOUND]

    def _keys(self, keys: Keys, value: dict[Any, Any], path: str) -> dict[str, Any]:
        found = {}
        for key, inner in value.items():
            node = keys.node(key)
            if node is None:
                self._unknown(keys, key, path)
            else:
                found[key] = self.sound(node, inner, below(path, key))
        return {key: inner for key, inner in found.items() if inner is not UNSOUND}

    def _unknown(self, keys: Keys, key: Any, path: str) -> None:
        if not isinstance(key, str):
            self.fault(below(path, key), f"a key must be text; found {seen(key)}{hint(None, key)}")
            return
        near = nearest(key, keys.fields)
        rest = f"did you mean {near}?" if near else f"known are {', '.join(keys.fields)}"
        self.fault(below(path, key), f"unknown key; {rest}")
        if near:
            self.blamed.add(below(path, near))

    def _each(self, each: Each, value: dict[Any, Any], path: str) -> dict[str, Any]:
        found = {}
        for key, inner in value.items():
            where = below(path, key)
            if not isinstance(key, str):
                self.fault(where, f"the name of a {each.what} must be text; found {seen(key)}{hint(None, key)}")
            elif inner is None and not each.removable:
                self.fault(where, f"must be {each.item.wants}; found nothing ({{}} is one without details)")
            elif self._leaf(each.name, key, where) is not UNSOUND:
                found[key] = self.sound(each.item, inner, where)
        if each.folded:
            for key, other in same_but_for_capitals(found):
                self.fault(below(path, key), again(other))
        return {key: inner for key, inner in found.items() if inner is not UNSOUND}


UNSOUND = object()


def same_but_for_capitals(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each name that is another one again but for capitals, and that other one."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.upper(), name)
        if other != name:
            yield name, other


def again(other: str) -> str:
    """What is wrong with the name of an attribute that is there twice."""
    return f"is {other} once more: to OpenNebula capitals make no difference in it"


def _choices(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, Either) else (node,)


def _holds(node: Node, value: Any) -> bool:
    # To Python a bool is an int, to people it is not.
    return isinstance(value, node.classes) and (not isinstance(value, bool) or bool in node.classes)


def below(path: str, *keys: Any) -> str:
    """The path of a key, or of a key in a key."""
    for key in keys:
        name = key if isinstance(key, str) and key and key.isprintable() else shortened(key)
        path = f"{path}.{name}" if path else name
    return path


def nearest(word: str, known: Iterable[str]) -> str:
    """The most similar of some words, or an empty text."""
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
    """That something else was wanted than what was found."""
    quote = any(isinstance(each, Leaf) and not each.secret for each in _choices(node))
    return f"must be {node.wants}; found {seen(value, quote)}{hint(node, value)}"


def seen(value: Any, quote: bool = True) -> str:
    """What a value is, in words.

    quote
        Whether it may be shown; never where a secret might stand.
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
    """What to do about a value that YAML takes for something else than what was meant.

    node
        What it should have been; ``None`` for a name.
    """
    classes = (str,) if node is None else node.classes if isinstance(node, Leaf) else ()
    if isinstance(value, bool) and str in classes:
        return " (YAML reads yes, no, on and off as true and false: put it in quotes)"
    if isinstance(value, (int, float)) and str in classes and int not in classes:
        return " (put it in quotes)"
    if isinstance(value, str) and str not in classes and _unquoted(value, classes):
        return " (leave out the quotes)"
    return ""


def _unquoted(text: str, classes: tuple[type, ...]) -> bool:
    """Whether a text would be of one of these classes without its quotes."""
    word = text.strip().lower()
    return (bool in classes and word in SPOKEN_BOOLEANS) or (int in classes and word.removeprefix("-").isdecimal())
