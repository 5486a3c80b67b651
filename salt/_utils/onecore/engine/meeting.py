"""Two runs that create the same object at the same time.

Nothing hinders the other one, be it on a master that shares nothing with this. OpenNebula refuses the second of what it
knows by name, or by address; who is refused looks again, and continues with what the other run has made.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..basics.errors import ActionError, AllocateError, InternalError, RefusedError
from ..basics.plan import Change, Order
from ..cloud.view import Cloud
from ..model.claims import Claimed, claimed_by_now
from ..model.kind import Kind
from ..model.ownership import Managed

#: The errors of such a refusal: OpenNebula has no error of its own for a name, address or membership in use.
TAKEN = (ActionError, AllocateError, InternalError, RefusedError)
#: The note about an object that another run created.
MET = "another run was making it at the same time"
BUSY = "another run was changing it at the same time"
#: How often in a row another run may make the changes of this one.
MEETINGS = 5


def made_meanwhile(cloud: Cloud, kind: Kind, order: Order) -> bool:
    """Whether these states have created the object since its pool was read.

    Raises
        RefusedError when somebody else has.
    """
    look_anew(cloud, kind, order)
    found = kind.find(cloud, order.name, order.owner)
    if found is None or found.mark is not None or not any(isinstance(each, Managed) for each in kind.fields):
        return found is not None
    if marks_later(kind) and claimed_by_now(cloud, order):
        return True
    # It may have been marked, and its note taken away, in between.
    cloud.refresh(kind, [found.id])
    now = cloud.pool(kind).by_id.get(found.id)
    if now is not None and now.mark is not None:
        return True
    subject = kind.describe(order.name, order.owner)
    raise RefusedError(
        f"{subject} has just been created by something else (ID {found.id}), and not by these states: set adopt: "
        "true to take it over, or declare another name."
    )


def look_anew(cloud: Cloud, kind: Kind, order: Order, number: int | None = None) -> None:
    """Let the next look find what another run has done: to objects, and to what else tells of them.

    number
        The one object that is meant; ``None`` for all of the kind.
    """
    if number is None:
        cloud.forget(kind)
    else:
        cloud.refresh(kind, [number])
    forget_kept(cloud, kind, order)


def forget_kept(cloud: Cloud, kind: Kind, order: Order) -> None:
    """Let the next look find what other objects tell of this one by now."""
    for each in kind.kept_in(order):
        cloud.forget(each)


def marks_later(kind: Kind) -> bool:
    """Whether an object gets its mark in a second call."""
    return any(isinstance(each, Claimed) for each in kind.fields)


def is_another(left: Iterable[Change], due: Iterable[Change], writer: str) -> bool:
    """Whether the refused changes are different now, since somebody else has made a part of them."""
    # The difference can be the same, while another call is left to remove it.
    sides = [
        [(each.path, each.old, each.new, each.write) for each in some if each.writer == writer] for some in (left, due)
    ]
    return sides[0] != sides[1]
