"""Objects that only a pillar or only a cloud has: no longer declared, missing, foreign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..basics.marks import PUBLISHED
from ..basics.plan import PIPELINE, SHARED, SINGLE, Desired
from ..basics.values import ADMINISTRATOR
from ..cloud.directory import NETWORKS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.registry import KINDS
from ..model.kind import Kind
from . import lanes

LEFT, MISSING, FOREIGN, OWNERLESS = "no longer declared", "missing", "foreign", "without owner"
COLUMNS = ("what", "object", "id", "reason")
Key = tuple[str, "str | None", str]


def orphans(cloud: Cloud, declared: Iterable[Desired], coming: Iterable[Desired] = ()) -> list[dict[str, Any]]:
    """One row for each such object: ``what``, ``object``, ``id`` and ``reason``.

    declared
        The declared objects.
    coming
        Declared objects that need not exist: the VMs of labs.
    """
    wanted = {_key(each): each for each in declared}
    every = {**wanted, **{_key(each): each for each in coming}}
    return [
        *_left(cloud, every), *_missing(cloud, wanted), *_foreign(cloud, wanted), *_copies(cloud), *_ownerless(cloud)
    ]  # fmt: skip


def _key(each: Desired) -> Key:
    kind = KINDS[each.kind]
    return each.kind, (each.owner or ADMINISTRATOR) if kind.per_owner else None, each.name


def _left(cloud: Cloud, wanted: Mapping[Key, Desired]) -> Iterator[dict[str, Any]]:
    for kind in KINDS.values():
        if kind.made_by is not None:
            yield from _left_unmarked(cloud, kind, [key for key in wanted if key[0] == kind.cli])
        for each in cloud.pool(kind):
            mark = each.mark
            if mark is None or mark.source in (SINGLE, PIPELINE) or each.attribute(PUBLISHED) or kind.is_part(each):
                continue
            if each.foreign_mark is not None and not kind.awaits_handover(cloud.account, each):
                continue
            if (kind.cli, each.owner if kind.per_owner else None, each.name) not in wanted:
                made = "was taken over" if mark.adopted else "was created"
                yield _row(LEFT, kind, each, f"it {made} for {mark.owner} ({mark.source}), and is no longer declared")


def _left_unmarked(cloud: Cloud, kind: Kind, declared: Iterable[Key]) -> Iterator[dict[str, Any]]:
    """The same for kinds whose objects have no mark."""
    found = [kind.find(cloud, name, owner) for _, owner, name in declared]
    kept = {each.id for each in found if each is not None}
    for each in kind.made_by(cloud, SHARED) if kind.made_by is not None else ():
        if each.id not in kept:
            name = kind.called(cloud, each) or each.text("STRING")
            yield _row(LEFT, kind, each, f"it was created for everyone ({SHARED}), and is no longer declared", name)


def _exists(cloud: Cloud, kind: Kind, name: str, owner: str | None) -> bool:
    if kind.look is not None:
        return kind.look(cloud, name, owner) is not None
    return bool(cloud.pool(kind).named(name, owner))


def _missing(cloud: Cloud, wanted: Mapping[Key, Desired]) -> Iterator[dict[str, Any]]:
    for cli, owner, name in wanted:
        kind = KINDS[cli]
        if not _exists(cloud, kind, name, owner):
            subject = kind.describe(name, owner)
            yield {"what": MISSING, "object": subject, "id": None, "reason": "it is declared, but does not exist"}


def _foreign(cloud: Cloud, wanted: Mapping[Key, Desired]) -> Iterator[dict[str, Any]]:
    """Undeclared networks on the VLANs of declared ones."""
    ours = {}
    for each in wanted.values():
        lane = lanes.declared(each.values) if each.kind == NETWORKS.cli else None
        if lane is not None:
            ours[lane] = each
    for network in cloud.pool(NETWORKS):
        if (NETWORKS.cli, network.owner, network.name) in wanted:
            continue
        lane = lanes.present(network)
        is_on = lane is not None and lane in ours
        carried = [each for span in lanes.more(network) for each in sorted(ours) if lanes.covers(span, each)]
        met = lane if is_on else next(iter(carried), None)
        if met is not None:
            whose = NETWORKS.describe(ours[met].name, ours[met].owner)
            reason = f"it {'is on' if is_on else 'carries'} VLAN {met[2]} of {met[1]}, which is that of {whose}"
            yield _row(FOREIGN, KINDS[NETWORKS.cli], network, reason)


def _copies(cloud: Cloud) -> Iterator[dict[str, Any]]:
    """The objects with the mark of another object of their kind, which are never changed or removed."""
    for kind in KINDS.values():
        for each in cloud.pool(kind) if kind.marked else ():
            mark = each.foreign_mark
            if mark is None or mark.kind != kind.cli or kind.is_part(each) or kind.awaits_handover(cloud.account, each):
                continue
            subject = kind.describe(mark.name, mark.owner)
            reason = f"it has the mark of {subject}: it is a copy, or was renamed or given away"
            yield _row(FOREIGN, kind, each, reason)


def _ownerless(cloud: Cloud) -> Iterator[dict[str, Any]]:
    """The objects of users who no longer exist, even if there is a new user of that name."""
    for kind in (each for each in KINDS.values() if each.owners is not None):
        known = cloud.pool(kind.owners).by_id if kind.owners is not None else {}
        for each in cloud.pool(kind):
            if each.uid not in known:
                yield _row(OWNERLESS, kind, each, f"user {each.uid}, who owned it, no longer exists")


def _row(what: str, kind: Kind, resource: Resource, reason: str, name: str = "") -> dict[str, Any]:
    subject = kind.describe(name or resource.name, resource.owner)
    return {"what": what, "object": subject, "id": resource.id, "reason": reason}
