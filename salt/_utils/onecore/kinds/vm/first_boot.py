"""Keeps the disks of a new VM unchanged until they have a snapshot, before its system starts.

OpenNebula copies disks to a host at the first boot of the VM, and cannot take snapshots of them before. The first boot
is therefore from the NIC only: the firmware starts nothing from the disks. The VM is then powered off hard, since it
has no running guest, and gets its final boot order.
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

#: The boot device of the first boot, and the default boot order afterwards.
_NOTHING, _DISK = "nic0", "disk0"
#: The mark of a VM whose boot order is not changed: it has no NIC or no disk, or declares the boot order.
_UNTOUCHED = "-"


def boot_deferred(template: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Additional attributes of a new VM, so that its first boot starts nothing from its disks.

    template, values
        The attributes of its template, and the declared arguments.
    """
    declared = {name.upper() for name in values.get("attributes") or {}}
    disks, nics = (values.get(plural) or template.get(name) for plural, name in (("disks", "DISK"), ("nics", "NIC")))
    if "OS" in declared or not disks or not nics:
        return {FIRST_BOOT: _UNTOUCHED}
    system = template.get("OS")
    system = system if isinstance(system, dict) else {}
    return {"OS": {**system, "BOOT": _NOTHING}, FIRST_BOOT: system.get("BOOT") or _DISK}


def defer_boot(cloud: Cloud, vm: Resource) -> None:
    """Change a VM about to be recreated so that its next boot starts nothing from its disks."""
    order = next((system.get("BOOT") for system in vm.vectors("TEMPLATE/OS")), None)
    if is_boot_deferred(vm):
        return
    with_both = any(vm.vectors("TEMPLATE/NIC")) and any(vm.vectors("TEMPLATE/DISK"))
    cloud.call("one.vm.update", vm.id, render({FIRST_BOOT: (order or _DISK) if with_both else _UNTOUCHED}), MERGE)
    if with_both:
        _boot_from(cloud, vm, _NOTHING)


def is_boot_deferred(vm: Resource) -> bool:
    """Whether nothing has been started from its disks yet."""
    return bool(vm.text(f"USER_TEMPLATE/{FIRST_BOOT}"))


def off(cloud: Cloud, vm: Resource, timeout: float) -> Procedure:
    """Boot a VM without its disks for the first time, and power it off; returns the VM read afterwards."""
    if vm_states.power(vm) == "running":
        wait = reached(vm, "running", timeout=timeout)
        vm = vm if wait.until(vm) else (yield wait)
    return (yield from power(cloud, vm, "poweroff", timeout, hard=True))


def let_go(cloud: Cloud, vm: Resource) -> None:
    """Restore the boot order of a powered-off VM."""
    order = vm.text(f"USER_TEMPLATE/{FIRST_BOOT}")
    if order != _UNTOUCHED:
        _boot_from(cloud, vm, order)
    cloud.call("one.vm.update", vm.id, render({FIRST_BOOT: REMOVED}), MERGE)
    cloud.refresh(VMS, [vm.id])


def _boot_from(cloud: Cloud, vm: Resource, order: str) -> None:
    system: dict[str, str] = next((dict(each) for each in vm.vectors("TEMPLATE/OS")), {})
    cloud.call("one.vm.updateconf", vm.id, render({"OS": {**system, "BOOT": order}}), MERGE)
