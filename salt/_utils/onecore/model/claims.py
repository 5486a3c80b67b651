"""What the converging account was just making, kept in its own template.

Users and groups are allocated by a name alone, so that their mark follows in a second call. A run that dies in between
leaves one behind that carries no mark. The account notes beforehand what it is about to make: by that the next run
knows the object again.
"""

from __future__ import annotations

from dataclasses import replace

from ..basics.marks import CLAIM
from ..basics.plan import Order
from ..basics.syntax import render
from ..cloud.directory import USERS
from ..cloud.view import Cloud
from . import writers
from .fields import Managed, Marking


def claim(cloud: Cloud, order: Order) -> None:
    """Note what is about to be made: until its mark is written, nothing else says whose it is."""
    account = cloud.get(USERS, cloud.account).id
    cloud.call("one.user.update", account, render({CLAIM: _of(order)}), writers.MERGE)


def _of(order: Order) -> str:
    return f"{order.desired.kind}/{order.name}"


class Claimed(Managed):
    """A mark that is also put on an object without one that this account was just making."""

    def resolve(self, cloud: Cloud, wanted: Marking, order: Order) -> Marking:
        account = cloud.find(USERS, cloud.account)
        claimed = account is not None and account.attributes.get(CLAIM) == _of(order)
        return replace(wanted, own=wanted.own or claimed)


CLAIMED = Claimed("managed")
