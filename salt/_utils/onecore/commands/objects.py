"""The operations of commands on one object: find it, read it, call one API method on it.

Each function takes the cloud and the kind, followed by the user's arguments: an object by name or ID, its owner, and
the arguments of the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.errors import ArgumentError, MissingError, NoExistsError
from ..basics.secrecy import quoted
from ..basics.syntax import normalise, parse, render
from ..basics.values import TEXT, YES_NO, Choice, Integer, a, expected, object_name
from ..cloud.collection import Collection
from ..cloud.directory import EVERY, GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds import registry
from ..model.context import arriving, declared
from ..model.writers import KEEP, MERGE, REPLACE

#: The kinds of objects of commands, by the name of the CLI command.
KINDS: dict[str, Collection] = {**{each.cli: each for each in EVERY}, **registry.KINDS}
#: The highest ID that the API accepts.
_HIGHEST_ID = 2**31 - 1
_NUMERAL = Integer(0, _HIGHEST_ID)


def find(cloud: Cloud, kind: Collection, target: Any, owner: str | None = None) -> Resource:
    """The object that ``target`` names.

    target
        Its ID as a number, or its name.
    owner
        The owner of the object; without it, the object of the account, or else the only one of that name.

    Raises
        MissingError, AmbiguousError if one owner has several of that name, ArgumentError if several owners have one.
    """
    if isinstance(target, int) and not isinstance(target, bool):
        return _numbered(cloud, kind, target)
    if not isinstance(target, str):
        raise expected(kind.title, "a name or an ID", target)
    object_name(kind.title, target)
    if not kind.per_owner:
        return cloud.get(kind, target)
    if owner is not None:
        object_name(USERS.title, owner)
    found = cloud.find(kind, target, owner or cloud.account)
    if found is None and owner is None:
        found = _only(cloud, kind, target)
    if found is None:
        raise MissingError(f"{kind.describe(target, owner)} does not exist.")
    return found


def _numbered(cloud: Cloud, kind: Collection, number: int) -> Resource:
    # Some calls take -1 as the account's own object, and others reject it with a different message.
    if 0 <= number <= _HIGHEST_ID:
        try:
            return cloud.read(kind, number)
        except NoExistsError:
            pass
    raise MissingError(f"There is no {kind.title} with ID {number}.")


def _only(cloud: Cloud, kind: Collection, name: str) -> Resource | None:
    named = [each for each in cloud.pool(kind) if each.name == name]
    if len(named) > 1:
        owners = ", ".join(sorted({each.owner for each in named}))
        raise ArgumentError(f"{len(named)} users have {a(kind.title)} {name} ({owners}): specify owner=.")
    return named[0] if named else None


# -- reading -----------------------------------------------------------------------------------------------------


def whole(cloud: Cloud, kind: Collection, target: Any, owner: str | None = None) -> Resource:
    """The object with all its parts: a pool omits some, such as a network's leases."""
    if not isinstance(target, int):
        target = find(cloud, kind, target, owner).id
    return find(cloud, kind, target)


def tree(element: Any) -> Any:
    """An element as its text or as a mapping of its children, with a list for repeated ones."""
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(tree(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


# -- acting ------------------------------------------------------------------------------------------------------


def act(cloud: Cloud, kind: Collection, target: Any, owner: str | None, verb: str, *params: Any) -> bool:
    """Call ``<prefix>.<verb>`` on an object with further parameters; ``True`` if OpenNebula accepts it."""
    make(cloud, kind, target, owner, verb, *params)
    return True


def make(cloud: Cloud, kind: Collection, target: Any, owner: str | None, verb: str, *params: Any) -> int:
    """The same for a call that creates an object; returns its ID."""
    return cloud.call(f"{kind.prefix}.{verb}", find(cloud, kind, target, owner).id, *params)


def write(cloud: Cloud, kind: Collection, target: Any, owner: str | None, verb: str, template: Any) -> bool:
    """Call ``<prefix>.<verb>`` on an object with a template, as a mapping or as OpenNebula's text."""
    return act(cloud, kind, target, owner, verb, text(template))


def update(
    cloud: Cloud, kind: Collection, target: Any, owner: str | None, template: Any, append: Any, verb: str = "update"
) -> bool:
    """Write attributes of an object: merge them into the current ones, or replace these."""
    return act(cloud, kind, target, owner, verb, text(template), update_mode(append))


def relate(
    cloud: Cloud, kind: Collection, target: Any, verb: str, other_kind: str, other: Any, owner: str | None = None
) -> bool:
    """Call ``<prefix>.<verb>`` on an object and one of another kind, given by the name of its command; both by name or
    ID.

    owner
        The owner of the other object.
    """
    return act(cloud, kind, target, None, verb, find(cloud, KINDS[other_kind], other, owner).id)


# -- arguments ---------------------------------------------------------------------------------------------------


def flag(argument: str, value: Any) -> bool:
    """Check a boolean argument: the text ``false``, which the API and templates of SLS files pass, is ``False``."""
    return YES_NO.wanted(argument, value)


def word(argument: str, value: Any) -> str:
    """Check a text that is passed to OpenNebula unchanged."""
    return TEXT.wanted(argument, value)


def part_id(argument: str, value: Any) -> int:
    """Check the ID of a part of an object, such as a disk."""
    return _NUMERAL.wanted(argument, value)


def update_mode(append: Any) -> int:
    """The mode of the ``update`` calls: merge the new attributes into the existing ones, or replace them."""
    return MERGE if flag("append", append) else REPLACE


def attributes(template: Any) -> dict[str, Any]:
    """A template as a mapping, given as one or as OpenNebula's text; ``None`` is an empty one.

    OpenNebula's text is not changed; in a mapping, texts of a context are checked and encoded.
    """
    if template is None:
        return {}
    if isinstance(template, str):
        return parse(template)
    if isinstance(template, Mapping):
        return {name: _context(name, value) for name, value in template.items()}
    raise ArgumentError(f"A template is a mapping of attributes or OpenNebula's text, not {quoted(template)}.")


def _context(name: Any, value: Any) -> Any:
    """The value of an attribute, encoded if it is a context."""
    if str(name).upper() != "CONTEXT" or not isinstance(value, Mapping) or None in value.values():
        return value
    said = declared(str(name), value)
    found = arriving(str(name), said, lambda: None)
    return {variable: text for variable, text in found.items() if text or said.get(variable) == ""}


def text(template: Any) -> str:
    """A template as OpenNebula's text; a text is not changed."""
    if template is None:
        raise ArgumentError("A template must be a dictionary of attributes or OpenNebula's text, not empty.")
    return template if isinstance(template, str) else render(attributes(template))


def identified(cloud: Cloud, kind: Collection, target: Any, owner: str | None = None) -> int:
    """The ID of an object given by name or ID."""
    return find(cloud, kind, target, owner).id


def optional(cloud: Cloud, kind: Collection, target: Any) -> int:
    """The ID of an object given by name or ID; -1 for ``None``, which means "unchanged" or "any" in calls."""
    return KEEP if target is None else identified(cloud, kind, target)


def made_for(cloud: Cloud, what: str, extra: Any, as_user: Any, as_group: Any) -> tuple[dict[str, Any], Resource]:
    """The extra template of an object that is created from a template, and its owner.

    what
        The name of the object's type for people.
    extra
        Further attributes, as a mapping or as OpenNebula's text.
    as_user, as_group
        The owner and the group, by name or ID; ``None`` for the account, and for the primary group of the owner.
    """
    given = normalise(attributes(extra))
    if given.keys() & {"AS_UID", "AS_GID"} or (as_user is None and as_group is not None):
        raise ArgumentError(f"Specify the owner of the {what} with as_user=.")
    user = find(cloud, USERS, cloud.account if as_user is None else as_user)
    if user.name != cloud.account:
        given |= {"AS_UID": user.id, "AS_GID": user.gid if as_group is None else identified(cloud, GROUPS, as_group)}
    return given, user


def chosen(argument: str, word: Any, numbers: Mapping[str, int]) -> int:
    """The number of a word; raises ArgumentError with all allowed words."""
    return numbers[Choice(*numbers).wanted(argument, word)]
