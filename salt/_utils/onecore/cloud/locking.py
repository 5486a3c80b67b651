"""Locks that people set on objects: OpenNebula refuses the locked operations to everybody, including the account.

The level of a lock forbids the operations that need its right or a higher one.
"""

from __future__ import annotations

from ..basics.errors import LockedError
from .collection import Collection
from .directory import USERS
from .resource import Resource
from .view import Cloud

#: Rights, and the levels of locks that forbid them (include/PoolObjectSQL.h, release 7.4.0).
USE, MANAGE, ADMIN = 1, 2, 3
LEVELS = {USE: "USE", MANAGE: "MANAGE", ADMIN: "ADMIN"}


def level(resource: Resource) -> int:
    """The level of an object's lock; 0 without a lock."""
    return resource.number("LOCK/LOCKED")


def forbids(resource: Resource, right: int) -> bool:
    """Whether a lock of the object forbids operations that need a right."""
    return 0 < level(resource) <= right


def refuse_locked(cloud: Cloud, kind: Collection, resource: Resource, right: int = MANAGE, where: str = "") -> None:
    """Raise LockedError if a lock forbids an operation on an object.

    right
        The right that the operation needs.
    where
        The reference to the object, unless it is the declared one.
    """
    if forbids(resource, right):
        holder = cloud.pool(USERS).by_id.get(resource.number("LOCK/OWNER"))
        who = f" by {holder.name}" if holder is not None else ""
        subject = f"{kind.describe(resource.name, resource.owner)} (ID {resource.id})"
        how = f"is locked{who} (level {LEVELS[level(resource)]})"
        raise LockedError(f"{where}{subject} {how}: unlock it first, with {kind.cli}.unlock.")
