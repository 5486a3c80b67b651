"""Short-lived VMs: which ones have expired, and their removal."""

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
    """Every expired VM of these states, by ID; one pool call finds them.

    A VM with an invalid expiry attribute is included, with an error in its report.

    now
        The time, in seconds since 1970; defaults to the current time of this machine.
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
    """Remove every expired VM of these states.

    test
        Only report them.
    most
        The maximum number of parallel removals; ``None`` for no limit.
    tell
        Called with the report and the task of a VM after each step.

    Returns one report for each expired VM. A failure does not stop the others.
    """
    found = expired(cloud, now)
    due = [] if test else [(vm, report) for vm, report in found if not report.error]
    side_by_side(cloud, [(report, carry_out_removal(cloud, vm, report)) for vm, report in due], most, tell)
    return [report for _, report in found]
