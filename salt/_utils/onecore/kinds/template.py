"""VM templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.values import NUMBER, POSITIVE, Megabytes
from ..model import handover
from ..model import writers as common
from ..model.fields import GROUP, MANAGED, OWNER, PERMISSIONS, Attribute, Attributes
from ..model.kind import Kind, Order
from ..model.vectors import ENCRYPTED, Disks, Nics, Vector, disk, nic
from .user import USER

if TYPE_CHECKING:
    from ..cloud.view import Cloud

_FIELDS = (
    Attribute("cpu", NUMBER),
    Attribute("vcpu", POSITIVE),
    Attribute("memory", Megabytes()),
    Disks("disks", "DISK", disk),
    Nics("nics", "NIC", nic),
    Vector("context", encrypted=ENCRYPTED),
    Vector("graphics"),
    Attribute("description"),
    OWNER,
    GROUP,
    PERMISSIONS,
    MANAGED,
)


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    return cloud.call("one.template.allocate", template)


TEMPLATE = Kind(
    cli="onetemplate",
    title="template",
    prefix="one.template",
    pool="one.templatepool.info",
    element="VMTEMPLATE",
    owner_kind=USER,
    fields=(*_FIELDS, Attributes(_FIELDS)),
    create=handover.create(lambda: TEMPLATE, _allocate),
    writers={
        "update": common.update("one.template"),
        "chown": common.chown("one.template"),
        # The last flag would apply the permissions to the images as well.
        "chmod": common.chmod("one.template", False),
    },
    # The last flag would delete the images as well.
    remove=lambda cloud, resource: cloud.call("one.template.delete", resource.id, False),
)
