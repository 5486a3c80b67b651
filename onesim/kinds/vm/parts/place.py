"""The hosts of VMs: their promised capacity, and the ports of remote displays."""

from onesim.errors import ActionError
from onesim.kinds import devices
from onesim.kinds.datastore import SYSTEM_DS
from onesim.kinds.vm.parts import disks
from onesim.text.values import integer, unsigned

FIRST_PORT, LAST_PORT = 5900, 32767


def hold_host(cloud, vm):
    """Reserves capacity for the VM on the host of the last record; False if the host does not exist."""
    host = cloud.find("HOST", vm.last.host_id)
    if host is None:
        return False
    host.vms[vm.oid] = vm.capacity
    pcis = vm.spec.vectors("PCI")
    host.devices.assign(vm.oid, pcis)
    for pci in pcis:
        devices.place_in_guest(vm, pci)
    cloud.update(host)
    return True


def free_host(cloud, vm, record=None):
    """Releases the capacity of a VM on a host."""
    record = record or vm.last
    host = cloud.find("HOST", record.host_id) if record else None
    if host is not None and host.vms.pop(vm.oid, None):
        host.devices.free(vm.oid, vm.spec.vectors("PCI"))
        cloud.update(host)


def take_from_host(cloud, vm, pci):
    """Assign a device of its host to a VM."""
    host = cloud.find("HOST", vm.last.host_id)
    if host is None:
        raise ActionError("Could not find host information")
    if not host.devices.assign(vm.oid, [pci]):
        raise ActionError("Cannot assign PCI device in host. Check address and free devices")
    cloud.update(host)


def give_back(cloud, vm, pci):
    """Release a device of a VM, so that its host can assign it to another one."""
    host = cloud.find("HOST", vm.last.host_id) if vm.last else None
    if host is not None:
        host.devices.free(vm.oid, [pci])
        cloud.update(host)


def moves_between_hosts(vm):
    return vm.previous is not None and vm.last.host_id != vm.previous.host_id


def misfit(host, capacity, used=None, pcis=()):
    """Why a host has no room for a VM of some capacity; None if it has. `used` avoids counting the used capacity.

    `pcis` are the devices that the VM needs.
    """
    cpu, memory = capacity
    used_cpu, used_memory = used or host.used()
    total_cpu, total_memory = host.capacity()
    if total_cpu - used_cpu < cpu:
        return f"Not enough CPU: {cpu}/{total_cpu - used_cpu}"
    if total_memory - used_memory < memory:
        return f"Not enough memory: {memory}/{total_memory - used_memory}"
    if not host.devices.fit(pcis):
        return "Unavailable PCI device."
    return None


def system_datastore(cloud, cluster):
    """The default system datastore of a cluster, or None."""
    datastores = (cloud.find("DATASTORE", oid) for oid in sorted(cluster.members["DATASTORES"]))
    return next((datastore for datastore in datastores if datastore and datastore.type == SYSTEM_DS), None)


def take_datastore(vm, datastore):
    """Adds the datastore to the empty disks."""
    for disk in vm.spec.vectors("DISK"):
        if disks.is_volatile(disk):
            disks.take_datastore(disk, datastore)


# --- ports of remote displays


def _ports(cloud, cluster_id):
    cluster = cloud.find("CLUSTER", cluster_id)
    return cluster.display_ports if cluster else set()


def take_port(cloud, vm, cluster_id):
    """Assigns a port to the remote display of a VM in a cluster; returns the reason for a failure, or None."""
    graphics = vm.spec.vector("GRAPHICS")
    if graphics is None:
        return None
    ports, wanted = _ports(cloud, cluster_id), unsigned(graphics.get("PORT"))
    if wanted is not None:
        if wanted in ports:
            return "Requested VNC port already assigned to a VM"
        ports.add(wanted)
        return None
    port = _free_port(ports, vm.oid)
    if port is None:
        return "No free VNC ports available in the cluster"
    ports.add(port)
    graphics["PORT"] = str(port)
    return None


def _free_port(ports, vm_id):
    first = FIRST_PORT + vm_id % (LAST_PORT - FIRST_PORT + 1)
    return next((port for port in (*range(first, LAST_PORT + 1), *range(FIRST_PORT, first)) if port not in ports), None)


def change_port(cloud, vm, cluster_id, keep):
    """Assigns a port in another cluster as well, the same one if possible; returns whether there was one."""
    graphics = vm.spec.vector("GRAPHICS")
    old = unsigned(graphics.get("PORT")) if graphics else None
    if old is None:
        return True
    ports = _ports(cloud, cluster_id)
    new = (None if old in ports else old) if keep else _free_port(ports, vm.oid)
    if new is None:
        return False
    ports.add(new)
    graphics["PREVIOUS_PORT"], graphics["PORT"] = str(old), str(new)
    return True


def free_port(cloud, vm):
    graphics = vm.spec.vector("GRAPHICS")
    port = integer(graphics.get("PORT")) if graphics and vm.history else None
    if port is not None:
        _ports(cloud, vm.cluster_id).discard(port)
        del graphics["PORT"]


def free_previous_port(cloud, vm):
    graphics = vm.spec.vector("GRAPHICS")
    port = integer(graphics.get("PREVIOUS_PORT")) if graphics and vm.previous else None
    if port is not None:
        _ports(cloud, vm.previous.cluster_id).discard(port)
        del graphics["PREVIOUS_PORT"]


def return_to_previous_port(cloud, vm):
    graphics = vm.spec.vector("GRAPHICS")
    if graphics and graphics.get("PREVIOUS_PORT"):
        _ports(cloud, vm.cluster_id).discard(integer(graphics.get("PORT")))
        graphics["PORT"] = graphics.pop("PREVIOUS_PORT")
