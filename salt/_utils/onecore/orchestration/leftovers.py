"""Objects that these states have created, and that no declaration covers any more."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from ..basics.marks import transit_name
from ..basics.plan import NO_BLUEPRINT, SHARED, Desired
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.registry import KINDS, OF_THE_CLOUD, OF_USERS
from ..model.kind import Kind
from ..pillar import layers
from ..pillar.objects import objects
from ..pillar.shared import shared
from .arrivals import awaited

#: The kinds that a blueprint may create, by CLI name.
_EVERY_KIND = frozenset(each.cli for each in OF_USERS)


def undeclared_users(cloud: Cloud, config: Mapping[str, Any]) -> list[str]:
    """The users for whom a blueprint has created objects, and who are no longer declared in the pillar."""
    marks = (each.mark for kind in KINDS.values() for each in cloud.pool(kind) if not kind.is_part(each))
    made = {mark.owner for mark in marks if mark is not None and not mark.adopted and mark.source not in NO_BLUEPRINT}
    return sorted(made - set(layers.users(config)))


def undeclared_shared(cloud: Cloud, config: Mapping[str, Any]) -> list[tuple[Kind, Resource]]:
    """The objects that were created for all users, or as single objects, and are no longer declared."""
    single = [each for user in (None, *layers.users(config)) for each in objects(config, user)]
    declared = {
        (each.kind, each.name, KINDS[each.kind].owner_of(each.owner, cloud.account))
        for each in (*shared(config), *single)
    }
    passing = {(cli, transit_name(owner, name)): (name, owner) for cli, name, owner in declared if owner is not None}
    return [
        (kind, each)
        for kind in reversed(KINDS.values())
        for each in sorted(cloud.pool(kind), key=lambda each: each.id)
        if not kind.is_part(each)
        and (
            _is_shared_left_over(cloud, kind, each, declared)
            or _is_unfinished_copy(cloud, kind, each, passing.get((kind.cli, each.name)))
        )
    ]


def _is_unfinished_copy(cloud: Cloud, kind: Kind, each: Resource, key: tuple[str, str] | None) -> bool:
    """Whether an interrupted run created a copy for a declared object that another run has created since.

    key
        The name and owner of the declared object to which its temporary name belongs; ``None`` if there is none. The
        copy still has the mark of its original.
    """
    if key is None or each.owner != cloud.account or each.foreign_mark is None or kind.is_busy(each):
        return False
    there = cloud.find(kind, *key)
    return there is not None and there.is_marked and not kind.is_passing(there)


def _is_shared_left_over(
    cloud: Cloud, kind: Kind, each: Resource, declared: Container[tuple[str, str, str | None]]
) -> bool:
    """Whether an object was created for all users, or as a single one, and no declaration covers it."""
    mark = each.mark
    if mark is None or mark.adopted or mark.source != SHARED:
        return False
    is_declared = (kind.cli, mark.name, mark.owner if kind.per_owner else None) in declared
    if each.ours and each.name == mark.name:
        return not is_declared
    # It is to be handed over to its owner: a declaration may cover it, unless its object exists already.
    if not (each.ours and kind.is_on_its_way(each)) and not kind.awaits_handover(cloud.account, each):
        return False
    named = cloud.find(kind, mark.name, mark.owner if kind.per_owner else None) if is_declared else None
    return not is_declared or (named is not None and not kind.is_passing(named))


def marked_for(cloud: Cloud, user: str, kinds: Container[str] = _EVERY_KIND) -> list[tuple[Kind, Resource]]:
    """Every object that a blueprint has created for ``user``, in the order in which they can be removed.

    kinds
        The kinds to look at, by CLI name.
    """
    found = []
    for kind in [each for each in reversed(OF_USERS) if each.cli in kinds]:
        marked = cloud.pool(kind).marked_for(user)
        mine = [each for each in marked if each.made_for(user, cloud.account)]
        # Other objects of the account with this mark are copies that a user created.
        mine = [each for each in mine if each.owner in (None, user) or kind.is_on_its_way(each)]
        # Objects that do not arrive are reported when their removal is refused. Parts of removed ones are awaited, too.
        awaited(cloud, [(kind, each) for each in mine if kind.is_passing(each)])
        left = (cloud.pool(kind).by_id.get(each.id) for each in sorted(mine, key=lambda each: each.id))
        found += [(kind, each) for each in left if each is not None and not kind.is_part(each)]
    return found


def undeclared_by_note(cloud: Cloud, wanted: Sequence[Desired]) -> list[tuple[Kind, Resource]]:
    """The undeclared objects for all users that only a note records: ACL rules."""
    found = []
    for kind in OF_THE_CLOUD:
        made = [] if kind.made_by is None else kind.made_by(cloud, SHARED)
        declared = [kind.find(cloud, each.name) for each in wanted if each.kind == kind.cli] if made else []
        numbers = {each.id for each in declared if each is not None}
        found += [(kind, each) for each in made if each.id not in numbers]
    return found


def duplicates(made: Sequence[tuple[Kind, Resource]]) -> list[tuple[Kind, Resource]]:
    """The duplicates: a call whose answer was lost took effect later, or two runs created the same object at once.

    The object to keep is the one that its owner has under its own name; of several, the oldest.
    """
    by_key: dict[tuple[str, str, str], list[tuple[bool, bool, int, Kind, Resource]]] = {}
    for kind, each in made:
        if each.mark is not None:
            passing = each.owner not in (None, each.mark.owner)
            unnamed = each.name != each.mark.name
            by_key.setdefault(each.mark.key, []).append((passing, unnamed, each.id, kind, each))
    return [found[3:] for same in by_key.values() for found in sorted(same)[1:]]
