"""The topology of a user: networks, VMs, and the traffic that the gateway allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..cloud import vm_states as vm_states
from ..cloud.directory import NETWORKS, SECURITY_GROUPS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..gateway.model import UPLINK


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
    """The traffic that a gateway allows from one network to another, in words.

    The names can also be ``uplink`` and ``gateway``.
    """

    source: str
    target: str
    what: str


@dataclass(frozen=True)
class Topology:
    """The infrastructure of one user. Networks of other users on which this user has VMs come last.

    uplink
        The name of the network that the gateway's rules call ``uplink``.
    """

    user: str
    lanes: Sequence[Lane]
    machines: Sequence[Machine]
    passages: Sequence[Passage]
    uplink: str | None = None

    def lane(self, name: str) -> Lane | None:
        """The network of that name in a passage; ``None`` for the gateway itself or a network that does not exist."""
        foreign, called = (True, self.uplink) if name == UPLINK else (False, name)
        return next((each for each in self.lanes if each.name == called and (each.owner != self.user) is foreign), None)


def topologies(cloud: Cloud, users: Sequence[str], gateways: Mapping[str, Any]) -> list[Topology]:
    """The topology of each user, in order.

    gateways
        By user, the gateway's part of the pillar, as `orchestration.gateway_part` returns it.
    """
    return [_topology(cloud, user, gateways.get(user) or {}) for user in users]


def owners(cloud: Cloud, group: str | None = None) -> list[str]:
    """All owners of networks, sorted; with a group, only those of networks of the group."""
    return sorted({each.owner for each in cloud.pool(NETWORKS) if group in (None, each.group)})


def _topology(cloud: Cloud, user: str, gateway: Mapping[str, Any]) -> Topology:
    networks = cloud.pool(NETWORKS)
    machines = [_machine(vm) for vm in sorted(cloud.pool(VMS), key=lambda each: each.id) if vm.owner == user]
    own = [each for each in networks if each.owner == user]
    joined = {number for machine in machines for number in machine.addresses}
    others = [each for each in networks if each.owner != user and each.id in joined]
    names = {each.id: each.name for each in cloud.pool(SECURITY_GROUPS)}
    lanes = [_lane(each, names) for each in (*sorted(own, key=_place), *sorted(others, key=_place))]
    return Topology(user, lanes, machines, list(_passages(gateway)), (gateway.get("uplink") or {}).get("network"))


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


def _passages(gateway: Mapping[str, Any]) -> Iterator[Passage]:
    """The rules of the policy, its defaults, and the forwarded ports."""
    policy = gateway.get("policy") or {}
    for source, targets in policy.items():
        for target, said in targets.items():
            what = _words(said)
            if what:
                yield Passage(source, target, what)
    if gateway.get("uplink"):
        for name in gateway.get("networks") or ():
            if UPLINK not in policy.get(name, {}):
                yield Passage(name, UPLINK, "everything")
    for each in (gateway.get("forwards") or {}).values():
        port, to = each["port"], f"{each['to']}:{each.get('to_port', each['port'])}"
        yield Passage(UPLINK, _network_of(gateway, each["to"]), f"{each.get('protocol', 'tcp')} {port} to {to}")


def _network_of(gateway: Mapping[str, Any], address: str) -> str:
    """The network of an address; the address itself if it is in no network."""
    networks = gateway.get("networks") or {}
    return next((name for name, each in networks.items() if IPv4Address(address) in IPv4Network(each["cidr"])), address)


def _words(said: Any) -> str:
    """The allowed traffic; empty if there is none."""
    if isinstance(said, str):
        return "everything" if said == "allow" else ""
    ports = [f"{protocol} {', '.join(map(str, said[protocol]))}" for protocol in ("tcp", "udp") if said.get(protocol)]
    return "; ".join([*ports, *(["ping"] if said.get("ping") else [])])
