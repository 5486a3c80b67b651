"""The objects of one kind that a run has read, with indexes for lookups."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from .collection import Collection
from .resource import Resource

#: Returns the key of an object in an index, or ``None`` if it has none.
By = Callable[[Resource], Hashable]


class Index:
    """Objects by the key that a function returns for each of them."""

    def __init__(self, by: By):
        self._by = by
        self._objects: dict[Hashable, dict[int, Resource]] = {}
        #: The key of each object when it was added; it may have another one when it is removed.
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
    """The objects of one kind, by ID and by other keys.

    Each index is created when it is first used and updated from then on, so that a run over thousands of objects never
    searches all of them for each object.
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
        """The objects for which ``by``, a function of a module and never a lambda, returns ``key``."""
        if by not in self._indices:
            index = self._indices[by] = Index(by)
            for each in self:
                index.put(each)
        return self._indices[by].having(key)

    def named(self, name: str, owner: str | None) -> list[Resource]:
        """The objects of a name, and of an owner if names belong to owners."""
        return self.having(_key, (owner, name)) if self.kind.per_owner else self.having(_name, name)

    def marked(self, key: tuple[str, str, str]) -> list[Resource]:
        """The objects whose mark has that key: kind, owner and name."""
        return self.having(_mark, key)

    def with_mark(self, key: tuple[str, str, str]) -> list[Resource]:
        """The objects that have the mark of a key, even if they are copies or were renamed."""
        return self.having(_mark_key, key)

    def marked_for(self, owner: str) -> list[Resource]:
        """The objects whose mark has that owner."""
        return self.having(_marked_owner, owner)


def _name(resource: Resource) -> str:
    return resource.name


def _key(resource: Resource) -> tuple[str | None, str]:
    return resource.owner, resource.name


def _mark(resource: Resource) -> tuple[str, str, str] | None:
    mark = resource.mark
    return None if mark is None else mark.key


def _mark_key(resource: Resource) -> tuple[str, str, str] | None:
    mark = resource.mark or resource.foreign_mark
    return None if mark is None else mark.key


def _marked_owner(resource: Resource) -> str | None:
    mark = resource.mark
    return None if mark is None else mark.owner
