"""Disks of VMs saved as new images."""

from onesim.api.dispatch import method
from onesim.cloud.clock import transition
from onesim.errors import ActionError, AllocateError, InternalError, NoExistsError, OneError
from onesim.kinds.image import image as images
from onesim.kinds.vm.kind import KIND
from onesim.kinds.vm.lifecycle.drivers import ask, done, give_up
from onesim.kinds.vm.parts import disks, marks
from onesim.kinds.vm.states import Lcm, State
from onesim.rights import quotas, vm_operations
from onesim.rights.access import CREATE, USE, authorize, creation
from onesim.text.templates import Template
from onesim.text.values import integer

_SAVING = {
    State.POWEROFF: Lcm.HOTPLUG_SAVEAS_POWEROFF,
    State.SUSPENDED: Lcm.HOTPLUG_SAVEAS_SUSPENDED,
    State.UNDEPLOYED: Lcm.HOTPLUG_SAVEAS_UNDEPLOYED,
    State.STOPPED: Lcm.HOTPLUG_SAVEAS_STOPPED,
}
_RESTING = {saving: state for state, saving in _SAVING.items()}
STATES = frozenset({Lcm.HOTPLUG_SAVEAS, *_RESTING})


@method("one.vm.disksaveas", "iissi", kind=KIND)
def save_disk(call, oid, disk_id, name, type_name, snapshot_id):
    """Saves a disk, or a snapshot of it, as a new image; returns the number of the image."""
    cloud = call.cloud
    vm = cloud.get("VM", oid)
    _check_state(vm)
    disk = _saved_disk(vm, disk_id, snapshot_id)
    image_id = integer(disk["IMAGE_ID"])
    original = cloud.find("IMAGE", image_id)
    if original is None:
        raise NoExistsError(image_id, "image")
    if original.type not in (images.OS, images.DATABLOCK, images.CDROM):
        raise InternalError(f"Cannot save an image of type {images.TYPES[original.type]}")
    datastore = cloud.find("DATASTORE", original.datastore_id)
    if datastore is None:
        raise NoExistsError(original.datastore_id, "datastore")
    size, available = disks.size_of(disk), datastore.available_mb()
    if available is not None and size > available:
        raise ActionError("Not enough space in datastore")
    template = _template(call, original, name, type_name, size, (image_id, disk_id, oid))
    call.operation = vm_operations.needed_right(call, "disk-saveas")
    authorize(call, (call.operation, vm), (CREATE, creation(images.KIND, call)), (USE, datastore))
    charge = images.space(datastore.oid, size, 1)
    quotas.charge(cloud, call.uid, call.gid, quotas.DATASTORE, charge)
    try:
        new_id = images.new_image(call, template, datastore).oid
    except OneError as refusal:
        quotas.release(cloud, call.uid, call.gid, quotas.DATASTORE, charge)
        raise AllocateError(refusal.text, "image") from refusal
    vm.enter(_SAVING.get(vm.state, Lcm.HOTPLUG_SAVEAS))
    marks.mark_saving(disk, snapshot_id)
    cloud.update(vm)
    return new_id


def _check_state(vm):
    if not vm.running and vm.state not in _SAVING:
        raise InternalError("VM has to be RUNNING, POWEROFF or SUSPENDED to save disks.")


def _saved_disk(vm, disk_id, snapshot_id):
    disk = vm.disk(disk_id)
    if disk is None:
        raise InternalError("Cannot use DISK. DISK does not exist.")
    if integer(disk.get("IMAGE_ID")) is None:
        raise InternalError("Cannot use DISK. DISK does not have a valid IMAGE_ID.")
    if snapshot_id != -1 and snapshot_id not in vm.snapshots.get(disk_id, ()):
        raise InternalError("Cannot use DISK. Snapshot does not exist.")
    return disk


def _template(call, original, name, type_name, size, origin):
    """The template of the new image; `origin` are the numbers of image, disk and VM."""
    template = Template.of(NAME=name, SIZE=str(size), TYPE=type_name or images.TYPES[original.type], SAVE_AS_HOT="YES")
    for attribute, number in zip(("SAVED_IMAGE_ID", "SAVED_DISK_ID", "SAVED_VM_ID"), origin, strict=True):
        template.add(attribute, str(number))
    for attribute in ("TARGET", "DEV_PREFIX"):
        if original.template.get(attribute):
            template.add(attribute, original.template.get(attribute))
    images.is_persistent_by_default(call.cloud, call, template, False)
    return template


def _rest(vm):
    """The state from before the save; False if nothing was being saved."""
    if vm.lcm_state not in STATES:
        return False
    state = _RESTING.get(vm.lcm_state)
    if state is None:
        vm.enter(Lcm.RUNNING)
    else:
        vm.rest(state)
    return True


@transition("vm.saving_given_up")
def given_up(cloud, vm_id):
    """The image of a running save was deleted."""
    vm = cloud.find("VM", vm_id)
    if vm is not None:
        give_up(vm)
        marks.clear_saving(vm)
        _rest(vm)
        cloud.update(vm)


@transition("vm.saving_ready")
def ready(cloud, image_id, succeeded):
    """The new image can be written, or its creation has failed."""
    image = cloud.find("IMAGE", image_id)
    if image is None:
        return
    vm = cloud.find("VM", image.template.integer("SAVED_VM_ID"))
    if not succeeded:
        given_up(cloud, image.template.integer("SAVED_VM_ID"))
        return
    if vm is None:
        _refuse(cloud, image, "Image created to save as a disk but VM does not exist.")
    elif not marks.note_saving(vm, image):
        _refuse(cloud, image, "Image created to save as disk but VM is no longer running")
        given_up(cloud, vm.oid)
    else:
        disk = vm.disk(image.template.integer("SAVED_DISK_ID"))
        image.format = disk.get("FORMAT") or disk.get("DRIVER", "")
        cloud.update(image)
        cloud.update(vm)
        ask(cloud, vm, "SAVEAS")


def _refuse(cloud, image, reason):
    image.set_error(reason)
    image.set_state(images.ERROR)
    cloud.update(image)


@done("SAVEAS")
def saved(cloud, vm, succeeded):
    """The disk is saved in the new image, or the operation has failed."""
    image_id = marks.clear_saving(vm)
    rested = _rest(vm)
    cloud.update(vm)
    image = cloud.find("IMAGE", image_id) if rested and image_id is not None else None
    if image is not None:
        image.template.erase("SAVE_AS_HOT")
        if succeeded:
            image.unlock_state(cloud)
        else:
            image.set_state(images.ERROR)
        cloud.update(image)
