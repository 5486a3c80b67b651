"""The objects of one kind that a run has read, with indexes to find them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from .collection import Collection
from .resource import Resource

#: What objects are found by: says it of one of them, or ``None`` where it has no such thing.
By = Callable[[Resource], Hashable]


class Index:
    """Objects by what a function says of each of them."""

    def __init__(self, by: By):
        self._by = by
        self._objects: dict[Hashable, dict[int, Resource]] = {}
        #: What was said of each when it came: it may say something else by the time it goes.
        self._keys: dict[int, Hashable] = {}

    def put(self, resource: Resource) -> None:
        key = self._by(resource)
        if key is not None:
            self._keys[resource.id] = key
            self._objects.setdefault(key, {})[resource.id] = resource

    def drop(self, number: int) -> None:
        key = self._keys.pop(number, None)
        if key is not None:
            del self._objects[key][number]

    def having(self, key: Hashable) -> list[Resource]:
        return list(self._objects.get(key, {}).values())


class Pool:
    """The objects of one kind, by ID and by whatever else they are looked up by.

    Each index is made when somebody first asks for it and kept true from then on, so that a run over thousands of
    objects never walks through all of them once an object.
    """

    def __init__(self, kind: Collection, resources: Iterable[Resource] = ()):
        self.kind = kind
        self.by_id: dict[int, Resource] = {}
        self._indices: dict[By, Index] = {}
        for resource in resources:
            self.put(resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.by_id.values())

    def put(self, resource: Resource) -> None:
        self.drop(resource.id)
        self.by_id[resource.id] = resource
        for index in self._indices.values():
            index.put(resource)

    def drop(self, number: int) -> None:
        if self.by_id.pop(number, None) is not None:
            for index in self._indices.values():
                index.drop(number)

    def having(self, by: By, key: Hashable) -> list[Resource]:
        """The objects of which ``by``, a function of a module and never a lambda, says ``key``."""
        if by not in self._indices:
            index = self._indices[by] = Index(by)
            for each in self:
                index.put(each)
        return self._indices[by].having(key)

    def named(self, name: str, owner: str | None) -> list[Resource]:
        """The objects of a name, of an owner where names belong to owners."""
        return self.having(_key, (owner, name)) if self.kind.per_owner else self.having(_name, name)

    def marked(self, key: tuple[str, str, str]) -> list[Resource]:
        """The objects whose mark is that of a key: kind, owner and name."""
        return self.having(_mark, key)

    def bearing(self, key: tuple[str, str, str]) -> list[Resource]:
        """The objects that carry the mark of a key, be it their own or not."""
        return self.having(_borne, key)

    def marked_for(self, owner: str) -> list[Resource]:
        """The objects whose mark names an owner."""
        return self.having(_marked_owner, owner)


def _name(resource: Resource) -> str:
    return resource.name


def _key(resource: Resource) -> tuple[str | None, str]:
    return resource.owner, resource.name


def _mark(resource: Resource) -> tuple[str, str, str] | None:
    mark = resource.mark
    return None if mark is None else mark.key


def _borne(resource: Resource) -> tuple[str, str, str] | None:
    mark = resource.mark or resource.foreign_mark
    return None if mark is None else mark.key


def _marked_owner(resource: Resource) -> str | None:
    mark = resource.mark
    return None if mark is None else mark.owner
