"""Actions on one VM, step by step: procedures for a campaign.

Each restores the power state if it can: a VM that was running runs again, also if a step in between failed. A procedure
that is interrupted and run again continues with the remaining steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...basics.errors import ActionError, OneError, RefusedError, SettleError
from ...basics.marks import RESTORE
from ...basics.syntax import render
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.procedure import Procedure, Wait
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.vm_states import restored_power
from ...model.fields import REMOVED
from ...model.writers import MERGE
from .waits import POWER_TIMEOUT, carried_out, gone, reached_or_given_up, refuse_failed, removable, still

RECREATE = 4


def power(
    cloud: Cloud,
    vm: Resource,
    wanted: str,
    timeout: float = POWER_TIMEOUT,
    hard: bool = False,
    on_its_way: Callable[[], object] = lambda: None,
) -> Procedure:
    """Bring a VM to a power state; returns the VM read afterwards.

    hard
        Without the consent of its guest.
    on_its_way
        Called once OpenNebula has accepted the last step.
    """
    vm = yield from still(vm, timeout)
    while vm_states.power(vm) != wanted:
        here = vm_states.power(vm)
        steps = vm_states.way(here, wanted)
        if not steps:
            raise RefusedError(f"OpenNebula cannot change it from {here} to {wanted}")
        action = vm_states.ACTIONS[here, steps[0]]
        harder = hard and action in ("poweroff", "undeploy")
        now = try_action(cloud, vm, "one.vm.action", f"{action}-hard" if harder else action, vm.id)
        if now is not None:
            vm = yield from still(now, timeout)
            continue
        if steps == [wanted]:
            on_its_way()
        vm = yield from carried_out(vm, reached_or_given_up(vm, steps[0], timeout))
    return vm


def try_action(cloud: Cloud, vm: Resource, method: str, *params: Any) -> Resource | None:
    """Call an action on a VM; if OpenNebula refuses it since the VM's state has changed, return the current VM.

    An interrupted run may have called an action just before. OpenNebula begins it a moment later, and until then the VM
    still shows its old state.
    """
    try:
        cloud.call(method, *params)
    except ActionError:
        now = cloud.read(VMS, vm.id)
        if vm_states.state(now) == vm_states.state(vm):
            raise
        return now
    return None


def act_while_off(cloud: Cloud, vm: Resource, method: str, *params: Any, hard: bool = False) -> Procedure:
    """Call an action on a powered-off VM; a VM that was just starting is powered off again.

    hard
        Whether it is powered off without the consent of its guest.

    Returns the VM as it was when OpenNebula took it.
    """
    now = try_action(cloud, vm, method, *params)
    if now is not None:
        vm = yield from power(cloud, now, "poweroff", hard=hard)
        cloud.call(method, *params)
    return vm


Work = Callable[[Resource], Procedure]


def while_off(
    cloud: Cloud, vm: Resource, work: Work, then: str | None = None, off_on_error: bool = False, hard: bool = False
) -> Procedure:
    """Power a VM off, run a procedure, and restore its power state; returns the VM read afterwards.

    The old power state is stored in the VM meanwhile, so that the next run restores it after an interruption.

    work
        Takes the VM and returns a procedure, which returns the VM read afterwards.
    then
        The final power state if it is known; nothing needs to be stored in the VM then.
    off_on_error
        Whether the VM stays powered off if the procedure fails.
    hard
        Whether it is powered off without the consent of its guest.
    """
    vm = yield from still(vm)
    back = then or restored_power(vm)
    # The VM may still contain another value, of an interrupted run before somebody else started the VM.
    kept = then is None and back != "poweroff" and vm.text(f"USER_TEMPLATE/{RESTORE}") != back
    if kept:
        _keep(cloud, vm, back)
    vm = yield from power(cloud, vm, "poweroff", hard=hard)
    try:
        vm = yield from work(vm)
    except OneError as error:
        if not off_on_error:
            yield from _restore_after(cloud, cloud.pool(VMS).by_id.get(vm.id, vm), back, error)
        raise
    return (yield from _restore(cloud, vm, back))


def forget_power(cloud: Cloud, vm: Resource) -> None:
    """Remove the stored power state from a VM that has reached it."""
    if _forgotten(cloud, vm):
        cloud.refresh(VMS, [vm.id])


def _forgotten(cloud: Cloud, vm: Resource) -> bool:
    kept = bool(vm.text(f"USER_TEMPLATE/{RESTORE}"))
    if kept:
        _keep(cloud, vm, REMOVED)
    return kept


def _restore(cloud: Cloud, vm: Resource, back: str) -> Procedure:
    if vm_states.power(vm) == back:
        forget_power(cloud, vm)
        return (yield from power(cloud, vm, back))
    left: list[bool] = []
    # While the state changes, so that one poll sees both.
    now = yield from power(cloud, vm, back, on_its_way=lambda: left.append(_forgotten(cloud, vm)))
    if not left:
        forget_power(cloud, now)
    return now


def _restore_after(cloud: Cloud, vm: Resource, back: str, error: OneError) -> Procedure:
    try:
        yield from _restore(cloud, vm, back)
    except OneError as worse:
        raise ActionError(f"{error}; it could not be brought back to {back}: {worse}") from None


def _keep(cloud: Cloud, vm: Resource, back: str | Mapping[str, str]) -> None:
    cloud.call("one.vm.update", vm.id, render({RESTORE: back}), MERGE)


def recreate(cloud: Cloud, vm: Resource) -> Procedure:
    """Recreate a VM from the same image: ID, addresses and context stay, disks and snapshots do not."""
    cloud.call("one.vm.recover", vm.id, RECREATE)
    started = {"left": False}

    def running_again(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM no longer exists")
        # For a moment after the call the old state is still shown: only a state after another one counts, even if
        # polling has missed the other one and only the history shows it.
        other = vm_states.state(now) != vm_states.state(vm) or vm_states.deployments(now) != vm_states.deployments(vm)
        started["left"] = started["left"] or other
        if started["left"]:
            refuse_failed(now)
        return started["left"] and vm_states.state(now) == vm_states.RUNNING

    return (yield Wait(VMS, vm.id, running_again, "running again", POWER_TIMEOUT))


def terminate(cloud: Cloud, vm: Resource, hard: bool = True) -> Procedure:
    """Terminate a VM permanently, once its current operation has ended."""
    now: Resource | None = vm
    if not vm_states.removable(vm):
        now = yield removable(vm)
    if now is None:
        return
    cloud.call("one.vm.action", "terminate-hard" if hard else "terminate", vm.id)
    yield from carried_out(now, gone(now))
