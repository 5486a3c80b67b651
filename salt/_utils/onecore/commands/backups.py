"""Backups of VMs: creating and restoring them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.syntax import render
from ..basics.values import YES_NO, Choice, Integer
from ..cloud.collection import Collection
from ..cloud.directory import DATASTORES, IMAGES, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.writers import MERGE
from .objects import act, find, identified, whole

#: The parameters for the last increment, and for all disks.
_ALL = -1
_COUNTED = Integer(_ALL)
_MODES = Choice("FULL", "INCREMENT")
#: The settings of a backup; the others are the daemon's.
_SAID = {"FS_FREEZE", "KEEP_LAST", "BACKUP_VOLATILE", "MODE", "INCREMENT_MODE"}


def backup(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    datastore: Any = None,
    reset: Any = False,
    *,
    owner: str | None = None,
) -> bool:
    """Start a backup of {a} that runs or is powered off. It becomes an image of type ``BACKUP`` later.

    datastore
        The backup datastore, by name or ID. Defaults to that of the last backup.

    reset
        Start a new chain of increments with a full backup. Defaults to ``False``.

    Rights: ADMIN on the {title}, USE on the datastore.

    {example} backups {whose}
    """
    again, vm = YES_NO.wanted("reset", reset), whole(cloud, kind, target, owner)
    place = identified(cloud, DATASTORES, datastore) if datastore is not None else _last_place(cloud, vm)
    return act(cloud, kind, vm.id, None, "backup", place, again)


def _last_place(cloud: Cloud, vm: Resource) -> int:
    """The datastore of the last backup of a VM."""
    made = [cloud.numbered(IMAGES, str(image)) for image in sorted(vm.ids("BACKUPS/BACKUP_IDS"))]
    found = [image for image in made if image is not None]
    if not found:
        raise ArgumentError(
            f"datastore: set the backup datastore, since {VMS.describe(vm.name, vm.owner)} has no backup yet."
        )
    return found[-1].number("DATASTORE_ID")


def backup_cancel(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> bool:
    """Cancel the running backup of {a}.

    Rights: ADMIN on the {title}.

    {example} {whose}
    """
    return act(cloud, kind, target, owner, "backupcancel")


def backupmode(cloud: Cloud, kind: Collection, target: Any, mode: Any, *, owner: str | None = None) -> bool:
    """Set the mode of backups of {a}.

    mode
        ``FULL``, or ``INCREMENT`` for changes since the last one.

    Rights: MANAGE on the {title}.

    {example} increment {whose}
    """
    vm = whole(cloud, kind, target, owner)
    present: Mapping[str, str] = next(vm.vectors("BACKUPS/BACKUP_CONFIG"), {})
    said = {name: value for name, value in present.items() if name in _SAID}
    config = {**said, "MODE": _MODES.wanted("mode", mode)}
    return act(cloud, kind, vm.id, None, "updateconf", render({"BACKUP_CONFIG": config}), MERGE)


def restore(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    image: Any,
    increment: Any = _ALL,
    disk_id: Any = _ALL,
    image_owner: str | None = None,
    *,
    owner: str | None = None,
) -> bool:
    """Restore the disks of {a} that is powered off from a backup; data written since are lost.

    image
        The image of the backup, by name or ID.

    increment
        Number of the increment. Defaults to ``-1``, the last one.

    disk_id
        ID of a single disk to restore. Defaults to ``-1``, all of them.

    image_owner
        Whose image of that name. Defaults to the VM's owner.

    Rights: ADMIN on the {title}, USE on the image.

    {example} 7 {whose}
    {example} 7 increment=2 disk_id=0
    """
    vm = find(cloud, kind, target, owner)
    found = find(cloud, IMAGES, image, image_owner or vm.owner)
    numbers = (_COUNTED.wanted("increment", increment), _COUNTED.wanted("disk_id", disk_id))
    return act(cloud, kind, vm.id, None, "restore", found.id, *numbers)
