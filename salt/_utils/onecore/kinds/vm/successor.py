"""A new VM that replaces another: same name, owner, networks and addresses, with the current template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...basics.errors import ActionError, MissingError, OneError, RefusedError
from ...basics.marks import (
    BUILD,
    BUILD_ID,
    DIGESTS,
    FIRST_BOOT,
    FORMERLY,
    MARK,
    PUBLISHED,
    REDEPLOY,
    RELEASE,
    RESTORE,
    STAMP,
)
from ...basics.plan import Desired
from ...basics.syntax import render
from ...cloud import vm_states
from ...cloud.directory import NETWORKS, TEMPLATES
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...engine.item import Item
from ...engine.removal import removal
from ...model import secgroups
from ...model.context import ENCRYPTED
from ...model.kind import Kind
from ...model.writers import MERGE
from ..vnet.leases import ADDRESSES
from .automatic import is_automatic
from .nic import WORDS, Nic, address_of, free_attributes, inherited_attributes
from .nic_changes import aliases_of
from .waits import arrived

#: Attributes that a new VM does not take from the VM that it replaces.
_OWN = {
    FORMERLY,
    MARK,
    DIGESTS,
    RELEASE,
    RESTORE,
    FIRST_BOOT,
    REDEPLOY,
    PUBLISHED,
    BUILD,
    BUILD_ID,
    STAMP,
    "ERROR",
    "SCHED_MESSAGE",
    "READY",
}
#: Context variables that OpenNebula generates.
_GENERATED = re.compile(r"DISK_ID|TARGET|ETH\d+(_.*)?|PCI\d+_.*")


def current_template(cloud: Cloud, vm: Resource, name: str | None = None, owner: str | None = None) -> Resource:
    """The current template of a VM: the declared one, or the one that now has the name of its template."""
    if name is not None:
        return cloud.get(TEMPLATES, name, owner or cloud.account)
    number = vm.number("TEMPLATE/TEMPLATE_ID")
    found = cloud.pool(TEMPLATES).by_id.get(number)
    if found is None:
        raise MissingError(f"the template from which it was created (ID {number}) no longer exists: set template")
    public = found.attribute(PUBLISHED)
    return (cloud.find(TEMPLATES, public, found.owner) if public else None) or found


def successor(
    kind: Kind,
    cloud: Cloud,
    vm: Resource,
    template: Resource,
    values: Mapping[str, Any],
    power: str = "running",
    held: Mapping[str, Any] | None = None,
) -> Item:
    """The declaration of a VM that replaces another: same name, owner, group, permissions, networks and addresses.

    Everything else comes from its template; arguments that the template does not set are taken from the old VM.

    values
        Declared arguments of ``onevm.present``.
    power
        The power state, unless one is declared.
    held
        Attributes that it has until its disks have their snapshots.

    Raises
        RefusedError for a network that it may not join, while the old VM still exists.
    """
    own = {
        "template": template.name,
        "template_owner": template.owner,
        "group": vm.group,
        "permissions": vm.permissions,
        "nics": list(_nics(cloud, vm)) or None,
        "context": _context(vm, template) or None,
        "power": power,
        **values,
    }
    handed = {
        name: value for name, value in vm.attributes.items() if name not in _OWN and name not in template.attributes
    }
    desired = Desired(kind.cli, vm.name, vm.owner, own, vm.managed)
    item = Item(
        kind,
        desired,
        extra={**handed, **(held or {})},
        renew=True,
        arrival=lambda number: arrived(number, own["power"]),
    )
    item.plan(cloud)
    return item


def _nics(cloud: Cloud, vm: Resource) -> Iterator[dict[str, Any]]:
    for nic in vm.vectors("TEMPLATE/NIC"):
        aliases = [_nic(cloud, vm, each) for each in aliases_of(vm, nic)]
        yield {**_nic(cloud, vm, nic), **({"aliases": aliases} if aliases else {})}


def _nic(cloud: Cloud, vm: Resource, nic: Vector) -> dict[str, Any]:
    """A NIC or an alias of the successor, on the current network of that name."""
    if is_automatic(nic):
        raise RefusedError(f"the scheduler has not chosen a network for NIC {nic['NIC_ID']} yet")
    network = cloud.pool(NETWORKS).by_id.get(nic.number("NETWORK_ID", -1))
    if network is None:
        raise MissingError(f"NIC {nic['NIC_ID']} is on network {nic.get('NETWORK')}, which does not exist")
    default: Mapping[str, str] = next(vm.vectors("TEMPLATE/NIC_DEFAULT"), {})
    own: dict[str, Any] = {**free_attributes(nic, {**default, **inherited_attributes(network, nic)}), **address_of(nic)}
    if nic.get(secgroups.ATTRIBUTE):
        # Regardless of their owner: the VM already has them.
        own[secgroups.ARGUMENT] = secgroups.Groups.of(nic[secgroups.ATTRIBUTE])
    whose = {"network": network.name, "owner": network.owner, "shared": network.owner != vm.owner}
    return {**whose, **{name.lower(): value for name, value in own.items()}}


def carried_on(
    cloud: Cloud,
    vm: Resource,
    declared: Sequence[Mapping[str, Any]],
    resolved: Sequence[Nic],
    old: Mapping[int, Vector],
) -> list[dict[str, Any]]:
    """The declared NICs of a successor, completed with attributes of the old VM that the declaration leaves out.

    declared, resolved
        The same NICs, as declared and as resolved.
    old
        The NICs of the old VM that are declared, by their position.
    """
    found = []
    for place, (said, nic) in enumerate(zip(declared, resolved, strict=True)):
        if place not in old:
            found.append(dict(said))
            continue
        present = aliases_of(vm, old[place])
        every = _open(said, _nic(cloud, vm, old[place]))
        if nic.aliases is None:
            aliases = [_nic(cloud, vm, alias) for alias in present]
        else:
            aliases = [
                _open(written, _nic(cloud, vm, same) if (same := _fitting(alias, present)) is not None else {})
                for written, alias in zip(every["aliases"], nic.aliases, strict=True)
            ]
        found.append({**every, **({"aliases": aliases} if aliases else {})})
    return found


def _fitting(alias: Nic, present: Sequence[Vector]) -> Vector | None:
    return next((each for each in present if alias.fits(each)), None)


def _open(said: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """The declared attributes of a NIC, and those that it keeps if nothing is declared; a declared address replaces
    all.
    """
    own = {str(name).lower(): value for name, value in said.items()}
    # A null counts as not declared, unless it removes an attribute.
    own = {name: value for name, value in own.items() if value is not None or name.upper() not in WORDS}
    addressed = any(name.upper() in ADDRESSES for name in own)
    rest = {name: value for name, value in kept.items() if not (addressed and name.upper() in ADDRESSES)}
    return {**rest, **own}


def _context(vm: Resource, template: Resource) -> dict[str, str]:
    """The context variables of a VM that come neither from its template nor from OpenNebula."""
    said = template.attributes.get("CONTEXT") or {}
    found: Mapping[str, str] = next(vm.vectors("TEMPLATE/CONTEXT"), {})
    return {
        key: value
        for key, value in found.items()
        if value and key not in said and key not in ENCRYPTED and not _GENERATED.fullmatch(key)
    }


def redeploy(cloud: Cloud, vm: Resource, item: Item) -> Procedure:
    """Remove a VM and create its successor; OpenNebula leases an address to one VM at a time.

    The VM is marked before its removal, and OpenNebula keeps terminated VMs: after an interruption in between, the next
    run finds the mark and creates the successor.
    """
    if vm.state != vm_states.DONE:
        template = item.order.wanted["template"], item.order.wanted["template_owner"]
        cloud.call("one.vm.update", vm.id, render({REDEPLOY: str(cloud.get(TEMPLATES, *template).id)}), MERGE)
        yield from removal(cloud, item.kind, vm)
    try:
        return (yield from item.carry_out(cloud))
    except OneError as error:
        if item.created is not None:
            raise
        raise ActionError(
            f"VM {vm.id} no longer exists, and its successor could not be created: {error}; correct that and run again"
        ) from None
