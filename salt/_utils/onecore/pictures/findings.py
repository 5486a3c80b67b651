"""Drift and isolation problems as sheets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..basics.plan import both_shown
from ..engine.report import Report, sentence
from .sheets import NUMBER, STATE, UNKNOWN, Column, Sheet

_DRIFT = (
    Column("Object"), Column("Drift", STATE), Column("User"), Column("Part"), Column("Found"), Column("Declared"),
    Column("ID", NUMBER, minor=True),
)  # fmt: skip
_AUDIT = (
    Column("Object"), Column("Severity", STATE), Column("Check"), Column("Finding"), Column("Cure"),
    Column("ID", NUMBER, minor=True),
)  # fmt: skip


def drift(reports: Mapping[str, Sequence[Report]], faulty: bool = False) -> Sheet:
    """A row for each part of an object that differs from its declaration, or that could not be compared.

    reports
        Reports of a dry run, by user; ``shared`` for shared objects.
    faulty
        Whether this is not known, since the pillar has errors.
    """
    rows = [row for user, every in reports.items() for report in every for row in _differences(user, report)]
    number = sum(map(len, reports.values()))
    return Sheet("Drift", _DRIFT, rows, UNKNOWN if faulty else f"All {number} declared objects are as declared.")


def _differences(user: str, report: Report) -> Iterator[list[Any]]:
    def row(what: str, part: Any = None, found: Any = None, declared: Any = None) -> list[Any]:
        return [report.subject, what, user, part, found, declared, report.id]

    if report.error and not report.disturbs:
        yield row("failed", found=sentence(report.error))
    elif report.action == "create":
        yield row("missing")
    elif report.action == "remove":
        yield row("not declared")
    elif report.pending or report.disturbs:
        for change in report.planned:
            sides = both_shown(change)
            what = "disturbs VMs" if change.disruptive else "differs"
            yield row(what, change.path, _text(sides["old"]), _text(sides["new"]))


def _text(value: Any) -> str | None:
    """A value in one line; ``None`` for nothing."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def audit(findings: Iterable[Mapping[str, Any]], refusal: str = "") -> Sheet:
    """A row for each finding: ``object``, ``id``, ``severity``, ``check``, ``finding`` and ``cure``.

    refusal
        Why the audit failed.
    """
    keys = ("object", "severity", "check", "finding", "cure", "id")
    return Sheet("Audit", _AUDIT, [[each[key] for key in keys] for each in findings], refusal or "No finding.")
