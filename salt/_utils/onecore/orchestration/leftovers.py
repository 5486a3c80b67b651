"""What these states have made, and what of it no declaration stands for any more."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from ..basics.plan import NO_BLUEPRINT, SHARED, Desired
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.registry import KINDS, OF_THE_CLOUD, OF_USERS
from ..model.kind import Kind
from ..pillar import layers
from ..pillar.objects import objects
from ..pillar.shared import shared
from .arrivals import awaited

#: What a blueprint may make, by CLI name.
_EVERY_KIND = frozenset(each.cli for each in OF_USERS)


def users_gone(cloud: Cloud, config: Mapping[str, Any]) -> list[str]:
    """The users for whom a blueprint made something, and whom the pillar does not declare any more."""
    marks = (each.mark for kind in KINDS.values() for each in cloud.pool(kind) if not kind.is_part(each))
    made = {mark.owner for mark in marks if mark is not None and not mark.adopted and mark.source not in NO_BLUEPRINT}
    return sorted(made - set(layers.users(config)))


def shared_no_longer(cloud: Cloud, config: Mapping[str, Any]) -> list[tuple[Kind, Resource]]:
    """What was made for all users, or as a single object, and is declared nowhere any more."""
    single = [each for user in (None, *layers.users(config)) for each in objects(config, user)]
    declared = {
        (each.kind, each.name, KINDS[each.kind].owner_of(each.owner, cloud.account))
        for each in (*shared(config), *single)
    }
    return [
        (kind, each)
        for kind in reversed(KINDS.values())
        for each in sorted(cloud.pool(kind), key=lambda each: each.id)
        if not kind.is_part(each) and _is_shared_left_over(cloud, kind, each, declared)
    ]


def _is_shared_left_over(
    cloud: Cloud, kind: Kind, each: Resource, declared: Container[tuple[str, str, str | None]]
) -> bool:
    """Whether an object was made for all users, or as a single one, and nothing declared is or becomes of it."""
    mark = each.mark
    if mark is None or mark.adopted or mark.source != SHARED:
        return False
    is_declared = (kind.cli, mark.name, mark.owner if kind.per_owner else None) in declared
    if each.ours and each.name == mark.name:
        return not is_declared
    # On its way to its owner: what was declared becomes of it, unless that has come to be meanwhile.
    if not (each.ours and kind.is_on_its_way(each)) and not kind.waits_with(cloud.account, each):
        return False
    named = cloud.find(kind, mark.name, mark.owner if kind.per_owner else None) if is_declared else None
    return not is_declared or (named is not None and not kind.is_passing(named))


def marked_for(cloud: Cloud, user: str, kinds: Container[str] = _EVERY_KIND) -> list[tuple[Kind, Resource]]:
    """Every object that a blueprint made for ``user``, in the order in which they can be removed.

    kinds
        Of which kinds, by their CLI names.
    """
    found = []
    for kind in [each for each in reversed(OF_USERS) if each.cli in kinds]:
        marked = cloud.pool(kind).marked_for(user)
        mine = [each for each in marked if each.made_for(user, cloud.account) and not kind.is_part(each)]
        # What the account has beside that is a copy that somebody has made.
        mine = [each for each in mine if each.owner in (None, user) or kind.is_on_its_way(each)]
        # What does not arrive is told by what refuses to remove it.
        awaited(cloud, [(kind, each) for each in mine if kind.is_passing(each)])
        left = (cloud.pool(kind).by_id.get(each.id) for each in sorted(mine, key=lambda each: each.id))
        found += [(kind, each) for each in left if each is not None]
    return found


def noted_and_not_declared(cloud: Cloud, wanted: Sequence[Desired]) -> list[tuple[Kind, Resource]]:
    """What was made for all users, is not declared any more, and nothing but a note tells of: ACL rules."""
    found = []
    for kind in OF_THE_CLOUD:
        made = [] if kind.made_by is None else kind.made_by(cloud, SHARED)
        declared = [kind.find(cloud, each.name) for each in wanted if each.kind == kind.cli] if made else []
        numbers = {each.id for each in declared if each is not None}
        found += [(kind, each) for each in made if each.id not in numbers]
    return found


def second_ones(made: Sequence[tuple[Kind, Resource]]) -> list[tuple[Kind, Resource]]:
    """What there is already: a call whose answer never came took effect later, or two runs made the same at once.

    The first is the one that has arrived at its owner and has its name, and of several the oldest.
    """
    by_key: dict[tuple[str, str, str], list[tuple[bool, bool, int, Kind, Resource]]] = {}
    for kind, each in made:
        if each.mark is not None:
            passing = each.owner not in (None, each.mark.owner)
            unnamed = each.name != each.mark.name
            by_key.setdefault(each.mark.key, []).append((passing, unnamed, each.id, kind, each))
    return [found[3:] for same in by_key.values() for found in sorted(same)[1:]]
