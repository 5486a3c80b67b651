"""How an existing VM is changed to its declaration, and which changes affect the running machine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...basics.errors import ArgumentError, MissingError, RefusedError
from ...basics.marks import RESTORE
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import Choice, Integer, Megabytes
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure, completed
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import leaves
from ...model.context import refuse_kept
from ...model.fields import REMOVED, Field
from ...model.kind import Writer
from ...model.nics import in_place
from ...model.nodes import Each, Leaf
from ...model.vectors import mapping
from ...model.writers import merged
from .fields import comes_first
from .gap import disks
from .power import while_off
from .waits import settled, still

#: Power states in which OpenNebula changes nothing of a machine, and those in which no disk or NIC can be hotplugged.
ASLEEP, AWAY = ("suspended", "stopped"), ("undeployed", "hold")
#: Arguments that OpenNebula does not change while a VM waits for a host.
_OF_A_PLACED = ("disks", "nics")
REACHING = LIVE, POWEROFF, REDEPLOY, REFUSE = "live", "poweroff", "redeploy", "refuse"

Redeploy = Callable[[Cloud, Resource, Order], Procedure]


class OnChange(Field):
    """The argument ``on_change``: how a change may be applied to an existing VM."""

    type = Choice(*REACHING)
    other_writers = ("forget",)

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        kept = "" if resource is None else resource.text(f"USER_TEMPLATE/{RESTORE}")
        if kept:
            write = {RESTORE: REMOVED}
            yield replace(self.change(RESTORE, kept, None, write), writer="forget")


def power_to_restore(cloud: Cloud, order: Order) -> dict[str, str]:
    """The power state of a VM that an interrupted run created on hold or powered off, and did not restore."""
    if "power" in order.wanted:
        return {}
    resource = cloud.find(VMS, order.name, order.owner)
    if resource is not None and vm_states.is_to_be_released(resource):
        return {"power": "running"}
    if order.wanted.get("on_change") != POWEROFF:
        return {}
    back = None if resource is None else vm_states.restored_power(resource)
    return {} if resource is None or back is None or back == vm_states.power(resource) else {"power": back}


class DiskSizes(Field):
    """Sizes of disks, by their number: ``{0: 20G}``. OpenNebula can grow disks, but not shrink them."""

    number, size = Integer(0), Megabytes()

    def sizes_node(self) -> Each:
        """The node in the schema of the pillar."""
        number = Leaf(self.number.wants, (str,), lambda value: leaves.fit(self.number, value))
        return Each("disk", number, leaves.of(self.size))

    def wanted(self, value: Any) -> dict[int, int]:
        found = {}
        for key, inner in mapping(self.name, value).items():
            disk = self.number.wanted(self.name, key)
            if disk in found:
                raise ArgumentError(f"{self.name}: disk {disk} is given twice.")
            found[disk] = self.size.wanted(f"{self.name}:{disk}", inner)
        return found

    def changes(self, resource: Resource | None, wanted: dict[int, int]) -> Iterator[Change]:
        there = {} if resource is None else {disk["DISK_ID"]: disk for disk in resource.vectors("TEMPLATE/DISK")}
        for number, new in sorted(wanted.items()):
            if resource is not None and str(number) not in there:
                raise MissingError(f"{self.name}: it has no disk {number}.")
            old = self.size.stored(there[str(number)].get("SIZE", "")) if there else None
            if old is not None and old > new:
                raise RefusedError(f"{self.name}: disk {number} has {old} MB, and OpenNebula cannot shrink a disk.")
            if old != new:
                yield self.change(f"{self.name}:{number}", old, new, (number, new))


def sized_disks(name: str, template: Mapping[str, Any], sizes: Mapping[int, int]) -> list[dict[str, Any]]:
    """The disks of a template with these sizes, for the extra template, which replaces all disks.

    template
        The attributes of the template called ``name``.
    """
    found = [dict(each) for each in disks(template)]
    for number, size in sizes.items():
        if number >= len(found):
            raise MissingError(f"disks: template {name} has no disk {number}.")
        found[number]["SIZE"] = str(size)
    return found


def write_size(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Change the CPU and memory of a VM in one call."""
    cloud.call("one.vm.resize", resource.id, render(merged(changes)), True)
    yield settled(resource)


def write_disk_sizes(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Grow disks one after the other, since OpenNebula accepts only one at a time."""
    for change in changes:
        number, size = change.write
        cloud.call("one.vm.diskresize", resource.id, number, str(size))
        yield settled(resource)


def refuse_changes(order: Order, resource: Resource, changes: Sequence[Change]) -> None:
    """Raise RefusedError for changes of the machine if the declaration does not allow them or the VM is not managed."""
    paths, how = _reaching(changes), order.wanted.get("on_change", LIVE)
    if paths and how == REFUSE:
        raise RefusedError(f"on_change: refuse does not allow changes that reach the VM: {paths}.")
    if paths and how == REDEPLOY and not resource.ours:
        raise RefusedError(f"on_change: redeploy would replace the VM because of {paths}, but it {resource.not_ours}.")


def refuse_impossible(order: Order, resource: Resource, changes: Sequence[Change]) -> None:
    """Raise RefusedError for changes that OpenNebula makes to no VM, or not in this state, and that a new VM could
    have.
    """
    how = order.wanted.get("on_change", LIVE)
    # Some attributes of a NIC can be changed in every state.
    due = [change for change in changes if change.writer == "machine" and not in_place(change)]
    if how == REDEPLOY or not due:
        return
    refuse_context(resource, [change for change in due if change.field == "context"])
    power = vm_states.power(resource)
    if (wanted := order.wanted.get("power", power)) != power and comes_first(power, wanted):
        power = wanted
    if how == LIVE and any(_is_impossible(change, power) for change in due):
        raise RefusedError(
            f"OpenNebula cannot change {_reaching(due)} while the VM is {power}: set power: running or "
            "power: poweroff as well."
        )


def refuse_context(vm: Resource, changes: Iterable[Change]) -> None:
    """Raise RefusedError for changes of the context that OpenNebula does not make to existing VMs."""
    for change in changes:
        if vm.element.find("TEMPLATE/CONTEXT") is None:
            raise RefusedError(
                f"{change.path}: the VM was created without a context, and OpenNebula cannot add one later."
            )
        refuse_kept(change.path, change.write)


def _is_impossible(change: Change, power: str) -> bool:
    """Whether OpenNebula refuses a change of the machine in this power state."""
    made_bigger = change.field == "disks" and not isinstance(change.write[0], str)
    away = ("hold",) if made_bigger else AWAY if change.field in ("disks", "nics") else ()
    return power in (*ASLEEP, *away)


def replacement(order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    """The note about changes for which a new VM replaces this one; empty if none does."""
    if resource is None or order.wanted.get("on_change") != REDEPLOY or not _reaching(changes):
        return ""
    return "on_change: redeploy replaces the VM by a new one, and the data on its disks are lost"


def _reaching(changes: Iterable[Change]) -> str:
    return ", ".join(change.path for change in changes if change.writer == "machine")


def write_machine(writers: Mapping[str, Writer], redeploy: Redeploy) -> Writer:
    """Returns a writer for all changes of the machine, applied in the way that the declaration allows.

    writers
        For each field, by name, the procedure that carries out its changes.
    redeploy
        The procedure that replaces a VM with a new one.
    """

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
        def carry_out(vm: Resource) -> Procedure:
            for writer, part in itertools.groupby(changes, key=lambda change: writers[change.field]):
                due = list(part)
                if any(change.field in _OF_A_PLACED for change in due):
                    vm = yield from still(known(cloud, vm))
                yield from completed(writer(cloud, vm, due, order))
            return vm

        now, how = known(cloud, resource), order.wanted.get("on_change", LIVE)
        waits = VMS.is_unplaced(now)
        if not waits:
            # An earlier write may not have completed yet.
            now = yield from still(now)
        if how == REDEPLOY:
            return (yield from redeploy(cloud, now, order))
        if how == POWEROFF and not waits:
            yield from while_off(cloud, now, carry_out)
        else:
            yield from carry_out(now)
        return None

    return write


def known(cloud: Cloud, resource: Resource) -> Resource:
    """A VM as it was last read."""
    return cloud.pool(VMS).by_id.get(resource.id, resource)
