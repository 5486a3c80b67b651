"""The leases of addresses, from the NICs of VMs, and from networks with other leases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..basics.errors import MissingError, NoExistsError
from ..cloud.collection import Collection
from ..cloud.directory import NETWORKS, ROUTERS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .sheets import NUMBER, STATE, Column, Sheet

_NICS = ("TEMPLATE/NIC", "TEMPLATE/NIC_ALIAS")
#: The holders in a lease; a lease without a holder is a held address.
_HOLDERS = (("VROUTER", ROUTERS), ("VNET", NETWORKS), ("VM", VMS))
_COLUMNS = (
    Column("Address"), Column("Network"), Column("Owner"), Column("Use", STATE), Column("Held by"),
    Column("Holder's owner", minor=True), Column("VLAN", NUMBER, minor=True), Column("MAC", minor=True),
    Column("Network ID", NUMBER, minor=True),
)  # fmt: skip


def leases(cloud: Cloud) -> Sheet:
    """A row for each leased address.

    Pools contain the number of used addresses of a network, not the addresses. Those of VMs are known without a call;
    only a network with other leases (virtual routers, reservations, held addresses) is read.
    """
    known: dict[int, list[tuple[Mapping[str, str], Resource]]] = {}
    for vm in cloud.pool(VMS):
        for nic in (each for path in _NICS for each in vm.vectors(path)):
            if nic.get("NETWORK_ID", "").isdecimal():
                known.setdefault(int(nic["NETWORK_ID"]), []).append((nic, vm))
    rows = [
        row
        for network in sorted(cloud.pool(NETWORKS), key=lambda each: (each.owner or "", each.name, each.id))
        for row in _of(cloud, network, known.get(network.id, []))
    ]
    return Sheet("Leases", _COLUMNS, rows, "No address is in use.")


def _of(cloud: Cloud, network: Resource, nics: list[tuple[Mapping[str, str], Resource]]) -> Iterator[list[Any]]:
    if network.number("USED_LEASES") > len(nics):
        try:
            whole = cloud.read(NETWORKS, network.id)
        except (MissingError, NoExistsError):
            # It was removed after the pool was read.
            return
        for _, lease in whole.nested("AR_POOL/AR", "LEASES/LEASE"):
            yield _row(network, lease, *_holder(cloud, lease))
        return
    for nic, vm in nics:
        yield _row(network, nic, "in use", f"VM {vm.id} {vm.name}", vm.owner)


def _holder(cloud: Cloud, lease: Mapping[str, str]) -> tuple[str, str | None, str | None]:
    """The type of a lease, its holder, and the owner of the holder."""
    for name, kind in _HOLDERS:
        number = lease.get(name, "")
        if number.isdecimal():
            return "reserved" if kind is NETWORKS else "in use", *_named(cloud, kind, int(number))
    return "held", None, None


def _named(cloud: Cloud, kind: Collection, number: int) -> tuple[str, str | None]:
    found = cloud.pool(kind).by_id.get(number)
    return (f"{kind.title} {number}", None) if found is None else (f"{kind.title} {number} {found.name}", found.owner)


def _row(network: Resource, lease: Mapping[str, str], use: str, holder: str | None, owner: str | None) -> list[Any]:
    vlan = network.number("VLAN_ID") if network.text("VLAN_ID") else None
    address = lease.get("IP") or lease.get("IP6") or lease.get("MAC") or None
    return [address, network.name, network.owner, use, holder, owner, vlan, lease.get("MAC") or None, network.id]
