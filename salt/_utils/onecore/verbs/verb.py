"""Actions of states on existing VMs: each verb compares a VM, returns the changes, and carries them out.

Any number of VMs goes through a verb together, as one campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError, MissingError, RefusedError
from ..basics.plan import Change, Order
from ..basics.values import YES_NO, object_name
from ..cloud import vm_states
from ..cloud.locking import refuse_locked
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..engine.execution import side_by_side
from ..engine.report import Report
from ..kinds.vm.kind import VM
from ..kinds.vm.sketch import drawn
from ..kinds.vm.waits import refuse_failed
from ..model.arguments import Option

Done = Callable[[Change], None]

UNMANAGED = Option("unmanaged", YES_NO, False, doc="Do it even if these states did not create the VM.")


@dataclass(frozen=True)
class Plan:
    """The plan for one VM.

    changes
        The changes; empty if the VM is as declared.
    carry_out
        The procedure, called with a function that records each change. It may return the VM. ``None`` if there is
        nothing to do, not even to wait.
    note
        A note with the reason for this plan.
    foresee
        Applies the effect of the plan to the copy of the VM in a dry run.
    """

    changes: list[Change] = field(default_factory=list)
    carry_out: Callable[[Done], Procedure] | None = None
    note: str = ""
    foresee: Callable[[Resource], None] | None = None


@dataclass(frozen=True)
class Verb:
    """One state function for existing VMs.

    plan
        Called with the cloud, the VM and the given arguments; makes no write calls.
    arguments
        Its arguments, besides the VM's name and owner.
    doc, example
        Its documentation, and the arguments in an example: entries of a list, as YAML.
    destructive
        Whether data of the guest are lost, so that it is only allowed for VMs that these states created.
    heals
        Whether it can recover a VM in a failure state.
    lost
        Finds, by name and owner, a removed VM that an interrupted run has not completed.
    """

    plan: Callable[[Cloud, Resource, Mapping[str, Any]], Plan]
    arguments: Sequence[Option] = ()
    doc: str = ""
    example: str = ""
    destructive: bool = False
    heals: bool = False
    lost: Callable[[Cloud, str, str], Resource | None] = lambda cloud, name, owner: None

    @property
    def options(self) -> list[Option]:
        """All arguments besides the VM's name and owner."""
        return [*self.arguments, *([UNMANAGED] if self.destructive else [])]

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The given arguments in comparable form; raises ArgumentError for invalid ones."""
        known = {each.name: each for each in self.options}
        given = {name: value for name, value in given.items() if value is not None}
        refuse_unknown(given, known)
        missing = [each.name for each in self.options if each.required and each.name not in given]
        if missing:
            raise ArgumentError(f"{' and '.join(missing)} must be given.")
        return {name: known[name].type.wanted(name, value) for name, value in given.items()}


def perform(
    cloud: Cloud, verb: Verb, targets: Sequence[tuple[str, str | None]], given: Mapping[str, Any], test: bool = False
) -> list[Report]:
    """Apply a verb to several VMs in parallel.

    targets
        Name and owner of each VM; an owner of ``None`` is the account.
    given
        The arguments of the verb.
    test
        Stop before the first write.

    Returns one report for each VM, in order. A failure does not stop the others.

    Raises
        ArgumentError for arguments that cannot be right.
    """
    arguments = verb.checked(given)
    reports = [Report(VM, name, owner or cloud.account) for name, owner in targets]
    side_by_side(cloud, [(report, _done(cloud, verb, report, arguments, test)) for report in reports])
    return reports


def _done(cloud: Cloud, verb: Verb, report: Report, arguments: Mapping[str, Any], test: bool) -> Procedure:
    vm, announced = _found(cloud, verb, report)
    plan = _plan(cloud, verb, report, arguments, vm)
    if test and plan.changes and plan.foresee is not None:
        copy = vm if announced is not None else cloud.foresee(VM, vm.id)
        plan.foresee(copy)
        if announced is not None:
            order = replace(announced, wanted={**announced.wanted, "power": vm_states.power(copy)})
            cloud.announce_sketch(VM, order, copy)
    if plan.carry_out is not None and not test:
        now = yield from plan.carry_out(report.done.append)
        if isinstance(now, Resource):
            # A new VM may have replaced the one that was found.
            report.id = now.id


def _found(cloud: Cloud, verb: Verb, report: Report) -> tuple[Resource, Order | None]:
    """The VM, and its declaration if a dry run has only announced it."""
    name, owner = object_name("name", report.name), object_name("owner", report.owner)
    vm = cloud.find(VM, name, owner)
    announced = None if vm is not None else cloud.announced(VM, name, owner)
    if announced is not None:
        return drawn(cloud, announced), announced
    vm = vm or verb.lost(cloud, name, owner)
    if vm is None:
        raise MissingError(f"{report.subject} does not exist.")
    report.id = vm.id
    return vm, None


def _plan(cloud: Cloud, verb: Verb, report: Report, arguments: Mapping[str, Any], vm: Resource) -> Plan:
    if verb.destructive and not (vm.ours or arguments.get("unmanaged")):
        raise RefusedError(f"{report.subject} {vm.not_ours}. Do that manually, or set unmanaged: true.")
    if not verb.heals:
        refuse_failed(vm)
    plan = verb.plan(cloud, vm, arguments)
    if plan.changes:
        refuse_locked(cloud, VM, vm)
    report.planned, report.note = plan.changes, plan.note
    report.action = "update" if plan.changes else "none"
    return plan
