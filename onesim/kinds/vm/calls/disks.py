"""Disks of VMs: attached, detached, and grown."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError, InternalError, NoExistsError, OneError
from onesim.kinds.vm.calls.nics import refuse_vrouter
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.lifecycle.steps import powered_off, undeployed
from onesim.kinds.vm.parts import disk_images, disks, marks, storage, usage
from onesim.kinds.vm.states import Lcm, Op, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas, vm_operations
from onesim.rights.access import MANAGE, authorize
from onesim.text.templates import Template
from onesim.text.values import integer

_RESIZING = {State.POWEROFF: Lcm.DISK_RESIZE_POWEROFF, State.UNDEPLOYED: Lcm.DISK_RESIZE_UNDEPLOYED}


# --- attach


@method("one.vm.attach", "is", kind=KIND)
def attach(call, oid, text):
    """Attaches the disk of a template."""
    cloud = call.cloud
    vm = cloud.get("VM", oid)
    if not vm.history:
        raise ActionError("VM is not running in any host")
    refuse_vrouter(vm)
    template = generic.parsed(KIND, text)
    call.operation = vm_operations.needed_right(call, "disk-attach")
    authorize(call, (call.operation, vm), *disks.needs(cloud, template, call.uid))
    name = None if call.is_admin else VM_RESTRICTED.first(template)
    if name:
        raise AuthorizationError(f"DISK includes a restricted attribute {name}")
    extended = template.copy()
    disks.extend(cloud, extended, call.uid)
    charges = _attach_charges(vm, template, extended)
    _charge(cloud, vm, charges)
    try:
        _attach(cloud, vm, template, who(call))
    except OneError:
        for sort, charge in charges:
            usage.release(cloud, vm, charge, sort)
        raise
    return oid


def _attach_charges(vm, template, extended):
    """The charges of new disks: (type, quota template) each."""
    added = extended.vectors("DISK")
    size = sum(map(disks.system_size, added))
    charges = [(quotas.VM, usage.delta(vm, SYSTEM_DISK_SIZE=size))] if size else []
    if not any(map(disks.is_volatile, added)):
        charges.append((quotas.IMAGE, Template(("DISK", dict(disk)) for disk in template.vectors("DISK"))))
    return charges + [(quotas.DATASTORE, charge) for charge in disks.image_charges(extended)[:1]]


def _charge(cloud, vm, charges):
    done_by_now = []
    try:
        for sort, charge in charges:
            usage.charge(cloud, vm, sort, charge)
            done_by_now.append((sort, charge))
    except AuthorizationError as refusal:
        for charged, earlier in done_by_now:
            usage.release(cloud, vm, earlier, charged)
        if sort == quotas.VM:
            raise AuthorizationError from refusal  # the daemon drops the reason
        raise


def _attach(cloud, vm, template, asker):
    if not vm.running and vm.state != State.POWEROFF:
        raise ActionError(f"Could not attach a new disk to VM {vm.oid}, wrong state {vm.state_name}.")
    running = vm.running
    vm.resched = False
    if template.vector("DISK") is None:
        raise ActionError("Internal error parsing DISK attribute")
    disk = dict(template.vector("DISK"))
    datastore = cloud.find("DATASTORE", vm.last.datastore_id)
    if disks.is_volatile(disk) and datastore is not None:
        disks.take_datastore(disk, datastore)
    try:
        disk_images.attach(cloud, vm, disk)
    except (InternalError, ActionError) as refusal:
        cloud.update(vm)
        raise ActionError(refusal.text) from refusal
    vm.enter(Lcm.HOTPLUG if running else Lcm.HOTPLUG_PROLOG_POWEROFF)
    vm.close_record(Op.DISK_ATTACH, asker)
    cloud.update(vm)
    ask(cloud, vm, "ATTACHDISK" if running else "PROLOGATTACH")


@done("ATTACHDISK", "PROLOGATTACH")
def disk_attached(cloud, vm, succeeded):
    """The disk is attached, or the operation has failed."""
    if vm.lcm_state not in (Lcm.HOTPLUG, Lcm.HOTPLUG_PROLOG_POWEROFF):
        return
    if succeeded:
        marks.clear_attach(vm)
    else:
        _remove(cloud, vm)
    _settle(cloud, vm)


def _settle(cloud, vm):
    """The VM continues to run, or is powered off as before."""
    if vm.lcm_state == Lcm.HOTPLUG:
        vm.enter(Lcm.RUNNING)
        cloud.update(vm)
    else:
        powered_off(cloud, vm)


def _remove(cloud, vm):
    """Removes the marked disk, and gives back its quota usage."""
    removed = disk_images.remove_attached(cloud, vm)
    if removed is None:
        return
    disk, _ = removed
    charge = usage.delta(vm, SYSTEM_DISK_SIZE=disks.system_size(disk))
    charge.add("DISK", disk)
    if disks.is_volatile(disk):
        usage.release(cloud, vm, charge)
        return
    usage.release(cloud, vm, charge, quotas.IMAGE)
    if not disks.is_persistent(disk):
        usage.release(cloud, vm, charge)
        for copy in disks.image_charges(charge):
            usage.release(cloud, vm, copy, quotas.DATASTORE)


# --- detach


@method("one.vm.detach", "ii", kind=KIND)
def detach(call, oid, disk_id):
    vm = operate(call, oid, "disk-attach")
    refuse_vrouter(vm)
    disk = vm.disk(disk_id)
    if disk is None:
        raise ActionError("VM disk does not exist")
    if not vm.running and vm.state != State.POWEROFF:
        raise ActionError(f"Could not detach disk from VM {oid}, wrong state {vm.state_name}.")
    if disks.is_filesystem(disk):
        raise ActionError("FILESYSTEM disks can not be detached")
    disk["ATTACH"] = "YES"
    vm.resched = False
    vm.close_record(Op.DISK_DETACH, who(call))
    running = vm.running
    vm.enter(Lcm.HOTPLUG if running else Lcm.HOTPLUG_EPILOG_POWEROFF)
    call.cloud.update(vm)
    ask(call.cloud, vm, "DETACHDISK" if running else "EPILOGDETACH")
    return oid


@done("DETACHDISK", "EPILOGDETACH")
def disk_detached(cloud, vm, succeeded):
    """The disk is detached, or the operation has failed."""
    if vm.lcm_state not in (Lcm.HOTPLUG, Lcm.HOTPLUG_EPILOG_POWEROFF):
        return
    if succeeded:
        _remove(cloud, vm)
    else:
        marks.clear_attach(vm)
    _settle(cloud, vm)


# --- resize


@method("one.vm.diskresize", "iis", kind=KIND)
def resize(call, oid, disk_id, size_text):
    """Grows a disk; the size is in MB, as text."""
    cloud, size = call.cloud, integer(size_text, 64)
    if size is None:
        raise ActionError("Disk SIZE is not a valid integer")
    vm = operate(call, oid, "disk-resize")
    disk = vm.disk(disk_id)
    if disk is None:
        raise ActionError("VM disk does not exist")
    if size <= disks.size_of(disk):
        raise ActionError("New disk size has to be greater than current one")
    growth = storage.resize_charges(vm, disk, size - disks.size_of(disk))
    if growth.of_image:
        image = cloud.find("IMAGE", growth.image_id)
        if image is None:
            raise NoExistsError(growth.image_id, "image")
        authorize(call, (call.operation, vm), (MANAGE, image))
    growth.charge(cloud, vm, says_why=False)
    try:
        _resize(cloud, vm, disk, size, who(call))
    except ActionError:
        growth.release(cloud, vm)
        raise
    return oid


def _resize(cloud, vm, disk, size, asker):
    if not vm.running and vm.state not in _RESIZING:
        raise ActionError(f"Could not resize disk for VM {vm.oid}, wrong state {vm.state_name}.")
    if disks.is_filesystem(disk):
        raise ActionError("FILESYSTEM disks can not be resized")
    marks.mark_resize(disk, size)
    running, undeployed_before = vm.running, vm.state == State.UNDEPLOYED
    vm.enter(_RESIZING.get(vm.state, Lcm.DISK_RESIZE))
    if not undeployed_before:
        vm.close_record(Op.DISK_RESIZE, asker)
    cloud.update(vm)
    ask(cloud, vm, "RESIZEDISK" if running else "DISKRESIZE")


@done("RESIZEDISK", "DISKRESIZE")
def disk_resized(cloud, vm, succeeded):
    """The disk is larger, or the operation has failed."""
    state, disk = vm.lcm_state, marks.resized_disk(vm)
    if state == Lcm.DISK_RESIZE:
        vm.enter(Lcm.RUNNING)
    if disk is not None:
        grown = disks.size_of(disk) - disks.size_of(disk, "SIZE_PREV")
        marks.clear_resize(vm, restore=not succeeded)
        if succeeded:
            storage.note_size(cloud, disk)
        else:
            storage.resize_charges(vm, disk, grown).release(cloud, vm)
    cloud.update(vm)
    if state == Lcm.DISK_RESIZE_POWEROFF:
        powered_off(cloud, vm)
    elif state == Lcm.DISK_RESIZE_UNDEPLOYED:
        undeployed(cloud, vm)
