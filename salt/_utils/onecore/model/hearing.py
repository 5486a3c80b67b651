"""VMs that OpenNebula tells of something one after the other, and leaves out while they are busy otherwise."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..cloud.campaign import Procedure, Wait
from ..cloud.directory import VMS
from ..cloud.naming import listed
from ..cloud.resource import Resource
from ..cloud.view import Cloud

#: How long a VM may be busy otherwise, in seconds.
PATIENCE = 300


def heard(cloud: Cloud, numbers: Collection[int], is_deaf: Callable[[Resource], bool]) -> Procedure:
    """Wait until no VM of these is one that OpenNebula would leave out; SettleError where that takes too long."""
    if not numbers:
        return
    first, *others = sorted(numbers)

    def deaf() -> list[Resource]:
        known = cloud.pool(VMS).by_id
        return [known[vm] for vm in (first, *others) if vm in known and is_deaf(known[vm])]

    def late(_: Resource | None) -> str:
        told = " and ".join(f"{listed(VMS, [vm.id], {vm.id: vm})} is {VMS.state_name(vm)}" for vm in deaf())
        return f"nothing was changed, since OpenNebula would not tell all VMs of it: {told}; run again"

    what = "VMs to be done with something else"
    yield Wait(VMS, first, lambda _: not deaf(), what, PATIENCE, others=others, late=late, at_once=True)
