"""Creating an object for another user: allocate it as the converging account, then give it away.

Only administrators may say all that a declaration can (a VLAN, a datastore path), so an object is born under
the account's own name and handed over at once. Two things follow. An interrupted run can leave one behind:
it carries the mark of its owner, and the next run hands it over. And while one is passing through, or when the
account keeps an object of that name for itself, the name is taken: then it passes under another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..basics.errors import AllocateError, InternalError, OneError
from ..basics.marks import transit_name
from ..basics.plan import Order
from ..basics.syntax import render
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import writers
from .kind import Create

Allocate = Callable[[Cloud, Order, str], int]
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
        number, name, owner = _begin(cloud, kind, allocate, order, attributes)
        _hand_over(cloud, kind.prefix, order, number, name, owner)
        return number

    return create_for_owner


def begin(kind: Collection, allocate: Allocate) -> Create:
    """The ``create`` of a kind whose objects are allocated here, and handed over by :func:`finish` once settled."""

    def create_for_owner(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
        number, _, _ = _begin(cloud, kind, allocate, order, attributes)
        return number

    return create_for_owner


def finish(kind: Collection) -> Callable[[Cloud, Order, Resource], None]:
    """The ``hand_over`` of such a kind."""

    def hand_over(cloud: Cloud, order: Order, resource: Resource) -> None:
        _hand_over(cloud, kind.prefix, order, resource.id, resource.name, resource.owner)

    return hand_over


def _begin(cloud: Cloud, kind: Collection, allocate: Allocate, order: Order, attributes: dict[str, Any]) -> Waiting:
    """Allocate an object, or find the one that an interrupted run left behind."""
    left = _left_behind(cloud, kind, order)
    if left is not None:
        return left
    passing = order.owner != cloud.account
    if not (passing and cloud.find(kind, order.name, cloud.account)):
        try:
            return allocate(cloud, order, render(attributes)), order.name, cloud.account
        except (InternalError, AllocateError):
            # "NAME is already taken" has no code of its own: see whether another run's object passes through.
            cloud.forget(kind)
            left = _left_behind(cloud, kind, order)
            if left is not None:
                return left
            if not (passing and cloud.find(kind, order.name, cloud.account)):
                raise
    name = transit_name(order.user, order.name)
    return allocate(cloud, order, render({**attributes, "NAME": name})), name, cloud.account


def _hand_over(cloud: Cloud, prefix: str, order: Order, number: int, name: str, owner: str | None) -> None:
    user = cloud.get(USERS, order.user).id if order.owner != owner else writers.KEEP
    group = cloud.get(GROUPS, order.wanted["group"]).id if "group" in order.wanted else writers.KEEP
    try:
        if (user, group) != (writers.KEEP, writers.KEEP):
            cloud.call(f"{prefix}.chown", number, user, group)
        if name != order.name:
            cloud.call(f"{prefix}.rename", number, order.name)
    except OneError as error:
        raise OneError(
            f"it was allocated (ID {number}) but not handed over to {order.owner}: {str(error).rstrip('.')}. "
            "Run again to finish."
        ) from None


def _left_behind(cloud: Cloud, kind: Collection, order: Order) -> Waiting | None:
    if order.owner == cloud.account:
        return None
    passing = transit_name(order.user, order.name)
    for owner, name in ((cloud.account, order.name), (cloud.account, passing), (order.owner, passing)):
        found = cloud.find(kind, name, owner)
        if found is not None and found.mark is not None and found.mark.owner == order.owner:
            cloud.forget(kind, found.id)
            return found.id, found.name, found.owner
    return None
