"""What the execution modules do with one object: find it, show it, call one API method on it.

Each function takes the cloud and the kind first, then what a person typed: an object by name or ID, whose it is,
and the arguments of the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.errors import ArgumentError, MissingError
from ..basics.plan import shown
from ..basics.syntax import parse, render
from ..basics.values import OCTAL, Choice, object_name
from ..cloud.directory import DATASTORES
from ..cloud.resource import Resource, permission_bits
from ..cloud.view import Cloud
from ..kinds.group import GROUP
from ..kinds.user import USER
from ..model.kind import Kind
from ..model.writers import KEEP, MERGE

#: The ``update`` calls' first way: what is sent is all there is.
REPLACE = 0
_LEVELS = {"use": 1, "manage": 2, "admin": 3, "all": 4}


def find(cloud: Cloud, kind: Kind, target: Any, owner: str | None = None) -> Resource:
    """The object that ``target`` names.

    target
        Its ID as a number, or its name.
    owner
        Whose object of that name; for a name without an owner the converging account's is meant, or else the only
        one of that name.

    Raises
        MissingError, AmbiguousError when one owner has several of that name, ArgumentError when several owners have
        one.
    """
    if isinstance(target, int) and not isinstance(target, bool):
        return cloud.read(kind, target)
    object_name(kind.title, target)
    if not kind.per_owner:
        return cloud.get(kind, target)
    if owner is not None:
        object_name(USER.title, owner)
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
        raise ArgumentError(f"There are {len(named)} of {kind.title} {name} ({owners}): say whose with owner=.")
    return named[0] if named else None


# -- telling -----------------------------------------------------------------------------------------------------


def listing(cloud: Cloud, kind: Kind, owner: str | None = None) -> list[dict[str, Any]]:
    """Every object of a kind, or those of one owner, as the CLI lists them: sorted by ID."""
    if owner is not None:
        object_name(USER.title, owner)
    rows = []
    for each in sorted(cloud.pool(kind), key=lambda each: each.id):
        if owner is not None and each.owner != owner:
            continue
        row: dict[str, Any] = {"id": each.id, "name": each.name}
        if kind.per_owner:
            row["owner"] = each.owner
        if each.group:
            row["group"] = each.group
        if kind.settled is not None:
            row["state"] = kind.settled.name(kind.state(each))
        rows.append({**row, "managed": each.managed or None})
    return rows


def show(cloud: Cloud, kind: Kind, target: Any, owner: str | None = None) -> dict[str, Any]:
    """All that OpenNebula tells about one object, in its own words; secrets are hidden, what is empty is ``None``."""
    return shown(_tree(whole(cloud, kind, target, owner).element))


def whole(cloud: Cloud, kind: Kind, target: Any, owner: str | None = None) -> Resource:
    """The object with all its parts: a pool leaves some out, such as a network's leases."""
    if not isinstance(target, int):
        target = find(cloud, kind, target, owner).id
    return find(cloud, kind, target)


def _tree(element: Any) -> Any:
    """An element as its text or as a mapping of what is below it, with a list for what is repeated."""
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_tree(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


# -- acting ------------------------------------------------------------------------------------------------------


def act(cloud: Cloud, kind: Kind, target: Any, owner: str | None, verb: str, *params: Any) -> bool:
    """Call ``<prefix>.<verb>`` on an object with further parameters; ``True`` when OpenNebula accepts it."""
    make(cloud, kind, target, owner, verb, *params)
    return True


def make(cloud: Cloud, kind: Kind, target: Any, owner: str | None, verb: str, *params: Any) -> int:
    """The same for a call that makes something; returns the ID of what it made."""
    return cloud.call(f"{kind.prefix}.{verb}", find(cloud, kind, target, owner).id, *params)


def allocate(
    cloud: Cloud, kind: Kind, name: str, template: Any, place_kind: Kind | None = None, place: Any = None
) -> int:
    """Call ``<prefix>.allocate`` for a new object of that name; returns its ID.

    template
        Its attributes, as a mapping or as OpenNebula's text.
    place_kind, place
        The cluster or datastore that calls of some kinds take besides.
    """
    named = {**attributes(template), "NAME": object_name(kind.title, name)}
    params = () if place_kind is None else (number(cloud, place_kind, place),)
    return cloud.call(f"{kind.prefix}.allocate", render(named), *params)


def clone(cloud: Cloud, kind: Kind, target: Any, owner: str | None, name: Any, datastore: Any) -> int:
    """Copy an image into a datastore; ``None`` is its own. Returns the ID of the copy."""
    place = number(cloud, DATASTORES, datastore)
    return make(cloud, kind, target, owner, "clone", object_name(kind.title, name), place)


def write(cloud: Cloud, kind: Kind, target: Any, owner: str | None, verb: str, template: Any) -> bool:
    """Call ``<prefix>.<verb>`` on an object with a template, as a mapping or as OpenNebula's text."""
    return act(cloud, kind, target, owner, verb, text(template))


def update(
    cloud: Cloud, kind: Kind, target: Any, owner: str | None, template: Any, append: bool, verb: str = "update"
) -> bool:
    """Write attributes of an object: merged into those that are there, or instead of them."""
    return act(cloud, kind, target, owner, verb, text(template), MERGE if append else REPLACE)


def chown(cloud: Cloud, kind: Kind, target: Any, owner: str | None, user: Any, group: Any = None) -> bool:
    """Give an object to a user, a group or both; ``None`` leaves the one that is there."""
    uid, gid = number(cloud, USER, user), number(cloud, GROUP, group)
    return act(cloud, kind, target, owner, "chown", uid, gid)


def chmod(cloud: Cloud, kind: Kind, target: Any, owner: str | None, octet: Any, *more: Any) -> bool:
    """Set the permissions of an object, given as three octal digits."""
    return act(cloud, kind, target, owner, "chmod", *permission_bits(OCTAL.wanted("octet", octet)), *more)


def rename(cloud: Cloud, kind: Kind, target: Any, owner: str | None, name: Any) -> bool:
    """Give an object another name."""
    return act(cloud, kind, target, owner, "rename", object_name(kind.title, name))


def lock(cloud: Cloud, kind: Kind, target: Any, owner: str | None, level: str) -> bool:
    """Lock an object against operations up to a level."""
    return act(cloud, kind, target, owner, "lock", chosen("level", level, _LEVELS))


def relate(cloud: Cloud, kind: Kind, target: Any, verb: str, other_kind: Kind, other: Any) -> bool:
    """Call ``<prefix>.<verb>`` on an object and another one, given by name or ID."""
    return act(cloud, kind, target, None, verb, find(cloud, other_kind, other).id)


# -- arguments ---------------------------------------------------------------------------------------------------


def attributes(template: Any) -> dict[str, Any]:
    """A template as a mapping, given as one or as OpenNebula's text; ``None`` is an empty one."""
    if template is None:
        return {}
    if isinstance(template, str):
        return parse(template)
    if isinstance(template, Mapping):
        return dict(template)
    raise ArgumentError(f"A template is a mapping of attributes or OpenNebula's text, not {template!r}.")


def text(template: Any) -> str:
    """A template as OpenNebula's text; a text is taken as it is."""
    return template if isinstance(template, str) else render(attributes(template))


def number(cloud: Cloud, kind: Kind, target: Any, owner: str | None = None) -> int:
    """The ID of an object given by name or ID; -1 for ``None``, which calls take for "as it is" or "any"."""
    return KEEP if target is None else find(cloud, kind, target, owner).id


def chosen(argument: str, word: Any, numbers: Mapping[str, int]) -> int:
    """The number that a word stands for; raises ArgumentError with all the words."""
    return numbers[Choice(*numbers).wanted(argument, word)]
