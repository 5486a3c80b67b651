"""Problems of the isolation of users, and templates that cannot be instantiated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ..basics.values import a
from ..cloud.collection import Collection
from ..cloud.directory import IMAGES, NETWORKS, SECURITY_GROUPS, TEMPLATES, USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import secgroups
from . import holes, rules

CHECKS: tuple[holes.Check, ...] = (
    holes.same_vlan,
    holes.open_networks,
    rules.broad_rules,
    holes.pinning_templates,
    holes.foreign_vms,
    holes.open_images,
    holes.open_secrets,
    holes.administrators,
    holes.idle_security_groups,
)
_BY_SEVERITY = (holes.HIGH, holes.MEDIUM, holes.LOW)
COLUMNS = ("severity", "check", "object", "finding", "cure")
LINT_COLUMNS = ("template", "part", "finding", "cure")


def audit(cloud: Cloud) -> list[dict[str, Any]]:
    """Every isolation problem, the most severe first: ``severity``, ``check``, ``object``, ``id``, ``finding`` and
    ``cure``.
    """
    found = [hole for check in CHECKS for hole in check(cloud)]
    return [asdict(hole) for hole in sorted(found, key=lambda hole: _BY_SEVERITY.index(hole.severity))]


def lint(cloud: Cloud, templates: Iterable[Resource]) -> list[dict[str, Any]]:
    """Problems of templates that prevent instantiation: ``template``, ``id``, ``part``, ``finding`` and ``cure``."""
    return [
        {"template": TEMPLATES.describe(each.name, each.owner), "id": each.id, **row}
        for each in sorted(templates, key=lambda each: each.id)
        for row in _lint(cloud, each)
    ]


def _lint(cloud: Cloud, template: Resource) -> Iterator[dict[str, str]]:
    for number, disk in enumerate(holes.vectors(template, "DISK")):
        yield from _dead(cloud, IMAGES, "IMAGE", f"disk {number}", disk, template)
    for number, nic in enumerate(holes.vectors(template, "NIC")):
        yield from _dead(cloud, NETWORKS, "NETWORK", f"NIC {number}", nic, template)
        dead = secgroups.numbers(nic.get(secgroups.ATTRIBUTE)) - cloud.pool(SECURITY_GROUPS).by_id.keys()
        if dead:
            yield _row(f"NIC {number}", f"security group {min(dead)} does not exist", "remove it from the NIC")


def _dead(
    cloud: Cloud, collection: Collection, what: str, part: str, vector: Mapping[str, str], template: Resource
) -> Iterator[dict[str, str]]:
    """References to images or networks that do not exist."""
    number, name = vector.get(f"{what}_ID", ""), vector.get(what, "")
    if number:
        if cloud.numbered(collection, number) is None:
            yield _row(part, f"{collection.title} {number} does not exist", f"set {what} to an existing name")
        return
    if not name:
        return
    user = cloud.numbered(USERS, vector.get(f"{what}_UID", ""))
    owner = vector.get(f"{what}_UNAME") or (user.name if user else "")
    pool = cloud.pool(collection)
    if owner:
        if not pool.named(name, owner):
            yield _row(part, f"{collection.describe(name, owner)} does not exist", f"set an owner who has {name}")
    elif not any(each.name == name for each in pool):
        yield _row(part, f"no user has {a(collection.title)} {name}", f"create it, or name another {collection.title}")


def _row(part: str, finding: str, cure: str) -> dict[str, str]:
    return {"part": part, "finding": finding, "cure": cure}
