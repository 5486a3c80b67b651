"""VM templates."""

from __future__ import annotations

from ..basics.plan import Order
from ..basics.values import CPUS, NUMBER, Megabytes
from ..basics.variables import Names
from ..cloud.directory import TEMPLATES
from ..cloud.view import Cloud
from ..model import handover, writers
from ..model.about import About
from ..model.attributes import Attributes
from ..model.context import CONTEXT_TEXTS, ENCRYPTED_ATTRIBUTES, TemplateContext, refuse_unread
from ..model.fields import Attribute
from ..model.kind import Kind
from ..model.lock import OF_A_USER, write_lock
from ..model.vectors import Disks, Nics, Vector, disk, nic
from ..model.vm_group import VmGroup

_FIELDS = (
    Attribute("cpu", NUMBER, doc="Share of a physical CPU.", unit="CPUs", example="0.5"),
    Attribute("vcpu", CPUS, doc="Number of virtual CPUs.", example="2"),
    Attribute("memory", Megabytes(), doc="Memory.", example="1G"),
    Disks(
        "disks",
        "DISK",
        disk,
        doc=(
            "All disks, in order: a list of dictionaries with ``image`` and, if it is the same image for all users, "
            "its ``owner``; ``size`` in MB or as ``20G``; any other attribute of a DISK."
        ),
        example="[{image: debian-12, owner: oneadmin}]",
    ),
    Nics(
        "nics",
        "NIC",
        nic,
        doc=(
            "All NICs, in order: a list of dictionaries with ``network`` and any other attribute of a NIC. One with "
            "``owner`` or ``network_id`` is the same network for all users, and needs ``shared: true``. "
            "``security_groups`` are names of groups of the template's owner or else of oneadmin, for all users of the "
            "template, who must be able to use these groups. The NIC also has those of its network."
        ),
        example="[{network: academie}]",
    ),
    TemplateContext(
        "context",
        find_names=lambda cloud, order: _names(cloud, order),
        doc=(
            "The whole context: a dictionary of texts. ``$NAME``, ``$USER[SSH_PUBLIC_KEY]``, ``$NIC[IP]`` and the "
            f"like are replaced when a VM is created. {CONTEXT_TEXTS}"
        ),
        example='{NETWORK: "YES"}',
    ),
    Vector(
        "graphics",
        doc="Its remote display: a dictionary with ``type``, ``listen`` and so on.",
        example="{TYPE: VNC, LISTEN: 0.0.0.0}",
    ),
    VmGroup(
        "vm_group",
        "VMGROUP",
        doc=(
            "The VM group that VMs join, and their ``role`` there. ``group`` belongs to ``owner``, or to the user who "
            "instantiates the template. An empty mapping means no VM group."
        ),
    ),
    Attribute("description", doc="A description.", example="Gateway of an infrastructure"),
    *OF_A_USER,
)


def _names(cloud: Cloud, order: Order) -> Names:
    """The names of all attributes of the template."""
    found = cloud.find(TEMPLATES, order.name, order.owner)
    attributes = {} if found is None else dict(found.attributes)
    for each in TEMPLATE.fields:
        if each.name in order.wanted and each.name != "context":
            attributes |= each.contribute(order.due(each.name))
    return Names.of(attributes)


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    return cloud.call("one.template.allocate", template)


TEMPLATE = Kind.of(
    TEMPLATES,
    about=About(
        rights=(
            "the account creates templates with CREATE on TEMPLATE, and changes or removes them with MANAGE; to give "
            "one to another user it needs MANAGE on the user and on the object with its new owner, and USE on the "
            "group. "
            "VM_RESTRICTED_ATTR in oned.conf "
            "lists attributes that only members of group ``oneadmin`` may set."
        ),
        example="gateway",
        declared="""
        - cpu: 0.5
        - memory: 512M
        - disks:
          - {image: debian, owner: oneadmin}
        - nics:
          - {network: EOLE, owner: oneadmin, shared: true}
          - {network: academie}
        - context: {NETWORK: "YES"}
        - permissions: "644"
        """,
        removed=". Its images and the VMs created from it stay.",
    ),
    fields=(
        *_FIELDS,
        Attributes(
            _FIELDS, encrypted=ENCRYPTED_ATTRIBUTES, check=refuse_unread, example="{LOGO: images/logos/debian.png}"
        ),
    ),
    create=handover.create_one(TEMPLATES, _allocate),
    writers={
        "owner": writers.give("one.template"),
        "update": writers.update("one.template"),
        "chown": writers.chown("one.template"),
        # The last flag would apply the permissions to the images as well.
        "chmod": writers.chmod("one.template", False),
        "lock": write_lock("one.template"),
    },
    # The last flag would delete the images as well.
    remove=lambda cloud, resource: cloud.call("one.template.delete", resource.id, False),
)
