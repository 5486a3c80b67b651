"""Snapshots of whole VMs, including memory, as their hypervisors create them."""

import time

from onesim.api.dispatch import method
from onesim.errors import ActionError
from onesim.kinds.vm.calls.disk_snapshots import refuse_increments
from onesim.kinds.vm.kind import KIND, operate
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parts import disks, marks, usage
from onesim.kinds.vm.states import Lcm, State
from onesim.rights import quotas
from onesim.text.values import integer

_RIGHT = "snapshot"
HYPERVISOR_ID = "dummy-snap"


@method("one.vm.snapshotcreate", "is", kind=KIND)
def create(call, oid, name):
    """Creates a snapshot; returns its number."""
    cloud = call.cloud
    vm = operate(call, oid, _RIGHT)
    refuse_increments(vm, "snapshot-create")
    if any(map(disks.is_filesystem, vm.spec.vectors("DISK"))):
        raise ActionError("Cannot create snapshot for VM with FILESYSTEM disks")
    charge = usage.delta(vm, SYSTEM_DISK_SIZE=vm.memory)
    usage.charge(cloud, vm, quotas.VM, charge)
    if not vm.running:
        usage.release(cloud, vm, charge)
        raise ActionError(f"Could not create a new snapshot for VM {oid}, wrong state {vm.state_name}.")
    number = max((integer(vector["SNAPSHOT_ID"]) for vector in vm.spec.vectors("SNAPSHOT")), default=-1) + 1
    vm.spec.add(
        "SNAPSHOT",
        {
            "SNAPSHOT_ID": str(number), "NAME": name or f"snapshot-{number}", "TIME": str(int(time.time())),
            "HYPERVISOR_ID": "", "ACTIVE": "YES", "ACTION": "CREATE", "SYSTEM_DISK_SIZE": str(vm.memory),
        },
    )  # fmt: skip
    _begin(cloud, vm, "SNAPSHOTCREATE")
    return number


def _begin(cloud, vm, verb):
    vm.go_through(Lcm.HOTPLUG_SNAPSHOT)
    vm.resched = False
    cloud.update(vm)
    ask(cloud, vm, verb)


def _mark(vm, snapshot_id, action):
    """Marks a snapshot as busy; False if there is none of that number."""
    found = next((s for s in vm.spec.vectors("SNAPSHOT") if integer(s["SNAPSHOT_ID"]) == snapshot_id), None)
    if found is not None:
        found.update(ACTIVE="YES", ACTION=action)
    return found is not None


@method("one.vm.snapshotrevert", "ii", kind=KIND)
def revert(call, oid, snapshot_id):
    """Reverts a VM to a snapshot."""
    vm = operate(call, oid, _RIGHT)
    start = f"Could not revert VM {oid} to snapshot {snapshot_id}, "
    if not vm.running:
        raise ActionError(f"{start}wrong state {vm.state_name}.")
    if not _mark(vm, snapshot_id, "REVERT"):
        raise ActionError(f"{start}it does not exist.")
    _begin(call.cloud, vm, "SNAPSHOTREVERT")
    return oid


@method("one.vm.snapshotdelete", "ii", kind=KIND)
def delete(call, oid, snapshot_id):
    vm = operate(call, oid, _RIGHT)
    start = f"Could not delete snapshot {snapshot_id} for VM {oid}, "
    if not vm.running and vm.state != State.POWEROFF:
        raise ActionError(f"{start}wrong state {vm.state_name}.")
    if not _mark(vm, snapshot_id, "DELETE"):
        raise ActionError(f"{start}it does not exist.")
    _begin(call.cloud, vm, "SNAPSHOTDELETE")
    return oid


@done("SNAPSHOTCREATE", "SNAPSHOTREVERT", "SNAPSHOTDELETE")
def snapshot_done(cloud, vm, succeeded):
    """The hypervisor has finished an operation on a snapshot, or failed."""
    snapshot = marks.active_snapshot(vm)
    if vm.lcm_state != Lcm.HOTPLUG_SNAPSHOT or snapshot is None:
        return
    action = snapshot.get("ACTION")
    if action == "CREATE" and succeeded:
        snapshot["HYPERVISOR_ID"] = HYPERVISOR_ID
    if (action == "CREATE" and not succeeded) or (action == "DELETE" and succeeded):
        size = integer(snapshot.get("SYSTEM_DISK_SIZE"), 64) or 0
        vm.spec.remove("SNAPSHOT", snapshot)
        usage.release(cloud, vm, usage.delta(vm, SYSTEM_DISK_SIZE=size))
    else:
        marks.clear_active_snapshot(vm)
    vm.go_through(Lcm.RUNNING)
    cloud.update(vm)
