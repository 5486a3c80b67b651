"""What a kind of object is: a declaration that the engine works from.

Adding a kind is one file beside this one: its fields, how it is created, which call carries out which change,
and what may stand in the way of its removal. The engine never asks which kind it has in hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.plan import Change, Desired
from ..basics.values import a, object_name
from ..cloud.resource import Resource
from .fields import Field, Mark, Reference

if TYPE_CHECKING:
    from ..cloud.campaign import Procedure
    from ..cloud.view import Cloud


@dataclass(frozen=True)
class Settled:
    """Which states of a kind are final, and what their numbers are called.

    ready
        Nothing is under way and all is well.
    failed
        Nothing is under way and the object is broken.
    name
        What a state is called.
    timeout
        How long to wait, in seconds.
    passing
        The object is still being made, or on its way out: it does not tell what it will be.
    """

    ready: frozenset[Any]
    failed: frozenset[Any]
    name: Callable[[Any], str]
    timeout: float = 120
    passing: frozenset[Any] = frozenset()


def state_names(names: Mapping[int, str]) -> Callable[[int], str]:
    """What states are called, those included that a later release may add."""
    return lambda number: names.get(number, f"STATE {number}")


@dataclass
class Order:
    """A declaration on its way to becoming an object: what a kind's functions work on.

    wanted
        The declared values by field name, in the form that compares.
    """

    desired: Desired
    wanted: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.desired.name

    @property
    def owner(self) -> str | None:
        return self.desired.owner


Create = Callable[["Cloud", Order, dict[str, Any]], int]
#: Carries out changes; returns the object that has taken the place of the one it was given, if any. One that must
#: wait in between is a procedure.
Writer = Callable[["Cloud", Resource, "list[Change]", Order], "Resource | Procedure | None"]


def nothing_in_the_way(cloud: Cloud, resource: Resource) -> None:
    """The removal check of kinds that leave it to the daemon."""


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    cli
        The name of its command in OpenNebula's CLI; also that of its module and state.
    title
        What a person calls it.
    prefix, pool, element
        API prefix (``one.vn``), pool method (``one.vnpool.info``) and XML element (``VNET``).
    owned
        Whether a name is looked up per owner; otherwise in the whole cloud.
    fields
        Its parts, one for each argument of its ``present`` state.
    create
        Makes the object, or finishes what an interrupted run began, and returns its id. What it leaves
        undone, the next look at the object finds.
    hand_over
        Gives a new object that has settled to its owner; ``None`` where ``create`` has done so.
    writers
        For each writer named by a field, the function that carries out its changes, in the order of use.
    remove
        Removes the object.
    in_the_way
        Raises RefusedError when the object is in use.
    several
        The call that reads just the objects with these ids, whole: method and parameters; ``None`` where OpenNebula
        has none.
    past
        The number that makes the pool call tell of objects that are gone; ``None`` where OpenNebula forgets them.
    settled, state, gone
        What states mean, how the state is read, and which object is only remembered by the daemon.
    awaited
        Whether a run waits for the object of this declaration to settle.
    check
        Raises a OneError for a declaration that must not be carried out on this cloud.
    check_late
        Raises a OneError for late changes that must not be carried out after all.
    note
        What a person should know of an object's changes, beyond what they are; mostly nothing.
    owner_kind
        The kind of its owners.
    frees
        Whether one that goes frees what others need to be made: addresses, quota.
    parts
        The objects that one consists of, each with its kind: they are awaited with it. ``None`` where there are none.
    is_part
        Whether an object is such a part of another one, and goes with it.
    """

    cli: str
    title: str
    prefix: str
    pool: str
    element: str
    fields: Sequence[Field] = ()
    owned: bool = True
    template: str = "TEMPLATE"
    pool_params: tuple[Any, ...] = (-2, -1, -1)
    info_params: tuple[Any, ...] = (False,)
    past: int | None = None
    several: Callable[[Iterable[int]], tuple[Any, ...]] | None = None
    create: Create | None = None
    hand_over: Callable[[Cloud, Order, Resource], None] | None = None
    writers: Mapping[str, Writer] = field(default_factory=dict)
    remove: Callable[[Cloud, Resource], None] | None = None
    in_the_way: Callable[[Cloud, Resource], None] = nothing_in_the_way
    settled: Settled | None = None
    state: Callable[[Resource], Any] = lambda resource: resource.state
    gone: Callable[[Resource], bool] = lambda resource: False
    check: Callable[[Cloud, Order, Resource | None], None] = lambda cloud, order, resource: None
    check_late: Callable[[Cloud, Order, Resource], None] = lambda cloud, order, resource: None
    awaited: Callable[[Order], bool] = lambda order: True
    note: Callable[[Order, Resource | None, Sequence[Change]], str] = lambda order, resource, changes: ""
    owner_kind: Kind | None = None
    frees: bool = False
    parts: Callable[[Cloud, Resource], Iterable[tuple[Kind, Resource]]] | None = None
    is_part: Callable[[Resource], bool] = lambda resource: False

    def describe(self, name: str, owner: str | None = None) -> str:
        """What a person calls one object: ``virtual network dmz1 of alice``."""
        return f"{self.title} {name} of {owner}" if self.owned and owner else f"{self.title} {name}"

    def is_busy(self, resource: Resource) -> bool:
        """Whether an object is on its way to a final state."""
        return self.settled is not None and self.state(resource) not in self.settled.ready | self.settled.failed

    def is_passing(self, resource: Resource) -> bool:
        """Whether an object is not worth comparing yet, or any more."""
        return self.settled is not None and self.state(resource) in self.settled.passing

    def owner_of(self, owner: Any, account: str) -> str | None:
        """The owner in an object's key: the account's, where none is said; ``None`` for what has no owner."""
        if not self.owned and owner is not None:
            raise ArgumentError(f"owner: {a(self.title)} has none.")
        return object_name("user", account if owner is None else owner) if self.owned else None

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
            object_name(self.title, desired.name)
        except ArgumentError as error:
            faults.append(str(error))
        defaults = {each.name: each.default for each in self.fields}
        said = {name: value for name, value in desired.values.items() if value is not None}
        given = {name: value for name, value in {**defaults, **said}.items() if value is not None}
        if desired.owner is not None:
            given["owner"] = desired.owner
        arguments = [each for each in self.fields if not isinstance(each, Mark)]
        for each in arguments:
            if each.name not in given:
                continue
            try:
                wanted[each.name] = each.wanted(given.pop(each.name))
            except ArgumentError as error:
                faults.append(str(error))
        known = [each.name for each in arguments]
        faults += [f"{name}: unknown argument{did_you_mean(name, known) or '.'}" for name in given]
        if faults:
            raise ArgumentError(" ".join(faults))
        if self.owned:
            wanted.setdefault("owner", account)
            desired = replace(desired, owner=wanted["owner"])
        wanted["managed"] = (desired.managed, desired.adopt)
        return Order(desired, wanted)

    def missing(self, order: Order) -> list[str]:
        """Arguments that a new object needs and the declaration lacks."""
        return [each.name for each in self.fields if each.required and each.name not in order.wanted]

    def every_reference(self, order: Order) -> list[Reference]:
        """All objects that the declaration counts on."""
        named = [each for each in self.fields if each.name in order.wanted]
        return [reference for each in named for reference in each.references(order.wanted[each.name])]

    def resolve(self, order: Order, cloud: Cloud) -> None:
        """Let each field find in the cloud the numbers of the names it was given."""
        for each in self.fields:
            if each.name in order.wanted:
                order.wanted[each.name] = each.resolve(cloud, order.wanted[each.name], order)

    def changes(self, order: Order, resource: Resource | None) -> list[Change]:
        """How the object differs from its declaration; everything when there is no object."""
        found: list[Change] = []
        for each in self.fields:
            if each.name in order.wanted:
                found.extend(each.changes(resource, order.wanted[each.name]))
        return found

    def contribution(self, order: Order) -> dict[str, Any]:
        """The template of a new object, without its name."""
        attributes: dict[str, Any] = {}
        for each in self.fields:
            if each.name in order.wanted:
                attributes.update(each.contribute(order.wanted[each.name]))
        return attributes
