"""ACL rules as OpenNebula stores them: four numbers, each with bits for the type, and an ID."""

from __future__ import annotations

from typing import NamedTuple

from ..cloud.directory import ACLS
from ..cloud.resource import Resource
from ..cloud.view import Cloud

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
RIGHTS = {"USE": 0x1, "MANAGE": 0x2, "ADMIN": 0x4, "CREATE": 0x8}
USE, MANAGE, ADMIN, CREATE = RIGHTS.values()
#: The bits for the type of an ID in a rule; ``ALL`` has no ID.
ONE, GROUP, ALL, CLUSTER = 0x100000000, 0x200000000, 0x400000000, 0x800000000
#: The bits of a rule's resource that select its objects, and the bits of the ID.
SELECTOR, NUMBER = 0xFFFFFFFFF, 0xFFFFFFFF


class Rule(NamedTuple):
    """Which users may do what with which objects, in which zone."""

    user: int
    resource: int
    rights: int
    zone: int

    @classmethod
    def of(cls, rule: Resource) -> Rule:
        """The rule from OpenNebula's element."""
        return cls(*(rule.bits(part) for part in ("USER", "RESOURCE", "RIGHTS", "ZONE")))

    @property
    def of_all(self) -> Rule:
        """The same for all objects of its types, which grants more."""
        return self._replace(resource=self.resource & ~SELECTOR | ALL)

    @property
    def parameters(self) -> list[str]:
        """The parameters of the call that adds the rule."""
        return [hex(each) for each in self]


def present(cloud: Cloud) -> dict[Rule, int]:
    """All rules of a cloud, each with its ID."""
    return {Rule.of(each): each.id for each in cloud.pool(ACLS)}
