"""Commands that make one call on one object, such as ``oneimage chtype``: described in a line each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..basics.prose import entry, wrapped
from ..cloud.collection import Collection
from ..cloud.view import Cloud
from .description import Words, documented, plain
from .objects import act, part_id, word


@dataclass(frozen=True)
class Call:
    """A command that calls one method on one object, for one kind.

    verb
        The name of the method, without the kind's prefix.
    says
        Its purpose, as a sentence.
    example
        The arguments of an example.
    takes
        Its parameters besides the object, in the order of the method, with the documentation of each.
    sends
        Further fixed parameters of the method.
    rights
        Replaces MANAGE on the object in the documentation.
    does
        The function that makes the call: :func:`.objects.act`, or :func:`.objects.make` for one that creates an object.
    """

    name: str
    words: Words
    verb: str
    says: str
    example: str
    takes: Mapping[str, str] = field(default_factory=dict)
    sends: tuple[Any, ...] = ()
    rights: str = ""
    does: Callable[..., Any] = act

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Its parameters; all of them can be given by position."""
        optional = [*["owner"] * self.words.kind.per_owner, "profile"]
        return (
            plain(self.words.target),
            *(plain(name) for name in self.takes),
            *(plain(name, None) for name in optional),
        )

    def __call__(self, cloud: Cloud, kind: Collection, given: Mapping[str, Any]) -> Any:
        """Run it with the values of its parameters."""
        values = [_taken(name, given[name]) for name in self.takes]
        return self.does(cloud, kind, given[self.words.target], given.get("owner"), self.verb, *values, *self.sends)

    def documentation(self) -> str:
        """Its documentation: purpose, arguments, rights and an example."""
        return documented(
            wrapped(self.says),
            self._arguments(),
            wrapped(f"Rights: {self.rights or f'MANAGE on the {self.words.kind.title}.'}"),
            [f"{self.words.kind.cli}.{self.name} {self.example}"],
        )

    def _arguments(self) -> Iterator[str]:
        common = [self.words.target, *["owner"] * self.words.kind.per_owner, "profile"]
        yield entry(", ".join(common), self.words.which)
        for name, doc in self.takes.items():
            yield entry(name, doc)


def _taken(name: str, value: Any) -> int | str:
    """The value of a parameter: the ID of a part of the object, or a text."""
    return part_id(name, value) if name.endswith("_id") else word(name, value)
