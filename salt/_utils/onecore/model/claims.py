"""The objects that the account is creating, noted in its own template.

Users, groups, clusters and hosts are allocated without a template, so that their mark follows in a second call. An
interruption in between leaves an object without a mark, and so does another run at the same time. Each run therefore
writes a note first, so that the next run, or the other one, recognizes the object. The note is removed as soon as the
mark is written, or OpenNebula has refused the call: an object that somebody else creates with that name afterwards is
not ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..basics.errors import UNKNOWN, ActionError, InternalError, OneError
from ..basics.marks import CLAIM, MARK
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..cloud.directory import CLUSTERS, GROUPS, HOSTS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import writers
from .kind import Create, Writer
from .notes import note_down, notes, take_away
from .ownership import Managed, Marking

#: An object identified by name: the CLI name of its kind, and its name.
Claim = tuple[str, str]
#: What a note can name.
_KINDS = {each.cli: each for each in (USERS, GROUPS, CLUSTERS, HOSTS)}
#: The separator in a note; OpenNebula does not allow it in names.
_BETWEEN = "/"


def bare(allocate: Callable[[Cloud, Order], int]) -> Create:
    """The ``create`` of a kind whose objects are allocated without a template.

    allocate
        Makes the allocate call and returns the new ID.
    """

    def create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
        rest = {name: value for name, value in attributes.items() if name != "NAME"}
        return made(cloud, order, rest, lambda: allocate(cloud, order))

    return create


def made(cloud: Cloud, order: Order, attributes: Mapping[str, Any], allocate: Callable[[], int]) -> int:
    """Create an object with a call that takes no attributes, and set these attributes; returns its ID.

    Until its mark is written, the note alone identifies it as ours.
    """
    over = [name for name, text in notes(cloud, CLAIM).items() if not _unfinished(cloud, text)]
    note = note_down(cloud, CLAIM, _BETWEEN.join(_of(order)), over)
    try:
        number = allocate()
    except UNKNOWN:
        raise
    except OneError:
        # From now on, an object of this name is created by somebody else.
        take_away(cloud, [note])
        raise
    if attributes:
        _give(cloud, _KINDS[order.desired.kind].prefix, number, attributes)
    if MARK in attributes:
        take_away(cloud, [note])
    return number


def _give(cloud: Cloud, prefix: str, number: int, attributes: Mapping[str, Any]) -> None:
    """Give a new object its attributes."""
    try:
        cloud.call(f"{prefix}.update", number, render(attributes), writers.MERGE)
    except (ActionError, InternalError) as error:
        # The attributes are invalid; this is not the conflict with another run.
        raise OneError(
            f"it was created (ID {number}), but OpenNebula rejected its attributes: {str(error).rstrip('.')}. Correct "
            "them and run again."
        ) from None


def update(prefix: str) -> Writer:
    """Write changed attributes, including the mark of an object with a note."""
    write = writers.update(prefix)

    def write_and_forget(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        write(cloud, resource, changes, order)
        if MARK in writers.merged(changes):
            _forget(cloud, order)

    return write_and_forget


def claimed(cloud: Cloud, order: Order) -> bool:
    """Whether the account was creating this object, in this run or in another one."""
    return any(_of(order) in _read(text) for text in notes(cloud, CLAIM).values())


def claimed_by_now(cloud: Cloud, order: Order) -> bool:
    """The same after reading the account again: another run may have begun to create it a moment ago."""
    if not claimed(cloud, order):
        cloud.refresh(USERS, [cloud.get(USERS, cloud.account).id])
    return claimed(cloud, order)


def _of(order: Order) -> Claim:
    return order.desired.kind, order.name


def _forget(cloud: Cloud, order: Order) -> None:
    """Remove the notes of an object."""
    take_away(cloud, [name for name, text in notes(cloud, CLAIM).items() if _of(order) in _read(text)])


def _read(text: str) -> list[Claim]:
    """The object that a note names."""
    parts = text.split(_BETWEEN)
    return list(zip(parts[::2], parts[1::2], strict=False))


def _unfinished(cloud: Cloud, text: str) -> bool:
    """Whether an object of a note may exist without its mark; it may also appear after a call without answer."""
    for cli, name in _read(text):
        kind = _KINDS.get(cli)
        found = None if kind is None else cloud.find(kind, name)
        if kind is not None and (found is None or found.mark is None):
            return True
    return False


class Claimed(Managed):
    """A mark that is also set on an object without a mark that this account was creating."""

    def resolve(self, cloud: Cloud, wanted: Marking, order: Order) -> Marking:
        found = cloud.find(_KINDS[order.desired.kind], order.name)
        unmarked = found is not None and found.mark is None
        return replace(wanted, own=wanted.own or (unmarked and claimed_by_now(cloud, order)))


CLAIMED = Claimed("managed")
