"""Work on the VMs of labs in parallel: their order, the progress, and the result."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from ..basics.errors import MissingError, OneError, did_you_mean
from ..basics.plan import Desired
from ..cloud import vm_states as vm_states
from ..cloud.campaign import Campaign, Task
from ..cloud.view import Cloud
from ..engine.report import sentence
from ..kinds.vm.kind import VM
from ..pillar.labs import LAB, PING, PORT, RUNNING, Machine, names
from .answering import Answer
from .interruption import run_or_tell
from .lab_work import READY, Work

#: Called after each step: the work, its state or what it waits for, the number of finished VMs, and the total.
Tell = Callable[[Work, str, int, int], None]


@dataclass
class Outcome:
    """The result of the VMs of some labs.

    interrupted
        Whether the run ended early, by Ctrl-C or a signal.
    """

    works: Sequence[Work]
    test: bool
    seconds: float
    interrupted: bool = False

    @property
    def failed(self) -> list[Work]:
        return [work for work in self.works if work.report.error]

    def counts(self) -> dict[str, int]:
        """The number of VMs by outcome."""
        return dict(Counter(work.outcome for work in self.works))

    def rows(self) -> list[dict[str, Any]]:
        """One row for each VM, with plain values; that of a dry run has all changes."""
        return [self._row(work) for work in self.works]

    def _row(self, work: Work) -> dict[str, Any]:
        row = {
            "user": work.machine.user,
            "lab": work.machine.lab,
            "vm": work.machine.name,
            "id": work.report.id,
            "outcome": work.outcome,
            "comment": work.report.comment(self.test),
            "seconds": round(work.seconds, 1),
        }
        return {**row, "changes": work.report.changes(self.test)} if self.test else row


def run(
    cloud: Cloud,
    works: Sequence[Work],
    test: bool = False,
    most: int | None = None,
    tell: Tell = lambda work, step, over, all_: None,
    pause: Callable[[float], None] | None = None,
) -> Outcome:
    """Carry out works, each after those on which it depends; a failure stops only dependent ones.

    works
        A work whose report already has an error is not started.
    test
        Stop before the first write.
    most
        The maximum number of parallel works; ``None`` for no limit.
    """
    begun = time.monotonic()
    # First of all: an endpoint that is down is reported once, and not for each VM.
    cloud.pool(VM)
    for work in works:
        if not work.report.error:
            _prepare(cloud, work)
    interrupted = False
    if test:
        _skip_dependent(works)
    else:
        interrupted = _carry_out(cloud, works, most, tell, pause)
    return Outcome(works, test, time.monotonic() - begun, interrupted)


def _prepare(cloud: Cloud, work: Work) -> None:
    try:
        work.prepare(cloud)
    except OneError as error:
        work.report.error = str(error)


def _skip_dependent(works: Sequence[Work]) -> None:
    """Note in a dry run which works a real run would not start, since one of those before them fails."""
    by_key, before = {work.key: work for work in works}, _order(works)
    order = TopologicalSorter({key: [each for each in keys if each in by_key] for key, keys in before.items()})
    for key in order.static_order():
        work, lost = by_key[key], [each for each in before[key] if by_key[each].report.error]
        if lost and not work.report.error:
            how = "was skipped" if by_key[lost[0]].skipped else "failed"
            work.report.error, work.skipped = f"not started, since {lost[0]} {how}", True


def _carry_out(cloud: Cloud, works: Sequence[Work], most: int | None, tell: Tell, pause: Any) -> bool:
    by_key: dict[Hashable, Work] = {work.key: work for work in works}
    campaign = Campaign(cloud, most, lambda task: report_progress(task), pause)
    before = _order(works)
    for work in works:
        campaign.add(work.key, work.procedure(cloud), before[work.key])

    def report_progress(task: Task) -> None:
        work = by_key[task.key]
        work.note(task)
        tell(work, task.step or _said(work), campaign.over, len(works))

    interrupted = run_or_tell(campaign)
    for task in campaign.tasks.values():
        by_key[task.key].note(task)
    return interrupted


def _said(work: Work) -> str:
    return f"{work.outcome}: {work.report.error}" if work.report.error else work.outcome


def _order(works: Sequence[Work]) -> dict[str, list[str]]:
    """The keys on which each work depends."""
    places = {(work.machine.user, work.machine.lab, work.machine.name): work for work in works}
    before: dict[str, list[str]] = {work.key: [] for work in works}
    for work in works:
        for name in work.machine.after:
            other = places.get((work.machine.user, work.machine.lab, name))
            if other is not None and work.ordered:
                first, then = (work, other) if work.backwards else (other, work)
                before[then.key].append(first.key)
    return before


# -- which VMs ---------------------------------------------------------------------------------------------------


def picked(found: Sequence[Machine], vm: Any = None) -> Sequence[Machine]:
    """The selected VMs.

    vm
        A name, several separated by commas, a list of names, or ``None`` for all. The name of a declaration selects all
        its VMs.
    """
    wanted = names("vm", vm)
    if wanted is None:
        return found
    known = {name for machine in found for name in (machine.name, machine.declared) if name}
    for name in wanted:
        if name not in known:
            raise MissingError(f"none of these labs has a VM {name}{did_you_mean(name, known)}")
    return [machine for machine in found if machine.name in wanted or machine.declared in wanted]


def left_over(cloud: Cloud, user: Any, lab: Any, declared: Sequence[Machine]) -> list[Machine]:
    """The VMs that these states created for the labs of these names, and that the pillar no longer declares."""
    who, which = names("user", user), names("lab", lab)
    known = {(machine.user, machine.name) for machine in declared}
    found = []
    for vm in sorted(cloud.pool(VM), key=lambda each: each.id):
        owner, of_lab = vm.owner, vm.text(f"USER_TEMPLATE/{LAB}")
        ours = vm.is_marked and of_lab and (owner, vm.name) not in known
        if ours and (which is None or of_lab in which) and (who is None or owner in who):
            found.append(Machine(owner, of_lab, vm.name, Desired(VM.cli, vm.name, owner, {"power": "running"})))
    return found


def status(cloud: Cloud, wanted: Sequence[Machine]) -> list[dict[str, Any]]:
    """One row for each VM: whether it exists, its state, and whether it is ready as declared."""
    # All guests are asked before waiting for the first answer.
    answers = [_asked(cloud, machine) for machine in wanted]
    return [_status_row(cloud, *each) for each in zip(wanted, answers, strict=True)]


def _asked(cloud: Cloud, machine: Machine) -> Answer | None:
    """The expected answer of a guest, if it runs."""
    found = cloud.pool(VM).named(machine.name, machine.user)
    if machine.ready not in (PING, PORT) or not found or vm_states.state(found[0]) != vm_states.RUNNING:
        return None
    answer = Answer(machine.port)
    with suppress(OneError):
        answer.given(found[0])
    return answer


def _status_row(cloud: Cloud, machine: Machine, answer: Answer | None) -> dict[str, Any]:
    row = {"user": machine.user, "lab": machine.lab, "vm": machine.name, "id": None, "state": "missing"}
    found = cloud.pool(VM).named(machine.name, machine.user)
    if not found:
        return {**row, "ip": None, "ready": False}
    vm = found[0]
    state = vm_states.name(vm_states.state(vm))
    addresses = [nic["IP"] for nic in vm.vectors("TEMPLATE/NIC") if nic.get("IP")]
    runs = state == "RUNNING"
    reported = vm.text(f"USER_TEMPLATE/{READY}").upper() == "YES"
    ready = runs and (answer.given_soon() if answer is not None else machine.ready == RUNNING or reported)
    return {**row, "id": vm.id, "state": state, "ip": addresses[0] if addresses else None, "ready": ready}


def failure(outcome: Outcome) -> str:
    """The errors, a line for each reason."""
    failed = outcome.failed
    reasons: dict[str, list[Work]] = {}
    for work in failed:
        reasons.setdefault(work.report.error or "", []).append(work)
    lines = [f"- {sentence(_reason(error, works, outcome.test))}" for error, works in reasons.items()]
    head = "Interrupted" if outcome.interrupted else f"{len(failed)} of {len(outcome.works)} VMs failed"
    return "\n".join([f"{head}:", *lines])


def _reason(error: str, works: Sequence[Work], test: bool) -> str:
    """The VMs that have an error, and the error."""
    if len(works) == 1:
        return works[0].report.comment(test)
    return f"VMs {', '.join(work.key for work in works)}: {error}"
