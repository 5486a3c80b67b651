"""The VMs and virtual routers that would have left a network after the announced changes of a dry run."""

from __future__ import annotations

from ...cloud.collection import Collection
from ...cloud.directory import ROUTERS, VMS
from ...cloud.view import Cloud
from ...model.nics import DETACH, NIC_KINDS


def leaves(cloud: Cloud, number: int, network: int) -> bool:
    """Whether a VM would have left a network, or been removed."""
    vm = cloud.pool(VMS).by_id.get(number)
    if vm is not None and VMS.is_part(vm):
        # Its NICs belong to the router.
        return has_left(cloud, ROUTERS, vm.number("TEMPLATE/VROUTER_ID"), network)
    return has_left(cloud, VMS, number, network)


def has_left(cloud: Cloud, collection: Collection, number: int, network: int) -> bool:
    """Whether a VM or a virtual router would have left a network, or been removed."""
    if cloud.leaving(collection.cli, number):
        return True
    holder = cloud.pool(collection).by_id.get(number)
    if holder is None or cloud.announced(collection, holder.name, holder.owner) is None:
        return False
    every = (nic for each in NIC_KINDS for nic in holder.vectors(f"TEMPLATE/{each}"))
    joined = {nic.number("NIC_ID") for nic in every if nic.get("NETWORK_ID") == str(network)}
    planned = cloud.planned(collection, holder.name, holder.owner)
    nics = [change.write for change in planned if change.field == "nics"]
    return joined <= {number for action, number in nics if action == DETACH}
