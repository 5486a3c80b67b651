"""The context of a virtual router's VMs: declared once, and told to each in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...basics.plan import Change, Order
from ...basics.variables import Names
from ...cloud.campaign import Procedure
from ...cloud.directory import VMS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...enrolment.tickets import MINION_VARIABLE, numbered
from ...model.context import VARIABLES, arriving, declared
from ...model.nodes import Node
from ...model.reading import Reading
from ...model.vectors import Vector
from ..vm.context import differences, names, write_context
from ..vm.kind import template_attributes
from .members import let_settle, number_of, vms


@dataclass(frozen=True)
class Told:
    """The declared context of a router's VMs, and how to find those that are there."""

    texts: Mapping[str, str]
    vms: Callable[[Resource], list[Resource]] = lambda router: []


class RouterContext(Vector):
    """The context of the router's VMs: each declared variable is compared by itself, at each of them."""

    def said(self, resource: Resource, reading: Reading) -> None:
        """It is the VMs', which its template tells of."""

    def own_node(self) -> Node:
        return VARIABLES

    def wanted(self, value: Any) -> Told:
        return Told(declared(self.name, value))

    def resolve(self, cloud: Cloud, wanted: Told, order: Order) -> Told:
        texts = arriving(self.name, wanted.texts, lambda: _names(cloud, order))
        return Told(texts, lambda router: vms(cloud, router))

    def contribute(self, wanted: Told) -> dict[str, Any]:
        return {}

    def changes(self, resource: Resource | None, wanted: Told) -> Iterator[Change]:
        if resource is None:
            for name, old, new, _ in differences(None, wanted.texts):
                yield self.change(f"{self.name}:{name}", old, new)
            return
        for vm in wanted.vms(resource):
            for name, old, new, write in differences(vm, texts_of(wanted.texts, vm.name)):
                yield self.change(f"{self.name}:{vm.name}:{name}", old, new, (vm, write))


def texts_of(texts: Mapping[str, str], name: str) -> dict[str, str]:
    """The declared context of the VM of that name: what tells one VM from another is its own."""
    own = {"VM_NAME": name, MINION_VARIABLE: numbered(texts.get(MINION_VARIABLE, ""), number_of(name))}
    return {**texts, **{variable: text for variable, text in own.items() if variable in texts}}


def _names(cloud: Cloud, order: Order) -> Names | None:
    """The names of the attributes that VMs of the router have; ``None`` where nobody says what they are made from."""
    if "template" not in order.wanted:
        return None
    return names({**template_attributes(cloud, order), **dict.fromkeys(("VROUTER_ID", "VROUTER_KEEPALIVED_ID"), "")})


def write_router_context(cloud: Cloud, router: Resource, changes: list[Change], order: Order) -> Procedure:
    """Tell the VMs of their context."""
    yield from let_settle(cloud, router)
    due: dict[int, list[Change]] = {}
    for change in changes:
        vm, write = change.write
        due.setdefault(vm.id, []).append(replace(change, write=write))
    for number, its in due.items():
        yield from write_context(cloud, cloud.pool(VMS).by_id[number], its, order)
    cloud.refresh(VMS, due)
