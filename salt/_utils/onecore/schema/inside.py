"""The part of the pillar's schema for the configuration inside a gateway: its keys, and their cross-checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from ..gateway.model import ALLOW, DENY, GATEWAY, UPLINK
from ..model import leaves as a
from ..model.arguments import NONE
from ..model.nodes import Each, Either, Key, Keys, Leaf, Many
from ..pillar.gateways import lan_addresses
from ..pillar.networks import address_ranges, number, subnet_of
from . import leaves as our
from .addresses import bounds
from .references import check_named
from .view import View
from .walk import Walk

HIGHEST_PORT = 65535
#: Each of a network's addresses becomes a line of the gateway's configuration, which limits the size.
MOST_LEASES = 4096
PORT_OR_TWO = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?")
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
TIME = re.compile(r"[0-9]{1,6}[smhdw]?|infinite")


def _ports(value: int | str) -> None:
    """A port, or two ports with a dash."""
    if not PORT_OR_TWO.fullmatch(str(value)):
        raise ValueError
    ends = [int(end) for end in str(value).split("-")]
    if not all(1 <= end <= HIGHEST_PORT for end in ends) or ends != sorted(ends):
        raise ValueError


def _matching(pattern: re.Pattern[str]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not pattern.fullmatch(value):
            raise ValueError

    return check


def _domain(value: str) -> None:
    for label in value.split("."):
        _matching(LABEL)(label)


def _proxy(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme != "http" or not parts.hostname or re.search(r"""[\s"';]""", value):
        raise ValueError


def _servers(value: str) -> None:
    for word in value.split() or [""]:
        IPv4Address(word)


PORT = a.whole(1, HIGHEST_PORT)
PORTS = Leaf("a port, or a range of ports such as 8000-8010", (int, str), _ports)
HOST = Leaf("a host name without dots", (str,), _matching(LABEL))
DNS_DOMAIN = Leaf("a domain, such as school.internal", (str,), _domain)
SERVERS = Leaf("IPv4 addresses, separated by blanks", (str,), _servers)
NTP_SERVER = Leaf("a host name or an address", (str,), _matching(re.compile(r"[A-Za-z0-9.:-]+")))
PROXY = Leaf("the URL of a proxy, such as http://192.168.230.1:3142", (str,), _proxy)
DURATION = Leaf("a time, such as 30m, 12h or 7d", (str,), _matching(TIME))
ZONE = our.NETWORK

PASSAGE = Keys(
    "what may pass",
    {
        "tcp": Key(Many(PORTS), "Allowed TCP ports.", NONE, "[80, 443, 8000-8010]"),
        "udp": Key(Many(PORTS), "Allowed UDP ports.", NONE, "[123]"),
        "ping": Key(a.BOOLEAN, "Whether ping is allowed.", "false", "true"),
    },
)
FORWARD = Keys(
    "a forward",
    {
        "protocol": Key(a.choice("tcp", "udp"), "Protocol.", "`tcp`", "udp"),
        "port": Key(PORT, "Port of the uplink address.", "required", "8080"),
        "to": Key(a.IPV4, "Address of the target, on a network of the gateway.", "required", "192.168.0.60"),
        "to_port": Key(PORT, "Port of the target.", "the same", "80"),
        "from": Key(Many(our.CIDR), "Networks that may connect.", "everybody", "[192.168.230.0/24]"),
    },
)
DHCP = Keys(
    "DHCP on a network",
    {
        "first": Key(
            a.IPV4,
            "With `size`: a dynamic range for machines that OpenNebula does not know. It must be outside the network's "
            "address ranges.",
            "no dynamic range",
            "192.168.0.210",
        ),
        "size": Key(a.POSITIVE, "Number of addresses.", NONE, "20", "addresses"),
        "lease_time": Key(DURATION, "Lease time.", "1h", "12h"),
    },
)
NAMED_HOST = Keys(
    "a host",
    {
        "ip": Key(a.IPV4, "Its address, on a network of the gateway.", "required", "192.168.0.60"),
        "mac": Key(a.MAC_ADDRESS, "Its MAC address.", "as OpenNebula derives it from `ip`", "'02:00:c0:a8:00:3c'"),
    },
)
DNS = Keys(
    "the names of a gateway",
    {
        "domain": Key(DNS_DOMAIN, "The domain of the hosts' names.", "`internal`", "school.internal"),
        "servers": Key(SERVERS, "Name servers for other names.", "the uplink network's `dns`", "192.168.230.1"),
    },
)
TIME_SERVICE = Keys(
    "the time service of a gateway",
    {"servers": Key(Many(NTP_SERVER), "NTP servers.", "the system's", "[ntp.example.org]")},
)

#: Keys of a gateway for its configuration inside, which do not concern the VM.
INSIDE = {
    "policy": Key(
        Each("zone", ZONE, Each("zone", ZONE, Either((a.choice(ALLOW, DENY), PASSAGE)))),
        f"What is allowed from one of its networks (first key) to another (second key); `{UPLINK}` is everything "
        f"outside, `{GATEWAY}` the gateway itself. Replies are always allowed.",
        f"`{ALLOW}` from networks to `{UPLINK}` and from `{GATEWAY}`, else `{DENY}`",
        "{academie: {RIE: allow, windows: {tcp: [445]}}}",
    ),
    "forwards": Key(
        Each("forward", a.name("forward"), FORWARD),
        "Ports of the uplink address that are forwarded to machines behind the gateway, by a name of your choice.",
        NONE,
        "{web: {port: 8080, to: 192.168.0.60, to_port: 80}}",
    ),
    "dhcp": Key(
        Each("network", our.NETWORK, DHCP),
        "The networks with DHCP. Each VM gets the address that OpenNebula has leased to it.",
        NONE,
        "{academie: {first: 192.168.0.210, size: 20}}",
    ),
    "hosts": Key(
        Each("host", HOST, Either((a.IPV4, NAMED_HOST))),
        "Machines with a DNS name, by name. VMs of labs that have an address are added.",
        NONE,
        "{scribe: 192.168.0.60}",
    ),
    "dns": Key(DNS, "The name service.", "those of `hosts`", "{domain: school.internal}"),
    "ntp": Key(TIME_SERVICE, "The time service for its networks.", "not served", "{}"),
    "apt_proxy": Key(PROXY, "HTTP proxy for packages.", NONE, "http://192.168.230.1:3142"),
}


def check_inside(view: View, walk: Walk) -> None:
    """Check the configuration inside one gateway, if it has any."""
    if not any(key in view.gateway for key in INSIDE):
        return
    subnets = dict(_subnets(view, walk))
    _check_subnets(view, subnets, walk)
    _check_policy(view, walk)
    _check_forwards(view, subnets, walk)
    _check_dhcp(view, subnets, walk)
    _check_hosts(view, subnets, walk)


def _subnets(view: View, walk: Walk) -> Iterator[tuple[str, IPv4Network]]:
    """The subnet of each network of the gateway."""
    for name in view.gateway["lan"]:
        network = view.networks.get(name)
        subnet = subnet_of(network) if network is not None else None
        if subnet is not None:
            yield name, subnet
        elif network is not None:
            related = [view.path("networks", name, key) for key in ("network_address", "network_mask")]
            walk.require(view.path("networks", name, "cidr"), "is required, since the gateway joins it", *related)


def _check_subnets(view: View, subnets: Mapping[str, IPv4Network], walk: Walk) -> None:
    for name in {UPLINK, GATEWAY} & view.gateway["lan"].keys():
        walk.fault(view.path("gateway", "lan"), f"{name} cannot be the name of a network there: policies mean another")
    for (name, subnet), (other, its) in combinations(subnets.items(), 2):
        if subnet.overlaps(its):
            walk.fault(view.path("gateway", "lan"), f"{subnet} of network {name} overlaps {its} of network {other}")
    outside = view.gateway.get("uplink_ip")
    for name, subnet in subnets.items():
        if outside is not None and IPv4Address(outside) in subnet:
            walk.fault(view.path("gateway", "uplink_ip"), f"{outside} is an address of network {name}, {subnet}")


def _joined(view: View) -> list[str]:
    """The existing networks of the gateway."""
    return [name for name in view.gateway["lan"] if name in view.networks]


def _check_policy(view: View, walk: Walk) -> None:
    zones = [*_joined(view), GATEWAY, *([UPLINK] if "uplink" in view.gateway else [])]
    for source, targets in view.gateway.get("policy", {}).items():
        _check_zone(view, source, ("policy", source), zones, walk)
        for target in targets:
            at = view.path("gateway", "policy", source, target)
            if source == target:
                walk.fault(at, "a zone has no policy towards itself: traffic inside it does not pass the gateway")
            else:
                _check_zone(view, target, ("policy", source, target), zones, walk)


def _check_zone(view: View, name: str, place: tuple[str, ...], zones: list[str], walk: Walk) -> None:
    """Check that the zone exists that is named at a place in the gateway."""
    if name in zones:
        return
    at, lan = view.path("gateway", *place), view.path("gateway", "lan")
    if name in view.networks:
        if view.says("gateway", "lan") and not view.says("gateway", *place):
            walk.fault(lan, f"leaves out network {name}, which {'.'.join(place)} still names")
        else:
            walk.fault(at, f"the gateway does not join network {name}; see gateway.lan")
    elif name == UPLINK:
        walk.require(at, "the gateway has no uplink", view.path("gateway", "uplink"))
    else:
        check_named(view, name, f"gateway.{'.'.join(place)}", at, zones, walk)


def _check_forwards(view: View, subnets: Mapping[str, IPv4Network], walk: Walk) -> None:
    taken: dict[tuple[str, int], str] = {}
    for name, forward in view.gateway.get("forwards", {}).items():
        at = view.path("gateway", "forwards", name)
        if "uplink" not in view.gateway:
            walk.require(at, "there is no uplink to forward from", view.path("gateway", "uplink"))
        for key in ("port", "to"):
            if key not in forward:
                walk.require(view.path("gateway", "forwards", name, key), "is required")
        if "to" in forward:
            _check_machine(view, forward["to"], view.path("gateway", "forwards", name, "to"), subnets, walk)
        if "port" in forward:
            port = (forward.get("protocol", "tcp"), forward["port"])
            other = taken.setdefault(port, name)
            if other != name:
                walk.fault(at, f"{port[0]} port {port[1]} is already forwarded by {other}")


def _check_machine(view: View, address: str, at: str, subnets: Mapping[str, IPv4Network], walk: Walk) -> str | None:
    """Check that a machine behind the gateway can have an address; returns the network."""
    own = lan_addresses(view.whole)
    for name, subnet in subnets.items():
        if IPv4Address(address) in subnet:
            low, high = bounds(subnet)
            if address == own.get(name):
                walk.fault(at, f"{address} is the gateway's own address on network {name}")
            elif not low <= number(address) <= high:
                walk.fault(at, f"{address} is no address for a machine in {subnet}, the network {name}")
            return name
    if subnets:
        behind = ", ".join(f"{name} {subnet}" for name, subnet in subnets.items())
        walk.fault(at, f"{address} is on no network of the gateway ({behind})")
    return None


def _check_dhcp(view: View, subnets: Mapping[str, IPv4Network], walk: Walk) -> None:
    joined = _joined(view)
    for name, said in view.gateway.get("dhcp", {}).items():
        if name not in joined:
            _check_zone(view, name, ("dhcp", name), joined, walk)
            continue
        for key, other in (("first", "size"), ("size", "first")):
            if key in said and other not in said:
                below = [view.path("gateway", "dhcp", name, each) for each in (key, other)]
                walk.require(below[0], f"makes a range only together with {other}", below[1])
        leased = sum(each.get("size", 0) for each in address_ranges(view.networks[name]).values() if "ip" in each)
        if leased > MOST_LEASES:
            at = view.path("gateway", "dhcp", name)
            walk.fault(at, f"OpenNebula leases {leased} addresses there; the gateway supports {MOST_LEASES}")
        if "first" in said and "size" in said and name in subnets:
            _check_range(view, name, said, subnets[name], walk)


def _check_range(view: View, name: str, said: Mapping[str, Any], subnet: IPv4Network, walk: Walk) -> None:
    at, start = view.path("gateway", "dhcp", name, "first"), number(said["first"])
    end = start + said["size"] - 1
    low, high = bounds(subnet)
    if not low <= start <= high:
        walk.fault(at, f"{said['first']} is no address for a machine in {subnet}, the network {name}")
    elif end > high:
        walk.fault(at, f"its {said['size']} addresses from {said['first']} on run past the end of {subnet}")
    own = lan_addresses(view.whole).get(name)
    if own is not None and start <= number(own) <= end:
        walk.fault(at, f"its addresses overlap the gateway's own, {own}")
    for label, each in address_ranges(view.networks[name]).items():
        first = number(each.get("ip", "0.0.0.0"))
        if first and start < first + each.get("size", 0) and first <= end:
            walk.fault(at, f"its addresses overlap those of range {label}, which OpenNebula leases")


def _check_hosts(view: View, subnets: Mapping[str, IPv4Network], walk: Walk) -> None:
    taken: dict[str, str] = {}
    for name, host in view.gateway.get("hosts", {}).items():
        at = view.path("gateway", "hosts", name)
        address = host if isinstance(host, str) else host.get("ip")
        if address is None:
            walk.require(view.path("gateway", "hosts", name, "ip"), "is required")
            continue
        _check_machine(view, address, at, subnets, walk)
        other = taken.setdefault(address, name)
        if other != name:
            walk.fault(at, f"{address} is already the address of {other}")
