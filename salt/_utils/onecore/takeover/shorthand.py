"""A network in short form: ``cidr``, ``first`` and ``size`` if they are equivalent."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from ..pillar.networks import POOL_RANGE, address_ranges, first_router

#: The order of the keys of a network.
ORDER = ("vlan", "vlan_id", "outer_vlan_id", "driver", "phydev", "bridge", "cidr", "first", "size", "gateway", "dns")


def shortened(values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a network with shorthands in place of equivalent arguments.

    It says ``router_range`` wherever that makes a difference.
    """
    rest = dict(values)
    short: dict[str, Any] = {}
    subnet = _subnet(rest)
    if subnet is not None:
        short["cidr"] = str(subnet)
        del rest["network_address"], rest["network_mask"]
    ranges = list((rest.pop("address_ranges", None) or {}).values())
    pool = next((each for each in ranges if _is_plain(each)), None)
    if pool is not None:
        short |= {"first": pool["ip"], "size": pool["size"]}
        ranges.remove(pool)
    rest |= short
    router = first_router(rest)
    # The range with only the router is the one that the pillar adds by default.
    others = [each for each in ranges if not (_is_plain(each) and (each["ip"], each["size"]) == (router, 1))]
    needs = len(others) < len(ranges)
    if others:
        labels = [POOL_RANGE] if pool is None else []
        labels += [f"range{number}" for number in range(len(labels) + 1, len(others) + 1)]
        rest["address_ranges"] = dict(zip(labels, others, strict=False))
    implied = len(address_ranges(rest, router)) > len(address_ranges(rest))
    leases = "first" in rest or "address_ranges" in rest
    if needs and not (implied and leases):
        ranges_now = rest.setdefault("address_ranges", {})
        ranges_now["router"] = {"ip": router, "size": 1}
    elif implied and leases:
        rest["router_range"] = needs
    return {**{name: rest[name] for name in ORDER if name in rest}, **rest}


def _subnet(values: Mapping[str, Any]) -> IPv4Network | None:
    """The subnet of a network, if ``cidr`` is exactly equivalent."""
    address, mask = values.get("network_address"), values.get("network_mask")
    try:
        subnet = IPv4Network(f"{address}/{mask}") if address and mask else None
    except ValueError:
        return None
    return subnet if subnet is not None and str(subnet.netmask) == mask else None


def _is_plain(each: Mapping[str, Any]) -> bool:
    """Whether a range has no attributes except its addresses."""
    return each.keys() == {"ip", "size"}
