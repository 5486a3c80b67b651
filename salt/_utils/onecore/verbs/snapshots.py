"""Snapshots of VMs: how to list, create, revert to and remove them.

A disk snapshot contains one disk; OpenNebula reverts to one while the VM is powered off. A system snapshot contains a
whole running VM, including its memory, if the hypervisor supports that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ..basics.errors import ActionError, MissingError, OneError
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..kinds.vm.changes import known
from ..kinds.vm.power import act_while_off, while_off
from ..kinds.vm.waits import DISK_TIMEOUT, reached, refuse_error

#: Types of disks without snapshots (DISK/TYPE of a VM), and those whose content need not be reverted.
_WITHOUT = frozenset({"CDROM", "RBD_CDROM", "SWAP", "FS"})
_UNWRITTEN = _WITHOUT - {"FS"}


@dataclass(frozen=True)
class Snapshot:
    """A snapshot; ``date`` in seconds since 1970, ``disk`` is ``None`` for one of the whole system."""

    disk: int | None
    id: int
    name: str
    date: int
    active: bool = False

    @property
    def title(self) -> str:
        """Its description for people."""
        return f"system snapshot {self.name}" if self.disk is None else f"snapshot {self.name} of disk {self.disk}"


Done = Callable[[Snapshot], None]


def disk_snapshots(vm: Resource) -> list[Snapshot]:
    """The disk snapshots of a VM, by disk and age."""
    found = []
    for disk, each in vm.nested("SNAPSHOTS", "SNAPSHOT"):
        name, date, active = each.get("NAME", ""), each.number("DATE", 0), each.get("ACTIVE") == "YES"
        found.append(Snapshot(disk.number("DISK_ID"), each.number("ID"), name, date, active))
    return sorted(found, key=lambda each: (each.disk, each.id))


def system_snapshots(vm: Resource) -> list[Snapshot]:
    """The system snapshots of a VM, by age."""
    found = vm.vectors("TEMPLATE/SNAPSHOT")
    listed = [Snapshot(None, each.number("SNAPSHOT_ID"), each.get("NAME", ""), each.number("TIME")) for each in found]
    return sorted(listed, key=lambda each: each.id)


def disks(vm: Resource) -> list[int]:
    """The disks of a VM that can have snapshots: images, but no CD-ROMs and no volatile disks."""
    found = []
    for disk in vm.vectors("TEMPLATE/DISK"):
        if disk.get("IMAGE_ID") and disk.get("TYPE", "").upper() not in _WITHOUT:
            found.append(disk.number("DISK_ID"))
    return sorted(found)


def chosen_disks(vm: Resource, wanted: Iterable[int] | None) -> list[int]:
    """``wanted``, or all disks; raises MissingError for a disk that the VM does not have."""
    every = disks(vm)
    if wanted is None:
        return every
    unknown = sorted(set(wanted) - set(every))
    if unknown:
        raise MissingError(f"it has no disk {', '.join(map(str, unknown))} that could have snapshots")
    return sorted(set(wanted))


def of_disk(vm: Resource, disk: int, name: str | None = None) -> Snapshot | None:
    """The snapshot of a disk with that name, or its initial one: the oldest, since OpenNebula allows several."""
    return next((each for each in disk_snapshots(vm) if each.disk == disk and name in (None, each.name)), None)


def of_system(vm: Resource, name: str | None = None) -> Snapshot | None:
    """The system snapshot with that name, or the oldest one."""
    return next((each for each in system_snapshots(vm) if name in (None, each.name)), None)


def _listed(numbers: Iterable[int | None]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _ignore(done: Snapshot) -> None:
    """The default callback, which does nothing."""


# -- disks -------------------------------------------------------------------------------------------------------


def take(
    cloud: Cloud,
    vm: Resource,
    name: str,
    wanted: Sequence[int],
    done: Callable[[int], None],
    then: str | None = None,
) -> Procedure:
    """Take a snapshot of these disks while the VM is off; returns the VM read afterwards.

    then
        The final power state of the VM; defaults to its current one.
    done
        Called with each completed disk.
    """

    def work(vm: Resource) -> Procedure:
        for disk in wanted:
            before = yield from act_while_off(cloud, vm, "one.vm.disksnapshotcreate", vm.id, disk, name)
            vm = yield reached(before, "poweroff", timeout=DISK_TIMEOUT)
            refuse_error(before, vm)
            if of_disk(vm, disk, name) is None:
                raise ActionError(f"disk {disk} has no snapshot {name} after all")
            done(disk)
        return vm

    return (yield from while_off(cloud, vm, work, then))


def revert(
    cloud: Cloud, vm: Resource, targets: Sequence[Snapshot], then: str | None = None, done: Done = _ignore
) -> Procedure:
    """Revert disks to snapshots; a VM that was running runs again afterwards.

    If all disks are reverted, the VM is powered off without the consent of its guest: pending writes are lost in any
    case, and a guest may not respond.

    OpenNebula cannot revert several disks at once. After a failure, the other disks are reverted, the VM stays off, and
    the message names both; the next run reverts all of them and starts the VM.

    then
        The final power state of the VM, if known.
    done
        Called with the snapshot of each reverted disk.
    """

    hard = _put_back_whole(vm, targets)

    def work(vm: Resource) -> Procedure:
        for number, target in enumerate(targets):
            revert_to = ("one.vm.disksnapshotrevert", vm.id, target.disk, target.id)
            try:
                before = yield from act_while_off(cloud, vm, *revert_to, hard=hard)
                vm = yield reached(before, "poweroff", timeout=DISK_TIMEOUT)
                _confirm(before, vm, target)
            except OneError as error:
                reverted, left = ([each.disk for each in part] for part in (targets[:number], targets[number:]))
                raise ActionError(
                    f"disks reverted: {_listed(reverted)}; not reverted: {_listed(left)}; the VM stays powered off, "
                    f"run again to complete it: {error}"
                ) from None
            done(target)
        return vm

    return (yield from while_off(cloud, vm, work, then, off_on_error=True, hard=hard))


def _put_back_whole(vm: Resource, targets: Sequence[Snapshot]) -> bool:
    """Whether no data of the guest are kept."""
    back = {each.disk for each in targets}
    written = (each for each in vm.vectors("TEMPLATE/DISK") if each.get("TYPE", "").upper() not in _UNWRITTEN)
    return all(each.number("DISK_ID") in back for each in written)


def _confirm(before: Resource, vm: Resource, target: Snapshot) -> None:
    refuse_error(before, vm)
    active = [each.id for each in disk_snapshots(vm) if each.disk == target.disk and each.active]
    if active != [target.id]:
        raise ActionError(f"disk {target.disk} is not at snapshot {target.name}")


# -- the whole system --------------------------------------------------------------------------------------------


def take_system(cloud: Cloud, vm: Resource, name: str) -> Procedure:
    """Take a snapshot of a running VM; returns the VM read afterwards."""
    cloud.call("one.vm.snapshotcreate", vm.id, name)
    after = yield reached(vm, "running", timeout=DISK_TIMEOUT)
    refuse_error(vm, after)
    if of_system(after, name) is None:
        raise ActionError(f"there is no system snapshot {name} after all")
    return after


def revert_system(cloud: Cloud, vm: Resource, target: Snapshot) -> Procedure:
    """Revert a running VM to a system snapshot; returns the VM read afterwards."""
    cloud.call("one.vm.snapshotrevert", vm.id, target.id)
    after = yield reached(vm, "running", timeout=DISK_TIMEOUT)
    refuse_error(vm, after)
    return after


# -- removal -----------------------------------------------------------------------------------------------------


def delete(cloud: Cloud, vm: Resource, which: Sequence[Snapshot], done: Done = _ignore) -> Procedure:
    """Remove snapshots, of disks or of the system; returns the VM read afterwards.

    The datastore and dependent snapshots decide which ones can be removed, so the function tries all of them, the
    youngest first, until no more can be removed.

    done
        Called with each removed snapshot.
    """
    left, moved = sorted(which, key=lambda each: -each.id), True
    while left and moved:
        moved = False
        reasons = []
        for target in list(left):
            try:
                vm = yield from _delete_one(cloud, vm, target)
            except ActionError as error:
                reasons.append(f"{target.title}: {error}")
                # An error of the driver about this snapshot must not be taken for one about the next.
                vm = known(cloud, vm)
            else:
                left.remove(target)
                done(target)
                moved = True
    if left:
        raise ActionError(f"could not be removed: {'; '.join(reasons)}")
    return vm


def _delete_one(cloud: Cloud, vm: Resource, target: Snapshot) -> Procedure:
    if target.disk is None:
        cloud.call("one.vm.snapshotdelete", vm.id, target.id)
    else:
        cloud.call("one.vm.disksnapshotdelete", vm.id, target.disk, target.id)
    after = yield reached(vm, "running", "poweroff", "suspended", timeout=DISK_TIMEOUT)
    refuse_error(vm, after)
    every = system_snapshots(after) if target.disk is None else disk_snapshots(after)
    if any((each.disk, each.id) == (target.disk, target.id) for each in every):
        raise ActionError("it is still there")
    return after
