"""Snapshots of the disks of VMs."""

from onesim.api.dispatch import method
from onesim.errors import ActionError, NoExistsError
from onesim.kinds.image.snapshots import ALLOW, DENY, FORMAT, LINEAR, MIXED, Snapshots
from onesim.kinds.vm.kind import KIND, who
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.lifecycle.steps import powered_off, suspended
from onesim.kinds.vm.parts import disks, marks, storage
from onesim.kinds.vm.states import Lcm, Op, State
from onesim.rights import vm_operations
from onesim.rights.access import MANAGE, authorize
from onesim.text.values import integer, yes

_RIGHT = "disk-snapshot"
_CREATING = {State.POWEROFF: Lcm.DISK_SNAPSHOT_POWEROFF, State.SUSPENDED: Lcm.DISK_SNAPSHOT_SUSPENDED}
_DELETING = {
    State.POWEROFF: Lcm.DISK_SNAPSHOT_DELETE_POWEROFF,
    State.SUSPENDED: Lcm.DISK_SNAPSHOT_DELETE_SUSPENDED,
}
_LIVE = (Lcm.DISK_SNAPSHOT, Lcm.DISK_SNAPSHOT_DELETE)
_REVERT = Lcm.DISK_SNAPSHOT_REVERT_POWEROFF
_DELETES = (Lcm.DISK_SNAPSHOT_DELETE, *_DELETING.values())
STATES = frozenset({*_LIVE, *_CREATING.values(), *_DELETES, _REVERT})


def _disk(vm, disk_id, refusal="Snapshots are not supported on disks of type: "):
    disk = vm.disk(disk_id)
    if disk is None:
        raise ActionError("VM disk does not exist")
    if disks.is_volatile(disk) or disks.is_filesystem(disk):
        raise ActionError(refusal + disk.get("TYPE", ""))
    return disk


def _image_needs(cloud, disk, needed):
    """The rights for an operation on the image of a disk, if it is `needed` at all."""
    if not needed:
        return []
    image_id = integer(disk.get("IMAGE_ID"))
    image = cloud.find("IMAGE", image_id) if image_id is not None else None
    if image is None:
        raise NoExistsError(-1 if image_id is None else image_id, "image")
    return [(MANAGE, image)]


# --- create


@method("one.vm.disksnapshotcreate", "iis", kind=KIND)
def create(call, oid, disk_id, name):
    """Creates a snapshot; returns its number."""
    cloud = call.cloud
    vm = cloud.get("VM", oid)
    refuse_increments(vm, "disk-snapshot-create")
    disk = _disk(vm, disk_id, "Cannot make snapshots on disks of type: ")
    size = disks.size_of(disk)
    growth = storage.resize_charges(vm, disk, size)
    image = _image_needs(cloud, disk, growth.of_image)
    call.operation = vm_operations.needed_right(call, _RIGHT)
    authorize(call, (call.operation, vm), *image)
    growth.charge(cloud, vm)
    try:
        return _create(cloud, vm, disk, name, who(call))
    except ActionError:
        growth.release(cloud, vm)
        raise


def refuse_increments(vm, action):
    if vm.backup_config.get("MODE") == "INCREMENT":
        raise ActionError(f'Action "{action}" is not compatible with incremental backups')


def _create(cloud, vm, disk, name, asker):
    running = vm.running
    if not running and vm.state not in _CREATING:
        raise ActionError(f"Could not create a new snapshot for VM {vm.oid}, wrong state {vm.state_name}.")
    if yes(disk.get("READONLY")):
        raise ActionError("Cannot make snapshots on readonly disks")
    disk_id = integer(disk["DISK_ID"])
    snapshots = vm.snapshots.setdefault(disk_id, Snapshots(_orphans(disk), disk_id))
    snapshot_id = snapshots.create(name, disks.size_of(disk))
    marks.mark_snapshot(disk, snapshot_id)
    disk["DISK_SNAPSHOT_TOTAL_SIZE"] = str(snapshots.total_size)
    vm.enter(_CREATING.get(vm.state, Lcm.DISK_SNAPSHOT))
    vm.close_record(Op.DISK_SNAPSHOT_CREATE, asker)
    cloud.update(vm)
    ask(cloud, vm, "DISKSNAPSHOTCREATE" if running else "DISKSNAPSHOT")
    return snapshot_id


def _orphans(disk):
    """Whether a snapshot of this disk may outlive its parent."""
    word = disk.get("ALLOW_ORPHANS", "").upper()
    if word == FORMAT:
        return ALLOW if disk.get("FORMAT", "").lower() == "raw" else DENY
    return word if word in (ALLOW, MIXED, LINEAR) else DENY


# --- revert and delete


@method("one.vm.disksnapshotrevert", "iii", kind=KIND)
def revert(call, oid, disk_id, snapshot_id):
    """Reverts a disk to a snapshot."""
    vm = call.cloud.get("VM", oid)
    disk = _disk(vm, disk_id)
    call.operation = vm_operations.needed_right(call, _RIGHT)
    authorize(call, (call.operation, vm))
    if vm.state != State.POWEROFF:
        raise ActionError(f"Could not revert to disk snapshot for VM {oid}, wrong state {vm.state_name}.")
    _snapshots(vm, disk_id)
    if snapshot_id not in vm.snapshots[disk_id]:
        raise ActionError(f"Disk id ({disk_id}) or snapshot id ({snapshot_id}) is not valid.")
    marks.mark_snapshot(disk, snapshot_id)
    vm.close_record(Op.DISK_SNAPSHOT_REVERT, who(call))
    vm.enter(_REVERT)
    call.cloud.update(vm)
    ask(call.cloud, vm, "DISKSNAPSHOT")
    return oid


def _snapshots(vm, disk_id):
    if disk_id not in vm.snapshots:
        raise ActionError("Snapshot does not exist")
    return vm.snapshots[disk_id]


@method("one.vm.disksnapshotdelete", "iii", kind=KIND)
def delete(call, oid, disk_id, snapshot_id):
    vm = call.cloud.get("VM", oid)
    disk = _disk(vm, disk_id)
    image = _image_needs(call.cloud, disk, disks.is_persistent(disk))
    call.operation = vm_operations.needed_right(call, _RIGHT)
    authorize(call, (call.operation, vm), *image)
    if not vm.running and vm.state not in _DELETING:
        raise ActionError(f"Could not delete disk snapshot from VM {oid}, wrong state {vm.state_name}.")
    _snapshots(vm, disk_id).check_disk_delete(snapshot_id, disks.is_persistent(disk))
    marks.mark_snapshot(disk, snapshot_id)
    vm.enter(_DELETING.get(vm.state, Lcm.DISK_SNAPSHOT_DELETE))
    vm.close_record(Op.DISK_SNAPSHOT_DELETE, who(call))
    call.cloud.update(vm)
    ask(call.cloud, vm, "DISKSNAPSHOT")
    return oid


@method("one.vm.disksnapshotrename", "iiis", kind=KIND)
def rename(call, oid, disk_id, snapshot_id, name):
    vm = call.cloud.get("VM", oid)
    call.operation = vm_operations.needed_right(call, _RIGHT)
    authorize(call, (call.operation, vm))
    _disk(vm, disk_id)
    if disk_id not in vm.snapshots:
        raise ActionError("The VM does not have any snapshot")
    vm.snapshots[disk_id].rename(snapshot_id, name)
    call.cloud.update(vm)
    return oid


# --- what the drivers make of it


@done("DISKSNAPSHOTCREATE", "DISKSNAPSHOT")
def snapshot_done(cloud, vm, succeeded):
    """An operation on a snapshot has finished, or failed."""
    marked, state = marks.snapshot_disk(vm), vm.lcm_state
    if marked is None or state not in STATES:
        return
    disk, snapshot_id = marked
    snapshots = vm.snapshots[integer(disk["DISK_ID"])]
    size = None
    if state == _REVERT and succeeded:
        size = _reverted(cloud, vm, disk, snapshots, snapshot_id)
    elif (succeeded if state in _DELETES else not succeeded) and state != _REVERT:
        _forget(cloud, vm, disk, snapshots, snapshot_id)
    elif succeeded:
        snapshots.activate(snapshot_id, revert=False)
    marks.clear_snapshot(vm)
    if size is not None:
        storage.note_size(cloud, disk, size)
    storage.note_snapshots(cloud, disk, snapshots)
    _rest(cloud, vm, state)


def _forget(cloud, vm, disk, snapshots, snapshot_id):
    """Removes a snapshot, and gives back its usage."""
    growth = storage.snapshot_charges(vm, disk, snapshots.size(snapshot_id))
    snapshots.delete(snapshot_id)
    disk["DISK_SNAPSHOT_TOTAL_SIZE"] = str(snapshots.total_size)
    growth.release(cloud, vm)


def _reverted(cloud, vm, disk, snapshots, snapshot_id):
    """The disk has the size of the snapshot again; returns that size."""
    size = snapshots.size(snapshot_id)
    shrunk = disks.size_of(disk) - size
    if shrunk:
        storage.resize_charges(vm, disk, shrunk).release(cloud, vm)
        disk["SIZE"] = str(size)
    snapshots.activate(snapshot_id, revert=True)
    if snapshots.orphans == LINEAR:
        for younger in snapshots.younger(snapshot_id):
            _forget(cloud, vm, disk, snapshots, younger)
    return size


def _rest(cloud, vm, state):
    if state in _LIVE:
        vm.enter(Lcm.RUNNING)
        cloud.update(vm)
    elif state.name.endswith("POWEROFF"):
        powered_off(cloud, vm)
    else:
        suspended(cloud, vm)
