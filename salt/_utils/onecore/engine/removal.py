"""Removes objects that these states created and nothing uses, several at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from ..basics.errors import ActionError, InternalError, NoExistsError, OneError, RefusedError
from ..basics.plan import Change
from ..cloud.collection import Collection
from ..cloud.locking import refuse_locked
from ..cloud.procedure import Procedure, completed
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import gone, seen, settled, together
from ..model.kind import Kind
from .execution import side_by_side
from .meeting import MEETINGS, let_finish
from .report import Report

#: How many users an error lists.
_LISTED = 5
_LOST = "is being removed, but could not be read afterwards"


def remove(
    cloud: Cloud, kind: Kind, name: str, owner: str | None = None, unmanaged: bool = False, test: bool = False
) -> Report:
    """Remove the object with that key.

    unmanaged
        Remove it even if it does not have the mark of these states.
    """
    report = Report(kind, name, owner, action="none")
    side_by_side(cloud, [(report, _absence(cloud, report, unmanaged, test))])
    return report


def _absence(cloud: Cloud, report: Report, unmanaged: bool, test: bool) -> Procedure:
    kind, name = report.kind, report.name
    kind.check_name(kind.title, name)
    report.owner = kind.owner_of(report.owner, cloud.account)
    resource = kind.find(cloud, name, report.owner)
    if resource is not None and kind.is_passing(resource):
        yield settled(kind, resource.id, report.subject)
        resource = kind.find(cloud, name, report.owner)
    if resource is None and test and cloud.announced(kind, name, report.owner) is not None:
        report.action, report.planned = "remove", [Change(kind.title, name, None, "remove")]
        _refuse_awaited(cloud, report)
        cloud.withdraw(kind, name, report.owner)
        return
    if resource is None:
        report.action = "gone"
        return
    yield from let_go(cloud, kind, resource)
    plan_removal(cloud, kind, resource, report, unmanaged)
    if test and report.planned:
        announce_removal(cloud, kind, resource)
    elif not test:
        yield from carry_out_removal(cloud, resource, report)


def announce_removal(cloud: Cloud, kind: Kind, resource: Resource) -> None:
    """Announce in a dry run that a real run would have removed the object and its parts."""
    cloud.announce_removal(kind, resource.id)
    for part, each in kind.parts(cloud, resource) if kind.parts is not None else ():
        cloud.announce_removal(part, each.id)


def plan_removal(cloud: Cloud, kind: Kind, resource: Resource, report: Report, unmanaged: bool = False) -> None:
    """Note in ``report`` that the object will be removed or is gone; raise if it cannot or must not be removed."""
    report.action, report.id = "remove", resource.id
    report.planned = [Change(kind.title, f"{resource.name} (ID {resource.id})", None, "remove")]
    if not kind.is_ours(cloud, resource) and not unmanaged:
        if _has_gone(cloud, kind, resource):
            _note_gone(report)
            return
        not_noted = f"was not created by these states: {cloud.account} has no note of it"
        why = resource.not_ours if kind.marked else not_noted
        raise RefusedError(f"{report.subject} {why}. Remove it manually, or set unmanaged: true.")
    try:
        refuse_locked(cloud, kind, resource)
        kind.in_the_way(cloud, resource)
        _refuse_awaited(cloud, report)
    except NoExistsError:
        if not _has_gone(cloud, kind, resource):
            raise
        _note_gone(report)


def _has_gone(cloud: Cloud, kind: Kind, resource: Resource) -> bool:
    """Whether another run, or somebody else, has removed an object since it was read."""
    cloud.refresh(kind, [resource.id])
    return resource.id not in cloud.pool(kind).by_id


def _note_gone(report: Report) -> None:
    report.action, report.id, report.planned = "gone", None, []


def let_go(cloud: Cloud, kind: Kind, resource: Resource) -> Procedure:
    """Wait until the objects that use this one are gone, if all of them are being removed already.

    An interrupted run, or another one, may have removed a virtual router, whose VMs take a while to end.
    """
    try:
        kind.in_the_way(cloud, resource)
    except RefusedError as error:
        yield from _let_end(cloud, error.holders)
    except OneError:
        # It is reported when the removal is planned.
        return


def _let_end(cloud: Cloud, holders: Iterable[tuple[Collection, int]]) -> Procedure:
    """Wait until objects are gone, if all of them are being removed."""
    by_collection: dict[Collection, list[int]] = {}
    for collection, number in holders:
        if collection.settled is None or number not in cloud.pool(collection).by_id:
            # It does not end, or it is not known what it is, such as the holder of a reserved address.
            return
        by_collection.setdefault(collection, []).append(number)
    for collection, numbers in by_collection.items():
        cloud.refresh_known(collection, numbers)
    there = [
        (collection, cloud.pool(collection).by_id[number])
        for collection, numbers in by_collection.items()
        for number in numbers
        if number in cloud.pool(collection).by_id
    ]
    if all(collection.is_passing(each) for collection, each in there):
        for collection, each in there:
            yield gone(collection, each.id, collection.describe(each.name, each.owner), _LOST)


def _refuse_awaited(cloud: Cloud, report: Report) -> None:
    """Raise RefusedError in a dry run for an object that an announced one would use by now."""
    users = cloud.users_of(report.kind, report.name, report.owner, report.id)
    if users:
        more = f" and {len(users) - _LISTED} more" if len(users) > _LISTED else ""
        by = ", ".join(users[:_LISTED])
        raise RefusedError(f"{report.subject} would be in use by then: {by}{more} would need it. Remove that first.")


def carry_out_removals(cloud: Cloud, removals: Sequence[tuple[Resource, Report]]) -> None:
    """Remove objects in parallel; a failure does not stop the others."""
    side_by_side(cloud, [(report, carry_out_removal(cloud, resource, report)) for resource, report in removals])


def carry_out_removal(cloud: Cloud, resource: Resource, report: Report) -> Procedure:
    """Remove one object as planned in its report."""
    if report.planned:
        yield from removal(cloud, report.kind, resource)
    report.done = list(report.planned)


def removal(cloud: Cloud, kind: Kind, *resources: Resource) -> Procedure:
    """Remove objects of a kind without waiting in between, then wait until all of them are gone."""
    for each in resources:
        yield from _begin(cloud, kind, each)
    there = [each for each in resources if each.id in cloud.pool(kind).by_id]
    ends = [gone(kind, each.id, kind.describe(each.name, each.owner), _LOST) for each in there]
    if ends:
        yield ends[0] if len(ends) == 1 else together(cloud, ends)


def _begin(cloud: Cloud, kind: Kind, resource: Resource) -> Procedure:
    """Start the removal of an object; one in transition, such as an image being copied, must become ready first."""
    subject = kind.describe(resource.name, resource.owner)
    for last in (*itertools.repeat(False, MEETINGS), True):
        try:
            yield from _told(cloud, kind, resource)
            return
        except (ActionError, InternalError) as error:
            # The second is OpenNebula's message for an image that is still being copied.
            now = yield seen(kind, resource.id, subject)
            if now is None:
                return
            was_busy = kind.is_busy(resource)
            if last or not (was_busy or (yield from let_finish(cloud, kind, now, error))):
                # OpenNebula does not report which object has started to use it; when read again, the object has a name.
                kind.in_the_way(cloud, now)
                raise
        resource = yield settled(kind, resource.id, subject)
        if resource is None:
            return


def _told(cloud: Cloud, kind: Kind, resource: Resource) -> Procedure:
    assert kind.remove is not None, "what can be declared can be removed"
    try:
        yield from completed(kind.remove(cloud, resource))
    except NoExistsError:
        # An interrupted run, or somebody else, has removed it already: only wait until it is gone.
        return
