"""An announced VM as OpenNebula would show it: its disks, its power state, its snapshots, its mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from ...basics.marks import MARK
from ...basics.plan import Order
from ...basics.values import YES_NO
from ...basics.xml import etree
from ...cloud.directory import IMAGES, VMS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from .foreseen import powered
from .gap import NOT_YET, disks
from .prerequisites import image_key
from .template import template_attributes, template_of

#: The ID of a VM that does not exist yet.
NOT_MADE = -1
_CDROM, _CDROM_IMAGE = "CDROM", 1


def is_sketch(vm: Resource) -> bool:
    """Whether a VM was only announced."""
    return vm.id == NOT_MADE


def drawn(cloud: Cloud, order: Order) -> Resource:
    """An announced VM as it would be by now, as a copy."""
    known = cloud.sketched(VMS, order.name, order.owner)
    assert known is not None, "a VM is announced with a sketch"
    vm = known.copied()
    vm.id = NOT_MADE
    return vm


def sketch(cloud: Cloud, order: Order) -> Resource:
    """An announced VM as it would be after a declaration, with the snapshots that it would have by now.

    Raises
        MissingError if the template of an earlier declaration would have been removed by now.
    """
    mark = order.wanted["managed"].mark
    root = etree.Element(VMS.element)
    for tag, text in (("ID", "0"), ("UNAME", order.owner), ("NAME", order.name), ("STATE", "0"), ("LCM_STATE", "0")):
        etree.SubElement(root, tag).text = text
    content = etree.SubElement(root, "TEMPLATE")
    for number, disk in enumerate(_disks(cloud, order)):
        _vector(content, "DISK", {"DISK_ID": str(number), **disk})
    template = template_of(cloud, order)
    if template is not None:
        etree.SubElement(content, "TEMPLATE_ID").text = str(template.id)
    attributes = etree.SubElement(root, VMS.template)
    if mark is not None:
        etree.SubElement(attributes, MARK).text = str(mark)
    earlier = cloud.sketched(VMS, order.name, order.owner)
    if earlier is not None:
        root.extend(deepcopy(each) for each in earlier.element.iterfind("SNAPSHOTS"))
        content.extend(deepcopy(each) for each in earlier.element.iterfind("TEMPLATE/SNAPSHOT"))
    vm = Resource(root, VMS.template, VMS.cli)
    vm.id = NOT_MADE
    powered(vm, order.wanted.get("power", "running"))
    return vm


def _disks(cloud: Cloud, order: Order) -> Iterator[dict[str, str]]:
    """The disks that the VM would have, in OpenNebula's terms."""
    declared = order.due("disks") if isinstance(order.wanted.get("disks"), list) else None
    if declared is not None:
        for each in declared:
            yield _of_image(cloud, each.image, each.owner or order.user) if each.image else dict(each.attributes)
        return
    for disk in disks(template_attributes(cloud, order)):
        key = image_key(cloud, order, disk)
        yield {"IMAGE_ID": NOT_YET} if disk.get("IMAGE_ID") == NOT_YET else _of_image(cloud, *key) if key else disk


def _of_image(cloud: Cloud, name: str, owner: str | None) -> dict[str, str]:
    """A disk of an image, which exists or was announced."""
    image, order = cloud.find(IMAGES, name, owner), cloud.announced(IMAGES, name, owner)
    said: Mapping[str, Any] = {} if order is None else order.wanted
    is_cd = said.get("type") == _CDROM or (image is not None and image.number("TYPE") == _CDROM_IMAGE)
    kept = said.get("persistent", image is not None and YES_NO.stored(image.text("PERSISTENT")))
    return {
        "IMAGE": name,
        "IMAGE_ID": NOT_YET if image is None else str(image.id),
        "TYPE": _CDROM if is_cd else "FILE",
        **({"PERSISTENT": "YES"} if kept else {}),
    }


def _vector(parent: Any, name: str, values: Mapping[str, str]) -> None:
    made = etree.SubElement(parent, name)
    for key, text in values.items():
        etree.SubElement(made, key).text = text
