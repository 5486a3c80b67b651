"""Renames an object, which keeps its ID and everything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..basics.errors import MissingError, OneError, RefusedError
from ..basics.plan import Change
from ..basics.syntax import render
from ..basics.values import object_name
from ..cloud.collection import Collection
from ..cloud.locking import refuse_locked
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind
from ..model.writers import MERGE
from .report import Report


def rename(cloud: Cloud, kind: Kind, source: Any, name: str, owner: str | None = None, test: bool = False) -> Report:
    """Rename the object ``source`` to ``name``, unless it already has that name.

    Does not raise: a refusal or failure is in the report.
    """
    report = Report(kind, name, owner)
    try:
        report.owner = kind.owner_of(owner, cloud.account)
        object_name(kind.title, name)
        object_name(kind.title, source)
        before, after = cloud.find(kind, source, report.owner), cloud.find(kind, name, report.owner)
        there = before or after
        if there is None and test and cloud.announced(kind, source, report.owner) is not None:
            # A real run would have created it by now.
            _rename_announced(cloud, report, source, name)
            return report
        if there is None:
            raise MissingError(f"neither {kind.describe(source, report.owner)} nor one named {name} exists")
        if before is not None and after is not None:
            raise RefusedError(f"both {source} (ID {before.id}) and {name} (ID {after.id}) exist; remove or rename one")
        report.id = there.id
        if before is None:
            return report
        refuse_locked(cloud, kind, before)
        report.action = "update"
        # Parts first, so that the run after an interrupted one still finds the remaining ones.
        every = [*_parts(cloud, kind, before, name), (kind, before, name)]
        for _, resource, new in every:
            path = "name" if resource is before else f"name:{resource.name}"
            report.planned.append(Change(path, resource.name, new, "rename"))
        for (collection, resource, new), change in zip(every, report.planned, strict=True):
            if test:
                cloud.announce_name(collection, resource.id, new)
            else:
                give_name(cloud, collection, resource, new)
                report.done.append(change)
    except OneError as error:
        report.error = str(error)
    return report


def _rename_announced(cloud: Cloud, report: Report, source: str, name: str) -> None:
    if cloud.announced(report.kind, name, report.owner) is not None:
        raise RefusedError(f"both {source} and {name} would exist; remove or rename one")
    report.action, report.planned = "update", [Change("name", source, name, "rename")]
    cloud.announce_other_name(report.kind, source, name, report.owner)


def _parts(cloud: Cloud, kind: Kind, whole: Resource, name: str) -> Iterator[tuple[Collection, Resource, str]]:
    """The parts of an object that are named after it, with their new names."""
    for collection, part in kind.parts(cloud, whole) if kind.parts is not None else ():
        if part.name.startswith(f"{whole.name}-"):
            yield collection, part, name + part.name.removeprefix(whole.name)


def give_name(cloud: Cloud, collection: Collection, resource: Resource, name: str) -> None:
    """Rename one object and update its mark."""
    _rename_mark(cloud, collection, resource, name)
    cloud.call(f"{collection.prefix}.rename", resource.id, name)
    cloud.refresh(collection, [resource.id])


def _rename_mark(cloud: Cloud, kind: Collection, resource: Resource, name: str) -> None:
    """Update the mark to the new name: a mark with another name does not count."""
    if resource.mark is not None:
        attributes = resource.mark.for_name(name, resource.id, resource.name)
        cloud.call(f"{kind.prefix}.update", resource.id, render(attributes), MERGE)
