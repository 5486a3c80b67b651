"""VMs deployed to hosts, and migrated between them: by a call, or by the scheduler."""

from onesim.api import generic
from onesim.api.dispatch import Call, method
from onesim.cloud.clock import transition
from onesim.errors import ActionError, AuthorizationError, InternalError, NoExistsError, OneError
from onesim.kinds.datastore import SYSTEM_DS
from onesim.kinds.host import OFFLINE
from onesim.kinds.vm.kind import KIND, who
from onesim.kinds.vm.lifecycle.drivers import ask
from onesim.kinds.vm.parsing import context, requirements
from onesim.kinds.vm.parts import disks, nics, place, usage
from onesim.kinds.vm.parts.history import now
from onesim.kinds.vm.states import Lcm, Op, State
from onesim.oned_conf import VM_RESTRICTED
from onesim.rights import quotas, vm_operations
from onesim.rights.access import MANAGE, USE, authorize
from onesim.text.templates import Template
from onesim.text.values import integer, join

_WAITING = frozenset({State.PENDING, State.HOLD, State.STOPPED, State.UNDEPLOYED})
_LEFT_HOST = (Op.STOP, Op.UNDEPLOY, Op.UNDEPLOY_HARD)
_MIGRATIONS = {0: Op.MIGRATE, 1: Op.POFF_MIGRATE, 2: Op.POFF_HARD_MIGRATE}
_AT_REST = {  # the states of a VM at rest while it is migrated
    State.POWEROFF: Lcm.PROLOG_MIGRATE_POWEROFF,
    State.SUSPENDED: Lcm.PROLOG_MIGRATE_SUSPEND,
    State.ACTIVE: Lcm.PROLOG_MIGRATE_UNKNOWN,
}


@transition("vm.dispatch")
def _dispatch(cloud, vm_id, host_id, datastore_id, networks, plan):
    """Carries out the scheduler's plan for a VM."""
    vm = cloud.get("VM", vm_id)
    call = Call(cloud, "plan", KIND.title, uid=0, gid=0, uname="oneadmin", gname="oneadmin", groups=frozenset({0}))
    resched = vm.resched
    wanted = [{"NIC_ID": str(nic), "NETWORK_ID": str(net), "NETWORK_MODE": "auto"} for nic, net in networks.items()]
    try:
        if resched:
            _migrate(call, vm_id, host_id, datastore_id, False, False, 0)
        else:
            extra = Template(("NIC", nic) for nic in wanted)
            _deploy(call, vm_id, host_id, datastore_id, True, extra if wanted else None)
    except OneError as refusal:
        vm.set_error(f"[{'migrate' if resched else 'deploy'}] {refusal.message(call)}")
        cloud.update(vm)
    else:
        cloud.soon("vm.planned", vm_id, plan)


@transition("vm.planned")
def _note_plan(cloud, vm_id, plan):
    """Adds the plan and the step to a VM's record as soon as the deployment has started."""
    vm = cloud.get("VM", vm_id)
    vm.last.plan = plan
    cloud.update(vm)


# --- deploy


@method("one.vm.deploy", "iibis", defaults=(False, -1, ""), kind=KIND)
def deploy(call, oid, host_id, enforce, datastore_id, text):
    """Deploys a VM to a host, with a system datastore (-1: the default one); a template names networks for NICs."""
    extra = generic.parsed(KIND, text) if text else None
    _deploy(call, oid, host_id, datastore_id, enforce, extra)
    return oid


def _host(cloud, host_id):
    host = cloud.get("HOST", host_id)
    if host.state == OFFLINE:
        raise ActionError("Host is offline, cannot use it to deploy VM")
    return host


def _system_datastore(cloud, datastore_id):
    datastore = cloud.get("DATASTORE", datastore_id)
    if datastore.type != SYSTEM_DS:
        raise InternalError(
            f"Trying to use datastore [{datastore_id}] to deploy the VM, but it is not of type system datastore."
        )
    return datastore


def _deploy(call, oid, host_id, datastore_id, enforce, extra):
    cloud = call.cloud
    host = _host(cloud, host_id)
    vm = cloud.get("VM", oid)
    if vm.history and vm.last.action in _LEFT_HOST:
        datastore_id = vm.last.datastore_id if datastore_id == -1 else datastore_id
        extra = None
    datastore = _datastore_for(cloud, host, datastore_id)
    call.operation = vm_operations.needed_right(call, "deploy")
    needs = [(call.operation, vm), (MANAGE, host), (USE, datastore)]
    if extra is not None:
        name = None if call.is_admin else VM_RESTRICTED.first(extra)
        if name:
            raise AuthorizationError(f"NIC includes a restricted attribute {name}")
        usage.charge(cloud, vm, quotas.NETWORK, extra)
        needs += nics.needs(cloud, extra, call.uid)
    try:
        authorize(call, *needs)
        _check_fit(vm, host, enforce)
        _take_place(cloud, vm, host, datastore, extra)
    except OneError:
        if extra is not None:
            usage.release(cloud, vm, extra, quotas.NETWORK)
        raise
    vm.new_record((host.name, host.oid, host.cluster_id, host.vm_mad, datastore.tm_mad, datastore.oid))
    vm.state = State.ACTIVE
    cloud.update(vm)
    cloud.soon("vm.start", oid)


def _datastore_for(cloud, host, datastore_id):
    cluster_id = host.cluster_id
    if datastore_id != -1:
        datastore = _system_datastore(cloud, datastore_id)
        if cluster_id not in datastore.clusters:
            raise ActionError(
                f"datastore [{datastore_id}] and host [{host.oid}] are not in the same cluster [{cluster_id}]."
            )
        return datastore
    datastore = place.system_datastore(cloud, cloud.get("CLUSTER", cluster_id))
    if datastore is None:
        raise ActionError(f"cluster [{cluster_id}] does not have any datastore of type SYSTEM_DS.")
    return datastore


def _check_fit(vm, host, enforce):
    if vm.state not in _WAITING:
        raise ActionError(f"Deploy action is not available for state {vm.state_name}")
    _check_capacity(vm, host, enforce or requirements.is_pinned(vm.spec))


def _check_capacity(vm, host, enforce):
    reason = place.misfit(host, vm.capacity, pcis=vm.spec.vectors("PCI")) if enforce else None
    if reason:
        raise ActionError(f"virtual machine [{vm.oid}] does not fit in host [{host.oid}]. {reason}")


def _take_place(cloud, vm, host, datastore, extra):
    """Charges the owner for a VM in its cluster, and sets the place of disks, NICs and display."""
    before, leased = vm.spec.copy(), []
    try:
        leased = _lease_networks(cloud, vm, extra) if extra is not None else []
        _take_transfer_driver(cloud, vm, datastore.tm_mad)
        charges = _cluster_charges(vm, host.cluster_id)
        _charge_all(cloud, vm, charges)
    except OneError:
        for nic in leased:
            nics.release(cloud, vm, nic)
        vm.spec = before
        raise
    if vm.history and vm.cluster_id != host.cluster_id:
        usage.release(cloud, vm, _in_cluster(vm, vm.cluster_id, running=False), quotas.VIRTUALMACHINE)
    place.take_datastore(vm, datastore)
    if not (vm.history and vm.last.action == Op.STOP):
        reason = place.take_port(cloud, vm, host.cluster_id)
        if reason:
            for charge in charges:
                usage.release(cloud, vm, charge)
            raise ActionError(reason)


def _lease_networks(cloud, vm, extra):
    """Leases addresses for the NICs that get a network only now; returns them."""
    networks = {}
    for vector in extra.vectors("NIC"):
        nic_id = integer(vector.get("NIC_ID")) or 0
        nic = vm.nic(nic_id)
        if nic is None:
            raise ActionError(f"NIC_ID {nic_id} not found")
        if nics.mode(nic) != "AUTO" or nic.get("NETWORK_ID"):
            raise ActionError(f"NIC_ID {nic_id} not AUTO")
        networks[nic_id] = vector.get("NETWORK_ID", "")
    try:
        nics.lease_auto(cloud, vm, networks)
        context.refresh(cloud, vm)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal
    return [vm.nic(nic_id) for nic_id in networks]


def _take_transfer_driver(cloud, vm, driver):
    """The first deployment of a VM determines how its disks are transferred."""
    if vm.spec.get("TM_MAD_SYSTEM"):
        return
    for disk in vm.spec.vectors("DISK"):
        datastore_id = integer(disk.get("DATASTORE_ID"))
        same = disk.get("TM_MAD", "").upper() == driver.upper()
        if datastore_id is None or same or disks.is_filesystem(disk):
            continue
        datastore = cloud.find("DATASTORE", datastore_id)
        if datastore is None:
            raise ActionError("Datastore does not exist")
        targets = disks.transfer_targets(datastore, driver)
        if targets is None:
            raise ActionError(f"Image Datastore does not support transfer mode: {driver}")
        disk.update(targets, TM_MAD_SYSTEM=driver)
    vm.spec.add("TM_MAD_SYSTEM", driver)


def _in_cluster(vm, cluster_id, running):
    """The usage of a VM that only counts for the quota of a cluster."""
    taken = usage.of_vm(vm, always=True, running=running, skip_global=True)
    taken.set("CLUSTER_ID", str(cluster_id))
    return taken


def _cluster_charges(vm, cluster_id):
    """The additional usage of a VM when it is deployed to a host."""
    charges = []
    if vm.state in (State.STOPPED, State.UNDEPLOYED):
        running = usage.of_vm(vm, always=False, running=True)
        running.set("CLUSTER_ID", str(cluster_id))
        charges.append(running)
    if not vm.history or vm.cluster_id != cluster_id:
        charges.append(_in_cluster(vm, cluster_id, running=not vm.history))
    return charges


def _charge_all(cloud, vm, charges):
    done = []
    try:
        for charge in charges:
            usage.charge(cloud, vm, quotas.VM, charge)
            done.append(charge)
    except AuthorizationError:
        for charge in done:
            usage.release(cloud, vm, charge)
        raise


# --- migrate


@method("one.vm.migrate", "iibbii", defaults=(False, -1, 0), kind=KIND)
def migrate(call, oid, host_id, live, enforce, datastore_id, way):
    """Migrates a VM to another host or system datastore; `way` 0: saved, 1: shut down, 2: switched off meanwhile."""
    _migrate(call, oid, host_id, datastore_id, live, enforce, way)
    return oid


def _migrate(call, oid, host_id, datastore_id, live, enforce, way):
    cloud = call.cloud
    host = _host(cloud, host_id)
    chosen = cloud.get("DATASTORE", datastore_id) if datastore_id != -1 else None
    call.operation = vm_operations.needed_right(call, "migrate")
    vm = cloud.get("VM", oid)
    authorize(call, (call.operation, vm), (MANAGE, host), *([(USE, chosen)] if chosen else []))
    _check_migration(vm, host, chosen, live)
    if vm.host_id != host.oid:
        _check_capacity(vm, host, enforce)
    before = vm.spec.copy()
    try:
        datastore = _destination(cloud, vm, host, chosen, live, way)
        if vm.cluster_id != host.cluster_id:
            _change_cluster(cloud, vm, host.cluster_id, live)
    except OneError:
        vm.spec = before
        raise
    place.take_datastore(vm, datastore)
    vm.new_record((host.name, host.oid, host.cluster_id, host.vm_mad, datastore.tm_mad, datastore.oid))
    cloud.update(vm)
    cloud.soon("vm.migrate", oid, live and vm.running, _MIGRATIONS.get(way, Op.MIGRATE), who(call))


def _destination(cloud, vm, host, chosen, live, way):
    """The system datastore of a VM on another host; updates its host requirements."""
    clusters = _clusters(cloud, vm)
    if vm.spec.vectors("PCI") and not way and vm.state != State.POWEROFF:
        raise ActionError(
            f"Cannot migrate VM [{vm.oid}], use poweroff or poweroff-hard flag for migrating a VM with PCI devices"
        )
    if cloud.find("HOST", vm.host_id) is None:
        raise NoExistsError(vm.host_id, "host")
    if clusters and host.cluster_id not in clusters:
        raise ActionError(
            f"Cannot migrate  VM [{vm.oid}] to host [{host.oid}]. Host is in cluster [{host.cluster_id}], and VM"
            f" requires to be placed on cluster [{join(clusters)}]"
        )
    return _migration_datastore(cloud, vm, host, chosen, live)


def _clusters(cloud, vm):
    """The possible clusters of a VM."""
    try:
        return requirements.compute(cloud, vm)
    except InternalError as refusal:
        raise ActionError(refusal.text) from refusal


def _check_migration(vm, host, datastore, live):
    ready = vm.is_in(Lcm.RUNNING, Lcm.UNKNOWN) or vm.state in (State.POWEROFF, State.SUSPENDED)
    if not ready or (vm.previous is not None and not vm.previous.end):
        raise ActionError(f"Migrate action is not available for state {vm.state_name}")
    if live and requirements.is_pinned(vm.spec):
        raise ActionError("VM with a pinned NUMA topology cannot be live-migrated")
    if live and any(map(disks.is_filesystem, vm.spec.vectors("DISK"))):
        raise ActionError("VM with FILESYSTEM disks cannot be live-migrated")
    last = vm.last
    stays = datastore is None or datastore.oid == last.datastore_id
    if last.host_id == host.oid and stays:
        raise ActionError(f"VM is already running on host [{last.host_id}] and datastore [{last.datastore_id}]")
    if live and last.host_id != host.oid and not stays:
        raise ActionError("Cannot live migrate host and datastore at the same time.")


def _migration_datastore(cloud, vm, host, chosen, live):
    """The system datastore to which a VM can be migrated."""
    if chosen is not None and chosen.oid != vm.last.datastore_id:
        datastore = _system_datastore(cloud, chosen.oid)
        if not datastore.template.yes("DS_MIGRATE"):
            raise ActionError("System datastore migration not supported by driver")
        if live and not datastore.template.yes("DS_LIVE_MIGRATE"):
            raise ActionError("Live system datastore migration not supported by driver")
        if not datastore.template.yes("DS_MIGRATE_SNAP") and any(len(found) for found in vm.snapshots.values()):
            raise ActionError("System datastore migration with disk snapshots not supported by driver")
        if vm.last.tm_mad != datastore.tm_mad:
            raise ActionError("Cannot migrate to a system datastore with a different driver")
    else:
        datastore = _system_datastore(cloud, vm.last.datastore_id)
    if datastore.clusters and host.cluster_id not in datastore.clusters:
        raise ActionError(
            f"Cannot migrate VM [{vm.oid}] to host [{host.oid}] and system datastore [{datastore.oid}]. Host is in"
            f" cluster [{host.cluster_id}], and the datastore is in cluster [{join(datastore.clusters)}]"
        )
    return datastore


def _change_cluster(cloud, vm, cluster_id, live):
    if not place.change_port(cloud, vm, cluster_id, keep=live):
        raise ActionError("No free VNC port available in the new cluster")
    running = vm.charged_as_running
    usage.charge(cloud, vm, quotas.VM, _in_cluster(vm, cluster_id, running))
    usage.release(cloud, vm, _in_cluster(vm, vm.cluster_id, running))


@transition("vm.migrate")
def _move(cloud, vm_id, live, operation, asker):
    """Starts the migration of a VM to the host of its new record."""
    vm, moment = cloud.get("VM", vm_id), now()
    vm.resched = False
    vm.last.start = moment
    moves = place.moves_between_hosts(vm)
    if moves:
        place.hold_host(cloud, vm)
    if live:
        vm.enter(Lcm.MIGRATE)
        vm.previous.set_action(Op.LIVE_MIGRATE, asker)
        verb = "MIGRATE"
    elif vm.running:
        vm.enter(Lcm.SAVE_MIGRATE)
        vm.last.set_action(operation, asker)
        vm.previous.set_action(operation, asker)
        verb = {Op.POFF_MIGRATE: "SHUTDOWN", Op.POFF_HARD_MIGRATE: "CANCEL"}.get(operation, "SAVE")
    else:
        _move_at_rest(cloud, vm, moves, asker)
        verb = "PROLOG"
    cloud.update(vm)
    ask(cloud, vm, verb)


def _move_at_rest(cloud, vm, moves, asker):
    moment = now()
    if vm.state == State.ACTIVE:
        vm.previous.set_action(Op.MIGRATE, asker)
    vm.enter(_AT_REST[vm.state])
    vm.previous.running_end = vm.previous.end = vm.last.prolog_start = moment
    vm.last.set_action(Op.MIGRATE, asker)
    if moves:
        place.free_host(cloud, vm, vm.previous)
        place.free_previous_port(cloud, vm)
