"""What the execution modules do with one object: find it, show it, call one API method on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .cloud import Cloud
from .errors import ArgumentError, MissingError
from .kinds.base import Kind
from .kinds.cluster import CLUSTER
from .kinds.group import GROUP
from .kinds.user import USER
from .resource import Resource, permission_bits
from .syntax import from_element, render
from .values import OCTAL, object_name

#: Elements that are passwords or digests of them, and never shown.
HIDDEN = {"PASSWORD", "TOKEN_PASSWORD", "LOGIN_TOKEN", "SALT_PASSWORD_DIGEST"}


def find(cloud: Cloud, kind: Kind, target: Any, owner: str | None = None) -> Resource:
    """The object that ``target`` names.

    target
        Its ID as a number, or its name.
    owner
        Whose object of that name; for a name without an owner the converging account's is meant, or else the only
        one of that name.

    Raises
        MissingError, or AmbiguousError when several have the name.
    """
    if isinstance(target, int) and not isinstance(target, bool):
        return cloud.read(kind, target)
    object_name(kind.title, target)
    if not kind.owned:
        return cloud.get(kind, target)
    found = cloud.find(kind, target, owner or cloud.account)
    if found is None and owner is None:
        found = _only(cloud, kind, target)
    if found is None:
        raise MissingError(f"{kind.describe(target, owner)} does not exist.")
    return found


def _only(cloud: Cloud, kind: Kind, name: str) -> Resource | None:
    named = [each for each in cloud.pool(kind) if each.name == name]
    if len(named) > 1:
        owners = ", ".join(sorted({each.owner for each in named}))
        raise ArgumentError(f"{len(named)} users have a {kind.title} {name} ({owners}): say whose with owner=.")
    return named[0] if named else None


def listing(cloud: Cloud, kind: Kind, owner: str | None = None) -> list[dict[str, Any]]:
    """Every object of a kind, or those of one owner, as the CLI lists them: sorted by ID."""
    rows = []
    for each in sorted(cloud.pool(kind), key=lambda each: each.id):
        if owner is not None and each.owner != owner:
            continue
        row: dict[str, Any] = {"id": each.id, "name": each.name}
        if kind.owned:
            row |= {"owner": each.owner, "group": each.group}
        if kind.settled is not None:
            row["state"] = kind.settled.name(kind.state(each))
        rows.append({**row, "managed": each.managed or None})
    return rows


def show(cloud: Cloud, kind: Kind, target: Any, owner: str | None = None) -> dict[str, Any]:
    """All that OpenNebula tells about one object, in its own words, without passwords."""
    return _without_secrets(from_element(cloud.read(kind, find(cloud, kind, target, owner).id).element))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(inner) for key, inner in value.items() if key not in HIDDEN}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value


def act(cloud: Cloud, kind: Kind, target: Any, owner: str | None, verb: str, *params: Any) -> bool:
    """Call ``<prefix>.<verb>`` on an object with further parameters; ``True`` when OpenNebula accepts it."""
    cloud.call(f"{kind.prefix}.{verb}", find(cloud, kind, target, owner).id, *params)
    return True


def allocate(cloud: Cloud, kind: Kind, template: Any, *params: Any) -> int:
    """Call ``<prefix>.allocate`` with a template, a mapping or OpenNebula's text; returns the new ID."""
    return cloud.call(f"{kind.prefix}.allocate", text(template), *params)


def text(template: Any) -> str:
    """A template as OpenNebula's text; a text is taken as it is."""
    return template if isinstance(template, str) else render(template)


def user_id(cloud: Cloud, user: Any) -> int:
    """The ID of a user given by name or ID; -1 for ``None``, which calls take for "as it is"."""
    return _id(cloud, USER, user)


def group_id(cloud: Cloud, group: Any) -> int:
    """The same for a group."""
    return _id(cloud, GROUP, group)


def cluster_id(cloud: Cloud, cluster: Any) -> int:
    """The same for a cluster."""
    return _id(cloud, CLUSTER, cluster)


def _id(cloud: Cloud, kind: Kind, target: Any) -> int:
    return -1 if target is None else find(cloud, kind, target).id


def permissions(octal: Any) -> Iterable[int]:
    """``"640"`` as the nine flags of the chmod calls."""
    return permission_bits(OCTAL.wanted("permissions", octal))
