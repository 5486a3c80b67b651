"""VMs as a dry run has them be: the copies of what was read are made as a real run would have made the VMs."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from ...basics.marks import RESTORE
from ...basics.plan import Change
from ...basics.xml import etree
from ...cloud import vm_states
from ...cloud.resource import Resource


def changed(vm: Resource, changes: Sequence[Change]) -> list[Change]:
    """Let a VM have the power state that changes bring it to; returns the other changes."""
    left = []
    for change in changes:
        if change.path == "power":
            powered(vm, change.new)
        else:
            left.append(change)
    return left


def powered(vm: Resource, power: str) -> None:
    """Let a VM be in a power state, which it stays in."""
    for tag, number in zip(("STATE", "LCM_STATE"), vm_states.POWER[power], strict=True):
        _inner(vm.element, tag).text = str(number)
    kept = vm.element.find(f"USER_TEMPLATE/{RESTORE}")
    if kept is not None:
        kept.getparent().remove(kept)


def with_snapshot(vm: Resource, disk: int, name: str) -> None:
    """Let a disk have one more snapshot, the one that it is on."""
    every = vm.element.find(f"SNAPSHOTS[DISK_ID='{disk}']")
    if every is None:
        every = etree.SubElement(vm.element, "SNAPSHOTS")
        etree.SubElement(every, "DISK_ID").text = str(disk)
    numbers = [int(each.text) for each in every.iterfind("SNAPSHOT/ID")]
    made = etree.SubElement(every, "SNAPSHOT")
    for tag, text in (("ID", max(numbers, default=-1) + 1), ("NAME", name), ("DATE", 0)):
        etree.SubElement(made, tag).text = str(text)
    on(vm, disk, max(numbers, default=-1) + 1)


def on(vm: Resource, disk: int, number: int) -> None:
    """Let a disk be on one of its snapshots."""
    for each in vm.element.iterfind(f"SNAPSHOTS[DISK_ID='{disk}']/SNAPSHOT"):
        active = each.find("ACTIVE")
        if active is not None:
            each.remove(active)
        if each.findtext("ID") == str(number):
            etree.SubElement(each, "ACTIVE").text = "YES"


def without_snapshots(vm: Resource, disk: int, numbers: Container[int]) -> None:
    """Let a disk have some of its snapshots no more."""
    for every in vm.element.iterfind(f"SNAPSHOTS[DISK_ID='{disk}']"):
        for each in every.findall("SNAPSHOT"):
            if int(each.findtext("ID")) in numbers:
                every.remove(each)


def _inner(element: Any, tag: str) -> Any:
    found = element.find(tag)
    return etree.SubElement(element, tag) if found is None else found
