"""How an object stands to its declaration before the two are compared: whose it is, and whether it is there once."""

from __future__ import annotations

from collections.abc import Iterator

from ..basics.errors import RefusedError
from ..basics.plan import NO_BLUEPRINT, Change, Order
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind

#: The writers of changes that the engine makes by itself: an object goes to the user who bears its owner's name; one of
#: which nothing has come is removed, where another run has made the same.
GIVEN_BACK, GIVES_WAY = "given back", "gives way"


def refuse_given_away(cloud: Cloud, kind: Kind, order: Order) -> None:
    """Raise RefusedError when the object exists, and somebody has given it to another user."""
    key = (kind.cli, order.desired.managed.rpartition("/")[2], order.name)
    away = cloud.pool(kind).marked(key) if kind.owners is not None else []
    for each in away:
        if each.owner not in (order.owner, cloud.account):
            raise RefusedError(
                f"{kind.describe(order.name, order.owner)} was made, and given to {each.owner} since (ID {each.id}): "
                "give it back, remove it, or declare another name."
            )


def is_orphaned(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None) -> bool:
    """Whether the object belongs to a user number that is gone, though a user of that name may be there again."""
    if resource is None or kind.owners is None or not kind.per_owner:
        return False
    user = cloud.find(kind.owners, order.user)
    return user is None or user.id != resource.uid


def given_back(kind: Kind, order: Order, resource: Resource) -> Change:
    """The change of an object whose owner is gone to the user who bears that name now, where there is leave."""
    gone = f"user {resource.uid}, who is gone"
    if not order.desired.adopt:
        raise RefusedError(
            f"{kind.describe(order.name, order.owner)} (ID {resource.id}) belongs to {gone}: say adopt: true to give "
            "it to the user who bears that name now, or remove it."
        )
    return Change("owner", gone, order.owner, GIVEN_BACK, field="owner", disruptive=False)


def is_taken_over(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None) -> bool:
    """Whether the object is somebody else's and to be taken over; raises RefusedError where it must not be."""
    if resource is None or not kind.is_foreign(order, resource):
        return False
    if not order.desired.adopt:
        cloud.withhold(kind, order.name, order.owner)
        raise RefusedError(
            f"{kind.describe(order.name, order.owner)} exists (ID {resource.id}) and was not made by these states: say "
            "adopt: true to take it over, or declare another name."
        )
    return True


def twins(cloud: Cloud, kind: Kind, resource: Resource | None) -> Iterator[Change]:
    """What else was made to be this object, and gives way: a call took effect late, or a run died half way."""
    if resource is None or resource.mark is None:
        return
    for each in cloud.pool(kind).marked(resource.mark.key):
        here = each.owner in (resource.owner, cloud.account)
        if each is not resource and here and kind.gives_way(each):
            yield Change("twin", f"{each.name} (ID {each.id}), never used", None, GIVES_WAY, each)


def second(cloud: Cloud, kind: Kind, resource: Resource | None) -> str:
    """What else was made to be this object and does not go by itself; where a blueprint made it, its run tells."""
    if resource is None or resource.mark is None or resource.mark.source not in NO_BLUEPRINT:
        return ""
    others = [each for each in cloud.pool(kind).marked(resource.mark.key) if each.id != resource.id]
    here = [each for each in others if each.owner in (resource.owner, cloud.account) and not kind.gives_way(each)]
    if not here:
        return ""
    told = " and ".join(f"ID {each.id} of {each.owner}" for each in here)
    return f"a call that took effect late, or another run, has made it once more ({told}): remove that"


def unplaced(kind: Kind, resource: Resource | None) -> str:
    """What keeps an object from getting to where it is declared to be, in the scheduler's words."""
    if resource is None or not resource.scheduling or not kind.is_busy(resource):
        return ""
    return f"its state is {kind.state_name(resource)} ({resource.scheduling})"
