"""The verbs of VMs: power states, and snapshots of disks and of the whole system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..basics.errors import ArgumentError, MissingError, RefusedError
from ..basics.marks import RESTORE
from ..basics.plan import Change
from ..basics.values import POSITIVE, YES_NO, Choice, Integer, Type, expected
from ..cloud import vm_states as vm_states
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.vm_states import restored_power
from ..kinds.vm import foreseen
from ..kinds.vm.power import forget_power, power
from ..kinds.vm.waits import POWER_TIMEOUT, still
from ..model.arguments import Option
from . import snapshots
from .snapshots import Snapshot
from .verb import Done, Plan, Verb


class Disks(Type):
    """Numbers of disks: a list, or one."""

    wants = "a list of whole numbers"

    def wanted(self, name: str, value: Any) -> list[int]:
        found = value if isinstance(value, (list, tuple)) else [value]
        if not found:
            raise expected(name, "at least one disk's number", value)
        return [Integer(0).wanted(f"{name}[{number}]", each) for number, each in enumerate(found)]


class Name(Type):
    """The name of a snapshot."""

    def wanted(self, name: str, value: Any) -> str:
        text = super().wanted(name, value)
        if not text:
            raise ArgumentError(f"{name}: must be a name, not an empty text.")
        return text


#: The power states in which a VM can be after its disks were reverted.
BACK = Choice("running", "poweroff")
HARD = Option("hard", YES_NO, False, doc="Act without the consent of the guest.")
TIMEOUT = Option(
    "timeout",
    POSITIVE,
    doc="How long to wait for each step on the way.",
    unit="seconds",
    otherwise=f"``{POWER_TIMEOUT}``",
)
SNAPSHOT = Option("snapshot", Name(), required=True, doc="Name of the snapshot.")
DISKS = Option(
    "disks",
    Disks(),
    doc="IDs of the disks.",
    otherwise="all disks that can have snapshots: images, but not CD-ROMs or volatile disks",
)
SYSTEM = Option(
    "system",
    YES_NO,
    False,
    doc=(
        "Whether to use a system snapshot instead: the whole VM with its memory, while it runs, if the hypervisor "
        "supports it."
    ),
)


# -- power -------------------------------------------------------------------------------------------------------


def _power(wanted: str, doc: str, *more: Option) -> Verb:
    def plan(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> Plan:
        here = vm_states.power(vm)
        timeout = given.get("timeout", POWER_TIMEOUT)
        if here != wanted and here in vm_states.POWER and not vm_states.way(here, wanted):
            raise RefusedError(f"OpenNebula cannot change it from {here} to {wanted}")
        changes = [] if here == wanted else [Change("power", here, wanted, "power", disruptive=True)]
        kept = vm.text(f"USER_TEMPLATE/{RESTORE}")
        if kept:
            # An interrupted run had powered it off temporarily; the declared state applies now.
            changes.append(Change(RESTORE, kept, None, "power"))

        def carry_out(done: Done) -> Procedure:
            yield from power(cloud, vm, wanted, timeout, given.get("hard", False))
            forget_power(cloud, vm)
            for change in changes:
                done(change)

        return Plan(changes, carry_out, foresee=lambda vm: foreseen.powered(vm, wanted))

    return Verb(plan, (*more, TIMEOUT), doc)


# -- taking ------------------------------------------------------------------------------------------------------


def _take(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> Plan:
    name = given["snapshot"]
    if given.get("system"):
        return _take_system(cloud, vm, name, given)
    wanted = snapshots.chosen_disks(vm, given.get("disks"))
    if not wanted:
        raise MissingError("it has no disk that could have snapshots")
    lacking = [disk for disk in wanted if snapshots.of_disk(vm, disk, name) is None]
    changes = {disk: Change(f"disk {disk}:snapshot", None, name, "snapshot", disruptive=True) for disk in lacking}
    back = _brought_back(vm)

    def carry_out(done: Done) -> Procedure:
        if lacking or vm_states.power(vm) == "poweroff":
            yield from snapshots.take(cloud, vm, name, lacking, lambda disk: done(changes[disk]))
        else:
            forget_power(cloud, vm)
        for change in back:
            done(change)

    def foresee(vm: Resource) -> None:
        for disk in lacking:
            foreseen.with_snapshot(vm, disk, name)
        foreseen.changed(vm, back)

    every = [*changes.values(), *back]
    return Plan(every, carry_out if every else None, foresee=foresee)


def _brought_back(vm: Resource) -> list[Change]:
    """The rest of an interrupted run: the VM is powered off, or just starting again."""
    here, back = vm_states.power(vm), restored_power(vm)
    kept = vm.text(f"USER_TEMPLATE/{RESTORE}")
    if here != back:
        return [Change("power", here, back, "power", disruptive=True)]
    return [Change(RESTORE, kept, None, "power")] if kept else []


def _take_system(cloud: Cloud, vm: Resource, name: str, given: Mapping[str, Any]) -> Plan:
    _system_only(given)
    if snapshots.of_system(vm, name) is not None:
        return Plan()
    _running(vm)
    change = Change("system:snapshot", None, name, "snapshot", disruptive=True)

    def carry_out(done: Done) -> Procedure:
        now = yield from still(vm)
        yield from snapshots.take_system(cloud, now, name)
        done(change)

    return Plan([change], carry_out, foresee=lambda vm: foreseen.with_system_snapshot(vm, name))


def _system_only(given: Mapping[str, Any]) -> None:
    if "disks" in given:
        raise ArgumentError("disks: a system snapshot holds all of them; leave it out.")


def _running(vm: Resource) -> None:
    if vm_states.power(vm) != "running":
        raise RefusedError(f"system snapshots need a running VM, and it is {vm_states.power(vm)}")


# -- going back --------------------------------------------------------------------------------------------------


def _revert(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> Plan:
    if given.get("system"):
        return _revert_system(cloud, vm, given)
    wanted = snapshots.chosen_disks(vm, given.get("disks"))
    targets = targets_of(vm, wanted, given.get("snapshot"))
    return revert_plan(cloud, vm, targets, given.get("power"))


def targets_of(vm: Resource, wanted: Iterable[int], name: str | None = None) -> list[Snapshot]:
    """The snapshot to which each disk is reverted: the one with that name, or its initial one.

    Raises
        MissingError if there is no disk, or a disk has no such snapshot.
    """
    found = {disk: snapshots.of_disk(vm, disk, name) for disk in wanted}
    lacking = ", ".join(str(disk) for disk, target in found.items() if target is None)
    if lacking:
        there = ", ".join(sorted({each.name for each in snapshots.disk_snapshots(vm)})) or "none"
        raise MissingError(f"disk {lacking} has no snapshot {name or 'at all'}; this VM has: {there}")
    if not found:
        raise MissingError("it has no disk that could have snapshots")
    return [target for target in found.values() if target is not None]


def revert_plan(cloud: Cloud, vm: Resource, targets: Sequence[Snapshot], then: str | None, note: str = "") -> Plan:
    """Revert disks to snapshots, and bring the VM to a power state: ``then``, or its current one."""
    changes = {target.disk: _reverted(vm, target) for target in targets}
    here, back = vm_states.power(vm), then or restored_power(vm)
    powered = [] if here == back else [Change("power", here, back, "power", disruptive=True)]

    def carry_out(done: Done) -> Procedure:
        yield from snapshots.revert(cloud, vm, targets, then, lambda target: done(changes[target.disk]))
        for change in powered:
            done(change)

    def foresee(vm: Resource) -> None:
        for target in targets:
            if target.disk is not None:
                foreseen.on_snapshot(vm, target.disk, target.id)
        foreseen.changed(vm, powered)

    return Plan([*changes.values(), *powered], carry_out, note, foresee)


def _reverted(vm: Resource, target: Snapshot) -> Change:
    was = next((each.name for each in snapshots.disk_snapshots(vm) if each.disk == target.disk and each.active), None)
    # The data written since the snapshot are lost, even if the active snapshot stays the same.
    old = None if was is None else f"{was} and data written since"
    return Change(f"disk {target.disk}", old, target.name, "revert", disruptive=True)


def _revert_system(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> Plan:
    _system_only(given)
    _running(vm)
    name = given.get("snapshot")
    target = snapshots.of_system(vm, name)
    if target is None:
        raise MissingError(f"it has no system snapshot {name or 'at all'}")
    change = Change("system", None, target.name, "revert", disruptive=True)

    def carry_out(done: Done) -> Procedure:
        now = yield from still(vm)
        yield from snapshots.revert_system(cloud, now, target)
        done(change)

    return Plan([change], carry_out)


# -- removing ----------------------------------------------------------------------------------------------------


def _remove(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> Plan:
    return _without(cloud, vm, [each for each in _all(vm, given) if each.name == given["snapshot"]])


def _keep(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> Plan:
    pattern = given.get("pattern", "*")
    places: dict[int | None, list[Snapshot]] = {}
    for each in _all(vm, given):
        places.setdefault(each.disk, []).append(each)
    leaving = []
    for every in places.values():
        # The oldest snapshot is the one to which a VM is reset, and the active one is in use.
        spare = [each for each in every[1:] if not each.active and fnmatchcase(each.name, pattern)]
        leaving += spare[: max(0, len(spare) - given["keep"])]
    return _without(cloud, vm, leaving)


def _all(vm: Resource, given: Mapping[str, Any]) -> list[Snapshot]:
    if given.get("system"):
        _system_only(given)
        return snapshots.system_snapshots(vm)
    wanted = snapshots.chosen_disks(vm, given.get("disks"))
    return [each for each in snapshots.disk_snapshots(vm) if each.disk in wanted]


def _without(cloud: Cloud, vm: Resource, leaving: Sequence[Snapshot]) -> Plan:
    changes = {each: Change(f"{_place(each)}:snapshot {each.id}", each.name, None, "snapshot") for each in leaving}
    if any(each.disk is None for each in leaving):
        _running(vm)

    def carry_out(done: Done) -> Procedure:
        now = yield from still(vm)
        yield from snapshots.delete(cloud, now, leaving, lambda gone: done(changes[gone]))

    def foresee(vm: Resource) -> None:
        for each in leaving:
            if each.disk is not None:
                foreseen.without_snapshots(vm, each.disk, {each.id})
            else:
                foreseen.without_system_snapshots(vm, {each.id})

    return Plan(list(changes.values()), carry_out if leaving else None, foresee=foresee)


def _place(snapshot: Snapshot) -> str:
    return "system" if snapshot.disk is None else f"disk {snapshot.disk}"


#: The states for existing VMs, by name.
VERBS: dict[str, Verb] = {
    "running": _power("running", "Ensure that a VM runs; wait for one that is starting."),
    "powered_off": _power("poweroff", "Ensure that a VM is powered off, and stays on its host.", HARD),
    "suspended": _power("suspended", "Ensure that a VM is suspended, its memory saved on its host."),
    "undeployed": _power(
        "undeployed", "Ensure that a VM is off and uses no host: its disks are in the system datastore.", HARD
    ),
    "snapshot_present": Verb(
        _take,
        (SNAPSHOT, DISKS, SYSTEM),
        "Ensure that disks of a VM have a snapshot of that name. The VM is powered off for it, and afterwards "
        "returned to its previous power state, also when a snapshot fails.",
        "- snapshot: initial",
    ),
    "snapshot_absent": Verb(
        _remove,
        (SNAPSHOT, DISKS, SYSTEM),
        "Ensure that no disk of a VM has a snapshot of that name. OpenNebula refuses to remove some, depending on "
        "the datastore and on what was built on them; the comment gives the reason.",
        "- snapshot: before upgrade",
    ),
    "snapshot_keep": Verb(
        _keep,
        (
            Option("keep", Integer(0), required=True, doc="The number of snapshots to keep for each disk."),
            Option(
                "pattern",
                Name(),
                doc="Pattern of the names of snapshots that are counted and removed: ``daily-*``.",
                otherwise="all",
            ),
            DISKS,
            SYSTEM,
        ),
        "Ensure that disks of a VM have no more than that number of snapshots: the oldest ones are removed. The "
        "initial snapshot and the active one always stay, and are not counted.",
        "- keep: 3\n- pattern: daily-*",
    ),
    "reverted": Verb(
        _revert,
        (
            Option("snapshot", Name(), doc=SNAPSHOT.doc, otherwise="the initial one of each disk, the oldest"),
            DISKS,
            SYSTEM,
            Option("power", BACK, doc="The power state afterwards.", otherwise="its previous one"),
        ),
        "Revert disks of a VM to a snapshot: data written since is lost. The VM is powered off for it, without the "
        "consent of its guest if all its disks are reverted, and afterwards returned to its previous power state. "
        "It is done each time this state runs.\n\nOpenNebula reverts disk by disk. If one fails, the comment "
        "names the reverted disks and the others, and the VM stays powered off; the next run reverts all of them "
        "and brings the VM back.\n\nOnly a VM that these states created is reverted, and none that was taken over.",
        "- snapshot: initial",
        destructive=True,
    ),
}
