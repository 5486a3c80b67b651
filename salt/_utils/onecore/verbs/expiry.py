"""Short-lived VMs: which are over, and their removal."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..basics.errors import OneError
from ..basics.lifetime import EXPIRES, end_of
from ..basics.plan import Change
from ..cloud.campaign import Task
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..engine.execution import side_by_side
from ..engine.removal import carry_out_removal, plan_removal
from ..engine.report import Report
from ..kinds.vm.kind import VM


def expired(cloud: Cloud, now: float | None = None) -> list[tuple[Resource, Report]]:
    """Every VM made by these states whose time is over, by ID; one pool call finds them.

    A VM whose attribute nobody understands is among them, with that as its report's error.

    now
        The time, in seconds since 1970; defaults to that of this machine.
    """
    now = time.time() if now is None else now
    found = []
    for vm in sorted(cloud.pool(VM), key=lambda each: each.id):
        said = vm.text(f"{VM.template}/{EXPIRES}")
        if not said or not vm.ours:
            continue
        report = Report(VM, vm.name, vm.owner, id=vm.id)
        try:
            if end_of(said, vm.number("STIME")) > now:
                continue
            plan_removal(cloud, VM, vm, report)
            report.planned += [Change("expires", said, None, "remove")] if report.planned else []
        except OneError as error:
            report.error = str(error)
        found.append((vm, report))
    return found


def remove_expired(
    cloud: Cloud,
    test: bool = False,
    most: int | None = None,
    now: float | None = None,
    tell: Callable[[Report, Task], None] = lambda report, task: None,
) -> list[Report]:
    """Remove every VM made by these states whose time is over.

    test
        Only report which.
    most
        How many are removed at the same time; ``None`` for all.
    tell
        Called with a VM's report and its task whenever that moves on.

    Returns one report a VM that is over. A failure is its VM's own.
    """
    found = expired(cloud, now)
    due = [] if test else [(vm, report) for vm, report in found if not report.error]
    side_by_side(cloud, [(report, carry_out_removal(cloud, vm, report)) for vm, report in due], most, tell)
    return [report for _, report in found]
