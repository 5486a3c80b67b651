"""Writers and helpers that several kinds share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .digests import gathered, with_kept
from .fields import REMOVED
from .kind import Writer

#: The second mode of ``update`` calls: merge into the template instead of replacing it.
MERGE = 1
#: The first mode: replace the template.
REPLACE = 0
#: The parameter of chown and chgrp calls for "unchanged".
KEEP = -1


def merged(changes: Iterable[Change]) -> dict[str, Any]:
    """All values of the changes, as one mapping of attributes."""
    return gathered(change.write for change in changes)


def update(prefix: str) -> Writer:
    """Write changed attributes in one call; other attributes are not changed."""

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        cloud.call(f"{prefix}.update", resource.id, render(with_kept(resource, merged(changes))), MERGE)

    return write


def update_whole(collection: Collection, apart: Iterable[str]) -> Writer:
    """The same for templates where merging removes nothing: the call contains all unchanged attributes.

    apart
        Attributes that OpenNebula does not change with an update.
    """
    merge, kept_apart = update(collection.prefix), frozenset(apart)

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        changed = merged(changes)
        if REMOVED not in changed.values():
            merge(cloud, resource, changes, order)
            return
        # Read again: attributes that others have written since must be kept.
        present = cloud.read(collection, resource.id).attributes
        whole = {name: value for name, value in present.items() if name not in kept_apart} | changed
        left = {name: value for name, value in whole.items() if value != REMOVED}
        cloud.call(f"{collection.prefix}.update", resource.id, render(left), REPLACE)

    return write


def chown(prefix: str) -> Writer:
    """Change the group of an object; its owner is part of its key."""

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        group = next(change.write for change in changes if change.field == "group")
        cloud.call(f"{prefix}.chown", resource.id, KEEP, cloud.get(GROUPS, group).id)

    return write


def give(prefix: str) -> Writer:
    """Change the owner of an object; its group stays."""

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        cloud.call(f"{prefix}.chown", resource.id, cloud.get(USERS, changes[-1].write).id, KEEP)

    return write


def chmod(prefix: str, *more: Any) -> Writer:
    """Set the permissions of an object.

    more
        Further parameters of some kinds, after the nine flags.
    """

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        cloud.call(f"{prefix}.chmod", resource.id, *changes[-1].write, *more)

    return write
