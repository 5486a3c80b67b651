"""Who may use whose objects: on the current cloud, and in a dry run after the announced changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.errors import AuthorizationError
from ..basics.plan import Order
from ..cloud.collection import Collection
from ..cloud.directory import ACLS, GROUPS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .grants import ALL, GROUP, TYPES

USE = 4
#: The default permissions of a new object (DEFAULT_UMASK in oned.conf), and the group of administrators.
_PERMISSIONS, _ADMINISTRATORS, _MEMBERS = "600", "oneadmin", "users"
#: Bits of an ACL rule: the user whose ID follows, and the right USE (AclRule.h, release 7.4.0).
_INDIVIDUAL, _RIGHT = 0x100000000, 0x1


@dataclass(frozen=True)
class Shared:
    """The data that decide who may use an object, and its name for people."""

    subject: str
    owner: str
    group: str
    permissions: str


def shared(cloud: Cloud, collection: Collection, name: str, owner: str) -> Shared:
    """The object of that key, which exists or was announced."""
    announced = cloud.announced(collection, name, owner)
    return _shared(cloud, collection, name, owner, announced.wanted if announced else {})


def private(owner: str) -> Shared:
    """An object that only its owner may use."""
    return Shared("", owner, "", _PERMISSIONS)


def declared(cloud: Cloud, collection: Collection, order: Order) -> Shared:
    """The object of a declaration, as it will be created."""
    return _shared(cloud, collection, order.name, order.owner or cloud.account, order.wanted)


def _shared(cloud: Cloud, collection: Collection, name: str, owner: str, wanted: Mapping[str, Any]) -> Shared:
    found: Resource | None = cloud.find(collection, name, owner)
    subject = collection.describe(name, owner)
    if found is not None:
        subject, group, permissions = f"{subject} (ID {found.id})", found.group, found.permissions
    else:
        group, permissions = cloud.get(USERS, cloud.account).group, _PERMISSIONS
    return Shared(subject, owner, wanted.get("group", group), wanted.get("permissions", permissions))


def usable(cloud: Cloud, shared: Shared, user: str) -> bool:
    """Whether the permissions of another user's object let ``user`` use it."""
    _, group, others = allowed(shared)
    return bool(others or (group and shared.group in groups(cloud, user)))


def can_use(cloud: Cloud, shared: Shared, user: str) -> bool:
    """The same, or whether ``user`` is an administrator, who may use everything."""
    return usable(cloud, shared, user) or is_administrator(cloud, user)


def allowed(shared: Shared) -> tuple[int, int, int]:
    """The right USE of owner, group and others, each as a number that is 0 for no."""
    owner, group, others = (int(digit) & USE for digit in shared.permissions)
    return owner, group, others


def is_administrator(cloud: Cloud, user: str) -> bool:
    """Whether ``user`` is an administrator of the cloud."""
    return _ADMINISTRATORS in groups(cloud, user)


def groups(cloud: Cloud, user: str) -> set[str]:
    """The names of all groups of a user, including the primary one."""
    found, announced = cloud.find(USERS, user), cloud.announced(USERS, user)
    primary = found.group if found is not None else _first(cloud) if announced is not None else ""
    numbers = found.ids("GROUPS") if found is not None else []
    names = {each.name for each in cloud.pool(GROUPS) if each.id in numbers}
    if announced is None:
        return names
    others = announced.wanted.get("groups", names - {primary})
    return {announced.wanted.get("group", primary), *others} - {""}


def _first(cloud: Cloud) -> str:
    """The primary group of a new user without a declared one (UserAPI.cc, release 7.4.0)."""
    account = cloud.find(USERS, cloud.account)
    own = account.group if account is not None else ""
    return _MEMBERS if own == _ADMINISTRATORS else own


def by_rule(cloud: Cloud, what: str, user: str) -> bool:
    """Whether an ACL rule may let ``user`` use objects of a type, in addition to their permissions.

    what
        The type, by its name in rules: ``IMAGE``, ``TEMPLATE``.

    The objects of a rule are not checked: only OpenNebula knows exactly what it grants.
    """
    found, names = cloud.find(USERS, user), groups(cloud, user)
    whom = {ALL, *(GROUP | each.id for each in cloud.pool(GROUPS) if each.name in names)}
    whom |= {_INDIVIDUAL | found.id} if found is not None else set()
    try:
        rules = cloud.pool(ACLS)
    except AuthorizationError:
        return True
    using = (rule for rule in rules if rule.bits("RESOURCE") & TYPES[what] and rule.bits("RIGHTS") & _RIGHT)
    return any(rule.bits("USER") in whom for rule in using)
