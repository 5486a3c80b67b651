"""What the execution modules of users and groups do beyond what all of them do."""

from __future__ import annotations

from typing import Any

from ..basics.errors import ArgumentError, OneError
from ..basics.plan import Desired, Order, by_writer, shown
from ..basics.syntax import render
from ..basics.values import OCTAL, Integer, Secret, object_name
from ..cloud.view import Cloud
from ..kinds.group import GROUP
from ..model.grants import DEFAULT, Resources, grant
from ..model.kind import Kind
from ..model.writers import KEEP, MERGE
from .default_quota import KINDS, set_default_quota
from .objects import act, find, identified, tree, word

RESOURCES = Resources("resources")
#: Until when a token that never expires is valid.
FOR_EVER = -1
#: How much of a token is told: enough to tell it from others, and of no use to anybody.
_BEGINNING = 8


def create_group(cloud: Cloud, kind: Kind, name: Any, resources: Any) -> int:
    """Create a group whose members may create ``resources``; returns its ID."""
    types = RESOURCES.wanted(DEFAULT if resources is None else resources)
    number = cloud.call(f"{kind.prefix}.allocate", object_name(kind.title, name))
    grant(cloud, number, types)
    return number


def create_user(cloud: Cloud, kind: Kind, name: Any, password: Any, driver: Any, groups: Any) -> int:
    """Create a user in groups, the primary one first; returns its ID."""
    listed = groups if isinstance(groups, (list, tuple)) else [] if groups is None else [groups]
    numbers = [find(cloud, GROUP, each).id for each in listed]
    secret = Secret().wanted("password", password)
    return cloud.call(f"{kind.prefix}.allocate", object_name(kind.title, name), secret, word("driver", driver), numbers)


def set_password(cloud: Cloud, kind: Kind, user: Any, password: Any) -> bool:
    """Set the password of a user."""
    return act(cloud, kind, user, None, "passwd", Secret().wanted("password", password))


def set_driver(cloud: Cloud, kind: Kind, user: Any, driver: Any, password: Any) -> bool:
    """Change how a user is authenticated; an empty password keeps the one that is there."""
    return act(cloud, kind, user, None, "chauth", word("driver", driver), Secret().wanted("password", password or ""))


def umask(cloud: Cloud, kind: Kind, user: Any, mask: Any) -> bool:
    """Set which permissions new objects of a user lack."""
    return act(cloud, kind, user, None, "update", render({"UMASK": OCTAL.wanted("mask", mask)}), MERGE)


def login(cloud: Cloud, kind: Kind, user: Any, seconds: Any, group: Any) -> str:
    """A new token of a user, drawn by OpenNebula.

    OpenNebula gives a token for all groups to an account of the same groups only, so one for another user is for
    that user's primary group.
    """
    duration = Integer(FOR_EVER).wanted("seconds", seconds)
    if duration == 0:
        raise ArgumentError("seconds: a token that is valid for no time is none.")
    found = find(cloud, kind, user)
    narrow = KEEP if found.name == cloud.account else found.gid
    scope = narrow if group is None else identified(cloud, GROUP, group)
    return cloud.call(f"{kind.prefix}.login", found.name, "", duration, scope)


def tokens(cloud: Cloud, kind: Kind, user: Any) -> list[dict[str, Any]]:
    """The tokens of a user, each by its beginning: whoever has a whole one is that user."""
    found = cloud.read(kind, find(cloud, kind, user).id)
    groups = {each.id: each.name for each in cloud.pool(GROUP)}
    return [
        {
            "token": each["TOKEN"][:_BEGINNING],
            "expires": each.number("EXPIRATION_TIME"),
            "group": groups.get(each.number("EGID", KEEP)),
        }
        for each in found.vectors("LOGIN_TOKEN")
    ]


def delete_token(cloud: Cloud, kind: Kind, user: Any, beginning: Any) -> bool:
    """Make one token of a user worthless, given by its beginning."""
    said = Secret().wanted("beginning", beginning)
    found = cloud.read(kind, find(cloud, kind, user).id)
    named = [each["TOKEN"] for each in found.vectors("LOGIN_TOKEN") if each["TOKEN"].startswith(said)]
    if len(named) != 1 or not said:
        raise ArgumentError(
            f"beginning: {found.name} has {len(named) or 'no'} token{'s' * (len(named) > 1)} that begin so."
        )
    cloud.call(f"{kind.prefix}.login", found.name, named[0], 0, KEEP)
    return True


def default_quota(cloud: Cloud, kind: Kind, whose: str, limits: Any) -> Any:
    """The default quota of ``users`` or ``groups``, as OpenNebula tells it; with limits it is set."""
    defaults = KINDS[whose]
    if limits is None:
        return shown(tree(cloud.only(defaults).element))
    if isinstance(limits, str):
        cloud.call(f"{defaults.prefix}.update", limits)
        return True
    report = set_default_quota(cloud, whose, limits, test=False)
    if report.error:
        raise OneError(report.error)
    return True


def delete_tokens(cloud: Cloud, kind: Kind, user: Any) -> bool:
    """Make all tokens of a user worthless."""
    cloud.call(f"{kind.prefix}.login", find(cloud, kind, user).name, "", 0, KEEP)
    return True


def quota(cloud: Cloud, kind: Kind, target: Any, limits: Any) -> bool:
    """Set limits of a user or group.

    limits
        A mapping as the states take it, of which only what differs is written, or OpenNebula's text.
    """
    if isinstance(limits, str):
        return act(cloud, kind, target, None, "quota", limits)
    field = next(each for each in kind.fields if each.name == "quota")
    wanted = field.wanted(limits)
    for reference in field.references(wanted):
        find(cloud, reference.kind, reference.name, reference.owner or cloud.account)
    resource = find(cloud, kind, target)
    order = Order(Desired(kind.cli, resource.name), {field.name: wanted})
    changes = field.changes(resource, field.resolve(cloud, wanted, order))
    for writer, part in by_writer(changes).items():
        kind.writers[writer](cloud, resource, part, order)
    return True
