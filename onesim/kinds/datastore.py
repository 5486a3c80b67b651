"""Datastores: storage for images, and for the disks of running VMs."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.things import Kind, Thing, check_name, ids_xml, permissions_for
from onesim.errors import ActionError, InternalError
from onesim.kinds import vdc
from onesim.oned_conf import DATASTORE_DRIVERS, TRANSFER_DRIVERS, configured
from onesim.rights.access import CREATE
from onesim.text.templates import cdata
from onesim.text.values import yes_no

IMAGE_DS, SYSTEM_DS, FILE_DS, BACKUP_DS = range(4)
TYPES = ("IMAGE_DS", "SYSTEM_DS", "FILE_DS", "BACKUP_DS")
READY, DISABLED = 0, 1
SYSTEM_ID = 0
DISK_TYPES = ("FILE", "CDROM", "BLOCK", "RBD", "RBD_CDROM", "GLUSTER", "GLUSTER_CDROM", "SHEEPDOG", "SHEEPDOG_CDROM",
              "ISCSI", "FILESYSTEM")  # fmt: skip
_FITTING = {
    IMAGE_DS: {"FILE", "BLOCK", "ISCSI", "RBD", "GLUSTER", "SHEEPDOG", "FILESYSTEM"},
    SYSTEM_DS: {"FILE", "RBD", "BLOCK", "FILESYSTEM"},
}
_WORD = {IMAGE_DS: "an Image", SYSTEM_DS: "a System"}
_FIXED_WITH_IMAGES = ("LVM_THIN_ENABLE", "NFS_AUTO_ENABLE", "NFS_AUTO_HOST", "NFS_AUTO_PATH", "NFS_AUTO_OPTS")
IMAGE_SPACE, SYSTEM_SPACE = (20480, 20480, 9720), (4796800, 3333260, 1429920)  # MB: total, free, used


class Datastore(Thing):
    def __init__(self, template, call, clusters):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask) | 0o040
        self.clusters = set(clusters)
        self.ds_mad = self.tm_mad = ""
        self.type = IMAGE_DS
        self.disk_type = 0
        self.state = READY
        self.images = set()

    def inserting(self, cloud):
        template = self.template
        self.name = template.erase("NAME")
        self.type = _type_of(template.get("TYPE"))
        self.ds_mad = template.get("DS_MAD")
        if self.type == SYSTEM_DS:
            if self.ds_mad:
                raise InternalError("SYSTEM datastores cannot have DS_MAD defined.")
            self.ds_mad = "-"
        elif not self.ds_mad:
            raise InternalError("No DS_MAD in template.")
        self.take_datastore_driver()
        self.tm_mad = template.get("TM_MAD") if self.type != BACKUP_DS else "-"
        self.take_transfer_driver(self.tm_mad)
        template.erase("BASE_PATH")
        self.take_disk_type(template.erase("DISK_TYPE"))
        if not template.get("SAFE_DIRS") and not template.get("RESTRICTED_DIRS"):
            template.set("SAFE_DIRS", "/var/tmp")
            template.set("RESTRICTED_DIRS", "/")

    def take_datastore_driver(self):
        """Checks the attributes that the datastore's driver requires."""
        if self.type == SYSTEM_DS:
            return
        facts = configured(DATASTORE_DRIVERS, self.ds_mad)
        if facts is None:
            raise InternalError(f'DS_MAD named "{self.ds_mad}" is not defined in oned.conf')
        required, capacity_check = facts
        if capacity_check is not None:
            self.template.set("DATASTORE_CAPACITY_CHECK", yes_no(capacity_check))
        for name in required:
            if not self.template.get(name):
                raise InternalError(f'Datastore template is missing the "{name}" attribute or it\'s empty.')

    def take_transfer_driver(self, driver):
        """Adds the configuration of a transfer driver to the template."""
        if self.type == BACKUP_DS:
            return
        if not driver:
            raise InternalError("No TM_MAD in template.")
        facts = configured(TRANSFER_DRIVERS, driver)
        if facts is None:
            raise InternalError(f'TM_MAD named "{driver}" is not defined in oned.conf')
        if self.type == SYSTEM_DS:
            for name in ("SHARED", "DS_MIGRATE", "DS_LIVE_MIGRATE", "DS_MIGRATE_SNAP"):
                self.template.set(name, facts[name])
            gone = ("LN_TARGET", "CLONE_TARGET")
        else:
            for name in facts.keys() - {"SHARED", "DS_MIGRATE", "DS_LIVE_MIGRATE", "DS_MIGRATE_SNAP"}:
                self.template.set(name, facts[name])
            gone = ("SHARED",)
        for name in gone:
            self.template.erase(name)
        self.template.set("ALLOW_ORPHANS", facts.get("ALLOW_ORPHANS", "NO"))
        self.template.set("PERSISTENT_SNAPSHOTS", facts.get("PERSISTENT_SNAPSHOTS", "YES"))

    def take_disk_type(self, text):
        """Sets the type of the disks; an empty text is FILE."""
        word = text.upper() or "FILE"
        if self.type in _FITTING:
            if word not in DISK_TYPES:
                raise InternalError("Unknown DISK_TYPE in template.")
            if word not in _FITTING[self.type]:
                raise InternalError(f"Invalid DISK_TYPE for {_WORD[self.type]} Datastore.")
            self.template.add("DISK_TYPE", word)
        else:
            word = "FILE"
        self.disk_type = DISK_TYPES.index(word)

    def space(self):
        """The report of the dummy monitor of a small cloud, in MB: (total, free, used)."""
        return SYSTEM_SPACE if self.type == SYSTEM_DS else IMAGE_SPACE

    def available_mb(self):
        """The free space, in MB; None if it is not checked."""
        if self.template.get("DATASTORE_CAPACITY_CHECK", "YES").upper() != "YES":
            return None
        _, free, used = self.space()
        limit = self.template.integer("LIMIT_MB", 64)
        return free if limit is None else max(limit - used, 0)

    def render(self):
        total, free, used = self.space()
        return (
            f"<DATASTORE>{self.head_xml()}{self.permissions_xml()}<DS_MAD>{cdata(self.ds_mad)}</DS_MAD>"
            f"<TM_MAD>{cdata(self.tm_mad)}</TM_MAD>"
            f"<BASE_PATH>{cdata(f'/var/lib/one//datastores/{self.oid}')}</BASE_PATH>"
            f"<TYPE>{self.type}</TYPE><DISK_TYPE>{self.disk_type}</DISK_TYPE><STATE>{self.state}</STATE>"
            f"{ids_xml('CLUSTERS', self.clusters)}<TOTAL_MB>{total}</TOTAL_MB><FREE_MB>{free}</FREE_MB>"
            f"<USED_MB>{used}</USED_MB>{ids_xml('IMAGES', self.images)}{self.template.xml()}</DATASTORE>"
        )


def _type_of(text):
    return TYPES.index(text.upper()) if text.upper() in TYPES else IMAGE_DS


class DatastoreKind(Kind):
    name, title, xml_title, tag, pool_tag = "DATASTORE", "datastore", "Datastore", "DATASTORE", "DATASTORE_POOL"
    thing = Datastore
    names_per_owner = False
    clustered = "DATASTORES"

    def updated_template(self, cloud, thing, old):
        template = thing.template
        if thing.images and (name := next((n for n in _FIXED_WITH_IMAGES if template.get(n) != old.get(n)), None)):
            raise InternalError(f"Cannot update option {name} in a datastore with existing images")
        before = (thing.type, thing.disk_type, thing.tm_mad, thing.ds_mad)
        try:
            self._take(thing, template)
        except InternalError:
            thing.type, thing.disk_type, thing.tm_mad, thing.ds_mad = before
            raise

    @staticmethod
    def _take(thing, template):
        if thing.oid == SYSTEM_ID:
            thing.type = SYSTEM_DS
        elif thing.type != BACKUP_DS and template.get("TYPE"):
            thing.type = _type_of(template.get("TYPE"))
        template.set("TYPE", TYPES[thing.type])
        disk_type = template.erase("DISK_TYPE")
        if disk_type:
            thing.take_disk_type(disk_type)
        if template.get("TM_MAD") and thing.type != BACKUP_DS:
            thing.take_transfer_driver(template.get("TM_MAD"))
            thing.tm_mad = template.get("TM_MAD")
        else:
            template.set("TM_MAD", thing.tm_mad)
        if thing.type == SYSTEM_DS:
            thing.ds_mad = "-"
            template.erase("DS_MAD")
        elif template.get("DS_MAD"):
            thing.ds_mad = template.get("DS_MAD")
        else:
            template.set("DS_MAD", thing.ds_mad)
        thing.take_datastore_driver()

    def after_rename(self, cloud, thing):
        for oid in thing.images:
            cloud.kinds["IMAGE"].datastore_renamed(cloud, oid, thing)

    def drop(self, call, thing):
        if thing.images:
            raise ActionError(f"Datastore {thing.oid} is not empty.")
        super().drop(call, thing)
        vdc.forget_resource(call.cloud, "DATASTORE", thing.oid)

    def created(self, call, template, cluster):
        check_name(template.get("NAME"))
        pool = call.cloud.pool("DATASTORE")
        taken = pool.named(template.get("NAME"))
        if taken:
            raise InternalError(f"NAME is already taken by DATASTORE {taken.oid}.")
        return pool.insert(Datastore(template, call, {cluster.oid} if cluster else ()))


KIND = DatastoreKind()
generic.register(KIND, "datastore", "info update rename chown chmod delete")
generic.register_pool(KIND, "one.datastorepool.info", filtered=False)


@method("one.datastore.allocate", "si", kind=KIND, operation=CREATE)
def allocate(call, text, cluster_id):
    if cluster_id == generic.NO_CLUSTER:
        cluster_id = generic.DEFAULT_CLUSTER
    return generic.allocate(call, KIND, text, cluster_id)


@method("one.datastore.enable", "ib", kind=KIND)
def enable(call, oid, enabled):
    datastore = generic.reachable(call, KIND, oid)
    if datastore.type != SYSTEM_DS:
        raise InternalError("Only SYSTEM_DS can be disabled or enabled")
    datastore.state = READY if enabled else DISABLED
    call.cloud.update(datastore)
    return oid
