"""The VMs of a virtual router: which ones exist, their names, and when all of them are ready."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ...basics.plan import Change, Order
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure, completed
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.vm_states import is_untouched
from ...cloud.waiting import settled, together
from ...enrolment.tickets import numbered
from ...model.kind import Writer

#: The maximum number of VMs of a router.
MOST_VMS = 100
#: The argument with the names of the VMs, and the placeholder for their number, as in OpenNebula's CLI.
VM_NAME, PLACE = "vm_name", "%i"
#: Why a common value of all VMs cannot be exported.
DIFFER = "its VMs differ in it"
_NUMBER = re.compile(r"\d+$", re.ASCII)


def vms(cloud: Cloud, router: Resource) -> list[Resource]:
    """The VMs of a router."""
    pool = cloud.pool(VMS).by_id
    return [pool[number] for number in router.ids("VMS") if number in pool]


def standing(cloud: Cloud, router: Resource) -> list[Resource]:
    """The same without VMs that are still on hold: they do not count yet, or will be removed."""
    return [each for each in vms(cloud, router) if not is_untouched(each)]


def pattern(name: str) -> str:
    """The default names of the VMs of a router."""
    return f"{name}-{PLACE}"


def vm_name(order: Order, number: int) -> str:
    """The name of the VM with that number."""
    return _named(order.wanted.get(VM_NAME) or pattern(order.name), number)


def names_due(text: str, present: Iterable[Resource]) -> dict[int, str]:
    """The declared names of VMs, by ID: a renamed VM keeps its number if that is free.

    text
        The declared pattern.
    """
    every = sorted(present, key=lambda vm: (number_of(vm.name), vm.id))
    due = {each.id: each.name for each in every if each.name == _named(text, number_of(each.name))}
    for each in every:
        if each.id not in due:
            numbers = itertools.chain([number_of(each.name)], itertools.count())
            due[each.id] = next(name for number in numbers if (name := _named(text, number)) not in due.values())
    return due


def _named(text: str, number: int) -> str:
    return text.replace(PLACE, str(number))


def number_of(name: str) -> int:
    """The number in the name of a router's VM."""
    found = _NUMBER.search(name)
    return int(found[0]) if found else 0


def vm_minion_id(vm: Resource, enrolment: Mapping[str, Any]) -> str:
    """The minion ID of a VM, which may belong to a router."""
    return numbered(enrolment["minion_id"], number_of(vm.name) if VMS.is_part(vm) else 0)


def by_vm(changes: Iterable[Change]) -> dict[int, list[Change]]:
    """Changes by VM; the write data of each are a pair of the VM's ID and the value."""
    found: dict[int, list[Change]] = {}
    for change in changes:
        number, write = change.write
        found.setdefault(number, []).append(replace(change, write=write))
    return found


def let_settle(cloud: Cloud, router: Resource, placed: bool = True) -> Procedure:
    """Wait until all VMs of a router are ready for the next change.

    placed
        Whether to continue to wait for a VM that no host has room for.
    """
    waits = [settled(VMS, number, VMS.title, placed=placed) for number in router.ids("VMS")]
    if waits:
        yield together(cloud, waits)


def write_each(write: Writer) -> Writer:
    """Change the VMs of a router one after the other, so that if one fails, the next ones stay as they are.

    write
        The writer of a VM's own changes.
    """

    def every(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
        yield from let_settle(cloud, router, placed=False)
        due = by_vm(changes)
        for number, its in due.items():
            yield from completed(write(cloud, cloud.pool(VMS).by_id[number], its, order))
        cloud.refresh(VMS, due)

    return every
