"""Ranges that would be removed, or shrunk, although addresses of them are in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...basics.errors import DisturbanceError
from ...cloud.directory import NETWORKS, ROUTERS, VMS
from ...cloud.naming import listed
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from .addresses import Taken, spans, taken_of
from .leaving import has_left, leaves
from .ranges import Range, match

#: How many addresses an error lists.
_LISTED = 5


def refuse_losses(
    cloud: Cloud,
    resource: Resource,
    wanted: list[Range],
    free: Callable[[Vector, int], bool] = lambda old, position: False,
) -> None:
    """Raise DisturbanceError for a range that would be removed, or shrunk, although it contains an address in use.

    Leave to disturb VMs does not end leases: a range can only go when nothing uses it any more.

    free
        Whether the address at a position of a range is about to be released.
    """
    found, left = match(wanted, list(resource.vectors("AR_POOL/AR")))
    staying = [(old, each.attributes["SIZE"]) for each, old in found if old is not None]
    for old, size in (*staying, *((old, 0) for old in left)):
        taken = sorted(taken_of(resource, old), key=lambda each: each.position)
        kept = [
            each
            for each in taken
            if each.position >= size and not is_left(cloud, resource.id, each) and not free(old, each.position)
        ]
        # An account that may not see the leases of others only learns their number.
        unseen = not size and not taken and old.number("USED_LEASES", 0) > 0
        if kept or unseen:
            raise DisturbanceError(_lost(cloud, old, size, kept))


def is_left(cloud: Cloud, network: int, taken: Taken) -> bool:
    """Whether a holder would have left an address after the announced changes of a dry run."""
    if taken.number is None:
        return False
    if taken.holder is VMS:
        return leaves(cloud, taken.number, network)
    if taken.holder is ROUTERS:
        return has_left(cloud, ROUTERS, taken.number, network)
    return cloud.leaving(NETWORKS.cli, taken.number)


def _lost(cloud: Cloud, old: Vector, size: int, kept: Sequence[Taken]) -> str:
    start = ", ".join(old[name] for name in ("TYPE", "IP", "IP6", "MAC") if old.get(name))
    what = f"would be cut to size {size}" if size else "would be removed"
    those = ", ".join(_held(cloud, old, each) for each in kept[:_LISTED])
    more = f" and {len(kept) - _LISTED} more" if len(kept) > _LISTED else ""
    return (
        f"address_ranges: AR {old['AR_ID']} ({start}) {what}, but addresses of it are in use"
        f"{f': {those}{more}' if those else ''}. Keep the range as it is until they are free: terminate the VMs, or "
        "attach their NICs again with addresses of another range."
    )


def _held(cloud: Cloud, old: Vector, taken: Taken) -> str:
    """An address and its holder."""
    first = next(spans([old]), None)
    address = "an address" if first is None else first.at(taken.position)
    if taken.number is None:
        return f"{address} (held)"
    return f"{address} ({listed(taken.holder, [taken.number], cloud.pool(taken.holder).by_id)})"
