"""The topology of a user: networks, VMs, and the traffic that the gateway allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from ..cloud import vm_states as vm_states
from ..cloud.directory import NETWORKS, SECURITY_GROUPS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud


@dataclass(frozen=True)
class Lane:
    """A virtual network.

    where
        Its VLAN and its addresses, for people.
    groups
        Its security groups, without the default one.
    """

    id: int
    name: str
    owner: str
    where: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """A VM, and its address on each of its networks, by network ID."""

    id: int
    name: str
    state: str
    addresses: Mapping[int, str]


@dataclass(frozen=True)
class Passage:
    """The traffic that a gateway allows from one network to another, in words."""

    source: str
    target: str
    what: str


@dataclass(frozen=True)
class Topology:
    """The infrastructure of one user. Networks of other users on which this user has VMs come last."""

    user: str
    lanes: Sequence[Lane]
    machines: Sequence[Machine]
    passages: Sequence[Passage]


def topologies(cloud: Cloud, users: Sequence[str], policies: Mapping[str, Any]) -> list[Topology]:
    """The topology of each user, in order.

    policies
        By user, the gateway's ``policy`` in the pillar.
    """
    return [_topology(cloud, user, policies.get(user) or {}) for user in users]


def owners(cloud: Cloud, group: str | None = None) -> list[str]:
    """All owners of networks, sorted; with a group, only those of networks of the group."""
    return sorted({each.owner for each in cloud.pool(NETWORKS) if group in (None, each.group)})


def _topology(cloud: Cloud, user: str, policy: Mapping[str, Any]) -> Topology:
    networks = cloud.pool(NETWORKS)
    machines = [_machine(vm) for vm in sorted(cloud.pool(VMS), key=lambda each: each.id) if vm.owner == user]
    own = [each for each in networks if each.owner == user]
    joined = {number for machine in machines for number in machine.addresses}
    others = [each for each in networks if each.owner != user and each.id in joined]
    names = {each.id: each.name for each in cloud.pool(SECURITY_GROUPS)}
    lanes = [_lane(each, names) for each in (*sorted(own, key=_place), *sorted(others, key=_place))]
    return Topology(user, lanes, machines, list(_passages(policy)))


def _place(network: Resource) -> tuple[int, str]:
    return (network.number("VLAN_ID"), network.name)


def _lane(network: Resource, names: Mapping[int, str]) -> Lane:
    vlan = network.text("VLAN_ID")
    said = [f"VLAN {vlan}" if vlan else network.text("VN_MAD"), addresses(network)]
    numbers = [int(each) for each in network.attribute("SECURITY_GROUPS").split(",") if each.strip().isdigit()]
    groups = tuple(names.get(number, str(number)) for number in numbers if number)
    return Lane(network.id, network.name, network.owner, " · ".join(each for each in said if each), groups)


def addresses(network: Resource) -> str:
    """The addresses of a network: ``10.1.3.0/24``, or the first addresses of its ranges."""
    base, mask = network.attribute("NETWORK_ADDRESS"), network.attribute("NETWORK_MASK")
    if base:
        try:
            return str(IPv4Network(f"{base}/{mask}" if mask else base, strict=False))
        except ValueError:
            return base
    first = next(network.vectors("AR_POOL/AR"), None)
    if first is None:
        return ""
    return f"from {first.get('IP') or first.get('IP6') or first.get('MAC', '')}"


def _machine(vm: Resource) -> Machine:
    nics = [*vm.vectors("TEMPLATE/NIC"), *vm.vectors("TEMPLATE/NIC_ALIAS")]
    found: dict[int, list[str]] = {}
    for nic in nics:
        if nic.get("NETWORK_ID", "").isdigit():
            found.setdefault(int(nic["NETWORK_ID"]), []).append(nic.get("IP") or nic.get("IP6") or nic.get("MAC", ""))
    joined = {number: ", ".join(each) for number, each in found.items()}
    return Machine(vm.id, vm.name, vm_states.name(vm_states.state(vm)), joined)


def _passages(policy: Mapping[str, Any]) -> Iterator[Passage]:
    for source, targets in policy.items():
        for target, said in targets.items():
            what = _words(said)
            if what:
                yield Passage(source, target, what)


def _words(said: Any) -> str:
    """The allowed traffic; empty if there is none."""
    if isinstance(said, str):
        return "everything" if said == "allow" else ""
    ports = [f"{protocol} {', '.join(map(str, said[protocol]))}" for protocol in ("tcp", "udp") if said.get(protocol)]
    return "; ".join([*ports, *(["ping"] if said.get("ping") else [])])
