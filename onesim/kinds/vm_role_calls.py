"""The calls that give VMs roles in VM groups, and take these away."""

from onesim.access import USE, authorize
from onesim.dispatch import method
from onesim.errors import ActionError, InternalError
from onesim.kinds import vm_roles
from onesim.kinds.vm_kind import KIND, operate
from onesim.kinds.vm_states import State

_RIGHT = "vmgroup"


@method("one.vm.vmgroupadd", "iis", kind=KIND)
def add_to_group(call, oid, group_id, role):
    """A role more for a VM; one that runs has to be on a host that the role lets it run on."""
    cloud = call.cloud
    vm = operate(call, oid, _RIGHT)
    group = cloud.get("VMGROUP", group_id)
    authorize(call, (USE, group))
    try:
        if vm.state == State.ACTIVE and vm.history:
            reason = vm_roles.conflict(cloud, group, role, vm, vm.host_id)
            if reason:
                raise ActionError(reason)
        vm.spec.add("VMGROUP", vm_roles.take(cloud, vm, {"VMGROUP_ID": str(group_id), "ROLE": role}))
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal
    cloud.update(vm)
    return oid


@method("one.vm.vmgroupdel", "i", kind=KIND)
def take_from_group(call, oid):
    """No role any more; VMs with several keep counting for the others."""
    vm = operate(call, oid, _RIGHT)
    vm_roles.leave(call.cloud, vm)
    vm.spec.erase("VMGROUP")
    call.cloud.update(vm)
    return oid
