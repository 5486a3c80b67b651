"""Checks before the first write call: the declaration is complete and allowed, and its references exist."""

from __future__ import annotations

from collections.abc import Sequence

from ..basics.errors import ArgumentError, DisturbanceError
from ..basics.plan import Change, Order, both_shown, one_side
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind


def refuse_disturbance(kind: Kind, order: Order, resource: Resource | None, changes: Sequence[Change]) -> None:
    """Raise DisturbanceError for changes that disturb running VMs, unless disruption is allowed."""
    if resource is None or order.desired.disruption or kind.disturbing is None:
        return
    disturbing = kind.disturbing(order, resource, changes)
    if disturbing:
        sides = [(change.path, both_shown(change)) for change in disturbing]
        said = "; ".join(f"{path} from {one_side(side['old'])} to {one_side(side['new'])}" for path, side in sides)
        raise DisturbanceError(f"this would disturb running VMs: {said}. Set disruption: allow to carry it out.")


def check_references(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None, orphaned: bool) -> None:
    """Raise OneError unless the owner and all referenced objects exist, or will exist by then."""
    new = resource is None or orphaned or resource.owner != order.owner
    given = kind.per_owner and new and order.owner != cloud.account
    if given and kind.owners is not None:
        cloud.require(kind.owners, order.user, None, "owner")
    for reference in kind.every_reference(order):
        owner = reference.kind.owner_of(reference.owner, cloud.account)
        cloud.require(reference.kind, reference.name, owner, reference.why)


def refuse_incomplete(kind: Kind, order: Order) -> None:
    """Raise ArgumentError if a new object lacks a required value."""
    missing = kind.missing(order)
    if missing:
        raise ArgumentError(f"To create it, {' and '.join(missing)} must be given.")
