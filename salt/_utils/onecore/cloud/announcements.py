"""The announcements of a dry run: how a real run would have created, changed, renamed or removed objects by now.

Later states of the dry run are compared with them. The data that was read stays unchanged: an object that would change
is replaced by a copy in its pool. All of it is undone if a dry run precedes a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as Collected
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..basics.plan import Change, Order
from .collection import Collection
from .pool import Pool
from .resource import Resource

Key = tuple[str, str | None, str]


@dataclass(frozen=True)
class Use:
    """An object that an announced one would use.

    number
        Its ID; ``None`` for one that was only announced.
    """

    cli: str
    owner: str | None
    name: str
    number: int | None

    def of(self, cli: str, owner: str | None, name: str, number: int | None) -> bool:
        """Whether that object is meant."""
        key = (self.cli, self.number)
        return key == (cli, number) and (number is not None or (self.owner, self.name) == (owner, name))


@dataclass(frozen=True)
class Announcement:
    """The announcement of one object: how it is declared, what would be changed, and what it would use.

    sketch
        The object as it would be, if a later state has asked for that.
    """

    order: Order
    planned: tuple[Change, ...]
    collection: Collection
    uses: Mapping[str, tuple[Use, ...]]
    sketch: Resource | None = None

    def followed(self, order: Order, planned: Iterable[Change], uses: Mapping[str, tuple[Use, ...]]) -> Announcement:
        """This announcement and a later declaration of the same object."""
        later, earlier = order.desired, self.order.desired
        values = {**earlier.values, **{name: value for name, value in later.values.items() if value is not None}}
        both = Order(
            replace(later, values=values),
            {**self.order.wanted, **order.wanted},
            {**self.order.resolved, **order.resolved},
            self.order.alone | order.alone,
        )
        changes = {change.path: change for change in (*self.planned, *planned)}
        return replace(self, order=both, planned=tuple(changes.values()), uses={**self.uses, **uses})

    def with_renamed(self, cli: str, owner: str | None, name: str, new: str) -> Announcement:
        """This announcement after an announced object, which it may use, was renamed."""

        def renamed(use: Use) -> Use:
            return replace(use, name=new) if use.of(cli, owner, name, None) else use

        return replace(self, uses={by: tuple(map(renamed, every)) for by, every in self.uses.items()})

    def renamed(self, name: str) -> Announcement:
        """This announcement under another name."""
        order = replace(self.order, desired=replace(self.order.desired, name=name))
        planned = (replace(each, new=name) if each.writer == "create" else each for each in self.planned)
        return replace(self, order=order, planned=tuple(planned))


@dataclass(frozen=True)
class Before:
    """The announcements at one point in time."""

    announced: Mapping[Key, Announcement]
    leaving: Collected[tuple[str, int]]
    withheld: Collected[Key]
    copies: Mapping[tuple[str, int], Resource]


class Announcements:
    """The announcements of one run."""

    def __init__(self) -> None:
        self._announced: dict[Key, Announcement] = {}
        self._leaving: set[tuple[str, int]] = set()
        self._withheld: set[Key] = set()
        #: The objects as they were read, for those that have a copy in their pool.
        self._read: dict[tuple[str, int], tuple[Collection, Resource]] = {}

    def pool(self, kind: Collection) -> Pool:
        """The objects of a kind."""
        raise NotImplementedError

    def find(self, kind: Collection, name: str, owner: str | None = None) -> Resource | None:
        """The object of that key, or ``None``."""
        raise NotImplementedError

    def announce(self, kind: Collection, order: Order, planned: Iterable[Change] = ()) -> None:
        """Announce how a real run would have changed the object by now."""
        key = (kind.cli, order.owner, order.name)
        earlier = self._announced.get(key)
        changes, uses = tuple(planned), {name: tuple(map(self._use, each)) for name, each in order.uses.items()}
        if earlier is None:
            self._announced[key] = Announcement(order, changes, kind, uses)
        else:
            self._announced[key] = earlier.followed(order, changes, uses)

    def _use(self, used: tuple[Collection, str | None, str]) -> Use:
        kind, owner, name = used
        found = self.find(kind, name, owner)
        return Use(kind.cli, owner, name, None if found is None else found.id)

    def users_of(self, kind: Collection, name: str, owner: str | None, number: int | None = None) -> list[str]:
        """The announced objects that would use an object, for people.

        number
            The ID of the object; ``None`` for one that was only announced.
        """
        return [
            each.collection.describe(called, whose)
            for (_, whose, called), each in self._announced.items()
            if any(use.of(kind.cli, owner, name, number) for uses in each.uses.values() for use in uses)
        ]

    def announced(self, kind: Collection, name: str, owner: str | None = None) -> Order | None:
        """The announced declaration of an object; ``None`` if a real run would not have changed it."""
        found = self._announced.get((kind.cli, owner, name))
        return None if found is None else found.order

    def sketched(self, kind: Collection, name: str, owner: str | None = None) -> Resource | None:
        """The last sketch of an announced object."""
        found = self._announced.get((kind.cli, owner, name))
        return None if found is None else found.sketch

    def announce_sketch(self, kind: Collection, order: Order, sketch: Resource) -> None:
        """Announce how later states would have changed an announced object by now.

        order
            Its declaration after these changes.
        """
        key = (kind.cli, order.owner, order.name)
        self._announced[key] = replace(self._announced[key], order=order, sketch=sketch)

    def every_announced(self, kind: Collection) -> list[Order]:
        """The announced declarations of the objects of a kind that a real run would have changed by now."""
        return [each.order for (cli, _, _), each in self._announced.items() if cli == kind.cli]

    def planned(self, kind: Collection, name: str, owner: str | None = None) -> Sequence[Change]:
        """The announced changes of an object."""
        found = self._announced.get((kind.cli, owner, name))
        return () if found is None else found.planned

    def remaining(self, kind: Collection, order: Order, changes: Iterable[Change]) -> list[Change]:
        """The changes that are left after the announced changes of the same object."""
        made = {change.path: change.new for change in self.planned(kind, order.name, order.owner)}
        left = [each for each in changes if each.path not in made or made[each.path] != each.new]
        return [replace(each, old=made.get(each.path, each.old)) for each in left]

    def announce_name(self, kind: Collection, number: int, name: str) -> None:
        """Announce that a real run would have renamed the object by now."""
        former = self.pool(kind).by_id[number]
        copy = self.foresee(kind, number)
        # Lookups by name must find the new name.
        self.pool(kind).drop(number)
        copy.rename(name)
        self.pool(kind).put(copy)
        self.announce_other_name(kind, former.name, name, former.owner if kind.per_owner else None)

    def announce_other_name(self, kind: Collection, name: str, new: str, owner: str | None) -> None:
        """Announce that a real run would have renamed an announced object by now."""
        found = self._announced.pop((kind.cli, owner, name), None)
        if found is not None:
            self._announced[(kind.cli, owner, new)] = found.renamed(new)
        for key, each in self._announced.items():
            self._announced[key] = each.with_renamed(kind.cli, owner, name, new)

    def announce_removal(self, kind: Collection, number: int) -> None:
        """Announce that a real run would have removed the object by now."""
        self._leaving.add((kind.cli, number))
        found = self.pool(kind).by_id.get(number)
        if found is not None:
            self.withdraw(kind, found.name, found.owner if kind.per_owner else None)

    def withdraw(self, kind: Collection, name: str, owner: str | None) -> None:
        """Announce that a real run would have removed an announced object by now."""
        self._announced.pop((kind.cli, owner, name), None)

    def leaving(self, cli: str, number: int) -> bool:
        """Whether a real run would have removed the object by now."""
        return (cli, number) in self._leaving

    def foresee(self, kind: Collection, number: int) -> Resource:
        """Replace an object in its pool by a copy, and return the copy, which shows the object as it would be."""
        found = self.pool(kind).by_id[number]
        self._read.setdefault((kind.cli, number), (kind, found))
        copy = found.copied()
        self.pool(kind).put(copy)
        return copy

    def rewind(self, before: Before | None = None) -> Before:
        """Restore the announcements of ``before``, if given; returns the current ones, to be restored later."""
        if before is not None:
            self._announced, self._leaving = dict(before.announced), set(before.leaving)
            self._withheld = set(before.withheld)
            for key, (kind, read) in list(self._read.items()):
                self.pool(kind).put(before.copies.get(key, read))
                if key not in before.copies:
                    del self._read[key]
        copies = {key: self.pool(kind).by_id.get(key[1], read) for key, (kind, read) in self._read.items()}
        return Before(dict(self._announced), set(self._leaving), set(self._withheld), copies)

    @contextmanager
    def rehearsal(self, holds: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """A block after which the announcements of its dry run are dropped.

        holds
            Whether the announcements stay valid anyway; called at the end of the block.
        """
        before, held = self.rewind(), False
        try:
            yield
            held = holds()
        finally:
            if not held:
                self.rewind(before)
