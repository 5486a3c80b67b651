"""A VM is created on hold, and released once it is known to be the only one of its name.

OpenNebula lets two VMs of one owner have one name, so that nothing hinders two runs that both see none of a name, or a
call whose answer never came and that takes effect later. It numbers VMs as it makes them, one at a time: whoever looks
after having made one sees all older ones. The oldest stays, a younger one goes before it was ever started, and its run
continues with the older. What a run that died has left on hold, the next one releases or removes.
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
from ...model.kind import Elder
from .power import terminate
from .waits import settled

_MADE = "was made on hold, but whether it is the only one was not seen"


def on_hold(release: bool = True) -> dict[str, str]:
    """The attribute of a new VM that says whether it is to be released."""
    return {RELEASE: "YES" if release else "NO"}


def only_one(cloud: Cloud, order: Order, number: int) -> Procedure:
    """See that a VM that was just made is the only one, and release it; returns its number, or that of an older one."""
    yield everyone(VMS, number, VMS.describe(order.name, order.owner), order.owner, _MADE)
    first = yield from elect(cloud, cloud.pool(VMS).marked((VMS.cli, order.user, order.name)))
    return Elder(number if first is None else first.id) if first is None or first.id != number else number


def elect(cloud: Cloud, twins: Iterable[Resource]) -> Procedure:
    """Let the one that stays of several VMs go on, and remove those that give way; returns the one that stays."""
    found = list(twins)
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
        # The other run sees the same, and has been faster.
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
