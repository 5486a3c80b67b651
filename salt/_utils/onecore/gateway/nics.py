"""The interface of a guest for each network, from OpenNebula's context or from MAC addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

#: The default prefix of OpenNebula's hardware addresses; the IP address follows.
MAC_PREFIX = 0x0200


@dataclass(frozen=True)
class Nic:
    """An interface of this guest.

    name, mac
        As in the kernel.
    label, address, mtu
        As in OpenNebula's context: ``ETH0``, the leased address, and the MTU of the network, if any; empty if the
        context does not contain the interface.
    """

    name: str
    mac: str
    label: str = ""
    address: str = ""
    mtu: int | None = None


def known_nics(interfaces: Mapping[str, str], context: Iterable[Mapping[str, Any]] = ()) -> list[Nic]:
    """The interfaces of this guest; those of the context come first, in its order.

    interfaces
        Hardware addresses by name.
    context
        The NICs in OpenNebula's context, as in the grain ``opennebula:interfaces``.
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
    """The hardware address that OpenNebula generates from an IP address, as a number."""
    return MAC_PREFIX << 32 | int(IPv4Address(address))


def find_lan(nics: Iterable[Nic], address: IPv4Address) -> Nic | None:
    """The interface for an address; ``None`` if there is none, or more than one."""
    nics = list(nics)
    return _only(nic for nic in nics if nic.address == str(address)) or _only(
        nic for nic in nics if not nic.address and int(nic.mac.replace(":", ""), 16) == mac_of(address)
    )


def find_uplink(nics: Sequence[Nic], address: IPv4Address | None) -> Nic | None:
    """The uplink's interface among those of no other network; without an address the first NIC."""
    if address is not None:
        return find_lan(nics, address)
    return next((nic for nic in nics if nic.label), None) or _only(nics)


def _only(nics: Iterable[Nic]) -> Nic | None:
    found = list(nics)
    return found[0] if len(found) == 1 else None
