"""Objects that are created as a copy of another one, and get its attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError, MissingError
from ..basics.marks import DIGESTS, FORMERLY, transit_name
from ..basics.plan import Change, Order
from ..basics.syntax import parse, render
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.directory import USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves
from .arguments import REQUIRED
from .fields import REMOVED, Field, Reference
from .lock import refuse_use
from .nodes import Either, Key, Keys, Node
from .vectors import lowered
from .writers import MERGE


@dataclass(frozen=True)
class Original:
    """What is copied: its name, and whose it is; ``None`` stands for the converging account."""

    name: str
    owner: str | None = None


class CloneFrom(Field):
    """What an object is made from, which counts only while it is made.

    kind
        The collection of what it is made from.
    word
        What names one.
    """

    def __init__(self, name: str, kind: Collection, word: str, **options: Any):
        super().__init__(name, writer=None, **options)
        self.kind, self.word = kind, word

    def own_node(self) -> Node:
        title = self.kind.title
        whole = Keys(
            f"the {title} that it is made from",
            {
                self.word: Key(leaves.name(title), f"Which {title}.", REQUIRED, "debian-12"),
                "owner": Key(leaves.name("user"), "Whose.", "the account that Salt converges as", "oneadmin"),
            },
        )
        return Either((leaves.name(title), whole))

    def consequences(self) -> Iterator[str]:
        yield "It is only used to create the object."

    def wanted(self, value: Any) -> Original:
        said = {self.word: value} if isinstance(value, str) else lowered(self.name, value)
        refuse_unknown(said, (self.word, "owner"), f"{self.name}.", "key")
        if self.word not in said:
            raise ArgumentError(f"{self.name}: {self.word} must be given.")
        owner = said.get("owner")
        name = object_name(self.kind.title, said[self.word])
        return Original(name, None if owner is None else object_name(USERS.title, owner))

    def original(self, wanted: Original) -> Reference:
        return Reference(self.kind, wanted.name, wanted.owner, self.name)

    def changes(self, resource: Resource | None, wanted: Original) -> Iterator[Change]:
        if resource is None:
            shown = wanted.name if wanted.owner is None else {self.word: wanted.name, "owner": wanted.owner}
            yield self.change(self.name, None, shown)

    def find(self, cloud: Cloud, order: Order) -> Resource | None:
        """The object that is copied; ``None`` where a dry run only announced it. Raises MissingError."""
        wanted: Original = order.wanted[self.name]
        owner = wanted.owner or cloud.account
        if not cloud.exists(self.kind, wanted.name, owner):
            raise MissingError(f"{self.name}: {self.kind.describe(wanted.name, owner)} does not exist.")
        refuse_use(cloud, self.kind, wanted.name, owner, f"{self.name}: ")
        return cloud.find(self.kind, wanted.name, owner)


def clone(
    cloud: Cloud, order: Order, kind: Collection, template: str, make: Callable[[str], int], apart: Iterable[str]
) -> int:
    """Copy an object and give it the attributes of a template, or finish what an interrupted run left behind.

    A copy has the mark of what it was made from until it has its own: so it waits under a name that no other has.

    make
        Makes the copy, of this name, and returns its number.
    apart
        Attributes of the template that stand beside those of an object that is there.
    """
    attributes = parse(template)
    passing = transit_name(order.user, order.name)
    found = cloud.find(kind, passing, cloud.account)
    number = make(passing) if found is None else found.id
    rest = {name: value for name, value in attributes.items() if name not in ("NAME", *apart)}
    copied = dict.fromkeys((FORMERLY, DIGESTS), REMOVED)
    cloud.call(f"{kind.prefix}.update", number, render({**copied, **rest}), MERGE)
    if attributes["NAME"] != passing:
        cloud.call(f"{kind.prefix}.rename", number, attributes["NAME"])
    cloud.forget(kind, number)
    return number
