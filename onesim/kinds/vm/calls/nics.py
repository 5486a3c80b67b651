"""NICs attached to VMs, detached, and changed; their security groups."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError, InternalError, OneError
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.lifecycle import upkeep
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parsing import attributes, context
from onesim.kinds.vm.parts import marks, nics, place, usage
from onesim.kinds.vm.parts.history import now
from onesim.kinds.vm.states import NICS_BUSY, Lcm, Op, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas, vm_operations
from onesim.rights.access import USE, authorize
from onesim.text.templates import Template
from onesim.text.values import id_list

_NAMES = ("NIC", "NIC_ALIAS", "PCI")
_LIMITS = tuple(f"{way}BOUND_{what}" for way in ("IN", "OUT") for what in ("AVG_BW", "PEAK_BW", "PEAK_KB"))


def refuse_vrouter(vm):
    if vm.vrouter_id is not None:
        raise ActionError("Action is not supported for virtual router VMs")


def _check_state(vm, doing):
    if not vm.running and vm.state != State.POWEROFF:
        raise ActionError(f"Could not {doing}, wrong state {vm.state_name}.")


# --- attach


@method("one.vm.attachnic", "is", kind=KIND)
def attach_nic(call, oid, text):
    """Attaches a NIC, an alias of one, or a PCI device that is one."""
    refuse_vrouter(call.cloud.get("VM", oid))
    attach(call, oid, generic.parsed(KIND, text))
    return oid


def attach(call, oid, template):
    """Attaches the NIC of a template to a VM."""
    cloud = call.cloud
    call.operation = vm_operations.needed_right(call, "nic-attach")
    pci = template.vector("PCI")
    if pci is not None and pci.get("TYPE") != "NIC":
        raise ActionError("PCI device is not of type NIC")
    vm = cloud.get("VM", oid)
    if pci is not None:
        _check_pci(pci)
    authorize(call, (call.operation, vm), *nics.needs(cloud, template, call.uid))
    _check_restricted(call, template)
    usage.charge(cloud, vm, quotas.NETWORK, template)
    try:
        if pci is not None:
            usage.charge(cloud, vm, quotas.VM, _pci_charge(vm))
        try:
            _attach_at(cloud, vm, pci, lambda: _attach(cloud, vm, template, who(call)))
        except ActionError:
            if pci is not None:
                usage.release(cloud, vm, _pci_charge(vm))
            raise
    except (ActionError, AuthorizationError):
        usage.release(cloud, vm, template, quotas.NETWORK)
        raise


def _attach_at(cloud, vm, pci, attach_it):
    """Attach a NIC that may be a device of the VM's host; the host gets the device back if the attach fails."""
    taken = pci is not None and vm.last is not None
    if taken:
        place.take_from_host(cloud, vm, pci)
    try:
        attach_it()
    except OneError:
        if taken:
            place.give_back(cloud, vm, pci)
        raise


def _check_pci(pci):
    try:
        attributes.check_pci(pci)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal


def _check_restricted(call, template):
    name = None if call.is_admin else VM_RESTRICTED.first(template)
    if name:
        raise AuthorizationError(f"NIC includes a restricted attribute {name}")


def _pci_charge(vm):
    charge = usage.delta(vm, PCI_NIC=1)
    if vm.charged_as_running:
        charge.add("RUNNING_PCI_NIC", "1")
    return charge


def _attach(cloud, vm, template, asker):
    _check_state(vm, f"add a new NIC to VM {vm.oid}")
    running = vm.running
    vm.resched = False
    name = next((name for name in _NAMES if template.vector(name) is not None), None)
    if name is None:
        raise ActionError("Wrong format or missing NIC/NIC_ALIAS/PCI attribute")
    try:
        nics.attach(cloud, vm, name, dict(template.vector(name)))
    except InternalError as refusal:
        cloud.update(vm)
        raise ActionError(refusal.text) from refusal
    vm.close_record(Op.NIC_ATTACH if name == "NIC" else Op.ALIAS_ATTACH, asker)
    if running:
        vm.enter(Lcm.HOTPLUG_NIC)
        _refresh(cloud, vm)
        ask(cloud, vm, "ATTACHNIC")
    else:
        marks.clear_attach(vm)
        vm.last.running_end = now()
    cloud.update(vm)


def _refresh(cloud, vm):
    """Updates the context for the following operation."""
    try:
        context.refresh(cloud, vm)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal


@done("ATTACHNIC")
def nic_attached(cloud, vm, succeeded):
    """The NIC is attached, or the operation has failed."""
    if vm.lcm_state != Lcm.HOTPLUG_NIC:
        return
    vm.enter(Lcm.RUNNING)
    if succeeded:
        marks.clear_attach(vm)
        cloud.update(vm)
    else:
        _remove(cloud, vm)


# --- detach


@method("one.vm.detachnic", "ii", kind=KIND)
def detach_nic(call, oid, nic_id):
    refuse_vrouter(call.cloud.get("VM", oid))
    detach(call, oid, nic_id)
    return oid


def detach(call, oid, nic_id):
    """Detaches a NIC from a VM, with its aliases."""
    vm = operate(call, oid, "nic-attach")
    _check_state(vm, f"detach NIC from VM {oid}")
    nic = vm.nic(nic_id)
    if nic is None:
        raise ActionError(f"Could not detach NIC with NIC_ID {nic_id}, it does not exist.")
    running = vm.running
    nics.mark_detached(vm, nic)
    vm.close_record(Op.ALIAS_DETACH if nics.is_alias(nic) else Op.NIC_DETACH, who(call))
    if not running:
        _remove(call.cloud, vm)
        return
    vm.enter(Lcm.HOTPLUG_NIC)
    vm.resched = False
    if vm.context is not None:
        _refresh(call.cloud, vm)
        for gone in [nic, *filter(None, map(vm.nic, id_list(nic.get("ALIAS_IDS"))))]:
            context.forget_nic(vm.context, gone)
    call.cloud.update(vm)
    ask(call.cloud, vm, "DETACHNIC")


@done("DETACHNIC")
def _nic_detached(cloud, vm, succeeded):
    """The NIC is detached, or the operation has failed."""
    if vm.lcm_state != Lcm.HOTPLUG_NIC:
        return
    vm.enter(Lcm.RUNNING)
    if succeeded:
        _remove(cloud, vm)
    else:
        marks.clear_attach(vm)
        cloud.update(vm)


def _remove(cloud, vm):
    """Removes the marked NIC, and gives back its quota usage."""
    gone = nics.remove_attached(cloud, vm)
    for name, nic in gone:
        if name == "PCI":
            place.give_back(cloud, vm, nic)
    for _, nic in gone if vm.context is not None else ():
        context.forget_nic(vm.context, nic)
    cloud.update(vm)
    charge = Template(gone)
    if any(name == "PCI" for name, _ in gone):
        for name, value in _pci_charge(vm):
            charge.add(name, value)
    usage.release(cloud, vm, charge, quotas.VIRTUALMACHINE)


# --- update


@method("one.vm.updatenic", "iisi", defaults=(0,), kind=KIND)
def update_nic(call, oid, nic_id, text, append):
    """Changes the limits of a NIC: merged, or replaced (0)."""
    vm = call.cloud.get("VM", oid)
    refuse_vrouter(vm)
    nic = vm.nic(nic_id)
    if nic is None:
        raise ActionError(f"VM {oid}: NIC {nic_id} does not exists")
    if nics.is_alias(nic):
        raise ActionError("Action not supported for NIC_ALIAS")
    template = generic.parsed(KIND, text)
    call.operation = vm_operations.needed_right(call, "nic-attach")
    authorize(call, (call.operation, vm), *nics.needs(call.cloud, template, call.uid))
    _check_restricted(call, template)
    start = f"Error updating NIC ({nic_id}) for VM {oid}: "
    if vm.state == State.ACTIVE and not vm.running:
        raise ActionError(f"{start}Wrong state {vm.state_name}")
    given = template.vector("NIC")
    if given is None:
        raise ActionError(f"{start}Wrong NIC definition, attribute is missing")
    old = _set_limits(nic, {**nic, **given} if append else given)
    if vm.running:
        vm.spec.set("VNET_UPDATE", {**(vm.spec.vector("VNET_UPDATE") or {}), **old})
    if vm.running and old:
        vm.enter(Lcm.HOTPLUG_NIC)
        vm.close_record(Op.NIC_UPDATE, who(call))
        ask(call.cloud, vm, "UPDATENIC")
    call.cloud.update(vm)
    return oid


def _set_limits(nic, wanted):
    """Sets the limits of a NIC; returns the old values of the changed ones."""
    old = {name: nic.get(name, "") for name in _LIMITS if nic.get(name) != wanted.get(name)}
    for name in old:
        if name in wanted:
            nic[name] = wanted[name]
        else:
            del nic[name]
    return old


# --- security groups


@method("one.vm.attachsg", "iii", kind=KIND)
def attach_group(call, oid, nic_id, group_id):
    """Adds a security group to a NIC."""
    cloud = call.cloud
    call.operation = vm_operations.needed_right(call, "sg-attach")
    vm = cloud.get("VM", oid)
    nic = vm.nic(nic_id)
    if nic is None:
        raise InternalError(f"VM {oid} doesn't have NIC id {nic_id}")
    wanted = dict(nic)
    nics.change_group(wanted, group_id, True)
    authorize(call, (call.operation, vm), *nics.nic_needs(cloud, wanted, call.uid, USE))
    group = cloud.find("SECGROUP", group_id)
    if group is None:
        raise ActionError(f"Could not attach SG {group_id} to VM, SG does not exist")
    _check_groups_changeable(vm)
    if group_id in id_list(nic.get("SECURITY_GROUPS")):
        raise ActionError(f"VM {oid} SG {group_id} already in NIC {nic_id}")
    nics.change_group(nic, group_id, True)
    upkeep.take_rules_again(cloud, vm, group)
    upkeep.join_group(cloud, vm, group)
    return oid


def _check_groups_changeable(vm):
    if vm.lcm_state in NICS_BUSY:
        raise ActionError(f"VM {vm.oid} is in wrong state {vm.state_name}")


@method("one.vm.detachsg", "iii", kind=KIND)
def detach_group(call, oid, nic_id, group_id):
    """Removes a security group from a NIC."""
    cloud = call.cloud
    vm = operate(call, oid, "sg-attach")
    _check_groups_changeable(vm)
    nic = vm.nic(nic_id)
    if nic is None:
        raise ActionError(f"VM {oid} doesn't have NIC id {nic_id}")
    if group_id not in id_list(nic.get("SECURITY_GROUPS")):
        raise ActionError(f"VM {oid} NIC {nic_id} doesn't contain SG {group_id}")
    nics.change_group(nic, group_id, False)
    nics.remove_rules(vm, group_id)
    nics.leave_group(cloud, vm, group_id)
    group = cloud.find("SECGROUP", group_id)
    if group is not None and group_id in nics.security_groups(vm):
        nics.take_rules(cloud, vm, group)
        upkeep.join_group(cloud, vm, group)
    elif group is not None and upkeep.is_live(vm):
        upkeep.send_rules(cloud, vm, group)
    cloud.update(vm)
    return oid
