"""The isolation of users: whose networks each of them may use, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any

from ..cloud.directory import ACLS, GROUPS, NETWORKS, USERS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.acls import spelled
from ..model.rules import ADMIN, ALL, CLUSTER, GROUP, MANAGE, NUMBER, ONE, TYPES, USE, Rule
from ..model.vdcs import rules
from ..model.zones import here

#: The ID of the administrators' group, whose members may use everything.
_ADMINISTRATORS = 0
#: Users who may change a network can also give themselves the right to use it.
_OPENS = USE | MANAGE | ADMIN


@dataclass(frozen=True)
class Opening:
    """A permission that lets users use networks.

    says
        Its description for people.
    networks
        The existing networks.
    more
        Whether it includes future networks.
    """

    says: str
    networks: tuple[Resource, ...]
    more: bool = False


def isolation(cloud: Cloud) -> list[dict[str, Any]]:
    """One row for each user, sorted by name.

    Returns ``{"user", "groups", "vdcs", "isolated" (whether no network of another user can be used, whose owner does
    not administer the cloud), "opened_by" (what lets the user do so), "shared" (networks of administrators that can be
    used)}``.
    """
    users = sorted(cloud.pool(USERS), key=lambda each: each.name)
    administrators = {each.id for each in users if _ADMINISTRATORS in _groups(each)}
    known = _Known(cloud, administrators)
    return [known.row(each) for each in users]


class _Known:
    """The data of a cloud.

    administrators
        The IDs of the administrators.
    """

    def __init__(self, cloud: Cloud, administrators: Set[int]):
        self._cloud, self._administrators = cloud, administrators
        self._networks, self._here = list(cloud.pool(NETWORKS)), here(cloud)
        self._rules = [Rule.of(each) for each in cloud.pool(ACLS)]
        self._vdcs = {
            group: [each for each in cloud.pool(VDCS) if group in each.ids("GROUPS")]
            for group in (each.id for each in cloud.pool(GROUPS))
        }
        self._by_groups: dict[frozenset[int], list[Opening]] = {}

    def row(self, user: Resource) -> dict[str, Any]:
        groups = _groups(user)
        names = {each.id: each.name for each in self._cloud.pool(GROUPS)}
        vdcs = dict.fromkeys(vdc.name for group in sorted(groups) for vdc in self._vdcs.get(group, ()))
        row: dict[str, Any] = {
            "user": user.name,
            "groups": sorted(names.get(group, f"ID {group}") for group in groups),
            "vdcs": list(vdcs),
        }
        if user.id in self._administrators:
            return {**row, "isolated": False, "opened_by": ["administers the cloud"], "shared": []}
        openings = [*self._of_groups(groups), *self._of_rules(lambda rule: rule.user == ONE | user.id)]
        opened, shared = [], set()
        for opening in openings:
            others = [each for each in opening.networks if each.uid != user.id]
            foreign = [each for each in others if each.uid not in self._administrators]
            shared |= {NETWORKS.describe(each.name, each.owner) for each in others if each not in foreign}
            if foreign or opening.more:
                opened.append(f"{opening.says}: {_counted(foreign)}")
        return {**row, "isolated": not opened, "opened_by": opened, "shared": sorted(shared)}

    def _of_groups(self, groups: frozenset[int]) -> list[Opening]:
        """The permissions that let all members of these groups use networks."""
        if groups not in self._by_groups:
            users = {ALL, *(GROUP | group for group in groups)}
            found = [*self._of_rules(lambda rule: rule.user in users), *self._of_permissions(groups)]
            self._by_groups[groups] = found
        return self._by_groups[groups]

    def _of_rules(self, concerns: Callable[[Rule], bool]) -> Iterator[Opening]:
        for rule in self._rules:
            there = rule.zone in (ALL, ONE | self._here)
            if there and rule.resource & TYPES["NET"] and rule.rights & _OPENS and concerns(rule):
                vdcs = [
                    vdc.name for vdc in self._vdcs.get(rule.user & NUMBER, ()) if rule in rules(vdc, rule.user & NUMBER)
                ]
                source = f" of the VDC {' and '.join(vdcs)}" if rule.user & GROUP and vdcs else ""
                says = f"the ACL rule {spelled(self._cloud, rule)}{source}"
                covered = tuple(each for each in self._networks if _covers(rule, each))
                yield Opening(says, covered, bool(rule.resource & (ALL | CLUSTER)))

    def _of_permissions(self, groups: Set[int]) -> Iterator[Opening]:
        for each in self._networks:
            of_group = each.gid in groups and each.text("PERMISSIONS/GROUP_U") == "1"
            if of_group or each.text("PERMISSIONS/OTHER_U") == "1":
                yield Opening(f"its permissions {each.permissions}", (each,))


def _groups(user: Resource) -> frozenset[int]:
    return frozenset({user.gid, *user.ids("GROUPS")})


def _covers(rule: Rule, network: Resource) -> bool:
    """Whether a rule includes a network; rules for all networks do not include reservations."""
    number = rule.resource & NUMBER
    if rule.resource & ALL:
        return not network.text("PARENT_NETWORK_ID")
    if rule.resource & ONE:
        return network.id == number
    if rule.resource & GROUP:
        return network.gid == number
    return bool(rule.resource & CLUSTER) and number in network.ids("CLUSTERS")


def _counted(networks: Iterable[Resource]) -> str:
    names = sorted(NETWORKS.describe(each.name, each.owner) for each in networks)
    if not names:
        return "all future networks"
    more = f" and {len(names) - 2} more" if len(names) > 3 else ""
    return f"{', '.join(names[:2] if more else names)}{more}"
