"""Commands of virtual networks, in addition to the common ones: ranges, leases, reservations."""

from __future__ import annotations

from typing import Any

from ..basics.errors import ArgumentError, InternalError, MissingError, RefusedError
from ..basics.syntax import render
from ..basics.values import POSITIVE, object_name
from ..cloud.directory import NETWORKS
from ..cloud.view import Cloud
from ..kinds.vnet.addresses import address as named_address
from ..kinds.vnet.addresses import is_held
from ..kinds.vnet.leases import Wish, lease_of, taken
from ..kinds.vnet.ranges import DERIVED, OF_NO_PARENT
from ..model.kind import Kind
from .objects import act, attributes, chosen, find, flag, made_for, make, part_id, write

RECOVERIES = {"failure": 0, "success": 1, "delete": 2, "retry": 3}


def add_range(cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, given: Any) -> bool:
    """Add an address range, of type IP4 by default."""
    resource = find(cloud, kind, vnet, owner)
    if resource.text("PARENT_NETWORK_ID"):
        raise RefusedError(f"{kind.describe(resource.name, resource.owner)}: {OF_NO_PARENT}.")
    declared = {str(name).upper(): value for name, value in attributes(given).items()}
    return write(cloud, kind, resource.id, None, "add_ar", {"AR": {"TYPE": "IP4", **declared}})


def update_range(cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, ar_id: Any, given: Any, append: Any) -> bool:
    """Change attributes of an address range; OpenNebula drops attributes that are not sent, so ``append`` sends all."""
    number, merged = part_id("ar_id", ar_id), flag("append", append)
    resource = find(cloud, kind, vnet, owner)
    present = next((each for each in resource.vectors("AR_POOL/AR") if each.get("AR_ID") == str(number)), None)
    if present is None:
        raise MissingError(f"{kind.describe(resource.name, resource.owner)} has no address range {number}.")
    kept = {name: value for name, value in present.items() if merged and name not in DERIVED}
    changed = {str(name).upper(): value for name, value in attributes(given).items()}
    return write(cloud, kind, resource.id, None, "update_ar", {"AR": {**kept, **changed, "AR_ID": number}})


def remove_range(cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, ar_id: Any, force: Any) -> bool:
    """Remove an address range; with ``force``, even if addresses of it are in use."""
    return act(cloud, kind, vnet, owner, "rm_ar", part_id("ar_id", ar_id), flag("force", force))


def hold(cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, address: Any, ar_id: Any) -> bool:
    """Hold an address, unless it is held already."""
    wish, where = _lease(cloud, kind, vnet, owner, address, ar_id)
    try:
        return write(cloud, kind, wish.network, None, "hold", {"LEASES": where})
    except InternalError as error:
        lease = lease_of(cloud, wish, where.get("AR_ID"))
        if lease is None:
            raise
        if is_held(lease):
            return True
        raise RefusedError(taken(cloud, wish), error.code, error.method) from None


def release(cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, address: Any, ar_id: Any) -> bool:
    """Release a held address; OpenNebula's call accepts any address, and does not release one of a VM."""
    wish, where = _lease(cloud, kind, vnet, owner, address, ar_id)
    done = write(cloud, kind, wish.network, None, "release", {"LEASES": where})
    if lease_of(cloud, wish, where.get("AR_ID")) is not None:
        raise RefusedError(f"{taken(cloud, wish)}: only addresses that are held can be released")
    return done


def _lease(
    cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, address: Any, ar_id: Any
) -> tuple[Wish, dict[str, Any]]:
    """An address of a network, and the parameter of the call."""
    name, text = named_address("address", address)
    where = {} if ar_id is None else {"AR_ID": part_id("ar_id", ar_id)}
    return Wish(find(cloud, kind, vnet, owner).id, name, text), {name: text, **where}


def reserve(
    cloud: Cloud,
    kind: Kind,
    vnet: Any,
    owner: str | None,
    size: Any,
    name: Any = None,
    into: Any = None,
    address: Any = None,
    ar_id: Any = None,
    into_owner: Any = None,
) -> int:
    """Reserve addresses as a network, a new one or an earlier reservation; returns its ID."""
    wanted: dict[str, Any] = {"SIZE": POSITIVE.wanted("size", size)}
    if (name is None) == (into is None):
        raise ArgumentError("Specify either name, for a new network, or into, for an earlier reservation.")
    if into is None and into_owner is not None:
        raise ArgumentError("into_owner: it is the owner of into; specify into as well.")
    if name is None:
        wanted["NETWORK_ID"] = find(cloud, kind, into, into_owner).id
    else:
        wanted["NAME"] = object_name(kind.title, name)
    if ar_id is not None:
        wanted["AR_ID"] = part_id("ar_id", ar_id)
    if address is not None:
        wanted |= dict([named_address("address", address)])
    return make(cloud, kind, vnet, owner, "reserve", render(wanted))


def instantiate(
    cloud: Cloud, kind: Kind, template: Any, owner: str | None, name: Any, as_user: Any, as_group: Any, extra: Any
) -> int:
    """Create a network from a template, for the account or another user; returns the network's ID."""
    given, _ = made_for(cloud, NETWORKS.title, extra, as_user, as_group)
    return make(cloud, kind, template, owner, "instantiate", object_name(NETWORKS.title, name), render(given))


def recover(cloud: Cloud, kind: Kind, vnet: Any, owner: str | None, operation: Any) -> bool:
    """Recover a network whose operation has failed or hangs."""
    return act(cloud, kind, vnet, owner, "recover", chosen("operation", operation, RECOVERIES))
