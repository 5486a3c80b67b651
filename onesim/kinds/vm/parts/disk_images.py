"""The images of the disks of VMs: acquired and released."""

from itertools import count

from onesim.errors import ActionError, InternalError
from onesim.kinds.image import image as images
from onesim.kinds.image.snapshots import LINEAR
from onesim.kinds.vm.parts import disks
from onesim.kinds.vm.states import State
from onesim.text.values import id_list, integer, yes

MOST_IDE, MOST_SCSI = 4, 256
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def acquire_all(cloud, vm):
    """Acquires the images of all disks of a new VM; raises InternalError after releasing all of them."""
    taken = []
    try:
        _set_targets(vm, _acquire_disks(cloud, vm, taken))
    except InternalError:
        for image_id in taken:
            images.release(cloud, image_id, vm.oid)
        raise


def _acquire_disks(cloud, vm, taken):
    """Acquires one disk after the other; returns (disk, type of its image, device prefix) each."""
    found, tags = [], set()
    for disk_id, disk in enumerate(vm.spec.vectors("DISK")):
        try:
            image, prefix = _acquire(cloud, vm, disk, disk_id)
        except (InternalError, ActionError) as refusal:
            raise InternalError(f"DISK {disk_id}: {refusal.text}") from refusal
        kind = image.type if image else images.DATABLOCK
        if image and kind == images.FILESYSTEM and image.oid in taken:
            raise InternalError("File system image can only be added once to the same VM")
        if kind == images.FILESYSTEM:
            tag = disk.get("MOUNT_TAG", "")
            if tag in tags:
                raise InternalError(f"MOUNT_TAG '{tag}' is duplicated across disks")
            tags.add(tag)
        if image:
            taken.append(image.oid)
        found.append((disk, kind, prefix))
    return found


def _acquire(cloud, vm, disk, disk_id, attach=False):
    """Fills one disk with the attributes of its image, and acquires the image; (image or None, device prefix)."""
    system = vm.spec.get("TM_MAD_SYSTEM")
    disk.pop("TM_MAD_SYSTEM", None)
    if system:
        disk["TM_MAD_SYSTEM"] = system
    image = _lend(cloud, vm, disk, attach)
    if image is None:
        _check_volatile(disk)
        disk["DEV_PREFIX"] = prefix = disk.get("DEV_PREFIX") or images.DEFAULT_PREFIX
    else:
        try:
            _check_size(disk, image)
            if not disks.take_image(cloud, disk, image):
                raise InternalError("Associated datastore for the image does not exist")
        except InternalError:
            images.release(cloud, image.oid, vm.oid)
            raise
        prefix = disk.get("DEV_PREFIX", "")
        if len(image.snapshots):
            vm.snapshots[disk_id] = image.snapshots.copy(disk_id)
    if disk.get("SERIAL") == "auto":
        disk["SERIAL"] = f"{vm.oid}-{disk_id}"
    disk["DISK_ID"] = str(disk_id)
    return image, prefix


def _lend(cloud, vm, disk, attach):
    """The acquired image of a disk; None for an empty disk."""
    oid = integer(disk.get("IMAGE_ID"))
    if oid is not None:
        image = cloud.find("IMAGE", oid)
        if image is None:
            raise InternalError(f"Image with ID: {oid} does not exist")
    elif "IMAGE" in disk:
        owner = disks.owner_named(cloud, disk, vm.uid)
        image = None if owner is None else cloud.pool("IMAGE").named(disk["IMAGE"], owner)
        if image is None:
            uid = vm.uid if owner is None else owner
            raise InternalError(
                f"User {uid} does not own an image with name: {disk['IMAGE']}"
                " . Set IMAGE_UNAME or IMAGE_UID of owner in DISK."
            )
    else:
        return None
    image.acquire(vm.oid, attach)
    cloud.update(image)
    return image


def _check_volatile(disk):
    kind = disk.get("TYPE", "").upper()
    if kind not in disks.VOLATILE:
        raise InternalError(f"Unknown disk type {kind}")
    size = integer(disk.get("SIZE"), 64)
    if size is None or size <= 0:
        raise InternalError("SIZE attribute must be a positive integer value.")


def _check_size(disk, image):
    size = integer(disk.get("SIZE"), 64)
    if size is None:
        return
    for refused, what in ((image.persistent, "persistent"), (image.type == images.CDROM, "CDROM")):
        if refused and size != image.size:
            raise InternalError(f"SIZE attribute is not supported for {what} image [{image.oid}].")
    if size < image.size:
        raise InternalError(f"SIZE of {size}MB is less than the image [{image.oid}] size of {image.size}MB.")


# --- device names


def _default_cdrom_prefix(vm):
    return "sd" if vm.is_machine("q35", "virt") else "hd"


def _set_targets(vm, acquired):
    """Assigns the device names: first the first OS disk, then CD-ROMs and the context, then the others."""
    used, systems, drives, others = set(), [], [], []
    prefixes = []
    for disk, kind, prefix in acquired:
        if disk.get("TARGET"):
            _take_target(used, disk["TARGET"])
        elif kind == images.OS:
            (others if systems else systems).append((prefix, disk))
        elif kind == images.CDROM:
            prefix = prefix or _default_cdrom_prefix(vm)
            drives.append((prefix, disk))
        elif kind == images.DATABLOCK:
            others.append((prefix, disk))
        prefixes.append(prefix)
    if prefixes.count("hd") > MOST_IDE and not vm.is_machine("q35", "virt"):
        raise InternalError(f"Non q35 or virt VM {vm.oid} has more than {MOST_IDE} hd disks")
    if prefixes.count("sd") > MOST_SCSI:
        raise InternalError(f"VM {vm.oid} has more than {MOST_SCSI} sd disks")
    _name_devices(systems, used)
    context = vm.context
    if context is not None:
        if context.get("TARGET"):
            _take_target(used, context["TARGET"])
        else:
            drives.append((context.get("DEV_PREFIX") or _default_cdrom_prefix(vm), context))
        context["DISK_ID"] = str(len(acquired))
    _name_devices(drives, used)
    _name_devices(others, used)


def _take_target(used, target):
    if target in used:
        raise InternalError(f"Two disks have defined the same target {target}")
    used.add(target)


def _name_devices(devices, used):
    for prefix, disk in devices:
        disk["TARGET"] = next(name for name in _device_names(prefix) if name not in used)
        used.add(disk["TARGET"])


def _device_names(prefix):
    """sda to sdz, sdaa to sdaz, …"""
    for index in count():
        letters, index = _LETTERS[index % 26], index // 26
        while index > 0:
            letters, index = _LETTERS[(index - 1) % 26] + letters, (index - 1) // 26
        yield prefix + letters


# --- attaching and detaching


def attach(cloud, vm, disk):
    """Adds a disk to a VM; it has ATTACH until the driver has finished. Raises InternalError."""
    context = vm.context
    present = vm.spec.vectors("DISK") + ([context] if context is not None else [])
    disk_id = max((integer(other.get("DISK_ID")) or 0 for other in present), default=-1) + 1
    image, prefix = _acquire(cloud, vm, disk, disk_id, attach=True)
    try:
        if disks.is_filesystem(disk):
            raise InternalError(f"Can not attach disks {disk['TYPE']}")
        used = {other["TARGET"] for other in present if other.get("TARGET")}
        if not disk.get("TARGET"):
            _name_devices([(prefix or _default_cdrom_prefix(vm), disk)], used)
        elif disk["TARGET"] in used:
            raise InternalError(f"Target {disk['TARGET']} is already in use.")
        if disk.get("CLUSTER_ID") and vm.cluster_id not in id_list(disk["CLUSTER_ID"]):
            raise InternalError(f"Image [{disk.get('IMAGE_ID')}] is not part of cluster [{vm.cluster_id}]")
    except InternalError:
        vm.snapshots.pop(disk_id, None)
        if image and not disks.is_filesystem(disk):  # those stay in use: they are never released
            images.release(cloud, image.oid, vm.oid)
        raise
    disk["ATTACH"] = "YES"
    vm.spec.add("DISK", disk)


def attached(vm):
    """The disk that is being attached or detached, or None."""
    return next((disk for disk in vm.spec.vectors("DISK") if disk.get("ATTACH") == "YES"), None)


def remove_attached(cloud, vm):
    """Removes the marked disk and releases its image; (disk, its snapshots), or None."""
    disk = attached(vm)
    if disk is None:
        return None
    vm.spec.remove("DISK", disk)
    disk_id, image_id = integer(disk["DISK_ID"]), integer(disk.get("IMAGE_ID"))
    snapshots = vm.snapshots.pop(disk_id, None)
    image = cloud.find("IMAGE", image_id) if image_id is not None else None
    if image is not None:
        image.keep_snapshots(snapshots if keeps_snapshots(disk) else None)
        cloud.update(image)
        if all(integer(other.get("IMAGE_ID")) != image_id for other in vm.spec.vectors("DISK")):
            images.release(cloud, image_id, vm.oid)
    return disk, snapshots


def keeps_snapshots(disk):
    """Whether the snapshots of a disk stay with the image after the VM."""
    return yes(disk.get("PERSISTENT_SNAPSHOTS") or "YES")


# --- the end


def release_all(cloud, vm, failed):
    """Releases the images of all disks; returns the quota templates of copies in their datastores."""
    charges = []
    for disk in vm.disks:
        image_id = integer(disk.get("IMAGE_ID"))
        image = cloud.find("IMAGE", image_id) if image_id is not None else None
        if image_id is None:
            continue
        snapshots = vm.snapshots.get(integer(disk["DISK_ID"]))
        if image is not None:
            give_back(image, disk, snapshots)
            image.release(vm.oid, failed)
            cloud.update(image)
        if disks.target_of(disk) == "SELF":
            size = disks.size_of(disk) + (snapshots.total_size if snapshots else 0)
            charges.append(images.space(disk.get("DATASTORE_ID", ""), size))
    return charges


def give_back(image, disk, snapshots):
    """Copies the size and the snapshots of a disk to its image, if the VM writes to the image."""
    size = disks.size_of(disk)
    if size > disks.size_of(disk, "ORIGINAL_SIZE"):
        set_size(image, size)
    image.keep_snapshots(snapshots if keeps_snapshots(disk) else None)


def set_size(image, size):
    """Updates the size of an image, if a VM writes to it."""
    if image.type in (images.OS, images.DATABLOCK) and image.state == images.USED_PERS:
        image.size = size


def is_linear(snapshots):
    """Whether the active snapshot is always the youngest."""
    return snapshots.orphans == LINEAR


def settle(cloud, vm):
    """Updates images that are ready by now; returns the state of a VM that waits for them."""
    cloning = [disk for disk in vm.spec.vectors("DISK") if yes(disk.get("CLONING"))]
    found = {disk["IMAGE_ID"]: cloud.find("IMAGE", integer(disk["IMAGE_ID"])) for disk in cloning}
    ready = {oid for oid, image in found.items() if image and image.state in (images.USED, images.USED_PERS)}
    for oid in ready:
        disk = next(disk for disk in vm.spec.vectors("DISK") if disk.get("IMAGE_ID") == oid)
        disk.pop("CLONING", None)
        disk["SOURCE"] = found[oid].source
        if found[oid].format:
            disk["DRIVER"] = disk["FORMAT"] = found[oid].format
    if len(ready) == len(found):
        return State.PENDING
    failed = any(image and image.state == images.ERROR for image in found.values())
    return State.CLONING_FAILURE if failed else State.CLONING
