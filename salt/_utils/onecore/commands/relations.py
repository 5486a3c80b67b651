"""Commands that relate an object to one of another kind, such as ``onecluster addhost``: described in a line each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.prose import entry, wrapped
from ..cloud.collection import Collection
from ..cloud.directory import ZONES
from ..cloud.view import Cloud
from ..model.vdcs import EVERY, EVERY_NUMBER
from ..model.zones import here
from .description import Words, documented, plain
from .objects import KINDS, act, find, identified, relate

_ZONE = (
    "The zone that it is in, by name or ID; in another zone, the object is identified by its ID only. Defaults to "
    "this zone."
)


def share(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    verb: str,
    other_kind: str,
    other: Any,
    zone: Any = None,
    owner: str | None = None,
) -> bool:
    """Call ``<prefix>.<verb>`` on an object and one of another kind in a zone.

    other
        By name or ID, or ``ALL``.
    """
    this, sort = here(cloud), KINDS[other_kind]
    where = this if zone is None else find(cloud, ZONES, zone).id
    if other == EVERY:
        found = EVERY_NUMBER
    elif where == this:
        found = identified(cloud, sort, other, owner)
    elif isinstance(other, int) and not isinstance(other, bool):
        found = other
    else:
        raise ArgumentError(f"In another zone, a {sort.title} is identified by its ID only.")
    return act(cloud, kind, target, None, verb, where, found)


@dataclass(frozen=True)
class Relation:
    """A command that relates an object to another one, for one kind.

    name
        Its name, which is also the verb of OpenNebula's call.
    other
        The CLI name of the other object's kind.
    says
        Its purpose, as a sentence.
    example
        The name of the other object in an example; one line for each example.
    rights
        Replaces ADMIN on both in the documentation.
    does
        The function of the command, called with the cloud, the kind and the values of its parameters; defaults to
        OpenNebula's call.
    zoned
        Whether the other object may be in another zone, or ``ALL``.
    """

    name: str
    words: Words
    other: str
    says: str
    example: str
    rights: str = ""
    does: Callable[..., Any] | None = None
    zoned: bool = False

    @property
    def _word(self) -> str:
        return self.other.removeprefix("one")

    @property
    def _other(self) -> Collection:
        return KINDS[self.other]

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Its parameters; all of them can be given by position."""
        optional = [*["zone"] * self.zoned, *["owner"] * self._other.per_owner, "profile"]
        return (plain(self.words.target), plain(self._word), *(plain(name, None) for name in optional))

    def __call__(self, cloud: Cloud, kind: Collection, given: Mapping[str, Any]) -> Any:
        """Run it with the values of its parameters."""
        if self.does is not None:
            return self.does(cloud, kind, *given.values())
        target, other, *more = given.values()
        return (share if self.zoned else relate)(cloud, kind, target, self.name, self.other, other, *more)

    def documentation(self) -> str:
        """Its documentation: purpose, arguments, rights and examples."""
        titles = f"{self.words.kind.title} and on the {self._other.title}"
        return documented(
            wrapped(self.says),
            self._arguments(),
            wrapped(f"Rights: {self.rights or f'ADMIN on the {titles}.'}"),
            [f"{self.words.kind.cli}.{self.name} {self.words.example} {each}" for each in self._examples()],
        )

    def _arguments(self) -> Iterator[str]:
        yield entry(f"{self.words.target}, profile", self.words.which)
        known = f"The {self._other.title}, by name or ID{', and whose it is' if self._other.per_owner else ''}"
        names = f"{self._word}, owner" if self._other.per_owner else self._word
        yield entry(names, f"{known}; ``{EVERY}`` for all of them." if self.zoned else f"{known}.")
        if self.zoned:
            yield entry("zone", _ZONE)

    def _examples(self) -> list[str]:
        return [*self.example.splitlines(), *[EVERY] * self.zoned]
