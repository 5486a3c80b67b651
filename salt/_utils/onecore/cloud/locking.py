"""Locks that people put on objects: OpenNebula refuses what they forbid to everybody, the account included.

A lock of a level forbids the operations that need its right or a higher one; each object tells of its own.
"""

from __future__ import annotations

from ..basics.errors import LockedError
from .collection import Collection
from .directory import USERS
from .resource import Resource
from .view import Cloud

#: Rights, and the levels of locks that forbid them (include/PoolObjectSQL.h, release 7.4.0).
USE, MANAGE, ADMIN = 1, 2, 3
_LEVELS = {USE: "USE", MANAGE: "MANAGE", ADMIN: "ADMIN"}


def forbids(resource: Resource, right: int) -> bool:
    """Whether a lock of the object forbids what needs a right."""
    return 0 < resource.number("LOCK/LOCKED") <= right


def refuse_locked(cloud: Cloud, kind: Collection, resource: Resource, right: int = MANAGE, where: str = "") -> None:
    """Raise LockedError where a lock forbids what is to be done with an object.

    right
        The right that it needs.
    where
        What speaks of the object, where it is not the one that is declared.
    """
    if forbids(resource, right):
        holder = cloud.pool(USERS).by_id.get(resource.number("LOCK/OWNER"))
        who = f" by {holder.name}" if holder is not None else ""
        level = _LEVELS[resource.number("LOCK/LOCKED")]
        subject = f"{kind.describe(resource.name, resource.owner)} (ID {resource.id})"
        raise LockedError(f"{where}{subject} is locked{who} (level {level}): unlock it first, with {kind.cli}.unlock.")
