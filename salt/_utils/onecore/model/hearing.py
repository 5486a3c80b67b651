"""Waits for busy VMs: OpenNebula updates VMs one after the other, and skips those that are busy."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..cloud.directory import VMS
from ..cloud.naming import listed
from ..cloud.procedure import Procedure, Wait
from ..cloud.resource import Resource
from ..cloud.view import Cloud

#: How long a VM may be busy, in seconds.
PATIENCE = 300


def await_idle(cloud: Cloud, numbers: Collection[int], is_busy: Callable[[Resource], bool]) -> Procedure:
    """Wait until each of these VMs has been idle once, since OpenNebula skips busy ones.

    Raises
        SettleError if that takes too long.
    """
    if not numbers:
        return
    first, *others = sorted(numbers)
    waiting = {first, *others}

    def is_over(_: Resource | None) -> bool:
        known = cloud.pool(VMS).by_id
        waiting.intersection_update([vm for vm in waiting if vm in known and is_busy(known[vm])])
        return not waiting

    def late(_: Resource | None) -> str:
        cloud.overdue.update(waiting)
        busy = [cloud.pool(VMS).by_id[vm] for vm in sorted(waiting)]
        states = " and ".join(f"{listed(VMS, [vm.id], {vm.id: vm})} is {VMS.state_name(vm)}" for vm in busy)
        return f"nothing was changed, because OpenNebula would skip busy VMs: {states}; run again"

    what, patience = "VMs to finish other operations", 0 if cloud.overdue.intersection(numbers) else PATIENCE
    yield Wait(VMS, first, is_over, what, patience, others=others, late=late, at_once=True)
