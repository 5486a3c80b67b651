"""Who may use whose network: as the cloud is, and in a dry run as it will be once what was announced is done."""

from __future__ import annotations

from dataclasses import dataclass

from ...cloud.directory import GROUPS, NETWORKS, USERS
from ...cloud.view import Cloud

USE = 4
#: What a new network gets from the daemon (DEFAULT_UMASK in oned.conf), and the group that administers a cloud.
_PERMISSIONS, _ADMINISTRATORS = "600", "oneadmin"


@dataclass(frozen=True)
class Network:
    """What decides on who may use a network, and how a person calls it."""

    subject: str
    owner: str
    group: str
    permissions: str


def network(cloud: Cloud, name: str, owner: str) -> Network:
    """The network of that key, which exists or was announced."""
    found, announced = cloud.find(NETWORKS, name, owner), cloud.announced(NETWORKS, name, owner)
    subject, wanted = NETWORKS.describe(name, owner), announced.wanted if announced else {}
    if found is not None:
        subject, group, permissions = f"{subject} (ID {found.id})", found.group, found.permissions
    else:
        group, permissions = cloud.get(USERS, cloud.account).group, _PERMISSIONS
    return Network(subject, owner, wanted.get("group", group), wanted.get("permissions", permissions))


def usable(cloud: Cloud, network: Network, user: str) -> bool:
    """Whether the permissions of another one's network let ``user`` use it."""
    _, group, others = (int(digit) & USE for digit in network.permissions)
    return bool(others or (group and network.group in groups(cloud, user)))


def is_administrator(cloud: Cloud, user: str) -> bool:
    """Whether ``user`` is one of those who administer the cloud."""
    return _ADMINISTRATORS in groups(cloud, user)


def groups(cloud: Cloud, user: str) -> set[str]:
    """The names of all groups of a user, the primary one included."""
    found, announced = cloud.find(USERS, user), cloud.announced(USERS, user)
    primary = found.group if found is not None else ""
    numbers = found.ids("GROUPS") if found is not None else []
    names = {each.name for each in cloud.pool(GROUPS) if each.id in numbers}
    if announced is None:
        return names
    others = announced.wanted.get("groups", names - {primary})
    return {announced.wanted.get("group", primary), *others} - {""}
