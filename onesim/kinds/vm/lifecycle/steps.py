"""The state transitions of VMs: the next step after the drivers have succeeded or failed."""

from onesim.cloud import alarm
from onesim.cloud.clock import transition
from onesim.errors import InternalError
from onesim.kinds.image import image as images
from onesim.kinds.vm.lifecycle import drivers
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parsing import context
from onesim.kinds.vm.parts import disk_images, execution, marks, nics, place, roles, usage
from onesim.kinds.vm.parts.history import now
from onesim.kinds.vm.states import BOOTING, Lcm, Op, State
from onesim.rights import quotas

_AFTER_PROLOG = {
    Lcm.PROLOG: Lcm.BOOT,
    Lcm.PROLOG_MIGRATE_UNKNOWN: Lcm.BOOT,
    Lcm.PROLOG_RESUME: Lcm.BOOT_STOPPED,
    Lcm.PROLOG_UNDEPLOY: Lcm.BOOT_UNDEPLOY,
    Lcm.PROLOG_MIGRATE: Lcm.BOOT_MIGRATE,
}
RESTORED = frozenset({Lcm.BOOT_STOPPED, Lcm.BOOT_SUSPENDED, Lcm.BOOT_MIGRATE})  # these boot from a saved state
FAILED = {  # the state after a failure; recover and retry start from there
    Lcm.PROLOG: Lcm.PROLOG_FAILURE,
    Lcm.PROLOG_MIGRATE: Lcm.PROLOG_MIGRATE_FAILURE,
    Lcm.PROLOG_MIGRATE_POWEROFF: Lcm.PROLOG_MIGRATE_POWEROFF_FAILURE,
    Lcm.PROLOG_MIGRATE_SUSPEND: Lcm.PROLOG_MIGRATE_SUSPEND_FAILURE,
    Lcm.PROLOG_MIGRATE_UNKNOWN: Lcm.PROLOG_MIGRATE_UNKNOWN_FAILURE,
    Lcm.PROLOG_RESUME: Lcm.PROLOG_RESUME_FAILURE,
    Lcm.PROLOG_UNDEPLOY: Lcm.PROLOG_UNDEPLOY_FAILURE,
    Lcm.BOOT: Lcm.BOOT_FAILURE,
    Lcm.BOOT_MIGRATE: Lcm.BOOT_MIGRATE_FAILURE,
    Lcm.BOOT_STOPPED: Lcm.BOOT_STOPPED_FAILURE,
    Lcm.BOOT_UNDEPLOY: Lcm.BOOT_UNDEPLOY_FAILURE,
    Lcm.EPILOG: Lcm.EPILOG_FAILURE,
    Lcm.EPILOG_STOP: Lcm.EPILOG_STOP_FAILURE,
    Lcm.EPILOG_UNDEPLOY: Lcm.EPILOG_UNDEPLOY_FAILURE,
}
TRIED = {failed: tried for tried, failed in FAILED.items()}
_BACK_TO_REST = {Lcm.BOOT_POWEROFF: State.POWEROFF, Lcm.BOOT_SUSPENDED: State.SUSPENDED}
_POWERED_OFF_MIGRATION = (Op.POFF_MIGRATE, Op.POFF_HARD_MIGRATE)


# --- towards RUNNING


@transition("vm.start")
def start(cloud, vm_id):
    """Starts the deployment of a VM to the host of its new record."""
    vm = cloud.get("VM", vm_id)
    before = vm.previous.action if vm.previous else Op.NONE
    if before == Op.STOP:
        vm.enter(Lcm.PROLOG_RESUME)
    elif before in (Op.UNDEPLOY, Op.UNDEPLOY_HARD):
        vm.enter(Lcm.PROLOG_UNDEPLOY)
    else:
        vm.enter(Lcm.PROLOG)
    there = place.hold_host(cloud, vm)
    vm.last.start = vm.last.prolog_start = now()
    cloud.update(vm)
    if there:
        ask(cloud, vm, "PROLOG")
    else:
        prolog_done(cloud, vm, False)


@done("PROLOG")
def prolog_done(cloud, vm, succeeded):
    """The disks were transferred, or the drivers have failed."""
    if not succeeded:
        _prolog_failed(cloud, vm)
        return
    state = TRIED.get(vm.lcm_state, vm.lcm_state)
    vm.last.prolog_end = now()
    if state == Lcm.PROLOG_MIGRATE_POWEROFF:
        powered_off(cloud, vm)
    elif state == Lcm.PROLOG_MIGRATE_SUSPEND:
        suspended(cloud, vm)
    else:
        following = _AFTER_PROLOG[state]
        if state == Lcm.PROLOG_MIGRATE and vm.last.action in _POWERED_OFF_MIGRATION:
            following = Lcm.BOOT
        vm.last.running_start = now()
        boot(cloud, vm, following)


def _prolog_failed(cloud, vm):
    if vm.lcm_state in FAILED:
        vm.enter(FAILED[vm.lcm_state])
    elif vm.lcm_state in TRIED and "MIGRATE" in vm.lcm_state.name:
        _return_from_migration(cloud, vm)
    cloud.update(vm)


def _return_from_migration(cloud, vm):
    """Cancels a migration whose disks were not transferred: the VM continues on its previous host."""
    moment = now()
    vm.last.prolog_end = vm.last.end = moment
    vm.enter(TRIED[vm.lcm_state])
    moves = place.moves_between_hosts(vm)
    if moves:
        place.free_host(cloud, vm)
    vm.repeat_record(vm.previous)
    vm.last.start = vm.last.prolog_start = moment
    if moves:
        place.hold_host(cloud, vm)
    prolog_done(cloud, vm, True)


def boot(cloud, vm, state):
    """Starts a VM in the hypervisor, from the beginning or from its saved state."""
    vm.enter(state)
    try:
        context.refresh(cloud, vm)
    except InternalError:
        cloud.update(vm)
        boot_done(cloud, vm, False)
        return
    cloud.update(vm)
    ask(cloud, vm, "RESTORE" if state in RESTORED else "DEPLOY")


@done("DEPLOY", "RESTORE", "MIGRATE")
def boot_done(cloud, vm, succeeded):
    """The VM runs, or its boot has failed."""
    if vm.lcm_state == Lcm.MIGRATE:
        (_moved if succeeded else return_to_previous_host)(cloud, vm)
    elif not succeeded:
        _boot_failed(cloud, vm)
    elif vm.lcm_state in BOOTING:
        vm.deploy_id = vm.deploy_id or f"{vm.last.host_name}:{vm.name}:{vm.last.vm_mad}"
        vm.enter(Lcm.RUNNING)
        vm.last.clear_action()
        vm.last.end = vm.last.running_end = 0
    cloud.update(vm)


def _boot_failed(cloud, vm):
    vm.last.running_end = now()
    if vm.lcm_state in _BACK_TO_REST:
        vm.rest(_BACK_TO_REST[vm.lcm_state])
    elif vm.lcm_state == Lcm.BOOT_UNKNOWN:
        vm.enter(Lcm.UNKNOWN)
    elif vm.lcm_state in FAILED:
        if vm.lcm_state in (Lcm.BOOT_STOPPED, Lcm.BOOT_UNDEPLOY):
            vm.last.end = now()
        vm.enter(FAILED[vm.lcm_state])


# --- between hosts


def _moved(cloud, vm):
    """A running VM is on its new host."""
    moment = now()
    vm.last.running_start = moment
    vm.previous.end = vm.previous.running_end = moment
    if place.moves_between_hosts(vm):
        place.free_host(cloud, vm, vm.previous)
    vm.enter(Lcm.RUNNING)
    place.free_previous_port(cloud, vm)


def return_to_previous_host(cloud, vm):
    """A migration has failed early: the VM still runs on its previous host."""
    moment = now()
    vm.enter(Lcm.RUNNING)
    vm.last.end = vm.previous.end = vm.previous.running_end = moment
    if place.moves_between_hosts(vm):
        place.free_host(cloud, vm)
        place.return_to_previous_port(cloud, vm)
        usage.move_cluster(cloud, vm, vm.cluster_id, vm.previous.cluster_id)
    vm.repeat_record(vm.previous)
    vm.last.start = vm.last.running_start = moment
    place.hold_host(cloud, vm)


def _move_disks(cloud, vm):
    """The VM is saved or off: its disks are now transferred to the other host."""
    moment = now()
    vm.enter(Lcm.PROLOG_MIGRATE)
    vm.previous.end = vm.previous.running_end = vm.last.prolog_start = moment
    if place.moves_between_hosts(vm):
        place.free_host(cloud, vm, vm.previous)
        place.free_previous_port(cloud, vm)
    cloud.update(vm)
    ask(cloud, vm, "PROLOG")


# --- away from RUNNING


@done("SAVE")
def _save_done(cloud, vm, succeeded):
    if vm.lcm_state == Lcm.SAVE_MIGRATE:
        (_move_disks if succeeded else return_to_previous_host)(cloud, vm)
    elif not succeeded:
        _runs_on(vm)
    elif vm.lcm_state == Lcm.SAVE_SUSPEND:
        suspended(cloud, vm)
    else:
        vm.last.running_end = now()
        epilog(cloud, vm, Lcm.EPILOG_STOP)
    cloud.update(vm)


@done("SHUTDOWN", "CANCEL")
def _shutdown_done(cloud, vm, succeeded):
    if succeeded:
        execution.give_up(vm)
    if vm.lcm_state == Lcm.SAVE_MIGRATE:
        (_move_disks if succeeded else return_to_previous_host)(cloud, vm)
    elif not succeeded:
        _runs_on(vm)
    elif vm.lcm_state == Lcm.SHUTDOWN_POWEROFF:
        powered_off(cloud, vm)
    else:
        vm.last.running_end = now()
        epilog(cloud, vm, Lcm.EPILOG if vm.lcm_state == Lcm.SHUTDOWN else Lcm.EPILOG_UNDEPLOY)
    cloud.update(vm)


def _runs_on(vm):
    vm.enter(Lcm.RUNNING)
    vm.last.clear_action()


def epilog(cloud, vm, state):
    """Saves or deletes the disks."""
    vm.enter(state)
    vm.last.epilog_start = now()
    cloud.update(vm)
    ask(cloud, vm, "EPILOG")


@done("EPILOG")
def epilog_done(cloud, vm, succeeded):
    if not succeeded:
        if vm.lcm_state in FAILED:
            vm.enter(FAILED[vm.lcm_state])
        cloud.update(vm)
        return
    vm.enter(TRIED.get(vm.lcm_state, vm.lcm_state))
    vm.last.epilog_end = vm.last.end = now()
    if vm.lcm_state != Lcm.EPILOG_STOP:
        place.free_port(cloud, vm)
    place.free_host(cloud, vm)
    if vm.lcm_state == Lcm.EPILOG_STOP:
        _stop_running(cloud, vm, State.STOPPED)
        cloud.update(vm)
    elif vm.lcm_state == Lcm.EPILOG_UNDEPLOY:
        undeployed(cloud, vm)
    else:
        finish(cloud, vm)


def _stop_running(cloud, vm, state, charged=True):
    if charged:
        usage.stop_running(cloud, vm)
    vm.rest(state)


def powered_off(cloud, vm):
    """The VM is off, or an operation on the powered-off VM has finished."""
    _stop_running(cloud, vm, State.POWEROFF, vm.charged_as_running)
    vm.last.running_end = now()
    cloud.update(vm)


def suspended(cloud, vm):
    _stop_running(cloud, vm, State.SUSPENDED)
    vm.last.running_end = now()
    cloud.update(vm)


def undeployed(cloud, vm):
    _stop_running(cloud, vm, State.UNDEPLOYED, vm.charged_as_running)
    if vm.last.action == Op.NONE:
        vm.last.set_action(Op.UNDEPLOY)
    cloud.update(vm)


# --- the end


def finish(cloud, vm, check_images=True):
    """Releases all resources of a VM, which is then DONE."""
    moment = now()
    charge = usage.of_vm(vm, always=True, running=vm.charged_as_running)
    nics.release_all(cloud, vm)
    failed = check_images and vm.state == State.ACTIVE and vm.lcm_state != Lcm.EPILOG
    copies = disk_images.release_all(cloud, vm, failed)
    roles.leave(cloud, vm)
    drivers.give_up(vm)
    vm.rest(State.DONE)
    vm.end = moment
    if vm.history:
        last = vm.last
        if last.running_start and not last.running_end:
            last.running_end = moment
        last.end = last.end or moment
    place.free_port(cloud, vm)
    cloud.update(vm)
    usage.release(cloud, vm, charge, quotas.VIRTUALMACHINE)
    for copy in copies:
        usage.release(cloud, vm, copy, quotas.DATASTORE)
    vrouter = cloud.find("VROUTER", vm.vrouter_id) if vm.vrouter_id is not None else None
    if vrouter is not None:
        vrouter.vms.discard(vm.oid)
        cloud.update(vrouter)
    for oid in vm.sched_actions:  # the VM keeps their numbers
        cloud.drop(cloud.get("SCHED_ACTION", oid))


def clean_up(cloud, vm, state, action, who):
    """Cancels the current operation of a VM on its host, to delete or recreate it."""
    moment, before, busy = now(), vm.state, vm.lcm_state
    drivers.give_up(vm)
    vm.enter(state)
    vm.last.set_action(action, who)
    vm.resched = False
    vm.last.end = vm.last.end or moment
    execution.give_up(vm)
    place.free_host(cloud, vm)
    place.free_port(cloud, vm)
    if before == State.ACTIVE:
        _break_off(cloud, vm, busy, moment)
    else:
        usage.start_running(cloud, vm)
    cloud.update(vm)


def _break_off(cloud, vm, busy, moment):
    """Clears the marks of the current operation, and the open times of the history."""
    if busy.name.startswith("PROLOG"):
        vm.last.prolog_end = moment
    elif busy.name.startswith("EPILOG"):
        vm.last.epilog_end = moment
    elif vm.last.running_start:
        vm.last.running_end = vm.last.running_end or moment
    if busy in (Lcm.MIGRATE, Lcm.SAVE_MIGRATE):
        vm.previous.end = vm.previous.running_end = moment
        if place.moves_between_hosts(vm):
            place.free_host(cloud, vm, vm.previous)
    marks.clear_attach(vm)
    marks.clear_snapshot(vm)
    marks.clear_resize(vm, restore=True)
    if busy == Lcm.HOTPLUG_RESIZE:
        vm.spec.erase("RESIZE")
    image_id = marks.clear_saving(vm)
    image = cloud.find("IMAGE", image_id) if image_id is not None else None
    if image is not None:
        image.set_state(images.ERROR)
        cloud.update(image)


@done("CLEANUP")
def resubmit(cloud, vm, succeeded=True):
    """A VM that is recreated waits for a host."""
    if vm.lcm_state == Lcm.CLEANUP_RESUBMIT:
        vm.rest(State.PENDING)
        vm.deploy_id = ""
        cloud.update(vm)
        alarm.wake(cloud)


# --- before the beginning


@transition("vm.image_settled")
def image_settled(cloud, vm_id, image_id=-1, succeeded=True):
    """An image for which a VM waits is ready, or has failed."""
    vm = cloud.find("VM", vm_id)
    if vm is None or vm.state not in (State.CLONING, State.CLONING_FAILURE):
        return
    state = disk_images.settle(cloud, vm)
    if state == State.PENDING and vm.spec.yes("SUBMIT_ON_HOLD"):
        state = State.HOLD
    vm.rest(state)
    cloud.update(vm)
    if state == State.PENDING:
        alarm.wake(cloud)
