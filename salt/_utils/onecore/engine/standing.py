"""Duplicates of an object, and VMs that the scheduler cannot place."""

from __future__ import annotations

from collections.abc import Iterator

from ..basics.plan import NO_BLUEPRINT, Change
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind

#: The writer of a change that the engine makes itself: it removes an unused duplicate of an object of another run.
GIVES_WAY = "duplicate"


def duplicates(cloud: Cloud, kind: Kind, resource: Resource | None) -> Iterator[Change]:
    """Duplicates of this object that are removed: a call took effect late, or a run was interrupted."""
    if resource is None or resource.mark is None:
        return
    for each in cloud.pool(kind).marked(resource.mark.key):
        here = kind.is_made_for(each, resource.owner, resource.name, cloud.account)
        if each is not resource and here and kind.gives_way(each):
            yield Change("duplicate", f"{each.name} (ID {each.id}), never used", None, GIVES_WAY, each)


def second(cloud: Cloud, kind: Kind, resource: Resource | None) -> str:
    """Other duplicates, which are not removed here; those of a blueprint are reported by the run of its user."""
    if resource is None or resource.mark is None or resource.mark.source not in NO_BLUEPRINT:
        return ""
    others = [each for each in cloud.pool(kind).marked(resource.mark.key) if each.id != resource.id]
    ours = [each for each in others if each.owner == resource.owner or kind.is_on_its_way(each)]
    here = [each for each in ours if each.owner in (resource.owner, cloud.account) and not kind.gives_way(each)]
    if not here:
        return ""
    found = " and ".join(f"ID {each.id} of {each.owner}" for each in here)
    return f"a call that took effect late, or another run, has created it again ({found}): remove that"


def unplaced(kind: Kind, resource: Resource | None) -> str:
    """Why an object does not reach its declared state, in the scheduler's words."""
    if resource is None or not resource.scheduling or not kind.is_busy(resource):
        return ""
    return f"its state is {kind.state_name(resource)} ({resource.scheduling})"
