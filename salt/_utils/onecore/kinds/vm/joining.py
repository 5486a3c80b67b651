"""Which networks a VM may join.

OpenNebula lets an administrator attach one user's VM to another user's network. These functions allow only networks of
the owner, and networks that are declared as shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...basics.errors import MissingError, RefusedError
from ...basics.plan import Order
from ...cloud.collection import Collection
from ...cloud.directory import NETWORKS, USERS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import sharing
from ...model.nics import NIC_KINDS
from .automatic import ID, UNAME, bounds, is_automatic
from .nic import Nic


def template_nics(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each NIC that a VM gets from these template attributes, with a name for messages."""
    defaults = attributes.get("NIC_DEFAULT") or {}
    for kind in NIC_KINDS:
        found = attributes.get(kind) or []
        for number, nic in enumerate(found if isinstance(found, list) else [found]):
            # Other PCI devices are not NICs. NIC_DEFAULT may contain a mode, which has no effect on a NIC_ALIAS.
            if isinstance(nic, Mapping) and (kind != "PCI" or nic.get("TYPE") == "NIC"):
                yield f"{kind} {number}", nic if kind == "NIC_ALIAS" else {**defaults, **nic}


def vm_nics(
    order: Order, resource: Resource | None, template: Mapping[str, Any], name: str
) -> Iterator[tuple[str, Mapping[str, str], bool]]:
    """Each NIC that a VM will have: a name for messages, its attributes, and whether it is declared as shared.

    template
        The attributes of the template that a new VM is made from, called ``name``.
    """
    declared = order.resolved.get("nics", [])
    aliases = [each for nic in declared for each in nic.aliases or ()]
    for position, each in enumerate(declared):
        yield f"nics[{position}]", _key(each), each.shared
        for number, alias in enumerate(each.aliases or ()):
            yield f"nics[{position}].aliases[{number}]", _key(alias), alias.shared
    shared = {str(each.number) for each in (*declared, *aliases) if each.shared}
    if resource is None:
        others = [(f"{where} of template {name}", nic) for where, nic in template_nics(template)]
    else:
        every = [(kind, nic) for kind in NIC_KINDS for nic in resource.vectors(f"TEMPLATE/{kind}")]
        others = [(f"{kind} {nic['NIC_ID']}", nic) for kind, nic in every if nic.get("NIC_ID")]
    for where, nic in others:
        # Declared NICs replace those of the template; an existing VM loses the others.
        replaced = declared if resource is None else "nics" in order.wanted
        if not (where.startswith("NIC ") and replaced):
            yield where, nic, nic.get("NETWORK_ID") in shared


def _key(nic: Nic) -> dict[str, Any]:
    """The network of a declared NIC, in OpenNebula's terms."""
    return {"NETWORK": nic.network, "NETWORK_UNAME": nic.owner}


def refuse_foreign_networks(cloud: Cloud, owner: str, nics: Iterable[tuple[str, Mapping[str, Any], bool]]) -> None:
    """Raise RefusedError if a NIC would join, or has joined, another user's network.

    nics
        For each: a name for messages, its attributes in OpenNebula's terms, and whether it is declared as shared.
    """
    for where, nic, shared in nics:
        for key in _networks_for(cloud, owner, where, nic):
            if key[1] != owner:
                _refuse_unshared(cloud, owner, where, sharing.shared(cloud, NETWORKS, *key), shared)


def networks_of(cloud: Cloud, owner: str, nics: Iterable[tuple[str, Mapping[str, Any], bool]]) -> list[tuple[str, str]]:
    """Name and owner of each network that these NICs join, or may join."""
    found = (_networks_for(cloud, owner, where, nic) for where, nic, _ in nics)
    return list(dict.fromkeys(key for keys in found for key in keys))


def _networks_for(cloud: Cloud, owner: str, where: str, nic: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and owner of the networks that OpenNebula may choose for a NIC of a VM of ``owner``."""
    if is_automatic(nic):
        return _choice(cloud, owner, where, nic.get("SCHED_REQUIREMENTS", ""))
    found = _network_of(cloud, owner, where, nic)
    return [] if found is None else [found]


def _choice(cloud: Cloud, owner: str, where: str, requirements: str) -> list[tuple[str, str]]:
    """Name and owner of the networks that requirements name, including possible networks of the owner."""
    found, bound = [], bounds(requirements)
    for sort, value in sorted(bound or ()):
        if sort == ID:
            network = _numbered(cloud, NETWORKS, where, value)
            found.append((network.name, network.owner))
        elif owner != (value if sort == UNAME else _numbered(cloud, USERS, where, value).name):
            bound = None
    if bound is None:
        raise RefusedError(
            f"{where}: NETWORK_MODE=auto lets the scheduler choose any network that {owner} may use, including another "
            f'user\'s: name a network, or let SCHED_REQUIREMENTS require UNAME = "{owner}", or the ID of each network.'
        )
    return found


def _network_of(cloud: Cloud, owner: str, where: str, nic: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name and owner of the network that OpenNebula uses for a NIC of a VM of ``owner``; ``None`` if there is none."""
    if nic.get("NETWORK_ID"):
        found = _numbered(cloud, NETWORKS, where, nic["NETWORK_ID"])
        return found.name, found.owner
    if not nic.get("NETWORK"):
        return None
    if nic.get("NETWORK_UID"):
        owner = _numbered(cloud, USERS, where, nic["NETWORK_UID"]).name
    else:
        owner = nic.get("NETWORK_UNAME") or owner
    cloud.require(NETWORKS, nic["NETWORK"], owner, where)
    return nic["NETWORK"], owner


def _numbered(cloud: Cloud, kind: Collection, where: str, number: str) -> Resource:
    found = cloud.numbered(kind, number)
    if found is None:
        raise MissingError(f"{where}: there is no {kind.title} with ID {number}.")
    return found


def _refuse_unshared(cloud: Cloud, owner: str, where: str, network: sharing.Shared, shared: bool) -> None:
    if not sharing.usable(cloud, network, owner):
        raise RefusedError(
            f"{where}: {network.subject} is not shared with {owner}: its permissions are {network.permissions}."
        )
    if not (shared or sharing.is_administrator(cloud, network.owner)):
        raise RefusedError(
            f"{where}: {network.subject} belongs to another user; to join it anyway, set shared: true in nics."
        )
