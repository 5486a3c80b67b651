"""The VMs of a virtual router: which they are, what they are called, and when all of them are ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...basics.plan import Order
from ...cloud.campaign import Procedure
from ...cloud.directory import VMS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import settled, together
from ...enrolment.tickets import numbered


def vms(cloud: Cloud, router: Resource) -> list[Resource]:
    """The VMs of a router."""
    pool = cloud.pool(VMS).by_id
    return [pool[number] for number in router.ids("VMS") if number in pool]


def vm_name(order: Order, number: int) -> str:
    """What the VM of that number is called."""
    return f"{order.name}-{number}"


def vm_minion_id(vm: Resource, enrolment: Mapping[str, Any]) -> str:
    """The minion id of a VM, which may be one of a router's."""
    return numbered(enrolment["minion_id"], number_of(vm.name) if VMS.is_part(vm) else 0)


def number_of(name: str) -> int:
    """Which of a router's VMs bears a name."""
    number = name.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0


def let_settle(cloud: Cloud, router: Resource) -> Procedure:
    """Wait until all VMs of a router are ready for the next change."""
    waits = [settled(VMS, number, VMS.title) for number in router.ids("VMS")]
    if waits:
        yield together(cloud, waits)
