"""Kinds of objects: declarations for the engine.

Adding a kind is one file beside this one: its fields, how it is created, which call carries out which change,
and what may stand in the way of its removal. The engine never asks which kind it has in hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..basics.arguments import unknown
from ..basics.errors import ArgumentError
from ..basics.marks import Mark
from ..basics.plan import Change, Desired, Order
from ..basics.values import object_name
from ..cloud.campaign import Procedure
from ..cloud.collection import Collection
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .about import About
from .digests import gathered, with_kept
from .fields import Field, Reference
from .ownership import Managed, Marking


class Elder(int):
    """The number of an object that another run has made first; what this one had made of it is gone again."""


class Begun(int):
    """The number of an object that another run has begun to make, one that died or not, and that this one finishes."""


#: Makes an object from its attributes and returns its number, or that of an older one. One that must wait in between is
#: a procedure.
Create = Callable[[Cloud, Order, dict[str, Any]], "int | Procedure"]
#: Carries out changes; returns the object where it has read it since, be it another one that has taken its place. One
#: that must wait in between is a procedure.
Writer = Callable[[Cloud, Resource, list[Change], Order], Resource | Procedure | None]
Remove = Callable[[Cloud, Resource], Procedure | None]


def nothing_in_the_way(cloud: Cloud, resource: Resource) -> None:
    """The removal check of kinds that leave it to the daemon."""


@dataclass(frozen=True)
class Kind(Collection):
    """A kind of object: a collection, and what a declaration does with its objects.

    fields
        Its parts, one for each argument of its ``present`` state.
    about
        What people read of it, besides what the fields tell.
    create
        Makes the object, or finishes what an interrupted run began, and returns its id. What it leaves
        undone, the next look at the object finds.
    hand_over
        Gives a new object that has settled to its owner, and returns its number or that of an older one; ``None`` where
        ``create`` has done so.
    writers
        For each writer named by a field, the function that carries out its changes, in the order of use.
    by_number
        Those of the writers whose changes name parts of an object by numbers, which OpenNebula gives again when a part
        is gone: what is due is looked at once more right before.
    remove, remove_gently
        Removes the object, or begins to, and does so with the consent of its guest; ``None`` if there is none. It is
        awaited until it is gone. One that must wait itself is a procedure.
    in_the_way
        Raises RefusedError when the object is in use.
    implied
        What a declaration asks for besides what it says, as the cloud is: values by field name, in the form that
        compares.
    mends
        Whether a declaration asks for an object that is broken to be brought on, by a writer that comes first.
    awaited
        Whether a run waits for the object of this declaration to settle.
    arrival
        Where an object of this declaration is on its way to, in words that follow "waiting for".
    check
        Raises a OneError for a declaration that must not be carried out on this cloud.
    check_late
        Raises a OneError for late changes that must not be carried out after all.
    note
        What a person should know of an object's changes, beyond what they are; mostly nothing.
    disturbing
        Those changes of an object that exists which disturb VMs that run; ``None`` where none does.
    check_name
        Raises ArgumentError, given the kind's title and a declared name, for one that no object can have.
    instead
        Words that other tools have for such an object and a declaration has not, each with a sentence that tells what
        to say in its place.
    look
        How the object of a name and an owner is found, where its name is no name in OpenNebula.
    called
        What such an object is called, or ``None`` where no declaration can call it.
    is_ours
        Whether these states made an object.
    made_by
        The objects that a source has made, where they carry no mark.
    frees
        Whether one that goes frees what others need to be made: addresses, quota.
    parts
        The objects that one consists of, each with its collection: they are awaited with it. ``None`` where there are
        none.
    """

    fields: Sequence[Field] = ()
    about: About = field(default_factory=About)
    create: Create | None = None
    hand_over: Callable[[Cloud, Order, Resource], int] | None = None
    writers: Mapping[str, Writer] = field(default_factory=dict)
    by_number: frozenset[str] = frozenset()
    remove: Remove | None = None
    remove_gently: Remove | None = None
    in_the_way: Callable[[Cloud, Resource], None] = nothing_in_the_way
    check: Callable[[Cloud, Order, Resource | None], None] = lambda cloud, order, resource: None
    check_late: Callable[[Cloud, Order, Resource], None] = lambda cloud, order, resource: None
    implied: Callable[[Cloud, Order], Mapping[str, Any]] = lambda cloud, order: {}
    mends: Callable[[Order, Resource], bool] = lambda order, resource: False
    awaited: Callable[[Order], bool] = lambda order: True
    arrival: Callable[[Order], str] = lambda order: "it to settle"
    note: Callable[[Cloud, Order, Resource | None, Sequence[Change]], str] = lambda cloud, order, resource, changes: ""
    disturbing: Callable[[Order, Resource, Sequence[Change]], list[Change]] | None = None
    check_name: Callable[[str, Any], Any] = object_name
    instead: Mapping[str, str] = field(default_factory=dict)
    look: Callable[[Cloud, str, str | None], Resource | None] | None = None
    called: Callable[[Cloud, Resource], str | None] = lambda cloud, resource: resource.name
    is_ours: Callable[[Cloud, Resource], bool] = lambda cloud, resource: resource.ours
    made_by: Callable[[Cloud, str], list[Resource]] | None = None
    frees: bool = False
    parts: Callable[[Cloud, Resource], Iterable[tuple[Collection, Resource]]] | None = None

    def __post_init__(self) -> None:
        for each in self.fields:
            for writer in (each.writer, *each.other_writers):
                if writer is not None and writer not in self.writers:
                    raise ValueError(f"{self.cli}: there is no writer {writer} for {each.name}")

    @classmethod
    def of(cls, collection: Collection, **declared: Any) -> Kind:
        """The kind of a collection's objects."""
        known = {each.name: getattr(collection, each.name) for each in dataclasses.fields(collection)}
        return cls(**known, **declared)

    def order(self, desired: Desired, account: str) -> Order:
        """The declaration, checked and in the form that compares.

        account
            The user that owns what is declared without an owner.

        Raises
            ArgumentError with every fault of the declaration in one sentence each.
        """
        faults: list[str] = []
        wanted: dict[str, Any] = {}
        try:
            self.check_name(self.title, desired.name)
        except ArgumentError as error:
            faults.append(str(error))
        said = {name: value for name, value in desired.values.items() if value is not None}
        given = {**self._defaults, **said}
        if desired.owner is not None:
            given["owner"] = desired.owner
        for each in self.arguments:
            if each.name not in given:
                continue
            try:
                wanted[each.name] = each.wanted(given.pop(each.name))
            except ArgumentError as error:
                faults.append(str(error))
        faults += [f"{name}: {self.instead[name]}" for name in given if name in self.instead]
        faults += unknown([name for name in given if name not in self.instead], [each.name for each in self.arguments])
        faults += [
            f"{each.name} and {each.excludes} exclude each other: declare one of them."
            for each in self.arguments
            if wanted.get(each.name) and wanted.get(each.excludes)
        ]
        if faults:
            raise ArgumentError(" ".join(faults))
        for each in self.arguments:
            if each.unsaid is not None:
                wanted.setdefault(each.name, each.unsaid)
        if self.per_owner:
            wanted.setdefault("owner", account)
            desired = replace(desired, owner=wanted["owner"])
        mark = Mark.of(desired.managed, self.cli, desired.name)
        wanted["managed"] = Marking(mark, desired.adopt, desired.own, wanted.get("owner_from", ""))
        return Order(desired, wanted)

    def find(self, cloud: Cloud, name: str, owner: str | None = None) -> Resource | None:
        """The object of that key, or ``None``."""
        return cloud.find(self, name, owner) if self.look is None else self.look(cloud, name, owner)

    def is_foreign(self, order: Order, resource: Resource) -> bool:
        """Whether these states neither made the object nor have taken it over."""
        return any(each.is_foreign(resource, order.due(each.name)) for each in self.fields if isinstance(each, Managed))

    @property
    def may_disturb(self) -> bool:
        """Whether there are changes that disturb running VMs."""
        return self.disturbing is not None

    @property
    def gentle(self) -> Kind:
        """The same kind, whose objects are removed gently."""
        return replace(self, remove=self.remove_gently)

    # Asked for again with each declaration, of which there are thousands.
    @cached_property
    def arguments(self) -> list[Field]:
        """The fields that can be declared."""
        return [each for each in self.fields if not isinstance(each, Managed)]

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {each.name: each.default for each in self.fields if each.default is not None}

    def argument(self, name: str) -> Field:
        """The argument of that name."""
        return next(each for each in self.arguments if each.name == name)

    def missing(self, order: Order) -> list[str]:
        """Arguments that a new object needs and the declaration lacks."""
        return [each.name for each in self.fields if each.required and each.name not in order.wanted]

    def every_reference(self, order: Order) -> list[Reference]:
        """All objects that the declaration counts on."""
        named = [each for each in self.fields if each.name in order.wanted]
        return [reference for each in named for reference in each.references(order.wanted[each.name])]

    def originals(self, desired: Desired, account: str) -> Iterator[tuple[str, str]]:
        """Names and owners of the objects of this kind that the declared one is made from."""
        for each in self.fields:
            if desired.values.get(each.name) is None or type(each).original is Field.original:
                continue
            with suppress(ArgumentError):
                found = each.original(each.wanted(desired.values[each.name]))
                if found is not None and found.kind.cli == self.cli:
                    yield found.name, found.owner or account

    def resolve(self, order: Order, cloud: Cloud) -> None:
        """See what the declaration comes to on this cloud: what it implies, and the numbers of what it names."""
        order.wanted |= self.implied(cloud, order)
        for each in sorted(self.fields, key=lambda field: field.looks_at_others):
            if each.name in order.wanted:
                order.resolved[each.name] = each.resolve(cloud, order.wanted[each.name], order)

    def changes(self, order: Order, resource: Resource | None) -> list[Change]:
        """How the object differs from its declaration; everything when there is no object."""
        found: list[Change] = []
        for each in self.fields:
            if each.name in order.wanted:
                found.extend(each.changes(resource, order.due(each.name)))
        return found

    def kept_in(self, order: Order) -> Iterator[Collection]:
        """The collections, besides its own, which tell what an object has of all that is declared."""
        for each in self.fields:
            yield from each.kept_in if each.name in order.wanted else ()

    def contribution(self, order: Order) -> dict[str, Any]:
        """The template of a new object, without its name."""
        named = [each for each in self.fields if each.name in order.wanted]
        return with_kept(None, gathered(each.contribute(order.due(each.name)) for each in named))
