"""The backup configuration of a VM."""

from onesim.errors import InternalError
from onesim.text.values import id_list, integer, join, yes, yes_no

_NEVER = ("SWAP", "CDROM", "RBD_CDROM", "FILESYSTEM")
_FREEZES = ("NONE", "AGENT", "SUSPEND")
_WHOLE_ONLY = ("SSH", "LOCAL", "SHARED", "QCOW2")  # transfer drivers that cannot detect changes of a raw disk


def take_config(vm, template, append):
    """Takes over the BACKUP_CONFIG of a template; raises InternalError."""
    given, config = template.vector("BACKUP_CONFIG"), vm.backup_config
    if given is None:
        if template.singles("BACKUP_CONFIG"):
            raise InternalError("Internal error parsing BACKUP_CONFIG attribute.")
        return
    template.erase("BACKUP_CONFIG")
    keep = integer(given.get("KEEP_LAST"))
    if keep is not None:
        config.set("KEEP_LAST", str(max(keep, 0)))
    elif not append:
        config.erase("KEEP_LAST")
    before = config.yes("BACKUP_VOLATILE"), config.get("DISK_IDS")
    if given.get("BACKUP_VOLATILE") or not append:
        config.set("BACKUP_VOLATILE", yes_no(yes(given.get("BACKUP_VOLATILE"))))
    _take_disks(vm, given, append)
    disks_changed = (config.yes("BACKUP_VOLATILE"), config.get("DISK_IDS")) != before
    freeze = given.get("FS_FREEZE", "").upper()
    if freeze or not append:
        config.set("FS_FREEZE", freeze if freeze in _FREEZES else "NONE")
    _take_mode(vm, given, append, disks_changed)


def _take_disks(vm, given, append):
    config = vm.backup_config
    if "DISK_IDS" not in given:
        if not append:
            config.erase("DISK_IDS")
        return
    wanted = [integer(item) for item in given["DISK_IDS"].split(",")] if given["DISK_IDS"] else []
    if any(disk_id is None or disk_id < 0 for disk_id in wanted):
        raise InternalError(f"Invalid DISK_IDS value: {given['DISK_IDS']}")
    able = id_list(",".join(disk["DISK_ID"] for disk in vm.disks if _can_be_saved(vm, disk)))
    for disk_id in sorted(set(wanted)):
        if disk_id not in able:
            raise InternalError(f"Invalid DISK_IDS, disk {disk_id} cannot be backed up")
    config.set("DISK_IDS", join(set(wanted)))
    if not wanted:
        config.erase("DISK_IDS")


def _can_be_saved(vm, disk):
    kind = disk.get("TYPE", "").upper()
    return kind not in _NEVER and (kind != "FS" or vm.backup_config.yes("BACKUP_VOLATILE"))


def _can_increment(vm, volatile):
    """Whether all disks, including volatile ones, support incremental backups."""
    passed_over = ("SWAP", "FILESYSTEM") if volatile else ("SWAP", "FILESYSTEM", "FS")
    for disk in vm.disks:
        if disk.get("TYPE", "").upper() in passed_over:
            continue
        form, driver = disk.get("FORMAT", "").upper(), disk.get("TM_MAD", "").upper()
        thick = driver in ("FS_LVM", "FS_LVM_SSH") and not yes(disk.get("LVM_THIN_ENABLE"))
        if thick or (form == "RAW" and driver in _WHOLE_ONLY):
            return False
        if form == "QCOW2" and vm.snapshots.get(integer(disk["DISK_ID"])):
            return False
    return True


def check_increments(vm, given, append):
    """Refuses incremental backups of a VM that does not support them."""
    volatile = yes(given.get("BACKUP_VOLATILE")) or (
        append and "BACKUP_VOLATILE" not in given and vm.backup_config.yes("BACKUP_VOLATILE")
    )
    if vm.spec.vectors("SNAPSHOT"):
        raise InternalError("VM cannot use backup increment mode, it has snapshots.")
    if not _can_increment(vm, volatile):
        raise InternalError("VM cannot use backup increment mode, it has disks snapshots or disks are not qcow2.")


def forget_chain(config):
    """The next backup starts a new chain of increments."""
    for name in ("INCREMENTAL_BACKUP_ID", "LAST_INCREMENT_ID"):
        config.set(name, "-1")


def _take_mode(vm, given, append, disks_changed):
    config = vm.backup_config
    mode, way = given.get("MODE", "").upper(), given.get("INCREMENT_MODE", "").upper()
    if vm.spec.vectors("SNAPSHOT") or not _can_increment(vm, config.yes("BACKUP_VOLATILE")):
        forget_chain(config)
        config.set("MODE", "FULL")
        config.erase("INCREMENT_MODE")
    else:
        if mode or not append:
            if mode != "INCREMENT" or config.get("MODE") != "INCREMENT":
                forget_chain(config)
            config.set("MODE", "INCREMENT" if mode == "INCREMENT" else "FULL")
            if way or not append:
                config.set("INCREMENT_MODE", way if way in ("CBT", "SNAPSHOT") else "CBT")
        if disks_changed:
            forget_chain(config)
    if given.get("INTERACTIVE") or not append:
        config.set("INTERACTIVE", yes_no(yes(given.get("INTERACTIVE"))))
    if config.yes("INTERACTIVE") and config.get("MODE") == "INCREMENT" and config.get("INCREMENT_MODE") == "SNAPSHOT":
        raise InternalError("Interactive backups do not support SNAPSHOT increment mode.")


# --- what is noted of backups


def noted(vm, name):
    """A number from the data of the last backup; -1 if there is none."""
    found = vm.backup_config.integer(name)
    return -1 if found is None else found


def increments(vm):
    """Whether backups are incremental."""
    return vm.backup_config.get("MODE") == "INCREMENT"


def disk_ids(vm):
    """The disks in a backup: the selected ones, or all possible ones."""
    able = {integer(disk["DISK_ID"]) for disk in vm.disks if _can_be_saved(vm, disk)}
    chosen = set(id_list(vm.backup_config.get("DISK_IDS")))
    return able & chosen if chosen else able


def size(vm):
    """The maximum size of a backup, in MB."""
    return sum(integer(disk.get("SIZE"), 64) or 0 for disk in vm.disks if integer(disk["DISK_ID"]) in disk_ids(vm))
