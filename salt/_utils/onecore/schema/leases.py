"""Cross-checks of addresses that single objects lease, and networks reserve, from declared networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..cloud.directory import NETWORKS, ROUTERS, VMS
from ..pillar.gateways import lan_addresses
from ..pillar.layers import without_nulls
from ..pillar.networks import address_ranges, contains, leasable_router
from ..pillar.objects import SECTION
from .addresses import Where
from .view import View
from .walk import Walk
from .words import below

#: A declared network: its values, the infrastructure that it is a part of, and the paths of its keys.
Declared = tuple[Mapping[str, Any], Mapping[str, Any], Where]


def check_leases(config: Mapping[str, Any], shared: Mapping[str, Any], views: Iterable[View], walk: Walk) -> None:
    """Add an error for each address, and each number of addresses, that its declared network does not have."""
    networks = _Networks(config, shared, views)
    for network, _, where in networks:
        if networks.reserves(network):
            _check_reservation(network["reserved_from"], networks, partial(where, "reserved_from"), walk)
    for kind in (VMS, ROUTERS):
        for label, machine in _singles(config, kind.cli):
            owner = machine.get("owner", ADMINISTRATOR)
            _check_nics(machine.get("nics", ()), owner, networks, below(SECTION, kind.cli, label, "nics"), walk)


class _Networks:
    """All declared networks, by owner and name."""

    def __init__(self, config: Mapping[str, Any], shared: Mapping[str, Any], views: Iterable[View]):
        self._declared: dict[tuple[str, str], Declared] = {}
        for name, network in shared.get("networks", {}).items():
            self._add(network.get("owner", ADMINISTRATOR), name, network, {}, partial(below, "shared.networks", name))
        for view in views:
            for name, network in view.networks.items() if view.user is not None else ():
                self._add(view.user, name, network, view.whole, partial(view.path, "networks", name))
        for label, network in _singles(config, NETWORKS.cli):
            where = partial(below, SECTION, NETWORKS.cli, label)
            self._add(network.get("owner", ADMINISTRATOR), network.get("name", label), network, {}, where)

    def _add(self, owner: str | None, name: str, *declared: Any) -> None:
        self._declared.setdefault((owner or ADMINISTRATOR, name), declared)

    def __iter__(self) -> Iterator[Declared]:
        return iter(self._declared.values())

    @staticmethod
    def reserves(network: Mapping[str, Any]) -> bool:
        return {"network", "size"} <= (network.get("reserved_from") or {}).keys()

    def ranges(self, owner: str, name: str) -> Sequence[Mapping[str, Any]]:
        """The address ranges of a network; empty if they are not declared, or not completely."""
        network, whole, _ = self._declared.get((owner, name), ({}, {}, below))
        if "template" in network:
            return ()
        router = lan_addresses(whole).get(name) or leasable_router(network, whole) if whole else None
        found = list(address_ranges(network, router).values())
        return found if all("size" in each for each in found) else ()


def _singles(config: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The single objects of a kind, by label."""
    for label, values in ((config.get(SECTION) or {}).get(kind) or {}).items():
        if values is not None:
            yield label, without_nulls(values)


def _check_reservation(wanted: Mapping[str, Any], networks: _Networks, where: Where, walk: Walk) -> None:
    name, owner = wanted["network"], wanted.get("owner", ADMINISTRATOR)
    # A reservation may have grown into several ranges. Whether a new one fits into one of them, a run knows.
    ranges = networks.ranges(owner, name)
    every = sum(each["size"] for each in ranges)
    if ranges and wanted["size"] > every:
        walk.fault(where("size"), f"{wanted['size']} is more than all addresses of {name} of {owner}, {every}")


def _check_nics(nics: Iterable[Any], owner: str, networks: _Networks, place: str, walk: Walk) -> None:
    for position, nic in enumerate(nics):
        if {"ip", "network"} <= nic.keys():
            ranges = networks.ranges(nic.get("owner", owner), nic["network"])
            if ranges and not any(contains(each, nic["ip"]) for each in ranges):
                said = f"{nic['ip']} is in no address range of {nic['network']}, so OpenNebula cannot lease it"
                walk.fault(f"{place}[{position}].ip", said)
