"""Who has leased an address of a virtual network: reported before a VM requests it, or afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ...basics.errors import OneError, RefusedError
from ...cloud.collection import Collection
from ...cloud.directory import NETWORKS, VMS
from ...cloud.naming import listed
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from .addresses import ADDRESSES, HELD, HOLDERS, NOBODY
from .leaving import NIC_KINDS, leaves
from .ranges import leased_to

_IS_HELD = "is held; onevnet.release frees it"


@dataclass(frozen=True)
class Wish:
    """An address that a VM requests: the network, the type (``IP``, ``MAC``), and the address."""

    network: int
    name: str
    address: str

    def of(self, nic: dict[str, str]) -> bool:
        """Whether a NIC or a lease has it."""
        kind = ADDRESSES[self.name]
        return kind.stored(nic.get(self.name, "")) == kind.stored(self.address)


def refuse_leased(cloud: Cloud, wishes: Iterable[Wish], mine: Callable[[Resource], bool]) -> None:
    """Raise RefusedError for an address that another VM has, according to the pools.

    mine
        Whether a VM is the requesting one, or is replaced by it.
    """
    for wish in (each for each in wishes if each.name == "IP"):
        for number in leased_to(cloud.pool(NETWORKS).by_id[wish.network].vectors("AR_POOL/AR"), wish.address):
            if number == HELD:
                raise RefusedError(f"{_place(cloud, wish)} {_IS_HELD}")
            vm = cloud.pool(VMS).by_id.get(number)
            if vm is not None and not mine(vm) and _has(vm, wish) and not leaves(cloud, number, wish.network):
                told = f"{_place(cloud, wish)} is leased to {listed(VMS, [number], {number: vm})}"
                raise RefusedError(told, holders=[(VMS, number)])


def _has(vm: Resource, wish: Wish) -> bool:
    """Whether a VM still has an address: the pool of networks may be older than the last change of this run."""
    every = (nic for each in NIC_KINDS for nic in vm.vectors(f"TEMPLATE/{each}"))
    return any(nic.get("NETWORK_ID") == str(wish.network) and wish.of(nic) for nic in every)


@contextmanager
def holders_told(cloud: Cloud, wishes: Sequence[Wish]) -> Iterator[None]:
    """When OpenNebula refuses a lease, add the address and its holder to the message."""
    try:
        yield
    except OneError as error:
        if "lease" not in str(error):
            raise
        leased = ((wish, lease_of(cloud, wish)) for wish in wishes)
        wish, lease = next((each for each in leased if each[1] is not None), (None, None))
        if wish is None or lease is None:
            raise
        told = f"{_place(cloud, wish)} {_lessee(cloud, lease)}"
        raise type(error)(told, error.code, error.method, holders(lease)) from None


def taken(cloud: Cloud, wish: Wish) -> str:
    """``10.1.3.50 on virtual network dmz1 of alice is leased to VM 46 gateway of alice``; empty if it is free."""
    lease = lease_of(cloud, wish)
    return "" if lease is None else f"{_place(cloud, wish)} {_lessee(cloud, lease)}"


def lease_of(cloud: Cloud, wish: Wish, range_id: int | None = None) -> Vector | None:
    """The lease of an address, with its holder; ``None`` if the address is free or the lease cannot be read.

    range_id
        The address range to search.
    """
    for each, lease in cloud.read(NETWORKS, wish.network).nested("AR_POOL/AR", "LEASES/LEASE"):
        if range_id in (None, each.number("AR_ID")) and wish.of(lease):
            return lease
    return None


def holders(lease: Vector) -> list[tuple[Collection, int]]:
    """Who has a lease, as collection and ID; empty for a held address."""
    numbers = ((kind, lease.number(name, NOBODY)) for name, kind in HOLDERS)
    return [(kind, number) for kind, number in numbers if number != NOBODY]


def _lessee(cloud: Cloud, lease: Vector) -> str:
    for kind, number in holders(lease):
        return f"is leased to {listed(kind, [number], cloud.pool(kind).by_id)}"
    return _IS_HELD


def _place(cloud: Cloud, wish: Wish) -> str:
    network = cloud.pool(NETWORKS).by_id[wish.network]
    return f"{wish.address} on {NETWORKS.describe(network.name, network.owner)}"
