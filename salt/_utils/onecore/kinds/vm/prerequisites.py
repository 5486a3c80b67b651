"""Checks that the template, images and networks of a new VM exist and may be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...basics.errors import ArgumentError, MissingError, RefusedError
from ...basics.marks import PUBLISHED
from ...basics.plan import Order
from ...basics.values import YES_NO
from ...cloud.collection import Collection
from ...cloud.directory import IMAGES, NETWORKS, TEMPLATES, USERS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import sharing
from ...model.lock import refuse_use
from .gap import NOT_YET, disks
from .several import refuse_used

#: The name of each image type.
_CDROM = "1"


def refuse_unusable(
    cloud: Cloud,
    order: Order,
    template: Resource | None,
    attributes: Mapping[str, Any],
    networks: Iterable[Any],
    number: int,
) -> None:
    """Raise a OneError if a template, image or network of a new VM does not exist or cannot be used.

    template, attributes
        The template if it exists, and its current or announced attributes.
    networks
        The keys of the networks that the VM joins.
    number
        How many VMs the declaration creates.
    """
    if template is not None:
        refuse_use(cloud, TEMPLATES, template.name, template.owner, "template: ")
        _refuse_private(cloud, order, "TEMPLATE", TEMPLATES, template, "template: ")
    for name, owner in networks:
        if cloud.has_failed(NETWORKS, name, owner):
            raise RefusedError(
                f"nics: {NETWORKS.describe(name, owner)} could not be changed as declared, and a VM created now "
                f"would keep its old settings."
            )
        refuse_use(cloud, NETWORKS, name, owner, "nics: ")
    for place, disk in enumerate(disks(attributes)):
        _refuse_image(cloud, order, f"disk {place} of template {order.wanted['template']}: ", disk, number)


def answers(order: Order, attributes: bool = True) -> dict[str, Any]:
    """The arguments of a VM, by name, that can answer the user inputs of its template.

    attributes
        Whether the declared attributes are those of the VM.
    """
    context = order.desired.values.get("context")
    texts = {str(name).upper(): value for name, value in context.items()} if isinstance(context, Mapping) else {}
    size = {name.upper(): order.wanted[name] for name in ("cpu", "vcpu", "memory") if name in order.wanted}
    return {**texts, **size, **(order.wanted.get("attributes", {}) if attributes else {})}


def image_of(cloud: Cloud, order: Order, disk: Mapping[str, str]) -> Resource | None:
    """The image of a disk of a new VM, by ID or else by name and owner; ``None`` if it does not exist."""
    if disk.get("IMAGE_ID"):
        return cloud.numbered(IMAGES, disk["IMAGE_ID"])
    return cloud.find(IMAGES, disk["IMAGE"], _owner(cloud, order, disk))


def images_of(cloud: Cloud, order: Order, template: Mapping[str, Any]) -> list[tuple[Collection, str | None, str]]:
    """The images that a new VM gets from its template, given the template's attributes."""
    named = [disk for disk in disks(template) if disk.get("IMAGE_ID") != NOT_YET]
    keys = (image_key(cloud, order, disk) for disk in named)
    return [(IMAGES, key[1], key[0]) for key in keys if key is not None]


def image_key(cloud: Cloud, order: Order, disk: Mapping[str, str]) -> tuple[str, str | None] | None:
    """Name and owner of the image of a disk of a new VM; ``None`` for an empty disk."""
    if not (disk.get("IMAGE_ID") or disk.get("IMAGE")):
        return None
    image = image_of(cloud, order, disk)
    return (disk.get("IMAGE", ""), _owner(cloud, order, disk)) if image is None else (image.name, image.owner)


def _refuse_image(cloud: Cloud, order: Order, where: str, disk: Mapping[str, str], number: int) -> None:
    if disk.get("IMAGE_ID") == NOT_YET or not (disk.get("IMAGE_ID") or disk.get("IMAGE")):
        return
    found = image_of(cloud, order, disk)
    if disk.get("IMAGE_ID"):
        if found is None:
            raise MissingError(f"{where}there is no image with ID {disk['IMAGE_ID']}.")
        name, owner = found.name, found.owner
    else:
        name, owner = disk["IMAGE"], _owner(cloud, order, disk)
        if found is None and not (cloud.exists(IMAGES, name, owner) or _is_published(cloud, name, owner)):
            raise MissingError(f"{where}{IMAGES.describe(name, owner)} does not exist.")
    if found is not None:
        refuse_use(cloud, IMAGES, found.name, found.owner, where)
        _refuse_private(cloud, order, "IMAGE", IMAGES, found, where)
        _refuse_size(where, disk.get("SIZE", ""), found)
    refuse_used(cloud, order, name, owner, where, number)


def _refuse_size(where: str, size: str, image: Resource) -> None:
    """Raise ArgumentError for a disk size that OpenNebula cannot give to a disk of this image (ImagePool.cc, release
    7.4.0).
    """
    if not size.isdecimal():
        return
    least, subject = image.number("SIZE"), IMAGES.describe(image.name, image.owner)
    if int(size) < least:
        raise ArgumentError(f"{where}its size of {size} MB is less than the {least} MB of {subject}.")
    if int(size) > least and (YES_NO.stored(image.text("PERSISTENT")) or image.text("TYPE") == _CDROM):
        raise ArgumentError(
            f"{where}its size of {size} MB is not the {least} MB of {subject}, which cannot be grown for a VM."
        )


def _refuse_private(
    cloud: Cloud, order: Order, what: str, collection: Collection, resource: Resource, where: str
) -> None:
    """Raise ArgumentError for an object that the owner of the new VM may not use."""
    owner = order.user
    found = sharing.shared(cloud, collection, resource.name, resource.owner)
    own = resource.owner == owner and sharing.allowed(found)[0]
    if not (own or sharing.can_use(cloud, found, owner) or sharing.by_rule(cloud, what, owner)):
        raise ArgumentError(
            f"{where}{found.subject} is not shared with {owner}: its permissions are {found.permissions}."
        )


def _owner(cloud: Cloud, order: Order, disk: Mapping[str, str]) -> str:
    """The owner of the image of a disk."""
    if disk.get("IMAGE_UID"):
        found = cloud.numbered(USERS, disk["IMAGE_UID"])
        return found.name if found is not None else ""
    return disk.get("IMAGE_UNAME") or order.user


def _is_published(cloud: Cloud, name: str, owner: str) -> bool:
    """Whether the name is being published: for a moment no image has it."""
    return any(each.owner == owner and each.attributes.get(PUBLISHED) == name for each in cloud.pool(IMAGES))
