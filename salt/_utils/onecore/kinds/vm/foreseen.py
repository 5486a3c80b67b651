"""The effects of announced changes on the copies of VMs that a dry run works with."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from ...basics.marks import RESTORE
from ...basics.plan import Change
from ...basics.xml import etree
from ...cloud import vm_states
from ...cloud.resource import Resource


def changed(vm: Resource, changes: Sequence[Change]) -> list[Change]:
    """Apply the announced power state to a VM; returns the other changes."""
    left = []
    for change in changes:
        if change.path == "power":
            powered(vm, change.new)
        else:
            left.append(change)
    return left


def powered(vm: Resource, power: str) -> None:
    """Set the power state of a VM, without a change in progress."""
    for tag, number in zip(("STATE", "LCM_STATE"), vm_states.POWER[power], strict=True):
        _inner(vm.element, tag).text = str(number)
    kept = vm.element.find(f"USER_TEMPLATE/{RESTORE}")
    if kept is not None:
        kept.getparent().remove(kept)


def with_snapshot(vm: Resource, disk: int, name: str) -> None:
    """Add a snapshot to a disk, as its current one."""
    every = vm.element.find(f"SNAPSHOTS[DISK_ID='{disk}']")
    if every is None:
        every = etree.SubElement(vm.element, "SNAPSHOTS")
        etree.SubElement(every, "DISK_ID").text = str(disk)
    numbers = [int(each.text) for each in every.iterfind("SNAPSHOT/ID")]
    made = etree.SubElement(every, "SNAPSHOT")
    for tag, text in (("ID", max(numbers, default=-1) + 1), ("NAME", name), ("DATE", 0)):
        etree.SubElement(made, tag).text = str(text)
    on_snapshot(vm, disk, max(numbers, default=-1) + 1)


def on_snapshot(vm: Resource, disk: int, number: int) -> None:
    """Set the current snapshot of a disk."""
    for each in vm.element.iterfind(f"SNAPSHOTS[DISK_ID='{disk}']/SNAPSHOT"):
        active = each.find("ACTIVE")
        if active is not None:
            each.remove(active)
        if each.findtext("ID") == str(number):
            etree.SubElement(each, "ACTIVE").text = "YES"


def without_snapshots(vm: Resource, disk: int, numbers: Container[int]) -> None:
    """Remove snapshots from a disk."""
    for every in vm.element.iterfind(f"SNAPSHOTS[DISK_ID='{disk}']"):
        for each in every.findall("SNAPSHOT"):
            if int(each.findtext("ID")) in numbers:
                every.remove(each)


def with_system_snapshot(vm: Resource, name: str) -> None:
    """Add a system snapshot."""
    template = _inner(vm.element, "TEMPLATE")
    numbers = [int(each.text) for each in template.iterfind("SNAPSHOT/SNAPSHOT_ID")]
    made = etree.SubElement(template, "SNAPSHOT")
    for tag, text in (("SNAPSHOT_ID", max(numbers, default=-1) + 1), ("NAME", name), ("TIME", 0)):
        etree.SubElement(made, tag).text = str(text)


def without_system_snapshots(vm: Resource, numbers: Container[int]) -> None:
    """Remove system snapshots."""
    for each in vm.element.findall("TEMPLATE/SNAPSHOT"):
        if int(each.findtext("SNAPSHOT_ID")) in numbers:
            each.getparent().remove(each)


def anew(vm: Resource, power: str) -> None:
    """Show a VM that was created again: without snapshots, and in a power state."""
    for path in ("SNAPSHOTS", "TEMPLATE/SNAPSHOT"):
        for each in vm.element.findall(path):
            each.getparent().remove(each)
    powered(vm, power)


def _inner(element: Any, tag: str) -> Any:
    found = element.find(tag)
    return etree.SubElement(element, tag) if found is None else found
