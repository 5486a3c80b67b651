"""Incremental backups, which OpenNebula creates for some disks only, and rejects only for a VM that exists.

A new VM gets full backups instead, without an error (Backups.cc and VirtualMachineDisk.cc, releases 6.10.0 to 7.4.0).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Change, Order
from ...basics.values import YES_NO
from ...cloud.directory import DATASTORES, IMAGES
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from .configuration import BACKUPS, configured
from .disks import attached, detached
from .gap import disks
from .prerequisites import image_of

#: The argument, and its items.
_ARGUMENT, _MODE, _VOLATILE = BACKUPS.lower(), "MODE", "BACKUP_VOLATILE"
_INCREMENT = "INCREMENT"
#: The first release in which the drivers of datastores matter, among them those of volumes.
_BY_DRIVER, _BY_VOLUME = (7, 0, 1), (7, 1)
#: The first release that checks empty disks with the new settings, and not only with the previous ones.
_NEW_SETTINGS = (7, 0)
#: Drivers that cannot track changes of a raw disk, and those that can only do so on thin volumes.
_FILES, _VOLUMES = {"SSH", "LOCAL", "SHARED", "QCOW2"}, {"FS_LVM", "FS_LVM_SSH"}
#: The type of an image that is a file system, and the state of an image without content, whose format is not known yet.
_FILESYSTEM, _LOCKED = "7", 4
#: The disk type of an image in Ceph.
_RBD = "3"


@dataclass(frozen=True)
class _Disk:
    """The properties of a disk that matter; an empty text if they are not known yet."""

    called: str
    type: str
    format: str
    driver: str = ""
    thin: bool = False
    snapshots: bool = False

    def why_not(self, release: tuple[int, ...]) -> str:
        """The reason why OpenNebula creates no incremental backups of it; empty if it may."""
        if self.format == "QCOW2" and self.snapshots:
            return "it has snapshots"
        if release < _BY_DRIVER:
            return f"its format is {self.format.lower()}, not qcow2" if self.format not in ("", "QCOW2") else ""
        if self.format == "RAW" and self.driver in _FILES:
            return f"its format is raw, and {self.driver.lower()} is the driver of its datastore"
        if release >= _BY_VOLUME and self.driver in _VOLUMES and not self.thin:
            return "its datastore does not set LVM_THIN_ENABLE"
        return ""


def refuse_increments(cloud: Cloud, order: Order, attributes: Mapping[str, Any]) -> None:
    """Raise RefusedError for incremental backups that a new VM would not get, as far as its disks are known.

    attributes
        The attributes that it is created from.
    """
    if order.wanted.get(_ARGUMENT, {}).get(_MODE) == _INCREMENT:
        volatile = configured(attributes, order)[BACKUPS].get(_VOLATILE, "")
        declared = order.wanted.get("disks")
        made_of = [each.written for each in order.due("disks")] if isinstance(declared, list) else disks(attributes)
        _refuse(cloud, _new(cloud, order, made_of), volatile)


def refuse_other_increments(cloud: Cloud, order: Order, vm: Resource, changes: Sequence[Change]) -> None:
    """Raise RefusedError for incremental backups of a VM whose disks, after the changes, do not allow them."""
    if not any(change.field == _ARGUMENT and change.write[1:] == (_MODE, _INCREMENT) for change in changes):
        return
    if any(vm.vectors("TEMPLATE/SNAPSHOT")):
        raise RefusedError(
            f"{_ARGUMENT}.mode: OpenNebula creates no incremental backups of a VM with snapshots. Delete them, or set "
            "mode: FULL."
        )
    present: Mapping[str, str] = next(vm.vectors(f"BACKUPS/{BACKUPS}"), {})
    said = {} if cloud.version < _NEW_SETTINGS else order.wanted[_ARGUMENT]
    stay = (disk for disk in vm.vectors("TEMPLATE/DISK") if disk.number("DISK_ID") not in detached(changes))
    after = [*_existing(vm, stay), *_new(cloud, order, attached(changes))]
    _refuse(cloud, after, said.get(_VOLATILE, present.get(_VOLATILE, "")))


def _refuse(cloud: Cloud, found: Iterable[_Disk], volatile: str) -> None:
    passed_over = {"SWAP", *([] if YES_NO.stored(volatile) else ["FS"])}
    if cloud.version >= _BY_VOLUME:
        passed_over.add("FILESYSTEM")
    if (6, 10, 0) < cloud.version < _BY_DRIVER:
        passed_over.add("RBD")
    for disk in found:
        why = "" if disk.type in passed_over else disk.why_not(cloud.version)
        if why:
            raise RefusedError(
                f"{_ARGUMENT}.mode: OpenNebula creates no incremental backups of {disk.called}: {why}. Set mode: "
                "FULL, or use an image that allows them."
            )


def _new(cloud: Cloud, order: Order, said: Iterable[Mapping[str, str]]) -> Iterator[_Disk]:
    """Disks that are to be created, without those from an image that a dry run has only announced."""
    for place, disk in enumerate(said):
        if not (disk.get("IMAGE") or disk.get("IMAGE_ID")):
            yield _Disk(f"disk {place}", disk.get("TYPE", "").upper(), disk.get("FORMAT", "").upper())
        elif (image := image_of(cloud, order, disk)) is not None:
            yield _of(cloud, image)


def _of(cloud: Cloud, image: Resource) -> _Disk:
    store = cloud.numbered(DATASTORES, image.text("DATASTORE_ID"))
    return _Disk(
        IMAGES.describe(image.name, image.owner),
        {_FILESYSTEM: "FILESYSTEM"}.get(image.text("TYPE"), {_RBD: "RBD"}.get(image.text("DISK_TYPE"), "FILE")),
        "" if image.state == _LOCKED else image.text("FORMAT").upper(),
        "" if store is None else store.text("TM_MAD").upper(),
        store is not None and YES_NO.stored(store.attribute("LVM_THIN_ENABLE")),
        any(image.vectors("SNAPSHOTS/SNAPSHOT")),
    )


def _existing(vm: Resource, present: Iterable[Mapping[str, str]]) -> Iterator[_Disk]:
    with_snapshots = {disk["DISK_ID"] for disk, _ in vm.nested("SNAPSHOTS", "SNAPSHOT")}
    for disk in present:
        kind, form, driver = (disk.get(name, "").upper() for name in ("TYPE", "FORMAT", "TM_MAD"))
        number, thin = disk["DISK_ID"], YES_NO.stored(disk.get("LVM_THIN_ENABLE", ""))
        yield _Disk(f"disk {number}", kind, form, driver, thin, number in with_snapshots)
