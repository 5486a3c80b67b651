"""Arguments that only VMs have, except those about changes and NICs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Change
from ...basics.values import YES_NO, Choice, object_name
from ...cloud import vm_states as vm_states
from ...cloud.directory import TEMPLATES, VMS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import leaves
from ...model.fields import Field
from ...model.nodes import Node
from ...model.ownership import OWNER
from ...model.reading import Reading


class AtCreation(Field):
    """An argument that is used only at creation: the name of an object."""

    def own_node(self) -> Node:
        return leaves.name(self.name)

    def wanted(self, value: Any) -> str:
        return object_name(self.name, value)

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted)


class MadeFrom(AtCreation):
    """The template from which a VM was created, while it exists.

    owner
        Whether this is the owner of the template, and not its name.
    """

    def __init__(self, name: str, owner: bool = False, **options: Any):
        super().__init__(name, **options)
        self.owner = owner

    def said(self, resource: Resource, reading: Reading) -> str | None:
        found = reading.cloud.numbered(TEMPLATES, resource.text("TEMPLATE/TEMPLATE_ID"))
        if found is None and not self.owner:
            reading.left[self.name] = "its template does not exist any more; to create it again, a run needs one"
        return None if found is None else found.owner if self.owner else found.name


def given_by_template(cloud: Cloud, vm: Resource) -> Mapping[str, Any]:
    """The attributes of the template that a VM was created from, if it still exists."""
    found = cloud.numbered(TEMPLATES, vm.text("TEMPLATE/TEMPLATE_ID"))
    return {} if found is None else found.attributes


TEMPLATE_OWNER = MadeFrom(
    "template_owner",
    owner=True,
    doc="Name of the user who owns that template.",
    otherwise=OWNER.otherwise,
    example="oneadmin",
    node=leaves.name("user"),
)


class Wait(Field):
    """Whether a run waits until the VM has reached its power state."""

    type = YES_NO
    doc = "Whether to wait until new VMs have reached their power state."
    otherwise = "``true``"
    example = "false"

    def said(self, resource: Resource, reading: Reading) -> bool | None:
        # A run that takes it over must not wait for a host that it has not got so far.
        waits_for_a_host = VMS.settled is not None and VMS.state(resource) in VMS.settled.unplaced
        return False if waits_for_a_host and resource.scheduling else None

    def changes(self, resource: Resource | None, wanted: bool) -> Iterator[Change]:
        return iter(())


class Power(Field):
    """The power state; a VM that is changing to it counts as if it had reached it."""

    type = Choice(*vm_states.POWER)
    other_writers = ("power_first",)

    def said(self, resource: Resource, reading: Reading) -> str | None:
        found = vm_states.power(resource)
        return found if found in vm_states.POWER else None

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = None if resource is None else vm_states.power(resource)
        if old != wanted:
            if old is not None:
                steps(old, wanted)
            change = self.change(self.name, old, wanted, wanted)
            yield replace(change, writer="power_first") if comes_first(old, wanted) else change


def comes_first(old: str | None, wanted: str) -> bool:
    """Whether the power state changes before everything else: a powered-off VM accepts all changes, a suspended one
    none.
    """
    return wanted == "poweroff" or old not in ("running", "poweroff")


def steps(old: str, new: str) -> list[str]:
    """The power states to pass through from one to another."""
    steps = vm_states.way(old, new)
    if not steps:
        raise RefusedError(f"power: OpenNebula cannot change it from {old} to {new}.")
    return steps
