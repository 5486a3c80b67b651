"""Arguments: signatures, documentation and the pillar's schema are generated from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..basics.values import TEXT, YES_NO, Type
from .leaves import of
from .nodes import Key, Node

#: The default text of ``otherwise``.
UNCHANGED = "left alone"
REQUIRED = "required"
NONE = "none"


class Argument:
    """One argument.

    name
        The name.
    doc
        Its purpose, in whole sentences (reStructuredText).
    unit
        The unit of a number.
    otherwise
        The default, as the text after "Defaults to".
    example
        A value, as YAML.
    excludes
        The argument that it excludes.
    node
        Its node in the schema of the pillar, if that does not follow from its type.
    """

    #: Its type; ``None`` if it has a structure of its own.
    type: Type | None = None
    #: The default value.
    default: Any = None
    required = False
    #: The text for a missing required value.
    needed = ""
    doc = otherwise = example = ""

    def __init__(
        self,
        name: str,
        doc: str = "",
        unit: str = "",
        otherwise: str = "",
        example: str = "",
        excludes: str = "",
        node: Node | None = None,
    ):
        self.name, self.unit, self.excludes, self._node = name, unit, excludes, node
        self.doc, self.otherwise, self.example = doc or self.doc, otherwise or self.otherwise, example or self.example

    @property
    def node(self) -> Node:
        """Its node in the schema of the pillar."""
        return self._node or self.own_node()

    @property
    def is_for_the_pillar(self) -> bool:
        """Whether the pillar can declare it like a state does."""
        own_form = type(self).own_node is not Argument.own_node
        return self._node is not None or self.type is not None or own_form

    def own_node(self) -> Node:
        """Its node in the schema of the pillar, from its type or structure."""
        if self.type is None:
            raise NotImplementedError(f"{self.name} has a form of its own")
        return of(self.type)

    def key(self, more: str = "", **instead: Any) -> Key:
        """The pillar's key of that name.

        more
            More documentation for the pillar.
        instead
            Parts of the key that differ in the pillar.
        """
        doc = markdown(" ".join(filter(None, (self.doc, more, *self.consequences()))))
        default = REQUIRED if self.required else markdown(self.fallback) or UNCHANGED
        return replace(Key(self.node, doc, default, self.example, self.unit, self.effect), **instead)

    @property
    def effect(self) -> str:
        """The effect of a changed value on an existing object; empty for an argument of a command."""
        return ""

    @property
    def text(self) -> str:
        """The complete documentation, as in a docstring."""
        default = f"Defaults to {self.fallback}." if self.fallback else ""
        return " ".join(filter(None, (self.doc, self._form, self.needed, default, *self.consequences())))

    @property
    def fallback(self) -> str:
        """The default, in words; empty if there is none."""
        return self.otherwise or (f"``{_yaml(self.default)}``" if self.default is not None else "")

    @property
    def _form(self) -> str:
        """Its structure, as a sentence; empty if name and purpose are sufficient."""
        if self.type is None or self.type.wants in (TEXT.wants, YES_NO.wants):
            return ""
        wants = self.type.wants.rstrip(",")
        return f"{wants[0].upper()}{wants[1:]}{f', in {self.unit}' if self.unit else ''}."

    def consequences(self) -> Iterator[str]:
        """The effects of the argument, in sentences."""
        if self.excludes:
            yield f"Excludes ``{self.excludes}``."


class Option(Argument):
    """An argument with a single value.

    type, default, required
        Its type, its default value, and whether it is required.
    """

    type: Type

    def __init__(self, name: str, type: Type, default: Any = None, required: bool = False, **documentation: Any):
        super().__init__(name, **documentation)
        self.type, self.default, self.required = type, default, required
        self.needed = "Must be given." if required else ""


def markdown(text: str) -> str:
    """Convert reStructuredText to Markdown; the only markup is code."""
    return text.replace("``", "`")


def _yaml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_yaml, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
