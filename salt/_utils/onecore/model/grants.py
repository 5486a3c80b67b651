"""What the members of a group may create: ACL rules, kept apart from the group itself.

``onegroup create`` of OpenNebula's CLI gives a new group a rule like ``@100 VM+IMAGE+TEMPLATE/* CREATE``; the API's
allocate call does not. Without it nobody of the group can make a VM, an administrator in their name included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.plan import Change, Order
from ..basics.values import expected
from ..cloud.directory import ACLS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .fields import Field
from .leaves import choice
from .nodes import Many, Node

#: Types of objects in a rule (src/oca/ruby/opennebula/acl.rb, release 7.4.0).
TYPES = {
    "VM": 0x1000000000,
    "HOST": 0x2000000000,
    "NET": 0x4000000000,
    "IMAGE": 0x8000000000,
    "USER": 0x10000000000,
    "TEMPLATE": 0x20000000000,
    "GROUP": 0x40000000000,
    "DATASTORE": 0x100000000000,
    "CLUSTER": 0x200000000000,
    "DOCUMENT": 0x400000000000,
    "ZONE": 0x800000000000,
    "SECGROUP": 0x1000000000000,
    "VDC": 0x2000000000000,
    "VROUTER": 0x4000000000000,
    "MARKETPLACE": 0x8000000000000,
    "MARKETPLACEAPP": 0x10000000000000,
    "VMGROUP": 0x20000000000000,
    "VNTEMPLATE": 0x40000000000000,
    "BACKUPJOB": 0x100000000000000,
}
GROUP, ALL, CREATE = 0x200000000, 0x400000000, 0x8

#: What the group ``users`` of every fresh cloud may create, in 6.10 and 7.4.
DEFAULT = ("VM", "IMAGE", "TEMPLATE", "DOCUMENT", "SECGROUP", "VMGROUP", "BACKUPJOB")


@dataclass(frozen=True)
class Grants:
    """Types of objects that a group shall be able to create, and how to learn which ones it can."""

    types: tuple[str, ...]
    granted: Callable[[int], int]


class Resources(Field):
    """The argument ``resources`` of a group: what its members may create.

    Rights are only added: rules that somebody else made are left alone.
    """

    default = DEFAULT
    doc = (
        "Types of objects that its members may create; an ACL rule is added for those that they cannot create yet. "
        "Without such rules nobody can make a VM, not even an administrator in their name. An empty list leaves the "
        "rules alone."
    )
    example = "[VM, IMAGE, TEMPLATE]"

    def own_node(self) -> Node:
        return Many(choice(*TYPES))

    def wanted(self, value: Any) -> tuple[str, ...]:
        names = value.split("+") if isinstance(value, str) and value else value or ()
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise expected(self.name, "a list of types such as VM and IMAGE is", value)
        types = tuple(dict.fromkeys(name.strip().upper() for name in names))
        for name in types:
            if name not in TYPES:
                raise ArgumentError(f"{self.name}: {name!r} is no type of object{did_you_mean(name, TYPES)}")
        return types

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> Grants:
        return Grants(wanted, lambda group: _granted(cloud, group))

    def changes(self, resource: Resource | None, wanted: Grants) -> Iterator[Change]:
        if not wanted.types:
            return
        granted = 0 if resource is None else wanted.granted(resource.id)
        missing = [name for name in wanted.types if not granted & TYPES[name]]
        if missing:
            had = [name for name in wanted.types if name not in missing]
            yield self.change(self.name, had or None, list(wanted.types), missing)


def write_resources(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Add one rule for whatever the members of a group cannot create yet."""
    for change in changes:
        grant(cloud, resource.id, change.write)
    cloud.forget(ACLS)


def grant(cloud: Cloud, group: int, names: Iterable[str]) -> None:
    """Let the members of a group create objects of these types; no rule for none."""
    types = sum(TYPES[name] for name in names)
    if types:
        cloud.call("one.acl.addrule", hex(GROUP | group), hex(types | ALL), hex(CREATE), hex(ALL))


def _granted(cloud: Cloud, group: int) -> int:
    """The types that rules for this group let its members create, as a sum."""
    types = 0
    for rule in cloud.pool(ACLS):
        resource = rule.bits("RESOURCE")
        if rule.bits("USER") == GROUP | group and resource & ALL and rule.bits("RIGHTS") & CREATE:
            types |= resource
    return types
