"""Backups of VMs as images: created by the daemon after a driver has created a backup; one image for all increments."""

import itertools
import time
from types import SimpleNamespace

from onesim.cloud.clock import transition
from onesim.kinds.image.image import BACKUP, TYPES, new_image, remove_content
from onesim.text.templates import Template

SIZE, SOURCE, FORMAT = 1024, "dummy-backup-id", "raw"  # the dummy driver's report on each backup
_UMASK = 0o177


def new(cloud, vm, datastore, disk_ids):
    """Creates the image of a VM's backup for its owner."""
    owner = SimpleNamespace(cloud=cloud, uid=vm.uid, gid=vm.gid, uname=vm.uname, gname=vm.gname, umask=_UMASK)
    # Backups take no time here, and the daemon names them by the second.
    moments = (time.localtime(moment) for moment in itertools.count(int(time.time())))
    names = (f"{vm.oid} {time.strftime('%d-%b %H.%M.%S', moment)}" for moment in moments)
    name = next(name for name in names if not cloud.pool("IMAGE").named(name, vm.uid))
    template = Template.of(NAME=name, SOURCE=SOURCE, SIZE=str(SIZE), FORMAT=FORMAT, TYPE=TYPES[BACKUP])
    if vm.backup_config.get("DISK_IDS"):
        template.add("BACKUP_SELECTED_DISKS", "YES")
    template.add("VM_ID", str(vm.oid))
    image = new_image(owner, template, datastore)
    image.backup_disks = set(disk_ids)
    cloud.update(image)
    return image


def add_increment(cloud, image, whole):
    """Adds a backup to the image of a chain; returns its number there."""
    number = len(image.increments)
    image.increments.append(
        {
            "DATE": str(int(time.time())),
            "ID": str(number),
            "PARENT_ID": str(number - 1),
            "SIZE": str(SIZE),
            "SOURCE": SOURCE,
            "TYPE": "FULL" if whole else "INCREMENT",
        }
    )
    image.size = SIZE * len(image.increments)
    cloud.update(image)
    return number


def flatten(cloud, image):
    """Merges the oldest increments, which the dummy driver cannot do."""
    cloud.clock.schedule("image.flattened", image.oid, delay=1)


@transition("image.flattened")
def _flattened(cloud, oid):
    image = cloud.find("IMAGE", oid)
    if image is None:
        return
    image.set_error("Error flattening backup increments")
    cloud.update(image)
    for vm_id in image.vms:
        cloud.kinds["VM"].increments_flattened(cloud, vm_id)


def remove(cloud, image):
    """Removes the image of a backup that is no longer kept."""
    if image is not None:
        remove_content(cloud, image)
