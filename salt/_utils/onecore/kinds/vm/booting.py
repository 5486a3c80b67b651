"""The boot order of a VM, which names devices of the VM."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Change, Order
from ...basics.values import Type
from ...cloud.resource import Resource
from .gap import disks

#: A device as the daemon parses it (VirtualMachine.cc, release 7.4.0).
_DEVICE = re.compile(r"(DISK|NIC)([0-9]+)", re.IGNORECASE)


class BootOrder(Type):
    """Devices in order, separated by commas."""

    wants = "a list of disk# and nic# separated by commas, such as disk0,nic0,"

    def wanted(self, name: str, value: Any) -> str:
        words = [word.strip() for word in str(value).split(",")]
        if not all(map(_DEVICE.fullmatch, words)):
            raise self.refusal(name, value)
        return ",".join(words)


def refuse_unbootable(order: Order, attributes: Mapping[str, Any]) -> None:
    """Raise RefusedError for devices in the boot order that a new VM will not have.

    attributes
        The attributes from its template and its configuration.
    """
    system = attributes.get("OS")
    declared = order.wanted.get("disks")
    number_of_disks = len(declared if isinstance(declared, list) else disks(attributes))
    template = attributes.get("NIC") or []
    nics = order.resolved.get("nics") or (template if isinstance(template, list) else [template])
    if isinstance(system, Mapping):
        _refuse(system.get("BOOT", ""), {"DISK": range(number_of_disks), "NIC": range(len(nics))})


def refuse_other_devices(order: Order, vm: Resource, changes: Iterable[Change]) -> None:
    """Raise RefusedError for devices in the boot order that a VM does not have."""
    paths = {change.path for change in changes if change.writer == "machine"}
    # Devices are attached and detached first, and get their numbers only then.
    if "os:BOOT" in paths and not any(path.startswith(("disks", "nics")) for path in paths):
        _refuse(order.wanted["os"]["BOOT"], {kind: _numbers(vm, kind) for kind in ("DISK", "NIC")})


def _refuse(boot: str, there: Mapping[str, Collection[int]]) -> None:
    for device in _DEVICE.finditer(boot):
        if int(device[2]) not in there[device[1].upper()]:
            raise RefusedError(f"os.boot: the VM has no {device[0].lower()}. Set devices that it has.")


def _numbers(vm: Resource, kind: str) -> set[int]:
    return {int(each[f"{kind}_ID"]) for each in vm.vectors(f"TEMPLATE/{kind}") if each.get(f"{kind}_ID", "").isdigit()}
