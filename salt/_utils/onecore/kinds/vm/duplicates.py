"""A VM is created on hold, and released once it is known to be the only one of its name.

OpenNebula allows two VMs of one owner with the same name. Two runs can therefore create the same VM at the same time,
and so can a call that takes effect after its connection broke. OpenNebula numbers VMs one at a time: a run that reads
all VMs after creating one sees all older ones. The oldest one stays. A younger one is removed before its first start,
and its run continues with the oldest. The next run releases or removes VMs that an interrupted run left on hold.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...basics.errors import ActionError, NoExistsError
from ...basics.marks import RELEASE
from ...basics.plan import Order
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import everyone
from ...model.kind import OlderObject
from .power import terminate
from .waits import settled

_MADE = "was created on hold, but could not be read afterwards"


def on_hold(release: bool = True) -> dict[str, str]:
    """The attribute of a new VM that says whether it is to be released."""
    return {RELEASE: "YES" if release else "NO"}


def only_one(cloud: Cloud, order: Order, number: int) -> Procedure:
    """Check that a new VM is the only one, and release it; returns its ID, or that of an older one."""
    yield everyone(VMS, number, VMS.describe(order.name, order.owner), order.owner, _MADE)
    first = yield from elect(cloud, cloud.pool(VMS).marked((VMS.cli, order.user, order.name)))
    return OlderObject(number if first is None else first.id) if first is None or first.id != number else number


def elect(cloud: Cloud, duplicates: Iterable[Resource]) -> Procedure:
    """Release the oldest of several VMs, and remove those that were never started; returns the oldest one."""
    found = list(duplicates)
    if not found:
        return None
    first = VMS.first(found)
    for each in found:
        if each is not first and vm_states.is_untouched(each):
            yield from _give_way(cloud, each)
    if vm_states.is_to_be_released(first):
        yield from _release(cloud, first)
    return first


def _give_way(cloud: Cloud, vm: Resource) -> Procedure:
    try:
        yield from terminate(cloud, vm)
    except (ActionError, NoExistsError):
        # The other run has removed it already.
        cloud.refresh(VMS, [vm.id])


def _release(cloud: Cloud, vm: Resource) -> Procedure:
    if vm.state != vm_states.HOLD:
        # Its images are still being copied.
        vm = yield settled(vm)
    try:
        cloud.call("one.vm.action", vm_states.ACTIONS["hold", "running"], vm.id)
    except (ActionError, NoExistsError):
        now = cloud.read(VMS, vm.id)
        if now.state == vm_states.HOLD:
            raise
