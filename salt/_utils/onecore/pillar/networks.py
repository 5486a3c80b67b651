"""A network of the pillar as arguments of states: its addresses and its isolation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

from .layers import LEAVES

DRIVER = "802.1Q"
#: Labels of the address ranges from ``first`` and ``size``, and from a gateway's address.
POOL_RANGE, GATEWAY_RANGE = "pool", "gateway"
#: The argument with the VLAN, for drivers that have one; only these get the blueprint's ``phydev``.
VLAN_ARGUMENT = {
    "802.1Q": "vlan_id",
    "vxlan": "vlan_id",
    "ovswitch": "vlan_id",
    "ovswitch_vxlan": "outer_vlan_id",
}
#: Keys of a network that exist only in the pillar, and keys that identify an object.
SHORTHANDS = frozenset({"vlan", "cidr", "cidr6", "first", "size", "router_range", "owner", *LEAVES})
#: Addresses that outside routers do not route.
_UNIQUE_LOCAL = IPv6Network("fc00::/7")


def leasable_router(network: Mapping[str, Any], whole: Mapping[str, Any]) -> str | None:
    """The router of a network with leases: any VM that becomes the router can request this address.

    It does not depend on the networks of the gateway, so that joining or leaving one changes no network. ``None`` if
    the network or its user declares that the router needs no range.
    """
    leases = "reserved_from" not in network and ("first" in network or network.get("address_ranges"))
    needed = network.get("router_range", whole.get("router_range", True))
    return first_router(network) if leases and needed else None


def first_router(network: Mapping[str, Any]) -> str | None:
    """The address of a network's gateway: the declared one, or the first address."""
    if "gateway" in network:
        return network["gateway"]
    subnet = subnet_of(network)
    return None if subnet is None else str(subnet[min(1, subnet.num_addresses - 1)])


def subnet_of(network: Mapping[str, Any]) -> IPv4Network | None:
    """The subnet of a network, if declared."""
    if "cidr" in network:
        return _network(network["cidr"])
    if "network_address" in network and "network_mask" in network:
        return _network(f"{network['network_address']}/{network['network_mask']}")
    return None


# Cached, since the same addresses occur for every user, and parsing is the slowest part of expanding.
@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network:
    return IPv4Network(text, strict=False)


@lru_cache(maxsize=4096)
def number(address: str) -> int:
    """An IPv4 address as a number."""
    return int(IPv4Address(address))


def link(network: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """The isolation of a network: its driver, device and VLAN, as arguments of ``onevnet.present``."""
    if network.keys() & {"reserved_from", "template"}:
        # It gets that from another network, or from its template.
        return {name: network[name] for name in ("driver", "phydev") if name in network}
    vlans = whole.get("vlans", {})
    driver = network.get("driver") or vlans.get("driver", DRIVER)
    argument = VLAN_ARGUMENT.get(driver)
    if argument is None:
        return {"driver": driver}
    device = network.get("phydev") or vlans.get("phydev")
    return {"driver": driver, **({"phydev": device} if device else {}), **_vlan(argument, network, whole)}


def _vlan(argument: str, network: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    automatic = f"automatic_{argument}"
    if argument in network:
        return {argument: network[argument]}
    if network.get(automatic, whole.get("vlans", {}).get("automatic")):
        return {automatic: True}
    if "vlan" in network and "vlan_base" in whole:
        return {argument: whole["vlan_base"] + network["vlan"]}
    return {}


def spelled_out(network: Mapping[str, Any], gateway_address: str | None = None) -> dict[str, Any]:
    """A network in OpenNebula's arguments, with its shorthands expanded."""
    values = {key: value for key, value in network.items() if key not in SHORTHANDS}
    subnet = subnet_of(network)
    if subnet is not None:
        values["network_address"] = str(subnet.network_address)
        values["network_mask"] = str(subnet.netmask)
    ranges = address_ranges(network, gateway_address)
    if ranges or "address_ranges" in network:
        values["address_ranges"] = ranges
    return values


def address_ranges(network: Mapping[str, Any], gateway_address: str | None = None) -> dict[str, Any]:
    """The address ranges of a network by label: the pool, the declared ones, and that of the gateway if it needs one.

    OpenNebula leases only addresses of a range, so an address outside all other ranges gets its own range; it comes
    last, since ranges are numbered in the order of their creation.
    """
    ranges: dict[str, Any] = {}
    if "reserved_from" in network:
        return ranges
    if "size" in network and network.keys() & {"first", "cidr6"}:
        ranges[POOL_RANGE] = _pool(network)
    ranges.update(network.get("address_ranges", {}))
    if gateway_address is None or GATEWAY_RANGE in ranges:
        return ranges
    if not any(contains(each, gateway_address) for each in ranges.values()):
        ranges[GATEWAY_RANGE] = {"type": "IP4", "ip": gateway_address, "size": 1}
    return ranges


def _pool(network: Mapping[str, Any]) -> dict[str, Any]:
    """The range that starts at ``first``, or has addresses of the IPv6 prefix, or both."""
    sort = "IP4" if "cidr6" not in network else "IP4_6" if "first" in network else "IP6"
    start = {"ip": network["first"]} if "first" in network else {}
    return {"type": sort, **start, "size": network["size"], **_prefix(network.get("cidr6"))}


def _prefix(cidr: str | None) -> dict[str, str]:
    """The attribute of a range for an IPv6 prefix: a global or a unique local one."""
    if cidr is None:
        return {}
    prefix = IPv6Network(cidr)
    return {"ula_prefix" if prefix.subnet_of(_UNIQUE_LOCAL) else "global_prefix": str(prefix.network_address)}


def contains(address_range: Mapping[str, Any], address: str) -> bool:
    """Whether an IPv4 address can be leased from an address range."""
    if "ip" not in address_range or "size" not in address_range:
        return False
    return 0 <= number(address) - number(address_range["ip"]) < address_range["size"]
