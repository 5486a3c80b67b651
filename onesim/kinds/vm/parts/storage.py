"""The quotas for grown disks and their snapshots: those of the owner of the image, of the VM, or both."""

from dataclasses import dataclass

from onesim.errors import AuthorizationError
from onesim.kinds.image import image as images
from onesim.kinds.vm.parts import disk_images, disks, usage
from onesim.rights import quotas
from onesim.text.templates import Template
from onesim.text.values import integer


@dataclass
class Growth:
    """An amount of storage: in the datastore of an image, charged to its owner and that of the VM, and of the system
    datastore.

    `in_system` is a quota template, or None.
    """

    image_id: int
    of_image: bool
    of_vm: bool
    in_datastore: Template
    in_system: Template | None

    def _parts(self, cloud, vm):
        """(user, group, type, quota template) of all charges."""
        if self.of_image:
            image = cloud.find("IMAGE", self.image_id)
            if image is not None:
                yield image.uid, image.gid, quotas.DATASTORE, self.in_datastore
        if self.of_vm:
            yield vm.uid, vm.gid, quotas.DATASTORE, self.in_datastore
        if self.in_system is not None:
            yield vm.uid, vm.gid, quotas.VM, self.in_system

    def charge(self, cloud, vm, says_why=True):
        """Raises AuthorizationError, nothing charged, if a quota is exceeded.

        `says_why` is whether the message also covers the system datastore.
        """
        charged, part = [], None
        try:
            for part in self._parts(cloud, vm):
                quotas.charge(cloud, *part)
                charged.append(part)
        except AuthorizationError as refusal:
            for earlier in charged:
                quotas.release(cloud, *earlier)
            if part[2] == quotas.VM and not says_why:
                raise AuthorizationError from refusal
            raise

    def release(self, cloud, vm):
        for part in self._parts(cloud, vm):
            quotas.release(cloud, *part)


def _growth(vm, disk, size, of_image, of_vm, in_system):
    image_id = integer(disk.get("IMAGE_ID"))
    return Growth(
        -1 if image_id is None else image_id,
        of_image,
        of_vm,
        images.space(disk.get("DATASTORE_ID", ""), size),
        usage.delta(vm, SYSTEM_DISK_SIZE=size) if in_system else None,
    )


def resize_charges(vm, disk, size):
    """The additional usage of a grown disk."""
    target, volatile = disks.target_of(disk), disks.is_volatile(disk)
    of_image = not volatile and (disks.is_persistent(disk) or target == "NONE")
    return _growth(vm, disk, size, of_image, not volatile and target == "SELF", volatile or target == "SYSTEM")


def snapshot_charges(vm, disk, size):
    """The usage of a snapshot of that size."""
    target = disks.target_of(disk)
    of_image = disks.is_persistent(disk) or target == "NONE"
    return _growth(vm, disk, size, of_image, target == "SELF", target == "SYSTEM")


def _own_image(cloud, disk):
    """The image to which a disk writes directly, or None."""
    image_id = integer(disk.get("IMAGE_ID"))
    if image_id is None or not disks.is_persistent(disk) or disks.target_of(disk) != "NONE":
        return None
    return cloud.find("IMAGE", image_id)


def note_size(cloud, disk, size=None):
    """Updates the size of the image to which a disk writes."""
    image = _own_image(cloud, disk)
    if image is not None:
        disk_images.set_size(image, disks.size_of(disk) if size is None else size)
        cloud.update(image)


def note_snapshots(cloud, disk, snapshots):
    """Copies the snapshots of a disk to the image to which it writes."""
    image = _own_image(cloud, disk)
    if image is not None and disk_images.keeps_snapshots(disk):
        image.keep_snapshots(snapshots)
        cloud.update(image)
