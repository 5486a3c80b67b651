"""Groups."""

from __future__ import annotations

from typing import Any

from ..basics.errors import RefusedError
from ..basics.plan import Change, Order
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import claims
from ..model.about import About
from ..model.attributes import Attributes
from ..model.claims import CLAIMED
from ..model.grants import Resources, left, write_resources
from ..model.kind import Kind
from ..model.members import Members
from ..model.quota import Quota, write_quota

_FIELDS = (
    Members(
        "admins",
        USERS,
        "ADMINS/ID",
        writer="admins",
        doc=(
            "Names of all its administrators. One that is no member yet becomes one; one that is not listed stays a "
            "member."
        ),
        example="[alice]",
    ),
    Resources("resources", writer="resources"),
    Quota("quota", writer="quota"),
    CLAIMED,
)


def _create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> int:
    """Allocate; its attributes follow in an update, since the call takes a name only."""
    rest = {name: value for name, value in attributes.items() if name != "NAME"}
    return claims.made(cloud, order, rest, lambda: cloud.call("one.group.allocate", order.name))


def _in_use(cloud: Cloud, resource: Resource) -> None:
    if not resource.ids("USERS"):
        return
    # Read anew: users may have gone since, or moved to another group.
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
    """Make users administrators of the group, or no longer."""
    # Read anew: users may have joined since.
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


GROUP = Kind.of(
    GROUPS,
    about=About(
        rights=(
            "the account creates groups with CREATE on GROUP and changes or removes them with ADMIN; to make somebody "
            "an administrator it needs ADMIN on the user as well, and MANAGE on ACL to let its members create "
            "something."
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
        Attributes(_FIELDS, elsewhere={"USERS": "say groups of the users"}, example="{DESCRIPTION: QA team}"),
    ),
    create=_create,
    writers={
        # Before the mark: without one it is still known as a group that was just being made.
        "resources": write_resources,
        "update": claims.update("one.group"),
        "admins": _write_admins,
        "quota": write_quota("one.group"),
    },
    remove=lambda cloud, resource: cloud.call("one.group.delete", resource.id),
    in_the_way=_in_use,
    note=lambda order, resource, changes: left(resource, order.due("resources")),
)
