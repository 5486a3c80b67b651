"""Actions on VMs at a certain time, once or repeatedly."""

import time

from onesim.api import generic
from onesim.api.dispatch import Call, method
from onesim.cloud.clock import transition
from onesim.errors import ActionError, InternalError, NoExistsError, OneError
from onesim.kinds import sched_action
from onesim.kinds.vm.calls import actions, disk_snapshots, system_snapshots
from onesim.kinds.vm.kind import KIND, operate
from onesim.kinds.vm.states import State

_RIGHT = "sched-action"
_CALLS = {  # action: the call, and the positions of numbers among its parameters
    "snapshot-create": (system_snapshots.create, ()),
    "snapshot-revert": (system_snapshots.revert, (0,)),
    "snapshot-delete": (system_snapshots.delete, (0,)),
    "disk-snapshot-create": (disk_snapshots.create, (0,)),
    "disk-snapshot-revert": (disk_snapshots.revert, (0, 1)),
    "disk-snapshot-delete": (disk_snapshots.delete, (0, 1)),
}


def _vector(text, error):
    vector = generic.parsed(KIND, text).vector("SCHED_ACTION")
    if vector is None:
        raise error("No SCHED_ACTION attribute in template")
    return vector


@method("one.vm.schedadd", "is", kind=KIND)
def add(call, oid, text):
    """Adds an action; returns its number."""
    vm = operate(call, oid, _RIGHT)
    if vm.state == State.DONE:
        raise InternalError(f"Unable to create Scheduled Action for Virtual Machine {oid}, it's in DONE state")
    facts = sched_action.read(_vector(text, ActionError), vm.start)
    return add_to(call.cloud, vm, facts)


def add_to(cloud, vm, facts):
    """Adds an action to a VM; returns its number."""
    action_id = cloud.pool("SCHED_ACTION").insert(sched_action.ScheduledAction(vm.oid, facts))
    vm.sched_actions.add(action_id)
    cloud.update(vm)
    await_time(cloud, action_id, facts)
    return action_id


def await_time(cloud, action_id, facts):
    moment = facts["TIME"]
    cloud.clock.schedule("vm.scheduled", action_id, moment, delay=max(moment - time.time(), 0), exact=True)


@method("one.vm.schedupdate", "iis", kind=KIND)
def update(call, oid, action_id, text):
    vm = operate(call, oid, _RIGHT)
    vector = _vector(text, InternalError)
    if action_id not in vm.sched_actions:
        raise InternalError(f"SCHED_ACTION with id = {action_id} doesn't exist")
    thing = call.cloud.find("SCHED_ACTION", action_id)
    if thing is None:
        raise InternalError(f"Unable to get Scheduled Action id = {action_id}. It doesn't exist or is malformed.")
    try:
        thing.facts = sched_action.read(vector, vm.start, thing.facts)
    except ActionError as refusal:
        raise InternalError(refusal.text) from refusal
    call.cloud.update(thing)
    await_time(call.cloud, action_id, thing.facts)
    return action_id


@method("one.vm.scheddelete", "ii", kind=KIND)
def delete(call, oid, action_id):
    vm = operate(call, oid, _RIGHT)
    if action_id not in vm.sched_actions:
        raise NoExistsError(action_id, sched_action.KIND.title)
    remove_from(call.cloud, vm, action_id)
    return oid


def remove_from(cloud, vm, action_id):
    """Removes an action from a VM."""
    vm.sched_actions.discard(action_id)
    cloud.update(vm)
    cloud.drop(cloud.get("SCHED_ACTION", action_id))


@transition("vm.scheduled")
def _due(cloud, action_id, moment):
    """The time of an action has come, unless it was changed since."""
    thing = cloud.find("SCHED_ACTION", action_id)
    vm = cloud.find("VM", thing.vm_id) if thing is not None else None
    if vm is None or thing.facts["TIME"] != moment or thing.facts["DONE"] >= moment:
        return
    call = Call(cloud, "action", KIND.title, uid=vm.uid, gid=vm.gid, uname=vm.uname, groups=frozenset({0}))
    try:
        _do(call, vm, thing.facts)
    except (OneError, ValueError) as refusal:
        text = refusal.message(call) if isinstance(refusal, OneError) else "wrong arguments"
        vm.set_error(f"Error executing scheduled action {thing.facts['ACTION']}: {text}")
    thing.facts["DONE"] = int(time.time())
    following = sched_action.following(thing.facts)
    if following is not None:
        thing.facts["TIME"] = following
        await_time(cloud, action_id, thing.facts)
    cloud.update(thing)
    cloud.update(vm)


def _do(call, vm, facts):
    name, given = facts["ACTION"], [item.strip() for item in facts["ARGS"].split(",") if item.strip()]
    if name not in _CALLS:
        actions.action(call, name, vm.oid)
        return
    handler, numbers = _CALLS[name]
    for position in numbers:
        given[position] = int(given[position])
    names = 1 if name.endswith("create") else 0
    handler(call, vm.oid, *given, *[""] * (len(numbers) + names - len(given)))
