"""Virtual routers: NICs that a group of VMs has in common, and those VMs.

A router is allocated and handed over like a network; its VMs are instantiated as its owner, one by one, since each has
a context of its own. They are part of the router: they have its mark and are removed with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ...basics.errors import ArgumentError, NoExistsError
from ...basics.plan import Change, Order
from ...basics.values import Integer
from ...cloud.collection import Collection
from ...cloud.directory import ROUTERS, VMS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import gone, refuse_broken, together
from ...model import handover, writers
from ...model.about import About
from ...model.attributes import Attributes
from ...model.context import CONTEXT_TEXTS
from ...model.fields import Attribute
from ...model.inputs import refuse_unanswered
from ...model.kind import Kind
from ...model.lock import LOCK, write_lock
from ...model.ownership import GROUP, MANAGED, OWNER, OWNER_FROM, Permissions
from ..vm.changes import refuse_context, write_size
from ..vm.context import write_context
from ..vm.enrolment import Enrolment
from ..vm.fields import TEMPLATE_OWNER, MadeFrom, Wait
from ..vm.joining import networks_of, refuse_foreign_networks, vm_nics
from ..vm.leases import declared as declared_nics
from ..vm.leases import leasing, refuse_taken
from ..vm.nic_changes import reattached_nics
from ..vm.nics import NIC_ORDER
from ..vm.prerequisites import refuse_unusable
from ..vm.requirements import refuse_unmakable, refuse_unsuited
from ..vm.template import refuse_other_owner, template_attributes, template_of
from .checks import (
    refuse_asleep,
    refuse_other_numbers,
    refuse_others_permissions,
    refuse_shared_addresses,
    said_of_vms,
)
from .context import RouterContext
from .machine import SIZES, RouterPower, VmNames, write_names, write_power
from .members import VM_NAME, by_vm, vms, write_each
from .nics import RouterNics, write_router_nics
from .vms import Vms, fewer, write_vms

_FIELDS = (
    MadeFrom(
        "template",
        required=True,
        doc="Name of the VM template of its VMs, which needs the attribute ``VROUTER``.",
        example="router",
    ),
    TEMPLATE_OWNER,
    RouterNics(
        "nics",
        writer="nics",
        disruptive=True,
        doc=(
            "All NICs, in order: a list of mappings with ``network``, its ``owner`` unless that is the router's, "
            "``ip``, and any other attribute of a NIC. With ``floating_ip: true``, all VMs share its address, and "
            "each has another one of its own; without it, the VM has the address. A network of another user "
            "who is not an administrator needs ``shared: true``. ``security_groups`` are names, each of a group of "
            "the "
            "router's owner or else of oneadmin, in addition to those of the network. NICs are attached and detached "
            "one by one; for a change, a NIC is detached and attached again, at all VMs, which needs "
            "``disruption: allow``. Attributes that are not declared are kept; ``null`` removes an attribute."
        ),
        example="[{network: academie, ip: 192.168.0.1, floating_ip: true}]",
    ),
    Attribute(
        "keepalived_id",
        Integer(1, 255),
        doc="Number of the group of VMs, for keepalived in the guests.",
        otherwise="one derived from the router's ID",
        example="17",
    ),
    NIC_ORDER,
    RouterContext(
        "context",
        writer="context",
        disruptive=True,
        doc=(
            "Variables of the context of its VMs, by name: added to those of the template when a VM is created, and "
            "updated in all of them afterwards, like those of ``onevm.present`` are. ``VM_NAME`` and "
            "``SALT_MINION_ID``, if given, are adapted to each VM: the name is that of the VM, and the number of "
            f"the VM is added to the minion id, except for the first (``gw-alice``, ``gw-alice-1``). {CONTEXT_TEXTS}"
        ),
        example="{GATEWAY_DNS: 192.168.230.1}",
    ),
    Enrolment("enrolment"),
    Vms(
        "vms",
        writer="vms",
        disruptive=True,
        doc=("How many VMs it has. Surplus VMs are terminated, the youngest first, which needs ``disruption: allow``."),
        otherwise="the current number, and 1 for a new router",
        example="2",
    ),
    VmNames(
        VM_NAME,
        writer="names",
        doc=(
            "The names of its VMs: a text that ends with ``%i``, which stands for the number of each. Existing VMs "
            "with other names are renamed; their guests are not notified."
        ),
        otherwise="``<name>-%i`` for new ones",
        example="edge%i",
    ),
    *SIZES,
    RouterPower(
        "power",
        writer="power",
        disruptive=True,
        doc="The power state of its VMs, which are changed one after the other.",
        otherwise="new ones run",
        example="running",
    ),
    Wait("wait"),
    OWNER,
    OWNER_FROM,
    GROUP,
    Permissions(
        "permissions",
        writer="chmod",
        doc=(
            "What owner, group and others may do with the router itself: for each the sum of USE (4), MANAGE (2) and "
            "ADMIN (1). OpenNebula 6 gives them to its VMs as well. OpenNebula 7 applies them to routers with the "
            "IDs of its VMs as well: if such a router exists, a change is refused."
        ),
    ),
    LOCK,
    MANAGED,
)
#: Attributes of a router that the daemon stores, besides those of the fields.
_ELSEWHERE = {"TEMPLATE_ID": "use template instead", "VMS": "use vms instead"}


def _disturbing(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """NICs that the router's VMs lose, and VMs that are terminated."""
    return [*(reattached_nics(changes) if resource.ids("VMS") else []), *fewer(changes)]


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    with leasing(cloud, declared_nics(order)):
        return cloud.call("one.vrouter.allocate", template)


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise a OneError for an impossible declaration; `resource` is ``None`` for a new router."""
    there = [] if resource is None else vms(cloud, resource)
    number = order.due("vms").due(resource)
    grows = resource is None or len(resource.ids("VMS")) < number
    if grows and "template" not in order.wanted:
        raise ArgumentError("template: must be given to create further VMs.")
    template = template_attributes(cloud, order) if grows else {}
    if grows:
        refuse_unsuited(template, order.wanted["template"], router=True)
    refuse_shared_addresses(order, resource)
    if resource is not None:
        changes = VROUTER.changes(order, resource)
        refuse_other_numbers(cloud, resource, changes)
        refuse_others_permissions(cloud, order, resource)
        refuse_asleep(there, order, changes)
        for vm, its in by_vm(change for change in changes if change.field == "context").items():
            refuse_context(cloud.pool(VMS).by_id[vm], its)
    refuse_other_owner(cloud, order.user, template)
    nics = list(vm_nics(order, resource, template, order.wanted.get("template", "")))
    refuse_foreign_networks(cloud, order.user, nics)
    own = "" if resource is None else str(resource.id)
    refuse_taken(cloud, order, lambda vm: bool(own) and vm.text("TEMPLATE/VROUTER_ID") == own)
    if grows:
        refuse_unmakable(template, order.wanted)
        refuse_unanswered(f"template {order.wanted['template']}", template, said_of_vms(order), "in context")
        networks = networks_of(cloud, order.user, nics)
        refuse_unusable(cloud, order, template_of(cloud, order), template, networks, number)
    for each in there:
        refuse_broken(VMS, each)


def _write_permissions(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> None:
    # OpenNebula 7 has done that already, but looks for routers with the IDs of its VMs.
    with suppress(NoExistsError):
        cloud.call("one.vrouter.chmod", router.id, *changes[-1].write)


def _remove(cloud: Cloud, router: Resource) -> Procedure:
    """Remove a router; OpenNebula terminates its VMs, and their addresses are free when they are gone."""
    # If it is gone already, its VMs may not be.
    with suppress(NoExistsError):
        cloud.call("one.vrouter.delete", router.id)
    waits = [gone(VMS, number, VMS.title) for number in router.ids("VMS")]
    if waits:
        yield together(cloud, waits)


def _parts(cloud: Cloud, router: Resource) -> list[tuple[Collection, Resource]]:
    return [(VMS, each) for each in vms(cloud, router)]


VROUTER = Kind.of(
    ROUTERS,
    about=About(
        rights=(
            "the account is ``oneadmin``, or a member of its group; for its own routers, CREATE on VROUTER, and USE on "
            "template and networks. The owner needs USE on the template."
        ),
        example="gateway",
        declared="""
        - template: router
        - vms: 2
        - nics:
          - {network: EOLE, owner: oneadmin, ip: 192.168.230.11, floating_ip: true}
          - {network: academie, ip: 192.168.0.1, floating_ip: true}
        """,
        named="Its VMs are called ``<name>-0``, ``<name>-1`` and so on, or as in ``vm_name``.",
        renamed="; its VMs are renamed with it and run on. Their guests are not notified.",
        removed=": its VMs are terminated without the consent of their guests.",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, elsewhere=_ELSEWHERE)),
    create=handover.create_one(ROUTERS, _allocate),
    writers={
        "owner": writers.give("one.vrouter"),
        "update": writers.update_whole(ROUTERS, apart=("NIC",)),
        "chown": writers.chown("one.vrouter"),
        # Before it has VMs: OpenNebula 7 takes the IDs of the VMs for those of routers.
        "chmod": _write_permissions,
        "names": write_names,
        "power_first": write_power,
        "nics": write_router_nics,
        "context": write_each(write_context),
        "machine": write_each(write_size),
        "vms": write_vms,
        "power": write_power,
        "lock": write_lock("one.vrouter"),
    },
    by_number=frozenset({"nics"}),
    remove=_remove,
    check=_check,
    disturbing=_disturbing,
    parts=_parts,
    frees=True,
)
