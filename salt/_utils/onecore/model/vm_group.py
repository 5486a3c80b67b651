"""The VM group that a template or a VM names, and its role there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError
from ..basics.plan import Change, Order
from ..basics.values import object_name
from ..cloud.directory import USERS, VM_GROUPS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves
from .arguments import REQUIRED
from .fields import Reference, same_attribute
from .nodes import Key, Keys, Node
from .reading import Reading
from .vectors import Vector, lowered

#: The attribute in OpenNebula of each key.
_WORDS = {"group": "VMGROUP_NAME", "owner": "VMGROUP_UNAME", "role": "ROLE"}


@dataclass(frozen=True)
class Place:
    """A declared place in a VM group, and the representation of an existing place by names."""

    vector: dict[str, str]
    named: Callable[[Any], Any] = field(compare=False)


class VmGroup(Vector):
    """The argument ``vm_group``: a group and a role of it.

    It names the group, usually without its owner, so that it resolves to the group of the user who instantiates the
    template.
    """

    example = "{group: web, role: front}"

    def own_node(self) -> Node:
        return Keys(
            "a place in a VM group",
            {
                "group": Key(leaves.name("VM group"), "Which VM group.", REQUIRED, "web"),
                "role": Key(leaves.FILLED, "Which of its roles.", REQUIRED, "front"),
                "owner": Key(leaves.name("user"), "Owner of the group.", "the user who instantiates it", "oneadmin"),
            },
        )

    def wanted(self, value: Any) -> Any:
        said = lowered(self.name, value)
        refuse_unknown(said, _WORDS, f"{self.name}.", "key")
        if said and not said.keys() >= {"group", "role"}:
            raise ArgumentError(f"{self.name}: group and role must be given.")
        return {_WORDS[word]: object_name(f"VM {word}", name) for word, name in said.items()}

    def resolve(self, cloud: Cloud, wanted: dict[str, str], order: Order) -> Place:
        return Place(wanted, partial(_named, cloud))

    def contribute(self, wanted: Place) -> dict[str, Any]:
        return super().contribute(wanted.vector)

    def _said(self, found: Any, resource: Resource, reading: Reading) -> Any:
        named = _named(reading.cloud, found)
        if isinstance(named, Mapping) and named.keys() <= set(_WORDS.values()):
            return {word: named[name] for word, name in _WORDS.items() if name in named}
        reading.left[self.name] = "the VM group does not exist, or the place has more than its name and a role"
        return None

    def changes(self, resource: Resource | None, wanted: Place) -> Iterator[Change]:
        old = {} if resource is None else resource.attributes.get(self.attribute, {})
        if not same_attribute(wanted.named(old), wanted.vector):
            yield from super().changes(resource, wanted.vector)

    def references(self, wanted: Any) -> Iterator[Reference]:
        if "VMGROUP_UNAME" in wanted:
            yield Reference(USERS, wanted["VMGROUP_UNAME"], None, f"{self.name}.owner")
            yield Reference(VM_GROUPS, wanted["VMGROUP_NAME"], wanted["VMGROUP_UNAME"], f"{self.name}.group")


def _named(cloud: Cloud, place: Any) -> Any:
    """A place in a VM group by name and owner if it has an ID, as Sunstone writes it; other places unchanged."""
    if not isinstance(place, Mapping) or "VMGROUP_ID" not in place:
        return place
    found = cloud.numbered(VM_GROUPS, place["VMGROUP_ID"])
    if found is None:
        return place
    rest = {name: text for name, text in place.items() if not name.startswith("VMGROUP_")}
    return {"VMGROUP_NAME": found.name, "VMGROUP_UNAME": found.owner, **rest}
