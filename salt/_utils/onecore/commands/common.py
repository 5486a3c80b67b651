"""The commands that every kind of object has, each written once.

A command is a function of the cloud and the kind, followed by the user's arguments: ``target``, an object by name or
ID, which each module names differently (``vnet``), further arguments, and the owner. ``option`` is an additional
parameter of OpenNebula's call for some kinds.

Its docstring is user documentation, in paragraphs: purpose, each argument, the rights it needs, and examples, a call a
line without the command itself. Words in braces are replaced for each kind; :mod:`.description` adds ``target``,
``owner`` and ``profile``, which are the same for all commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..basics.plan import shown
from ..basics.syntax import render
from ..basics.values import OCTAL, object_name
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import permission_bits
from ..cloud.view import Cloud
from ..model.writers import KEEP
from . import objects
from .objects import act, attributes, chosen, identified, make, optional, tree, whole

_LEVELS = {"use": 1, "manage": 2, "admin": 3, "all": 4}


def list_(cloud: Cloud, kind: Collection, *, owner: str | None = None) -> list[dict[str, Any]]:
    """Return the {title}s that the account may see, sorted by ID: for each {told} and ``managed``, the mark of what
    Salt created.

    owner
        Name of the user whose {title}s to list. Defaults to all users.

    Rights: USE on the listed objects.

    {whose} --out=json
    """
    if owner is not None:
        object_name(USERS.title, owner)
    rows = []
    for each in sorted(cloud.pool(kind), key=lambda each: each.id):
        if owner is not None and each.owner != owner:
            continue
        row: dict[str, Any] = {"id": each.id, "name": each.name}
        if kind.owners is not None:
            row["owner"] = each.owner
        if each.group:
            row["group"] = each.group
        if kind.has_states:
            row["state"] = kind.state_name(each)
        rows.append({**row, "managed": each.managed or None})
    return rows


def show(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> dict[str, Any]:
    """Return all data of {a}, as nested dictionaries in OpenNebula's terms.

    Rights: USE on the {title}.

    {example} {whose}
    7
    """
    # Secrets are masked, and empty values are ``None``.
    return shown(tree(whole(cloud, kind, target, owner).element))


def create(cloud: Cloud, kind: Collection, name: Any, template: Any, *option: Any) -> int:
    """Create {a} for the account that Salt connects as; returns its ID.

    name
        Its name.

    template
        Its attributes, as a mapping or as OpenNebula's text.

    Rights: CREATE on {type}.

    {example} "{{DESCRIPTION: made by hand}}"
    """
    named = {**attributes(template), "NAME": object_name(kind.title, name)}
    return cloud.call(f"{kind.prefix}.allocate", render(named), *option)


def clone(cloud: Cloud, kind: Collection, target: Any, name: Any, *option: Any, owner: str | None = None) -> int:
    """Copy {a}; returns the ID of the copy, which belongs to the account.

    name
        Name of the copy.

    Rights: CREATE on {type}, USE on the {title}.

    {example} {example}-copy {whose}
    """
    return make(cloud, kind, target, owner, "clone", object_name(kind.title, name), *option)


def delete(cloud: Cloud, kind: Collection, target: Any, *option: Any, owner: str | None = None) -> bool:
    """Delete {a}, managed by Salt or not.

    Rights: MANAGE on the {title}.

    {example}-old {whose}
    """
    return act(cloud, kind, target, owner, "delete", *option)


def update(
    cloud: Cloud, kind: Collection, target: Any, template: Any, append: Any = True, *, owner: str | None = None
) -> bool:
    """Write attributes of {a}.

    template
        The attributes, as a mapping or as OpenNebula's text.

    append
        Merge them into the existing ones. ``False`` replaces all of them. Defaults to ``True``.

    Rights: MANAGE on the {title}.

    {example} "{{DESCRIPTION: made by hand}}" {whose}
    """
    return objects.update(cloud, kind, target, owner, template, append)


def rename(cloud: Cloud, kind: Collection, target: Any, name: Any, *, owner: str | None = None) -> bool:
    """Rename {a}; its ID and everything else stay.

    name
        The new name, at most 128 bytes, without any of ``& | : \\ " ; / ' # {{ }} $ < >``.

    Rights: MANAGE on the {title}.

    {example} {example}-old {whose}
    """
    return act(cloud, kind, target, owner, "rename", object_name(kind.title, name))


def chown(
    cloud: Cloud, kind: Collection, target: Any, user: Any, group: Any = None, *, owner: str | None = None
) -> bool:
    """Give {a} to another user.

    user
        The new owner, by name or ID.

    group
        Its new group, by name or ID. Defaults to the current one.

    Rights: MANAGE on the {title} and on the user, USE on the group.

    {example} bob {whose}
    """
    return act(cloud, kind, target, owner, "chown", identified(cloud, USERS, user), optional(cloud, GROUPS, group))


def chgrp(cloud: Cloud, kind: Collection, target: Any, group: Any, *, owner: str | None = None) -> bool:
    """Give {a} to another group.

    group
        The new group, by name or ID.

    Rights: MANAGE on the {title}, USE on the group.

    {example} users {whose}
    """
    return act(cloud, kind, target, owner, "chown", KEEP, identified(cloud, GROUPS, group))


def chmod(cloud: Cloud, kind: Collection, target: Any, octet: Any, *option: Any, owner: str | None = None) -> bool:
    """Set the permissions of {a}.

    octet
        Three octal digits as a text: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    Rights: MANAGE on the {title}; ADMIN to change who has ADMIN.

    {example} "'640'" {whose}
    """
    bits = permission_bits(OCTAL.wanted("octet", octet))
    return act(cloud, kind, target, owner, "chmod", *bits, *option)


def lock(cloud: Cloud, kind: Collection, target: Any, level: Any = "use", *, owner: str | None = None) -> bool:
    """Lock {a} against changes.

    level
        The operations that are refused until it is unlocked: ``use`` (the default, and the same as ``all``) what needs
        USE, MANAGE or ADMIN, ``manage`` what needs MANAGE or ADMIN, ``admin`` what needs ADMIN.

    Rights: MANAGE on the {title}.

    {example} level=admin {whose}
    """
    return act(cloud, kind, target, owner, "lock", chosen("level", level, _LEVELS))


def unlock(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> bool:
    """Unlock {a}.

    Rights: MANAGE on the {title}; who locked it, or a member of group ``oneadmin``.

    {example} {whose}
    """
    return act(cloud, kind, target, owner, "unlock")


#: Each command by its name.
COMMANDS: dict[str, Callable[..., Any]] = {
    each.__name__.rstrip("_"): each
    for each in (list_, show, create, clone, delete, update, rename, chown, chgrp, chmod, lock, unlock)
}
