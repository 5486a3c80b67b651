"""The parts of a schema.

A schema is a tree: `Leaf` (a single value), `Keys` (a dictionary with known keys), `Each` (a dictionary keyed by name),
`Many` (a list) and `Either` (one of several). Each node describes its values as the text after "must be".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Leaf:
    """A single value.

    wants
        The description of the value, as the text after "must be".
    classes
        The Python classes of the value.
    check
        Called with the value; raises ValueError for an invalid one, or ArgumentError with a text of its own.
    secret
        Whether errors must not quote the value.
    hint
        A hint about an invalid value, for example how YAML has read it.
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
        One or two sentences of documentation.
    default
        The default.
    example
        A value, as YAML.
    unit
        The unit of a number.
    effect
        The effect of a changed value on an existing object; empty if the key does not describe an object.
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
        Its name in messages: "a network of a user".
    fields
        Its keys.
    others
        The node of other upper-case keys, which are attributes of OpenNebula.
    """

    title: str
    fields: Mapping[str, Key]
    others: Leaf | None = None
    classes: ClassVar = (dict,)

    @property
    def wants(self) -> str:
        return f"a dictionary that describes {self.title}"

    def node(self, key: Any) -> Node | None:
        """The node of a key; ``None`` for an unknown key."""
        if not isinstance(key, str):
            return None
        if key in self.fields:
            return self.fields[key].node
        return self.others if key.isupper() and key.lower() not in self.fields else None


@dataclass(frozen=True)
class Each:
    """A dictionary keyed by name.

    what
        The name of an entry: "network".
    name, item
        The nodes of keys and values.
    removable
        Whether an entry may be null, which removes an inherited one.
    folded
        Whether names are compared regardless of capitals.
    check
        Called with the name and the value of an entry that are valid separately; raises ArgumentError for an invalid
        combination.
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
    """A list of values of one type."""

    item: Node
    classes: ClassVar = (list,)

    @property
    def wants(self) -> str:
        return f"a list, each entry {self.item.wants}"


@dataclass(frozen=True)
class Either:
    """One of several nodes, distinguished by the class of the value.

    title
        The description, if joining those of all nodes would be too long.
    """

    nodes: tuple[Plain, ...]
    title: str = ""

    @property
    def wants(self) -> str:
        return self.title or " or ".join(node.wants for node in self.nodes)


Plain = Leaf | Keys | Each | Many
Node = Plain | Either


def choices(node: Node) -> tuple[Plain, ...]:
    """The nodes among which the class of a value selects."""
    return node.nodes if isinstance(node, Either) else (node,)


def holds(node: Plain, value: Any) -> bool:
    """Whether a value belongs to a node's classes."""
    # In Python a bool is an int, for people it is not.
    return isinstance(value, node.classes) and (not isinstance(value, bool) or bool in node.classes)
