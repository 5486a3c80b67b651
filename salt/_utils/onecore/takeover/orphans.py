"""What a pillar and a cloud do not have in common: marked and no longer declared, declared and missing, foreign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..basics.marks import PUBLISHED
from ..basics.plan import PIPELINE, SINGLE, Desired
from ..basics.values import ADMINISTRATOR
from ..cloud.directory import NETWORKS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.registry import KINDS
from ..model.kind import Kind
from . import lanes

LEFT, MISSING, FOREIGN = "no longer declared", "missing", "foreign"
COLUMNS = ("what", "object", "id", "reason")
Key = tuple[str, "str | None", str]


def orphans(cloud: Cloud, declared: Iterable[Desired], coming: Iterable[Desired] = ()) -> list[dict[str, Any]]:
    """One row for each such object: ``what`` it is, ``object``, ``id`` and ``reason``.

    declared
        What the pillar declares.
    coming
        What it declares besides, and what comes and goes: the VMs of labs.
    """
    wanted = {_key(each): each for each in declared}
    every = {**wanted, **{_key(each): each for each in coming}}
    return [*_left(cloud, every), *_missing(cloud, wanted), *_foreign(cloud, wanted)]


def _key(each: Desired) -> Key:
    kind = KINDS[each.kind]
    return each.kind, (each.owner or ADMINISTRATOR) if kind.per_owner else None, each.name


def _left(cloud: Cloud, wanted: Mapping[Key, Desired]) -> Iterator[dict[str, Any]]:
    for kind in KINDS.values():
        for each in cloud.pool(kind):
            mark = each.mark
            if mark is None or mark.source in (SINGLE, PIPELINE) or each.attribute(PUBLISHED) or kind.is_part(each):
                continue
            if (kind.cli, each.owner if kind.per_owner else None, each.name) not in wanted:
                made = "was taken over" if mark.adopted else "was made"
                yield _row(LEFT, kind, each, f"it {made} for {mark.owner} ({mark.source}), and nothing declares it")


def _missing(cloud: Cloud, wanted: Mapping[Key, Desired]) -> Iterator[dict[str, Any]]:
    for cli, owner, name in wanted:
        kind = KINDS[cli]
        if not cloud.pool(kind).named(name, owner):
            subject = kind.describe(name, owner)
            yield {"what": MISSING, "object": subject, "id": None, "reason": "it is declared, and does not exist"}


def _foreign(cloud: Cloud, wanted: Mapping[Key, Desired]) -> Iterator[dict[str, Any]]:
    """Networks that nobody declares, on the VLANs of those that are."""
    ours = {}
    for each in wanted.values():
        lane = lanes.declared(each.values) if each.kind == NETWORKS.cli else None
        if lane is not None:
            ours[lane] = each
    for network in cloud.pool(NETWORKS):
        lane = lanes.present(network)
        if lane is None or lane not in ours or (NETWORKS.cli, network.owner, network.name) in wanted:
            continue
        whose = NETWORKS.describe(ours[lane].name, ours[lane].owner)
        reason = f"it is on VLAN {lane[2]} of {lane[1]}, which is that of {whose}"
        yield _row(FOREIGN, KINDS[NETWORKS.cli], network, reason)


def _row(what: str, kind: Kind, resource: Resource, reason: str) -> dict[str, Any]:
    return {"what": what, "object": kind.describe(resource.name, resource.owner), "id": resource.id, "reason": reason}
