"""Runs procedures in parallel, and reports the outcome of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from ..cloud.campaign import Campaign, Task
from ..cloud.procedure import Procedure
from ..cloud.view import Cloud
from .report import Report


def side_by_side(
    cloud: Cloud,
    works: Iterable[tuple[Report, Procedure]],
    most: int | None = None,
    tell: Callable[[Report, Task], None] | None = None,
) -> list[Task]:
    """Run procedures, each with the report of its object; a failure does not stop the others.

    most
        How many run at the same time; ``None`` for all.
    tell
        Called with a report and its task after each step; defaults to the watcher of the cloud.

    Returns a task for each, in order.
    """
    reports: dict[Hashable, Report] = {}
    campaign = Campaign(cloud, most, None if tell is None else lambda task: tell(reports[task.key], task))
    for number, (report, procedure) in enumerate(works):
        campaign.add(number, procedure, subject=report.subject)
        reports[number] = report
    for task in campaign.run():
        reports[task.key].error = reports[task.key].error or task.error
        reports[task.key].seconds += task.seconds
    return list(campaign.tasks.values())
