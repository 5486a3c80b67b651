"""The types of objects that the members of a group may create, which OpenNebula stores as ACL rules.

``onegroup create`` of OpenNebula's CLI gives a new group a rule like ``@100 VM+IMAGE+TEMPLATE/* CREATE``; the API's
allocate call does not. Without this rule, no member of the group can create a VM, nor can an administrator for a
member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.marks import RIGHTS_DUE
from ..basics.plan import Change, Order
from ..basics.secrecy import quoted
from ..basics.syntax import render
from ..basics.values import expected
from ..cloud.directory import ACLS, GROUPS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .claims import claimed
from .fields import REMOVED, Field
from .leaves import choice
from .nodes import Many, Node
from .reading import Reading
from .rules import ALL, CREATE, GROUP, SELECTOR, TYPES
from .writers import MERGE

#: The types that the group ``users`` of a new cloud may create, in 6.10 and 7.4.
DEFAULT = ("VM", "IMAGE", "TEMPLATE", "DOCUMENT", "SECGROUP", "VMGROUP", "BACKUPJOB")


@dataclass(frozen=True)
class Rules:
    """The rules with which the members of a group may create objects.

    own
        Rules that grant nothing else, by ID, with their types as a bit mask: these may be deleted.
    others
        Rules that grant more.
    """

    own: Mapping[int, int]
    others: Mapping[int, int]

    def types(self, but: Iterable[int] = ()) -> int:
        """The types that all rules grant, as a bit mask, without the excluded rules."""
        left = set(but)
        return _sum(types for number, types in (*self.own.items(), *self.others.items()) if number not in left)


@dataclass(frozen=True)
class Grants:
    """The types of objects that a group is declared to create, and a function that reads the current ones.

    declared
        Whether they are declared; otherwise they apply only to a new group.
    begun
        Whether an interrupted run was creating the group.
    """

    types: tuple[str, ...]
    rules: Callable[[int], Rules]
    declared: bool = True
    begun: bool = False

    def beyond(self, types: int) -> list[str]:
        """Those types of a bit mask that are not declared."""
        return [name for name in TYPES if types & TYPES[name] and name not in self.types]


class Resources(Field):
    """The argument ``resources`` of a group: the types that its members may create.

    The list is complete for rules that grant nothing else. Other rules are not changed: they have another purpose.
    """

    # Even if nothing is declared: a new group gets the default types.
    unsaid = ()
    attribute_names = (RIGHTS_DUE,)
    kept_in = (ACLS,)
    doc = (
        "Types of objects that its members may create, and no others. An ACL rule is added for those that they "
        "cannot create yet, and rules that only let them create others are removed; a rule with further rights is "
        "left alone and reported. Without such rules, no member can create a VM, and neither can an administrator "
        "for a member. "
        "If omitted, the rules of a group that exists are left alone."
    )
    otherwise = f"``[{', '.join(DEFAULT)}]`` for a new group"
    example = "[VM, IMAGE, TEMPLATE]"

    def own_node(self) -> Node:
        return Many(choice(*TYPES))

    def wanted(self, value: Any) -> tuple[str, ...]:
        names = value.split("+") if isinstance(value, str) and value else value or ()
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise expected(self.name, "a list of types such as VM and IMAGE", value)
        types = tuple(dict.fromkeys(name.strip().upper() for name in names))
        for name in types:
            if name not in TYPES:
                raise ArgumentError(f"{self.name}: {quoted(name)} is no type of object{did_you_mean(name, TYPES)}")
        return types

    def resolve(self, cloud: Cloud, wanted: tuple[str, ...], order: Order) -> Grants:
        unsaid = order.desired.values.get(self.name) is None
        found = cloud.find(GROUPS, order.name)
        begun = found is not None and found.mark is None and claimed(cloud, order)
        return Grants(DEFAULT if unsaid else wanted, lambda group: _rules(cloud, group), not unsaid, begun)

    def said(self, resource: Resource, reading: Reading) -> list[str] | None:
        granted = _rules(reading.cloud, resource.id).types()
        return [name for name in TYPES if granted & TYPES[name]] or None

    def contribute(self, wanted: Grants) -> dict[str, Any]:
        """Undeclared types apply only at creation: until then, the group has an attribute that says so."""
        return {} if wanted.declared else {RIGHTS_DUE: "YES"}

    def changes(self, resource: Resource | None, wanted: Grants) -> Iterator[Change]:
        due = resource is not None and bool(resource.attributes.get(RIGHTS_DUE))
        if not (wanted.declared or resource is None or due or wanted.begun):
            return
        rules = Rules({}, {}) if resource is None else wanted.rules(resource.id)
        granted = rules.types()
        missing = [name for name in wanted.types if not granted & TYPES[name]]
        going = [number for number, types in rules.own.items() if wanted.declared and wanted.beyond(types)]
        if missing or going or due:
            kept = rules.types(but=going)
            had = [name for name in wanted.types if granted & TYPES[name]]
            beyond = wanted.beyond(granted & ~kept)
            missing = [name for name in wanted.types if not kept & TYPES[name]]
            yield self.change(self.name, [*had, *beyond] or None, list(wanted.types) or None, (missing, going))


def left(resource: Resource | None, wanted: Grants) -> str:
    """The note about undeclared types that the members may create because of rules that grant more; mostly empty."""
    if resource is None or not wanted.declared:
        return ""
    others = wanted.rules(resource.id).others
    rules = [number for number, types in others.items() if wanted.beyond(types)]
    if not rules:
        return ""
    names = ", ".join(wanted.beyond(_sum(others[number] for number in rules)))
    which = f"ACL rule{'s' if len(rules) > 1 else ''} {', '.join(map(str, sorted(rules)))}"
    return f"its members may also create {names}, by {which}, which grant{'' if len(rules) > 1 else 's'} further rights"


def write_resources(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Add one rule for all types that the members cannot create yet, then delete rules for undeclared types."""
    try:
        for change in changes:
            missing, going = change.write
            grant(cloud, resource.id, missing)
            for number in going:
                cloud.call("one.acl.delrule", number)
    finally:
        cloud.forget(ACLS)
    if resource.attributes.get(RIGHTS_DUE):
        cloud.call("one.group.update", resource.id, render({RIGHTS_DUE: REMOVED}), MERGE)


def grant(cloud: Cloud, group: int, names: Iterable[str]) -> None:
    """Let the members of a group create objects of these types; no rule if there are none."""
    types = _sum(TYPES[name] for name in names)
    if types:
        cloud.call("one.acl.addrule", hex(GROUP | group), hex(types | ALL), hex(CREATE), hex(ALL))


def _rules(cloud: Cloud, group: int) -> Rules:
    """The rules with which the members of a group may create objects."""
    found: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for rule in cloud.pool(ACLS):
        resource = rule.bits("RESOURCE")
        if rule.bits("USER") == GROUP | group and resource & ALL and rule.bits("RIGHTS") & CREATE:
            alone = rule.bits("RIGHTS") == CREATE and resource & SELECTOR == ALL and rule.bits("ZONE") == ALL
            found[not alone][rule.id] = resource & ~SELECTOR
    return Rules(*found)


def _sum(types: Iterable[int]) -> int:
    return reduce(or_, types, 0)
