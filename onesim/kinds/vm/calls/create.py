"""New VMs: from a template of the cloud, or from a template text."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud import alarm
from onesim.errors import ActionError, AllocateError, AuthorizationError, InternalError
from onesim.kinds import sched_action, template
from onesim.kinds.vm.calls import schedule
from onesim.kinds.vm.kind import KIND
from onesim.kinds.vm.machine import VirtualMachine
from onesim.kinds.vm.parsing import topology
from onesim.kinds.vm.parts import disks, nics, roles, usage
from onesim.kinds.vm.states import State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas
from onesim.rights.access import CREATE, USE, authorize, creation


@method("one.template.instantiate", "isbsb", defaults=(False, "", False), kind=template.KIND, operation=USE)
def instantiate(call, oid, name, hold, extra, persistent):
    """Creates a VM from a template, with some changes; `persistent` from copies of the template and its images."""
    source = call.cloud.get("TEMPLATE", oid)
    if source.template.yes("VROUTER"):
        raise ActionError("Virtual router templates cannot be instantiated")
    if persistent:
        copy_name = name or f"{source.name}-copy"
        copy_id = template.clone_template(call, oid, copy_name, recursive=True, extra=extra, persistent=True)
        source, extra = call.cloud.get("TEMPLATE", copy_id), f"CLONING_TEMPLATE_ID={oid}\n"
    return from_template(call, source, name, hold, extra)


def from_template(call, source, name, hold, extra, fixed=None):
    """Creates a VM from a template, with a caller's extra text, and with attributes (`fixed`) that need no rights."""
    wanted = template.merged(call, source.template, extra)
    if fixed is not None:
        wanted.merge(fixed)
    generic.act_as(call, wanted)
    for attribute in ("NAME", "TEMPLATE_NAME", "TEMPLATE_ID"):
        wanted.erase(attribute)
    wanted.add("TEMPLATE_NAME", source.name)
    wanted.add("TEMPLATE_ID", str(source.oid))
    if name:
        wanted.add("NAME", name)
    _complete_topology(wanted)
    extended = wanted.copy()
    disks.extend(call.cloud, extended, call.uid)
    needs = [(USE, source)]
    needs += [(CREATE, creation(template.KIND, call))] if extra else []
    authorize(call, *needs, *_needs(call, extended))
    charged, actions = _charge(call, extended), _taken(wanted, "SCHED_ACTION")
    try:
        vm = _insert(call, wanted, hold)
    except InternalError as refusal:
        _give_back(call, charged)
        raise AllocateError(refusal.text) from refusal
    return _schedule(call, vm, actions, charged)


@method("one.vm.allocate", "sb", defaults=(False,), kind=KIND, operation=CREATE)
def allocate(call, text, hold):
    """Creates a VM from a template text."""
    wanted = generic.parsed(KIND, text)
    name = None if call.is_admin else VM_RESTRICTED.first(wanted)
    if name:
        raise AuthorizationError(f"VM Template includes a restricted attribute {name}")
    authorize(call, (CREATE, creation(KIND, call)), *_needs(call, wanted))
    _complete_topology(wanted)
    extended = wanted.copy()
    disks.extend(call.cloud, extended, call.uid)
    (sort, machine), *others = _charge(call, extended)
    # for a refused VM, the usage of image copies in the system datastore stays charged
    charged = [(sort, _without_images(machine, wanted)), *others]
    actions = _taken(wanted, "SCHED_ACTION")
    try:
        vm = _insert(call, wanted, hold)
    except InternalError:
        _give_back(call, charged)
        raise
    return _schedule(call, vm, actions, charged)


def _taken(wanted, name):
    """The vectors of that name; all attributes of that name are removed."""
    vectors = wanted.vectors(name)
    wanted.erase(name)
    return vectors


def _without_images(charge, wanted):
    rest = charge.copy()
    rest.set("SYSTEM_DISK_SIZE", str(sum(map(disks.system_size, wanted.vectors("DISK")))))
    return rest


def _complete_topology(wanted):
    try:
        topology.complete(wanted)
    except InternalError as refusal:
        raise AllocateError(refusal.text) from refusal


def _needs(call, wanted):
    """The rights for using the images, networks and groups of a template."""
    yield from disks.needs(call.cloud, wanted, call.uid)
    yield from nics.needs(call.cloud, wanted, call.uid)
    yield from roles.needs(call.cloud, wanted, call.uid)


def _charge(call, extended):
    """Charges the owner of a new VM; returns the charges, (type, quota template) each."""
    machine = usage.basic(extended)
    usage.add_running(machine, extended)
    charges = [(quotas.VIRTUALMACHINE, machine)]
    charges += [(quotas.DATASTORE, charge) for charge in disks.image_charges(extended)]
    done = []
    try:
        for sort, charge in charges:
            quotas.charge(call.cloud, call.uid, call.gid, sort, charge)
            done.append((sort, charge))
    except AuthorizationError:
        _give_back(call, done)
        raise
    return done


def _give_back(call, charged):
    for sort, charge in charged:
        quotas.release(call.cloud, call.uid, call.gid, sort, charge)


def _insert(call, wanted, hold):
    """Inserts the VM, and lets it wait for its images or the scheduler."""
    cloud = call.cloud
    vm = VirtualMachine(wanted, call)
    vm.state = State.HOLD if hold else State.PENDING
    if hold:
        wanted.set("SUBMIT_ON_HOLD", "YES")
    cloud.pool("VM").insert(vm)
    if vm.state == State.CLONING:
        cloud.soon("vm.image_settled", vm.oid, -1, True)
    elif not hold:
        alarm.wake(cloud)
    return vm


def _schedule(call, vm, actions, charged):
    """Adds the scheduled actions of a new VM; returns its number. If one is invalid, the VM stays without them and
    uncharged.
    """
    try:
        for action in actions:
            schedule.add_to(call.cloud, vm, sched_action.read(action, vm.start))
    except ActionError as refusal:
        for action_id in sorted(vm.sched_actions):
            schedule.remove_from(call.cloud, vm, action_id)
        _give_back(call, charged)
        raise InternalError(refusal.text) from refusal
    return vm.oid
