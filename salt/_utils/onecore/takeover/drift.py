"""The differences between a cloud and its pillar, from the reports of a dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..basics.plan import both_shown
from ..cloud.directory import USERS
from ..engine.report import Report, sentence

#: Exit statuses for monitoring plugins.
NONE, FAILURE, DRIFT = 0, 1, 2
COLUMNS = ("user", "object", "part", "found", "declared")


@dataclass
class Drift:
    """The differences.

    rows
        One for each differing part of an object: ``user``, ``object``, ``id``, ``part``, ``found``, ``declared``, and
        ``disruptive``, whether the change would disturb running VMs.
    failures
        Objects that cannot be compared or changed: ``user``, ``object``, ``id`` and ``error``.
    objects
        The number of compared objects.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[dict[str, Any]] = field(default_factory=list)
    objects: int = 0

    @property
    def status(self) -> int:
        """The exit status."""
        return FAILURE if self.failures else DRIFT if self.rows else NONE

    @property
    def summary(self) -> str:
        """The summary, in one line."""
        drifted = len({(row["user"], row["object"]) for row in self.rows})
        failed = f", {len(self.failures)} could not be compared" if self.failures else ""
        objects = f"{self.objects} object{'' if self.objects == 1 else 's'}"
        return f"{objects} compared, {drifted} differ{failed}."

    @property
    def data(self) -> dict[str, Any]:
        """All values as plain data."""
        return {"drift": self.rows, "failures": self.failures, "objects": self.objects, "retcode": self.status}


def drift(reports: Mapping[str, Sequence[Report]]) -> Drift:
    """The differences, from the reports of a dry run by user, ``shared`` for shared objects."""
    found, objects = Drift(), set()
    for user, each in reports.items():
        for report in each:
            objects.add((report.kind.cli, report.owner, report.name))
            # Users who own shared templates and images are compared there, too.
            whose = report.name if report.kind.cli == USERS.cli and report.name in reports else user
            about = {"user": whose, "object": report.subject, "id": report.id}
            if report.error and not report.disturbs:
                found.failures += _new(found.failures, [{**about, "error": sentence(report.error)}])
            elif report.pending:
                found.rows += _new(found.rows, [{**about, **row} for row in _rows(report)])
    order = list(reports)
    found.rows.sort(key=lambda row: order.index(row["user"]))
    found.objects = len(objects)
    return found


def _new(known: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row not in known]


def _rows(report: Report) -> list[dict[str, Any]]:
    if report.action == "create":
        return [{"part": "", "found": "missing", "declared": "present", "disruptive": False}]
    if report.action == "remove":
        return [{"part": "", "found": "present", "declared": "no longer declared", "disruptive": False}]
    return [_row(change.path, both_shown(change), change.disruptive) for change in report.planned]


def _row(path: str, sides: Mapping[str, Any], disruptive: bool) -> dict[str, Any]:
    return {"part": path, "found": sides["old"], "declared": sides["new"], "disruptive": disruptive}
