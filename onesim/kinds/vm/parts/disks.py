"""The disks of VMs: their images, and attributes of image and datastore."""

from onesim.kinds.datastore import DISK_TYPES
from onesim.kinds.image import image as images
from onesim.oned_conf import DATASTORE_INHERITED, IMAGE_INHERITED
from onesim.rights.access import USE, USE_NO_LOCK
from onesim.text.values import integer, join, yes, yes_no

VOLATILE = frozenset({"FS", "SWAP"})
CDROM_TYPES = {3: "RBD_CDROM", 5: "GLUSTER_CDROM", 7: "SHEEPDOG_CDROM"}


def owner_named(cloud, disk, uid):
    """The owner of a disk's IMAGE: IMAGE_UID, IMAGE_UNAME, or `uid`; None if there is none."""
    if disk.get("IMAGE_UID"):
        return integer(disk["IMAGE_UID"])
    if disk.get("IMAGE_UNAME"):
        user = cloud.pool("USER").named(disk["IMAGE_UNAME"])
        return user.oid if user else None
    return uid


def image_of(cloud, disk, uid):
    """The image of a disk, by ID or else by name; None if there is none."""
    oid = integer(disk.get("IMAGE_ID"))
    if oid is not None:
        return cloud.find("IMAGE", oid)
    return _named_image(cloud, disk, uid) if disk.get("IMAGE") else None


def image_id(cloud, disk, uid):
    """The image ID of a disk, existing or not, or that of the image of its name; None without an image."""
    oid = integer(disk.get("IMAGE_ID"))
    image = image_of(cloud, disk, uid) if oid is None else None
    return image.oid if image else oid


def _named_image(cloud, disk, uid):
    owner = owner_named(cloud, disk, uid)
    return None if owner is None else cloud.pool("IMAGE").named(disk["IMAGE"], owner)


def needs(cloud, template, uid, check_lock=True):
    """The (operation, image) for using the disks of a template; stores the IDs of images that are given by name."""
    for disk in template.vectors("DISK"):
        if "IMAGE" in disk:
            image = _named_image(cloud, disk, uid)
            if image:
                disk["IMAGE_ID"] = str(image.oid)
        else:
            image = image_of(cloud, disk, uid)
        if image:
            yield (USE_NO_LOCK if yes(disk.get("CLONING")) or not check_lock else USE), image


def extend(cloud, template, uid):
    """Adds attributes of images and datastores to the disks of a template."""
    for disk_id, disk in enumerate(template.vectors("DISK")):
        image = image_of(cloud, disk, uid)
        if image:
            take_image(cloud, disk, image)
        disk["DISK_ID"] = str(disk_id)


def take_image(cloud, disk, image):
    """Adds attributes of an image and its datastore to a disk; False if the datastore does not exist."""
    if not disk.get("DEV_PREFIX") and image.type not in (images.CDROM, images.FILESYSTEM):
        disk["DEV_PREFIX"] = image.template.get("DEV_PREFIX") or images.DEFAULT_PREFIX
    disk.update(IMAGE=image.name, IMAGE_ID=str(image.oid), SOURCE=image.source, ORIGINAL_SIZE=str(image.size))
    disk["SIZE"] = disk.get("SIZE") or str(image.size)
    disk["DISK_SNAPSHOT_TOTAL_SIZE"] = str(image.snapshots.total_size)
    _set(disk, {name: image.format.lower() or None for name in ("DRIVER", "FORMAT")})
    disk["IMAGE_STATE"] = str(image.state)
    _take_modes(disk, image)
    _set(disk, {"CLONING": "YES" if image.state in images.STILL_LOCKED else None})
    disk["TYPE"] = _type_of(image)
    if not disk.get("TARGET") and image.template.get("TARGET"):
        disk["TARGET"] = image.template.get("TARGET")
    if is_filesystem(disk):
        disk["MOUNT_POINT"] = disk.get("MOUNT_POINT") or image.template.get("MOUNT_POINT") or f"/mnt/one-fs-{image.oid}"
        disk["MOUNT_TAG"] = disk.get("MOUNT_TAG") or image.template.get("MOUNT_TAG") or f"one-tag-{image.oid}"
    _inherit(disk, image.template, IMAGE_INHERITED)
    datastore = cloud.find("DATASTORE", image.datastore_id)
    if datastore:
        take_datastore(disk, datastore)
    return datastore is not None


def _type_of(image):
    """The type of a disk of an image; empty for an image that cannot be a disk."""
    if image.type == images.CDROM:
        return CDROM_TYPES.get(image.disk_type, "CDROM")
    return DISK_TYPES[image.disk_type] if image.type in images.DISKS else ""


def _set(disk, values):
    """Sets or (None) removes."""
    for name, value in values.items():
        if value is None:
            disk.pop(name, None)
        else:
            disk[name] = value


def _take_modes(disk, image):
    """Sets whether the disk is read only, copied, or saved back."""
    kind = image.template.get("PERSISTENT_TYPE").upper()
    if image.type == images.CDROM or kind == "IMMUTABLE":
        disk.update(SAVE="NO", CLONE="NO", READONLY="YES")
        return
    if "READONLY" not in disk:
        disk["READONLY"] = yes_no(image.template.yes("READONLY"))
    if not image.persistent:
        disk.update(CLONE="YES", SAVE="NO")
        return
    disk.update(PERSISTENT="YES", CLONE="NO", SAVE="YES")
    if kind == "SHAREABLE" and image.format in ("raw", "dir"):
        disk["SHAREABLE"] = "YES"


def take_datastore(disk, datastore):
    """Adds attributes of its datastore to a disk."""
    disk["DATASTORE"], disk["DATASTORE_ID"] = datastore.name, str(datastore.oid)
    disk["TM_MAD"], disk["CLUSTER_ID"] = datastore.tm_mad, join(datastore.clusters)
    system = disk.get("TM_MAD_SYSTEM", "").strip().upper()
    for name in ("CLONE_TARGET", "LN_TARGET"):
        target = (datastore.template.get(f"{name}_{system}") if system else "") or datastore.template.get(name)
        if target and not disk.get(name):
            disk[name] = target
    _inherit(disk, datastore.template, DATASTORE_INHERITED)
    if is_volatile(disk):
        form = _volatile_format(disk, datastore)
        disk.update(DRIVER=form, FORMAT=form)


def _volatile_format(disk, datastore):
    """The format of an empty disk: that of the datastore, or else of the disk; swap is always raw."""
    if disk["TYPE"].upper() == "SWAP":
        return "raw"
    return datastore.template.get("DRIVER") or disk.get("FORMAT") or "raw"


def transfer_targets(datastore, driver):
    """The attributes of disks of a datastore with another transfer driver; None if it does not support them."""
    suffix = driver.strip().upper()
    targets = {name: datastore.template.get(f"{name}_{suffix}") for name in ("CLONE_TARGET", "LN_TARGET", "DISK_TYPE")}
    return targets if all(targets.values()) else None


def _inherit(disk, template, names):
    for name in names:
        vector = template.vector(name)
        values = vector if vector is not None else {name: template.get(name)}
        for item, value in values.items():
            if value and not disk.get(item):
                disk[item] = value


# --- what a disk takes


def is_volatile(disk):
    return disk.get("TYPE", "").upper() in VOLATILE


def is_filesystem(disk):
    return disk.get("TYPE") == "FILESYSTEM"


def is_persistent(disk):
    return yes(disk.get("PERSISTENT"))


def target_of(disk):
    """Where the storage creates the disk: SYSTEM datastore, that of the image (SELF), or NONE; empty if unknown."""
    if not disk.get("CLONE"):
        return ""
    return disk.get("CLONE_TARGET" if yes(disk["CLONE"]) else "LN_TARGET", "").upper()


def size_of(disk, name="SIZE"):
    """A size of a disk in MB, 0 if it is not set."""
    return integer(disk.get(name), 64) or 0


def system_size(disk):
    """The usage of a disk in the system datastore, in MB."""
    if not (is_volatile(disk) or target_of(disk) == "SYSTEM"):
        return 0
    return size_of(disk) + size_of(disk, "DISK_SNAPSHOT_TOTAL_SIZE")


def image_size(disk):
    """The usage of a copied disk in the datastore of its image, in MB."""
    return size_of(disk) + size_of(disk, "DISK_SNAPSHOT_TOTAL_SIZE") if target_of(disk) == "SELF" else 0


def image_charges(template):
    """The quota templates for the disks of a template in the datastores of their images."""
    return [
        images.space(disk.get("DATASTORE_ID", ""), image_size(disk))
        for disk in template.vectors("DISK")
        if image_size(disk)
    ]
