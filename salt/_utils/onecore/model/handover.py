"""Creating an object for another user: allocate it as the account, then change its owner.

Only administrators may set all attributes of a declaration (a VLAN, a datastore path), so an object is created with the
account as its owner and handed over at once. Three things follow. An interrupted run can leave an object behind: it has
the mark of its owner, and the next run hands it over. Another run may create the same object at the same time: the run
that hands over second removes its own object, and continues with the other one. While another object of that name waits
for handover, or if the account has an object of that name, the name is taken: then the new object gets a temporary
name. Objects that users can copy with their mark always get a temporary name: a copy in the account's namespace has the
original name, and does not wait for handover.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..basics.errors import ActionError, AllocateError, InternalError, NoExistsError, OneError
from ..basics.marks import transit_name
from ..basics.plan import Order
from ..basics.syntax import render
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.procedure import Procedure, completed
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import everyone
from . import writers
from .kind import Create, OlderObject, UnfinishedObject

Allocate = Callable[[Cloud, Order, str], int]
#: The message with which OpenNebula refuses a name that is taken, among others.
_TAKEN = (ActionError, InternalError, AllocateError)
#: The message of OpenNebula in that case: the other object may be gone by the time this run looks for it.
_NAME_TAKEN = "already taken"
#: The ID of an object, its temporary name, and its current owner.
Waiting = tuple[int, str, "str | None"]


def create(kind: Collection, allocate: Allocate) -> Create:
    """The ``create`` of a kind whose objects are allocated and handed over.

    kind
        The collection of the objects.
    allocate
        Makes the allocate call with a rendered template and returns the new ID.
    """

    def create_for_owner(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
        return _hand_over(cloud, kind, order, *_begin(cloud, kind, allocate, order, attributes))

    return create_for_owner


def create_one(kind: Collection, allocate: Allocate) -> Create:
    """The same for a kind whose unique names OpenNebula checks before it creates an object, but not in one transaction.

    Two runs can then create the same object at the same time. OpenNebula assigns IDs one at a time: a run that reads
    the pool after its allocate call sees all older objects. The oldest stays, and the run that has created another one
    removes that.
    """
    handed_over = create(kind, allocate)

    def create_for_owner(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> Procedure:
        number = yield from completed(handed_over(cloud, order, attributes))
        if order.wanted["managed"].mark is None:
            return number
        yield everyone(kind, int(number), kind.describe(order.name, order.owner), None)
        marked = cloud.pool(kind).marked((kind.cli, order.user, order.name))
        duplicates = [each for each in marked if kind.is_made_for(each, order.owner, order.name, cloud.account)]
        first = kind.first(duplicates) if duplicates else None
        if first is None or first.id == number:
            return number
        return OlderObject(first.id, int(number), *(number.second if isinstance(number, OlderObject) else ()))

    return create_for_owner


def begin(kind: Collection, allocate: Allocate) -> Create:
    """The ``create`` of a kind whose objects are allocated here, and handed over by :func:`finish` when they have
    settled.
    """

    def create_for_owner(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
        number, _, _ = _begin(cloud, kind, allocate, order, attributes)
        return number

    return create_for_owner


def finish(kind: Collection) -> Callable[[Cloud, Order, Resource], int]:
    """The ``hand_over`` of such a kind."""

    def hand_over(cloud: Cloud, order: Order, resource: Resource) -> int:
        return _hand_over(cloud, kind, order, resource.id, resource.name, resource.owner)

    return hand_over


def _begin(cloud: Cloud, kind: Collection, allocate: Allocate, order: Order, attributes: dict[str, Any]) -> Waiting:
    """Allocate an object, or find that of an interrupted run, or of another run that is creating it."""
    passing = order.owner != cloud.account
    for last in (False, False, False, False, True):
        left = _left_behind(cloud, kind, order)
        if left is not None:
            return UnfinishedObject(left[0]), *left[1:]
        taken = passing and (kind.copied or cloud.find(kind, order.name, cloud.account) is not None)
        name = transit_name(order.user, order.name) if taken else order.name
        try:
            return allocate(cloud, order, render({**attributes, "NAME": name})), name, cloud.account
        except _TAKEN as error:
            # "NAME is already taken" has no error code: check whether an object of another run has or had that name.
            cloud.forget(kind)
            there = any(cloud.find(kind, *each) for each in _places(cloud, order))
            if last or not passing or not (there or _NAME_TAKEN in str(error)):
                raise
    raise AssertionError("the last attempt ends it")


def _places(cloud: Cloud, order: Order) -> list[tuple[str, str | None]]:
    """The names and owners of an object that waits for handover."""
    passing = transit_name(order.user, order.name)
    return [(order.name, cloud.account), (passing, cloud.account), (passing, order.owner)]


def _hand_over(cloud: Cloud, kind: Collection, order: Order, number: int, name: str, owner: str | None) -> int:
    """Change the owner of an object; returns its ID, or that of an older one that the owner has got meanwhile."""
    user = cloud.get(USERS, order.user).id if order.owner != owner else writers.KEEP
    group = cloud.get(GROUPS, order.wanted["group"]).id if "group" in order.wanted else writers.KEEP
    try:
        if (user, group) != (writers.KEEP, writers.KEEP):
            cloud.call(f"{kind.prefix}.chown", int(number), user, group)
        if name != order.name:
            cloud.call(f"{kind.prefix}.rename", int(number), order.name)
    except OneError as error:
        # If it is gone, another run has removed it as the second one.
        refused = isinstance(error, (*_TAKEN, NoExistsError))
        older, unnamed = _handed_over(cloud, kind, order) if refused else (None, None)
        if older is None and unnamed is not None and unnamed.id != number:
            # Another run is about to rename it, or was interrupted before.
            first = _hand_over(cloud, kind, order, unnamed.id, unnamed.name, unnamed.owner)
            return OlderObject(first, int(number), *(first.second if isinstance(first, OlderObject) else ()))
        if older is None:
            raise OneError(
                f"it was allocated (ID {number}) but not handed over to {order.owner}: {str(error).rstrip('.')}. "
                "Run again to finish."
            ) from None
        if older.id == number:
            # Another run has handed it over.
            return number
    else:
        return number
    return OlderObject(older.id, int(number))


def _handed_over(cloud: Cloud, kind: Collection, order: Order) -> list[Resource | None]:
    """The object of that name that these states have handed to the owner; it may still have its temporary name."""
    cloud.forget(kind)
    found = [cloud.find(kind, name, order.owner) for name in (order.name, transit_name(order.user, order.name))]
    return [each if each is not None and each.mark is not None else None for each in found]


def _left_behind(cloud: Cloud, kind: Collection, order: Order) -> Waiting | None:
    if order.owner == cloud.account:
        return None
    for name, owner in _places(cloud, order):
        found = cloud.find(kind, name, owner)
        if (
            found is not None
            and found.mark is not None
            and found.mark.owner == order.owner
            and kind.is_on_its_way(found)
        ):
            cloud.forget(kind, found.id)
            return found.id, found.name, found.owner
    return None
