"""The single addresses of ranges, and who has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from ...basics.addresses import ADDRESS, MAC, hardware
from ...basics.errors import ArgumentError
from ...cloud.directory import NETWORKS, ROUTERS, VMS
from ...cloud.resource import Resource, Vector
from ...model.nodes import Leaf

#: What a lease or a NIC calls an address, and how it compares. The first of a range says which ones it has; OpenNebula
#: works out the others of an IPv6 range from the hardware's.
ADDRESSES = {"IP": ADDRESS, "IP6": ADDRESS, "MAC": MAC}
#: How a lease calls its holder; a VM without number is nobody's, and the address held back from everybody.
HOLDERS = (("VROUTER", ROUTERS), ("VNET", NETWORKS), ("VM", VMS))
NOBODY = -1
#: The same in the positions of a range: what the holder is, and its number (include/PoolObjectSQL.h, release 7.4.0).
_VM, NUMBER = 0x1000000000, 0xFFFFFFFF
#: The number of no VM: the address is held back.
HELD = NUMBER


def address(where: str, value: Any) -> tuple[str, str]:
    """An address as OpenNebula calls its sort (``IP``, ``IP6`` or ``MAC``), and in the form that compares."""
    try:
        return "MAC", MAC.wanted(where, value)
    except ArgumentError:
        found = ADDRESS.wanted(where, value)
        return ("IP6" if ":" in found else "IP"), found


def _leasable(value: str) -> None:
    try:
        address("", value)
    except ArgumentError:
        raise ValueError from None


#: One of them in the pillar.
LEASABLE = Leaf("an IP or MAC address", (str,), _leasable)


@dataclass(frozen=True)
class Span:
    """The addresses of one sort in a range."""

    first: IPv4Address | IPv6Address | int
    size: int

    def position(self, address: str) -> int | None:
        """Where an address is in it, counted from 0; ``None`` when it is elsewhere."""
        wanted = _number(address)
        found = int(wanted) - int(self.first) if type(wanted) is type(self.first) else -1
        return found if 0 <= found < self.size else None

    def __contains__(self, address: str) -> bool:
        return self.position(address) is not None

    def at(self, position: int) -> str:
        """The address at a position."""
        if isinstance(self.first, int):
            digits = f"{self.first + position:012x}"
            return ":".join(digits[place : place + 2] for place in range(0, 12, 2))
        return str(self.first + position)


def _number(address: str) -> IPv4Address | IPv6Address | int:
    found = hardware(address)
    return ip_address(address) if found is None else found


def spans(ranges: Iterable[Vector]) -> Iterator[Span]:
    """The addresses that ranges have, declared or existing."""
    for each in ranges:
        for name in ADDRESSES:
            first = each.hardware(name) if name == "MAC" else each.address(name)
            if first is not None:
                yield Span(first, each.number("SIZE"))


def positions(old: Vector) -> list[tuple[int, int]]:
    """The addresses of a range that are in use, as a pool tells them: position and holder of each."""
    numbers = old.numbers("ALLOCATED")
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def is_vm(holder: int) -> bool:
    """Whether the holder of a position is a VM, or nobody."""
    return bool(holder & _VM) and holder > 0


def is_held(lease: Vector) -> bool:
    """Whether an address is held back from everybody."""
    return all(lease.number(name, NOBODY) == NOBODY for name, _ in HOLDERS)


def in_use(network: Resource) -> dict[str, bool]:
    """Every address in use, and whether it is held back from everybody."""
    found: dict[str, bool] = {}
    # An info call tells the leases of a range, and a pool their positions.
    for _, lease in network.nested("AR_POOL/AR", "LEASES/LEASE"):
        found |= {kind.stored(lease[name]): is_held(lease) for name, kind in ADDRESSES.items() if lease.get(name)}
    for each in network.vectors("AR_POOL/AR"):
        for position, holder in positions(each):
            held = is_vm(holder) and holder & NUMBER == HELD
            found |= {span.at(position): held for span in spans([each])}
    return found


def needed(network: Resource, old: Vector) -> int:
    """How many addresses from its first a range must keep, for those to be among them that somebody has."""
    taken = [address for address, held in in_use(network).items() if not held]
    places = [place for span in spans([old]) for place in map(span.position, taken) if place is not None]
    return max(places, default=-1) + 1
