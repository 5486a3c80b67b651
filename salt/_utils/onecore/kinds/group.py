"""Groups."""

from __future__ import annotations

from collections.abc import Sequence

from ..basics.errors import RefusedError
from ..basics.plan import Change, Order
from ..cloud.directory import GROUPS, USERS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import claims
from ..model.about import About
from ..model.attributes import Attributes
from ..model.claims import CLAIMED
from ..model.default_vdc import DefaultVdc, kept_in, moves, write_default_vdc
from ..model.grants import Resources, left, write_resources
from ..model.kind import Kind
from ..model.members import Members
from ..model.mirrors import show_administrator, show_no_administrator
from ..model.quota import Quota, refuse_unlimited, write_quota
from ..model.vdcs import DEFAULT

_QUOTA = Quota("quota", writer="quota")


class Admins(Members):
    """The administrators of a group, who are members of it and stay members afterwards."""

    def foresee(self, cloud: Cloud, name: str, resource: Resource | None, change: Change) -> None:
        if resource is None:
            return
        for number in change.write[0]:
            show_administrator(cloud, resource.id, number)
        for number in change.write[1]:
            show_no_administrator(cloud, resource.id, number)


_FIELDS = (
    Admins(
        "admins",
        USERS,
        "ADMINS/ID",
        mirrored="administers",
        writer="admins",
        doc=(
            "Names of all its administrators. A user who is not yet a member becomes one; a user who is no longer "
            "listed stays a member."
        ),
        example="[alice]",
    ),
    Resources("resources", writer="resources"),
    DefaultVdc("default_vdc", writer="default_vdc"),
    _QUOTA,
    CLAIMED,
)


def _allocate(cloud: Cloud, order: Order) -> int:
    number = cloud.call("one.group.allocate", order.name)
    # OpenNebula has added it there.
    cloud.refresh_known(VDCS, [DEFAULT])
    return number


def _in_use(cloud: Cloud, resource: Resource) -> None:
    if not resource.ids("USERS"):
        return
    # Read again: users may have left the group, or been deleted, since.
    users = [number for number in cloud.read(GROUPS, resource.id).ids("USERS") if not cloud.leaving("oneuser", number)]
    if users:
        known = cloud.pool(USERS).by_id
        names = sorted(known[number].name if number in known else f"ID {number}" for number in users)
        raise RefusedError(
            f"group {resource.name} (ID {resource.id}) still has {len(users)} "
            f"user{'s' if len(users) > 1 else ''}: {', '.join(names[:5])}"
            f"{' …' if len(names) > 5 else ''}. Move or remove them first."
        )


def _write_admins(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Add or remove administrators of the group."""
    # Read again: users may have joined since.
    members = cloud.read(GROUPS, resource.id).ids("USERS")
    for change in changes:
        added, removed = change.write
        # Only a member can administer a group.
        joining = [number for number in added if number not in members]
        for number in joining:
            cloud.call("one.user.addgroup", number, resource.id)
        for number in added:
            cloud.call("one.group.addadmin", resource.id, number)
        for number in removed:
            cloud.call("one.group.deladmin", resource.id, number)
        if joining:
            cloud.refresh(USERS, joining)


def _note(cloud: Cloud, order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    beyond = left(resource, order.due("resources"))
    kept = kept_in(resource, order.due("default_vdc")) if "default_vdc" in order.wanted else ""
    return ". ".join(filter(None, (beyond, kept)))


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    if _QUOTA.name in order.wanted:
        refuse_unlimited(cloud, _QUOTA.changes(resource, order.due(_QUOTA.name)))


GROUP = Kind.of(
    GROUPS,
    about=About(
        rights=(
            "the account creates groups with CREATE on GROUP and changes or removes them with ADMIN; to make somebody "
            "an administrator it needs ADMIN on the user as well, MANAGE on ACL to let its members create objects, "
            "and ADMIN on VDC to remove it from ``default``."
        ),
        example="eole",
        declared="""
        - admins: [alice]
        - quota: {vms: 100, memory: 256G}
        """,
        kept="one with members",
    ),
    fields=(
        *_FIELDS,
        Attributes(_FIELDS, elsewhere={"USERS": "set groups of the users"}, example="{DESCRIPTION: QA team}"),
    ),
    create=claims.bare(_allocate),
    writers={
        # Before the mark: a group without a mark is still recognized as one that was being created.
        "resources": write_resources,
        "default_vdc": write_default_vdc,
        "update": claims.update("one.group"),
        "admins": _write_admins,
        "quota": write_quota("one.group"),
    },
    remove=lambda cloud, resource: cloud.call("one.group.delete", resource.id),
    in_the_way=_in_use,
    check=_check,
    note=_note,
    disturbing=moves,
)
