"""What the converging account was just making, kept in its own template.

Users and groups are allocated by a name alone, so that their mark follows in a second call. A run that dies in between
leaves one behind that carries no mark. The account notes beforehand what it is about to make: by that the next run
knows the object again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from ..basics.marks import CLAIM
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import writers
from .fields import Mark

#: Between two claims; OpenNebula allows it in no name.
_BETWEEN = ":"
_COLLECTIONS = {each.cli: each for each in (USERS, GROUPS)}
#: What each run has noted: of what failed half way it has not read yet that it is there.
_noted: WeakKeyDictionary[Cloud, list[str]] = WeakKeyDictionary()


def claim(cloud: Cloud, order: Order) -> None:
    """Note what is about to be made: until its mark is written, nothing else says whose it is.

    Earlier notes stay as long as they are the only thing that says so.
    """
    account = cloud.get(USERS, cloud.account)
    if cloud not in _noted:
        _noted[cloud] = [each for each in _claims(account) if _is_there(cloud, each)]
    _noted[cloud] = [*(each for each in _noted[cloud] if not _is_marked(cloud, each)), _of(order)]
    claims = _BETWEEN.join(dict.fromkeys(_noted[cloud]))
    cloud.call("one.user.update", account.id, render({CLAIM: claims}), writers.MERGE)


def claimed(cloud: Cloud, order: Order) -> bool:
    """Whether this is what the account was just making."""
    account = cloud.find(USERS, cloud.account)
    return account is not None and _of(order) in _claims(account)


def _claims(account: Resource) -> list[str]:
    return account.text(f"TEMPLATE/{CLAIM}").split(_BETWEEN)


def _find(cloud: Cloud, claim: str) -> Resource | None:
    kind, _, name = claim.partition("/")
    return cloud.find(_COLLECTIONS[kind], name) if kind in _COLLECTIONS else None


def _is_there(cloud: Cloud, claim: str) -> bool:
    return _find(cloud, claim) is not None


def _is_marked(cloud: Cloud, claim: str) -> bool:
    found = _find(cloud, claim)
    return found is not None and bool(found.managed)


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
