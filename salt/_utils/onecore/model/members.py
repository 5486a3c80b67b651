"""Arguments that list other objects by name, for which OpenNebula stores IDs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.plan import Change, Order
from ..basics.values import a, expected, object_name
from ..cloud.collection import Collection
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves
from .arguments import REQUIRED
from .fields import Field, Reference
from .kind import Writer
from .nodes import Either, Keys, Many, Node
from .nodes import Key as NodeKey
from .reading import Reading


@dataclass(frozen=True)
class Named:
    """Declared names, their IDs (``None`` for an object that was only announced), and the names of all IDs.

    there
        The names of those that earlier states of a dry run have related to the object, if one of both has no ID yet.
    """

    names: tuple[str, ...]
    numbers: dict[str, int | None]
    every: dict[int, str]
    there: frozenset[str] = frozenset()


class Members(Field):
    """A complete list of names: objects that are not listed are removed from it.

    kind
        The collection of the listed objects.
    path
        The path of their IDs in the object, such as ``ADMINS/ID``.
    usual
        The default of a new object.
    theirs
        Whether the listed objects contain the reference themselves.
    mirror
        The path of the same references in the listed objects, such as ``CLUSTERS``; empty if they have none.
    mirrored
        The argument of the listed objects for the same references.
    """

    def __init__(
        self,
        name: str,
        kind: Collection,
        path: str,
        usual: Iterable[int] = (),
        theirs: bool = False,
        mirror: str = "",
        mirrored: str = "",
        **options: Any,
    ):
        super().__init__(name, **options)
        self.kind, self.path, self.usual, self.theirs = kind, path, frozenset(usual), theirs
        self.mirror, self.mirrored = mirror, mirrored
        self.attribute_names = (name.upper(),)

    def own_node(self) -> Node:
        return Many(leaves.name(self.kind.title))

    def wanted(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list of names", value)
        return tuple(dict.fromkeys(object_name(self.kind.title, name) for name in value))

    def references(self, wanted: tuple[str, ...]) -> list[Reference]:
        return [Reference(self.kind, name, None, self.name) for name in wanted]

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> Named:
        pool = cloud.pool(self.kind)
        found = {name: cloud.find(self.kind, name) for name in wanted}
        numbers = {name: None if each is None else each.id for name, each in found.items()}
        there = frozenset(name for name in wanted if self._announced(cloud, name, None, order))
        return Named(wanted, numbers, {each.id: each.name for each in pool}, there)

    def _announced(self, cloud: Cloud, name: str, owner: str | None, order: Order) -> bool:
        """Whether an announced object, to be listed, names the object of this declaration itself."""
        found = cloud.announced(self.kind, name, owner) if self.mirrored else None
        said = () if found is None else found.wanted.get(self.mirrored, ())
        keys = [(each, order.owner) if isinstance(each, str) else each for each in _listed(said)]
        return any(key == order.name and (its or cloud.account) == (order.owner or cloud.account) for key, its in keys)

    def said(self, resource: Resource, reading: Reading) -> list[str] | None:
        return None if self.theirs else self._names(set(resource.numbers(self.path)), reading)

    def _names(self, numbers: set[int], reading: Reading) -> list[str] | None:
        """The names of these IDs; ``None`` for objects that are not exported."""
        if numbers == self.usual:
            return None
        known = reading.cloud.pool(self.kind).by_id
        if numbers - known.keys():
            reading.left[self.name] = (
                f"{self.kind.title} {min(numbers - known.keys())} does not exist, or this account cannot see it"
            )
            return None
        return sorted(known[number].name for number in numbers)

    def foresee(self, cloud: Cloud, name: str, resource: Resource | None, change: Change) -> None:
        if not self.mirror or resource is None:
            return
        added, removed = change.write
        for number in added:
            if number in cloud.pool(self.kind).by_id:
                cloud.foresee(self.kind, number).put_id(self.mirror, resource.id)
        for number in removed:
            if number in cloud.pool(self.kind).by_id:
                cloud.foresee(self.kind, number).take_id(self.mirror, resource.id)

    def held(self, resource: Resource, wanted: Any) -> set[int]:
        """The IDs in the object when this list is written."""
        return set(resource.numbers(self.path))

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        present = set() if resource is None else self.held(resource, wanted)
        numbers = set(wanted.numbers.values())
        found = {wanted.every.get(number, f"ID {number}") for number in present}
        if present - numbers or any(
            number not in present and name not in wanted.there for name, number in wanted.numbers.items()
        ):
            write = (sorted(numbers - present - {None}), sorted(present - numbers))
            yield self.change(self.name, sorted(found | wanted.there) or None, sorted(wanted.names) or None, write)


def _listed(value: Any) -> Iterable[Any]:
    """A name by itself as a list of one."""
    return (value,) if isinstance(value, str) else value


#: A declared name, and its declared owner.
Key = tuple[str, "str | None"]


class OwnedMembers(Members):
    """The same for objects that have owners: each entry is a name, or a mapping with name and owner.

    word
        The key of the name in such a mapping.
    """

    def __init__(self, name: str, kind: Collection, path: str, word: str, **options: Any):
        super().__init__(name, kind, path, **options)
        self.word = word

    def own_node(self) -> Node:
        called = leaves.name(self.word)
        owned = Keys(
            a(self.word),
            {
                self.word: NodeKey(called, "Its name.", REQUIRED, "dmz1"),
                "owner": NodeKey(leaves.name("user"), "Its owner.", "the account's", "alice"),
            },
        )
        return Many(Either((called, owned), f"{called.wants}, or {{{self.word}, owner}}"))

    def wanted(self, value: Any) -> Any:
        if isinstance(value, (str, Mapping)):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list of names", value)
        return tuple(dict.fromkeys(self._key(f"{self.name}[{number}]", each) for number, each in enumerate(value)))

    def _key(self, where: str, value: Any) -> Key:
        if not isinstance(value, Mapping):
            return object_name(self.kind.title, value), None
        refuse_unknown(value, (self.word, "owner"), f"{where}.", "key")
        owner = value.get("owner")
        return object_name(self.kind.title, value.get(self.word)), None if owner is None else object_name("user", owner)

    def references(self, wanted: Any) -> list[Reference]:
        return [Reference(self.kind, name, owner, self.name) for name, owner in wanted]

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Named:
        found = {self._said(key): cloud.find(self.kind, key[0], key[1] or cloud.account) for key in wanted}
        numbers = {name: None if each is None else each.id for name, each in found.items()}
        every = {
            each.id: self._said((each.name, None if each.owner == cloud.account else each.owner))
            for each in cloud.pool(self.kind)
        }
        there = frozenset(
            self._said(key) for key in wanted if self._announced(cloud, key[0], key[1] or cloud.account, order)
        )
        return Named(tuple(found), numbers, every, there)

    @staticmethod
    def _said(key: Key) -> str:
        name, owner = key
        return name if owner is None else f"{name} of {owner}"


def join_and_leave(join: str, leave: str, member_first: bool = False, part: Collection | None = None) -> Writer:
    """A writer for :class:`Members`: one call for each object that is added or removed.

    member_first
        Whether the ID of the member comes before that of the object in these calls.
    part
        The collection of the members, if they contain the reference as well.
    """

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        for change in changes:
            added, removed = change.write
            for method, numbers in ((join, added), (leave, removed)):
                for number in numbers:
                    pair = (number, resource.id) if member_first else (resource.id, number)
                    cloud.call(method, *pair)
            if part is not None:
                cloud.refresh_known(part, [*added, *removed])

    return write
