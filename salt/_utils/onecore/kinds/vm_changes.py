"""How a VM that exists follows its declaration: what reaches the machine itself, and how it may be reached."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, MissingError, RefusedError, SettleError
from ..fields import Field
from ..plan import Change
from ..resource import Resource
from ..values import Choice, Integer, Megabytes
from ..vectors import mapping
from . import vm_states
from .base import Order, Writer

if TYPE_CHECKING:
    from ..campaign import Procedure
    from ..cloud import Cloud

REACHING = LIVE, POWEROFF, REDEPLOY, REFUSE = "live", "poweroff", "redeploy", "refuse"


class OnChange(Field):
    """How a change may reach a VM that exists."""

    words = Choice(*REACHING)

    def wanted(self, value: Any) -> str:
        return self.words.wanted(self.name, value)

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        return iter(())


class DiskSizes(Field):
    """Sizes of disks, by their number: ``{0: 20G}``. OpenNebula makes disks bigger and never smaller."""

    number, size = Integer(0), Megabytes()

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
                raise RefusedError(f"{self.name}: disk {number} has {old} MB, and OpenNebula makes no disk smaller.")
            if old != new:
                yield self.change(f"{self.name}:{number}", old, new, (number, new))


def sized_disks(template: Resource, sizes: Mapping[int, int]) -> list[dict[str, Any]]:
    """The disks of a template with these sizes, for the extra template, which replaces them all."""
    given = template.attributes.get("DISK") or []
    disks = [dict(each) for each in (given if isinstance(given, list) else [given])]
    for number, size in sizes.items():
        if number >= len(disks):
            raise MissingError(f"disks: template {template.name} has no disk {number}.")
        disks[number]["SIZE"] = str(size)
    return disks


def write_disk_sizes(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Make disks bigger, one after the other as OpenNebula demands."""
    from ..waiting import await_settled
    from .vm import VM

    for change in changes:
        number, size = change.write
        cloud.call("one.vm.diskresize", resource.id, number, str(size))
        late = await_settled(cloud, VM, [resource.id])
        if late:
            raise SettleError(late[resource.id])


def refuse_changes(order: Order, resource: Resource, changes: Sequence[Change]) -> None:
    """Raise RefusedError for changes that reach the machine, where the declaration wants none or it is not ours."""
    paths, how = _reaching(changes), order.wanted.get("on_change")
    if paths and how == REFUSE:
        raise RefusedError(f"on_change: refuse lets nothing reach the VM, and this would: {paths}.")
    if paths and how == REDEPLOY and not resource.ours:
        raise RefusedError(
            f"on_change: redeploy would replace the VM because of {paths}, but it was not created by these states: it "
            "carries no SALT_MANAGED for its owner."
        )


def replacement(order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    """What to tell of changes for which a new VM takes the place of this one; empty when none does."""
    if resource is None or order.wanted.get("on_change") != REDEPLOY or not _reaching(changes):
        return ""
    return "on_change: redeploy replaces the VM by a new one, and what was written on its disks is lost"


def _reaching(changes: Iterable[Change]) -> str:
    return ", ".join(change.path for change in changes if change.writer == "machine")


def write_machine(writers: Mapping[str, Writer]) -> Writer:
    """Carries out all that reaches the machine, in the way the declaration allows.

    writers
        For each field, by name, the function that carries out its changes.
    """

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Resource | None:
        def carry_out() -> None:
            for writer, part in itertools.groupby(changes, key=lambda change: writers[change.path.partition(":")[0]]):
                writer(cloud, resource, list(part), order)

        how = order.wanted.get("on_change", LIVE)
        if how == REDEPLOY:
            return _redeployed(cloud, resource, order)
        if how == POWEROFF and vm_states.power(resource) != "poweroff":
            _while_off(cloud, resource, carry_out)
        else:
            carry_out()
        return None

    return write


def _while_off(cloud: Cloud, resource: Resource, carry_out: Callable[[], None]) -> None:
    from ..procedures import while_off

    def work(vm: Resource) -> Procedure:
        carry_out()
        return vm
        yield

    _run(cloud, resource, while_off(cloud, resource, work))


def _redeployed(cloud: Cloud, resource: Resource, order: Order) -> Resource:
    from ..rebuild import redeploy, template_of

    given = {name: value for name, value in order.desired.values.items() if value is not None}
    template = template_of(cloud, resource, given.get("template"), given.get("template_owner"))
    return _run(cloud, resource, redeploy(cloud, resource, template, given))


def _run(cloud: Cloud, resource: Resource, procedure: Procedure) -> Any:
    from ..campaign import Campaign
    from .vm import VM

    campaign = Campaign(cloud, VM)
    task = campaign.add(resource.id, procedure)
    campaign.run()
    if task.error:
        raise SettleError(task.error)
    return task.result
