"""The context of a virtual router's VMs: declared once, and written to each VM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...basics.plan import Change, Order
from ...basics.variables import Names
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...enrolment.tickets import MINION_VARIABLE, numbered
from ...model.context import VARIABLES, arriving, declared
from ...model.nodes import Node
from ...model.reading import Reading
from ...model.vectors import Vector
from ..vm.context import differences, names, own_variables
from ..vm.template import template_attributes
from .members import DIFFER, VM_NAME, names_due, number_of, standing, vms

#: Variables that OpenNebula adds to the VMs of a router.
_GIVEN = ("VROUTER_ID", "VROUTER_KEEPALIVED_ID", "VROUTER_KEEPALIVED_PASSWORD")


@dataclass(frozen=True)
class Told:
    """The declared context of a router's VMs, a function that finds the existing VMs, and their declared names."""

    texts: Mapping[str, str]
    vms: Callable[[Resource], list[Resource]] = lambda router: []
    names: Callable[[Sequence[Resource]], Mapping[int, str]] = lambda present: {}


class RouterContext(Vector):
    """The context of the router's VMs: each declared variable is compared separately, at each VM."""

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        """The context that all VMs have in common, without the variables that their template already contains."""
        present = standing(reading.cloud, resource)
        found = [_declared_for(vm, own_variables(self.name, vm, reading)) for vm in present]
        names = dict.fromkeys(name for each in found for name in each)
        common = {name: found[0][name] for name in names if all(each.get(name) == found[0].get(name) for each in found)}
        reading.left |= {f"{self.name}:{name}": DIFFER for name in names if name not in common}
        return common or None

    def own_node(self) -> Node:
        return VARIABLES

    def wanted(self, value: Any) -> Told:
        return Told(declared(self.name, value))

    def resolve(self, cloud: Cloud, wanted: Told, order: Order) -> Told:
        texts = arriving(self.name, wanted.texts, lambda: _names(cloud, order))
        text = order.wanted.get(VM_NAME)
        names = Told.names if text is None else partial(names_due, text)
        return Told(texts, partial(vms, cloud), names)

    def contribute(self, wanted: Told) -> dict[str, Any]:
        return {}

    def changes(self, resource: Resource | None, wanted: Told) -> Iterator[Change]:
        if resource is None:
            for name, old, new, _ in differences(None, wanted.texts):
                yield self.change(f"{self.name}:{name}", old, new)
            return
        present = wanted.vms(resource)
        names = wanted.names(present)
        for vm in present:
            for name, old, new, write in differences(vm, texts_of(wanted.texts, names.get(vm.id, vm.name))):
                yield self.change(f"{self.name}:{vm.name}:{name}", old, new, (vm.id, write))


def _declared_for(vm: Resource, texts: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse: the declared context, from that of one VM."""
    found = {name: text for name, text in texts.items() if name not in _GIVEN}
    number = number_of(vm.name)
    if found.get("VM_NAME") == vm.name:
        found["VM_NAME"] = ""
    if number and MINION_VARIABLE in found:
        found[MINION_VARIABLE] = str(found[MINION_VARIABLE]).removesuffix(f"-{number}")
    return found


def texts_of(texts: Mapping[str, str], name: str) -> dict[str, str]:
    """The declared context of the VM of that name, including the variables that differ for each VM."""
    own = {"VM_NAME": name, MINION_VARIABLE: numbered(texts.get(MINION_VARIABLE, ""), number_of(name))}
    return {**texts, **{variable: text for variable, text in own.items() if variable in texts}}


def _names(cloud: Cloud, order: Order) -> Names | None:
    """The names of the attributes of the router's VMs; ``None`` if their template is not known."""
    if "template" not in order.wanted:
        return None
    return names({**template_attributes(cloud, order), **dict.fromkeys(("VROUTER_ID", "VROUTER_KEEPALIVED_ID"), "")})
