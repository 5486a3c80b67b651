"""Commands for relations of VMs: security groups, VM groups, and PCI devices of their host."""

from __future__ import annotations

from typing import Any

from ..basics.errors import ArgumentError
from ..basics.syntax import render
from ..cloud.collection import Collection
from ..cloud.directory import SECURITY_GROUPS, VM_GROUPS
from ..cloud.view import Cloud
from ..model import secgroups, sharing
from ..model.vectors import vector
from .objects import act, find, flag, part_id, word


def sg_attach(
    cloud: Cloud, kind: Collection, target: Any, nic_id: Any, security_group: Any, *, owner: str | None = None
) -> bool:
    """Add a security group to a NIC of {a}.

    nic_id
        Number of the NIC, as in :py:func:`show`.

    security_group
        The security group: by name one of the VM's owner or else of ``oneadmin``, or by ID.

    Rights: MANAGE on the {title}, USE on the security group.

    {example} 0 web {whose}
    """
    return _regroup(cloud, kind, target, owner, "attachsg", nic_id, security_group)


def sg_detach(
    cloud: Cloud, kind: Collection, target: Any, nic_id: Any, security_group: Any, *, owner: str | None = None
) -> bool:
    """Remove a security group from a NIC of {a}. A NIC without a group is not filtered.

    nic_id
        Number of the NIC, as in :py:func:`show`.

    security_group
        The security group: by name one of the VM's owner or else of ``oneadmin``, or by ID.

    Rights: MANAGE on the {title}.

    {example} 0 default {whose}
    """
    return _regroup(cloud, kind, target, owner, "detachsg", nic_id, security_group)


def commit(cloud: Cloud, kind: Collection, target: Any, all_vms: Any = False, *, owner: str | None = None) -> bool:
    """Send the rules again to the VMs that have not applied them.

    all_vms
        Whether to send them to all VMs. Defaults to ``False``.

    Rights: MANAGE on the {title}.

    {example} {whose}
    """
    return act(cloud, kind, target, owner, "commit", not flag("all_vms", all_vms))


def _regroup(
    cloud: Cloud, kind: Collection, target: Any, owner: str | None, verb: str, nic_id: Any, group: Any
) -> bool:
    number, vm = part_id("nic_id", nic_id), find(cloud, kind, target, owner)
    if isinstance(group, str):
        groups = secgroups.wanted("security_group", group)
        (group,) = secgroups.resolved(cloud, "security_group", groups, sharing.private(vm.owner or "")).numbers
    return act(cloud, kind, vm.id, None, verb, number, find(cloud, SECURITY_GROUPS, group).id)


def vmgroup_add(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    vmgroup: Any,
    role: Any,
    vmgroup_owner: str | None = None,
    *,
    owner: str | None = None,
) -> bool:
    """Add {a} to a role of a VM group, which restricts its hosts; from OpenNebula 7.2 on. The host of a running VM must
    be allowed by the role.

    vmgroup
        The VM group, by name or ID.

    role
        One of its roles.

    vmgroup_owner
        Whose VM group of that name. Defaults to the VM's owner.

    Rights: MANAGE on the {title}, USE on the VM group.

    {example} databases primary {whose}
    """
    vm = find(cloud, kind, target, owner)
    group = find(cloud, VM_GROUPS, vmgroup, vmgroup_owner or vm.owner)
    return act(cloud, kind, vm.id, None, "vmgroupadd", group.id, word("role", role))


def vmgroup_del(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> bool:
    """Remove {a} from its role in a VM group; from OpenNebula 7.2 on.

    Rights: MANAGE on the {title}.

    {example} {whose}
    """
    return act(cloud, kind, target, owner, "vmgroupdel")


def pci_attach(cloud: Cloud, kind: Collection, target: Any, attributes: Any, *, owner: str | None = None) -> bool:
    """Attach a PCI device of its host to {a} that is powered off or undeployed. A NIC is attached by
    :py:func:`nic_attach`.

    attributes
        Which device: ``SHORT_ADDRESS``, or any of ``VENDOR``, ``DEVICE`` and ``CLASS``.

    Rights: MANAGE on the {title}.

    {example} "{{SHORT_ADDRESS: '03:00.0'}}" {whose}
    """
    device = vector("attributes", attributes or {})
    if not device:
        raise ArgumentError("attributes: say which device, by SHORT_ADDRESS or by VENDOR, DEVICE and CLASS.")
    return act(cloud, kind, target, owner, "attachpci", render({"PCI": device}))


def pci_detach(cloud: Cloud, kind: Collection, target: Any, pci_id: Any, *, owner: str | None = None) -> bool:
    """Detach a PCI device from {a} that is powered off or undeployed.

    pci_id
        Number of the device (``PCI_ID``), as in :py:func:`show`.

    Rights: MANAGE on the {title}.

    {example} 0 {whose}
    """
    return act(cloud, kind, target, owner, "detachpci", part_id("pci_id", pci_id))
