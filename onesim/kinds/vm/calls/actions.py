"""one.vm.action: hold, release, stop, suspend, resume, reboot, resched, poweroff, undeploy, terminate."""

from contextlib import suppress

from onesim.api.dispatch import method
from onesim.cloud import alarm
from onesim.cloud.clock import transition
from onesim.errors import ActionError, AuthorizationError, InternalError
from onesim.kinds.vm.kind import KIND, who
from onesim.kinds.vm.lifecycle import steps
from onesim.kinds.vm.lifecycle.drivers import ask
from onesim.kinds.vm.parsing import requirements
from onesim.kinds.vm.parts import usage
from onesim.kinds.vm.parts.history import now
from onesim.kinds.vm.states import WAITING, Lcm, Op, State
from onesim.rights import quotas, vm_operations
from onesim.rights.access import authorize

_RIGHTS = {  # action: the operation on which users and groups may have rights
    name: right
    for right, names in {
        "terminate": ("terminate", "terminate-hard"),
        "undeploy": ("undeploy", "undeploy-hard"),
        "poweroff": ("poweroff", "poweroff-hard"),
        "reboot": ("reboot", "reboot-hard"),
        "resched": ("resched", "unresched"),
        "migrate": ("migrate", "live-migrate", "poweroff-migrate", "poweroff-hard-migrate"),
        "delete": ("delete", "delete-recreate"),
        "backup": ("backup", "backup-cancel"),
        "disk-attach": ("disk-attach", "disk-detach"),
        "nic-attach": ("nic-attach", "nic-detach", "alias-attach", "alias-detach", "nic-update"),
        "disk-snapshot": ("disk-snapshot-create", "disk-snapshot-revert", "disk-snapshot-rename"),
        "snapshot": ("snapshot-create", "snapshot-delete", "snapshot-revert"),
    }.items()
    for name in names
} | {
    name: name
    for name in ("hold", "release", "stop", "suspend", "resume", "deploy", "recover", "retry", "restore", "disk-resize",
                 "updateconf", "rename", "resize", "update", "disk-saveas", "exec")
}  # fmt: skip
_HARD = frozenset({Op.TERMINATE_HARD, Op.POWEROFF_HARD, Op.UNDEPLOY_HARD})
REBOOT_SECONDS = 1
_ACTIONS = {}


class _Refused(Exception):
    """An action that the VM's state does not allow; with its own message, or the usual one."""


def _action(*names):
    """Registers a function (call, vm, asker, name) for these actions."""

    def register(function):
        for name in names:
            _ACTIONS[name] = function
        return function

    return register


@method("one.vm.action", "si", kind=KIND)
def action(call, name, oid):
    """Starts an action on a VM; its result shows in the VM's state later."""
    if name in _RIGHTS:
        call.operation = vm_operations.needed_right(call, _RIGHTS[name])
    vm = call.cloud.get("VM", oid)
    authorize(call, (call.operation, vm))
    if name not in _ACTIONS:
        raise ActionError(f'Action "{name}" is not supported')
    try:
        _ACTIONS[name](call, vm, who(call), name)
    except _Refused as refusal:
        reason = str(refusal) or f"This action is not available for state {vm.state_name}"
        raise ActionError(f'Error performing action "{name}": {reason}') from refusal
    return oid


def release(call, vm):
    """Releases a VM on hold, if possible."""
    with suppress(_Refused):
        _release(call, vm, who(call), "release")


def end(call, vm):
    """Terminates a VM at once, whatever its state is."""
    try:
        _terminate(call, vm, who(call), "terminate-hard")
    except _Refused:
        call.cloud.soon("vm.delete", vm.oid, who(call))


@_action("terminate", "terminate-hard")
def _terminate(call, vm, asker, name):
    cloud, hard = call.cloud, name == "terminate-hard"
    owner = (vm.uid, vm.gid, asker[2])  # the daemon mixes them up with the caller
    if vm.state in WAITING:
        steps.finish(cloud, vm)
    elif vm.is_in(Lcm.RUNNING, Lcm.UNKNOWN) or (hard and vm.is_in(Lcm.SHUTDOWN)):
        cloud.soon("vm.leave", vm.oid, Lcm.SHUTDOWN, Op.TERMINATE_HARD if hard else Op.TERMINATE, owner)
    elif vm.is_in(*steps.TRIED):
        cloud.soon("vm.delete", vm.oid, asker)
    elif vm.state == State.ACTIVE:
        raise _Refused(f"Could not terminate VM {vm.oid}, wrong state {vm.state_name}.")
    elif vm.state != State.DONE:
        cloud.soon("vm.epilog", vm.oid, Lcm.EPILOG, Op.TERMINATE, owner)


@transition("vm.leave")
def _leave(cloud, vm_id, state, operation, asker):
    """Saves, shuts down, or switches off a running VM."""
    vm = cloud.get("VM", vm_id)
    vm.enter(state)
    vm.resched = False
    vm.last.set_action(operation, asker)
    cloud.update(vm)
    saves = state in (Lcm.SAVE_STOP, Lcm.SAVE_SUSPEND)
    ask(cloud, vm, "SAVE" if saves else "CANCEL" if operation in _HARD else "SHUTDOWN")


@transition("vm.epilog")
def _leave_host(cloud, vm_id, state, operation, asker):
    """Undeploys a VM that does not run. It counts as running until that is finished."""
    vm = cloud.get("VM", vm_id)
    charge = usage.of_vm(vm, always=False, running=True)
    vm.last.set_action(operation, asker)
    steps.epilog(cloud, vm, state)
    usage.add(cloud, vm, charge)


@transition("vm.delete")
def _delete(cloud, vm_id, asker):
    """Deletes an ACTIVE VM, whatever its current step is."""
    vm = cloud.get("VM", vm_id)
    if vm.lcm_state not in (Lcm.CLEANUP_RESUBMIT, Lcm.CLEANUP_DELETE):
        steps.clean_up(cloud, vm, Lcm.CLEANUP_DELETE, Op.DELETE, asker)
    vm.enter(Lcm.CLEANUP_DELETE)
    steps.finish(cloud, vm)


@_action("poweroff", "poweroff-hard")
def _poweroff(call, vm, asker, name):
    hard = name == "poweroff-hard"
    if not vm.is_in(Lcm.RUNNING, Lcm.UNKNOWN) and not (hard and vm.is_in(Lcm.SHUTDOWN_POWEROFF)):
        raise _Refused
    operation = Op.POWEROFF_HARD if hard else Op.POWEROFF
    call.cloud.soon("vm.leave", vm.oid, Lcm.SHUTDOWN_POWEROFF, operation, asker)


@_action("undeploy", "undeploy-hard")
def _undeploy(call, vm, asker, name):
    hard = name == "undeploy-hard"
    if vm.state == State.POWEROFF:
        call.cloud.soon("vm.epilog", vm.oid, Lcm.EPILOG_UNDEPLOY, Op.UNDEPLOY, asker)
    elif vm.is_in(Lcm.RUNNING, Lcm.UNKNOWN) or (hard and vm.is_in(Lcm.SHUTDOWN_UNDEPLOY)):
        operation = Op.UNDEPLOY_HARD if hard else Op.UNDEPLOY
        call.cloud.soon("vm.leave", vm.oid, Lcm.SHUTDOWN_UNDEPLOY, operation, asker)
    else:
        raise _Refused


@_action("hold")
def _hold(call, vm, asker, name):
    if vm.state != State.PENDING:
        raise _Refused
    vm.rest(State.HOLD)
    call.cloud.update(vm)


def _compute(call, vm, doing):
    """Updates the host requirements of a VM."""
    try:
        requirements.compute(call.cloud, vm)
    except InternalError as refusal:
        call.cloud.update(vm)
        raise _Refused(f"Could not {doing} VM {vm.oid}, error updating requirements. {refusal.text}") from refusal


def _wait(call, vm, doing):
    """Lets a VM wait for the scheduler."""
    _compute(call, vm, doing)
    vm.rest(State.PENDING)
    call.cloud.update(vm)
    alarm.wake(call.cloud)


@_action("release")
def _release(call, vm, asker, name):
    if vm.state != State.HOLD:
        raise _Refused
    _wait(call, vm, "release")


@_action("stop")
def _stop(call, vm, asker, name):
    if vm.state == State.SUSPENDED:
        call.cloud.soon("vm.epilog", vm.oid, Lcm.EPILOG_STOP, Op.STOP, asker)
    elif vm.running:
        call.cloud.soon("vm.leave", vm.oid, Lcm.SAVE_STOP, Op.STOP, asker)
    else:
        raise _Refused


@_action("suspend")
def _suspend(call, vm, asker, name):
    if not vm.running:
        raise _Refused
    call.cloud.soon("vm.leave", vm.oid, Lcm.SAVE_SUSPEND, Op.SUSPEND, asker)


@_action("resume")
def _resume(call, vm, asker, name):
    """Starts a VM again, if its owner's quota allows it."""
    charge = usage.of_vm(vm, always=False, running=True)
    try:
        quotas.charge(call.cloud, vm.uid, vm.gid, quotas.VM, charge)
    except AuthorizationError as refusal:
        raise ActionError(refusal.text) from refusal
    owner = (vm.uid, vm.gid, asker[2])  # the caller is not stored here
    try:
        if vm.state in (State.STOPPED, State.UNDEPLOYED):
            _wait(call, vm, "resume")
        elif vm.state in (State.SUSPENDED, State.POWEROFF) or vm.is_in(Lcm.UNKNOWN):
            call.cloud.soon("vm.start_again", vm.oid, owner)
        else:
            raise _Refused
    except _Refused:
        usage.release(call.cloud, vm, charge)
        raise


@transition("vm.start_again")
def _start_again(cloud, vm_id, asker):
    """Starts a VM on its current host again, with a new history record unless it was only UNKNOWN."""
    vm, moment = cloud.get("VM", vm_id), now()
    if vm.state == State.ACTIVE:
        steps.boot(cloud, vm, Lcm.BOOT_UNKNOWN)
        return
    vm.last.end = moment
    vm.repeat_record()
    vm.last.start = vm.last.running_start = moment
    vm.last.set_action(Op.RESUME, asker)
    steps.boot(cloud, vm, Lcm.BOOT_SUSPENDED if vm.state == State.SUSPENDED else Lcm.BOOT_POWEROFF)


@_action("reboot", "reboot-hard")
def _reboot(call, vm, asker, name):
    if not vm.running:
        raise _Refused
    vm.resched = False
    call.cloud.update(vm)
    verb = "RESET" if name == "reboot-hard" else "REBOOT"
    call.cloud.clock.schedule("vm.rebooted", vm.oid, verb, delay=REBOOT_SECONDS)


@transition("vm.rebooted")
def _rebooted(cloud, vm_id, verb):
    """A reboot changes nothing visible, unless it fails because of a fault rule."""
    vm, failure = cloud.find("VM", vm_id), cloud.faults.driver_failure(verb.lower())
    if vm is not None and failure:
        vm.set_error(f"{verb}: {failure}")
        cloud.update(vm)


@_action("resched", "unresched")
def _resched(call, vm, asker, name):
    """Requests a better host from the scheduler, or cancels that."""
    if vm.state != State.POWEROFF and not vm.is_in(Lcm.RUNNING, Lcm.UNKNOWN):
        raise _Refused
    if name == "resched":
        _compute(call, vm, "set rescheduling flag for")
        alarm.wake_to_move(call.cloud, vm)
    else:
        vm.resched = False
    call.cloud.update(vm)
