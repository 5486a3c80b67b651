"""Backups of VMs, and their restoration."""

import logging

from onesim.api.dispatch import method
from onesim.errors import ActionError, InternalError, OneError
from onesim.kinds.datastore import BACKUP_DS
from onesim.kinds.image import backups as images
from onesim.kinds.image.image import BACKUP, space
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.lifecycle import recreate
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parsing import backups
from onesim.kinds.vm.parts import disks, usage
from onesim.kinds.vm.states import Lcm, Op, State
from onesim.rights import quotas, vm_operations
from onesim.rights.access import USE, authorize

log = logging.getLogger("onesim")
_RESTING = {Lcm.BACKUP: None, Lcm.BACKUP_POWEROFF: State.POWEROFF}


@method("one.vm.backup", "iib", defaults=(False,), kind=KIND)
def backup(call, oid, datastore_id, reset):
    """Starts a backup, which becomes an image later; an increment is stored where the last backup is."""
    cloud = call.cloud
    vm = cloud.get("VM", oid)
    if any(map(disks.is_filesystem, vm.spec.vectors("DISK"))):
        raise ActionError("Cannot backup VM with FILESYSTEM disks")
    size = backups.size(vm)
    if backups.increments(vm) and not reset and backups.noted(vm, "LAST_INCREMENT_ID") != -1:
        datastore_id = cloud.get("IMAGE", backups.noted(vm, "INCREMENTAL_BACKUP_ID")).datastore_id
    datastore = cloud.get("DATASTORE", datastore_id)
    if datastore.type != BACKUP_DS:
        raise ActionError("Datastore needs to be of type BACKUP")
    available = datastore.available_mb()
    if available is not None and available < size:
        raise ActionError("Not enough free space on target datastore")
    call.operation = vm_operations.needed_right(call, "backup")
    authorize(call, (call.operation, vm), (USE, datastore))
    charge = space(datastore_id, size, int(_is_whole(vm, reset)))
    usage.charge(cloud, vm, quotas.DATASTORE, charge)
    try:
        _begin(cloud, vm, datastore_id, reset, who(call))
    except InternalError:
        usage.release(cloud, vm, charge, quotas.DATASTORE)
        raise
    return oid


def _is_whole(vm, reset=False):
    """Whether the next or the current backup is a full one."""
    return not backups.increments(vm) or reset or backups.noted(vm, "INCREMENTAL_BACKUP_ID") == -1


def _begin(cloud, vm, datastore_id, reset, asker):
    start = f"Could not create a new backup for VM {vm.oid}, "
    if vm.backup_config.yes("ACTIVE_FLATTEN"):
        raise InternalError(f"{start}consolidating backup increments")
    if not vm.running and vm.state != State.POWEROFF:
        raise InternalError(f"{start}wrong state {vm.state.name}.")
    vm.enter(Lcm.BACKUP if vm.running else Lcm.BACKUP_POWEROFF)
    vm.backup_config.set("LAST_DATASTORE_ID", str(datastore_id))
    if reset:
        backups.forget_chain(vm.backup_config)
    vm.resched = False
    vm.close_record(Op.BACKUP, asker)
    cloud.update(vm)
    ask(cloud, vm, "BACKUP")


@method("one.vm.backupcancel", "i", kind=KIND)
def cancel(call, oid):
    """Cancels the current backup."""
    vm = operate(call, oid, "backup")
    if vm.lcm_state not in _RESTING:
        raise InternalError(f"Could not cancel backup for VM {oid}, no backup in progress")
    ask(call.cloud, vm, "BACKUPCANCEL")
    call.cloud.update(vm)
    return oid


@done("BACKUPCANCEL")
def _cancelled(cloud, vm, succeeded):
    """The backup was cancelled, or continues."""
    if succeeded:
        backup_made(cloud, vm, False)
    else:
        ask(cloud, vm, "BACKUP")


@done("BACKUP")
def backup_made(cloud, vm, succeeded):
    """The backup is in its datastore, or has failed."""
    if vm.lcm_state not in _RESTING:
        return
    datastore_id, reserved, whole = backups.noted(vm, "LAST_DATASTORE_ID"), backups.size(vm), _is_whole(vm)
    state = _RESTING[vm.lcm_state]
    if state is None:
        vm.enter(Lcm.RUNNING)
    else:
        vm.rest(state)
    taken = space(datastore_id, 0)
    if succeeded:
        try:
            _keep(cloud, vm, cloud.get("DATASTORE", datastore_id), whole)
            taken = space(datastore_id, images.SIZE, int(whole))
        except OneError:
            log.warning("VM %s has a backup that cannot be kept", vm.oid, exc_info=True)
    for name in ("LAST_DATASTORE_ID", "LAST_BRIDGE"):
        vm.backup_config.erase(name)
    cloud.update(vm)
    usage.add(cloud, vm, taken, quotas.DATASTORE)
    usage.release(cloud, vm, space(datastore_id, reserved, int(whole)), quotas.DATASTORE)


def _keep(cloud, vm, datastore, whole):
    """Adds a new backup, and removes those beyond the limit."""
    keep = vm.backup_config.integer("KEEP_LAST") or 0
    if whole:
        image = images.new(cloud, vm, datastore, sorted(backups.disk_ids(vm)))
        vm.backup_ids.add(image.oid)
        unneeded = sorted(vm.backup_ids)[: max(len(vm.backup_ids) - keep, 0)] if keep else []
    else:
        image, unneeded = cloud.get("IMAGE", backups.noted(vm, "INCREMENTAL_BACKUP_ID")), []
    if backups.increments(vm):
        number = images.add_increment(cloud, image, whole)
        vm.backup_config.set("INCREMENTAL_BACKUP_ID", str(image.oid))
        vm.backup_config.set("LAST_INCREMENT_ID", str(number))
        if not unneeded and keep and len(image.increments) > keep:
            vm.backup_config.set("ACTIVE_FLATTEN", "YES")
            images.flatten(cloud, image)
    for oid in unneeded:
        images.remove(cloud, cloud.find("IMAGE", oid))


@method("one.vm.restore", "iiii", kind=KIND)
def restore(call, oid, image_id, increment_id, disk_id):
    """Restores the disks (-1), or one, of a powered-off VM from a backup, with an increment or the last one (-1)."""
    cloud = call.cloud
    vm = cloud.get("VM", oid)
    if disk_id != -1 and vm.disk(disk_id) is None:
        raise ActionError("VM disk does not exist")
    image = cloud.get("IMAGE", image_id)
    if image.type != BACKUP:
        raise ActionError("Image has to be of type BACKUP")
    if increment_id > len(image.increments) - 1:
        raise ActionError("Wrong increment")
    call.operation = vm_operations.needed_right(call, "restore")
    authorize(call, (call.operation, vm), (USE, image))
    if vm.state != State.POWEROFF:
        raise ActionError("Could not restore VM, it must be in poweroff")
    vm.enter(Lcm.RESTORE)
    vm.close_record(Op.RESTORE, who(call))
    cloud.update(vm)
    ask(cloud, vm, "DISKRESTORE")
    return oid


@done("DISKRESTORE")
def _restored(cloud, vm, succeeded):
    """The disks are restored, or unchanged."""
    if vm.lcm_state != Lcm.RESTORE:
        return
    if succeeded:
        recreate.delete_system_snapshots(cloud, vm)
        recreate.delete_disk_snapshots(cloud, vm, persistent=False)
        if vm.backup_config:
            backups.forget_chain(vm.backup_config)
    vm.rest(State.POWEROFF)
    cloud.update(vm)
