"""How the objects of one type are listed, read, named, owned and marked, and when they have settled.

That is sufficient for reading. A kind (`model.kind`) is a collection with the declaration in addition. Code that only
needs the ID of a group needs the collection of groups, and not the kind.
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
    """The final states of an object, and the names of states.

    ready
        No operation is in progress, and there is no error.
    failed
        No operation is in progress, and the object is broken.
    name
        Returns the name of a state.
    timeout
        How long to wait, in seconds.
    passing
        The object is being created or removed: comparing it is not useful yet.
    unplaced
        The object waits for a host, and the scheduler reports why it has none.
    """

    ready: frozenset[Any]
    failed: frozenset[Any]
    name: Callable[[Any], str]
    timeout: float = 120
    passing: frozenset[Any] = frozenset()
    unplaced: frozenset[Any] = frozenset()


def state_names(names: Mapping[int, str]) -> Callable[[int], str]:
    """The names of states, including unknown ones of later releases."""
    return lambda number: names.get(number, f"STATE {number}")


@dataclass(frozen=True)
class Collection:
    """All objects of one type.

    cli
        The name of their command in OpenNebula's CLI, and of their module and state.
    title
        The name of the type for people.
    prefix, pool, element
        API prefix (``one.vn``), pool method (``one.vnpool.info``) and XML element (``VNET``).
    key
        Their key.
    owners
        The collection of their owners; ``None`` if they have none.
    template
        The child element with the attributes that a user may set.
    marked
        Whether objects can have a mark.
    pool_params, info_params
        The parameters of the two reading calls.
    alone
        Whether OpenNebula has a call that reads a single object.
    several
        The call that reads only the objects with these IDs, completely: method and parameters; ``None`` if there is
        none.
    past
        The state filter with which the pool call returns removed objects; ``None`` if OpenNebula does not keep them.
    settled, state, gone
        The meaning of states, how the state is read, and whether an object is a removed one that the daemon keeps.
    states
        The names of states for which no run waits.
    is_part
        Whether an object is a part of another one, and is removed with it.
    copied, is_part_of_another
        Whether users can copy an object with all its attributes, including its mark; and whether an object is such a
        copy, if the object shows it.
    handed_over
        Whether an object that these states create for a user belongs to the account first.
    gives_way
        Whether an object is an unused one of these states, which is removed if another run has created the same one. Of
        several, the oldest stays.
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
    handed_over: bool = True
    is_part_of_another: Callable[[Resource], bool] = lambda resource: False
    gives_way: Callable[[Resource], bool] = lambda resource: False

    @property
    def per_owner(self) -> bool:
        """Whether names are unique for each owner, and not in the whole cloud."""
        return self.key == OWNER_AND_NAME

    def first(self, duplicates: Iterable[Resource]) -> Resource:
        """The one of several duplicates that stays."""
        return min(duplicates, key=lambda each: (self.gives_way(each), each.id))

    def is_made_for(self, resource: Resource, owner: str | None, name: str, account: str) -> bool:
        """Whether an object with the mark of a key was created for it, and is not a copy, which has the same mark."""
        if self.copied:
            return (resource.owner, resource.name) == (owner, name)
        return resource.owner in (owner, account)

    def is_on_its_way(self, resource: Resource) -> bool:
        """Whether an object of the account with another user's mark was created by these states for that user.

        A copy that somebody made in the account's namespace has the same mark. Objects that can be copied therefore
        wait for handover under a temporary name, which a manual copy does not have.
        """
        mark = resource.mark
        if mark is None or not self.handed_over:
            return False
        named = resource.name == transit_name(mark.owner, mark.name)
        return named or (not self.copied and not self.is_part_of_another(resource))

    def awaits_handover(self, account: str, resource: Resource) -> bool:
        """Whether an object waits in the account's name to be handed over to the user in its mark."""
        return resource.owner == account and self.is_on_its_way(resource)

    @property
    def mark(self) -> str:
        """The path of the mark in an object; empty if objects have none."""
        return f"{self.template}/{MARK}" if self.marked else ""

    @property
    def has_states(self) -> bool:
        """Whether objects have states with names."""
        return self.settled is not None or self.states is not None

    def describe(self, name: str, owner: str | None = None) -> str:
        """The description of one object for people: ``virtual network dmz1 of alice``."""
        return f"{self.title} {name} of {owner}" if self.per_owner and owner else f"{self.title} {name}"

    def is_busy(self, resource: Resource) -> bool:
        """Whether an object is changing to a final state."""
        return self.settled is not None and self.state(resource) not in self.settled.ready | self.settled.failed

    def is_unplaced(self, resource: Resource) -> bool:
        """Whether an object waits for a place that it does not get as it is: the scheduler has reported why."""
        return self.settled is not None and self.state(resource) in self.settled.unplaced and bool(resource.scheduling)

    def is_passing(self, resource: Resource) -> bool:
        """Whether an object is being created or removed, so that comparing it is not useful."""
        return self.settled is not None and self.state(resource) in self.settled.passing

    def is_ready(self, resource: Resource) -> bool:
        """Whether an object is ready: no operation is in progress, and there is no error."""
        return self.settled is not None and self.state(resource) in self.settled.ready

    def is_broken(self, resource: Resource) -> bool:
        """Whether an object is in a failure state."""
        return self.settled is not None and self.state(resource) in self.settled.failed

    def state_name(self, resource: Resource) -> str:
        """The name of an object's state."""
        state, called = self.state(resource), self.states if self.settled is None else self.settled.name
        return str(state) if called is None else called(state)

    def owner_of(self, owner: Any, account: str) -> str | None:
        """The owner in an object's key: the account if none is declared; ``None`` if the key has no owner."""
        if not self.per_owner and owner is not None:
            raise ArgumentError(f"owner: {a(self.title)} has none.")
        return object_name("user", account if owner is None else owner) if self.per_owner else None
