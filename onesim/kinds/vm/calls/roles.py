"""The calls that add VMs to roles of VM groups, and remove them."""

from onesim.api.dispatch import method
from onesim.errors import ActionError, InternalError
from onesim.kinds.vm.kind import KIND, operate
from onesim.kinds.vm.parts import roles
from onesim.kinds.vm.states import State
from onesim.rights.access import USE, authorize

_RIGHT = "vmgroup"


@method("one.vm.vmgroupadd", "iis", kind=KIND)
def add_to_group(call, oid, group_id, role):
    """Adds a VM to a role; a running VM must be on a host that the role allows."""
    cloud = call.cloud
    vm = operate(call, oid, _RIGHT)
    group = cloud.get("VMGROUP", group_id)
    authorize(call, (USE, group))
    try:
        if vm.state == State.ACTIVE and vm.history:
            reason = roles.conflict(cloud, group, role, vm, vm.host_id)
            if reason:
                raise ActionError(reason)
        vm.spec.add("VMGROUP", roles.take(cloud, vm, {"VMGROUP_ID": str(group_id), "ROLE": role}))
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal
    cloud.update(vm)
    return oid


@method("one.vm.vmgroupdel", "i", kind=KIND)
def take_from_group(call, oid):
    """Removes a VM from its role; VMs with several stay in the others."""
    vm = operate(call, oid, _RIGHT)
    roles.leave(call.cloud, vm)
    vm.spec.erase("VMGROUP")
    call.cloud.update(vm)
    return oid
