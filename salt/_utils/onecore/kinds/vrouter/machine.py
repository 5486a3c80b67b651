"""The common settings of a virtual router's VMs: their size, their power state, and their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...basics.plan import Change, Order
from ...basics.syntax import canonical
from ...basics.values import TEXT, Choice, Type, object_name
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...engine.renaming import give_name
from ...model.fields import Field
from ...model.reading import Reading
from ..vm.fields import comes_first, steps
from ..vm.kind import VM
from ..vm.power import power
from .members import DIFFER, MOST_VMS, PLACE, names_due, number_of, pattern, standing


@dataclass(frozen=True)
class Common:
    """The declared value for each VM of a router, and a function that finds the existing VMs."""

    value: Any
    vms: Callable[[Resource], list[Resource]]


class OfEachVm(Field):
    """An argument that applies to each VM of the router: used for a new one, and compared at each existing one."""

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Common:
        return Common(wanted, lambda router: standing(cloud, router))

    def changes(self, resource: Resource | None, wanted: Common) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted.value)
            return
        for vm in wanted.vms(resource):
            old = self.read(vm)
            if old != wanted.value:
                yield self.differs(vm, old, wanted.value)

    def read(self, vm: Resource) -> Any:
        """The current value of a VM."""
        raise NotImplementedError(type(self).__name__)

    def differs(self, vm: Resource, old: Any, new: Any) -> Change:
        """The change for a VM with another value."""
        return self.change(f"{self.name}:{vm.name}", old, new, (vm.id, new))

    def said(self, resource: Resource, reading: Reading) -> Any:
        found = [self.read(vm) for vm in standing(reading.cloud, resource)]
        if any(each != found[0] for each in found):
            reading.left[self.name] = DIFFER
        elif found and self.may_be(found[0]):
            return found[0] if self.type is None else self.type.said(found[0])
        return None

    def may_be(self, value: Any) -> bool:
        """Whether the value of the VMs can be declared."""
        return value not in ("", None)


class Size(OfEachVm):
    """One dimension of each VM's size; the argument is that of a VM."""

    def __init__(self, name: str):
        same = VM.argument(name)
        super().__init__(
            name,
            writer="machine",
            disruptive=True,
            doc=same.doc,
            unit=same.unit,
            otherwise=same.otherwise,
            example=same.example,
        )
        self.kind: Type = same.type or TEXT
        self.type = self.kind
        self.attribute = name.upper()

    def read(self, vm: Resource) -> Any:
        text = vm.text(f"TEMPLATE/{self.attribute}")
        return self.kind.stored(text) if text else ""

    def differs(self, vm: Resource, old: Any, new: Any) -> Change:
        return self.change(f"{self.name}:{vm.name}", old, new, (vm.id, self.written(new)))

    def written(self, value: Any) -> dict[str, str]:
        """A size in OpenNebula's terms."""
        return {self.attribute: canonical(value)}


class RouterPower(OfEachVm):
    """The power state of each VM."""

    type = Choice(*(word for word in vm_states.POWER if word != "hold"))
    other_writers = ("power_first",)

    def read(self, vm: Resource) -> str:
        return vm_states.power(vm)

    def differs(self, vm: Resource, old: str, new: str) -> Change:
        steps(old, new)
        change = super().differs(vm, old, new)
        return replace(change, writer="power_first") if comes_first(old, new) else change

    def may_be(self, value: str) -> bool:
        return value in vm_states.POWER and value != "hold"


class Pattern(Type):
    """Names of VMs that end with different numbers."""

    wants = f"a name that ends with {PLACE}, for the number, with no digit before that,"

    def wanted(self, name: str, value: Any) -> str:
        before, found, after = str(value).partition(PLACE)
        if not isinstance(value, str) or not found or after or before[-1:].isdecimal():
            raise self.refusal(name, value)
        object_name(name, f"{before}{MOST_VMS}")
        return value


class VmNames(Field):
    """The names of the VMs; VMs with names of another pattern are renamed."""

    type = Pattern()

    def resolve(self, cloud: Cloud, wanted: str, order: Order) -> Common:
        return Common(wanted, lambda router: standing(cloud, router))

    def changes(self, resource: Resource | None, wanted: Common) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted.value)
            return
        present = wanted.vms(resource)
        due = names_due(wanted.value, present)
        for vm in present:
            if due[vm.id] != vm.name:
                yield self.change(f"{self.name}:{vm.name}", vm.name, due[vm.id], (vm.id, due[vm.id]))

    def said(self, resource: Resource, reading: Reading) -> str | None:
        names = {vm.name for vm in standing(reading.cloud, resource)}
        patterns = {name.removesuffix(str(number_of(name))) + PLACE for name in names if name[-1:].isdecimal()}
        if len(patterns) != 1 or not all(name[-1:].isdecimal() for name in names):
            if names:
                reading.left[self.name] = "the names of its VMs follow no pattern with a number"
            return None
        return None if patterns == {pattern(resource.name)} else patterns.pop()


SIZES = (Size("cpu"), Size("vcpu"), Size("memory"))


def declared_size(order: Order) -> dict[str, str]:
    """The declared size of a new VM, in OpenNebula's terms."""
    said = (each.written(order.wanted[each.name]) for each in SIZES if each.name in order.wanted)
    return {name: text for each in said for name, text in each.items()}


def write_power(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Bring the VMs to the declared power state."""
    numbers = [change.write[0] for change in changes]
    yield from bring(cloud, [cloud.read(VMS, number) for number in numbers], changes[-1].write[1])


def bring(cloud: Cloud, members: Iterable[Resource], wanted: str) -> Procedure:
    """Bring VMs to a power state one after the other, so that another one continues to route."""
    for vm in members:
        if vm_states.power(vm) != wanted:
            yield from power(cloud, vm, wanted)


def write_names(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> None:
    """Rename VMs."""
    for change in changes:
        number, name = change.write
        give_name(cloud, VMS, cloud.pool(VMS).by_id[number], name)
