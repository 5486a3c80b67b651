"""The marks on disks and NICs of VMs for current operations."""

from onesim.text.values import integer

_SAVING = ("HOTPLUG_SAVE_AS", "HOTPLUG_SAVE_AS_SOURCE", "HOTPLUG_SAVE_AS_SNAPSHOT_ID", "HOTPLUG_SAVE_AS_ACTIVE")


def _marked(vm, name):
    return next((disk for disk in vm.spec.vectors("DISK") if disk.get(name) == "YES"), None)


def clear_attach(vm):
    """Clears the mark of an attach or detach."""
    for vector in [*vm.spec.vectors("DISK"), *vm.nics]:
        vector.pop("ATTACH", None)


def mark_snapshot(disk, snapshot_id):
    disk["DISK_SNAPSHOT_ACTIVE"], disk["DISK_SNAPSHOT_ID"] = "YES", str(snapshot_id)


def snapshot_disk(vm):
    """(disk, number of the snapshot) of the current operation on a disk snapshot, or None."""
    disk = _marked(vm, "DISK_SNAPSHOT_ACTIVE")
    return None if disk is None else (disk, integer(disk.get("DISK_SNAPSHOT_ID")))


def clear_snapshot(vm):
    disk = _marked(vm, "DISK_SNAPSHOT_ACTIVE")
    if disk is not None:
        disk.pop("DISK_SNAPSHOT_ACTIVE", None)
        disk.pop("DISK_SNAPSHOT_ID", None)


def mark_resize(disk, size):
    disk.update(SIZE_PREV=disk["SIZE"], SIZE=str(size), RESIZE="YES")


def resized_disk(vm):
    return _marked(vm, "RESIZE")


def clear_resize(vm, restore):
    """The disk has its new size, or (`restore`) its old one again."""
    disk = resized_disk(vm)
    if disk is not None:
        old = disk.pop("SIZE_PREV", None)
        if restore and old:
            disk["SIZE"] = old
        disk.pop("RESIZE", None)


def mark_saving(disk, snapshot_id):
    disk["HOTPLUG_SAVE_AS_ACTIVE"], disk["HOTPLUG_SAVE_AS_SNAPSHOT_ID"] = "YES", str(snapshot_id)


def note_saving(vm, image):
    """The image for saving a disk exists; False if none is being saved."""
    disk = _marked(vm, "HOTPLUG_SAVE_AS_ACTIVE")
    if disk is None:
        return False
    disk["HOTPLUG_SAVE_AS"], disk["HOTPLUG_SAVE_AS_SOURCE"] = str(image.oid), image.source
    return True


def clear_saving(vm):
    """Clears the mark of a save; returns the number of the image, or None."""
    disk = _marked(vm, "HOTPLUG_SAVE_AS_ACTIVE")
    image_id = integer(disk.get("HOTPLUG_SAVE_AS")) if disk is not None else None
    for name in _SAVING if disk is not None else ():
        disk.pop(name, None)
    return image_id


def clear_active_snapshot(vm):
    """Clears the mark of an operation on a system snapshot."""
    snapshot = active_snapshot(vm)
    if snapshot is not None:
        snapshot.pop("ACTIVE", None)
        snapshot.pop("ACTION", None)


def active_snapshot(vm):
    """The system snapshot with a current operation, or None."""
    return next((vector for vector in vm.spec.vectors("SNAPSHOT") if vector.get("ACTIVE") == "YES"), None)
