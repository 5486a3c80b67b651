"""Arguments: signatures, documentation and the pillar's schema are generated from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..basics.values import TEXT, YES_NO, Type
from .leaves import of
from .nodes import Key, Node

#: What holds where nothing is declared, if nothing else is said.
UNCHANGED = "left alone"
REQUIRED = "required"
NONE = "none"


class Argument:
    """One argument.

    name
        What it is called.
    doc
        What it is for, in whole sentences for people (reStructuredText).
    unit
        Of a number.
    otherwise
        What holds where it is not given, in words that follow "Defaults to".
    example
        A value, as YAML.
    excludes
        The argument that must not be given beside it.
    node
        What it may be in the pillar, where that is not what its type takes.
    """

    #: What it may be; ``None`` where it has a form of its own.
    type: Type | None = None
    #: What is taken where it is not given.
    default: Any = None
    required = False
    #: What people read where it must be given.
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
        """What it may be in the pillar."""
        return self._node or self.own_node()

    @property
    def is_for_the_pillar(self) -> bool:
        """Whether the pillar can say it as a state does."""
        own_form = type(self).own_node is not Argument.own_node
        return self._node is not None or self.type is not None or own_form

    def own_node(self) -> Node:
        """What it may be in the pillar, by its type or its form."""
        if self.type is None:
            raise NotImplementedError(f"{self.name} has a form of its own")
        return of(self.type)

    def key(self, more: str = "", **instead: Any) -> Key:
        """The pillar's key of that name.

        more
            What else is to be said of it in the pillar.
        instead
            What is otherwise there: parts of the key.
        """
        doc = markdown(" ".join(filter(None, (self.doc, more, *self.consequences()))))
        default = REQUIRED if self.required else markdown(self.fallback) or UNCHANGED
        return replace(Key(self.node, doc, default, self.example, self.unit, self.effect), **instead)

    @property
    def effect(self) -> str:
        """What happens to an existing object when the value changes; empty for an argument of a command."""
        return ""

    @property
    def text(self) -> str:
        """All that is to be said of it where it is declared separately, as in a docstring."""
        default = f"Defaults to {self.fallback}." if self.fallback else ""
        return " ".join(filter(None, (self.doc, self._form, self.needed, default, *self.consequences())))

    @property
    def fallback(self) -> str:
        """What holds where it is not given, in words; empty where that is nothing."""
        return self.otherwise or (f"``{_yaml(self.default)}``" if self.default is not None else "")

    @property
    def _form(self) -> str:
        """What it may be, as a sentence; empty where its name and its purpose tell."""
        if self.type is None or self.type.wants in (TEXT.wants, YES_NO.wants):
            return ""
        wants = self.type.wants.rstrip(",")
        return f"{wants[0].upper()}{wants[1:]}{f', in {self.unit}' if self.unit else ''}."

    def consequences(self) -> Iterator[str]:
        """What follows from giving it, in sentences."""
        if self.excludes:
            yield f"Excludes ``{self.excludes}``."


class Option(Argument):
    """An argument that is nothing but a value.

    type, default, required
        What it may be, what is taken where it is not given, and whether it must be.
    """

    type: Type

    def __init__(self, name: str, type: Type, default: Any = None, required: bool = False, **told: Any):
        super().__init__(name, **told)
        self.type, self.default, self.required = type, default, required
        self.needed = "Must be given." if required else ""


def markdown(text: str) -> str:
    """A text in reStructuredText as Markdown; code is all the markup there is."""
    return text.replace("``", "`")


def _yaml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_yaml, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
