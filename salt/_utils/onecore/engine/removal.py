"""Removing objects: only what the states made, only what nothing uses, and several at once."""

from __future__ import annotations

from collections.abc import Sequence

from ..basics.errors import ActionError, OneError, RefusedError
from ..basics.plan import Change
from ..basics.values import object_name
from ..cloud.locking import refuse_locked
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import await_gone, await_passing, settle
from ..model.kind import Kind
from .report import Report


def remove(
    cloud: Cloud, kind: Kind, name: str, owner: str | None = None, unmanaged: bool = False, test: bool = False
) -> Report:
    """Make a cloud hold no object of that key.

    unmanaged
        Remove it even when it does not carry the mark of what the states created.
    """
    report = Report(kind, name, owner, action="none")
    try:
        object_name(kind.title, name)
        report.owner = kind.owner_of(owner, cloud.account)
        resource = cloud.find(kind, name, report.owner)
        if resource is not None and kind.is_passing(resource):
            await_passing(cloud, kind, [resource])
            resource = cloud.find(kind, name, report.owner)
        if resource is None:
            report.action = "gone"
            return report
        plan_removal(cloud, kind, resource, report, unmanaged)
        if test:
            announce_removal(cloud, kind, resource)
        else:
            carry_out_removals(cloud, [(resource, report)])
    except OneError as error:
        report.error = str(error)
    return report


def announce_removal(cloud: Cloud, kind: Kind, resource: Resource) -> None:
    """Tell a dry run that an object would have gone by now, and what it consists of with it."""
    cloud.announce_removal(kind, resource.id)
    for part, each in kind.parts(cloud, resource) if kind.parts is not None else ():
        cloud.announce_removal(part, each.id)


def plan_removal(cloud: Cloud, kind: Kind, resource: Resource, report: Report, unmanaged: bool = False) -> None:
    """Note the removal in ``report``, or raise for what must not or cannot be removed."""
    report.action, report.id = "remove", resource.id
    report.planned = [Change(kind.title, f"{resource.name} (ID {resource.id})", None, "remove")]
    if not resource.ours and not unmanaged:
        raise RefusedError(
            f"{report.subject} was not created by these states: it carries no SALT_MANAGED for its owner. "
            "Remove it yourself, or declare unmanaged: true."
        )
    refuse_locked(cloud, kind, resource)
    kind.in_the_way(cloud, resource)


def carry_out_removals(cloud: Cloud, removals: Sequence[tuple[Resource, Report]]) -> None:
    """Remove objects, then wait for all of them together."""
    begun: dict[str, list[tuple[Resource, Report]]] = {}
    for resource, report in removals:
        try:
            _begin(cloud, report.kind, resource)
            begun.setdefault(report.kind.cli, []).append((resource, report))
        except OneError as error:
            report.error = str(error)
    for pairs in begun.values():
        late = _late(cloud, pairs)
        for resource, report in pairs:
            if resource.id in late:
                report.error = f"{report.subject} {late[resource.id]}"
            else:
                report.done = list(report.planned)


def _begin(cloud: Cloud, kind: Kind, resource: Resource) -> None:
    """Start an object's removal; one that is still on its way, such as a VM that boots, has to arrive first."""
    try:
        kind.remove(cloud, resource)
    except ActionError:
        cloud.refresh(kind, [resource.id])
        now = cloud.pool(kind).by_id.get(resource.id)
        if now is None:
            return
        if not (kind.is_busy(resource) or kind.is_busy(now)):
            raise
        settle(cloud, kind, now)
        kind.remove(cloud, now)


def _late(cloud: Cloud, pairs: Sequence[tuple[Resource, Report]]) -> dict[int, str]:
    kind = pairs[0][1].kind
    try:
        return await_gone(cloud, kind, [resource.id for resource, _ in pairs])
    except OneError as error:
        return {resource.id: f"is being removed, but the end was not seen: {error}" for resource, _ in pairs}
