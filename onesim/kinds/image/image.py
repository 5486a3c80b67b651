"""Images: disks for VMs. The object and its kind."""

import time

from onesim.api import generic
from onesim.cloud.clock import transition
from onesim.cloud.things import Kind, Thing, check_name, ids_xml, permissions_for
from onesim.errors import ActionError, AllocateError, InternalError
from onesim.kinds.datastore import BACKUP_DS, FILE_DS, IMAGE_DS
from onesim.kinds.image.snapshots import Snapshots
from onesim.oned_conf import IMAGE_RESTRICTED
from onesim.rights import quotas
from onesim.text.templates import Template, UniqueTemplate, cdata, vector_xml
from onesim.text.values import yes, yes_no

(INIT, READY, USED, DISABLED, LOCKED, ERROR, CLONE, DELETE, USED_PERS, LOCKED_USED, LOCKED_USED_PERS) = range(11)
STATES = (
    "INIT", "READY", "USED", "DISABLED", "LOCKED", "ERROR", "CLONE", "DELETE", "USED", "LOCKED_USED", "LOCKED_USED",
)  # fmt: skip
TYPES = ("OS", "CDROM", "DATABLOCK", "KERNEL", "RAMDISK", "CONTEXT", "BACKUP", "FILESYSTEM")
OS, CDROM, DATABLOCK, KERNEL, RAMDISK, CONTEXT, BACKUP, FILESYSTEM = range(8)
DISKS = frozenset({OS, CDROM, DATABLOCK, FILESYSTEM})
FILES = frozenset({KERNEL, RAMDISK, CONTEXT})
IN_USE = frozenset({USED, USED_PERS, LOCKED_USED, LOCKED_USED_PERS})
STILL_LOCKED = frozenset({LOCKED, LOCKED_USED, LOCKED_USED_PERS})
DEFAULT_PREFIX = "sd"
DUMMY_SOURCE, DUMMY_FORMAT = "dummy_path", "dummy_format"


class Image(Thing):
    """`vms` are the VMs that use it, `clones` the images that are being copied from it."""

    def __init__(self, template, call, datastore, cloning_id=-1):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.datastore_id, self.datastore_name = datastore.oid, datastore.name
        self.driver = datastore.template.get("DRIVER")
        self.disk_type = datastore.disk_type
        self.type = OS
        self.persistent = False
        self.registered = self.modified = int(time.time())
        self.source = self.path = self.format = self.fs = ""
        self.size = 0
        self.state = LOCKED
        self.vms, self.clones = set(), set()
        self.cloning_id = cloning_id
        self.snapshots = Snapshots()
        self.target_snapshot = -1
        self.increments, self.backup_disks = [], set()

    # --- creation

    def inserting(self, cloud):
        template = self.template
        self.name = template.erase("NAME")
        self.type = self.read_type(template.erase("TYPE"))
        persistent = yes(template.erase("PERSISTENT"))
        if self.type in (OS, DATABLOCK):
            self.persistent = persistent
            if not template.get("DEV_PREFIX"):
                template.set("DEV_PREFIX", DEFAULT_PREFIX)
        else:
            self.persistent = self.type == BACKUP or (self.type == FILESYSTEM and persistent)
            template.erase("DEV_PREFIX")
        self.size = template.integer("SIZE", 64) or 0
        template.erase("SIZE")
        self.fs = template.erase("FS")
        template.erase("DRIVER")
        self.path, self.source = template.erase("PATH"), template.erase("SOURCE")
        self.format = template.erase("FORMAT")
        if self.type == BACKUP:
            self._take_vm()
        if self.is_saving:
            self.format = "save_as"
        elif self.cloning_id == -1:
            self._take_origin()

    def read_type(self, text):
        """The type of a text, in any case; OS if it is empty."""
        word = text.upper() or "OS"
        if self.snapshots.entries and word not in ("OS", "DATABLOCK"):
            raise InternalError("Image with snapshots can be only of type OS or DATABLOCK")
        if word not in TYPES:
            raise InternalError("Unknown type "[self.type :])  # the daemon adds the number to the address of the text
        return TYPES.index(word)

    def _take_origin(self):
        """Checks the source of the content: SOURCE, PATH, or an empty image."""
        if self.source:
            if self.path:
                raise InternalError("PATH and SOURCE cannot be both set.")
            if not self.format:
                raise InternalError("SOURCE needs FORMAT to be set.")
        elif self.type == BACKUP:
            raise InternalError("SOURCE cannot be empty for BACKUP images")
        elif self.path:
            self.format = ""
        elif self.type in (OS, DATABLOCK):
            if self.driver:
                self.template.set("DRIVER", self.driver)
            self.format = self.driver or self.format or "raw"
        elif self.type == FILESYSTEM:
            self.format = "dir"
        else:
            raise InternalError("No PATH nor SOURCE in template.")

    def _take_vm(self):
        """A backup has its content already, and its VM uses it."""
        vm_id = self.template.integer("VM_ID")
        if vm_id is None:
            raise InternalError("No associated VM ID for BACKUP image.")
        self.template.erase("VM_ID")
        self.vms.add(vm_id)
        self.set_state(READY)

    @property
    def is_saving(self):
        """Whether a VM's disk is being saved as this image."""
        return self.template.yes("SAVE_AS_HOT")

    @property
    def charge(self):
        """The quota template for its usage of the datastore."""
        return space(self.datastore_id, self.size + self.snapshots.total_size, 1)

    # --- states

    def set_state(self, state):
        """Sets a new state; a lock of the image is removed."""
        self.state = state
        if state != LOCKED:
            self.lock = None

    def unlock_state(self, cloud):
        """The copy has ended, or an error was cleared: the image can be used."""
        settled = {LOCKED: READY, LOCKED_USED: USED, LOCKED_USED_PERS: USED_PERS}
        if self.state == ERROR:
            self.set_state((USED_PERS if self.persistent else USED) if self.vms else READY)
        elif self.state in settled:
            self.set_state(settled[self.state])
        else:
            return
        if self.state != READY:
            self._tell_vms(cloud, True)

    def fail(self, cloud, message):
        """An operation of the datastore has failed."""
        waited = self.state in (LOCKED_USED, LOCKED_USED_PERS)
        self.set_error(message)
        self.set_state(ERROR)
        if waited:
            self._tell_vms(cloud, False)

    def _tell_vms(self, cloud, succeeded):
        for vm_id in sorted(self.vms):
            cloud.soon("vm.image_settled", vm_id, self.oid, succeeded)

    def acquire(self, vm_id, attach=False):
        """Assigns the image to a VM; raises ActionError if it is not available."""
        if self.type not in DISKS:
            raise ActionError(f"Image {self.oid} ({self.name}) of type {TYPES[self.type]} cannot be used as DISK.")
        shareable = self.template.get("PERSISTENT_TYPE").upper() == "SHAREABLE"
        if self.state in (USED_PERS, LOCKED_USED_PERS) and not shareable:
            raise ActionError(f"Cannot acquire image {self.oid}, it is persistent and already in use")
        if self.state in STILL_LOCKED and attach:
            raise ActionError(f"Cannot acquire image {self.oid}, it is locked")
        if self.state not in IN_USE and self.state not in (READY, LOCKED):
            raise ActionError(f"Cannot acquire image {self.oid}, it is in state: {STATES[self.state]}")
        self.vms.add(vm_id)
        if self.state == READY:
            self.set_state(USED_PERS if self.persistent else USED)
        elif self.state == LOCKED:
            self.set_state(LOCKED_USED_PERS if self.persistent else LOCKED_USED)

    def release(self, vm_id, failed=False):
        """Releases the image from a VM."""
        if self.state not in IN_USE:
            return
        self.vms.discard(vm_id)
        unused = not self.vms
        if self.state in (USED_PERS, LOCKED_USED_PERS):
            self.modified = int(time.time())
            if failed:
                self.set_state(ERROR)
                return
        elif self.clones:
            return
        if unused:
            self.set_state(READY if self.state in (USED, USED_PERS) else LOCKED)

    def lend_copy(self, new_id):
        """Marks the image as being copied."""
        self.clones.add(new_id)
        if self.state == READY:
            self.set_state(CLONE if self.persistent else USED)

    def end_copy(self, new_id):
        if self.state in (USED, CLONE):
            self.clones.discard(new_id)
            if not self.clones and not self.vms:
                self.set_state(READY)

    def keep_snapshots(self, snapshots):
        """Copies the snapshots of a VM's disk (None: none)."""
        if self.type not in (OS, DATABLOCK) or self.state != USED_PERS:
            return
        if snapshots is None or not len(snapshots):
            self.snapshots.clear()
        else:
            self.snapshots = snapshots.copy()

    def render(self):
        increments = "".join(vector_xml("INCREMENT", increment) for increment in self.increments)
        return (
            f"<IMAGE>{self.head_xml()}{self.lock_xml()}{self.permissions_xml()}"
            f"<TYPE>{self.type}</TYPE><DISK_TYPE>{self.disk_type}</DISK_TYPE>"
            f"<PERSISTENT>{self.persistent:d}</PERSISTENT><REGTIME>{self.registered}</REGTIME>"
            f"<MODTIME>{self.modified}</MODTIME><SOURCE>{cdata(self.source)}</SOURCE><PATH>{cdata(self.path)}</PATH><FORMAT>{cdata(self.format)}</FORMAT><FS>{cdata(self.fs)}</FS>"
            f"<SIZE>{self.size}</SIZE><STATE>{self.state}</STATE><PREV_STATE>{self.previous_state}</PREV_STATE>"
            f"<RUNNING_VMS>{len(self.vms)}</RUNNING_VMS><CLONING_OPS>{len(self.clones)}</CLONING_OPS>"
            f"<CLONING_ID>{self.cloning_id}</CLONING_ID><TARGET_SNAPSHOT>{self.target_snapshot}</TARGET_SNAPSHOT>"
            f"<DATASTORE_ID>{self.datastore_id}</DATASTORE_ID><DATASTORE>{self.datastore_name}</DATASTORE>"
            f"{ids_xml('VMS', self.vms)}{ids_xml('CLONES', self.clones)}<APP_CLONES></APP_CLONES>{self.template.xml()}"
            f"{self.snapshots.xml()}<BACKUP_INCREMENTS>{increments}</BACKUP_INCREMENTS>"
            f"{ids_xml('BACKUP_DISK_IDS', self.backup_disks)}</IMAGE>"
        )


def space(datastore_id, size, images=0):
    """A quota template of that many MB in a datastore."""
    return Template.of(DATASTORE=str(datastore_id), SIZE=str(size), IMAGES=str(images))


class ImageKind(Kind):
    name, title, xml_title, tag, pool_tag = "IMAGE", "image", "Image", "IMAGE", "IMAGE_POOL"
    thing = Image
    lockable = True
    restricted = IMAGE_RESTRICTED
    state_names = STATES
    template_class = UniqueTemplate

    def owned_quota(self, cloud, thing):
        return [(quotas.DATASTORE, thing.charge)]

    def datastore_renamed(self, cloud, image_id, datastore):
        image = cloud.find("IMAGE", image_id)
        if image:
            image.datastore_name = datastore.name
            cloud.update(image)

    def drop(self, call, thing):
        if thing.type == BACKUP and any(call.cloud.kinds["VM"].is_backed_up(call.cloud, oid) for oid in thing.vms):
            raise ActionError("Active backup on the associated VM. Wait till it finish to delete the backup Image")
        if thing.state in IN_USE or (thing.state == READY and thing.vms and thing.type != BACKUP):
            raise ActionError(f"There are {len(thing.vms)} VMs using it.")
        if thing.state == CLONE:
            raise ActionError(f"There are {len(thing.clones)} active clone operations.")
        cloud, copied = call.cloud, thing.cloning_id if thing.state == LOCKED else -1
        if thing.state == LOCKED and thing.is_saving:
            cloud.kinds["VM"].saving_given_up(cloud, thing.template.integer("SAVED_VM_ID"))
        remove_content(cloud, thing)
        end_copy(cloud, copied, thing.oid)


KIND = ImageKind()
generic.register(KIND, "image", "info update rename chown chmod lock unlock")
generic.register_pool(KIND, "one.imagepool.info")


def new_image(call, template, datastore, cloning_id=-1):
    """Creates an image of the caller; it is LOCKED until its content is complete. Raises AllocateError."""
    cloud = call.cloud
    check_name(template.get("NAME"), AllocateError)
    _check_datastore(template.get("TYPE").upper(), datastore)
    taken = cloud.pool("IMAGE").named(template.get("NAME"), call.uid)
    if taken:
        raise AllocateError(f"NAME is already taken by IMAGE {taken.oid}.")
    original = None
    if cloning_id != -1:
        original = cloud.get("IMAGE", cloning_id)
        if original.state not in (READY, USED, CLONE):
            raise AllocateError(f"Cannot clone image in state: {STATES[original.state]}")
    image = Image(template, call, datastore, cloning_id)
    try:
        cloud.pool("IMAGE").insert(image)
    except InternalError as refusal:
        raise AllocateError(refusal.text) from refusal
    if original:
        original.lend_copy(image.oid)
        cloud.update(original)
    _fill(cloud, image)
    datastore.images.add(image.oid)
    cloud.update(datastore)
    return image


def _check_datastore(word, datastore):
    if word in ("KERNEL", "RAMDISK", "CONTEXT"):
        if datastore.type != FILE_DS:
            raise AllocateError(
                "IMAGES of type KERNEL, RAMDISK and CONTEXT cannot be registered in an IMAGE_DS datastore"
            )
    elif word == "BACKUP":
        if datastore.type != BACKUP_DS:
            raise AllocateError("IMAGES of type BACKUP can only be registered in an BACKUP_DS datastore")
    elif datastore.type != IMAGE_DS:
        raise AllocateError("Only IMAGES of type KERNEL, RAMDISK and CONTEXT can be registered in a FILE_DS datastore")


def _fill(cloud, image):
    """Starts the copy or the creation of the content."""
    failure = cloud.faults.creation_failure("IMAGE") if cloud.faults else None
    if image.source and image.cloning_id == -1 and not failure:
        image.unlock_state(cloud)
        cloud.update(image)
    elif not (image.path or image.is_saving or image.type in (OS, DATABLOCK)):
        return  # these stay unfilled
    else:
        cloud.clock.schedule("image.filled", image.oid, failure, delay=2)


@transition("image.filled")
def _filled(cloud, oid, failure):
    """The datastore has copied or created the content, or failed."""
    image = cloud.find("IMAGE", oid)
    if image is None or image.state == DELETE:
        return
    copied, saving = image.cloning_id, image.is_saving
    if failure:
        doing = f"cloning from Image {copied}" if copied != -1 else "copying image in the datastore"
        doing = doing if copied != -1 or image.path else "creating datablock"
        image.fail(cloud, f"Error {doing}: {failure}")
    else:
        image.source = DUMMY_SOURCE
        if image.path and copied == -1:
            image.format = DUMMY_FORMAT
        if not saving:
            image.unlock_state(cloud)
    image.cloning_id = -1
    cloud.update(image)
    end_copy(cloud, copied, oid)
    if saving:
        cloud.kinds["VM"].saving_ready(cloud, image, not failure)


def end_copy(cloud, original_id, new_id):
    """The copy of an image has ended."""
    original = cloud.find("IMAGE", original_id)
    if original:
        original.end_copy(new_id)
        cloud.update(original)


def remove_content(cloud, image):
    """Deletes the content of an image, and then the image."""
    if not image.source:
        forget(cloud, image)
        return
    image.set_state(DELETE)
    image.cloning_id = -1
    cloud.update(image)
    cloud.clock.schedule("image.removed", image.oid, delay=0.5)


@transition("image.removed")
def _removed(cloud, oid):
    image = cloud.find("IMAGE", oid)
    if image and image.state == DELETE:
        forget(cloud, image)


def forget(cloud, image):
    """Removes an image permanently."""
    datastore = cloud.find("DATASTORE", image.datastore_id)
    if datastore:
        datastore.images.discard(image.oid)
        cloud.update(datastore)
    quotas.release(cloud, image.uid, image.gid, quotas.DATASTORE, image.charge)
    cloud.drop(image)
    for vm_id in sorted(image.vms) if image.type == BACKUP else ():
        cloud.kinds["VM"].backup_removed(cloud, vm_id, image.oid)


def release(cloud, image_id, vm_id, failed=False):
    """Releases an image from a VM."""
    image = cloud.find("IMAGE", image_id)
    if image:
        image.release(vm_id, failed)
        cloud.update(image)


def is_persistent_by_default(cloud, call, template, allocate):
    """Whether a new image is persistent according to the template, the user or the group; stores the result."""
    wanted = template.yes("PERSISTENT")
    if not (allocate and template.get("PERSISTENT", None) is not None):
        name = "DEFAULT_IMAGE_PERSISTENT_NEW" if allocate else "DEFAULT_IMAGE_PERSISTENT"
        default = _configured(cloud, call, name)
        wanted = default.upper() == "YES" if default else wanted
    template.set("PERSISTENT", yes_no(wanted))
    if not wanted and template.get("PERSISTENT_TYPE").upper() == "SHAREABLE":
        template.erase("PERSISTENT_TYPE")
    return wanted


def _configured(cloud, call, name):
    """The value of a name in the OPENNEBULA attribute of the user, or else of the group."""
    for kind_name, oid in (("USER", call.uid), ("GROUP", call.gid)):
        thing = cloud.find(kind_name, oid)
        vector = thing.template.vector("OPENNEBULA") if thing else None
        if vector and name in vector:
            return vector[name]
    return ""
