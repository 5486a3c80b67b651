"""Rebuilds VMs: how to give a VM the current content of its template.

A VM contains the IDs of its template and images, and a published template passes its stamp on. These are compared with
the current template of that name, and the images to which it resolves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..basics.errors import MissingError, RefusedError
from ..basics.marks import REDEPLOY, STAMP
from ..basics.plan import Change
from ..basics.values import YES_NO, Choice, Type
from ..cloud import vm_states as vm_states
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource, Vector
from ..cloud.view import Cloud
from ..cloud.vm_states import restored_power
from ..kinds.image import IMAGE
from ..kinds.user import USER
from ..kinds.vm import foreseen
from ..kinds.vm.first_boot import boot_deferred, defer_boot
from ..kinds.vm.gap import disks as template_disks
from ..kinds.vm.kind import VM
from ..kinds.vm.power import forget_power, power, recreate
from ..kinds.vm.sketch import is_sketch
from ..kinds.vm.successor import current_template, redeploy, successor
from ..model.arguments import Option
from ..model.ownership import OWNER
from .plans import BACK, Name, revert_plan, targets_of
from .snapshots import disks, of_disk
from .verb import Done, Plan, Verb

STRATEGIES = ("auto", "revert", "recreate", "redeploy")

#: How many of an owner's last removed VMs are searched for one whose successor was not created yet.
_RECENT = 100


# -- what there is now -------------------------------------------------------------------------------------------


def news(cloud: Cloud, vm: Resource, template: Resource) -> list[Change]:
    """The content of the current template that this VM does not have."""
    found = []
    number, stamp = vm.number("TEMPLATE/TEMPLATE_ID"), template.attributes.get(STAMP)
    if number != template.id:
        found.append(Change("template", f"ID {number}", f"{template.name} (ID {template.id})", ""))
    elif stamp and stamp != vm.attributes.get(STAMP):
        found.append(Change("template", vm.attributes.get(STAMP), stamp, ""))
    present = {disk["DISK_ID"]: disk.get("IMAGE_ID") for disk in vm.vectors("TEMPLATE/DISK")}
    for position, wanted in _images(cloud, vm, template):
        image = present.get(str(position))
        if str(wanted.id) != image:
            old = f"image ID {image}" if image else None
            found.append(Change(f"disk {position}", old, f"image {wanted.name} (ID {wanted.id})", ""))
    return found


def _images(cloud: Cloud, vm: Resource, template: Resource) -> Iterator[tuple[int, Resource]]:
    """The image of each disk of a template, for the owner of a VM."""
    for position, disk in enumerate(template_disks(template.attributes)):
        if disk.get("IMAGE_ID"):
            found = cloud.numbered(IMAGE, disk["IMAGE_ID"])
        elif disk.get("IMAGE"):
            found = cloud.find(IMAGE, disk["IMAGE"], _image_owner(cloud, vm, disk))
        else:
            continue
        if found is None:
            name = disk.get("IMAGE") or f"ID {disk['IMAGE_ID']}"
            raise MissingError(f"template {template.name} needs image {name}, which does not exist")
        yield position, found


def _image_owner(cloud: Cloud, vm: Resource, disk: Mapping[str, str]) -> str | None:
    if disk.get("IMAGE_UID"):
        user = cloud.numbered(USER, disk["IMAGE_UID"])
        return None if user is None else user.name
    return disk.get("IMAGE_UNAME") or vm.owner


# -- which way ---------------------------------------------------------------------------------------------------


def choose(vm: Resource, fresh: list[Change], snapshot: str | None) -> tuple[str, str]:
    """The fastest strategy for the current content of the template, and the reason for the choice."""
    if fresh:
        return "redeploy", f"redeployed, since {' and '.join(change.path for change in fresh)} has a newer version"
    lacking = [disk for disk in disks(vm) if of_disk(vm, disk, snapshot) is None]
    volatile = [each["DISK_ID"] for each in vm.vectors("TEMPLATE/DISK") if each.get("TYPE", "").upper() == "FS"]
    broken = vm_states.state(vm) in vm_states.SETTLED.failed
    if disks(vm) and not (lacking or volatile or broken):
        return "revert", "reverted, since template and images are the same and every disk has a snapshot"
    for kept in persistent(vm):
        raise RefusedError(f"{_called(kept)}: only a snapshot could bring its content back")
    if broken:
        return "recreate", f"recreated, since it is in state {vm_states.name(vm_states.state(vm))}"
    reason = f"disk {lacking[0]} has no snapshot" if lacking else "it has a disk without snapshots"
    return "recreate", f"recreated, since template and images are the same and {reason}"


def persistent(vm: Resource) -> list[Vector]:
    """The persistent images of a VM: their content stays after the VM is removed."""
    return [each for each in vm.vectors("TEMPLATE/DISK") if YES_NO.stored(each.get("PERSISTENT", ""))]


def _called(disk: Mapping[str, str]) -> str:
    return f"disk {disk['DISK_ID']} is the persistent image {disk.get('IMAGE', '')}"


def _keeping(vm: Resource) -> str:
    """The data of the old VM that a new or recreated VM would have; empty if there are none."""
    return "".join(f"; {_called(each)}, and keeps its content" for each in persistent(vm))


def _refuse_all_kept(vm: Resource) -> None:
    """Raise RefusedError if a new VM would have the same content, and the VM has not failed."""
    every = list(vm.vectors("TEMPLATE/DISK"))
    broken = vm_states.state(vm) in vm_states.SETTLED.failed
    if every and len(persistent(vm)) == len(every) and not broken:
        raise RefusedError(
            f"{_called(every[0])}: a recreated VM would have the same content; only a snapshot could bring other "
            f"content back"
        )


def rebuild_plan(
    cloud: Cloud,
    vm: Resource,
    given: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
    first_boot: bool = False,
) -> Plan:
    """The plan that gives a VM the current content of its template.

    given
        The arguments of the verb.
    values
        Declared arguments of ``onevm.present`` for a VM that replaces it.
    first_boot
        Whether new disks get their snapshots before anything starts from them.
    """
    strategy, snapshot = given.get("strategy", "auto"), given.get("snapshot")
    note = f"strategy: {strategy}"
    fresh: list[Change] = []
    template: Resource | None = None
    if vm.state == vm_states.DONE:
        strategy, note = "redeploy", "An interrupted run had removed the VM, and this run creates its successor"
    if strategy in ("auto", "redeploy"):
        template, fresh = _compared(cloud, vm, given)
    if strategy == "auto":
        strategy, note = choose(vm, fresh, snapshot)
    here = restored_power(vm)
    then = given.get("power") or (here if here in vm_states.POWER and here != "hold" else "running")
    if strategy == "revert":
        targets = targets_of(vm, disks(vm), snapshot)
        return revert_plan(cloud, vm, targets, given.get("power"), note)
    note += _keeping(vm)
    if strategy == "recreate":
        _refuse_all_kept(vm)
        change = Change("content", "data written since", "its images", "", disruptive=True)
        work = partial(_recreate, cloud, vm, then, change, first_boot=first_boot)
        return Plan([change], work, note, lambda vm: foreseen.anew(vm, then))
    old = vm.name if is_sketch(vm) else f"{vm.name} (ID {vm.id})"
    changes = [Change(VM.title, old, f"{vm.name}, a new one", "", disruptive=True), *fresh]
    if is_sketch(vm):
        return Plan(changes, None, note, lambda vm: foreseen.anew(vm, then))
    assert template is not None, "it exists unless the VM was only announced"
    # All problems of the new VM are reported by a dry run, too, and before the old one is removed.
    held = boot_deferred(template.attributes, {"nics": list(vm.vectors("TEMPLATE/NIC"))}) if first_boot else None
    item = successor(VM, cloud, vm, template, values or {}, then, held)

    def carry_out(done: Done) -> Procedure:
        now = yield from redeploy(cloud, vm, item)
        for change in changes:
            done(change)
        return now

    return Plan(changes, carry_out, note, lambda vm: foreseen.anew(vm, then))


def _compared(cloud: Cloud, vm: Resource, given: Mapping[str, Any]) -> tuple[Resource | None, list[Change]]:
    """The current template of a VM, and what of its content the VM does not have.

    A VM that was only announced gets the content of a template that may have been announced, too.
    """
    try:
        template = current_template(cloud, vm, given.get("template"), given.get("template_owner"))
        return template, news(cloud, vm, template)
    except MissingError:
        if not is_sketch(vm):
            raise
        return None, []


def _recreate(cloud: Cloud, vm: Resource, then: str, change: Change, done: Done, first_boot: bool = False) -> Procedure:
    if first_boot:
        defer_boot(cloud, vm)
    now = yield from recreate(cloud, vm)
    done(change)
    now = yield from power(cloud, now, then)
    forget_power(cloud, now)
    return now


def lost(cloud: Cloud, name: str, owner: str) -> Resource | None:
    """The VM of that name that a run has removed without creating its successor."""
    user = cloud.get(USER, owner)
    for each in cloud.past(VM, user.id, _RECENT):
        if each.name == name:
            return each if each.text(f"USER_TEMPLATE/{REDEPLOY}") else None
    return None


REBUILT = Verb(
    rebuild_plan,
    (
        Option(
            "strategy",
            Choice(*STRATEGIES),
            doc=(
                "``revert``: each disk is reverted to a snapshot. ``recreate``: OpenNebula recreates the VM from "
                "the same images; ID, addresses and context stay, snapshots are lost. ``redeploy``: a new VM "
                "replaces it, created from the current template and images of that name; name, owner, group, "
                "permissions, networks and addresses stay, and so do values that the template does not set. "
                "``auto`` chooses the fastest one of these that gives the current content of the template. A disk "
                "that is a persistent image keeps its content, except with ``revert``; the comment reports that."
            ),
            otherwise="``auto``",
        ),
        Option("snapshot", Name(), doc="Name of the snapshot to revert to.", otherwise="the initial one of each disk"),
        Option(
            "template",
            Type(),
            doc="The template of a new VM.",
            otherwise="the current one with the name of its template",
        ),
        Option("template_owner", Type(), doc="Owner of ``template``.", otherwise=OWNER.otherwise),
        Option(
            "power",
            BACK,
            doc="The power state afterwards.",
            otherwise="its previous one, or ``running`` if it had failed",
        ),
    ),
    "Give a VM the current content of its template: data written since is lost. Each run of this state does it "
    "again; the comment says how and why.\n\nOnly a VM that these states created is rebuilt, and none that was "
    "taken over.",
    destructive=True,
    heals=True,
    lost=lost,
)
