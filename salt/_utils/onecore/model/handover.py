"""Creating an object for another user: allocate it as the converging account, then give it away.

Only administrators may say all that a declaration can (a VLAN, a datastore path), so an object is born under
the account's own name and handed over at once. Three things follow. An interrupted run can leave one behind:
it carries the mark of its owner, and the next run hands it over. Another run may make the same at the same time:
who comes second with handing over removes its own, and continues with what is there. And while one is passing
through, or when the account keeps an object of that name for itself, the name is taken: then it passes under
another one. So does always what people can copy, mark and all: a copy that the account keeps under the same name
is none that waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..basics.errors import ActionError, AllocateError, InternalError, NoExistsError, OneError
from ..basics.marks import transit_name
from ..basics.plan import Order
from ..basics.syntax import render
from ..cloud.campaign import Procedure, completed
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import everyone
from . import writers
from .kind import Begun, Create, Elder

Allocate = Callable[[Cloud, Order, str], int]
#: How OpenNebula refuses a name that is taken, among others.
_TAKEN = (ActionError, InternalError, AllocateError)
#: What OpenNebula says then: whoever has taken the name may be gone by the time it is looked for.
_NAME_TAKEN = "already taken"
#: An object's number, the name it waits under and its owner meanwhile.
Waiting = tuple[int, str, "str | None"]


def create(kind: Collection, allocate: Allocate) -> Create:
    """The ``create`` of a kind whose objects are allocated and handed over.

    kind
        The collection of its objects.
    allocate
        Makes the one allocate call from a rendered template and returns the new id.
    """

    def create_for_owner(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
        return _hand_over(cloud, kind, order, *_begin(cloud, kind, allocate, order, attributes))

    return create_for_owner


def create_one(kind: Collection, allocate: Allocate) -> Create:
    """The same of a kind whose names OpenNebula only compares, and in no transaction with making an object.

    Two runs can make the same at the same time then. OpenNebula numbers objects one at a time: whoever looks after
    having made one sees all older ones. The eldest stays, and the run that has made another one removes that.
    """
    handed_over = create(kind, allocate)

    def create_for_owner(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> Procedure:
        number = yield from completed(handed_over(cloud, order, attributes))
        if order.wanted["managed"].mark is None:
            return number
        yield everyone(kind, int(number), kind.describe(order.name, order.owner), None)
        marked = cloud.pool(kind).marked((kind.cli, order.user, order.name))
        twins = [each for each in marked if kind.is_made_for(each, order.owner, order.name, cloud.account)]
        first = kind.first(twins) if twins else None
        if first is None or first.id == number:
            return number
        _drop(cloud, kind, int(number))
        return Elder(first.id)

    return create_for_owner


def begin(kind: Collection, allocate: Allocate) -> Create:
    """The ``create`` of a kind whose objects are allocated here, and handed over by :func:`finish` once settled."""

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
    """Allocate an object, or find the one that an interrupted run left behind, or that another run is making."""
    passing = order.owner != cloud.account
    for last in (False, False, False, False, True):
        left = _left_behind(cloud, kind, order)
        if left is not None:
            return Begun(left[0]), *left[1:]
        taken = passing and (kind.copied or cloud.find(kind, order.name, cloud.account) is not None)
        name = transit_name(order.user, order.name) if taken else order.name
        try:
            return allocate(cloud, order, render({**attributes, "NAME": name})), name, cloud.account
        except _TAKEN as error:
            # "NAME is already taken" has no code of its own: see whether another run's object passes through, or did.
            cloud.forget(kind)
            there = any(cloud.find(kind, *each) for each in _places(cloud, order))
            if last or not passing or not (there or _NAME_TAKEN in str(error)):
                raise
    raise AssertionError("the last attempt ends it")


def _places(cloud: Cloud, order: Order) -> list[tuple[str, str | None]]:
    """Where an object may be on its way to its owner: under which name, and whose."""
    passing = transit_name(order.user, order.name)
    return [(order.name, cloud.account), (passing, cloud.account), (passing, order.owner)]


def _hand_over(cloud: Cloud, kind: Collection, order: Order, number: int, name: str, owner: str | None) -> int:
    """Give an object to its owner; returns its number, or that of the older one which the owner has got meanwhile."""
    user = cloud.get(USERS, order.user).id if order.owner != owner else writers.KEEP
    group = cloud.get(GROUPS, order.wanted["group"]).id if "group" in order.wanted else writers.KEEP
    try:
        if (user, group) != (writers.KEEP, writers.KEEP):
            cloud.call(f"{kind.prefix}.chown", int(number), user, group)
        if name != order.name:
            cloud.call(f"{kind.prefix}.rename", int(number), order.name)
    except OneError as error:
        # One that is gone was taken for a second one by yet another run.
        refused = isinstance(error, (*_TAKEN, NoExistsError))
        elder, unnamed = _handed_over(cloud, kind, order) if refused else (None, None)
        if elder is None and unnamed is not None and unnamed.id != number:
            # Another run is about to name its own, or has died before.
            _drop(cloud, kind, int(number))
            return Elder(_hand_over(cloud, kind, order, unnamed.id, unnamed.name, unnamed.owner))
        if elder is None:
            raise OneError(
                f"it was allocated (ID {number}) but not handed over to {order.owner}: {str(error).rstrip('.')}. "
                "Run again to finish."
            ) from None
        if elder.id == number:
            # Another run has handed it over.
            return number
    else:
        return number
    _drop(cloud, kind, int(number))
    return Elder(elder.id)


def _drop(cloud: Cloud, kind: Collection, number: int) -> None:
    """Remove an object that came second; others that have seen the same may be about to as well."""
    try:
        cloud.call(f"{kind.prefix}.delete", number)
    except (ActionError, NoExistsError):
        cloud.refresh(kind, [number])
        left = cloud.pool(kind).by_id.get(number)
        if left is not None and not kind.is_passing(left):
            raise
    cloud.forget(kind, number)


def _handed_over(cloud: Cloud, kind: Collection, order: Order) -> list[Resource | None]:
    """What the owner has by now that these states made: of that name, and what is still to be named so."""
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
