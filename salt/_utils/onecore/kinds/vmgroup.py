"""VM groups: roles of VMs, and which roles share hosts or use different ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..basics.values import Choice, expected, object_name
from ..cloud.directory import HOSTS, VM_GROUPS, VMS
from ..cloud.naming import listed
from ..cloud.resource import Resource, Vector
from ..cloud.view import Cloud
from ..model import handover, leaves, writers
from ..model.about import About
from ..model.arguments import NONE
from ..model.attributes import Attributes
from ..model.fields import REMOVED, Attribute, Field, Reference
from ..model.kind import Kind
from ..model.lock import OF_A_USER, write_lock
from ..model.nodes import Each, Key, Keys, Many, Node
from ..model.reading import Reading
from ..model.vectors import lowered

AFFINED, ANTI_AFFINED, _NONE = "AFFINED", "ANTI_AFFINED", "NONE"
_POLICY = Choice(AFFINED, ANTI_AFFINED, _NONE)
#: The arguments with rules.
RULES = _TOGETHER, _APART = "affined", "anti_affined"
#: The hosts on which the VMs of a role run, and those on which they must not run.
_HOSTS = ("host_affined", "host_anti_affined")


def _role_name(value: str) -> None:
    leaves.filled(value)
    if "," in value or value != value.strip():
        raise ArgumentError("must have neither commas nor blanks around it, since rules list roles by name")


ROLE_NAME = leaves.name("role", _role_name)


@dataclass(frozen=True)
class Role:
    """A declared role: its policy, and by argument its hosts, first as names and then as IDs.

    A host that a dry run has only announced keeps its name.
    """

    policy: str
    hosts: Mapping[str, tuple[str, ...]]

    def numbered(self, number: Callable[[str], str]) -> Role:
        """The same with IDs of hosts."""
        return replace(self, hosts={each: tuple(map(number, names)) for each, names in self.hosts.items()})

    @property
    def written(self) -> dict[str, str]:
        """All attributes in OpenNebula's terms; an empty one removes the current value."""
        policy = "" if self.policy == _NONE else self.policy
        return {"POLICY": policy, **{each.upper(): ",".join(sorted(self.hosts[each])) for each in _HOSTS}}


@dataclass(frozen=True)
class Declared:
    """Declared roles by name, and a function that returns the name of a host, given its ID."""

    roles: Mapping[str, Role]
    called: Callable[[str], str] = str


class Roles(Field):
    """The roles, each by its name."""

    attribute_names = ("ROLE",)
    doc = (
        "All roles, by name. A role has a ``policy``: ``AFFINED`` puts its VMs on one host, ``ANTI_AFFINED`` each on "
        "another, ``NONE`` leaves that to the scheduler. ``host_affined`` lists the only hosts for its VMs, "
        "``host_anti_affined`` those on which they must not run. A role in use can neither be changed nor removed."
    )
    example = "{web: {policy: ANTI_AFFINED}, db: {host_affined: [host01]}}"

    def own_node(self) -> Node:
        hosts = Many(leaves.name("host"))
        return Each(
            "role",
            ROLE_NAME,
            Keys(
                "a role",
                {
                    "policy": Key(
                        leaves.of(_POLICY),
                        "Whether its VMs share a host or use different ones.",
                        "`NONE`",
                        "ANTI_AFFINED",
                    ),
                    "host_affined": Key(hosts, "The only hosts for its VMs.", NONE, "[host01]"),
                    "host_anti_affined": Key(hosts, "Hosts on which its VMs must not run.", NONE, "[host02]"),
                },
            ),
        )

    def wanted(self, value: Any) -> Declared:
        if not isinstance(value, Mapping):
            raise expected(self.name, "a dictionary of roles", value)
        return Declared({str(name): self._role(str(name), said) for name, said in value.items() if said is not None})

    def _role(self, name: str, value: Any) -> Role:
        where = f"{self.name}.{name}"
        try:
            _role_name(name)
        except ArgumentError as error:
            raise ArgumentError(f"{where}: the name of a role {error}.") from None
        said = lowered(where, value)
        refuse_unknown(said, ("policy", *_HOSTS), f"{where}.", "key")
        hosts = {each: _names(f"{where}.{each}", said.get(each, ()), HOSTS.title) for each in _HOSTS}
        for host in set(hosts[_HOSTS[0]]) & set(hosts[_HOSTS[1]]):
            raise ArgumentError(f"{where}: {host} cannot be both in host_affined and in host_anti_affined.")
        return Role(_POLICY.wanted(f"{where}.policy", said.get("policy", _NONE)), hosts)

    def references(self, wanted: Declared) -> Iterator[Reference]:
        for name, role in wanted.roles.items():
            for each, hosts in role.hosts.items():
                yield from (Reference(HOSTS, host, None, f"{self.name}.{name}.{each}") for host in hosts)

    def resolve(self, cloud: Cloud, wanted: Declared, order: Order) -> Declared:
        def number(host: str) -> str:
            found = cloud.find(HOSTS, host)
            return host if found is None else str(found.id)

        def called(number: str) -> str:
            found = cloud.numbered(HOSTS, number)
            return number if found is None else found.name

        return Declared({name: role.numbered(number) for name, role in wanted.roles.items()}, called)

    def contribute(self, wanted: Declared) -> dict[str, Any]:
        roles = [_new(name, role) for name, role in wanted.roles.items()]
        return {"ROLE": roles} if roles else {}

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        def called(number: str) -> str:
            found = reading.cloud.numbered(HOSTS, number)
            return number if found is None else found.name

        roles = {role["NAME"]: _shown(role, called) for role in roles_of(resource)}
        return {name: _without_none(role) for name, role in roles.items()} or None

    def changes(self, resource: Resource | None, wanted: Declared) -> Iterator[Change]:
        present = {} if resource is None else {role["NAME"]: role for role in roles_of(resource)}
        for name, old in present.items():
            if name not in wanted.roles:
                shown = _shown(old, wanted.called)
                yield self.change(f"{self.name}:{name}", shown, None, ("roledelete", old.number("ID")))
        for name, role in wanted.roles.items():
            path, shown = f"{self.name}:{name}", _shown(role.written, wanted.called)
            if name not in present:
                yield self.change(path, None, shown, ("roleadd", render({"ROLE": _new(name, role)})))
            elif _comparable(present[name]) != _comparable(role.written):
                write = "roleupdate", present[name].number("ID"), render({"ROLE": {"NAME": name, **role.written}})
                yield self.change(path, _shown(present[name], wanted.called), shown, write)


def roles_of(group: Resource) -> list[Vector]:
    """The roles of a VM group."""
    return list(group.vectors("ROLES/ROLE"))


def _new(name: str, role: Role) -> dict[str, str]:
    """A role to be added."""
    return {"NAME": name, **{attribute: text for attribute, text in role.written.items() if text}}


def _numbers(text: str) -> list[str]:
    return sorted(word.strip() for word in text.split(",") if word.strip())


def _comparable(role: Mapping[str, str]) -> tuple[Any, ...]:
    policy = role.get("POLICY", "").upper()
    return (
        policy if policy in (AFFINED, ANTI_AFFINED) else "",
        *(_numbers(role.get(each.upper(), "")) for each in _HOSTS),
    )


def _shown(role: Mapping[str, str], called: Callable[[str], str]) -> dict[str, Any]:
    """The role for people."""
    hosts = {each: [called(word) for word in _numbers(role.get(each.upper(), ""))] for each in _HOSTS}
    policy = _comparable(role)[0] or _NONE
    return {"policy": policy, **{each: sorted(names) for each, names in hosts.items() if names}}


def _without_none(role: Mapping[str, Any]) -> dict[str, Any]:
    """A role without the default policy."""
    return {key: value for key, value in role.items() if value != _NONE}


class Rules(Field):
    """Rules on several roles, which apply to the VMs of all of them together."""

    def __init__(self, name: str, **options: Any):
        super().__init__(name, writer="roles", **options)
        self.attribute_names = (name.upper(),)

    def own_node(self) -> Node:
        return Many(Many(ROLE_NAME))

    def wanted(self, value: Any) -> list[tuple[str, ...]]:
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list of rules, each a list of roles", value)
        rules = [_names(f"{self.name}[{number}]", each, "role") for number, each in enumerate(value)]
        for number, rule in enumerate(rules):
            if len(rule) < 2:
                raise ArgumentError(f"{self.name}[{number}]: a rule needs at least two roles.")
        return list({frozenset(rule): rule for rule in rules}.values())

    def contribute(self, wanted: list[tuple[str, ...]]) -> dict[str, Any]:
        return {self.name.upper(): [",".join(rule) for rule in wanted]} if wanted else {}

    def said(self, resource: Resource, reading: Reading) -> list[list[str]] | None:
        return [list(rule) for rule in rules_of(resource, self.name)] or None

    def changes(self, resource: Resource | None, wanted: list[tuple[str, ...]]) -> Iterator[Change]:
        present = [] if resource is None else rules_of(resource, self.name)
        if {frozenset(rule) for rule in present} != {frozenset(rule) for rule in wanted}:
            old, new = ([list(rule) for rule in rules] or None for rules in (present, wanted))
            yield self.change(self.name, old, new, wanted)


def rules_of(group: Resource, argument: str) -> list[tuple[str, ...]]:
    """The rules in an argument."""
    every = group.element.iterfind(f"TEMPLATE/{argument.upper()}")
    return [tuple(word.strip() for word in (each.text or "").split(",") if word.strip()) for each in every]


def _names(where: str, value: Any, what: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise expected(where, f"a list of names of {what}s", value)
    return tuple(dict.fromkeys(object_name(what, name) for name in value))


_FIELDS = (
    Roles("roles", writer="roles"),
    Rules(
        "affined",
        doc="Roles whose VMs all run on one host: a complete list of rules, each a list of roles.",
        example="[[web, cache]]",
    ),
    Rules(
        "anti_affined",
        doc="Roles whose VMs never share a host: a complete list of rules, each a list of roles.",
        example="[[db, backup]]",
    ),
    Attribute("description", doc="A description.", example="The web servers of a lab"),
    *OF_A_USER,
)


def _check_declared(wanted: Mapping[str, Any]) -> None:
    """Raise ArgumentError for rules that contradict the declared roles; without roles, those that exist count."""
    if "roles" in wanted:
        policies = {name: role.policy for name, role in wanted["roles"].roles.items()}
        _refuse_contradictions(policies, {each: wanted.get(each, []) for each in RULES})


def _refuse_contradictions(policies: Mapping[str, str], rules: Mapping[str, Iterable[Iterable[str]]]) -> None:
    for where, fault in contradictions(policies, rules):
        raise ArgumentError(f"{where}: {fault}.")


def _check(cloud: Cloud, order: Order, group: Resource | None) -> None:
    """Raise ArgumentError for declarations that OpenNebula would refuse after half of the calls."""
    present = [] if group is None else roles_of(group)
    policies = {role["NAME"]: _comparable(role)[0] for role in present}
    if "roles" in order.wanted:
        policies = {name: role.policy for name, role in order.wanted["roles"].roles.items()}
    rules = {each: order.wanted.get(each, [] if group is None else rules_of(group, each)) for each in RULES}
    _refuse_contradictions(policies, rules)
    if group is not None:
        _refuse_used_roles(cloud, order, group)


def contradictions(
    policies: Mapping[str, str], rules: Mapping[str, Iterable[Iterable[str]]]
) -> Iterator[tuple[str, str]]:
    """Rules that OpenNebula refuses: the argument of each, and what is wrong with it.

    policies
        By name of the role.
    rules
        Rules of both types.
    """
    named = {each: {name for rule in rules[each] for name in rule} for each in RULES}
    for each in RULES:
        yield from ((each, f"there is no role {name}") for name in sorted(named[each] - policies.keys()))
    for name in sorted(named[_TOGETHER] & policies.keys()):
        if policies[name].upper() == ANTI_AFFINED:
            yield _TOGETHER, f"the policy of role {name} is {ANTI_AFFINED}, which is the opposite"
        if name in named[_APART]:
            yield _TOGETHER, f"role {name} is in a rule of {_APART} as well; a role can be in only one of them"


def _refuse_used_roles(cloud: Cloud, order: Order, group: Resource) -> None:
    used = {role.number("ID"): role for role in roles_of(group) if role.get("VMS")}
    for change in VMGROUP.changes(order, group):
        number = change.write[1] if change.field == "roles" and change.write[0] != "roleadd" else None
        if number in used:
            vms = listed(VMS, _vms(used[number]), cloud.pool(VMS).by_id)
            raise RefusedError(f"{change.path}: {vms} has the role, so OpenNebula can neither change nor remove it.")


def _vms(role: Vector) -> list[int]:
    return [int(word) for word in _numbers(role.get("VMS", ""))]


def _write(cloud: Cloud, group: Resource, changes: list[Change], order: Order) -> None:
    """Change roles and rules: rules are removed before their roles change, and added afterwards."""
    wanted = {change.field: change.write for change in changes if change.field != "roles"}
    roles = [change.write for change in changes if change.field == "roles"]
    present = {name: rules_of(group, name) for name in wanted}
    kept = {name: _among(present[name], wanted[name]) for name in wanted}
    if roles and kept != present:
        _write_rules(cloud, group, kept)
        present = kept
    for method, *arguments in roles:
        cloud.call(f"one.vmgroup.{method}", group.id, *arguments)
    if any(set(map(frozenset, present[name])) != set(map(frozenset, wanted[name])) for name in wanted):
        _write_rules(cloud, group, wanted)


def _among(rules: Iterable[tuple[str, ...]], wanted: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The ``rules`` that are declared."""
    every = {frozenset(rule) for rule in wanted}
    return [rule for rule in rules if frozenset(rule) in every]


def _write_rules(cloud: Cloud, group: Resource, rules: Mapping[str, Iterable[tuple[str, ...]]]) -> None:
    said = {name.upper(): [",".join(rule) for rule in each] or REMOVED for name, each in rules.items()}
    cloud.call("one.vmgroup.update", group.id, render(said), writers.MERGE)


def _in_use(cloud: Cloud, group: Resource) -> None:
    """OpenNebula removes a group that VMs use, so that they lose their role."""
    # Read again: its VMs may have been terminated since.
    numbers = [number for role in roles_of(cloud.read(VM_GROUPS, group.id)) for number in _vms(role)]
    kept = [number for number in numbers if not cloud.leaving(VMS.cli, number)]
    if kept:
        raise RefusedError(
            f"{VM_GROUPS.describe(group.name, group.owner)} (ID {group.id}) is in use by "
            f"{listed(VMS, kept, cloud.pool(VMS).by_id)}.",
            holders=[(VMS, number) for number in kept],
        )


VMGROUP = Kind.of(
    VM_GROUPS,
    about=About(
        rights=(
            "the account creates VM groups with CREATE on VMGROUP, and changes or removes them with MANAGE; to give "
            "one to another user it needs MANAGE on the user and USE on the group."
        ),
        example="web",
        declared="""
        - roles:
            front: {policy: ANTI_AFFINED}
            cache: {}
            db: {host_affined: [host01]}
        - anti_affined: [[cache, db]]
        """,
        kept="one that VMs have",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, example="{TEAM: web}")),
    create=handover.create(VM_GROUPS, lambda cloud, order, text: cloud.call("one.vmgroup.allocate", text)),
    check_declared=_check_declared,
    check=_check,
    writers={
        "owner": writers.give("one.vmgroup"),
        "roles": _write,
        "update": writers.update("one.vmgroup"),
        "chown": writers.chown("one.vmgroup"),
        "chmod": writers.chmod("one.vmgroup"),
        "lock": write_lock("one.vmgroup"),
    },
    by_number=frozenset({"roles"}),
    remove=lambda cloud, resource: cloud.call("one.vmgroup.delete", resource.id),
    in_the_way=_in_use,
)
