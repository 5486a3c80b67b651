"""What a recreated VM loses: its system snapshots, and the snapshots of its disks."""

from onesim.kinds.image import image as images
from onesim.kinds.vm.parts import disks, usage
from onesim.rights import quotas
from onesim.text.values import integer

_MARKS = ("DISK_SNAPSHOT_ACTIVE", "DISK_SNAPSHOT_ID", "DISK_SNAPSHOT_TOTAL_SIZE")


def delete_system_snapshots(cloud, vm):
    size = usage.snapshots_size(vm.spec)
    vm.spec.erase("SNAPSHOT")
    if size:
        usage.release(cloud, vm, usage.delta(vm, SYSTEM_DISK_SIZE=size))


def delete_disk_snapshots(cloud, vm, persistent=True):
    """Deletes the snapshots of disks, unless they belong to the images; those of persistent disks on request."""
    in_system = 0
    for disk in vm.disks:
        disk_id, target = integer(disk["DISK_ID"]), disks.target_of(disk)
        snapshots = vm.snapshots.get(disk_id)
        if snapshots is None or target == "NONE" or (disks.is_persistent(disk) and not persistent):
            continue
        _release(cloud, vm, disk, target, snapshots.total_size)
        if target == "SYSTEM":
            in_system += snapshots.total_size
        del vm.snapshots[disk_id]
        for name in _MARKS:
            disk.pop(name, None)
    if in_system:
        usage.release(cloud, vm, usage.delta(SYSTEM_DISK_SIZE=in_system))


def _release(cloud, vm, disk, target, size):
    """Gives back the usage of snapshots in the datastore of the image."""
    image_id = integer(disk.get("IMAGE_ID"))
    image = cloud.find("IMAGE", image_id) if image_id is not None else None
    charge = images.space(disk.get("DATASTORE_ID", ""), size)
    if disks.is_persistent(disk) and image is not None:
        quotas.release(cloud, image.uid, image.gid, quotas.DATASTORE, charge)
    if target == "SELF":
        usage.release(cloud, vm, charge, quotas.DATASTORE)
