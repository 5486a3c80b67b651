"""The VM group that a template or a VM names, and its role there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError
from ..basics.values import object_name
from ..cloud.directory import USERS, VM_GROUPS
from . import leaves
from .arguments import REQUIRED
from .fields import Reference
from .nodes import Key, Keys, Node
from .vectors import Vector, lowered

#: The attribute in OpenNebula of each key.
_WORDS = {"group": "VMGROUP_NAME", "owner": "VMGROUP_UNAME", "role": "ROLE"}


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

    def references(self, wanted: Any) -> Iterator[Reference]:
        if "VMGROUP_UNAME" in wanted:
            yield Reference(USERS, wanted["VMGROUP_UNAME"], None, f"{self.name}.owner")
            yield Reference(VM_GROUPS, wanted["VMGROUP_NAME"], wanted["VMGROUP_UNAME"], f"{self.name}.group")
