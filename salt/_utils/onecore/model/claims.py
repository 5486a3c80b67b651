"""What the converging account was just making, kept in its own template.

Users and groups are allocated by a name alone, so that their mark follows in a second call. A run that dies in between
leaves one behind that carries no mark. The account notes beforehand what it is about to make: by that the next run
knows the object again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..basics.marks import CLAIM
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..cloud.directory import USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import writers
from .fields import Mark


def claim(cloud: Cloud, order: Order) -> None:
    """Note what is about to be made: until its mark is written, nothing else says whose it is."""
    account = cloud.get(USERS, cloud.account).id
    cloud.call("one.user.update", account, render({CLAIM: _of(order)}), writers.MERGE)


def claimed(cloud: Cloud, order: Order) -> bool:
    """Whether this is what the account was just making."""
    account = cloud.find(USERS, cloud.account)
    return account is not None and account.attributes.get(CLAIM) == _of(order)


def _of(order: Order) -> str:
    return f"{order.desired.kind}/{order.name}"


class ClaimedMark(Mark):
    """A mark that is also put on an object without one that this account was just making."""

    def resolve(self, cloud: Cloud, wanted: tuple[str, bool], order: Order) -> tuple[Any, ...]:
        return *wanted, claimed(cloud, order)

    def contribute(self, wanted: tuple[Any, ...]) -> dict[str, Any]:
        return super().contribute(wanted[:2])

    def changes(self, resource: Resource | None, wanted: tuple[Any, ...]) -> Iterator[Change]:
        mark, adopt, claimed = wanted
        unmarked = resource is not None and not resource.managed
        yield from super().changes(resource, (mark, adopt or (claimed and unmarked)))


CLAIMED = ClaimedMark("managed")
