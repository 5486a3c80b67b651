"""How VDCs work: ACL rules that give their groups the use of objects; and the VDC to which every new group belongs.

Two VDCs that give a group the same object share one rule: when the group leaves one of them, the rule is deleted,
although the other one still lists the object. After a removal, these functions therefore restore the rights of other
VDCs.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..basics.errors import InternalError, OneError
from ..basics.plan import Order
from ..cloud.collection import Collection
from ..cloud.directory import ACLS, CLUSTERS, DATASTORES, GROUPS, HOSTS, NETWORKS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .rules import ALL, CLUSTER, GROUP, MANAGE, ONE, TYPES, USE, Rule, present

#: The ID of the VDC ``default``, to which OpenNebula adds every new group, and which gives the use of all objects.
DEFAULT = 0
#: The argument of a group with its membership in that VDC.
DEFAULT_VDC = "default_vdc"
#: The word for all objects of a type, and its number in OpenNebula.
EVERY, EVERY_NUMBER = "ALL", -10


@dataclass(frozen=True)
class Sort:
    """A type of objects that a VDC shares.

    kind
        The collection of the objects.
    element
        The XML element in the VDC.
    verb
        The end of the names of the calls that add and remove.
    rights
        The rights of a group, by type of object.
    """

    kind: Collection
    element: str
    verb: str
    rights: tuple[tuple[int, int], ...]

    def held(self, vdc: Resource) -> Iterator[tuple[int, int]]:
        """Zone and ID of each object of a VDC."""
        for each in vdc.vectors(f"{self.element}S/{self.element}"):
            yield each.number("ZONE_ID"), each.number(f"{self.element}_ID")

    def rules(self, group: int, zone_number: int, number: int) -> Iterator[Rule]:
        """The ACL rules with which OpenNebula gives an object to a group (Vdc.cc, release 7.4.0)."""
        which = ALL if number == EVERY_NUMBER else (CLUSTER if self.kind is CLUSTERS else ONE) | number
        for types, rights in self.rights:
            yield Rule(GROUP | group, types | which, rights, ONE | zone_number)


_HOST, _NET, _DATASTORE = (TYPES["HOST"], MANAGE), (TYPES["NET"], USE), (TYPES["DATASTORE"], USE)
SORTS = {
    "clusters": Sort(CLUSTERS, "CLUSTER", "cluster", (_HOST, _NET, _DATASTORE)),
    "hosts": Sort(HOSTS, "HOST", "host", (_HOST,)),
    "datastores": Sort(DATASTORES, "DATASTORE", "datastore", (_DATASTORE,)),
    "networks": Sort(NETWORKS, "VNET", "vnet", (_NET,)),
}


def rules(vdc: Resource, group: int) -> set[Rule]:
    """All ACL rules of a VDC for one of its groups."""
    held = [(sort, *each) for sort in SORTS.values() for each in sort.held(vdc)]
    return {rule for sort, zone_number, number in held for rule in sort.rules(group, zone_number, number)}


def lacking(cloud: Cloud, vdc: Resource) -> list[int]:
    """The groups of a VDC that lack rights of the VDC."""
    there = present(cloud).keys()
    return [group for group in sorted(vdc.ids("GROUPS")) if rules(vdc, group) - there]


def loses(cloud: Cloud, vdc: Resource, group: Resource) -> bool:
    """Whether a group would lose rights without a VDC, after the announced changes of a dry run."""
    declared = {each.name: each for each in cloud.every_announced(VDCS) if each.name != vdc.name}
    given = {rule for each in declared.values() for rule in _declared_rules(each, group)}
    for each in of_group(cloud, group.id):
        leaves = each.name in declared and group.name not in declared[each.name].wanted.get("groups", (group.name,))
        if each.id not in (vdc.id, DEFAULT) and not leaves:
            given |= rules(each, group.id)
    default = cloud.pool(VDCS).by_id.get(DEFAULT)
    if default is not None and default.id != vdc.id and _in_default(cloud, default, group):
        given |= rules(default, group.id)
    return not all({rule, rule.of_all} & given for rule in rules(vdc, group.id))


def _declared_rules(order: Order, group: Resource) -> Iterator[Rule]:
    """The ACL rules of a declared VDC for one of its groups."""
    for name, sort in SORTS.items() if group.name in order.wanted.get("groups", ()) else ():
        for share in order.due(name) if name in order.resolved else ():
            for number in share.numbers.values():
                yield from sort.rules(group.id, share.zone, number) if number is not None else ()


def _in_default(cloud: Cloud, default: Resource, group: Resource) -> bool:
    announced = [each.new for each in cloud.planned(GROUPS, group.name, None) if each.field == DEFAULT_VDC]
    return bool(announced[-1]) if announced else group.id in default.ids("GROUPS")


def giving(cloud: Cloud, which: Set[Rule]) -> Iterator[tuple[Resource, set[int]]]:
    """The VDCs that have some of these rules, each with the groups to which it gives them; those that stay."""
    for each in cloud.pool(VDCS):
        groups = {group for group in each.ids("GROUPS") if rules(each, group) & which}
        if groups and not cloud.leaving(VDCS.cli, each.id):
            yield each, groups


@contextmanager
def keeping_others(cloud: Cloud, vdc: int) -> Iterator[None]:
    """Restore after the block the rights that it takes from groups of other VDCs, also of those of others."""
    # Another run may have added some since they were read.
    cloud.forget(ACLS)
    before = present(cloud).keys()
    try:
        yield
    except OneError:
        # No later run would find out.
        with suppress(OneError):
            _give_back(cloud, before, vdc)
        raise
    _give_back(cloud, before, vdc)


def _give_back(cloud: Cloud, before: Set[Rule], vdc: int) -> None:
    cloud.forget(ACLS)
    lost = before - present(cloud).keys()
    for each, groups in list(giving(cloud, lost)) if lost else ():
        if each.id != vdc:
            restore(cloud, each.id, groups)


def leave(cloud: Cloud, vdc: Resource, *groups: int) -> None:
    """Remove groups from a VDC."""
    with keeping_others(cloud, vdc.id):
        for group in groups:
            move(cloud, vdc.id, group, inside=False)


def move(cloud: Cloud, vdc: int, group: int, inside: bool) -> None:
    """Add a group to a VDC, or remove it; another run may have done the same already."""
    try:
        cloud.call(f"one.vdc.{'add' if inside else 'del'}group", vdc, group)
    except InternalError:
        cloud.refresh(VDCS, [vdc])
        now = cloud.pool(VDCS).by_id.get(vdc)
        if now is None or (group in now.ids("GROUPS")) != inside:
            raise


def restore(cloud: Cloud, vdc: int, among: Container[int] | None = None) -> None:
    """Add groups that lack rights of a VDC again.

    among
        The groups to check; ``None`` for all of them.
    """
    # A group that is added again has no rights meanwhile, so the VDC is read again first.
    cloud.forget(ACLS)
    groups = [each for each in lacking(cloud, cloud.read(VDCS, vdc)) if among is None or each in among]
    for group in groups:
        move(cloud, vdc, group, inside=False)
        move(cloud, vdc, group, inside=True)
    if groups:
        cloud.forget(ACLS)


def of_group(cloud: Cloud, group: int) -> list[Resource]:
    """The VDCs to which a group belongs."""
    return [each for each in cloud.pool(VDCS) if group in each.ids("GROUPS")]
