"""Commands of VMs, in addition to the common ones: power, devices, snapshots, creation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.syntax import render
from ..basics.values import CPUS, NUMBER, Megabytes, Type, object_name
from ..cloud.campaign import alone
from ..cloud.directory import DATASTORES, HOSTS
from ..cloud.view import Cloud
from ..kinds.image import IMAGE
from ..kinds.vm.gap import instantiate_published
from ..kinds.vm.joining import refuse_foreign_networks, template_nics
from ..kinds.vm.template import refuse_other_owner
from ..kinds.vnet.kind import VNET
from ..model import secgroups, sharing
from ..model.inputs import refuse_unanswered
from ..model.kind import Kind
from ..model.vectors import lowered, vector
from ..model.writers import KEEP
from .objects import act, chosen, find, flag, made_for, make, optional, part_id, update_mode, whole, word

_SIZE = Megabytes()
_CAPACITY: dict[str, Type] = {"cpu": NUMBER, "vcpu": CPUS, "memory": _SIZE}
_MIGRATIONS = {"save": 0, "poweroff": 1, "poweroff-hard": 2}
RECOVERIES = {"failure": 0, "success": 1, "retry": 2, "delete": 3, "recreate": 4, "delete-db": 5}


def power(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, action: str, hard: Any = False) -> bool:
    """Call ``one.vm.action``; ``hard`` acts without the consent of the guest."""
    cloud.call("one.vm.action", f"{action}-hard" if flag("hard", hard) else action, find(cloud, kind, vm, owner).id)
    return True


def deploy(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, host: Any, datastore: Any, enforce: Any) -> bool:
    """Start a waiting VM on a host, with its disks in a system datastore."""
    place = (find(cloud, HOSTS, host).id, flag("enforce", enforce), optional(cloud, DATASTORES, datastore))
    return act(cloud, kind, vm, owner, "deploy", *place, "")


def migrate(
    cloud: Cloud,
    kind: Kind,
    vm: Any,
    owner: str | None,
    host: Any,
    datastore: Any,
    how: Mapping[str, Any],
) -> bool:
    """Move a VM to another host.

    how
        ``live``, ``enforce``, ``poff`` and ``poff_hard``.
    """
    said = {name: flag(name, value) for name, value in how.items()}
    method = "poweroff-hard" if said["poff_hard"] else "poweroff" if said["poff"] else "save"
    place = (find(cloud, HOSTS, host).id, said["live"], said["enforce"], optional(cloud, DATASTORES, datastore))
    return act(cloud, kind, vm, owner, "migrate", *place, _MIGRATIONS[method])


def recover(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, operation: Any) -> bool:
    """Recover a VM whose operation has failed or hangs."""
    return act(cloud, kind, vm, owner, "recover", chosen("operation", operation, RECOVERIES))


def resize(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, capacity: Mapping[str, Any], enforce: Any) -> bool:
    """Change the given ones of ``cpu``, ``vcpu`` and ``memory``."""
    given = {name: value for name, value in capacity.items() if value is not None}
    if not given:
        raise ArgumentError("Specify what to change: cpu, vcpu or memory.")
    wanted = {name.upper(): _CAPACITY[name].wanted(name, value) for name, value in given.items()}
    return act(cloud, kind, vm, owner, "resize", render(wanted), flag("enforce", enforce))


# -- disks -------------------------------------------------------------------------------------------------------


def disk_attach(
    cloud: Cloud, kind: Kind, vm: Any, owner: str | None, image: Any, image_owner: str | None, more: Any
) -> bool:
    """Attach an image, by default one of the VM's owner, or a volatile disk as described in ``more``."""
    disk = vector("attributes", more or {})
    resource = find(cloud, kind, vm, owner)
    if image is not None:
        disk["IMAGE_ID"] = str(find(cloud, IMAGE, image, image_owner or resource.owner).id)
    if not disk:
        raise ArgumentError("Specify the image to attach, or describe a volatile disk in attributes.")
    return act(cloud, kind, resource.id, None, "attach", render({"DISK": disk}))


def disk_resize(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, disk_id: Any, size: Any) -> bool:
    """Grow a disk; OpenNebula expects the number of MB as a text."""
    return act(cloud, kind, vm, owner, "diskresize", part_id("disk_id", disk_id), str(_SIZE.wanted("size", size)))


def disk_saveas(
    cloud: Cloud, kind: Kind, vm: Any, owner: str | None, disk_id: Any, name: Any, type: Any, snapshot_id: Any
) -> int:
    """Save a disk, or a snapshot of it, as a new image; returns the image's ID."""
    disk = part_id("disk_id", disk_id)
    snapshot = KEEP if snapshot_id is None else part_id("snapshot_id", snapshot_id)
    sort = "" if type is None else word("type", type)
    return make(cloud, kind, vm, owner, "disksaveas", disk, object_name(IMAGE.title, name), sort, snapshot)


def snapshots(cloud: Cloud, kind: Kind, vm: Any, owner: str | None) -> list[dict[str, Any]]:
    """The snapshots of a VM, in OpenNebula's terms."""
    return [dict(each) for each in whole(cloud, kind, vm, owner).vectors("TEMPLATE/SNAPSHOT")]


def disk_snapshots(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, disk_id: int) -> list[dict[str, Any]]:
    """The snapshots of one disk, in OpenNebula's terms."""
    resource = whole(cloud, kind, vm, owner)
    disk = part_id("disk_id", disk_id)
    return [dict(each) for each in resource.vectors(f"SNAPSHOTS[DISK_ID='{disk}']/SNAPSHOT")]


# -- networks ----------------------------------------------------------------------------------------------------


def nic_attach(
    cloud: Cloud,
    kind: Kind,
    vm: Any,
    owner: str | None,
    network: Any,
    network_owner: str | None,
    shared: Any,
    more: Any,
) -> bool:
    """Attach a NIC to a network: one of the VM's owner, or a shared one."""
    declared = lowered("attributes", more or {})
    groups = secgroups.taken("attributes", declared)
    given = vector("attributes", declared)
    paths = [name for name in given if name.startswith("NETWORK")]
    if paths:
        raise ArgumentError(f"attributes.{paths[0]}: name the network with network= and network_owner=.")
    resource = find(cloud, kind, vm, owner)
    if groups is not None:
        whose = sharing.private(resource.owner)
        given |= secgroups.resolved(cloud, f"attributes.{secgroups.ARGUMENT}", groups, whose).written
    found = find(cloud, VNET, network, network_owner or resource.owner)
    # By ID, so that it cannot resolve to another user's network.
    nic = {**given, "NETWORK_ID": str(found.id)}
    refuse_foreign_networks(cloud, resource.owner, [("network", nic, flag("shared", shared))])
    name = "NIC_ALIAS" if "PARENT" in nic else "NIC"
    return act(cloud, kind, resource.id, None, "attachnic", render({name: nic}))


def nic_update(cloud: Cloud, kind: Kind, vm: Any, owner: str | None, nic_id: Any, given: Any, append: Any) -> bool:
    """Change the bandwidth of a NIC, the only attributes that OpenNebula can change."""
    number = part_id("nic_id", nic_id)
    declared = lowered("attributes", given)
    if secgroups.ARGUMENT in declared:
        raise ArgumentError(f"attributes.{secgroups.ARGUMENT}: use onevm.sg_attach and onevm.sg_detach instead.")
    nic = render({"NIC": vector("attributes", declared)})
    return act(cloud, kind, vm, owner, "updatenic", number, nic, update_mode(append))


def instantiate(
    cloud: Cloud,
    kind: Kind,
    template: Any,
    owner: str | None,
    name: Any,
    as_user: Any,
    as_group: Any,
    flags: Mapping[str, Any],
    extra: Any,
) -> int:
    """Create a VM from a template, for the account or another user; returns the VM's ID.

    flags
        ``hold``, ``persistent``, and ``shared``: whether networks of other users are allowed.
    """
    said = {each: flag(each, value) for each, value in flags.items()}
    given, user = made_for(cloud, "VM", extra, as_user, as_group)
    resource = whole(cloud, kind, template, owner)
    refuse_other_owner(cloud, user.name, resource.attributes)
    if said["persistent"] and user.name != cloud.account:
        raise ArgumentError(
            f"persistent: OpenNebula copies template and images for {cloud.account}, and cannot create a VM of "
            f"{user.name} from these copies: clone the template, give it and its images to {user.name}, and "
            f"instantiate that."
        )
    context = given.get("CONTEXT")
    answers = {**(context if isinstance(context, dict) else {}), **given}
    refuse_unanswered(kind.describe(resource.name, resource.owner), resource.attributes, answers)
    # NICs of the extra template replace those of the template with the same vector name.
    nics = template_nics({**resource.attributes, **given})
    refuse_foreign_networks(cloud, user.name, [(where, nic, said["shared"]) for where, nic in nics])
    called = "" if name is None else object_name("VM", name)
    params = (called, said["hold"], render(given), said["persistent"])
    created = partial(make, cloud, kind, resource.id, None, "instantiate", *params)
    return alone(cloud, instantiate_published(cloud, user.name, {**resource.attributes, **given}, created))
