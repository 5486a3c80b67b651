"""Keeps the disks of a new VM unchanged until they have a snapshot, before its system starts.

OpenNebula brings disks to a host when the VM boots for the first time, and takes no snapshot of them before. So that
boot is from the network card alone: the firmware finds nothing to start, whatever is on the disks, and the VM goes off
at once, without asking a guest that is not there. Only then its disks are what it boots from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...basics.marks import FIRST_BOOT
from ...basics.syntax import render
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model.fields import REMOVED
from ...model.writers import MERGE
from .power import power
from .waits import reached

#: What a VM boots from that is not to start anything; and from where disks are started when nobody says.
_NOTHING, _DISK = "nic0", "disk0"
#: What is kept of a VM whose boot order is not touched: it has no NIC or no disk, or declares the order itself.
_UNTOUCHED = "-"


def held_back(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """What a new VM has besides, so that its first boot starts nothing from its disks.

    template, values
        The attributes of its template, and what is declared for it.
    """
    declared = {name.upper() for name in values.get("attributes") or {}}
    disks, nics = (values.get(plural) or template.get(name) for plural, name in (("disks", "DISK"), ("nics", "NIC")))
    if "OS" in declared or not disks or not nics:
        return {FIRST_BOOT: _UNTOUCHED}
    system = template.get("OS")
    system = system if isinstance(system, dict) else {}
    return {"OS": {**system, "BOOT": _NOTHING}, FIRST_BOOT: system.get("BOOT") or _DISK}


def hold_back(cloud: Cloud, vm: Resource) -> None:
    """Let a VM that is about to be made again start nothing from its disks when it boots then."""
    order = next((system.get("BOOT") for system in vm.vectors("TEMPLATE/OS")), None)
    if is_held_back(vm):
        return
    with_both = any(vm.vectors("TEMPLATE/NIC")) and any(vm.vectors("TEMPLATE/DISK"))
    cloud.call("one.vm.update", vm.id, render({FIRST_BOOT: (order or _DISK) if with_both else _UNTOUCHED}), MERGE)
    if with_both:
        _boot_from(cloud, vm, _NOTHING)


def is_held_back(vm: Resource) -> bool:
    """Whether nothing has been started from its disks yet."""
    return bool(vm.text(f"USER_TEMPLATE/{FIRST_BOOT}"))


def off(cloud: Cloud, vm: Resource, timeout: float) -> Procedure:
    """Let a VM that is held back have its first boot, and go off; returns the VM as it is then."""
    if vm_states.power(vm) == "running":
        wait = reached(vm, "running", timeout=timeout)
        vm = vm if wait.until(vm) else (yield wait)
    return (yield from power(cloud, vm, "poweroff", timeout, hard=True))


def let_go(cloud: Cloud, vm: Resource) -> None:
    """Let a VM that is off boot from its disks from now on."""
    order = vm.text(f"USER_TEMPLATE/{FIRST_BOOT}")
    if order != _UNTOUCHED:
        _boot_from(cloud, vm, order)
    cloud.call("one.vm.update", vm.id, render({FIRST_BOOT: REMOVED}), MERGE)
    cloud.refresh(VMS, [vm.id])


def _boot_from(cloud: Cloud, vm: Resource, order: str) -> None:
    system: dict[str, str] = next((dict(each) for each in vm.vectors("TEMPLATE/OS")), {})
    cloud.call("one.vm.updateconf", vm.id, render({"OS": {**system, "BOOT": order}}), MERGE)
