"""Cross-checks of gateways: their place on each network, and one uplink address for one gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..pillar.gateways import lan_addresses
from ..pillar.networks import GATEWAY_RANGE, address_ranges, contains, number, subnet_of
from .addresses import usable
from .enrolment import MinionIds, check_enrolment
from .inside import check_inside
from .references import check_named
from .routers import check_router
from .view import View
from .walk import Walk


class Uplinks:
    """The uplink addresses of all gateways.

    networks
        The shared networks of the pillar.
    """

    def __init__(self, networks: Mapping[str, Any], walk: Walk):
        self.networks, self.walk = networks, walk
        self.taken: dict[tuple[str, str, int], str] = {}

    def add(self, view: View) -> None:
        uplink, address = view.gateway.get("uplink"), view.gateway.get("uplink_ip")
        path = view.path("gateway", "uplink_ip")
        if uplink is None:
            if address is not None:
                self.walk.require(path, "there is no uplink for this address", view.path("gateway", "uplink"))
            return
        if "network" not in uplink:
            self.walk.require(view.path("gateway", "uplink", "network"), "is required")
        elif address is not None:
            self._claim(view, path, uplink["network"], uplink.get("owner", ADMINISTRATOR), address)

    def _claim(self, view: View, path: str, name: str, owner: str, address: str) -> None:
        network = self.networks.get(name)
        if network is not None and network.get("owner", ADMINISTRATOR) == owner:
            self._check_leasable(path, name, network, address)
        if view.user is None:
            return
        holder = self.taken.setdefault((owner, name, number(address)), view.user)
        if holder != view.user:
            self.walk.fault(path, f"{address} is already the address of {holder}'s gateway in {name}")

    def _check_leasable(self, path: str, name: str, network: Mapping[str, Any], address: str) -> None:
        subnet, ranges = subnet_of(network), address_ranges(network)
        if subnet is not None and not usable(address, subnet):
            self.walk.fault(path, f"{address} is no address for a machine in {subnet}, the network {name}")
        elif ranges and not any(contains(each, address) for each in ranges.values()):
            self.walk.fault(path, f"{address} is in no address range of {name}, so OpenNebula cannot lease it")


def check_gateway(view: View, uplinks: Uplinks, minion_ids: MinionIds, walk: Walk) -> None:
    """Check the gateway of one infrastructure."""
    check_router(view, walk)
    check_enrolment(view, minion_ids, walk)
    if "template" not in view.gateway:
        walk.require(view.path("gateway", "template"), "is required")
    uplinks.add(view)
    addresses = lan_addresses(view.whole)
    for name in view.gateway["lan"]:
        if check_named(view, name, "gateway.lan", view.path("gateway", "lan"), view.networks, walk):
            _check_lan(view, name, addresses.get(name), walk)
    check_inside(view, walk)


def _check_lan(view: View, name: str, address: str | None, walk: Walk) -> None:
    network, path = view.networks[name], view.path("gateway", "lan")
    subnet = subnet_of(network)
    if address is None:
        related = [view.path("networks", name, key) for key in ("gateway", "cidr", "network_address", "network_mask")]
        walk.require(
            path, f"network {name} has neither gateway nor cidr; set the address of the gateway there", *related
        )
    elif subnet is not None and not usable(address, subnet) and address != network.get("gateway"):
        walk.fault(path, f"{address} is no address for a machine in {subnet}, the network {name}")
    elif GATEWAY_RANGE in network.get("address_ranges", {}):
        _check_label(view, name, address, walk)


def _check_label(view: View, name: str, address: str, walk: Walk) -> None:
    """The label of the gateway's own range may be declared, but not for other addresses."""
    if not any(contains(each, address) for each in address_ranges(view.networks[name]).values()):
        walk.fault(
            view.path("networks", name, "address_ranges", GATEWAY_RANGE),
            f"is the label of the range for {address}, the gateway's address; choose another",
        )
