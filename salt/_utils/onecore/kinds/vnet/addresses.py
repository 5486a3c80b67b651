"""The single addresses of ranges, and their holders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from ...basics.addresses import ADDRESS, MAC, hardware
from ...basics.errors import ArgumentError
from ...cloud.collection import Collection
from ...cloud.directory import NETWORKS, ROUTERS, VMS
from ...cloud.resource import Resource, Vector
from ...model.nodes import Leaf

#: How a lease or a NIC names each type of address, and how they compare. The first address of a range determines the
#: others; OpenNebula computes those of an IPv6 range from the hardware address.
ADDRESSES = {"IP": ADDRESS, "IP6": ADDRESS, "MAC": MAC}
#: The holders in a lease; the holder of a held address is a VM without ID.
HOLDERS = (("VROUTER", ROUTERS), ("VNET", NETWORKS), ("VM", VMS))
NOBODY = -1
#: The same in the list of used positions of a pool: the type of the holder, and its ID (include/PoolObjectSQL.h,
#: release 7.4.0).
_VM, NUMBER = 0x1000000000, 0xFFFFFFFF
_TYPES = {_VM: VMS, 0x4000000000: NETWORKS, 0x4000000000000: ROUTERS}
#: The ID of no VM: the address is held.
HELD = NUMBER


def address(where: str, value: Any) -> tuple[str, str]:
    """An address as the name of its type in OpenNebula (``IP``, ``IP6`` or ``MAC``), and its comparable form."""
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


#: An address in the pillar.
LEASABLE = Leaf("an IP or MAC address", (str,), _leasable)


@dataclass(frozen=True)
class Span:
    """The addresses of one type in a range."""

    first: IPv4Address | IPv6Address | int
    size: int

    def position(self, address: str) -> int | None:
        """The position of an address in the range, counted from 0; ``None`` if it is not in the range."""
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
    """The addresses of ranges, declared or existing."""
    for each in ranges:
        for name in ADDRESSES:
            first = each.hardware(name) if name == "MAC" else each.address(name)
            if first is not None:
                yield Span(first, each.number("SIZE"))


def positions(old: Vector) -> list[tuple[int, int]]:
    """The used addresses of a range, as a pool returns them: position and holder of each."""
    numbers = old.numbers("ALLOCATED")
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def is_vm(holder: int) -> bool:
    """Whether the holder of a position is a VM; also true for a held address."""
    return bool(holder & _VM) and holder > 0


def is_held(lease: Vector) -> bool:
    """Whether an address is held."""
    return all(lease.number(name, NOBODY) == NOBODY for name, _ in HOLDERS)


@dataclass(frozen=True)
class Taken:
    """An address in use: its position in the range, and its holder, which has no ID if the address is held."""

    position: int
    holder: Collection
    number: int | None


def taken_of(network: Resource, old: Vector) -> Iterator[Taken]:
    """The addresses of a range that are in use."""
    for position, holder in positions(old):
        number = holder & NUMBER
        yield Taken(position, _TYPES.get(holder & ~NUMBER, VMS), None if number == HELD else number)
    # An info call returns leases in place of positions; a lease has several addresses of one position.
    for each, lease in network.nested("AR_POOL/AR", "LEASES/LEASE"):
        if each.get("AR_ID") == old.get("AR_ID"):
            names = [name for name in ADDRESSES if lease.get(name)]
            places = {span.position(lease[name]) for span in spans([old]) for name in names} - {None}
            holders = [(kind, lease.number(name)) for name, kind in HOLDERS if lease.number(name, NOBODY) != NOBODY]
            who: tuple[Collection, int | None] = holders[0] if holders else (VMS, None)
            yield from (Taken(place, *who) for place in places if place is not None)


def in_use(network: Resource) -> dict[str, bool]:
    """Every address in use, and whether it is held."""
    found: dict[str, bool] = {}
    # An info call returns the leases of a range, and a pool their positions.
    for _, lease in network.nested("AR_POOL/AR", "LEASES/LEASE"):
        found |= {kind.stored(lease[name]): is_held(lease) for name, kind in ADDRESSES.items() if lease.get(name)}
    for each in network.vectors("AR_POOL/AR"):
        for position, holder in positions(each):
            held = is_vm(holder) and holder & NUMBER == HELD
            found |= {span.at(position): held for span in spans([each])}
    return found


def needed(network: Resource, old: Vector) -> int:
    """The smallest size of a range that still contains all addresses in use."""
    taken = [address for address, held in in_use(network).items() if not held]
    places = [place for span in spans([old]) for place in map(span.position, taken) if place is not None]
    return max(places, default=-1) + 1
