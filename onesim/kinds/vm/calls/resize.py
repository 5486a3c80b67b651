"""one.vm.resize: changes the capacity of a VM."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError, InternalError
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parsing import requirements, topology
from onesim.kinds.vm.parsing.attributes import shown
from onesim.kinds.vm.parts import place, usage
from onesim.kinds.vm.states import Lcm, Op, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas
from onesim.text.values import integer, number, single

_NEVER = (State.STOPPED, State.DONE, State.SUSPENDED)


@method("one.vm.resize", "isb", defaults=(True,), kind=KIND)
def resize(call, oid, text, enforce):
    """Changes CPU, VCPU and MEMORY of a VM, at once or (RUNNING) by its hypervisor."""
    wanted = generic.parsed(KIND, text)
    vm = operate(call, oid, "resize")
    name = None if call.is_admin else VM_RESTRICTED.first(wanted)
    if name:
        raise AuthorizationError(f"Template includes a restricted attribute {name}")
    new, old = _new_capacity(vm, wanted), _capacity(vm)
    charge = _difference(vm, new, old)
    usage.charge(call.cloud, vm, quotas.VM, charge)
    try:
        _resize(call.cloud, vm, new, old, enforce or not call.is_admin, who(call))
    except ActionError:
        usage.release(call.cloud, vm, charge)
        raise
    return oid


def _capacity(vm):
    """(CPU, memory in MB, virtual CPUs), 0 for missing values."""
    return vm.spec.number("CPU") or 0, vm.memory, vm.spec.integer("VCPU") or 0


def _new_capacity(vm, wanted):
    given = (wanted.number("CPU") or 0, wanted.integer("MEMORY", 64) or 0, wanted.integer("VCPU") or 0)
    for value, what in zip(given, ("CPU must be a positive float", "MEMORY", "VCPU"), strict=True):
        if value < 0:
            kind = " or integer value." if "CPU must" in what else " must be a positive integer value."
            raise InternalError(what + kind)
    cpu, memory, vcpu = (value or old for value, old in zip(given, _capacity(vm), strict=True))
    if requirements.is_pinned(vm.spec):
        cpu = given[2] or _capacity(vm)[0]
    return cpu, memory, vcpu


def _difference(vm, new, old):
    """The additional (or reduced) usage of a VM."""
    cpu, memory = single(new[0] - old[0]), new[1] - old[1]
    charge = usage.delta(vm, CPU=cpu, MEMORY=memory)
    if vm.state in (State.PENDING, State.HOLD) or vm.running:
        charge.add("RUNNING_CPU", str(cpu))
        charge.add("RUNNING_MEMORY", str(memory))
    return charge


def _resize(cloud, vm, new, old, enforce, who):
    if vm.state in _NEVER or (vm.state == State.ACTIVE and not vm.running):
        raise ActionError(f"Cannot resize a VM in state {vm.state_name}")
    if vm.running and requirements.is_pinned(vm.spec):
        raise ActionError("Cannot resize a pinned VM")
    live = vm.running and new != old
    if live or not vm.running:
        _set_capacity(cloud, vm, new, enforce)
    if live:
        vm.spec.set("RESIZE", {"CPU": shown(old[0]), "MEMORY": str(old[1]), "VCPU": str(old[2])})
        vm.resched = False
    if vm.history and vm.state in (State.POWEROFF, State.ACTIVE):
        vm.close_record(Op.RESIZE, who)
    if live:
        vm.enter(Lcm.HOTPLUG_RESIZE)
        ask(cloud, vm, "RESIZE")
    cloud.update(vm)


def _set_capacity(cloud, vm, new, enforce):
    """Sets the capacity, and the capacity promised by the host; raises ActionError, nothing changed."""
    spec = vm.spec.copy()
    _write(spec, new)
    try:
        topology.resized(spec)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal
    if vm.state in (State.POWEROFF, State.ACTIVE):
        before, vm.spec = vm.spec, spec
        try:
            _fit(cloud, vm, enforce)
        except ActionError:
            vm.spec = before
            raise
    vm.spec = spec


def _write(spec, capacity):
    for name, value in zip(("CPU", "MEMORY", "VCPU"), capacity, strict=True):
        if value > 0:
            spec.set(name, shown(value))


def _fit(cloud, vm, enforce):
    """Reserves the new capacity on the host."""
    host = cloud.find("HOST", vm.host_id)
    if host is None:
        raise ActionError("Could not update host")
    kept = host.vms.pop(vm.oid, None)
    reason = place.misfit(host, vm.capacity) if enforce else None
    if reason:
        if kept is not None:
            host.vms[vm.oid] = kept
        raise ActionError(reason)
    place.hold_host(cloud, vm)


@done("RESIZE")
def resize_done(cloud, vm, succeeded):
    """The hypervisor has changed the capacity, or failed."""
    if vm.lcm_state != Lcm.HOTPLUG_RESIZE:
        return
    vm.enter(Lcm.RUNNING)
    before = vm.spec.vector("RESIZE")
    vm.spec.erase("RESIZE")
    if not succeeded and before is not None:
        old = (number(before["CPU"]), integer(before["MEMORY"], 64), integer(before["VCPU"]))
        usage.release(cloud, vm, _difference(vm, _capacity(vm), old))
        _write(vm.spec, old)
        place.hold_host(cloud, vm)
    cloud.update(vm)
