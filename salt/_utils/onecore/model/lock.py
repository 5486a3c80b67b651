"""The lock of an object, which is declared like other arguments."""

from __future__ import annotations

from collections.abc import Iterator, Set

from ..basics.errors import LockedError
from ..basics.plan import Change, Order
from ..basics.values import Choice
from ..cloud.collection import Collection
from ..cloud.locking import LEVELS, USE, level, refuse_locked
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .fields import Field
from .kind import Writer
from .ownership import GROUP, MANAGED, OWNER, OWNER_FROM, PERMISSIONS
from .reading import Reading

NONE = "NONE"
_NUMBERS = {word: number for number, word in LEVELS.items()}


class Lock(Field):
    """The operations on an object that a lock forbids to people.

    A run that declares a lock makes its own changes anyway: it unlocks, writes, and locks again.
    """

    type = Choice(*_NUMBERS, NONE)
    doc = (
        "Lock against manual changes: ``USE`` forbids everything, ``MANAGE`` everything that needs MANAGE or ADMIN, "
        "``ADMIN`` everything that needs ADMIN; ``NONE`` is no lock. Declared changes of a locked object are still "
        "carried out: the run unlocks it, and locks it again. It is not removed or renamed while it is locked."
    )
    example = "USE"
    attribute_names = ("LOCK",)

    def said(self, resource: Resource, reading: Reading) -> str | None:
        word = word_of(resource)
        return None if word == NONE else word

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = NONE if resource is None else word_of(resource)
        if old != wanted:
            yield self.change(self.name, None if resource is None else old, wanted, wanted)


LOCK = Lock("locked", writer="lock")
#: The field of all objects that have an owner and can be locked.
OF_A_USER = (OWNER, OWNER_FROM, GROUP, PERMISSIONS, LOCK, MANAGED)


def write_lock(prefix: str) -> Writer:
    """Lock or unlock; the last writer of a kind, since a lock forbids the others."""

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        set_lock(cloud, prefix, resource.id, changes[-1].write)

    return write


def lifted(cloud: Cloud, prefix: str, resource: Resource, order: Order, writers: Set[str]) -> str:
    """Unlock an object with a declared lock that forbids its changes; returns the lock to set afterwards, if any.

    writers
        The writers of the changes.
    """
    if not is_declared(order) or not level(resource) or not writers - {LOCK.writer}:
        return ""
    set_lock(cloud, prefix, resource.id, NONE)
    return "" if LOCK.writer in writers else word_of(resource)


def set_lock(cloud: Cloud, prefix: str, number: int, word: str) -> None:
    """Set the lock of an object, or remove it."""
    if word == NONE:
        cloud.call(f"{prefix}.unlock", number)
    else:
        cloud.call(f"{prefix}.lock", number, _NUMBERS[word])


def refuse_use(cloud: Cloud, kind: Collection, name: str, owner: str | None, where: str) -> None:
    """Raise LockedError if a lock forbids the use of an object, or will after the announced changes of a dry run.

    where
        The argument that refers to the object.
    """
    announced, found = cloud.announced(kind, name, owner), cloud.find(kind, name, owner)
    declared = None if announced is None else announced.wanted.get(LOCK.name)
    if declared is None and found is not None:
        refuse_locked(cloud, kind, found, USE, where)
    elif declared == LEVELS[USE]:
        raise LockedError(
            f"{where}{kind.describe(name, owner)} is declared with locked: {declared}, which forbids its use."
        )


def is_declared(order: Order) -> bool:
    """Whether a declaration contains the lock."""
    return LOCK.name in order.wanted


def word_of(resource: Resource) -> str:
    """The lock of an object, in words."""
    return LEVELS.get(level(resource), NONE)
