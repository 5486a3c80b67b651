"""What the converging account was just making, kept in its own template.

Users, groups, clusters and hosts are allocated without a template, so that their mark follows in a second call. A run
that dies in between leaves one behind that carries no mark. The account notes beforehand what it is about to make,
beside what it began and has not seen finished: by that the next run knows the object again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..basics.marks import CLAIM
from ..basics.plan import Order
from ..basics.syntax import render
from ..cloud.directory import CLUSTERS, GROUPS, HOSTS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import writers
from .fields import Managed, Marking
from .kind import Create

#: Between the parts of the note; OpenNebula allows it in no name.
_BETWEEN = "/"
#: What is allocated without a template.
_BARE = {each.cli: each for each in (USERS, GROUPS, CLUSTERS, HOSTS)}


def bare(prefix: str, allocate: Callable[[Cloud, Order], int]) -> Create:
    """The ``create`` of a kind that is allocated without a template: its attributes follow in an update.

    prefix
        API prefix of the kind.
    allocate
        Makes the allocate call and returns the new number.
    """

    def create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
        claim(cloud, order)
        number = allocate(cloud, order)
        rest = {name: value for name, value in attributes.items() if name != "NAME"}
        if rest:
            cloud.call(f"{prefix}.update", number, render(rest), writers.MERGE)
        return number

    return create


def claim(cloud: Cloud, order: Order) -> None:
    """Note what is about to be made: until its mark is written, nothing else says whose it is.

    Earlier notes stay as long as they are the only thing that says so.
    """
    account = cloud.get(USERS, cloud.account)
    this = (order.desired.kind, order.name)
    begun = [each for each in _read(account) if each != this and _unfinished(cloud, each)]
    text = _BETWEEN.join(part for each in (*begun, this) for part in each)
    cloud.call("one.user.update", account.id, render({CLAIM: text}), writers.MERGE)
    account.attributes[CLAIM] = text


def claimed(cloud: Cloud, order: Order) -> bool:
    """Whether this is what the account was just making."""
    account = cloud.find(USERS, cloud.account)
    return account is not None and (order.desired.kind, order.name) in _read(account)


def _read(account: Resource) -> list[tuple[str, str]]:
    """The CLI name of the kind and the name of each object that the account has noted."""
    parts = account.attributes.get(CLAIM, "").split(_BETWEEN)
    return list(zip(parts[::2], parts[1::2], strict=False))


def _unfinished(cloud: Cloud, noted: tuple[str, str]) -> bool:
    """Whether an object may be there without its mark; one that this run does not see may have come unanswered."""
    kind = _BARE.get(noted[0])
    found = None if kind is None else cloud.find(kind, noted[1])
    return kind is not None and (found is None or found.mark is None)


class Claimed(Managed):
    """A mark that is also put on an object without one that this account was just making."""

    def resolve(self, cloud: Cloud, wanted: Marking, order: Order) -> Marking:
        return replace(wanted, own=wanted.own or claimed(cloud, order))


CLAIMED = Claimed("managed")
