"""VMs: instantiated from a template for their owner, on their owner's networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...basics.lifetime import EXPIRES, Lifetime
from ...basics.marks import MARK
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import CPUS, NUMBER, Megabytes
from ...basics.variables import Names
from ...cloud import vm_states
from ...cloud.directory import GROUPS, NETWORKS, USERS, VMS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import writers
from ...model.about import About
from ...model.attributes import Attributes
from ...model.context import CONTEXT_TEXTS, ENCRYPTED_ATTRIBUTES, refuse_replaced
from ...model.digests import NOT_SEEN
from ...model.fields import Attribute
from ...model.inputs import refuse_unanswered
from ...model.kind import Kind
from ...model.lock import OF_A_USER, write_lock
from . import foreseen
from .apart import APART
from .booting import refuse_other_devices, refuse_unbootable
from .changes import (
    LIVE,
    REDEPLOY,
    OnChange,
    power_to_restore,
    refuse_changes,
    refuse_impossible,
    replacement,
    sized_disks,
    write_machine,
    write_size,
)
from .configuration import (
    CONFIGURATION,
    TYPED,
    configured,
    refuse_fixed,
    refuse_unsupported,
    refuse_untyped,
    waits_for_start,
    write_configuration,
)
from .context import Context, merged, names, write_context
from .disks import VmDisks, lost, refuse_fixed_disks, write_disks
from .duplicates import on_hold, only_one
from .enrolment import Enrolment, token
from .fields import TEMPLATE_OWNER, MadeFrom, Power, Wait, steps
from .gap import instantiate_published
from .increments import refuse_increments, refuse_other_increments
from .joining import networks_of, refuse_foreign_networks, vm_nics
from .leases import declared, leasing, refuse_taken
from .nic_changes import reattached_nics
from .nic_writing import write_nics
from .nics import NIC_ORDER, VmNics
from .power import terminate, try_action
from .prerequisites import answers, images_of, refuse_unusable
from .requirements import refuse_unmakable, refuse_unsuited
from .role import ROLE_FIELDS, refuse_other_role, refuse_unknown_group, write_role
from .schedule import SCHEDULED_ACTIONS, write_schedule
from .several import refuse_repeated
from .sketch import sketch
from .successor import carried_on, current_template, redeploy, successor
from .template import refuse_other_owner, template_attributes, template_of
from .waits import departed, still

#: The defaults of a new VM.
_TEMPLATE_SAYS = "that of the template"
#: The limits of a NIC.
_LIMITED = "``INBOUND_AVG_BW`` and the like"
_NICS = VmNics(
    "nics",
    writer="machine",
    disruptive=True,
    doc=(
        "All NICs, in order: a list of dictionaries with ``network``, its ``owner`` unless that is the VM's, a "
        "fixed address (one of ``ip``, ``ip6``, ``mac``), and any other attribute of a NIC. A network of another "
        "user who is not an administrator needs ``shared: true``. They replace the NICs of the template; afterwards "
        "they are attached and detached one by one. ``security_groups`` are names, each of a group of "
        "the VM's owner or else of oneadmin, in addition to those of the network. ``aliases`` are further "
        "addresses of a NIC, each a dictionary like that of a NIC. Security groups, aliases and bandwidth limits "
        f"({_LIMITED}) of an existing NIC are changed in place; for any other change it is detached and attached "
        "again, with its address and its aliases, which needs ``disruption: allow`` while the VM runs. "
        "Attributes that are not declared are kept; ``null`` removes an attribute, so that the network's value applies."
    ),
    otherwise=_TEMPLATE_SAYS,
    example="[{network: dmz1, ip: 10.1.3.60}]",
)
_FIELDS = (
    MadeFrom(
        "template",
        required=True,
        doc="Name of the VM template from which it is created; no effect afterwards.",
        example="debian-12",
    ),
    TEMPLATE_OWNER,
    Attribute(
        "cpu",
        NUMBER,
        path="TEMPLATE/CPU",
        writer="machine",
        disruptive=True,
        doc="Share of a physical CPU. A running VM is resized if its hypervisor supports it.",
        unit="CPUs",
        otherwise=_TEMPLATE_SAYS,
        example="0.5",
    ),
    Attribute(
        "vcpu",
        CPUS,
        path="TEMPLATE/VCPU",
        writer="machine",
        disruptive=True,
        doc="Number of virtual CPUs.",
        otherwise=_TEMPLATE_SAYS,
        example="2",
    ),
    Attribute(
        "memory",
        Megabytes(),
        path="TEMPLATE/MEMORY",
        writer="machine",
        disruptive=True,
        doc="Memory.",
        otherwise=_TEMPLATE_SAYS,
        example="1G",
    ),
    VmDisks(
        "disks",
        writer="machine",
        disruptive=True,
        doc=(
            "All disks, in order: a list of dictionaries with ``image``, its ``owner`` unless that is the VM's, or "
            "``TYPE`` (``fs``, ``swap``) of an empty disk, ``size``, and any other attribute of a disk. They "
            "replace those of the template; afterwards they are attached and detached one by one. Removing a disk, "
            "with its data, needs ``disruption: allow``. Or sizes of disks, by their number, in "
            "MB or as ``20G``. OpenNebula can grow disks, but not shrink them."
        ),
        otherwise=_TEMPLATE_SAYS,
        example="[{image: debian-12, owner: oneadmin, size: 20G}, {TYPE: swap, size: 1G}]",
    ),
    _NICS,
    NIC_ORDER,
    Context(
        "context",
        find_names=lambda cloud, order: _names(cloud, order),
        writer="machine",
        disruptive=True,
        doc=(
            "Variables of the context, by name: added to those of the template when the VM is created, and updated "
            "in the running VM afterwards. In a state, ``null`` removes one. OpenNebula replaces ``$NAME``, "
            "``$USER[SSH_PUBLIC_KEY]``, ``$NIC[IP]`` and the like, and again after each change of the declared "
            f"text: {NOT_SEEN}. {CONTEXT_TEXTS}"
        ),
        example="{ROLE: web}",
    ),
    *CONFIGURATION,
    Enrolment("enrolment"),
    OnChange(
        "on_change",
        doc=(
            "How a change of ``cpu``, ``vcpu``, ``memory``, ``disks``, ``nics``, ``context`` or of its configuration "
            "(``os`` and the like) may be applied to an existing VM: ``live`` as it is; ``poweroff``, powered off "
            "meanwhile "
            "and then brought back to the power state it was in; ``redeploy``, a new VM replaces it, as with "
            "``onevm.rebuilt``, and the data on its disks are lost; ``refuse``, not at all, and the state fails."
        ),
        otherwise=f"``{LIVE}``",
        example="poweroff",
    ),
    Power(
        "power",
        writer="power",
        disruptive=True,
        doc="Its power state; ``hold`` is for a new VM.",
        example="running",
    ),
    Wait("wait"),
    *ROLE_FIELDS,
    SCHEDULED_ACTIONS,
    Attribute(
        "expires",
        Lifetime(),
        EXPIRES,
        path=f"USER_TEMPLATE/{EXPIRES}",
        doc=(
            "When the VM expires: after an age (``90m``, ``12h``, ``7d``, ``2w``), after a day (``2026-12-31``) or "
            "at a "
            "time (``2026-12-31T18:00``, in UTC unless it names its offset). The runner ``onevm.expire`` removes it. "
            "In a state, an empty text removes the expiry."
        ),
        otherwise="never",
        example="7d",
    ),
    *OF_A_USER,
)


def _create(cloud: Cloud, order: Order, attributes: dict[str, Any]) -> Procedure:
    """Instantiate as the owner, so that names resolve to the owner's networks and images."""
    template = template_of(cloud, order)
    assert template is not None, "only a dry run counts on what is announced"
    extra = {name: value for name, value in attributes.items() if name != "NAME"}
    context = {**(order.due("context") if "context" in order.wanted else {}), **token(order.wanted.get("enrolment"))}
    if context:
        extra["CONTEXT"] = merged(template.attributes, context)
    extra |= configured(template.attributes, order)
    if isinstance(order.wanted.get("disks"), Mapping):
        extra["DISK"] = sized_disks(template.name, template.attributes, order.wanted["disks"])
    if order.owner != cloud.account:
        user = cloud.get(USERS, order.user)
        group = cloud.get(GROUPS, order.wanted["group"]).id if "group" in order.wanted else user.gid
        extra |= {"AS_UID": user.id, "AS_GID": group}
    marked = MARK in extra
    hold = order.wanted.get("power") == "hold"
    extra |= on_hold(release=not hold) if marked else {}
    params = (template.id, order.name, hold or marked, render(extra), False)
    whole = {**template.attributes, **extra}
    with leasing(cloud, declared(order)):
        make = instantiate_published(cloud, order.user, whole, lambda: cloud.call("one.template.instantiate", *params))
        number = yield from make
    return (yield from only_one(cloud, order, number)) if marked else number


def _names(cloud: Cloud, order: Order) -> Names | None:
    """The names of the attributes that the VM has or will have; ``None`` if its template is not known."""
    found = cloud.find(VMS, order.name, order.owner)
    if found is None and "template" not in order.wanted:
        return None
    attributes = template_attributes(cloud, order) if found is None else dict(found.attributes)
    for each in VM.fields:
        if each.name in order.wanted and each.name not in ("context", "nics"):
            attributes |= each.contribute(order.due(each.name))
    return names(attributes, found)


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    template = template_attributes(cloud, order) if resource is None else {}
    if isinstance(order.wanted.get("disks"), list):
        # They replace those of the template.
        template.pop("DISK", None)
    if resource is None:
        refuse_unmakable(template, order.wanted)
        refuse_unsuited(template, order.wanted.get("template", ""))
        refuse_unsupported(cloud, order)
        refuse_untyped(cloud, order, template)
        refuse_unknown_group(cloud, order, template)
    refuse_other_owner(cloud, order.user, template)
    nics = list(vm_nics(order, resource, template, order.wanted.get("template", "")))
    refuse_foreign_networks(cloud, order.user, nics)
    # A VM of the same name is removed before its successor is created.
    refuse_taken(cloud, order, lambda vm: (vm.owner, vm.name) == (order.owner, order.name))
    if resource is None:
        sizes = order.wanted.get("disks", {})
        sized = {"DISK": sized_disks(order.wanted["template"], template, sizes)} if isinstance(sizes, Mapping) else {}
        networks = networks_of(cloud, order.user, nics)
        order.uses |= {"nics": order.uses.get("nics", []) or [(NETWORKS, whose, name) for name, whose in networks]}
        order.uses["disks"] = [*order.uses.get("disks", []), *images_of(cloud, order, template)]
        refuse_unanswered(f"template {order.wanted['template']}", template, answers(order))
        refuse_repeated(order, template)
        refuse_unusable(cloud, order, template_of(cloud, order), {**template, **sized}, networks, order.desired.alike)
        refuse_unbootable(order, {**template, **configured(template, order)})
        refuse_increments(cloud, order, {**template, **sized})
    else:
        changes = VM.changes(order, resource)
        refuse_changes(order, resource, changes)
        refuse_other_role(cloud, changes)
        refuse_impossible(order, resource, changes)
        refuse_other_devices(order, resource, changes)
        if any(change.field in TYPED for change in changes):
            refuse_untyped(
                cloud, order, {each: next(resource.vectors(f"TEMPLATE/{each}"), {}) for each in TYPED.values()}
            )
        if order.wanted.get("on_change") != REDEPLOY:
            refuse_fixed(cloud, changes)
            refuse_fixed_disks(changes)
            refuse_other_increments(cloud, order, resource, changes)


def _write_power(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    # Read again: earlier writes may have changed its state.
    now, new = cloud.read(VMS, resource.id), changes[-1].write
    while vm_states.power(now) != new:
        # OpenNebula refuses the next action while the VM is changing its state.
        now = yield from still(now)
        here = vm_states.power(now)
        if here != new:
            step = steps(here, new)[0]
            moved = try_action(cloud, now, "one.vm.action", vm_states.ACTIONS[here, step], resource.id)
            now = moved if moved is not None else (yield departed(now, step))


def _redeploy(cloud: Cloud, resource: Resource, order: Order) -> Procedure:
    """Replace this VM with a new one, as declared."""
    given = {name: value for name, value in order.desired.values.items() if value is not None}
    if "nics" in given:
        nics = order.due("nics")
        given["nics"] = carried_on(cloud, resource, given["nics"], nics, _NICS.kept(resource, nics))
    template = current_template(cloud, resource, given.get("template"), given.get("template_owner"))
    return (yield from redeploy(cloud, resource, successor(VM, cloud, resource, template, given)))


def _disturbing(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """NICs and disks that a running guest loses; ``on_change`` alone decides whether the VM may be stopped."""
    how = order.wanted.get("on_change", LIVE)
    runs = vm_states.power(resource) == "running" and how == LIVE
    return [*(reattached_nics(changes) if runs else []), *(lost(changes) if how != REDEPLOY else [])]


def _note(cloud: Cloud, order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    said = replacement(order, resource, changes)
    return said or (waits_for_start(order, resource, changes) if order.wanted.get("on_change", LIVE) == LIVE else "")


#: Arguments of the CLI and of Ansible's modules that a declaration of one VM does not have.
_INSTEAD = {
    "count": (
        "a state declares one VM; use names: [web-1, web-2, web-3] instead, or count in the pillar, in a lab or "
        "among objects."
    ),
    "persistent": (
        "OpenNebula copies template and images for the account, not for the owner, and keeps them if the VM fails; "
        "create each image with oneimage.present with clone_from and persistent: true, and name it in disks."
    ),
}

VM = Kind.of(
    VMS,
    about=About(
        rights=(
            "the account makes VMs with USE on the template, its images and networks; for another user it is "
            "``oneadmin``, or has MANAGE on the user and the group, and the owner needs USE on the template. It "
            "changes or removes VMs with MANAGE."
        ),
        example="web1",
        declared="""
        - template: debian-12
        - nics:
          - {network: EOLE, owner: oneadmin, ip: 192.168.230.11}
          - {network: academie, ip: 192.168.0.60}
        - context: {HOSTNAME: web1}
        - power: running
        """,
        removed=": it is terminated, and what its non-persistent disks held is lost.",
        renamed="; it runs on. The guest is not notified.",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, elsewhere=APART, encrypted=ENCRYPTED_ATTRIBUTES, check=refuse_replaced)),
    create=_create,
    writers={
        "owner": writers.give("one.vm"),
        "update": writers.update("one.vm"),
        "chown": writers.chown("one.vm"),
        "chmod": writers.chmod("one.vm"),
        "power_first": _write_power,
        "machine": write_machine(
            {
                **dict.fromkeys(("cpu", "vcpu", "memory"), write_size),
                "disks": write_disks,
                "nics": write_nics,
                "context": write_context,
                **dict.fromkeys((each.name for each in CONFIGURATION), write_configuration),
            },
            _redeploy,
        ),
        "power": _write_power,
        "vmgroup": write_role,
        "schedule": write_schedule,
        "lock": write_lock("one.vm"),
        "forget": writers.update("one.vm"),
    },
    by_number=frozenset({"machine"}),
    remove=terminate,
    remove_gently=lambda cloud, resource: terminate(cloud, resource, hard=False),
    check=_check,
    instead=_INSTEAD,
    disturbing=_disturbing,
    note=_note,
    implied=power_to_restore,
    foresee=foreseen.changed,
    sketch=sketch,
    awaited=lambda order: order.wanted.get("wait", True),
    arrival=lambda order: order.wanted.get("power", "running"),
    frees=True,
)
