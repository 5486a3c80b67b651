"""Giving an object another name and keeping everything else, its id included."""

from __future__ import annotations

from typing import Any

from ..basics.errors import MissingError, OneError, RefusedError
from ..basics.plan import Change
from ..basics.syntax import render
from ..basics.values import object_name
from ..cloud.locking import refuse_locked
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind
from ..model.writers import MERGE
from .report import Report


def rename(cloud: Cloud, kind: Kind, source: Any, name: str, owner: str | None = None, test: bool = False) -> Report:
    """Make the object that is called ``source`` be called ``name``; nothing to do when it already is.

    Raises nothing: a refusal or failure is in the report.
    """
    report = Report(kind, name, owner)
    try:
        report.owner = kind.owner_of(owner, cloud.account)
        object_name(kind.title, name)
        object_name(kind.title, source)
        before, after = cloud.find(kind, source, report.owner), cloud.find(kind, name, report.owner)
        there = before or after
        if there is None:
            raise MissingError(f"neither {kind.describe(source, report.owner)} nor one named {name} exists")
        if before is not None and after is not None:
            raise RefusedError(f"both {source} (ID {before.id}) and {name} (ID {after.id}) exist; remove or rename one")
        report.id = there.id
        if before is None:
            return report
        refuse_locked(cloud, kind, before)
        report.action = "update"
        report.planned = [Change("name", source, name, "rename")]
        if test:
            cloud.announce_name(kind, before.id, name)
        else:
            _rename_mark(cloud, kind, before, name)
            cloud.call(f"{kind.prefix}.rename", before.id, name)
            cloud.refresh(kind, [before.id])
            report.done = list(report.planned)
    except OneError as error:
        report.error = str(error)
    return report


def _rename_mark(cloud: Cloud, kind: Kind, resource: Resource, name: str) -> None:
    """Let the mark name the object by its name to come: one that names another object would be none of its own."""
    if resource.mark is not None:
        attributes = resource.mark.for_name(name, resource.id, resource.name)
        cloud.call(f"{kind.prefix}.update", resource.id, render(attributes), MERGE)
