"""What the converging account was just making, kept in its own template.

Users and groups are allocated by a name alone, so that their mark follows in a second call. A run that dies in between
leaves one behind that carries no mark. The account notes beforehand what it is about to make, beside what it began and
has not seen finished: by that the next run knows the object again. The note goes as soon as the mark is written, or
OpenNebula has refused: what somebody makes under that name afterwards is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..basics.errors import AnswerError, OneError, ReplicationError, TimedOutError, UnreachableError
from ..basics.marks import CLAIM, MARK
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import writers
from .fields import REMOVED, Managed, Marking
from .kind import Writer

#: What can be noted.
_KINDS = {each.cli: each for each in (USERS, GROUPS)}
#: What leaves it open whether an object was made.
_UNKNOWN = (UnreachableError, TimedOutError, AnswerError, ReplicationError)
#: Between the parts of the note; OpenNebula allows it in no name.
_BETWEEN = "/"


def made(cloud: Cloud, order: Order, attributes: Mapping[str, Any], allocate: Callable[[], int]) -> int:
    """Make an object by a call that takes no attributes, and give it these; returns its number.

    What is about to be made is noted: until its mark is written, nothing else says whose it is. Earlier notes stay as
    long as they are the only thing that says so.
    """
    account = cloud.get(USERS, cloud.account)
    this = (order.desired.kind, order.name)
    _note(cloud, [*(each for each in _read(account) if each != this and _unfinished(cloud, each)), this])
    try:
        number = allocate()
    except _UNKNOWN:
        raise
    except OneError:
        _forget(cloud, order)
        raise
    if attributes:
        cloud.call(f"{_KINDS[order.desired.kind].prefix}.update", number, render(attributes), writers.MERGE)
    if MARK in attributes:
        _forget(cloud, order)
    return number


def update(prefix: str) -> Writer:
    """Writes changed attributes, the mark of what was claimed among them."""
    write = writers.update(prefix)

    def write_and_forget(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        write(cloud, resource, changes, order)
        if MARK in writers.merged(changes):
            _forget(cloud, order)

    return write_and_forget


def claimed(cloud: Cloud, order: Order) -> bool:
    """Whether this is what the account was just making."""
    account = cloud.find(USERS, cloud.account)
    return account is not None and (order.desired.kind, order.name) in _read(account)


def _read(account: Resource) -> list[tuple[str, str]]:
    """The CLI name of the kind and the name of each object that the account has noted."""
    parts = account.attributes.get(CLAIM, "").split(_BETWEEN)
    return list(zip(parts[::2], parts[1::2], strict=False))


def _note(cloud: Cloud, begun: Iterable[tuple[str, str]]) -> None:
    account = cloud.get(USERS, cloud.account)
    text = _BETWEEN.join(part for each in begun for part in each)
    cloud.call("one.user.update", account.id, render({CLAIM: text or REMOVED}), writers.MERGE)
    account.attributes[CLAIM] = text


def _forget(cloud: Cloud, order: Order) -> None:
    """Take the note of an object away."""
    account, this = cloud.find(USERS, cloud.account), (order.desired.kind, order.name)
    noted = [] if account is None else _read(account)
    if this in noted:
        _note(cloud, [each for each in noted if each != this])


def _unfinished(cloud: Cloud, noted: tuple[str, str]) -> bool:
    """Whether an object may be there without its mark; one that this run does not see may have come unanswered."""
    kind = _KINDS.get(noted[0])
    found = None if kind is None else cloud.find(kind, noted[1])
    return kind is not None and (found is None or found.mark is None)


class Claimed(Managed):
    """A mark that is also put on an object without one that this account was just making."""

    def resolve(self, cloud: Cloud, wanted: Marking, order: Order) -> Marking:
        return replace(wanted, own=wanted.own or claimed(cloud, order))


CLAIMED = Claimed("managed")
