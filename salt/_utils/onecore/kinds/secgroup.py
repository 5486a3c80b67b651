"""Security groups: rules on what may reach a NIC and what may leave it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from ..basics.addresses import ADDRESS, CIDR, Ports
from ..basics.errors import ArgumentError
from ..basics.plan import Change
from ..basics.values import Choice, Integer, Name
from ..cloud.directory import NETWORKS, SECURITY_GROUPS
from ..cloud.resource import Resource, Vector
from ..model import handover, secgroup_use, writers
from ..model.about import About
from ..model.attributes import Attributes
from ..model.entries import Declared, Entries, Entry, Word
from ..model.fields import Attribute
from ..model.kind import Kind
from ..model.ownership import GROUP, MANAGED, OWNER, OWNER_FROM, PERMISSIONS

_PROTOCOL = Choice("TCP", "UDP", "ICMP", "ICMPV6", "IPSEC", "ALL")
#: The highest number of addresses that one rule covers.
_MOST = 2**32 - 1
_COUNT = Integer(1, _MOST)


class Rules(Entries):
    """The rules of a security group; a change is complete when all its VMs have applied them."""

    attribute, what, needs, other_writers = "RULE", "rule", ("protocol", "direction"), ("commit",)
    words: ClassVar = {
        "protocol": Word(_PROTOCOL, "The protocol that it allows.", "TCP", "PROTOCOL"),
        "direction": Word(Choice("inbound", "outbound"), "Traffic to the NIC, or from it.", "inbound", "RULE_TYPE"),
        "ports": Word(Ports(15), "Only these.", "[22, 8000-8010]", "RANGE", only=("protocol", ("TCP", "UDP"))),
        "icmp_type": Word(Integer(0, 255), "Only this.", "8", "ICMP_TYPE", only=("protocol", ("ICMP",))),
        "icmpv6_type": Word(Integer(0, 255), "Only this.", "128", "ICMPV6_TYPE", only=("protocol", ("ICMPV6",))),
        "network": Word(Name("network"), "Only addresses of its ranges.", "dmz1", "NETWORK_ID", refers=NETWORKS),
        "owner": Word(Name("user"), "Owner of the network, if not that of the group.", "oneadmin", None),
        "cidr": Word(CIDR, "Only these addresses.", "10.1.3.0/24", None),
        "ip": Word(ADDRESS, "Only addresses from this one on.", "10.1.3.50", "IP"),
        "size": Word(_COUNT, "Number of addresses, with `ip`.", "150", "SIZE"),
    }
    doc = (
        "All rules, by labels of your choice; in a state, a list is possible. Packets that no rule allows are "
        "dropped. A rule has ``protocol`` and ``direction``; it may have ``ports``, an ``icmp_type`` or "
        "``icmpv6_type`` only, and for the other end only a ``network`` (of ``owner``), a ``cidr``, or ``size`` "
        "addresses from ``ip`` on. Write a range of ports as ``8000-8010``: YAML reads ``22:30`` as a number. A "
        "change reaches running VMs."
    )
    example = "{http: {protocol: TCP, direction: inbound, ports: [80, 443]}}"

    def faults(self, entry: Entry) -> Iterator[str]:
        if len(entry.keys() & {"network", "cidr", "ip"}) > 1:
            yield "network, cidr, and ip with size exclude each other: declare one of them."
        if ("ip" in entry) != ("size" in entry) or ("owner" in entry and "network" not in entry):
            yield "ip needs size, and owner needs network."

    def spelled_out(self, where: str, entry: Entry) -> Entry:
        rest = {name: value for name, value in entry.items() if name != "cidr"}
        addresses = entry.get("cidr")
        if addresses is None:
            return rest
        if addresses.num_addresses > _MOST:
            raise ArgumentError(
                f"{where}.cidr: OpenNebula counts {_MOST} addresses at most in a rule, and {addresses} has more; to "
                "let all addresses through, leave it out."
            )
        return {**rest, "ip": str(addresses[0]), "size": addresses.num_addresses}

    def read(self, vector: Vector) -> Entry:
        # OpenNebula ignores the addresses of a rule with a network, and SIZE without IP.
        idle = ("IP", "SIZE") if vector.get("NETWORK_ID") or not vector.get("IP") else ()
        return super().read(vector.having(**dict.fromkeys(idle, "")))

    def changes(self, resource: Resource | None, wanted: Declared) -> Iterator[Change]:
        used = resource is not None and bool(secgroup_use.vms(resource))
        found = [replace(change, disruptive=used) for change in super().changes(resource, wanted)]
        yield from found
        for number in secgroup_use.behind(resource) if resource is not None and used and not found else ():
            change = self.change(f"{self.name}:VM {number}", "not applied", "in force", disruptive=True)
            yield replace(change, writer="commit")


RULES = Rules("rules")
_FIELDS = (
    RULES,
    Attribute("description", doc="A description.", example="web servers"),
    OWNER,
    OWNER_FROM,
    GROUP,
    PERMISSIONS,
    MANAGED,
)
SECGROUP = Kind.of(
    SECURITY_GROUPS,
    about=About(
        rights=(
            "the account creates security groups with CREATE on SECGROUP, and changes or removes them with MANAGE; to "
            "give one to another user it needs MANAGE on the user and on the object with its new owner, and USE on "
            "the group."
        ),
        example="web",
        declared="""
        - rules:
            http: {protocol: TCP, direction: inbound, ports: [80, 443], network: academie}
            out: {protocol: ALL, direction: outbound}
        """,
        removed=". A group that a network, a NIC or a VM uses is not removed.",
        kept="``default``",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, example="{TEAM: web}")),
    create=handover.create(SECURITY_GROUPS, lambda cloud, order, text: cloud.call("one.secgroup.allocate", text)),
    writers={
        "owner": writers.give("one.secgroup"),
        "update": secgroup_use.pushed(writers.update("one.secgroup")),
        "commit": secgroup_use.pushed(
            lambda cloud, group, changes, order: cloud.call("one.secgroup.commit", group.id, True)
        ),
        "chown": writers.chown("one.secgroup"),
        "chmod": writers.chmod("one.secgroup"),
    },
    remove=lambda cloud, resource: cloud.call("one.secgroup.delete", resource.id),
    in_the_way=secgroup_use.refuse_used,
)
