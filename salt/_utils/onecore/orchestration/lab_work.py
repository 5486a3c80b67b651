"""The work on VMs of labs: a class for each type of work, an instance for each VM.

A work first compares (`prepare`, which makes no write calls and is all of a dry run), and is then carried out as a
procedure of a campaign. Its report contains the result.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ..basics.errors import MissingError, RefusedError, one_line
from ..basics.plan import Change
from ..basics.syntax import render
from ..cloud.campaign import Task
from ..cloud.directory import USERS
from ..cloud.procedure import Procedure, Wait
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..engine.item import Item
from ..engine.removal import carry_out_removal, plan_removal
from ..engine.report import Report
from ..kinds.vm.first_boot import boot_deferred, is_boot_deferred, let_go, off
from ..kinds.vm.kind import VM
from ..kinds.vm.power import power
from ..kinds.vm.template import template_attributes
from ..kinds.vm.waits import arrived, reached, refuse_failed
from ..model.writers import MERGE
from ..pillar.labs import LAB, REPORT, RUNNING, Machine
from ..verbs import snapshots
from ..verbs.plans import VERBS
from ..verbs.rebuild import REBUILT, rebuild_plan
from ..verbs.verb import Plan, Verb
from .answering import Answer, addresses_of

#: Arguments of ``onevm.present`` for the size of a VM.
SIZES = frozenset({"cpu", "vcpu", "memory", "disks"})
#: The attribute in which a guest reports that it is ready.
READY = "READY"


class Work:
    """The work on one VM of a lab.

    word
        The outcome of a changed VM, by the action of the report.
    ordered
        Whether VMs wait for those on which they depend.
    backwards
        Whether dependent VMs come first.
    owned
        Whether the VM's owner must still exist: a new user of that name is somebody else.
    """

    word: ClassVar[dict[str, str]] = {}
    ordered = True
    backwards = False
    owned = True

    def __init__(self, machine: Machine):
        self.machine = machine
        self.report = Report(VM, machine.name, machine.user)
        self.seconds = 0.0
        self.skipped = False

    @property
    def key(self) -> str:
        return f"{self.machine.name} of {self.machine.user}"

    @property
    def outcome(self) -> str:
        """The outcome of the VM, in one word."""
        if self.report.error:
            return "skipped" if self.skipped else "failed"
        return self.word.get(self.report.action, "as declared")

    def find(self, cloud: Cloud) -> Resource | None:
        """The VM, if it exists.

        Raises
            RefusedError for one that is none of this lab's.
        """
        vm = cloud.find(VM, self.machine.name, self.machine.user)
        if vm is not None:
            self.report.id = vm.id
            refuse_stranger(vm, self.machine)
            if self.owned:
                _refuse_ownerless(cloud, vm)
        return vm

    def existing(self, cloud: Cloud) -> Resource:
        """The VM, which must exist."""
        vm = self.find(cloud)
        if vm is None:
            raise MissingError("it does not exist: build the lab first")
        return vm

    def prepare(self, cloud: Cloud) -> None:
        """Compare, and note the changes."""
        raise NotImplementedError

    def carry_out(self, cloud: Cloud) -> Procedure:
        """Carry out the changes."""
        raise NotImplementedError

    def procedure(self, cloud: Cloud) -> Procedure:
        """The whole work, unless an error prevents it."""
        if self.report.error:
            raise RefusedError(self.report.error)
        yield from self.carry_out(cloud)

    def note(self, task: Task) -> None:
        """Copy the duration, outcome and error of a task."""
        self.seconds = task.seconds
        self.skipped = task.state == "skipped" and self.report.error in ("", task.error)
        self.report.error = self.report.error or task.error


def refuse_stranger(vm: Resource, machine: Machine) -> None:
    """Raise RefusedError for a VM that was not created for this lab."""
    if not vm.ours or vm.owner != machine.user:
        raise RefusedError(f"VM {vm.id} has that name and {vm.not_ours}")
    if vm.text(f"USER_TEMPLATE/{LAB}") != machine.lab:
        lab = one_line(vm.text(f"USER_TEMPLATE/{LAB}"))
        raise RefusedError(f"VM {vm.id} has that name and belongs to {f'lab {lab}' if lab else 'no lab'}")


def _refuse_ownerless(cloud: Cloud, vm: Resource) -> None:
    """Raise RefusedError for a VM of a user who no longer exists, and whose name another user has."""
    user = cloud.find(USERS, vm.owner or "")
    if user is not None and user.id != vm.uid:
        raise RefusedError(
            f"VM {vm.id} belongs to user {vm.uid}, who no longer exists: give it to the user who has that name now, or "
            "remove it"
        )


# -- being ready -------------------------------------------------------------------------------------------------


def await_ready(machine: Machine, vm: Resource) -> Procedure:
    """Wait until a VM that is starting is ready; returns the VM read afterwards."""
    if machine.power != "running":
        return vm
    running = reached(vm, "running", timeout=machine.timeout)
    vm = yield from unless_now(running, vm)
    if machine.ready == RUNNING:
        return vm
    if machine.ready != REPORT:
        return (yield from _answered(machine, vm, running))

    def reported(now: Resource | None) -> bool:
        return running.until(now) and now is not None and now.text(f"USER_TEMPLATE/{READY}").upper() == "YES"

    return (yield from unless_now(Wait(VM, vm.id, reported, "its guest's report", machine.timeout), vm))


def _answered(machine: Machine, vm: Resource, running: Wait) -> Procedure:
    """Wait until the guest of a running VM answers; returns the VM read afterwards."""
    answer = Answer(machine.port)

    def answered(now: Resource | None) -> bool:
        return running.until(now) and now is not None and answer.given(now)

    where = " or ".join(addresses_of(vm))
    return (yield from unless_now(Wait(VM, vm.id, answered, f"{answer.what} of {where}", machine.timeout), vm))


def unless_now(wait: Wait, vm: Resource) -> Procedure:
    """Wait, unless the wait is over with the given VM; returns the VM read afterwards."""
    return vm if wait.until(vm) else (yield wait)


def forget_report(cloud: Cloud, machine: Machine, vm: Resource) -> None:
    """Remove the report of the guest before it is started again."""
    if machine.ready == REPORT and vm.text(f"USER_TEMPLATE/{READY}"):
        cloud.call("one.vm.update", vm.id, render({READY: "NO"}), MERGE)


# -- kinds of work -----------------------------------------------------------------------------------------------


class Build(Work):
    """Create the VM as declared, wait until it is ready, and take its snapshot."""

    word: ClassVar[dict[str, str]] = {"create": "created", "update": "changed"}

    def __init__(self, machine: Machine):
        super().__init__(machine)

        def there(number: int) -> Wait:
            return arrived(number, machine.power, machine.timeout)

        self.item = Item(VM, machine.desired, self.report, arrival=there)

    def prepare(self, cloud: Cloud) -> None:
        vm = self.find(cloud)
        self.item.plan(cloud)
        if vm is None and self.machine.waits_with_boot:
            self.item.extra = boot_deferred(template_attributes(cloud, self.item.order), self.machine.desired.values)
        if self.machine.snapshot and self._without_snapshot(vm):
            self.report.planned.append(Change("snapshot", None, self.machine.snapshot, "snapshot"))
            self.report.action = "update" if self.report.action == "none" else self.report.action

    def _without_snapshot(self, vm: Resource | None) -> list[int]:
        """The disks that lack the declared snapshot; a placeholder for a VM that does not exist yet."""
        if vm is None:
            return [0]
        return [disk for disk in snapshots.disks(vm) if snapshots.of_disk(vm, disk, self.machine.snapshot) is None]

    def carry_out(self, cloud: Cloud) -> Procedure:
        vm = yield from self.item.carry_out(cloud, self.machine.timeout)
        if is_boot_deferred(vm):
            vm = yield from self._before_boot(cloud, vm)
        vm = yield from await_ready(self.machine, vm)
        snapshot = self.machine.snapshot
        lacking = self._without_snapshot(vm) if snapshot else []
        if snapshot and lacking:
            forget_report(cloud, self.machine, vm)
            then = self.machine.power
            vm = yield from snapshots.take(cloud, vm, snapshot, lacking, lambda disk: None, then)
            yield from await_ready(self.machine, vm)
        self.report.done = list(self.report.planned)

    def _before_boot(self, cloud: Cloud, vm: Resource) -> Procedure:
        """Take the snapshot of disks from which nothing has started, and boot the VM from them."""
        vm = yield from off(cloud, vm, self.machine.timeout)
        snapshot = self.machine.snapshot
        if snapshot and self._without_snapshot(vm):
            vm = yield from snapshots.take(
                cloud, vm, snapshot, self._without_snapshot(vm), lambda disk: None, "poweroff"
            )
        let_go(cloud, vm)
        return (yield from power(cloud, cloud.pool(VM).by_id.get(vm.id, vm), self.machine.power))


class Verbal(Work):
    """Apply a state function to the VM; ``verb`` is that function."""

    verb: Verb
    plan: Plan

    def given(self) -> dict[str, Any]:
        """The arguments of the state."""
        return {}

    def prepare(self, cloud: Cloud) -> None:
        self.plan_for(cloud, self.existing(cloud))

    def plan_for(self, cloud: Cloud, vm: Resource) -> None:
        """Note the changes that the state would make."""
        if not self.verb.heals:
            refuse_failed(vm)
        self.plan = self.verb.plan(cloud, vm, self.verb.checked(self.given()))
        self.report.planned, self.report.note = list(self.plan.changes), self.plan.note
        self.report.action = "update" if self.plan.changes else "none"

    def carry_out(self, cloud: Cloud) -> Procedure:
        if self.plan.carry_out is not None:
            yield from self.plan.carry_out(self.report.done.append)


class Reset(Verbal):
    """Revert every disk to its initial snapshot, and bring the VM to the declared power state."""

    verb = VERBS["reverted"]
    word: ClassVar[dict[str, str]] = {"update": "reverted"}

    def given(self) -> dict[str, Any]:
        return {"snapshot": self.machine.snapshot, "power": _power_after(self.machine)}

    def plan_for(self, cloud: Cloud, vm: Resource) -> None:
        refuse_failed(vm)
        if is_boot_deferred(vm):
            raise RefusedError(
                "nothing has started from its disks yet, since the run that created it was interrupted: build the lab"
            )
        super().plan_for(cloud, vm)

    def carry_out(self, cloud: Cloud) -> Procedure:
        forget_report(cloud, self.machine, self.existing(cloud))
        yield from super().carry_out(cloud)
        yield from await_ready(self.machine, self.existing(cloud))


def _power_after(machine: Machine) -> str:
    """The power state nearest to the declared one in which disks can be reverted."""
    return "running" if machine.power == "running" else "poweroff"


class Rebuild(Verbal):
    """Give the VM the current content of its template, with the fastest strategy; create a missing VM.

    strategy
        ``revert``, ``recreate``, ``redeploy`` or ``auto``; ``None`` means ``auto``.
    """

    word: ClassVar[dict[str, str]] = {"create": "created", "update": "rebuilt"}

    def __init__(self, machine: Machine, strategy: str | None = None):
        super().__init__(machine)
        self.strategy = strategy
        self.build = Build(machine)
        # A new VM has its size from the start, even if its hypervisor could not change it later.
        sizes = {key: value for key, value in machine.desired.values.items() if key in SIZES}
        self.verb = replace(
            REBUILT, plan=lambda cloud, vm, given: rebuild_plan(cloud, vm, given, sizes, machine.waits_with_boot)
        )

    def given(self) -> dict[str, Any]:
        values = self.machine.desired.values
        return {
            "strategy": self.strategy,
            "snapshot": self.machine.snapshot,
            "template": values["template"],
            "template_owner": values["template_owner"],
            "power": _power_after(self.machine),
        }

    def prepare(self, cloud: Cloud) -> None:
        vm = self.find(cloud) or self._lost(cloud)
        if vm is None:
            self.report = self.build.report
            self.build.prepare(cloud)
        else:
            self.plan_for(cloud, vm)

    def _lost(self, cloud: Cloud) -> Resource | None:
        """The VM that an interrupted run has removed and not created again."""
        vm = self.verb.lost(cloud, self.machine.name, self.machine.user)
        if vm is not None:
            refuse_stranger(vm, self.machine)
        return vm

    def carry_out(self, cloud: Cloud) -> Procedure:
        if self.report is not self.build.report:
            vm = self.find(cloud)
            if vm is not None:
                forget_report(cloud, self.machine, vm)
            yield from super().carry_out(cloud)
            # The declared state of the VM besides its content, its readiness, and its snapshot.
            self.build.prepare(cloud)
        yield from self.build.carry_out(cloud)
        self.report.id = self.build.report.id


class Stop(Verbal):
    """Power the VM off; VMs on which others depend are powered off last."""

    verb = VERBS["powered_off"]
    word: ClassVar[dict[str, str]] = {"update": "powered off", "none": "is off", "gone": "does not exist"}
    backwards = True

    def prepare(self, cloud: Cloud) -> None:
        vm = self.find(cloud)
        if vm is None:
            self.report.action, self.plan = "gone", Plan()
        else:
            self.plan_for(cloud, vm)


class Destroy(Work):
    """Remove the VM, if it has the mark of these states and the name of the lab."""

    word: ClassVar[dict[str, str]] = {"remove": "removed", "gone": "does not exist"}
    ordered = False
    owned = False

    def prepare(self, cloud: Cloud) -> None:
        vm = self.find(cloud)
        if vm is None:
            self.report.action = "gone"
        else:
            plan_removal(cloud, VM, vm, self.report)

    def carry_out(self, cloud: Cloud) -> Procedure:
        if self.report.action == "remove":
            yield from carry_out_removal(cloud, self.existing(cloud), self.report)


WORKS: dict[str, Any] = {"build": Build, "rebuild": Rebuild, "reset": Reset, "stop": Stop, "destroy": Destroy}
