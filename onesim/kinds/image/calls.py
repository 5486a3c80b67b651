"""The calls on images that other kinds do not have."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.clock import transition
from onesim.errors import ActionError, AllocateError, AuthorizationError, InternalError, OneError
from onesim.kinds.datastore import BACKUP_DS, IMAGE_DS, SYSTEM_DS
from onesim.kinds.image.image import (
    BACKUP,
    CDROM,
    CLONE,
    CONTEXT,
    DATABLOCK,
    DISABLED,
    ERROR,
    FILES,
    FILESYSTEM,
    IN_USE,
    KERNEL,
    KIND,
    LOCKED,
    OS,
    RAMDISK,
    READY,
    STATES,
    STILL_LOCKED,
    TYPES,
    is_persistent_by_default,
    new_image,
    space,
)
from onesim.kinds.image.snapshots import LINEAR
from onesim.oned_conf import IMAGE_RESTRICTED, PERSISTENT_ONLY_DRIVERS
from onesim.rights import quotas
from onesim.rights.access import ADMIN, CREATE, USE, authorize, creation

STAT_MB = 1024  # the dummy datastore's size of every file
CONVERTIBLE = (frozenset({OS, CDROM, DATABLOCK}), frozenset({KERNEL, RAMDISK, CONTEXT}))


@method("one.image.allocate", "sib", defaults=(False,), kind=KIND, operation=CREATE)
def allocate(call, text, datastore_id, no_check):
    template = generic.parsed(KIND, text)
    datastore = call.cloud.get("DATASTORE", datastore_id)
    if datastore.type in (SYSTEM_DS, BACKUP_DS):
        raise AllocateError("New images can only be allocated in a files or image datastore.")
    size = _size(template)
    if not (no_check and call.is_admin):
        _check_capacity(datastore, int(size))
    template.set("SIZE", size)
    if not call.is_admin and (name := IMAGE_RESTRICTED.first(template)):
        raise AuthorizationError(f"Template includes a restricted attribute {name}")
    authorize(call, (CREATE, creation(KIND, call)), (USE, datastore))
    charge = space(datastore.oid, size, 1)
    quotas.charge(call.cloud, call.uid, call.gid, quotas.DATASTORE, charge)
    persistent = is_persistent_by_default(call.cloud, call, template, allocate=True)
    if datastore.ds_mad in PERSISTENT_ONLY_DRIVERS and not persistent:
        raise AllocateError("This Datastore only accepts persistent images.")
    return _charged(call, charge, lambda: new_image(call, template, datastore)).oid


def _charged(call, charge, make):
    """The result of `make`; its charge is given back if it raises."""
    try:
        return make()
    except OneError:
        quotas.release(call.cloud, call.uid, call.gid, quotas.DATASTORE, charge)
        raise


def _size(template):
    """The size in MB, as text: from the template, or from the datastore for a file."""
    word = template.get("TYPE").upper() or "OS"
    if word == "BACKUP":
        return _checked_size(template.get("SIZE"))
    if word == "FILESYSTEM":
        if not template.get("PATH"):
            raise InternalError("Cannot parse image SIZE: Missing PATH attribute.")
        return str(STAT_MB)
    if template.get("SOURCE") or (word not in ("CDROM", "KERNEL", "RAMDISK", "CONTEXT") and not template.get("PATH")):
        if template.integer("SIZE", 64) is None:
            raise InternalError("Cannot parse image SIZE: Wrong number or missing SIZE attribute.")
        return template.get("SIZE")
    if not template.get("PATH"):
        raise InternalError(f"Cannot parse image SIZE: Either PATH or SOURCE are required for {word}")
    return str(STAT_MB)


def _checked_size(text):
    if not text.lstrip("+-")[:1].isdigit():
        raise InternalError(f"Cannot parse image SIZE: {text}")
    return text


def _check_capacity(datastore, size):
    available = datastore.available_mb()
    if available is not None and size > available:
        raise ActionError("Not enough space in datastore")


@method("one.image.delete", "ib", defaults=(False,), kind=KIND)
def delete(call, oid, force):
    """Deletes an image; `force` also one that is still being created, which needs ADMIN."""
    image = call.cloud.get("IMAGE", oid)
    if image.state in STILL_LOCKED:
        call.operation = ADMIN
        if not force:
            raise InternalError(
                "Image locked, use --force flag to remove the image. Force delete may leave some files on Datastore"
            )
    if force:
        image.template.set("FORCE_DELETE", "YES")
        call.cloud.update(image)
    generic.remove(call, KIND, oid)
    return oid


@method("one.image.clone", "isi", defaults=(-1,), kind=KIND, operation=USE)
def clone(call, oid, name, datastore_id):
    return clone_image(call, oid, name, datastore_id)


def clone_image(call, oid, name, datastore_id=-1, persistent=False):
    """Copies an image for the caller; returns the number of the copy."""
    cloud = call.cloud
    source = cloud.get("IMAGE", oid)
    if source.type not in (OS, DATABLOCK, CDROM):
        raise ActionError(f"{TYPES[source.type]} images cannot be cloned.")
    if len(source.snapshots):
        raise ActionError("Cannot clone images with snapshots")
    template = _clone_template(source, name)
    if persistent:
        template.set("PERSISTENT", "YES")
    else:
        is_persistent_by_default(cloud, call, template, allocate=False)
    target = cloud.get("DATASTORE", source.datastore_id if datastore_id == -1 else datastore_id)
    stores = _clone_stores(cloud, source, target)
    _check_capacity(target, source.size)
    authorize(call, (CREATE, creation(KIND, call)), (USE, source), *((USE, store) for store in stores))
    charge = space(target.oid, source.size, 1)
    quotas.charge(cloud, call.uid, call.gid, quotas.DATASTORE, charge)
    return _charged(call, charge, lambda: new_image(call, template, target, cloning_id=oid)).oid


def _clone_template(source, name):
    template = source.template.copy()
    for attribute, value in (
        ("NAME", name),
        ("TYPE", TYPES[source.type]),
        ("PATH", source.source),
        ("FORMAT", source.format),
        ("SIZE", str(source.size)),
        ("PERSISTENT", "YES" if source.persistent else "NO"),
    ):
        template.set(attribute, value)
    return template


def _clone_stores(cloud, source, target):
    """The datastores of a copy, after checking that it is possible."""
    if target.type != IMAGE_DS:
        raise ActionError("Clone only supported for IMAGE_DS Datastores")
    if target.oid == source.datastore_id:
        return [target]
    origin = cloud.get("DATASTORE", source.datastore_id)
    if origin.type != IMAGE_DS:
        raise ActionError("Clone only supported for IMAGE_DS Datastores")
    if origin.ds_mad != target.ds_mad:
        raise ActionError("Clone only supported to same DS_MAD Datastores")
    return [target, origin]


@method("one.image.enable", "ib", kind=KIND)
def enable(call, oid, enabled):
    """Enables an image, and clears its error, or disables it."""
    image = generic.reachable(call, KIND, oid)
    doing = "Could not enable image: " if enabled else "Could not disable image: "
    if image.type == BACKUP:
        raise InternalError(f"{doing}Backup images cannot be enabled or disabled.")
    if image.state not in (READY, DISABLED, ERROR):
        raise InternalError(f"{doing}Image cannot be in state {STATES[image.state]}.")
    if not enabled and image.state != DISABLED:
        image.set_state(DISABLED)
    elif enabled and image.state == DISABLED:
        image.set_state(READY)
    elif enabled and image.state == ERROR:
        image.unlock_state(call.cloud)
    call.cloud.update(image)
    return oid


@method("one.image.persistent", "ib", kind=KIND)
def persistent(call, oid, flag):
    image = generic.reachable(call, KIND, oid)
    if flag == image.persistent:
        return oid
    datastore = call.cloud.find("DATASTORE", image.datastore_id)
    if datastore.ds_mad.lower() == "lvm":
        raise InternalError("lvm datastores doesn't support change of image persistency.")
    if image.type in FILES:
        raise ActionError("KERNEL, RAMDISK and CONTEXT must be non-persistent")
    if image.type == BACKUP:
        raise ActionError("BACKUP images must be persistent")
    if datastore.ds_mad in PERSISTENT_ONLY_DRIVERS and not flag:
        raise InternalError("This Datastore only accepts persistent images.")
    doing = f"Could not make image {'' if flag else 'non-'}persistent: "
    if len(image.snapshots) and not flag:
        raise InternalError(f"{doing}Image has snapshots.")
    if image.state in IN_USE or image.state == CLONE:
        raise InternalError(f"{doing}Image cannot be in state {STATES[image.state]}.")
    image.persistent = flag
    call.cloud.update(image)
    return oid


@method("one.image.chtype", "is", kind=KIND)
def chtype(call, oid, word):
    image = generic.reachable(call, KIND, oid)
    if image.type in (BACKUP, FILESYSTEM):
        raise ActionError(f"Cannot change type for{TYPES[image.type]} images.")
    wanted = TYPES.index(word.upper()) if word.upper() in TYPES else OS
    if not any({image.type, wanted} <= group for group in CONVERTIBLE):
        raise ActionError("Cannot change image type to an incompatible type for the current datastore.")
    image.type = image.read_type(word)
    call.cloud.update(image)
    return oid


def _register_snapshot_call(verb, doing, check):
    @method(f"one.image.snapshot{verb}", "ii", kind=KIND)
    def change(call, oid, snapshot_id):
        image = generic.reachable(call, KIND, oid, check=lambda: _refuse_none(oid))
        if image.type not in (OS, DATABLOCK):
            raise ActionError("IMAGES of type KERNEL, RAMDISK, BACKUP, FILESYSTEM and CONTEXT does not have snapshots.")
        if image.state != READY:
            raise ActionError(f"Cannot {doing} snapshot in state {STATES[image.state]}")
        check(image.snapshots, snapshot_id)
        image.target_snapshot = snapshot_id
        image.set_state(LOCKED)
        call.cloud.update(image)
        call.cloud.clock.schedule(f"image.snapshot_{verb}", oid, delay=1)
        return oid

    @transition(f"image.snapshot_{verb}")
    def done(cloud, oid):
        image = cloud.find("IMAGE", oid)
        if image is None or image.target_snapshot == -1:
            return
        image.unlock_state(cloud)
        freed = _CHANGES[verb](image, image.target_snapshot)
        image.target_snapshot = -1
        cloud.update(image)
        if freed:
            charge = space(image.datastore_id, freed)
            quotas.release(cloud, image.uid, image.gid, quotas.DATASTORE, charge)


def _refuse_none(oid):
    """Reject a negative image ID, which the daemon detects only after it has authorized the caller."""
    if oid < 0:
        raise ActionError("Image does not exist")


def _check_exists(snapshots, snapshot_id):
    if snapshot_id not in snapshots:
        raise ActionError("Snapshot does not exist")


def _delete_snapshot(image, snapshot_id):
    freed = image.snapshots.size(snapshot_id)
    image.snapshots.delete(snapshot_id)
    return freed


def _revert_snapshot(image, snapshot_id):
    image.snapshots.activate(snapshot_id, revert=True)
    size = image.snapshots.size(snapshot_id)
    freed, image.size = image.size - size, size
    if image.snapshots.orphans == LINEAR:
        for younger in image.snapshots.younger(snapshot_id):
            freed += _delete_snapshot(image, younger)
    return freed


def _flatten_snapshots(image, snapshot_id):
    freed = image.snapshots.total_size
    image.snapshots.clear()
    return freed


_CHANGES = {"delete": _delete_snapshot, "revert": _revert_snapshot, "flatten": _flatten_snapshots}
_register_snapshot_call("delete", "delete", lambda snapshots, oid: snapshots.check_image_delete(oid))
_register_snapshot_call("revert", "revert to", _check_exists)
_register_snapshot_call("flatten", "flatten", _check_exists)


@method("one.image.restore", "iis", kind=KIND, operation=USE)
def restore(call, oid, datastore_id, text):
    """Restores a backup as images and a template, of which the dummy driver creates none."""
    image = generic.reachable(call, KIND, oid)
    authorize(call, (USE, call.cloud.get("DATASTORE", datastore_id)))
    generic.parsed(KIND, text)
    if image.type != BACKUP:
        raise ActionError("Can only restore images of type BACKUP")
    return "0 dummy_image"
