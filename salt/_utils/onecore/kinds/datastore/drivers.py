"""Checks of datastore drivers before the call, since some errors only show with the first image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...basics.errors import ArgumentError

TYPES = IMAGE, SYSTEM, FILES, BACKUP = "IMAGE_DS", "SYSTEM_DS", "FILE_DS", "BACKUP_DS"
#: By number, as OpenNebula stores them (include/Image.h, release 7.4.0).
DISK_TYPES = {0: "FILE", 2: "BLOCK", 3: "RBD", 5: "GLUSTER", 7: "SHEEPDOG", 9: "ISCSI", 10: "FILESYSTEM"}
#: The disk types that each datastore type accepts (Datastore.cc, release 7.4.0); the others use files.
_FITTING = {IMAGE: set(DISK_TYPES.values()), SYSTEM: {"FILE", "RBD", "BLOCK", "FILESYSTEM"}}

_CEPH = ("BRIDGE_LIST", "POOL_NAME", "CEPH_HOST", "CEPH_USER", "CEPH_SECRET")
#: The attributes that a driver requires: those in oned.conf (release 7.4.0), and those that the driver itself needs.
_NEEDS: dict[str, tuple[str, ...]] = {
    "ceph": _CEPH,
    "iscsi_libvirt": ("ISCSI_HOST",),
    "netapp": tuple(f"NETAPP_{each}" for each in ("HOST", "USER", "PASS", "AGGREGATES", "SVM", "IGROUP", "TARGET")),
    "purefa": ("PUREFA_HOST", "PUREFA_API_TOKEN", "PUREFA_TARGET"),
    "restic": ("RESTIC_PASSWORD",),
    "rsync": ("RSYNC_HOST", "RSYNC_USER"),
}
#: The disk type of each driver.
_DISKS = {"ceph": "RBD", "fs_lvm": "BLOCK", "fs_lvm_ssh": "BLOCK", "dev": "BLOCK", "iscsi_libvirt": "ISCSI"}
#: Transfer drivers that copy images to the hosts, by image driver; other transfer drivers do not work with it.
_TOGETHER = {each: {each} for each in ("ceph", "dev", "iscsi_libvirt", "lvm", "netapp", "purefa")}
_TOGETHER["fs"] = {"shared", "ssh", "local", "qcow2", "fs_lvm", "fs_lvm_ssh"}


def refuse_unusable(kind: str, template: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Raise ArgumentError for a datastore that does not work with its drivers.

    kind
        Its type.
    template
        Its attributes, as declared.
    words
        By attribute, the argument that sets it.
    """
    for fault in (*_drivers(kind, template), *_disks(kind, template)):
        raise ArgumentError(fault)
    used = {name: template.get(name, "") for name in ("DS_MAD", "TM_MAD")}
    for driver in dict.fromkeys(filter(None, used.values())):
        missing = [words.get(name, f"attributes.{name}") for name in _NEEDS.get(driver, ()) if not template.get(name)]
        if missing:
            raise ArgumentError(f"The driver {driver} needs {', '.join(missing)}.")


def _drivers(kind: str, template: Mapping[str, Any]) -> Iterator[str]:
    keeps, brings = template.get("DS_MAD", ""), template.get("TM_MAD", "")
    if kind == SYSTEM and keeps not in ("", "-"):
        yield "ds_mad: a SYSTEM_DS has none, only tm_mad."
    if kind != SYSTEM and not keeps:
        yield f"ds_mad must be given for a datastore of type {kind}."
    if kind == BACKUP and brings not in ("", "-"):
        yield "tm_mad: a BACKUP_DS has none, only ds_mad."
    if kind != BACKUP and not brings:
        yield f"tm_mad must be given for a datastore of type {kind}."
    if kind == IMAGE and brings not in _TOGETHER.get(keeps, {brings}):
        fitting = sorted(_TOGETHER[keeps])
        said = fitting[0] if len(fitting) == 1 else f"one of {', '.join(fitting)}"
        yield f"tm_mad: with the ds_mad {keeps} it is {said}, not {brings}."


def _disks(kind: str, template: Mapping[str, Any]) -> Iterator[str]:
    disks = template.get("DISK_TYPE") or "FILE"
    if disks not in _FITTING.get(kind, {"FILE"}):
        yield f"disk_type: a datastore of type {kind} has no disks of type {disks}."
    wanted = _DISKS.get(template.get("TM_MAD", ""))
    # The disk type matters only for images; disks of VMs have the type that the driver gives them.
    if wanted and disks != wanted and (kind == IMAGE or wanted == "RBD"):
        yield f"disk_type: with the tm_mad {template['TM_MAD']} it is {wanted}, not {disks}."
