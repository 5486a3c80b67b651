"""one.vm.recover: declares a step of a VM as successful or failed, tries it again, or deletes or recreates the VM."""

from onesim.api.dispatch import method
from onesim.cloud import alarm
from onesim.cloud.clock import transition
from onesim.errors import ActionError, AuthorizationError
from onesim.kinds.vm.kind import KIND, who
from onesim.kinds.vm.lifecycle import drivers, recreate, steps
from onesim.kinds.vm.lifecycle.drivers import ask
from onesim.kinds.vm.parts import place, usage
from onesim.kinds.vm.states import BOOTING, WAITING, Lcm, Op, State
from onesim.rights import quotas, vm_operations
from onesim.rights.access import authorize

FAIL, SUCCEED, RETRY, DELETE, RECREATE, FORGET = range(6)
_RIGHTS = {FAIL: "recover", SUCCEED: "recover", RETRY: "retry", DELETE: "delete", RECREATE: "delete", FORGET: "delete"}
_ANSWERED = {  # the verb of the simulated answer for a state, if it differs from the current request
    Lcm.HOTPLUG: "ATTACHDISK",
    Lcm.HOTPLUG_NIC: "ATTACHNIC",
}
_RETRIED = {  # the verb with which a failed or hanging step is tried again
    **{state: "PROLOG" for state in steps.FAILED if state.name.startswith("PROLOG")},
    **{state: "EPILOG" for state in steps.FAILED if state.name.startswith("EPILOG")},
    **dict.fromkeys((Lcm.BOOT_MIGRATE, Lcm.BOOT_SUSPENDED, Lcm.BOOT_STOPPED, Lcm.BOOT_UNDEPLOY), "RESTORE"),
    **dict.fromkeys((Lcm.BOOT, Lcm.BOOT_POWEROFF, Lcm.BOOT_UNKNOWN), "DEPLOY"),
    **dict.fromkeys((Lcm.SAVE_STOP, Lcm.SAVE_SUSPEND, Lcm.SAVE_MIGRATE), "SAVE"),
    **dict.fromkeys((Lcm.SHUTDOWN, Lcm.SHUTDOWN_POWEROFF, Lcm.SHUTDOWN_UNDEPLOY), "SHUTDOWN"),
    Lcm.MIGRATE: "MIGRATE",
}


@method("one.vm.recover", "ii", kind=KIND)
def recover(call, oid, code):
    if code not in _RIGHTS:
        raise ActionError("Wrong recovery operation code")
    call.operation = vm_operations.needed_right(call, _RIGHTS[code])
    vm = call.cloud.get("VM", oid)
    authorize(call, (call.operation, vm))
    if code in (FAIL, SUCCEED):
        _declare(call.cloud, vm, code == SUCCEED)
    elif code == RETRY:
        _retry(call.cloud, vm)
    elif code == DELETE:
        _delete(call.cloud, vm, who(call))
    elif code == RECREATE:
        _recreate(call.cloud, vm, who(call))
    else:
        _forget(call.cloud, vm)
    return oid


def _declare(cloud, vm, succeeded):
    """Continues as if the drivers had just succeeded or failed."""
    if vm.state == State.CLONING_FAILURE:
        cloud.soon("vm.image_settled", vm.oid, -1, succeeded)
    elif vm.state != State.ACTIVE:
        raise ActionError(f"Could not perform a recover operation on VM {vm.oid}, wrong state {vm.state_name}.")
    elif vm.is_in(Lcm.UNKNOWN):
        vm.enter(Lcm.RUNNING)
        cloud.update(vm)
    elif not vm.is_in(Lcm.LCM_INIT, Lcm.RUNNING):
        cloud.soon("vm.declared", vm.oid, succeeded)


@transition("vm.declared")
def _declared(cloud, vm_id, succeeded):
    vm = cloud.get("VM", vm_id)
    state = vm.lcm_state
    if state == Lcm.CLEANUP_DELETE:
        steps.finish(cloud, vm)
        return
    if state in BOOTING and succeeded and not vm.deploy_id:
        vm.deploy_id = f"one-{vm.oid}"
    tried = steps.TRIED.get(state, state)
    vm.task = _ANSWERED.get(state) or vm.task or _RETRIED.get(tried, "")
    drivers.answer(cloud, vm, succeeded)


def _retry(cloud, vm):
    """Repeats the failed or current request of the drivers."""
    if vm.state != State.ACTIVE:
        raise ActionError(f"Could not perform a retry on VM {vm.oid}, wrong state {vm.state_name}.")
    tried = steps.TRIED.get(vm.lcm_state, vm.lcm_state)
    verb = _RETRIED.get(tried)
    if verb is None:
        return
    if tried in BOOTING:
        steps.boot(cloud, vm, tried)
        return
    vm.enter(tried)
    cloud.update(vm)
    ask(cloud, vm, "CANCEL" if verb == "SHUTDOWN" and vm.last.action != Op.TERMINATE else verb)


def _delete(cloud, vm, asker):
    if vm.state == State.ACTIVE:
        cloud.soon("vm.delete", vm.oid, asker)
    elif vm.state != State.DONE:
        _forget(cloud, vm, check_images=True)


def _forget(cloud, vm, check_images=False):
    """Releases everything at once, without the drivers."""
    if vm.state in (State.SUSPENDED, State.POWEROFF, State.ACTIVE):
        place.free_host(cloud, vm)
    if vm.state != State.DONE:
        steps.finish(cloud, vm, check_images)


def _recreate(cloud, vm, asker):
    """Recreates the VM from its images."""
    if vm.state == State.DONE:
        raise ActionError("Cannot delete-recreate a VM already in DONE state")
    if vm.state in (State.STOPPED, State.UNDEPLOYED):
        _leave_storage(cloud, vm)
    if vm.state in (State.STOPPED, State.UNDEPLOYED, State.HOLD):
        if vm.history:
            vm.last.set_action(Op.DELETE_RECREATE, asker)
        vm.rest(State.PENDING)
        cloud.update(vm)
        alarm.wake(cloud)
    elif vm.state not in WAITING:
        cloud.clock.schedule("vm.recreate", vm.oid, asker)  # for a moment, nothing has changed


def _leave_storage(cloud, vm):
    if vm.state == State.STOPPED:
        place.free_port(cloud, vm)
    charge = usage.of_vm(vm, always=False, running=True)
    try:
        for owner in ((vm.uid, -1), (-1, vm.gid)):  # the user stays charged if the group's quota refuses
            quotas.charge(cloud, *owner, quotas.VIRTUALMACHINE, charge)
    except AuthorizationError as refusal:
        raise ActionError(refusal.text[0].upper() + refusal.text[1:]) from refusal
    recreate.delete_disk_snapshots(cloud, vm)


@transition("vm.recreate")
def _clean_up(cloud, vm_id, asker):
    """Cleans the host of a VM, which then waits for a host again."""
    vm = cloud.get("VM", vm_id)
    if vm.state not in (State.ACTIVE, State.POWEROFF, State.SUSPENDED) or vm.is_in(Lcm.CLEANUP_DELETE):
        return
    if vm.is_in(Lcm.CLEANUP_RESUBMIT):
        steps.resubmit(cloud, vm)
        return
    steps.clean_up(cloud, vm, Lcm.CLEANUP_RESUBMIT, Op.DELETE_RECREATE, asker)
    recreate.delete_disk_snapshots(cloud, vm)
    recreate.delete_system_snapshots(cloud, vm)
    cloud.update(vm)
    ask(cloud, vm, "CLEANUP")
