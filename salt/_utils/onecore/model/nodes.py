"""What a schema is made of.

It is a tree: `Leaf` (a single value), `Keys` (a dictionary with known keys), `Each` (a dictionary keyed by name),
`Many` (a list) and `Either` (one of several). Each node says what it wants in words that follow "must be".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


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
    hint
        What to add about a value that does not fit, such as how YAML misread it.
    """

    wants: str
    classes: tuple[type, ...]
    check: Callable[[Any], Any] = lambda value: value
    secret: bool = False
    hint: Callable[[Any], str] = lambda value: ""


@dataclass(frozen=True)
class Key:
    """One key of a dictionary and its documentation.

    doc
        A sentence or two for people.
    default
        What holds when it is not given.
    example
        A value, as YAML.
    unit
        Of a number.
    effect
        What happens to an existing object when the value changes; empty where the key describes no object.
    """

    node: Node
    doc: str
    default: str = ""
    example: str = ""
    unit: str = ""
    effect: str = ""


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
    fields: Mapping[str, Key]
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
    check
        Called with the name and the value of an entry that both fit; raises ArgumentError where they do not together.
    """

    what: str
    name: Leaf
    item: Node
    removable: bool = True
    folded: bool = False
    check: Callable[[str, Any], None] = lambda name, value: None
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
    """One of several nodes, distinguished by the class of the value.

    title
        What it must be, where saying so of each node would be too long.
    """

    nodes: tuple[Plain, ...]
    title: str = ""

    @property
    def wants(self) -> str:
        return self.title or " or ".join(node.wants for node in self.nodes)


Plain = Leaf | Keys | Each | Many
Node = Plain | Either


def choices(node: Node) -> tuple[Plain, ...]:
    """The nodes among which a value chooses."""
    return node.nodes if isinstance(node, Either) else (node,)


def holds(node: Plain, value: Any) -> bool:
    """Whether a value is of a node's classes."""
    # To Python a bool is an int, to people it is not.
    return isinstance(value, node.classes) and (not isinstance(value, bool) or bool in node.classes)
