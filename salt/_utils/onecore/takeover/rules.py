"""Problems of isolation from ACL rules, including those of VDCs."""

from __future__ import annotations

from collections.abc import Iterator

from ..cloud.directory import ACLS, GROUPS, NETWORKS, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import vdcs
from ..model.grants import ALL, GROUP, TYPES
from ..model.rules import Rule
from .holes import HIGH, MEDIUM, Hole, administers
from .implied import administered

#: Rights, and the bits of a rule's resource that select its objects.
USE, MANAGE, ADMIN = 1, 2, 4
ONE, CLUSTER, _SELECTOR, _NUMBER = 0x100000000, 0x800000000, 0xFFFFFFFFF, 0xFFFFFFFF
#: Types of objects that belong to users.
_USERS = ("VM", "NET", "IMAGE", "TEMPLATE", "SECGROUP", "VROUTER", "USER", "GROUP")


def broad_rules(cloud: Cloud) -> Iterator[Hole]:
    """Rules that let users other than administrators use networks, or manage objects of other users."""
    for rule in cloud.pool(ACLS):
        who = _who(cloud, rule)
        if not who:
            continue
        resource, rights = rule.bits("RESOURCE"), rule.bits("RIGHTS")
        types = [name for name in TYPES if resource & ~_SELECTOR & TYPES[name]]
        theirs = [name for name in types if name in _USERS]
        managed = rights & (MANAGE | ADMIN)
        if theirs and managed and not resource & ONE:
            yield _broad(cloud, rule, who, f"{'+'.join(theirs)}/{_which(resource)}")
        elif "NET" in types and rights & (USE | MANAGE | ADMIN):
            yield from _networks(cloud, rule, who, resource)


def _broad(cloud: Cloud, rule: Resource, who: str, objects: str) -> Hole:
    group = administered(cloud, rule)
    if group is None:
        return _hole(rule, HIGH, "broad_rule", f"it lets {who} manage {objects}", "")
    finding = f"it lets {who}, an administrator of group {group.name}, manage {objects}"
    cure = f"onegroup deladmin {group.name} {who.removeprefix('user ')}, unless you want that"
    return _hole(rule, MEDIUM, "broad_rule", finding, cure)


def _networks(cloud: Cloud, rule: Resource, who: str, resource: int) -> Iterator[Hole]:
    if resource & ONE:
        network = cloud.pool(NETWORKS).by_id.get(resource & _NUMBER)
        if network is None or administers(cloud, network.owner or "") or who == f"user {network.owner}":
            return
        subject = NETWORKS.describe(network.name, network.owner)
        cures = [f"onevdc delvnet {vdc.id} {rule.bits('ZONE') & _NUMBER} {network.id}" for vdc in _sources(cloud, rule)]
        yield _hole(rule, MEDIUM, "network_rule", f"it lets {who} use {subject}", "; ".join(cures))
        return
    finding = f"it lets {who} use all networks ({_which(resource)}), whatever their permissions"
    sources = _sources(cloud, rule)
    check = "default_vdc" if any(vdc.id == vdcs.DEFAULT for vdc in sources) else "network_rule"
    yield _hole(rule, HIGH, check, finding, "; ".join(_cure(vdc, who.removeprefix("group ")) for vdc in sources))


def _sources(cloud: Cloud, rule: Resource) -> list[Resource]:
    """The VDCs that create a rule; deleting the rule itself would break them."""
    user = rule.bits("USER")
    group = user & _NUMBER
    found = vdcs.of_group(cloud, group) if user & GROUP else []
    return [vdc for vdc in found if Rule.of(rule) in vdcs.rules(vdc, group)]


def _cure(vdc: Resource, group: str) -> str:
    if vdc.id == vdcs.DEFAULT:
        return f"onevdc delgroup {vdc.id} {group}, then give the group a VDC without networks"
    return f"give VDC {vdc.name} hosts and datastores, not clusters and networks ALL: onevdc show {vdc.id}"


def _who(cloud: Cloud, rule: Resource) -> str:
    """The users of a rule; empty for administrators and users that do not exist."""
    user = rule.bits("USER")
    number = user & _NUMBER
    if user & ALL:
        return "everybody"
    if user & GROUP:
        found = cloud.pool(GROUPS).by_id.get(number)
        nobody = not number or found is None or not found.ids("USERS")
        return "" if nobody or found is None else f"group {found.name}"
    account = cloud.pool(USERS).by_id.get(number)
    name = account.name if account is not None else str(number)
    return "" if account is not None and administers(cloud, name) else f"user {name}"


def _which(resource: int) -> str:
    number = resource & _NUMBER
    if resource & ALL:
        return "*"
    return f"%{number}" if resource & CLUSTER else f"@{number}" if resource & GROUP else f"#{number}"


def _hole(rule: Resource, severity: str, check: str, finding: str, cure: str) -> Hole:
    text = rule.text("STRING") or f"{rule.text('USER')} {rule.text('RESOURCE')} {rule.text('RIGHTS')}"
    return Hole(severity, check, f"ACL rule {rule.id} ({text})", rule.id, finding, cure or f"oneacl delete {rule.id}")
