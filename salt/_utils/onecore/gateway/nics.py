"""Which interface of a guest belongs to which network, from OpenNebula's context or from MAC addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

#: How OpenNebula's hardware addresses begin, unless its configuration says otherwise; the IP address follows.
MAC_PREFIX = 0x0200


@dataclass(frozen=True)
class Nic:
    """An interface of this guest.

    name, mac
        As the kernel has them.
    label, address, mtu
        As OpenNebula's context has them: ``ETH0``, the address that it leased, and the largest packet where the network
        names one; empty where it does not know it.
    """

    name: str
    mac: str
    label: str = ""
    address: str = ""
    mtu: int | None = None


def known_nics(interfaces: Mapping[str, str], context: Iterable[Mapping[str, Any]] = ()) -> list[Nic]:
    """The interfaces of this guest, those of the context first and in its order.

    interfaces
        Hardware addresses by name.
    context
        The NICs that OpenNebula's context tells of, as the grain ``opennebula:interfaces`` has them.
    """
    nics = {mac.lower(): name for name, mac in interfaces.items()}
    said = {str(nic["mac"]).lower(): nic for nic in context if "mac" in nic}
    known = [
        Nic(nics[mac], mac, nic.get("name", ""), nic.get("ip", ""), nic.get("mtu"))
        for mac, nic in said.items()
        if mac in nics
    ]
    return known + [Nic(name, mac) for mac, name in nics.items() if mac not in said]


def mac_of(address: IPv4Address | str) -> int:
    """The hardware address that OpenNebula makes from an IP address, as a number."""
    return MAC_PREFIX << 32 | int(IPv4Address(address))


def find_lan(nics: Iterable[Nic], address: IPv4Address) -> Nic | None:
    """The interface that is to have an address; ``None`` if there is none, or more than one."""
    nics = list(nics)
    return _only(nic for nic in nics if nic.address == str(address)) or _only(
        nic for nic in nics if not nic.address and int(nic.mac.replace(":", ""), 16) == mac_of(address)
    )


def find_uplink(nics: Sequence[Nic], address: IPv4Address | None) -> Nic | None:
    """The uplink's interface among those that belong to no other network; without an address the first NIC."""
    if address is not None:
        return find_lan(nics, address)
    return next((nic for nic in nics if nic.label), None) or _only(nics)


def _only(nics: Iterable[Nic]) -> Nic | None:
    found = list(nics)
    return found[0] if len(found) == 1 else None
