"""To whom an existing object with a declared name belongs: to these states, to others, or to a user who is gone."""

from __future__ import annotations

from ..basics.errors import RefusedError
from ..basics.plan import Change, Order
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind
from ..model.ownership import OWNER_FROM

#: The writer of a change that the engine makes itself: it gives an object to the user with the name of its former
#: owner.
GIVEN_BACK = "given back"


def refuse_moved(cloud: Cloud, kind: Kind, order: Order, subject: str) -> None:
    """Raise RefusedError if the missing object was created before, and somebody has renamed it or given it away.

    If users can copy objects of the kind, a copy looks the same, and must not block a run.
    """
    mark = order.wanted["managed"].mark
    if mark is None or kind.copied:
        return
    for each in cloud.pool(kind).with_mark(mark.key):
        if kind.is_part_of_another(each):
            # It has the mark of the object that it is a part of.
            continue
        if each.mark is None:
            raise RefusedError(
                f"{subject} was created, and has since been renamed to {each.name} (ID {each.id}): rename it back, "
                "remove it, or declare another name."
            )
        here = each.owner == order.owner or kind.awaits_handover(cloud.account, each)
        if kind.owners is not None and each.mark is not None and not here:
            raise RefusedError(
                f"{subject} was created, and has since been given to {each.owner} (ID {each.id}): give it back, "
                "remove it, or declare another name."
            )


def given_away(cloud: Cloud, kind: Kind, order: Order) -> Resource | None:
    """The declared object if another user gives it away."""
    giver = order.wanted.get(OWNER_FROM.name)
    return None if giver is None else cloud.find(kind, order.name, giver)


def is_orphaned(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None) -> bool:
    """Whether the owner of an object no longer exists; a new user may have the same name."""
    if resource is None or kind.owners is None or not kind.per_owner:
        return False
    if resource.owner == order.wanted.get(OWNER_FROM.name):
        return False
    user = cloud.find(kind.owners, order.user)
    return user is None or user.id != resource.uid


def given_back(order: Order, resource: Resource, subject: str) -> Change:
    """The change of an object whose owner is gone to the user who has that name now, if allowed."""
    gone = f"user {resource.uid}, who no longer exists"
    if not order.desired.adopt:
        raise RefusedError(
            f"{subject} (ID {resource.id}) belongs to {gone}: set adopt: true to give it to the user who has that "
            "name now, or remove it."
        )
    return Change("owner", gone, order.owner, GIVEN_BACK, field="owner", disruptive=False)


def is_taken_over(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None, subject: str) -> bool:
    """Whether an object must be taken over; raises RefusedError if that is not allowed."""
    if resource is None or not kind.is_foreign(order, resource):
        return False
    if not order.desired.adopt:
        cloud.exclude(kind, order.name, order.owner)
        raise RefusedError(
            f"{subject} exists (ID {resource.id}) and was not created by these states: set adopt: true to take it "
            "over, or declare another name."
        )
    return True
