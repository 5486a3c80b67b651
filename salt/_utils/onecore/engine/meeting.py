"""Two runs that create the same object at the same time.

Runs of two masters cannot lock each other. OpenNebula refuses the second object with the same name or address. The
refused run reads again, and continues with the object of the other run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from ..basics.errors import ActionError, AllocateError, AuthorizationError, InternalError, OneError, RefusedError
from ..basics.plan import Change, Order
from ..cloud.collection import Collection
from ..cloud.pacing import PAUSES
from ..cloud.procedure import Moment, Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import settled
from ..model.claims import Claimed, claimed_by_now
from ..model.kind import Kind
from ..model.ownership import Managed

#: The error codes of such a refusal: OpenNebula has no code for a name, address or membership in use.
TAKEN = (ActionError, AllocateError, InternalError, RefusedError)
#: The note about an object that another run created.
MET = "another run was creating it at the same time"
BUSY = "another run was changing it at the same time"
#: The state of an object that forbids the call, in OpenNebula's message.
_WRONG_STATE = re.compile(r"wrong state (\w+)")
#: How many times in a row another run may make the changes of this one.
MEETINGS = 5


def created_meanwhile(cloud: Cloud, kind: Kind, order: Order) -> bool:
    """Whether these states have created the object since its pool was read.

    Raises
        RefusedError when somebody else has.
    """
    drop_read_data(cloud, kind, order)
    found = kind.find(cloud, order.name, order.owner)
    if found is None or found.mark is not None or not any(isinstance(each, Managed) for each in kind.fields):
        return found is not None
    if marks_later(kind) and claimed_by_now(cloud, order):
        return True
    # Meanwhile, it may have been marked, and its note removed.
    cloud.refresh(kind, [found.id])
    now = cloud.pool(kind).by_id.get(found.id)
    if now is not None and now.mark is not None:
        return True
    subject = kind.describe(order.name, order.owner)
    raise RefusedError(
        f"{subject} has just been created by something else (ID {found.id}), and not by these states: set adopt: "
        "true to take it over, or declare another name."
    )


def is_met(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None) -> bool:
    """Whether another run has created or marked the object since its pool was read."""
    if resource is None:
        return created_meanwhile(cloud, kind, order)
    if resource.mark is not None or not marks_later(kind):
        return False
    drop_read_data(cloud, kind, order, resource.id)
    now = cloud.pool(kind).by_id.get(resource.id)
    return now is not None and now.mark is not None


def drop_read_data(cloud: Cloud, kind: Kind, order: Order, number: int | None = None) -> None:
    """Drop the read data, so that the next comparison finds the changes of another run.

    number
        The ID of the object; ``None`` for all of the kind.
    """
    if number is None:
        cloud.forget(kind)
    else:
        cloud.refresh(kind, [number])
    drop_recorded_in(cloud, kind, order)


def drop_recorded_in(cloud: Cloud, kind: Kind, order: Order) -> None:
    """Drop the read data of other objects in which this one is recorded, such as groups with their administrators."""
    for each in kind.kept_in(order):
        cloud.forget(each)


def let_arrive(cloud: Cloud, refusal: OneError) -> Procedure:
    """Wait until the objects that are in the way can be read: OpenNebula leases an address before it adds the VM that
    another run creates to the pool.

    Returns whether one of them has arrived, which the call did not know.
    """
    unknown = [each for each in refusal.holders if each[1] not in cloud.pool(each[0]).by_id]

    def left() -> list[tuple[Collection, int]]:
        return [each for each in unknown if each[1] not in cloud.pool(each[0]).by_id]

    # What this account may not see is there for others: the refusal stays.
    with suppress(AuthorizationError):
        for pause in PAUSES:
            for collection, number in left():
                cloud.refresh(collection, [number])
            if not left():
                break
            yield Moment(pause, "an object of another run to be there")
    return len(left()) < len(unknown)


def let_finish(cloud: Cloud, kind: Kind, resource: Resource, refusal: OneError) -> Procedure:
    """Wait until OpenNebula has carried out the change of another run, which is why it has refused this one's.

    resource
        The object as it was read after the refusal.

    Returns whether another run was the reason: then the call may be accepted now.
    """
    parts = kind.parts(cloud, resource) if kind.parts is not None else []
    for part, each in parts:
        cloud.refresh(part, [each.id])
    # Its state in the message may be over by now.
    said = _WRONG_STATE.search(str(refusal))
    states, waited = set(), False
    for collection, number in [(kind, resource.id), *((part, each.id) for part, each in parts)]:
        now = cloud.pool(collection).by_id.get(number)
        if now is not None and collection.is_busy(now) and not collection.is_unplaced(now):
            yield settled(collection, number, collection.describe(now.name, now.owner), placed=False)
            waited = True
        elif now is not None and collection.settled is not None:
            states.add(collection.state_name(now))
    return waited or (said is not None and bool(states) and said[1] not in states)


def marks_later(kind: Kind) -> bool:
    """Whether an object gets its mark in a second call."""
    return any(isinstance(each, Claimed) for each in kind.fields)


def is_another(left: Iterable[Change], due: Iterable[Change], writer: str) -> bool:
    """Whether the refused changes are different now, since another run has made a part of them."""
    # The difference can be the same although another call is needed to remove it.
    sides = [
        [(each.path, each.old, each.new, each.write) for each in some if each.writer == writer] for some in (left, due)
    ]
    return sides[0] != sides[1]
