"""The interface between labs and the runner `onelab`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.values import YES_NO, Integer
from ..cloud.view import Cloud
from ..kinds.vm.kind import VM
from ..orchestration import junit
from ..orchestration.lab_campaign import Outcome, failure, left_over, picked, run, status
from ..orchestration.lab_work import WORKS, Work
from ..pillar.labs import Machine, chosen, machines, matching
from ..wire import events
from .pillars import checked
from .runners import Progress, alone, as_minion, command, failed_with, publisher_of, shown
from .states import connect


def listed(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The declared labs: ``[{"user", "lab", "vms": [names in order]}]``."""

    def body() -> Any:
        found = chosen(checked(as_minion(runner)), given["user"], given["lab"])
        return shown(
            runner, [{"user": each.user, "lab": each.name, "vms": [vm.name for vm in each.machines]} for each in found]
        )

    return command(given, body)


def state(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The state of the declared labs, a row for each VM."""

    def body() -> Any:
        module = as_minion(runner)
        wanted = picked(machines(chosen(checked(module), given["user"], given["lab"])), given["vm"])
        return shown(runner, status(connect(module, given["profile"]), wanted))

    return command(given, body)


def work(runner: Mapping[str, Any], name: str, given: Mapping[str, Any], **options: Any) -> Any:
    """Run a work on the VMs of labs.

    name
        A key of `lab_work.WORKS`.
    given
        The runner function's ``locals()``: lab, user, vm, test, limit, junit, profile.
    options
        Further arguments of the work.
    """
    return command(given, lambda: _work(runner, name, given, options))


def _work(runner: Mapping[str, Any], name: str, given: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    test = YES_NO.wanted("test", given["test"])
    most = None if given["limit"] is None else Integer(1).wanted("limit", given["limit"])
    _refuse_nothing_named(given)
    if given["junit"] is not None:
        junit.library()
    module = as_minion(runner)
    config = checked(module)
    cloud = connect(module, given["profile"])
    works = [WORKS[name](machine, **options) for machine in _wanted(cloud, config, name, given)]
    address = publisher_of(config, given["profile"], cloud.client.endpoint)
    with (
        Progress(runner) as progress,
        events.listening(address) as pause,
        _only_run(runner, cloud, name, works, test) as pausing,
    ):
        outcome = run(cloud, works, test, most, _teller(progress, name), pausing(pause))
    return _finish(runner, outcome, name, given["junit"])


_Pause = Callable[[float], None]


@contextmanager
def _only_run(
    runner: Mapping[str, Any], cloud: Cloud, name: str, works: Sequence[Work], test: bool
) -> Iterator[Callable[[_Pause], _Pause]]:
    """While the block runs, no other run works on the same labs; labs with another run have failed.

    The block gets the function for pauses, with which this run prolongs its notes.
    """
    if test:
        yield lambda pause: pause
        return
    labs: dict[str, dict[str, None]] = {}
    for work in works:
        labs.setdefault(work.machine.user, {})[_lab(work.machine)] = None
    with alone(runner, cloud, f"onelab.{name}", labs) as only:
        for work in works:
            machine = work.machine
            if _lab(machine) in only.busy:
                who = only.busy[_lab(machine)]
                work.report.error = f"lab {machine.lab} of {machine.user} is busy with another run: {who}"
        # Data read before this run was the only one may be old.
        cloud.forget(VM)
        yield only.pause


def _lab(machine: Machine) -> str:
    return f"lab {machine.user}/{machine.lab}"


def _refuse_nothing_named(given: Mapping[str, Any]) -> None:
    if all(given[key] is None for key in ("user", "lab", "vm")):
        raise ArgumentError("lab, user or vm must be given")


def _wanted(cloud: Cloud, config: Mapping[str, Any], name: str, given: Mapping[str, Any]) -> Sequence[Machine]:
    user, lab, vm = (given[key] for key in ("user", "lab", "vm"))
    if name != "destroy":
        return picked(machines(chosen(config, user, lab)), vm)
    if lab is None:
        raise ArgumentError("lab: to destroy a lab, name it")
    declared = machines(matching(config, user, lab))
    found = [*declared, *left_over(cloud, user, lab, declared)]
    return picked(found or machines(chosen(config, user, lab)), vm)


def _teller(progress: Progress, name: str) -> Callable[[Work, str, int, int], None]:
    said: dict[str, str] = {}

    def tell(work: Work, step: str, over: int, every: int) -> None:
        if said.get(work.key) == step:
            return
        said[work.key] = step
        machine = work.machine
        place = {"user": machine.user, "lab": machine.lab, "vm": machine.name, "id": work.report.id}
        text = f"{over}/{every} {machine.user} {machine.lab} {machine.name}: {step}"
        progress.step(text, **place, work=name, step=step, over=over, of=every)

    return tell


def _finish(runner: Mapping[str, Any], outcome: Outcome, name: str, path: str | None) -> Any:
    rows = outcome.rows()
    if path is not None:
        junit.write(path, f"onelab.{name}", [_case(work, outcome.test) for work in outcome.works])
    totals = {**outcome.counts(), "seconds": round(outcome.seconds, 1)}
    result = {"vms": {f"{row['user']}/{row['vm']}": row for row in rows}, "totals": totals}
    if outcome.failed or outcome.interrupted:
        raise failed_with(runner, failure(outcome), result)
    return shown(runner, result)


def _case(work: Work, test: bool) -> junit.Case:
    machine, report = work.machine, work.report
    said = report.comment(test)
    return junit.Case(
        f"{machine.user}.{machine.lab}",
        machine.name,
        round(work.seconds, 3),
        failure=said if report.error and not work.skipped else "",
        skipped=said if work.skipped else "",
        said="" if report.error else said,
    )
