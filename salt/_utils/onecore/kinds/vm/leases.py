"""Who has leased an address that a NIC requests: reported before the call, or when OpenNebula refuses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from ...basics import addresses
from ...basics.plan import Order
from ...basics.values import YES_NO
from ...cloud.collection import Collection
from ...cloud.directory import NETWORKS, ROUTERS, VMS
from ...cloud.naming import listed
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ..vnet.leases import ADDRESSES, Wish, holders_told, refuse_leased
from ..vnet.leaving import has_left, leaves

#: Objects that can hold a lease, as a lease names them.
_HOLDERS: tuple[tuple[str, Collection], ...] = (("VROUTER", ROUTERS), ("VM", VMS), ("VNET", NETWORKS))
#: The ID in a lease of a held address.
_NOBODY = -1


@dataclass(frozen=True)
class Holder:
    """Who has an address: the end of a sentence after "is", and the objects, each as its collection and its ID."""

    said: str
    objects: Sequence[tuple[Collection, int]] = ()


def taken(cloud: Cloud, network: Resource, addresses: Mapping[str, str], own: Iterable[Resource]) -> Holder | None:
    """Who else has one of these addresses; ``None`` if they are free.

    addresses
        By their name in OpenNebula: ``IP``, ``IP6`` or ``MAC``.
    own
        The VM itself, or the virtual router and its VMs.
    """
    if not _may_be_taken(network, addresses):
        return None
    # Read again: an earlier change of this run may have released the address.
    fresh = cloud.read(NETWORKS, network.id)
    ours = {(each.element.tag, each.id) for each in own}
    for lease in _leases(fresh, addresses):
        holder = _holder(cloud, lease, network.id, ours)
        if holder is not None:
            return holder
    return None


def _may_be_taken(network: Resource, addresses: Mapping[str, str]) -> bool:
    """Whether one of the addresses was in use when the network was read; no call."""
    for each in network.vectors("AR_POOL/AR"):
        if YES_NO.stored(each.get("SHARED", "")):
            continue
        used = set(each.numbers("ALLOCATED")[::2])
        positions = {_position(each, name, address) for name, address in addresses.items()}
        if used & positions:
            return True
    return any(True for _ in _leases(network, addresses))


def _position(address_range: Vector, name: str, address: str) -> int:
    """The position of an address in a range, or after that of a lease; negative if it comes before."""
    first = address_range.hardware(name) if name == "MAC" else address_range.address(name)
    wanted = addresses.number(address)
    return -1 if first is None or wanted is None else wanted - int(first)


def _leases(network: Resource, addresses: Mapping[str, str]) -> Iterator[Vector]:
    """The leases of these addresses, in ranges that lease each address only once."""
    for each, lease in network.nested("AR_POOL/AR", "LEASES/LEASE"):
        same = (_position(lease, name, address) == 0 for name, address in addresses.items())
        if not YES_NO.stored(each.get("SHARED", "")) and any(same):
            yield lease


def _holder(cloud: Cloud, lease: Vector, network: int, ours: set[tuple[str, int]]) -> Holder | None:
    """The holder of a lease, unless it is ours, or would have been released by an announced change."""
    for name, collection in _HOLDERS:
        if name not in lease:
            continue
        number = lease.number(name)
        if number == _NOBODY:
            return Holder("held; onevnet.release frees it")
        gone = leaves(cloud, number, network) if collection is VMS else has_left(cloud, collection, number, network)
        if (name, number) in ours or gone:
            return None
        who = listed(collection, [number], cloud.pool(collection).by_id)
        said = f"{'reserved by' if collection is NETWORKS else 'leased to'} {who}"
        return Holder(said, ((collection, number),))
    return None


def declared(order: Order) -> list[dict[str, Any]]:
    """The declared NICs and aliases in OpenNebula's terms."""
    nics = order.resolved.get("nics", ())
    return [each.written for nic in nics for each in (nic, *(nic.aliases or ()))]


def leasing(cloud: Cloud, nics: Iterable[Mapping[str, Any]]) -> AbstractContextManager[None]:
    """A context that adds the holder of the address to the message when OpenNebula refuses a lease."""
    return holders_told(cloud, _wishes(nics))


def _wishes(nics: Iterable[Mapping[str, Any]]) -> list[Wish]:
    """The addresses that NICs request, on existing networks."""
    return [
        Wish(int(nic["NETWORK_ID"]), name, nic[name])
        for nic in nics
        for name in ADDRESSES
        if nic.get(name) and nic["NETWORK_ID"].isdigit()
    ]


def refuse_taken(cloud: Cloud, order: Order, mine: Callable[[Resource], bool]) -> None:
    """Raise RefusedError if a VM that is not ``mine`` has a declared address."""
    refuse_leased(cloud, _wishes(declared(order)), mine)
