"""Cross-checks of a network's addresses: all are in the network, and ranges do not overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from ..kinds.vnet.range_types import SHAREABLE, implied, needed, strange
from ..pillar.networks import address_ranges, number, subnet_of
from .walk import Walk
from .words import below

#: The longest prefix of networks with a network address and a broadcast address.
LONGEST_WITH_BROADCAST = 30

Where = Callable[..., str]


@dataclass(frozen=True)
class Span:
    """The addresses of a range: the path of its declaration, the first one as declared, and both ends as numbers."""

    path: str
    label: str
    first: str
    start: int
    end: int


def check_addresses(network: Mapping[str, Any], where: Where, walk: Walk) -> None:
    """Check the addresses of one network.

    where
        Returns the path of the network, or of a key in it.
    """
    _check_shorthands(network, where, walk)
    subnet = subnet_of(network)
    if subnet is not None and "gateway" in network and not usable(network["gateway"], subnet):
        walk.fault(where("gateway"), f"{network['gateway']} is no address for a router in {subnet}")
    _check_gateway6(network, where, walk)
    spans = list(_spans(network, where, walk))
    if subnet is not None:
        for span in spans:
            _check_inside(span, subnet, walk)
    _check_overlaps(spans, walk)
    _check_holds(network, spans, where, walk)


def _check_holds(network: Mapping[str, Any], spans: list[Span], where: Where, walk: Walk) -> None:
    """Check that held IPv4 addresses are in a range, if ranges are declared: the pillar adds no other ones."""
    known = [span for span in spans if ":" not in span.first]
    for address, note in network.get("holds", {}).items() if known else ():
        # The gateway's own address gets a range if it is in none.
        if note is None or ":" in address or address == network.get("gateway"):
            continue
        if not any(span.start <= int(IPv4Address(address)) <= span.end for span in known):
            walk.fault(where("holds", address), "the address is not in a range of the network")


def _check_gateway6(network: Mapping[str, Any], where: Where, walk: Walk) -> None:
    if "cidr6" in network and "gateway6" in network:
        router, prefix = IPv6Address(network["gateway6"]), IPv6Network(network["cidr6"])
        if router not in prefix and not router.is_link_local:
            walk.fault(where("gateway6"), f"{router} is no address in {prefix}")


def usable(address: str, subnet: IPv4Network) -> bool:
    """Whether a machine can have an address in a subnet."""
    low, high = bounds(subnet)
    return low <= number(address) <= high


def bounds(subnet: IPv4Network) -> tuple[int, int]:
    """The first and the last address for machines, as numbers."""
    low, high = int(subnet.network_address), int(subnet.broadcast_address)
    return (low + 1, high - 1) if subnet.prefixlen <= LONGEST_WITH_BROADCAST else (low, high)


def _check_shorthands(network: Mapping[str, Any], where: Where, walk: Walk) -> None:
    for key in ("network_address", "network_mask"):
        if "cidr" in network and key in network:
            walk.fault(where(key), "conflicts with cidr, which determines it already; declare one of the two")
    subnet, address = subnet_of(network), network.get("network_address")
    if subnet is not None and "cidr" not in network and str(subnet.network_address) != address:
        walk.fault(where("network_address"), f"{address} is an address inside of a network; did you mean {subnet[0]}?")
    for key, other in (("first", "size"), ("cidr6", "size"), ("size", "first")):
        if key in network and other not in network and not (key == "size" and "cidr6" in network):
            walk.require(where(key), f"makes an address range only together with {other}", where(other))


def _spans(network: Mapping[str, Any], where: Where, walk: Walk) -> Iterator[Span]:
    """The ranges with known addresses; adds errors for incomplete ones."""
    declared = network.get("address_ranges", {})
    for label, each in address_ranges(network).items():
        at = where("address_ranges", label) if label in declared else where("first")
        _check_type(each, at, walk)
        for key in {"ip", "ip6"} & each.keys():
            if "size" in each:
                start = int(ip_address(each[key]))
                yield Span(at, label, each[key], start, start + each["size"] - 1)


def _check_type(declared: Mapping[str, Any], at: str, walk: Walk) -> None:
    """Check that a range has the attributes of its type, and no others."""
    names = {name.upper() for name, value in declared.items() if value is not None}
    kind = declared.get("type") or implied(names)
    missing = [
        key for key in map(str.lower, needed(kind)) if key.upper() not in names and below(at, key) not in walk.blamed
    ]
    if missing:
        walk.fault(at, f"a range of type {kind} needs {' and '.join(missing)}")
    for name in strange(kind, names):
        walk.fault(below(at, name.lower()), f"a range of type {kind} has none")
    if declared.get("shared") and kind not in SHAREABLE:
        walk.fault(below(at, "shared"), f"only ranges of the types {' and '.join(SHAREABLE)} can be shared")


def _check_inside(span: Span, subnet: IPv4Network, walk: Walk) -> None:
    if ":" in span.first:
        return
    low, high = bounds(subnet)
    if not low <= span.start <= high:
        walk.fault(span.path, f"{span.first} is no address for a machine in {subnet}")
    elif span.end > high:
        walk.fault(
            span.path, f"its {span.end - span.start + 1} addresses from {span.first} on run past the end of {subnet}"
        )


def _check_overlaps(spans: list[Span], walk: Walk) -> None:
    for version in (False, True):
        ordered = sorted((each for each in spans if (":" in each.first) is version), key=lambda each: each.start)
        widest = None
        for span in ordered:
            if widest is not None and span.start <= widest.end:
                walk.fault(span.path, f"its addresses overlap those of range {widest.label}")
            if widest is None or span.end > widest.end:
                widest = span
