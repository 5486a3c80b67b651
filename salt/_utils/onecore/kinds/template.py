"""VM templates."""

from __future__ import annotations

from ..basics.plan import Order
from ..basics.values import NUMBER, POSITIVE, Megabytes
from ..cloud.directory import TEMPLATES
from ..cloud.view import Cloud
from ..model import handover, writers
from ..model.fields import GROUP, MANAGED, OWNER, PERMISSIONS, Attribute, Attributes
from ..model.kind import Kind
from ..model.vectors import ENCRYPTED, Disks, Nics, Vector, disk, nic

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


TEMPLATE = Kind.of(
    TEMPLATES,
    fields=(*_FIELDS, Attributes(_FIELDS)),
    create=handover.create(TEMPLATES, _allocate),
    writers={
        "update": writers.update("one.template"),
        "chown": writers.chown("one.template"),
        # The last flag would apply the permissions to the images as well.
        "chmod": writers.chmod("one.template", False),
    },
    # The last flag would delete the images as well.
    remove=lambda cloud, resource: cloud.call("one.template.delete", resource.id, False),
)
