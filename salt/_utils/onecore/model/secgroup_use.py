"""The use of a security group: the VMs that must apply its rules, and the objects that refer to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from ..basics.errors import RefusedError, SettleError
from ..basics.plan import Change, Order
from ..cloud import vm_states
from ..cloud.collection import Collection
from ..cloud.directory import NETWORKS, ROUTERS, SECURITY_GROUPS, TEMPLATES, VMS, VNTEMPLATES
from ..cloud.procedure import Procedure, Turn, Wait
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .hearing import await_idle
from .kind import Writer
from .nics import ANEW, DETACH, NIC_KINDS, REGROUP
from .secgroups import DEFAULT, held

#: How long all VMs may take to apply new rules, in seconds.
PUSH = 120


def vms(group: Resource) -> set[int]:
    """The IDs of all VMs with a security group."""
    return {number for each in ("UPDATED", "OUTDATED", "UPDATING", "ERROR") for number in group.ids(f"{each}_VMS")}


def behind(group: Resource) -> list[int]:
    """The VMs that have not applied its rules, and that OpenNebula will not update again."""
    left = [] if group.ids("UPDATING_VMS") else group.ids("OUTDATED_VMS")
    return sorted({*group.ids("ERROR_VMS"), *left})


def pushed(write: Writer) -> Writer:
    """A writer that ends when OpenNebula has updated the rules of all VMs, one by one; every update triggers that."""

    def write_and_wait(cloud: Cloud, group: Resource, changes: list[Change], order: Order) -> Procedure:
        known = vms(group)
        if not known:
            write(cloud, group, changes, order)
            return
        # OpenNebula skips a VM that is being updated for something else.
        with (yield Turn("push", "VMs to finish other updates")):
            # A VM that stays busy does not prevent the update of the others; the next run updates it.
            with suppress(SettleError):
                yield from await_idle(cloud, known, vm_states.misses_rule_updates)
            write(cloud, group, changes, order)
            yield Wait(SECURITY_GROUPS, group.id, partial(_all_updated, cloud, known), "its VMs to be updated", PUSH)

    return write_and_wait


def _all_updated(cloud: Cloud, known: set[int], group: Resource | None) -> bool:
    """Whether OpenNebula has updated the rules of these VMs, or failed to."""
    if group is None:
        return True
    if group.ids("OUTDATED_VMS") or group.ids("UPDATING_VMS"):
        return False
    # A VM that moves from one list to another is in none for a moment, and so is one that was terminated.
    lost = known - vms(group)
    cloud.refresh_known(VMS, lost)
    return not any(_has(cloud, VMS, vm, group.id) for vm in cloud.pool(VMS) if vm.id in lost) if lost else True


def refuse_used(cloud: Cloud, group: Resource) -> None:
    """Raise RefusedError for a security group in use, or one of OpenNebula's own."""
    subject = f"{SECURITY_GROUPS.describe(group.name, group.owner)} (ID {group.id})"
    if group.id == DEFAULT:
        raise RefusedError(f"{subject} stays: OpenNebula adds it to every new network.")
    used = list(_holders(cloud, group))
    if used:
        more = f" and {len(used) - 5} more" if len(used) > 5 else ""
        told = (f"{kind.describe(each.name, each.owner)} (ID {each.id})" for kind, each in used[:5])
        raise RefusedError(
            f"{subject} is in use by {', '.join(told)}{more}. Remove it there first.",
            holders=[(kind, each.id) for kind, each in used],
        )


def _holders(cloud: Cloud, group: Resource) -> Iterator[tuple[Collection, Resource]]:
    """The objects with a security group; in a dry run, after the announced changes."""
    # Read again: VMs may have been terminated since.
    users = vms(cloud.read(SECURITY_GROUPS, group.id)) if vms(group) else set()
    for collection in (NETWORKS, VNTEMPLATES, TEMPLATES, ROUTERS, *([VMS] if users else ())):
        for each in cloud.pool(collection):
            gone = cloud.leaving(collection.cli, each.id) or (collection is VMS and each.id not in users)
            if not gone and _has(cloud, collection, each, group.id):
                yield collection, each


def _has(cloud: Cloud, collection: Collection, holder: Resource, number: int) -> bool:
    """Whether an object has a security group, after the announced changes of a dry run."""
    planned = [change.write for change in cloud.planned(collection, holder.name, holder.owner)]
    router = cloud.pool(ROUTERS).by_id.get(holder.number("TEMPLATE/VROUTER_ID")) if collection.is_part(holder) else None
    if router is not None:
        # Its NICs belong to the router.
        planned += [change.write for change in cloud.planned(ROUTERS, router.name, router.owner)]
    if collection in (VMS, ROUTERS):
        return number in held(list(_nics(holder, planned, number)))
    attributes = dict(holder.attributes)
    for write in planned:
        attributes.update(write if isinstance(write, Mapping) else {})
    return number in held([attributes, *holder.vectors("AR_POOL/AR")])


def _nics(holder: Resource, planned: Sequence[Any], number: int) -> Iterator[Mapping[str, Any]]:
    """The NICs of a VM or router, without those that would have left a security group by now."""
    steps = [write for write in planned if isinstance(write, tuple)]
    left = {argument for step, argument in steps if step == DETACH}
    left |= {argument[0] for step, argument in steps if step == REGROUP and number in argument[2]}
    # A NIC that is attached again has only the groups in its attributes, and those of its network.
    left |= {argument[0] for step, argument in steps if step == ANEW and number not in held(argument[1])}
    every = (nic for kind in NIC_KINDS for nic in holder.vectors(f"TEMPLATE/{kind}"))
    return (nic for nic in every if nic.get("NIC_ID") not in {str(each) for each in left})
