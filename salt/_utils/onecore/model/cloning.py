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
    """The original: its name and its owner; ``None`` stands for the account."""

    name: str
    owner: str | None = None


class CloneFrom(Field):
    """The source of an object, which is used only at creation.

    kind
        The collection of the source.
    word
        The key with its name.
    """

    def __init__(self, name: str, kind: Collection, word: str, **options: Any):
        super().__init__(name, writer=None, **options)
        self.kind = self.source = kind
        self.word = word

    def own_node(self) -> Node:
        title = self.kind.title
        whole = Keys(
            f"the {title} that it is made from",
            {
                self.word: Key(leaves.name(title), f"Which {title}.", REQUIRED, "debian-12"),
                "owner": Key(leaves.name("user"), "Whose.", "the account that Salt connects as", "oneadmin"),
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

    def origins(self, wanted: Original) -> Iterator[Reference]:
        yield Reference(self.kind, wanted.name, wanted.owner, self.name)

    def changes(self, resource: Resource | None, wanted: Original) -> Iterator[Change]:
        if resource is None:
            shown = wanted.name if wanted.owner is None else {self.word: wanted.name, "owner": wanted.owner}
            yield self.change(self.name, None, shown)

    def find(self, cloud: Cloud, order: Order) -> Resource | None:
        """The object to copy; ``None`` if a dry run has only announced it. Raises MissingError."""
        wanted: Original = order.wanted[self.name]
        owner = wanted.owner or cloud.account
        if not cloud.exists(self.kind, wanted.name, owner):
            raise MissingError(f"{self.name}: {self.kind.describe(wanted.name, owner)} does not exist.")
        refuse_use(cloud, self.kind, wanted.name, owner, f"{self.name}: ")
        return cloud.find(self.kind, wanted.name, owner)


def clone(
    cloud: Cloud, order: Order, kind: Collection, template: str, make: Callable[[str], int], apart: Iterable[str]
) -> int:
    """Copy an object and set the attributes of a template, or complete the copy of an interrupted run.

    A copy has the mark of its original until it has its own. It therefore gets a name that no other object has until
    then.

    make
        Creates the copy with this name, and returns its ID.
    apart
        Attributes of the template that are stored outside the template of an existing object.
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
