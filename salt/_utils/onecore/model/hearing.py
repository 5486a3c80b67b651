"""VMs that OpenNebula tells of something one after the other, and leaves out while they are busy otherwise."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..cloud.directory import VMS
from ..cloud.naming import listed
from ..cloud.procedure import Procedure, Wait
from ..cloud.resource import Resource
from ..cloud.view import Cloud

#: How long a VM may be busy otherwise, in seconds.
PATIENCE = 300


def heard(cloud: Cloud, numbers: Collection[int], is_deaf: Callable[[Resource], bool]) -> Procedure:
    """Wait for VMs that OpenNebula would leave out, each until it has been seen done with what it is busy with.

    Raises
        SettleError where that takes too long.
    """
    if not numbers:
        return
    first, *others = sorted(numbers)
    deaf = {first, *others}

    def is_over(_: Resource | None) -> bool:
        known = cloud.pool(VMS).by_id
        deaf.intersection_update([vm for vm in deaf if vm in known and is_deaf(known[vm])])
        return not deaf

    def late(_: Resource | None) -> str:
        cloud.overdue.update(deaf)
        busy = [cloud.pool(VMS).by_id[vm] for vm in sorted(deaf)]
        told = " and ".join(f"{listed(VMS, [vm.id], {vm.id: vm})} is {VMS.state_name(vm)}" for vm in busy)
        return f"nothing was changed, because OpenNebula would leave out busy VMs: {told}; run again"

    what, patience = "VMs to be done with something else", 0 if cloud.overdue.intersection(numbers) else PATIENCE
    yield Wait(VMS, first, is_over, what, patience, others=others, late=late, at_once=True)
