"""Checks of virtual routers before the first write call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Change, Order
from ...basics.values import YES_NO
from ...cloud import vm_states
from ...cloud.directory import ROUTERS
from ...cloud.naming import listed
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.nics import going
from ..vm.changes import ASLEEP, AWAY
from ..vm.nic import ADDRESSES
from ..vm.prerequisites import answers
from .members import vms

#: OpenNebula's attribute for an address of a NIC that the router's VMs share.
FLOATING = "FLOATING_IP"
#: Fields that OpenNebula does not change while a VM is suspended or stopped, and power states in which it changes all.
_OF_THE_MACHINE, _AWAKE = ("nics", "context", "cpu", "vcpu", "memory"), ("running", "poweroff")


def floats(nic: Mapping[str, str]) -> bool:
    """Whether the VMs share the address of a NIC."""
    return YES_NO.stored(nic.get(FLOATING, ""))


def refuse_shared_addresses(order: Order, resource: Resource | None) -> None:
    """Raise RefusedError for an address that each of several VMs would have."""
    number = order.due("vms").due(resource)
    declared = [(each.network, each.attributes) for each in order.wanted.get("nics", ())]
    present = () if resource is None or "nics" in order.wanted else resource.vectors("TEMPLATE/NIC")
    for network, nic in (*declared, *((each.get("NETWORK", ""), each) for each in present)):
        address = next((nic[name] for name in ADDRESSES if nic.get(name)), "")
        if number > 1 and address and not floats(nic):
            raise RefusedError(
                f"nics: {address} on network {network} cannot be the address of each of {number} VMs; with "
                "floating_ip: true they share it, and each has one of its own."
            )


def refuse_other_numbers(cloud: Cloud, router: Resource, changes: Sequence[Change]) -> None:
    """Raise RefusedError for a NIC to be detached that has another ID at one of the VMs.

    OpenNebula detaches by the router's NIC ID. A VM that was created after NICs were attached and detached has other
    IDs: it would lose another NIC, or the call would fail halfway.
    """
    nics = {each["NIC_ID"]: each for each in router.vectors("TEMPLATE/NIC")}
    for number in filter(None, map(going, changes)):
        for vm in vms(cloud, router):
            there = {each["NIC_ID"]: each.get("NETWORK_ID") for each in vm.vectors("TEMPLATE/NIC")}
            if there.get(number) != nics[number].get("NETWORK_ID"):
                raise RefusedError(
                    f"nics: NIC {number} of the router, on network {nics[number].get('NETWORK')}, is not NIC {number} "
                    f"of its VM {vm.name}, so that OpenNebula would detach another one there: remove the router and "
                    f"create it again."
                )


def refuse_others_permissions(cloud: Cloud, order: Order, router: Resource) -> None:
    """Raise RefusedError for permissions that OpenNebula 7 would apply to other routers as well."""
    changed = order.wanted.get("permissions", router.permissions) != router.permissions
    others = [number for number in router.ids("VMS") if number != router.id and number in cloud.pool(ROUTERS).by_id]
    if changed and others:
        who = listed(ROUTERS, others, cloud.pool(ROUTERS).by_id)
        raise RefusedError(
            f"permissions: OpenNebula 7 would give them to {who} as well, which has the ID of one of its VMs: "
            f"create the router again with them."
        )


def refuse_asleep(members: Sequence[Resource], order: Order, changes: Sequence[Change]) -> None:
    """Raise RefusedError for changes that OpenNebula does not make in the VM's power state, unless that changes, too.

    It would attach a NIC to the router, and fail at its VM.
    """
    if order.wanted.get("power") in _AWAKE:
        return
    for vm in members:
        here = vm_states.power(vm)
        fields = _OF_THE_MACHINE if here in ASLEEP else ("nics",) if here in AWAY else ()
        due = ", ".join(change.path for change in changes if change.field in fields)
        if due:
            raise RefusedError(
                f"OpenNebula cannot change {due} while VM {vm.name} is {here}: set power: running or power: "
                f"poweroff as well."
            )


def said_of_vms(order: Order) -> dict[str, Any]:
    """The arguments of a router's VMs by name; the router's attributes are not among them."""
    return answers(order, attributes=False)
