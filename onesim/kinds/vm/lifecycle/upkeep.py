"""Notifications of other kinds for VMs: changes of hosts, clusters, networks, security groups, and of saved images."""

from onesim.cloud.clock import transition
from onesim.kinds.vm.lifecycle import drivers
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parts import nics, usage
from onesim.kinds.vm.states import NICS_BUSY, Lcm, Op, State
from onesim.kinds.vnet import leases
from onesim.kinds.vnet.leases import FAILED, UPDATED, UPDATING
from onesim.text.values import integer

_LIVE = frozenset(  # in these states the firewall rules of a VM can be changed
    {
        Lcm.RUNNING, Lcm.HOTPLUG, Lcm.HOTPLUG_SNAPSHOT, Lcm.HOTPLUG_SAVEAS, Lcm.HOTPLUG_RESIZE, Lcm.DISK_SNAPSHOT,
        Lcm.DISK_SNAPSHOT_DELETE, Lcm.DISK_RESIZE, Lcm.BACKUP,
    }
)  # fmt: skip
_NO_NIC_UPDATE = (NICS_BUSY | _LIVE) - {Lcm.RUNNING, Lcm.BACKUP}


def host_renamed(cloud, vm_id, host):
    vm = cloud.find("VM", vm_id)
    if vm is not None and vm.host_id == host.oid:
        vm.last.host_name = host.name
        cloud.update(vm)


def cluster_changed(cloud, vm_id, old, new):
    """The host of a VM has moved to another cluster."""
    vm = cloud.find("VM", vm_id)
    if vm is not None and vm.history:
        usage.move_cluster(cloud, vm, old, new)
        vm.last.cluster_id = new
        cloud.update(vm)


def cluster_charges(cloud, owns):
    """The usage of an owner's VMs by cluster."""
    for vm in cloud.pool("VM"):
        if vm.state != State.DONE and vm.history and owns(vm):
            yield usage.of_vm(vm, always=True, running=vm.charged_as_running, skip_global=True)


# --- networks


def network_changed(cloud, vm_id, vnet):
    """A network has changed; returns the result for one VM."""
    vm = cloud.get("VM", vm_id)
    if vm.is_in(*_NO_NIC_UPDATE):
        return FAILED
    _take_network(vm, vnet)
    if not vm.running or vm.spec.vector("VNET_UPDATE") is None:
        cloud.update(vm)
        return UPDATED
    vm.enter(Lcm.HOTPLUG_NIC)
    vm.close_record(Op.NIC_UPDATE, (vm.uid, vm.gid, 0))
    cloud.update(vm)
    ask(cloud, vm, "UPDATENIC")
    return UPDATING


def _take_network(vm, vnet):
    """Applies the change of a network to the NICs of a VM, and stores the old values, even if they already differed."""
    old = {}
    for nic in vm.nics:
        if not nics.is_alias(nic) and nic.get("NETWORK_ID") == str(vnet.oid):
            leases.changed_nic(vnet, nic)
            old.update(vnet.template.vector("VNET_UPDATE") or {})
    pending = vm.spec.vector("VNET_UPDATE")
    if pending is not None:
        pending.update(old)
    elif old:
        vm.spec.add("VNET_UPDATE", old)


@done("UPDATENIC")
def nic_updated(cloud, vm, succeeded):
    """A running VM has applied the change of a network, or of one of its NICs."""
    if succeeded:
        vm.spec.erase("VNET_UPDATE")
    if vm.lcm_state == Lcm.HOTPLUG_NIC:
        vm.enter(Lcm.RUNNING)
    cloud.update(vm)
    for network_id in sorted({integer(nic.get("NETWORK_ID")) for nic in vm.nics if nic.get("NETWORK_ID")}):
        vnet = cloud.find("NET", network_id)
        if vnet is not None and vm.oid in vnet.updating:
            leases.pushed(cloud, network_id, vm.oid, succeeded)


# --- security groups


def rules_changed(cloud, vm_id, group):
    """The rules of a security group have changed; returns the result for one VM."""
    vm = cloud.get("VM", vm_id)
    if vm.is_in(*NICS_BUSY):
        return FAILED
    take_rules_again(cloud, vm, group)
    if not is_live(vm):
        return UPDATED
    send_rules(cloud, vm, group)
    return UPDATING


def take_rules_again(cloud, vm, group):
    """Replaces the old rules of a group with the current ones."""
    nics.remove_rules(vm, group.oid)
    nics.take_rules(cloud, vm, group)
    cloud.update(vm)


def is_live(vm):
    """Whether the firewall of a VM can be changed while it runs."""
    return vm.is_in(*_LIVE)


def join_group(cloud, vm, group):
    """Adds a VM to a security group, and updates its firewall."""
    group.remove_vm(vm.oid)
    if is_live(vm):
        group.updating.add(vm.oid)
        send_rules(cloud, vm, group)
    else:
        group.add_vm(vm.oid)
    cloud.update(group)


def send_rules(cloud, vm, group):
    """Updates the firewall of a running VM in the background."""
    delay = drivers.SECONDS["UPDATESG"]
    cloud.clock.schedule("vm.rules_sent", vm.oid, group.oid, delay=delay)


@transition("vm.rules_sent")
def _rules_sent(cloud, vm_id, group_id):
    """The firewall of a running VM is updated, or has failed because of a fault rule; continues with the next VM."""
    failure = cloud.faults.driver_failure("updatesg")
    vm, group = cloud.find("VM", vm_id), cloud.find("SECGROUP", group_id)
    if failure and vm is not None:
        vm.set_error(f"UPDATESG: {failure}")
        cloud.update(vm)
    if group is not None and vm_id in group.updating:
        group.updating.discard(vm_id)
        (group.failed if failure else group.updated).add(vm_id)
        cloud.update(group)
    cloud.soon("secgroup.push", group_id)
