"""What exists for each user, told from the cloud alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..cloud import vm_states as vm_states
from ..cloud.directory import NETWORKS, USERS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..pillar.labs import LAB


def status(cloud: Cloud, declared: Iterable[str] = ()) -> list[dict[str, Any]]:
    """One row a user whose infrastructure these states made, or that the pillar declares.

    declared
        Names of users that have a row even if the cloud knows nothing of them.

    Returns ``{"user", "networks" (how many the user owns), "vlans" ("100-124"), "gateway" (its name),
    "uplink" (its address on somebody else's network), "state"}``, sorted by user; ``None`` for what does not exist.
    """
    users = {each.name: each for each in cloud.pool(USERS)}
    made = {name for name, user in users.items() if user.made_for(name)}
    networks: dict[str, list[Resource]] = {}
    for network in cloud.pool(NETWORKS):
        networks.setdefault(network.owner, []).append(network)
    gateways = {vm.owner: vm for vm in cloud.pool(VMS) if _is_gateway(vm)}
    return [
        _row(name, name in users, networks.get(name, []), gateways.get(name)) for name in sorted(made | set(declared))
    ]


def _is_gateway(vm: Resource) -> bool:
    return vm.made_for(vm.owner) and not vm.text(f"USER_TEMPLATE/{LAB}")


def _row(name: str, exists: bool, networks: list[Resource], gateway: Resource | None) -> dict[str, Any]:
    row = {"user": name, "networks": len(networks), "vlans": _span(networks), "gateway": None, "uplink": None}
    if not exists:
        return {**row, "state": "missing"}
    if gateway is None:
        return {**row, "state": "no gateway"}
    own = {str(network.id) for network in networks}
    outward = [nic for nic in gateway.vectors("TEMPLATE/NIC") if nic.get("NETWORK_ID") not in own]
    uplink = outward[0].get("IP") if outward else None
    return {**row, "gateway": gateway.name, "uplink": uplink, "state": vm_states.name(vm_states.state(gateway))}


def _span(networks: Iterable[Resource]) -> str | None:
    numbers = sorted(network.number("VLAN_ID") for network in networks if network.text("VLAN_ID"))
    return f"{numbers[0]}-{numbers[-1]}" if numbers else None
