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
LEVELS = {USE: "USE", MANAGE: "MANAGE", ADMIN: "ADMIN"}


def level(resource: Resource) -> int:
    """The level of an object's lock; 0 if there is none."""
    return resource.number("LOCK/LOCKED")


def forbids(resource: Resource, right: int) -> bool:
    """Whether a lock of the object forbids what needs a right."""
    return 0 < level(resource) <= right


def refuse_locked(cloud: Cloud, kind: Collection, resource: Resource, right: int = MANAGE, where: str = "") -> None:
    """Raise LockedError where a lock forbids what is to be done with an object.

    right
        The right that it needs.
    where
        What refers to the object, where it is not the one that is declared.
    """
    if forbids(resource, right):
        holder = cloud.pool(USERS).by_id.get(resource.number("LOCK/OWNER"))
        who = f" by {holder.name}" if holder is not None else ""
        subject = f"{kind.describe(resource.name, resource.owner)} (ID {resource.id})"
        how = f"is locked{who} (level {LEVELS[level(resource)]})"
        raise LockedError(f"{where}{subject} {how}: unlock it first, with {kind.cli}.unlock.")
