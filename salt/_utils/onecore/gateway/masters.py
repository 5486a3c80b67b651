"""Whether a rule set lets the minion reach its masters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from .model import GATEWAY, UPLINK, Model

Master = tuple[str, int]


def cut_off(model: Model, masters: Iterable[Master], interface_towards: dict[str, str]) -> Iterator[str]:
    """A sentence for each master (address and port) that new connections could not reach.

    interface_towards
        By address: the interface of the current route to it; missing if there is no route.
    """
    for address, port in masters:
        now = interface_towards.get(address)
        zone = next((zone for zone in model.networks if IPv4Address(address) in zone.subnet), None)
        target = zone.name if zone else UPLINK
        if zone is not None and now not in (None, zone.interface):
            yield f"gateway.lan: {address} of network {target} is the minion's master, which is behind {now}"
        elif not model.verdict(GATEWAY, target).lets_in(port):
            where = f"gateway.policy.{GATEWAY}.{target}"
            yield f"{where}: would cut the minion off from its master, tcp port {port} of {address}"
