"""What can be done to one VM, step by step: procedures for a campaign.

Each leaves the VM as it found it where it can: what was running runs again, also when a step in between failed.
A procedure that is cut short and run again finds what is left to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .campaign import Procedure, Wait
from .cloud import Cloud
from .errors import ActionError, MissingError, OneError, RefusedError, SettleError
from .kinds import vm_states
from .kinds.vm import VM
from .resource import Resource

#: Seconds that a VM may take to change its power state, and to do something with a disk.
POWER_TIMEOUT, DISK_TIMEOUT = 600, 1800

RECREATE = 4


def reached(vm: Resource, *wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM is in one of these power states.

    vm
        The VM as it was before it was asked: a driver's failure shows only in what has changed since.
    """

    def until(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM is gone")
        current = vm_states.state(now)
        if any(current == vm_states.POWER[word] for word in wanted):
            return True
        _refuse_failed(now)
        if current in vm_states.SETTLED.ready and now.error != vm.error:
            raise ActionError(f"the driver failed: {now.error}")
        return False

    return Wait(vm.id, until, " or ".join(wanted), timeout)


def gone(vm: Resource, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM is no more."""

    def until(now: Resource | None) -> bool:
        if now is not None:
            _refuse_failed(now)
        return now is None

    return Wait(vm.id, until, "its end", timeout)


def _refuse_failed(now: Resource) -> None:
    state = vm_states.state(now)
    if state in vm_states.SETTLED.failed:
        raise SettleError(f"the VM is in state {vm_states.name(state)}{f': {now.error}' if now.error else ''}")


def power(cloud: Cloud, vm: Resource, wanted: str, timeout: float = POWER_TIMEOUT) -> Procedure:
    """Bring a VM to a power state; returns the VM as it is then."""
    now = vm_states.power(vm)
    if vm_states.state(vm) == vm_states.POWER[wanted]:
        return vm
    if vm_states.state(vm) not in vm_states.SETTLED.ready:
        # It is on its way somewhere: act on where it arrives.
        vm = yield reached(vm, *vm_states.POWER, timeout=timeout)
        return (yield from power(cloud, vm, wanted, timeout))
    for step in vm_states.way(now, wanted):
        action = vm_states.ACTIONS[vm_states.power(vm), step]
        cloud.call("one.vm.action", action, vm.id)
        vm = yield reached(vm, step, timeout=timeout)
    return vm


@dataclass(frozen=True)
class Snapshot:
    """A disk snapshot of a VM; ``date`` in seconds since 1970."""

    disk: int
    id: int
    name: str
    date: int
    active: bool


def snapshots(vm: Resource) -> list[Snapshot]:
    """The disk snapshots of a VM, by disk and age."""
    found = []
    for disk in vm.element.iterfind("SNAPSHOTS"):
        for each in disk.iterfind("SNAPSHOT"):
            found.append(
                Snapshot(
                    int(disk.findtext("DISK_ID")),
                    int(each.findtext("ID")),
                    each.findtext("NAME") or "",
                    int(each.findtext("DATE") or 0),
                    each.findtext("ACTIVE") == "YES",
                )
            )
    return sorted(found, key=lambda each: (each.disk, each.id))


def disks(vm: Resource) -> list[int]:
    """The disks of a VM that can have snapshots: images, but no CD-ROMs and no volatile disks."""
    found = []
    for disk in vm.vectors("TEMPLATE/DISK"):
        if disk.get("IMAGE_ID") and disk.get("TYPE", "").upper() not in ("CDROM", "RBD_CDROM", "SWAP", "FS"):
            found.append(int(disk["DISK_ID"]))
    return sorted(found)


def chosen_disks(vm: Resource, wanted: Iterable[int] | None) -> list[int]:
    """``wanted``, or all; MissingError for a disk that the VM does not have."""
    every = disks(vm)
    if wanted is None:
        return every
    unknown = sorted(set(wanted) - set(every))
    if unknown:
        raise MissingError(f"it has no disk {', '.join(map(str, unknown))} that could have snapshots")
    return sorted(set(wanted))


def named(vm: Resource, disk: int, name: str) -> Snapshot | None:
    """The snapshot of a disk with that name; the oldest, since OpenNebula allows several."""
    return next((each for each in snapshots(vm) if (each.disk, each.name) == (disk, name)), None)


def initial(vm: Resource, disk: int) -> Snapshot | None:
    """The oldest snapshot of a disk."""
    return next((each for each in snapshots(vm) if each.disk == disk), None)


def _as_before(cloud: Cloud, vm: Resource, was: str, error: OneError) -> Procedure:
    """Power a VM on again that was only off for something that failed; then let the failure out."""
    if was != "poweroff":
        current = cloud.pool(VM).by_id.get(vm.id, vm)
        yield from power(cloud, current, was)
    raise error


def take_snapshot(cloud: Cloud, vm: Resource, name: str, wanted: Sequence[int]) -> Procedure:
    """Take a snapshot of these disks while the VM is off; returns the VM as it is then, as it was before."""
    was = vm_states.power(vm)
    vm = yield from power(cloud, vm, "poweroff")
    try:
        for disk in wanted:
            cloud.call("one.vm.disksnapshotcreate", vm.id, disk, name)
            vm = yield reached(vm, "poweroff", timeout=DISK_TIMEOUT)
            if named(vm, disk, name) is None:
                raise ActionError(f"disk {disk} has no snapshot {name} after all{_because(vm)}")
    except OneError as error:
        yield from _as_before(cloud, vm, was, error)
    return (yield from power(cloud, vm, was))


def revert(cloud: Cloud, vm: Resource, targets: dict[int, int]) -> Procedure:
    """Put disks back to snapshots: ``{disk: snapshot id}``; the VM runs again afterwards if it ran before.

    OpenNebula cannot revert several disks at once. One that fails leaves the others reverted, the VM off, and says
    which are which; running it again reverts them all.
    """
    was = vm_states.power(vm)
    vm = yield from power(cloud, vm, "poweroff")
    done: list[int] = []
    for disk, snapshot in targets.items():
        try:
            cloud.call("one.vm.disksnapshotrevert", vm.id, disk, snapshot)
            vm = yield reached(vm, "poweroff", timeout=DISK_TIMEOUT)
            _confirm_revert(vm, disk, snapshot)
        except OneError as error:
            left = [each for each in targets if each not in done]
            raise ActionError(
                f"disks reverted: {_listed(done)}; not reverted: {_listed(left)}; the VM stays powered off: {error}"
            ) from None
        done.append(disk)
    return (yield from power(cloud, vm, was))


def _confirm_revert(vm: Resource, disk: int, snapshot: int) -> None:
    active = [each.id for each in snapshots(vm) if each.disk == disk and each.active]
    if active != [snapshot]:
        raise ActionError(f"disk {disk} is not at snapshot {snapshot}{_because(vm)}")


def _because(vm: Resource) -> str:
    return f": {vm.error}" if vm.error else ""


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def delete_snapshots(cloud: Cloud, vm: Resource, which: Sequence[Snapshot]) -> Procedure:
    """Delete snapshots, the youngest first, since one with children cannot go."""
    for each in sorted(which, key=lambda each: -each.id):
        if each.active:
            raise RefusedError(f"snapshot {each.name} of disk {each.disk} is the active one: revert to another first")
        cloud.call("one.vm.disksnapshotdelete", vm.id, each.disk, each.id)
        vm = yield reached(vm, vm_states.power(vm), timeout=DISK_TIMEOUT)
    return vm


def recreate(cloud: Cloud, vm: Resource) -> Procedure:
    """Make a VM anew from the same image: id, addresses and context stay, disks and snapshots do not."""
    cloud.call("one.vm.recover", vm.id, RECREATE)
    started = {"left": False}

    def running_again(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM is gone")
        # For a moment after the call the old state still shows: only what comes after another one counts.
        started["left"] = started["left"] or vm_states.state(now) != vm_states.state(vm)
        _refuse_failed(now)
        return started["left"] and vm_states.state(now) == vm_states.RUNNING

    return (yield Wait(vm.id, running_again, "running again", POWER_TIMEOUT))


def terminate(cloud: Cloud, vm: Resource, hard: bool = True) -> Procedure:
    """Remove a VM for good."""
    cloud.call("one.vm.action", "terminate-hard" if hard else "terminate", vm.id)
    yield gone(vm)


def start(cloud: Cloud, number: int, what: Any = "running") -> Procedure:
    """Wait for a VM that has just been instantiated."""
    fresh = cloud.read(VM, number)
    cloud.pool(VM).put(fresh)
    return (yield reached(fresh, what))
