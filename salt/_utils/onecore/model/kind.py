"""Kinds of objects: declarations for the engine.

A kind defines its fields, how an object is created, which call carries out which change, and what prevents removal. The
engine does not distinguish kinds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..basics.arguments import unknown
from ..basics.errors import ArgumentError
from ..basics.marks import Mark
from ..basics.plan import Change, Desired, Order
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .about import About
from .digests import gathered, with_kept
from .fields import Field, Reference
from .ownership import Managed, Marking


class OlderObject(int):
    """The ID of an object that another run has created first.

    second
        The IDs of the later ones, which this run must remove.
    """

    second: tuple[int, ...]

    def __new__(cls, number: int, *second: int) -> OlderObject:
        made = super().__new__(cls, number)
        made.second = second
        return made


class UnfinishedObject(int):
    """The ID of an object that another run has begun to create, and that this run completes."""


#: Creates an object from its attributes, and returns its ID or that of an older one. It is a procedure if it has to
#: wait.
Create = Callable[[Cloud, Order, dict[str, Any]], "int | Procedure"]
#: Carries out changes; returns the object if it was read afterwards, or the object that has replaced it. It is a
#: procedure if it has to wait.
Writer = Callable[[Cloud, Resource, list[Change], Order], Resource | Procedure | None]
Remove = Callable[[Cloud, Resource], Procedure | None]


def nothing_in_the_way(cloud: Cloud, resource: Resource) -> None:
    """The removal check of kinds whose use the daemon checks."""


@dataclass(frozen=True)
class Kind(Collection):
    """A kind of object: a collection, and how declarations of its objects are applied.

    fields
        Its fields, one for each argument of its ``present`` state.
    about
        Its documentation, besides that of the fields.
    create
        Creates the object, or completes that of an interrupted run, and returns its ID. The comparison after it finds
        the remaining changes.
    hand_over
        Gives a new object that has settled to its owner, and returns its ID or that of an older one; ``None`` if
        ``create`` does that.
    writers
        For each writer named by a field, the function that carries out its changes, in the order of use.
    by_number
        The writers whose changes refer to parts of an object by ID. OpenNebula reuses these IDs, so the object is
        compared again right before the call.
    remove, remove_gently
        Starts the removal of an object, without and with the consent of its guest; ``None`` if there is no such call.
        The engine waits until the object is gone. It is a procedure if it has to wait.
    in_the_way
        Raises RefusedError if the object is in use.
    implied
        Implied values of a declaration on this cloud, by field name, in comparable form.
    mends
        Whether a declaration recovers a broken object, with a writer that comes first.
    awaited
        Whether a run waits for the object of this declaration to settle.
    arrival
        The state for which a run waits, as the text after "waiting for".
    check_declared
        Raises ArgumentError for declared values that contradict each other on any cloud, for the schema of the pillar;
        a run finds them with ``check``.
    check
        Raises a OneError for a declaration that must not be carried out on this cloud.
    check_late
        Raises a OneError for late changes that must not be carried out after all.
    note
        A note about the changes of an object; mostly empty.
    disturbing
        Returns the changes that disturb running VMs; ``None`` if no change does.
    check_name
        Raises ArgumentError for an invalid name, given the kind's title and the name.
    instead
        Argument names of other tools, each with a sentence about what to declare instead.
    look
        Finds the object of a name and an owner, if the name is not a name in OpenNebula.
    called
        Returns the name of such an object; ``None`` if it cannot be declared.
    is_ours
        Whether these states created an object.
    made_by
        The objects that a source has created, if they have no mark.
    frees
        Whether a removal frees resources that new objects may need: addresses, quota.
    foresee
        Applies changes to the copy of an object in a dry run, as far as other objects depend on them; returns the
        changes that it does not apply.
    sketch
        Returns a new object of a dry run as OpenNebula would show it; ``None`` if later states do not need that.
    parts
        The parts of an object, each with its collection: a run waits for them as well. ``None`` if there are none.
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
    check_declared: Callable[[Mapping[str, Any]], None] = lambda wanted: None
    check: Callable[[Cloud, Order, Resource | None], None] = lambda cloud, order, resource: None
    check_late: Callable[[Cloud, Order, Resource], None] = lambda cloud, order, resource: None
    implied: Callable[[Cloud, Order], Mapping[str, Any]] = lambda cloud, order: {}
    recovers: Callable[[Order, Resource], bool] = lambda order, resource: False
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
    foresee: Callable[[Resource, Sequence[Change]], list[Change]] | None = None
    sketch: Callable[[Cloud, Order], Resource] | None = None
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
        """The declaration, checked and in comparable form.

        account
            The owner of objects that are declared without an owner.

        Raises
            ArgumentError with a sentence for each error in the declaration.
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
        """Whether these states neither created the object nor have taken it over."""
        return any(each.is_foreign(resource, order.due(each.name)) for each in self.fields if isinstance(each, Managed))

    @property
    def may_disturb(self) -> bool:
        """Whether there are changes that disturb running VMs."""
        return self.disturbing is not None

    @property
    def gentle(self) -> Kind:
        """The same kind, whose objects are removed gently."""
        return replace(self, remove=self.remove_gently)

    # Cached, since it is called for each of thousands of declarations.
    @cached_property
    def arguments(self) -> list[Field]:
        """The fields that can be declared."""
        return [each for each in self.fields if not isinstance(each, Managed)]

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {each.name: each.default for each in self.fields if each.default is not None}

    def argument(self, name: str) -> Field:
        """The required arguments of a new object that the declaration lacks."""
        return next(each for each in self.arguments if each.name == name)

    def missing(self, order: Order) -> list[str]:
        """Arguments that a new object needs and the declaration lacks."""
        return [each.name for each in self.fields if each.required and each.name not in order.wanted]

    def every_reference(self, order: Order) -> list[Reference]:
        """All objects to which the declaration refers."""
        named = [each for each in self.fields if each.name in order.wanted]
        return [reference for each in named for reference in each.references(order.wanted[each.name])]

    def uses(self, order: Order) -> dict[str, list[tuple[Collection, str | None, str]]]:
        """By argument, the objects that cannot be removed as long as the object of the declaration names them."""
        holding = [each for each in self.fields if each.holds and each.name in order.wanted]
        found = {
            each.name: [(every.kind, every.owner, every.name) for every in each.references(order.wanted[each.name])]
            for each in holding
        }
        return (
            found
            if self.owners is None or order.owner is None
            else {**found, "owner": [(self.owners, None, order.owner)]}
        )

    def resolve_mark(self, order: Order, cloud: Cloud) -> None:
        """Resolve first who owns the object, which does not depend on objects that the declaration names."""
        for each in self.fields:
            if isinstance(each, Managed):
                order.resolved[each.name] = each.resolve(cloud, order.wanted[each.name], order)

    def resolve(self, order: Order, cloud: Cloud) -> None:
        """Resolve the declaration on this cloud: its implied values, and the IDs of the objects that it names."""
        order.wanted |= self.implied(cloud, order)
        for each in sorted(self.fields, key=lambda field: field.looks_at_others):
            if each.name in order.wanted and not (isinstance(each, Managed) and each.name in order.resolved):
                order.resolved[each.name] = each.resolve(cloud, order.wanted[each.name], order)

    def changes(self, order: Order, resource: Resource | None) -> list[Change]:
        """How the object differs from its declaration; all values if there is no object."""
        found: list[Change] = []
        for each in self.fields:
            if each.name in order.wanted:
                found.extend(each.changes(resource, order.due(each.name)))
        return found

    def foresee_elsewhere(self, cloud: Cloud, name: str, resource: Resource | None, changes: Iterable[Change]) -> None:
        """In a dry run, show announced changes in the copies of other objects that contain them as well."""
        fields = {each.name: each for each in self.fields}
        for change in changes:
            if change.field in fields:
                fields[change.field].foresee(cloud, name, resource, change)

    def kept_in(self, order: Order) -> Iterator[Collection]:
        """The collections, besides its own, that contain data of an object for the declared fields."""
        for each in self.fields:
            yield from each.kept_in if each.name in order.wanted else ()

    def contribution(self, order: Order) -> dict[str, Any]:
        """The template of a new object, without its name."""
        named = [each for each in self.fields if each.name in order.wanted]
        return with_kept(None, gathered(each.contribute(order.due(each.name)) for each in named))
