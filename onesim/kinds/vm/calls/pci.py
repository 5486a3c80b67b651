"""Attach PCI devices to VMs and detach them: devices of the host, if the VM has one."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError, InternalError
from onesim.kinds.devices import place_in_guest
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.parsing import attributes
from onesim.kinds.vm.parts import usage
from onesim.kinds.vm.parts.history import now
from onesim.kinds.vm.parts.place import give_back, take_from_host
from onesim.kinds.vm.states import Op, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas
from onesim.text.values import integer

_RIGHT = "pci-attach"


@method("one.vm.attachpci", "is", kind=KIND)
def attach(call, oid, text):
    """Attaches a device that is not a NIC."""
    template = generic.parsed(KIND, text)
    pci = template.vector("PCI")
    if pci is None:
        raise ActionError("PCI attribute not found")
    if pci.get("TYPE") == "NIC":
        raise ActionError("Use one.vm.attachnic to attach this PCI device")
    try:
        attributes.check_pci(pci)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal
    vm = operate(call, oid, _RIGHT)
    name = None if call.is_admin else VM_RESTRICTED.first(template)
    if name:
        raise AuthorizationError(f"PCI includes a restricted attribute {name}")
    charge = usage.delta(vm, PCI_DEV=1)
    usage.charge(call.cloud, vm, quotas.VM, charge)
    try:
        _attach(call, vm, dict(pci))
    except ActionError:
        usage.release(call.cloud, vm, charge)
        raise
    call.cloud.update(vm)
    return oid


def _check_state(vm):
    if vm.state not in (State.POWEROFF, State.UNDEPLOYED):
        raise ActionError("VM in wrong state, it has to be in poweroff")


def _attach(call, vm, pci):
    _check_state(vm)
    if pci.get("ROOT") == "dedicated":
        raise ActionError("Dedicated PCI devices cannot be hotplug")
    if vm.state == State.POWEROFF:
        take_from_host(call.cloud, vm, pci)
    number = max((_number(device) for device in vm.spec.vectors("PCI")), default=-1) + 1
    pci["PCI_ID"] = str(number)
    place_in_guest(vm, pci)
    vm.spec.add("PCI", pci)
    if vm.state == State.POWEROFF:
        vm.close_record(Op.PCI_ATTACH, who(call))
    vm.last.running_end = now()


def _number(pci):
    return integer(pci.get("PCI_ID")) or 0


@method("one.vm.detachpci", "ii", kind=KIND)
def detach(call, oid, pci_id):
    """Detaches a device that is not a NIC."""
    vm = operate(call, oid, _RIGHT)
    _check_state(vm)
    pci = next((device for device in vm.spec.vectors("PCI") if integer(device.get("PCI_ID")) == pci_id), None)
    if pci is None:
        raise ActionError("PCI device not found")
    if pci.get("TYPE") == "NIC":
        raise ActionError("Use one.vm.detachnic to detach this PCI device")
    give_back(call.cloud, vm, pci)
    vm.spec.remove("PCI", pci)
    if vm.context is not None:
        vm.context.pop(f"PCI{pci_id}_ADDRESS", None)
    if vm.state == State.POWEROFF:
        vm.close_record(Op.PCI_DETACH, who(call))
    vm.last.running_end = now()
    call.cloud.update(vm)
    usage.release(call.cloud, vm, usage.delta(vm, PCI_DEV=1))
    return oid
