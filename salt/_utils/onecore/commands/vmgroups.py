"""Commands of VM groups, in addition to the common ones: roles, by name or ID."""

from __future__ import annotations

from typing import Any

from ..basics.errors import MissingError
from ..basics.syntax import render
from ..cloud.view import Cloud
from ..kinds.vmgroup import roles_of
from ..model.kind import Kind
from .objects import act, attributes, find


def add_role(cloud: Cloud, kind: Kind, group: Any, owner: str | None, role: Any, given: Any) -> bool:
    """Add a role."""
    text = render({"ROLE": {**attributes(given), "NAME": str(role)}})
    return act(cloud, kind, group, owner, "roleadd", text)


def update_role(cloud: Cloud, kind: Kind, group: Any, owner: str | None, role: Any, given: Any) -> bool:
    """Write attributes of a role; others are not changed."""
    return act(cloud, kind, group, owner, "roleupdate", _role(cloud, kind, group, owner, role), _text(given))


def delete_role(cloud: Cloud, kind: Kind, group: Any, owner: str | None, role: Any) -> bool:
    """Remove a role."""
    return act(cloud, kind, group, owner, "roledelete", _role(cloud, kind, group, owner, role))


def _text(given: Any) -> str:
    return render({"ROLE": attributes(given)})


def _role(cloud: Cloud, kind: Kind, group: Any, owner: str | None, role: Any) -> int:
    """The ID of a role."""
    if isinstance(role, int) and not isinstance(role, bool):
        return role
    resource = find(cloud, kind, group, owner)
    for each in roles_of(resource):
        if each.get("NAME") == role:
            return each.number("ID")
    raise MissingError(f"{kind.describe(resource.name, resource.owner)} has no role {role}.")
