"""The role of a VM in a VM group, which restricts the hosts of the VM."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...basics.errors import ArgumentError, MissingError, RefusedError
from ...basics.plan import Change, Order
from ...basics.values import ADMINISTRATOR, object_name
from ...cloud.directory import VM_GROUPS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import leaves
from ...model.fields import Attribute, Field
from ...model.nodes import Leaf, Node
from ...model.reading import Reading
from .waits import settled

VMGROUP, VMGROUP_ROLE = "vmgroup", "vmgroup_role"
_ATTRIBUTE = "VMGROUP"
#: The release from which the role of an existing VM can be changed.
_SINCE = (7, 2)


@dataclass(frozen=True)
class Role:
    """A declared role; without a group, the VM has no role.

    number
        The ID of the group; ``None`` for one that a dry run has only announced.
    called
        Returns the name of a group, given its ID.
    """

    group: str
    role: str = ""
    number: int | None = None
    called: Callable[[str], str] = field(default=str, compare=False)

    @property
    def shown(self) -> str | None:
        """The role for people."""
        return f"{self.role} in {self.group}" if self.group else None


def _called(cloud: Cloud, number: str) -> str:
    found = cloud.numbered(VM_GROUPS, number)
    return f"ID {number}" if found is None else found.name


class VmGroup(Field):
    """The argument ``vmgroup``: the group of that name of the VM's owner, or else of oneadmin."""

    doc = (
        "The VM group of its role, one of the VM's owner or else of oneadmin. An existing VM can join and leave "
        "groups from OpenNebula 7.2 on; its host must be allowed by the role. In a state, an empty text removes the "
        "role."
    )
    otherwise = "that of the template"
    example = "databases"
    attribute_names = (_ATTRIBUTE,)

    def own_node(self) -> Node:
        return Leaf("the name of a VM group", (str,), self.wanted)

    def wanted(self, value: Any) -> str:
        return "" if value == "" else object_name(VM_GROUPS.title, value)

    def resolve(self, cloud: Cloud, wanted: str, order: Order) -> Role:
        order.uses[self.name] = []
        if not wanted:
            return Role("", called=partial(_called, cloud))
        role = order.wanted.get(VMGROUP_ROLE)
        if role is None:
            raise ArgumentError(f"{VMGROUP_ROLE}: must be given with VM group {wanted}.")
        whose = next((each for each in (order.user, ADMINISTRATOR) if cloud.exists(VM_GROUPS, wanted, each)), None)
        if whose is None:
            besides = f", and {ADMINISTRATOR} has none of that name" if order.user != ADMINISTRATOR else ""
            raise MissingError(f"{self.name}: {VM_GROUPS.describe(wanted, order.user)} does not exist{besides}.")
        order.uses[self.name] = [(VM_GROUPS, whose, wanted)]
        found = cloud.find(VM_GROUPS, wanted, whose)
        _refuse_unknown(found, role, VMGROUP_ROLE, VM_GROUPS.describe(wanted, whose))
        return Role(wanted, role, None if found is None else found.id, partial(_called, cloud))

    def said(self, resource: Resource, reading: Reading) -> str | None:
        every = list(resource.vectors(f"TEMPLATE/{_ATTRIBUTE}"))
        found = _sayable(resource, reading.cloud)
        if every and found is None:
            reading.left[self.name] = "its VM group does not exist, or belongs neither to its owner nor to oneadmin"
        return None if found is None else found.name

    def contribute(self, wanted: Role) -> dict[str, Any]:
        return {_ATTRIBUTE: {"VMGROUP_ID": str(wanted.number), "ROLE": wanted.role}} if wanted.group else {}

    def changes(self, resource: Resource | None, wanted: Role) -> Iterator[Change]:
        every = [] if resource is None else list(resource.vectors(f"TEMPLATE/{_ATTRIBUTE}"))
        old = [(each.get("VMGROUP_ID", ""), each.get("ROLE", "")) for each in every]
        if old != ([(str(wanted.number), wanted.role)] if wanted.group else []):
            present = ", ".join(f"{role} in {wanted.called(number)}" for number, role in old)
            yield self.change(self.name, present or None, wanted.shown, (bool(old), wanted))


def _sayable(vm: Resource, cloud: Cloud) -> Resource | None:
    """The VM group of a VM, if a declaration of its name finds the same group."""
    every = list(vm.vectors(f"TEMPLATE/{_ATTRIBUTE}"))
    found = cloud.numbered(VM_GROUPS, every[0].get("VMGROUP_ID", "")) if len(every) == 1 else None
    if found is None:
        return None
    owners = (vm.owner or "", ADMINISTRATOR)
    first = next((each for each in owners if cloud.pool(VM_GROUPS).named(found.name, each)), None)
    return found if found.owner == first else None


def refuse_other_role(cloud: Cloud, changes: Iterable[Change]) -> None:
    """Raise RefusedError for another role of an existing VM, if OpenNebula cannot change it."""
    for change in changes:
        if change.field == VMGROUP and cloud.version < _SINCE:
            raise RefusedError(
                f"{change.path}: an existing VM can join and leave VM groups only in OpenNebula 7.2 or newer; a new VM "
                "gets it."
            )


def refuse_unknown_group(cloud: Cloud, order: Order, template: Mapping[str, Any]) -> None:
    """Raise MissingError for a VM group or role in the template of a new VM that does not exist."""
    said = template.get(_ATTRIBUTE)
    if VMGROUP in order.wanted or not isinstance(said, Mapping) or "VMGROUP_NAME" not in said:
        return
    name, owner = said["VMGROUP_NAME"], said.get("VMGROUP_UNAME", order.user)
    subject, where = VM_GROUPS.describe(name, owner), f"template {order.wanted['template']}"
    if not cloud.exists(VM_GROUPS, name, owner):
        raise MissingError(f"{where}: {subject} does not exist.")
    _refuse_unknown(cloud.find(VM_GROUPS, name, owner), said.get("ROLE", ""), where, subject)


def _refuse_unknown(group: Resource | None, role: str, where: str, subject: str) -> None:
    """Raise MissingError for a role that a VM group does not have, if the group exists."""
    roles = [] if group is None else [each["NAME"] for each in group.vectors("ROLES/ROLE")]
    if group is not None and role not in roles:
        known = f", only {', '.join(roles)}" if roles else ""
        raise MissingError(f"{where}: {subject} has no role {role}{known}.")


def write_role(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Remove the current role of a VM, and set the declared one."""
    had, wanted = changes[-1].write
    if had:
        cloud.call("one.vm.vmgroupdel", resource.id)
    if wanted.group:
        cloud.call("one.vm.vmgroupadd", resource.id, wanted.number, wanted.role)
    yield settled(resource)


class RoleName(Attribute):
    """The argument ``vmgroup_role``, which is a part of ``vmgroup``."""

    attribute_names = ()

    def own_node(self) -> Node:
        return leaves.FILLED

    def said(self, resource: Resource, reading: Reading) -> str | None:
        if _sayable(resource, reading.cloud) is None:
            return None
        return next(each.get("ROLE") for each in resource.vectors(f"TEMPLATE/{_ATTRIBUTE}"))

    def contribute(self, wanted: str) -> dict[str, Any]:
        return {}

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        return iter(())


ROLE_FIELDS: tuple[Field, ...] = (
    VmGroup(VMGROUP, writer="vmgroup"),
    RoleName(VMGROUP_ROLE, writer="vmgroup", doc="Its role in ``vmgroup``.", example="primary"),
)
