"""Security groups: rules on what may reach a NIC and what may leave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..basics.errors import ArgumentError, MissingError, RefusedError
from ..basics.plan import Change, Order
from ..basics.syntax import canonical
from ..basics.values import ADDRESS, CIDR, Choice, Integer, Ports, Type, object_name
from ..cloud.campaign import Procedure, Wait
from ..cloud.directory import NETWORKS, SECURITY_GROUPS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import handover, secgroup_use, writers
from ..model.fields import GROUP, MANAGED, OWNER, PERMISSIONS, REMOVED, Attribute, Attributes, Field
from ..model.kind import Kind, Writer
from ..model.secgroups import DEFAULT
from ..model.vectors import labelled, lowered

#: What a rule may say: its name in OpenNebula, its type, and the protocols that it goes with where that matters.
_WORDS: dict[str, tuple[str, Type, tuple[str, ...]]] = {
    "protocol": ("PROTOCOL", Choice("TCP", "UDP", "ICMP", "ICMPV6", "IPSEC", "ALL"), ()),
    "direction": ("RULE_TYPE", Choice("inbound", "outbound"), ()),
    "ports": ("RANGE", Ports(most=15), ("TCP", "UDP")),
    "icmp_type": ("ICMP_TYPE", Integer(0, 255), ("ICMP",)),
    "icmpv6_type": ("ICMPV6_TYPE", Integer(0, 255), ("ICMPV6",)),
    "ip": ("IP", ADDRESS, ()),
    "size": ("SIZE", Integer(1, 2**32 - 1), ()),
    "network": ("NETWORK_ID", Integer(), ()),
}
#: How long all VMs may take to have new rules in force, in seconds.
PUSH = 120
Rule = dict[str, Any]


@dataclass(frozen=True)
class Ruleset:
    """Rules, and what a person calls the network of a number; the number of one yet to come is its name."""

    rules: tuple[Rule, ...]
    called: Callable[[Any], str] = str

    def shown(self, rules: Iterable[Rule]) -> list[Rule]:
        """Rules as a person knows them."""
        return [{**each, "network": self.called(each["network"])} if "network" in each else each for each in rules]


class Rules(Field):
    """The rules, all of them: compared by what they mean, in whatever order and words they stand."""

    attribute_names = ("RULE",)

    def wanted(self, value: Any) -> Ruleset:
        given = labelled(self.name, value, "rules")
        return Ruleset(tuple(_rule(f"{self.name}.{label}", each) for label, each in given))

    def resolve(self, cloud: Cloud, wanted: Ruleset, order: Order) -> Ruleset:
        def called(number: Any) -> str:
            found = cloud.pool(NETWORKS).by_id.get(number)
            return str(number) if found is None else NETWORKS.describe(found.name, found.owner)

        return Ruleset(tuple(self._resolved(cloud, each, order) for each in wanted.rules), called)

    def _resolved(self, cloud: Cloud, rule: Rule, order: Order) -> Rule:
        if "network" not in rule:
            return rule
        name, owner = rule["network"], rule.get("owner", order.owner)
        if not cloud.exists(NETWORKS, name, owner):
            raise MissingError(f"{self.name}: {NETWORKS.describe(name, owner)} does not exist.")
        network = cloud.find(NETWORKS, name, owner)
        said = {word: value for word, value in rule.items() if word != "owner"}
        return {**said, "network": NETWORKS.describe(name, owner) if network is None else network.id}

    def contribute(self, wanted: Ruleset) -> dict[str, Any]:
        rules = [{_WORDS[word][0]: canonical(value) for word, value in each.items()} for each in wanted.rules]
        return {"RULE": rules} if rules else {}

    def changes(self, resource: Resource | None, wanted: Ruleset) -> Iterator[Change]:
        present = [] if resource is None else [_said(each) for each in resource.vectors("TEMPLATE/RULE")]
        if {frozenset(each.items()) for each in present} != {frozenset(each.items()) for each in wanted.rules}:
            used = resource is not None and bool(secgroup_use.vms(resource))
            sides = wanted.shown(present) or None, wanted.shown(wanted.rules) or None
            yield self.change(self.name, *sides, self.contribute(wanted) or {"RULE": REMOVED}, disruptive=used)
            return
        for number in [] if resource is None else secgroup_use.behind(resource):
            change = self.change(f"{self.name}:VM {number}", "not taken over", "in force", disruptive=True)
            yield replace(change, writer="commit")


def _rule(where: str, value: Any) -> Rule:
    """A declared rule, or an ArgumentError for what OpenNebula would refuse or ignore."""
    said = lowered(where, value)
    network, owner, cidr = (said.pop(word, None) for word in ("network", "owner", "cidr"))
    for word in said.keys() - _WORDS.keys():
        raise ArgumentError(f"{where}.{word}: a rule may say {', '.join(_WORDS)}, owner and cidr.")
    if len([each for each in (network, cidr, said.get("ip")) if each is not None]) > 1:
        raise ArgumentError(f"{where}: network, cidr, and ip with size exclude each other: declare one of them.")
    if cidr is not None:
        addresses = CIDR.wanted(f"{where}.cidr", cidr)
        said |= {"ip": addresses.network_address, "size": addresses.num_addresses}
    rule: Rule = {word: _WORDS[word][1].wanted(f"{where}.{word}", each) for word, each in said.items()}
    for word in ("protocol", "direction"):
        if word not in rule:
            raise ArgumentError(f"{where}: {word} must be given: {_WORDS[word][1].wants}.")
    for word, (_, _, protocols) in _WORDS.items():
        if word in rule and protocols and rule["protocol"] not in protocols:
            raise ArgumentError(f"{where}.{word}: only with protocol {' or '.join(protocols)}, not {rule['protocol']}.")
    if ("ip" in rule) != ("size" in rule) or (network is None and owner is not None):
        raise ArgumentError(f"{where}: ip goes with size, and owner with network.")
    names = {"network": (NETWORKS.title, network), "owner": ("user", owner)}
    return {**rule, **{word: object_name(title, name) for word, (title, name) in names.items() if name is not None}}


def _said(stored: Mapping[str, str]) -> Rule:
    """An existing rule in the words of a declared one; to OpenNebula a network counts more than addresses."""
    rule = {word: kind.stored(stored[name]) for word, (name, kind, _) in _WORDS.items() if stored.get(name)}
    idle = {"ip", "size"} if "network" in rule or "ip" not in rule else set()
    return {word: value for word, value in rule.items() if word not in idle}


def _until_told(write: Writer) -> Writer:
    """A writer that ends when OpenNebula has told all VMs of the rules, one by one; every update makes it do so."""

    def write_and_wait(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
        write(cloud, resource, changes, order)
        if secgroup_use.vms(resource):
            yield Wait(resource.id, secgroup_use.told(cloud, resource), "its VMs to take the rules over", PUSH)

    return write_and_wait


def _in_the_way(cloud: Cloud, resource: Resource) -> None:
    subject = f"{SECURITY_GROUPS.describe(resource.name, resource.owner)} (ID {resource.id})"
    if resource.id == DEFAULT:
        raise RefusedError(f"{subject} stays: OpenNebula adds it to every new network.")
    used = secgroup_use.holders(cloud, resource)
    if used:
        more = f" and {len(used) - 5} more" if len(used) > 5 else ""
        raise RefusedError(f"{subject} is in use by {', '.join(used[:5])}{more}. Take it away there first.")


_FIELDS = (Rules("rules"), Attribute("description"), OWNER, GROUP, PERMISSIONS, MANAGED)
SECGROUP = Kind.of(
    SECURITY_GROUPS,
    fields=(*_FIELDS, Attributes(_FIELDS)),
    create=handover.create(
        SECURITY_GROUPS, lambda cloud, order, template: cloud.call("one.secgroup.allocate", template)
    ),
    writers={
        "update": _until_told(writers.update("one.secgroup")),
        "commit": _until_told(lambda cloud, group, changes, order: cloud.call("one.secgroup.commit", group.id, True)),
        "chown": writers.chown("one.secgroup"),
        "chmod": writers.chmod("one.secgroup"),
    },
    remove=lambda cloud, resource: cloud.call("one.secgroup.delete", resource.id),
    in_the_way=_in_the_way,
)
