"""Images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.values import YES_NO, Choice, Integer, Megabytes
from ..cloud.directory import DATASTORES, IMAGES, VMS
from ..cloud.naming import listed
from ..cloud.resource import Resource
from ..cloud.states import IN_USE
from ..cloud.view import Cloud
from ..model import handover, writers
from ..model.about import About
from ..model.attributes import SET_ITSELF, Attributes
from ..model.cloning import CloneFrom, clone
from ..model.fields import Attribute, Reference
from ..model.kind import Kind
from ..model.leaves import FILLED, name
from ..model.lock import OF_A_USER, write_lock
from ..model.reading import Reading

#: include/Datastore.h, release 7.4.0
IMAGE_DATASTORE, FILE_DATASTORE, BACKUP_DATASTORE = 0, 2, 3
_KEPT = {IMAGE_DATASTORE: "images", 1: "the disks of VMs", FILE_DATASTORE: "files", BACKUP_DATASTORE: "backups"}
_DATASTORES = {**dict.fromkeys(("KERNEL", "RAMDISK", "CONTEXT"), FILE_DATASTORE), "BACKUP": BACKUP_DATASTORE}
TYPES = ("OS", "CDROM", "DATABLOCK", "KERNEL", "RAMDISK", "CONTEXT", "BACKUP", "FILESYSTEM")
#: Whether images of some types are persistent; users cannot choose (ImageAPI.cc, release 7.4.0).
_ALWAYS = {"KERNEL": False, "RAMDISK": False, "CONTEXT": False, "BACKUP": True}


class ImageType(Choice):
    """The type of an image, which OpenNebula stores as a number."""

    def stored(self, text: str) -> str:
        number = Integer().stored(text)
        return text if number is None else dict(enumerate(TYPES)).get(number, text)


IMAGE_TYPE = ImageType(*TYPES)


def persistence_fault(kind: str, persistent: bool | None) -> str:
    """Why an image of this type cannot be persistent, or cannot be non-persistent; empty if it can."""
    if persistent is None or _ALWAYS.get(kind, persistent) == persistent:
        return ""
    return f"an image of type {kind} {'always' if _ALWAYS[kind] else 'never'} is; leave it out"


class Datastore(Attribute):
    """The datastore that an image is registered in."""

    def references(self, wanted: str) -> Iterable[Reference]:
        return [Reference(DATASTORES, wanted, None, self.name)]


class OfEmpty(Attribute):
    """An attribute that is declared only for an image that starts empty; otherwise the datastore sets it."""

    def said(self, resource: Resource, reading: Reading) -> Any:
        return None if resource.text("PATH") else super().said(resource, reading)

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        if resource is None or not resource.text("PATH"):
            yield from super().changes(resource, wanted)


_CLONE_FROM = CloneFrom(
    "clone_from",
    IMAGES,
    "image",
    doc=(
        "The image to copy: its name, or ``{image, owner}``. The copy gets its data, and its attributes unless "
        "others are declared."
    ),
    example="{image: debian-12, owner: oneadmin}",
)
_FIELDS = (
    Datastore(
        "datastore",
        holds=True,
        path="DATASTORE",
        template=False,
        writer=None,
        doc="Name of its image datastore. Needed to create an image that is not a copy.",
        otherwise="that of the image which is copied",
        example="default",
        node=name("datastore"),
    ),
    _CLONE_FROM,
    Attribute(
        "type",
        IMAGE_TYPE,
        path="TYPE",
        writer="type",
        usual="OS",
        doc="What it is for.",
        otherwise="``OS``",
        example="DATABLOCK",
    ),
    Attribute(
        "path",
        path="PATH",
        writer=None,
        doc=(
            "Source of its data: a path on the front end or a URL. Needed to register an image that does "
            "not start empty."
        ),
        example="/var/tmp/debian-12.qcow2",
    ),
    OfEmpty("size", Megabytes(), path="SIZE", writer=None, doc="Size of an image that starts empty.", example="10G"),
    OfEmpty(
        "format",
        path="FORMAT",
        writer=None,
        doc="Format of an image that starts empty, such as ``raw`` or ``qcow2``.",
        otherwise="the datastore's",
        example="qcow2",
    ),
    OfEmpty(
        "fs",
        path="FS",
        writer=None,
        doc="File system of an image that starts empty, such as ``ext4``.",
        otherwise="none",
        example="ext4",
    ),
    Attribute(
        "persistent",
        YES_NO,
        path="PERSISTENT",
        writer="persistent",
        usual=False,
        doc="Whether VMs write to the image itself and not to a copy. Only one VM at a time can use such an image.",
        otherwise="``false``",
        example="false",
    ),
    Attribute("description", doc="A description.", example="Debian 12"),
    Attribute(
        "dev_prefix",
        doc="Prefix of the device that guests see, and so its bus: ``vd``, ``sd`` or ``hd``.",
        example="vd",
        node=FILLED,
    ),
    *OF_A_USER,
)


#: Attributes that OpenNebula stores outside the template, where an update has no effect (src/image, release 7.4.0).
_APART = {
    "SOURCE": "use path instead; oneimage.create registers what a datastore holds already",
    **dict.fromkeys(("DATASTORE_ID", "DISK_TYPE", "DRIVER", "TM_MAD"), SET_ITSELF),
}


#: Attributes that a copy gets from its image, and those that only the template of a new image contains.
_OF_THE_DATA = ("path", "size", "format", "fs")
#: Types of images that never start empty.
_OF_DATA = ("CDROM", "FILESYSTEM")
_OF_A_NEW_ONE = ("TYPE", "PATH", "SIZE", "FORMAT", "FS", "PERSISTENT")


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    if _CLONE_FROM.name in order.wanted:
        original = _CLONE_FROM.find(cloud, order)
        assert original is not None, "only a dry run announces"
        place = order.wanted.get("datastore")
        store = writers.KEEP if place is None else cloud.get(DATASTORES, place).id
        make = partial(_clone, cloud, original.id, store)
        return clone(cloud, order, IMAGES, template, make, _OF_A_NEW_ONE)
    return cloud.call("one.image.allocate", template, cloud.get(DATASTORES, order.wanted["datastore"]).id)


def _clone(cloud: Cloud, original: int, store: int, name: str) -> int:
    return cloud.call("one.image.clone", original, name, store)


def _check_declared(wanted: Mapping[str, Any]) -> None:
    if "type" in wanted:
        _refuse_persistence(wanted["type"], wanted)
    if _CLONE_FROM.name in wanted:
        _refuse_copied(wanted)


def _refuse_persistence(kind: str, wanted: Mapping[str, Any]) -> None:
    fault = persistence_fault(kind, wanted.get("persistent"))
    if fault:
        raise ArgumentError(f"persistent: {fault}.")


def _refuse_copied(wanted: Mapping[str, Any]) -> None:
    for said in (each for each in _OF_THE_DATA if each in wanted):
        raise ArgumentError(f"{said}: a copy gets it from its image; leave it out.")


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    wanted = order.wanted
    kind = wanted.get("type") or ("OS" if resource is None else IMAGE_TYPE.stored(resource.text("TYPE")))
    _refuse_persistence(kind, wanted)
    if resource is None and _CLONE_FROM.name in wanted:
        _refuse_uncopied(cloud, order)
        return
    if resource is None:
        if "datastore" not in wanted:
            raise ArgumentError("To create it, datastore must be given.")
        if not any(name in wanted for name in ("path", "size")):
            raise ArgumentError("To create it, path (of the data) or size (of an empty image) must be given.")
        if kind in _OF_DATA and "path" not in wanted:
            raise ArgumentError(f"To create an image of type {kind}, path must be given: it never starts empty.")
        _refuse_datastore(cloud.get(DATASTORES, wanted["datastore"]), kind)
        return
    if kind != IMAGE_TYPE.stored(resource.text("TYPE")):
        _refuse_datastore(cloud.get(DATASTORES, resource.text("DATASTORE")), kind)
    if wanted.get("persistent", _persistent(resource)) != _persistent(resource) and _used(resource):
        raise RefusedError("persistent cannot be changed while VMs use the image: terminate them first.")
    if any(True for _ in resource.vectors("SNAPSHOTS/SNAPSHOT")):
        if wanted.get("persistent") is False:
            raise RefusedError(
                "persistent: OpenNebula cannot change it for an image with snapshots; remove the snapshots first."
            )
        if kind not in ("OS", "DATABLOCK"):
            raise RefusedError(f"type: an image with snapshots cannot be of type {kind}; remove the snapshots first.")


def _refuse_uncopied(cloud: Cloud, order: Order) -> None:
    """Raise ArgumentError for arguments that a copy cannot have, or for an image that cannot be copied."""
    _refuse_copied(order.wanted)
    original = _CLONE_FROM.find(cloud, order)
    if original is not None and any(True for _ in original.vectors("SNAPSHOTS/SNAPSHOT")):
        raise RefusedError("clone_from: OpenNebula cannot copy an image that has snapshots.")


def _refuse_datastore(datastore: Resource, kind: str) -> None:
    found, needed = datastore.number("TYPE"), _DATASTORES.get(kind, IMAGE_DATASTORE)
    if found != needed:
        raise RefusedError(
            f"datastore: {datastore.name} is for {_KEPT.get(found, 'something else')}, not for an image of type "
            f"{kind}; use a datastore for {_KEPT[needed]}."
        )


def _persistent(resource: Resource) -> bool:
    return YES_NO.stored(resource.text("PERSISTENT"))


def _write_type(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.image.chtype", resource.id, changes[-1].new)


def _write_persistent(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    cloud.call("one.image.persistent", resource.id, changes[-1].new)


def _in_use(cloud: Cloud, resource: Resource) -> None:
    if not _used(resource):
        return
    # Read again: its VMs may have been terminated since.
    resource = cloud.read(IMAGES, resource.id)
    vms = resource.ids("VMS")
    kept = [number for number in vms if not cloud.leaving(VMS.cli, number)]
    if _used(resource) and (kept or not vms):
        raise RefusedError(
            f"image {resource.name} of {resource.owner} (ID {resource.id}) is in use by "
            f"{listed(VMS, kept, cloud.pool(VMS).by_id) or 'VMs unknown'}. Terminate the VMs first.",
            holders=[(VMS, number) for number in kept],
        )


def _used(resource: Resource) -> bool:
    return bool(resource.number("RUNNING_VMS")) or resource.state in IN_USE


IMAGE = Kind.of(
    IMAGES,
    about=About(
        rights=(
            "the account registers images with CREATE on IMAGE and USE on the datastore, and changes or removes them "
            "with MANAGE; to give one to another user it needs MANAGE on the user and on the object with its new "
            "owner, and USE on the group."
        ),
        example="debian",
        declared="""
        - datastore: default
        - type: OS
        - path: https://cloud.example.org/debian-12.qcow2
        - permissions: "644"
        """,
        kept="one that VMs use",
        renamed="; its ID and the VMs that use it stay. Templates that refer to ``source`` no longer find it.",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, repeats=False, elsewhere=_APART, example="{OS_VERSION: bookworm}")),
    create=handover.create(IMAGES, _allocate),
    writers={
        "owner": writers.give("one.image"),
        "type": _write_type,
        "update": writers.update("one.image"),
        "chown": writers.chown("one.image"),
        "chmod": writers.chmod("one.image"),
        "persistent": _write_persistent,
        "lock": write_lock("one.image"),
    },
    remove=lambda cloud, resource: cloud.call("one.image.delete", resource.id, False),
    in_the_way=_in_use,
    check_declared=_check_declared,
    check=_check,
)
