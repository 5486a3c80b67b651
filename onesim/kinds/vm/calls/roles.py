"""The calls that give VMs roles in VM groups, and take these away."""

from onesim.api.dispatch import method
from onesim.errors import ActionError, InternalError
from onesim.kinds.vm.kind import KIND, operate
from onesim.kinds.vm.parts import roles
from onesim.kinds.vm.states import State
from onesim.rights.access import USE, authorize

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
    """No role any more; VMs with several keep counting for the others."""
    vm = operate(call, oid, _RIGHT)
    roles.leave(call.cloud, vm)
    vm.spec.erase("VMGROUP")
    call.cloud.update(vm)
    return oid
