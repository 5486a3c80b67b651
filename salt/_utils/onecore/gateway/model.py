"""The desired gateway: its zones, the allowed traffic between them, and its services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ..basics.errors import ArgumentError
from .nics import Nic, find_lan, find_uplink

#: The zones that are not networks of the user: the outside, and the gateway itself.
UPLINK, GATEWAY = "uplink", "gateway"
ALLOW, DENY = "allow", "deny"


@dataclass(frozen=True)
class Zone:
    """The source or destination of packets through one interface.

    address, subnet
        The gateway's address there and the addresses behind it; ``None`` if only the interface counts.
    mtu
        The MTU in OpenNebula's context, if any.
    """

    name: str
    interface: str
    address: IPv4Address | None = None
    subnet: IPv4Network | None = None
    mtu: int | None = None


@dataclass(frozen=True)
class Network(Zone):
    """A network behind the gateway."""

    address: IPv4Address
    subnet: IPv4Network


@dataclass(frozen=True)
class Verdict:
    """The allowed traffic from one zone to another: everything, or connections to ports (``80``, ``8000-8010``)."""

    everything: bool = False
    tcp: tuple[str, ...] = ()
    udp: tuple[str, ...] = ()
    ping: bool = False

    def lets_in(self, port: int) -> bool:
        """Whether a TCP connection to a port may pass."""
        return self.everything or any(_in_range(port, each) for each in self.tcp)


@dataclass(frozen=True)
class Forward:
    """A port of the uplink address that is forwarded to a machine behind the gateway."""

    name: str
    protocol: str
    port: int
    address: IPv4Address
    to_port: int
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dhcp:
    """The addresses of DHCP on one network: ``first`` to ``last`` for any machine, fixed ones for known machines."""

    first: IPv4Address | None
    last: IPv4Address | None
    lease_time: str


@dataclass(frozen=True)
class Host:
    """A machine with an address, with the data of all sections.

    macs
        The hardware addresses that may request it.
    names
        The first one is sent to the machine itself; empty if only hardware addresses are known.
    """

    address: IPv4Address
    macs: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """The complete gateway.

    policy
        The verdict for each pair of zones, by their names; a missing pair has the default of the zones.
    dhcp
        By the name of the network.
    others
        Interfaces besides those of the networks: those of the context, or of the machine if there is no context.
    """

    user: str
    uplink: Zone | None
    networks: tuple[Network, ...]
    policy: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    forwards: tuple[Forward, ...] = ()
    dhcp: Mapping[str, Dhcp] = field(default_factory=dict)
    hosts: tuple[Host, ...] = ()
    domain: str = ""
    servers: tuple[str, ...] = ()
    ntp: bool = False
    others: tuple[str, ...] = ()

    @property
    def zones(self) -> tuple[Zone, ...]:
        """All interfaces, the uplink first."""
        return (self.uplink, *self.networks) if self.uplink else self.networks

    def verdict(self, source: str, target: str) -> Verdict:
        """The allowed traffic from one zone to another: by default only outgoing traffic."""
        default = Verdict(everything=source == GATEWAY or (target == UPLINK and source != UPLINK))
        return self.policy.get((source, target), default)

    def passages(self) -> Iterator[tuple[Zone, Zone, Verdict]]:
        """Every pair of different zones between which packets are forwarded."""
        for source in self.zones:
            for target in self.zones:
                if source is not target:
                    yield source, target, self.verdict(source.name, target.name)


def build(part: Mapping[str, Any] | None, nics: Sequence[Nic]) -> Model:
    """The gateway of a user's part of the pillar, on these interfaces.

    part
        The pillar key ``gateway``, as `orchestration.gateway_part` creates it.

    Raises
        ArgumentError with all errors.
    """
    if not part or not part.keys() & {"faults", "networks"}:
        raise ArgumentError("The pillar describes no gateway for this minion: it has no key gateway:networks.")
    if part.get("faults"):
        raise ArgumentError(refusal(part["faults"]))
    faults: list[str] = []
    networks = tuple(_networks(part, nics, faults))
    uplink = _uplink(part, nics, networks, faults)
    if faults:
        raise ArgumentError(refusal(faults))
    return Model(
        user=part["user"],
        uplink=uplink,
        networks=networks,
        policy=dict(_policy(part.get("policy") or {})),
        forwards=tuple(_forward(name, each) for name, each in sorted((part.get("forwards") or {}).items())),
        dhcp={name: _dhcp(each) for name, each in (part.get("dhcp") or {}).items()},
        hosts=tuple(_hosts(part)),
        domain=part.get("domain", ""),
        servers=tuple(part.get("servers") or ()),
        ntp="ntp" in part,
        others=tuple(_others(nics, networks)),
    )


def _others(nics: Sequence[Nic], networks: Sequence[Zone]) -> Iterator[str]:
    taken, known = {zone.interface for zone in networks}, any(nic.label for nic in nics)
    return (nic.name for nic in nics if nic.name not in taken and (nic.label or not known))


def refusal(faults: Sequence[str]) -> str:
    """One text for all errors."""
    if len(faults) == 1:
        return f"Nothing was changed, since the gateway has an error: {faults[0]}"
    return f"Nothing was changed, since the gateway has {len(faults)} errors:" + "".join(
        f"\n- {each}" for each in faults
    )


def _networks(part: Mapping[str, Any], nics: Sequence[Nic], faults: list[str]) -> Iterator[Network]:
    for name, network in part["networks"].items():
        address = IPv4Address(network["address"])
        nic = find_lan(nics, address)
        if nic is None:
            faults.append(f"network {name}: this machine has no interface for {address}")
        else:
            yield Network(name, nic.name, address, IPv4Network(network["cidr"]), nic.mtu)


def _uplink(part: Mapping[str, Any], nics: Sequence[Nic], networks: Sequence[Zone], faults: list[str]) -> Zone | None:
    uplink = part.get("uplink")
    if uplink is None:
        return None
    address = IPv4Address(uplink["address"]) if "address" in uplink else None
    taken = {zone.interface for zone in networks}
    nic = find_uplink([nic for nic in nics if nic.name not in taken], address)
    if nic is None:
        faults.append(f"uplink {uplink['network']}: this machine has no interface for {address or 'it'}")
        return None
    return Zone(UPLINK, nic.name, address)


def _policy(policy: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Verdict]]:
    for source, targets in policy.items():
        for target, said in targets.items():
            yield (source, target), _verdict(said)


def _verdict(said: str | Mapping[str, Any]) -> Verdict:
    if isinstance(said, str):
        return Verdict(everything=said == ALLOW)
    tcp, udp = (tuple(str(port) for port in said.get(protocol) or ()) for protocol in ("tcp", "udp"))
    return Verdict(tcp=tcp, udp=udp, ping=bool(said.get("ping", False)))


def _in_range(port: int, ports: str) -> bool:
    low, _, high = ports.partition("-")
    return int(low) <= port <= int(high or low)


def _forward(name: str, said: Mapping[str, Any]) -> Forward:
    return Forward(
        name,
        said.get("protocol", "tcp"),
        said["port"],
        IPv4Address(said["to"]),
        said.get("to_port", said["port"]),
        tuple(said.get("from") or ()),
    )


def _dhcp(said: Mapping[str, Any]) -> Dhcp:
    first = IPv4Address(said["first"]) if "first" in said else None
    return Dhcp(first, first and first + said["size"] - 1, said["lease_time"])


def _hosts(part: Mapping[str, Any]) -> Iterator[Host]:
    """All machines with an address, each address once, since dnsmasq does not accept duplicates."""
    macs: dict[IPv4Address, list[str]] = {}
    names: dict[IPv4Address, list[str]] = {}
    for address, mac, name in _said_of_hosts(part):
        macs.setdefault(address, []).append(mac.lower())
        names.setdefault(address, []).extend([name] if name else [])
    for address in sorted(macs):
        yield Host(address, tuple(dict.fromkeys(macs[address])), tuple(names[address]))


def _said_of_hosts(part: Mapping[str, Any]) -> Iterator[tuple[IPv4Address, str, str]]:
    """Address, hardware address and name of machines with a name, and, without one, of possible VMs of OpenNebula."""
    for name, each in (part.get("hosts") or {}).items():
        yield IPv4Address(each["ip"]), each["mac"], name
    for dhcp in (part.get("dhcp") or {}).values():
        for block in dhcp["leases"]:
            first, mac = IPv4Address(block["ip"]), int(block["mac"].replace(":", ""), 16)
            for offset in range(block["size"]):
                yield first + offset, spell_mac(mac + offset), ""


def spell_mac(number: int) -> str:
    """A hardware address in the usual notation."""
    return ":".join(f"{byte:02x}" for byte in number.to_bytes(6, "big"))
