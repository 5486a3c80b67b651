"""Images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.values import YES_NO, Choice, Integer, Megabytes
from ..cloud.directory import DATASTORES, IMAGES, VMS
from ..cloud.resource import Resource
from ..cloud.states import IN_USE
from ..cloud.view import Cloud
from ..model import handover, writers
from ..model.fields import GROUP, MANAGED, OWNER, PERMISSIONS, Attribute, Attributes, Reference
from ..model.kind import Kind

#: include/Datastore.h, release 7.4.0
IMAGE_DATASTORE, FILE_DATASTORE, BACKUP_DATASTORE = 0, 2, 3
_KEPT = {IMAGE_DATASTORE: "images", 1: "the disks of VMs", FILE_DATASTORE: "files", BACKUP_DATASTORE: "backups"}
_DATASTORES = {**dict.fromkeys(("KERNEL", "RAMDISK", "CONTEXT"), FILE_DATASTORE), "BACKUP": BACKUP_DATASTORE}
TYPES = ("OS", "CDROM", "DATABLOCK", "KERNEL", "RAMDISK", "CONTEXT", "BACKUP", "FILESYSTEM")


class ImageType(Choice):
    """The type of an image, which OpenNebula keeps as a number."""

    def stored(self, text: str) -> str:
        return dict(enumerate(TYPES)).get(Integer().stored(text), text)


class Datastore(Attribute):
    """The datastore that an image is registered in."""

    def references(self, wanted: str) -> Iterable[Reference]:
        return [Reference(DATASTORES, wanted, None, self.name)]


class OfEmpty(Attribute):
    """What is decided for an image that starts empty; for others the datastore finds it out from the data."""

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        if resource is None or not resource.text("PATH"):
            yield from super().changes(resource, wanted)


_FIELDS = (
    Datastore("datastore", path="DATASTORE", template=False, writer=None, required=True),
    Attribute("type", ImageType(*TYPES), path="TYPE", writer="type"),
    Attribute("path", path="PATH", writer=None),
    OfEmpty("size", Megabytes(), path="SIZE", writer=None),
    OfEmpty("format", path="FORMAT", writer=None),
    Attribute("persistent", YES_NO, path="PERSISTENT", writer="persistent"),
    Attribute("description"),
    Attribute("dev_prefix"),
    OWNER,
    GROUP,
    PERMISSIONS,
    MANAGED,
)


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    return cloud.call("one.image.allocate", template, cloud.get(DATASTORES, order.wanted["datastore"]).id)


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    wanted = order.wanted
    if resource is None:
        if not any(name in wanted for name in ("path", "size")):
            raise ArgumentError("To create it, path (of the data) or size (of an empty image) must be given.")
        _refuse_datastore(cloud.get(DATASTORES, wanted["datastore"]), wanted.get("type", "OS"))
    elif wanted.get("persistent", _persistent(resource)) != _persistent(resource) and _used(resource):
        raise RefusedError("persistent cannot be changed while VMs use the image: terminate them first.")


def _refuse_datastore(datastore: Resource, kind: str) -> None:
    found, needed = datastore.number("TYPE"), _DATASTORES.get(kind, IMAGE_DATASTORE)
    if found != needed:
        raise RefusedError(
            f"datastore: {datastore.name} keeps {_KEPT.get(found, 'something else')}, and no image of type {kind}; "
            f"that belongs in one that keeps {_KEPT[needed]}."
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
    # Read anew: its VMs may have gone since.
    resource = cloud.read(IMAGES, resource.id)
    vms = resource.ids("VMS")
    kept = [number for number in vms if not cloud.leaving(VMS.cli, number)]
    if _used(resource) and (kept or not vms):
        raise RefusedError(
            f"image {resource.name} of {resource.owner} (ID {resource.id}) is in use by "
            f"VM {', '.join(map(str, kept)) or 'unknown'}. Terminate the VMs first."
        )


def _used(resource: Resource) -> bool:
    return bool(resource.number("RUNNING_VMS")) or resource.state in IN_USE


IMAGE = Kind.of(
    IMAGES,
    fields=(*_FIELDS, Attributes(_FIELDS, repeats=False)),
    create=handover.create(IMAGES, _allocate),
    writers={
        "type": _write_type,
        "update": writers.update("one.image"),
        "chown": writers.chown("one.image"),
        "chmod": writers.chmod("one.image"),
        "persistent": _write_persistent,
    },
    remove=lambda cloud, resource: cloud.call("one.image.delete", resource.id, False),
    in_the_way=_in_use,
    check=_check,
)
