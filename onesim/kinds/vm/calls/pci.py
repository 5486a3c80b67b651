"""PCI devices attached to VMs and detached. The hosts have none, so devices can only be attached to a VM without a
host.
"""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ActionError, AuthorizationError, InternalError
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.parsing import attributes
from onesim.kinds.vm.parts import usage
from onesim.kinds.vm.parts.history import now
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
        _attach(vm, dict(pci))
    except ActionError:
        usage.release(call.cloud, vm, charge)
        raise
    call.cloud.update(vm)
    return oid


def _check_state(vm):
    if vm.state not in (State.POWEROFF, State.UNDEPLOYED):
        raise ActionError("VM in wrong state, it has to be in poweroff")


def _attach(vm, pci):
    _check_state(vm)
    if vm.state == State.POWEROFF:
        raise ActionError("Cannot assign PCI device in host. Check address and free devices")
    if pci.get("ROOT") == "dedicated":
        raise ActionError("Dedicated PCI devices cannot be hotplug")
    number = max((_number(device) for device in vm.spec.vectors("PCI")), default=-1) + 1
    pci["PCI_ID"] = str(number)
    _take_place(vm, pci, number + 1)
    vm.spec.add("PCI", pci)
    vm.last.running_end = now()


def _number(pci):
    return integer(pci.get("PCI_ID")) or 0


def _take_place(vm, pci, slot):
    """The address of a device in its guest: a slot of one bus, or the only slot of its own bus."""
    bus = int(pci["VM_BUS"], 16)
    if vm.is_machine("q35", "virt"):
        bus, slot = slot, 0
    pci.update(VM_DOMAIN="0x0000", VM_FUNCTION="0", VM_SLOT=_hexadecimal(slot), VM_BUS=_hexadecimal(bus))
    pci["VM_ADDRESS"] = f"{bus:02x}:{slot:02x}.0"


def _hexadecimal(number):
    return f"0x{number:02x}" if number else "0000"


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
    vm.spec.remove("PCI", pci)
    if vm.context is not None:
        vm.context.pop(f"PCI{pci_id}_ADDRESS", None)
    if vm.state == State.POWEROFF:
        vm.close_record(Op.PCI_DETACH, who(call))
    vm.last.running_end = now()
    call.cloud.update(vm)
    usage.release(call.cloud, vm, usage.delta(vm, PCI_DEV=1))
    return oid
