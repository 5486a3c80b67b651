"""How the objects of one sort are listed, read, named, owned, marked, and when they are settled.

That is all that looking takes. What a declaration does with an object is a kind's affair (`model.kind`), which is a
collection with more to it: so whoever needs a group's number needs the collection of groups, and none of what a group
can do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.marks import MARK, transit_name
from ..basics.values import a, object_name
from .resource import Resource

#: What distinguishes an object from the others of its collection: its owner and name, its name, or its number.
OWNER_AND_NAME, NAME, NUMBER = "owner and name", "name", "number"


@dataclass(frozen=True)
class Settled:
    """Which states of an object are final, and what their numbers are called.

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
    unplaced
        The object waits for a place, and the scheduler tells what keeps it from one.
    """

    ready: frozenset[Any]
    failed: frozenset[Any]
    name: Callable[[Any], str]
    timeout: float = 120
    passing: frozenset[Any] = frozenset()
    unplaced: frozenset[Any] = frozenset()


def state_names(names: Mapping[int, str]) -> Callable[[int], str]:
    """What states are called, those included that a later release may add."""
    return lambda number: names.get(number, f"STATE {number}")


@dataclass(frozen=True)
class Collection:
    """All objects of one sort.

    cli
        The name of their command in OpenNebula's CLI; also that of their module and state.
    title
        What a person calls one.
    prefix, pool, element
        API prefix (``one.vn``), pool method (``one.vnpool.info``) and XML element (``VNET``).
    key
        What distinguishes them.
    owners
        The collection of their owners; ``None`` where they have none.
    template
        Name of the child that holds the attributes a user may set.
    marked
        Whether one can carry an attribute that says who made it.
    pool_params, info_params
        What the two reading calls take.
    alone
        Whether OpenNebula has a call that reads a single one.
    several
        The call that reads just the objects with these ids, whole: method and parameters; ``None`` where OpenNebula
        has none.
    past
        The number that makes the pool call tell of objects that are gone; ``None`` where OpenNebula forgets them.
    settled, state, gone
        What states mean, how the state is read, and which object is only remembered by the daemon.
    states
        What states are called where there are some and nobody waits for any.
    is_part
        Whether an object is a part of another one, and goes with it.
    copied, is_part_of_another
        Whether users can copy one with all its attributes, its mark included; and whether one was made from another
        one, with the same attributes, which only the object itself tells.
    gives_way
        Whether an object was made by these states and nothing has come of it yet, so that it goes where another run has
        made the same. Of several such ones the oldest stays.
    """

    cli: str
    title: str
    prefix: str
    pool: str
    element: str
    key: str = OWNER_AND_NAME
    owners: Collection | None = None
    template: str = "TEMPLATE"
    marked: bool = True
    pool_params: tuple[Any, ...] = (-2, -1, -1)
    info_params: tuple[Any, ...] = (False,)
    alone: bool = True
    several: Callable[[Iterable[int]], tuple[Any, ...]] | None = None
    past: int | None = None
    settled: Settled | None = None
    state: Callable[[Resource], Any] = lambda resource: resource.state
    gone: Callable[[Resource], bool] = lambda resource: False
    states: Callable[[Any], str] | None = None
    is_part: Callable[[Resource], bool] = lambda resource: False
    copied: bool = False
    is_part_of_another: Callable[[Resource], bool] = lambda resource: False
    gives_way: Callable[[Resource], bool] = lambda resource: False

    @property
    def per_owner(self) -> bool:
        """Whether a name is looked up among the objects of one owner, and not in the whole cloud."""
        return self.key == OWNER_AND_NAME

    def first(self, twins: Iterable[Resource]) -> Resource:
        """Which of several objects that were made to be the same one stays."""
        return min(twins, key=lambda each: (self.gives_way(each), each.id))

    def is_made_for(self, resource: Resource, owner: str | None, name: str, account: str) -> bool:
        """Whether an object that bears the mark of a key was made for it, and is no copy, which bears it as well."""
        if self.copied:
            return (resource.owner, resource.name) == (owner, name)
        return resource.owner in (owner, account)

    def is_on_its_way(self, resource: Resource) -> bool:
        """Whether an object of the account that bears another user's mark is one that these states made for that user.

        A copy that somebody made for the account bears the same mark. So what can be copied waits under a name that
        nobody chooses, and a copy by hand has another one.
        """
        mark = resource.mark
        if mark is None or resource.name == transit_name(mark.owner, mark.name):
            return mark is not None
        return not self.copied and not self.is_part_of_another(resource)

    @property
    def mark(self) -> str:
        """Where an object carries the mark of who made it; empty where it cannot."""
        return f"{self.template}/{MARK}" if self.marked else ""

    @property
    def has_states(self) -> bool:
        """Whether an object is in a state that has a name."""
        return self.settled is not None or self.states is not None

    def describe(self, name: str, owner: str | None = None) -> str:
        """What a person calls one object: ``virtual network dmz1 of alice``."""
        return f"{self.title} {name} of {owner}" if self.per_owner and owner else f"{self.title} {name}"

    def is_busy(self, resource: Resource) -> bool:
        """Whether an object is on its way to a final state."""
        return self.settled is not None and self.state(resource) not in self.settled.ready | self.settled.failed

    def is_passing(self, resource: Resource) -> bool:
        """Whether an object is not worth comparing yet, or any more."""
        return self.settled is not None and self.state(resource) in self.settled.passing

    def is_ready(self, resource: Resource) -> bool:
        """Whether nothing is under way with an object and all is well."""
        return self.settled is not None and self.state(resource) in self.settled.ready

    def is_broken(self, resource: Resource) -> bool:
        """Whether an object is in a failure state."""
        return self.settled is not None and self.state(resource) in self.settled.failed

    def state_name(self, resource: Resource) -> str:
        """What the state of an object is called."""
        state, called = self.state(resource), self.states if self.settled is None else self.settled.name
        return str(state) if called is None else called(state)

    def owner_of(self, owner: Any, account: str) -> str | None:
        """The owner in an object's key: the account's, where none is said; ``None`` where the key has none."""
        if not self.per_owner and owner is not None:
            raise ArgumentError(f"owner: {a(self.title)} has none.")
        return object_name("user", account if owner is None else owner) if self.per_owner else None
