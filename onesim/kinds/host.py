"""Hosts: where VMs run. Capacity is the one that the dummy monitor of a small cloud reports."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.cloud.clock import transition
from onesim.cloud.things import Kind, Thing, check_name, ids_xml
from onesim.errors import FAULT_INTERNAL, ActionError, AllocateError, Fault, InternalError
from onesim.kinds import vdc
from onesim.kinds.devices import Devices
from onesim.rights.access import ADMIN, CREATE, USE
from onesim.text.templates import Template, cdata

INIT, MONITORED, DISABLED, OFFLINE = 0, 2, 4, 8
STATES = {INIT: "INIT", MONITORED: "MONITORED", DISABLED: "DISABLED", OFFLINE: "OFFLINE"}
ENABLE, DISABLE, OFFLINE_STATUS = 0, 1, 2
_HALF_A_CHARACTER = (  # the refusal would contain the first byte of the character, which is not a text
    "Unexpected error executing code for particular method, detected by Xmlrpc-c method registry code."
    "  Method did not fail; rather, it did not complete at all."
)
CPU, MEMORY_KB, DISK_MB = 800, 16777216, 20480


class Host(Thing):
    def __init__(self, name, im_mad, vm_mad, cluster_id, cluster_name):
        super().__init__(Template.of(RESERVED_CPU="", RESERVED_MEM="", IM_MAD=im_mad, VM_MAD=vm_mad), name)
        self.im_mad, self.vm_mad = im_mad, vm_mad
        self.cluster_id, self.cluster_name = cluster_id, cluster_name
        self.state = INIT
        self.vms = {}
        self.devices = Devices()
        self.monitored = False

    @property
    def clusters(self):
        return {self.cluster_id}

    def monitor(self):
        """Sets the data of the first monitoring report."""
        self.monitored = True
        if self.state not in (DISABLED, OFFLINE):
            self.state = MONITORED
        for name, value in (
            ("ARCH", "x86_64"), ("CPUSPEED", "3200"), ("HOSTNAME", self.name), ("HYPERVISOR", self.vm_mad),
            ("MODELNAME", "Dummy(R) Core @ 3.2GHz"), ("TOTALCPU", str(CPU)), ("TOTALMEMORY", str(MEMORY_KB)),
        ):  # fmt: skip
            self.template.set(name, value)
        self.devices.report()

    def used(self):
        """The capacity promised to VMs: (CPU in hundredths, memory in KB)."""
        return sum(cpu for cpu, _ in self.vms.values()), sum(memory for _, memory in self.vms.values())

    def capacity(self):
        """The total capacity: (CPU in hundredths, memory in KB)."""
        return (CPU, MEMORY_KB) if self.monitored else (0, 0)

    def _share_xml(self):
        cpu, memory = self.used()
        total_cpu, total_memory = self.capacity()
        disk = "".join(
            f"<{tag}>{cdata(value)}</{tag}>"
            for tag, value in (("DISK_USAGE", 0), ("FREE_DISK", DISK_MB), ("MAX_DISK", DISK_MB), ("USED_DISK", 0))
        )
        return (
            f"<HOST_SHARE><MEM_USAGE>{memory}</MEM_USAGE><CPU_USAGE>{cpu}</CPU_USAGE>"
            f"<TOTAL_MEM>{total_memory}</TOTAL_MEM><TOTAL_CPU>{total_cpu}</TOTAL_CPU>"
            f"<MAX_MEM>{total_memory}</MAX_MEM><MAX_CPU>{total_cpu}</MAX_CPU><RUNNING_VMS>{len(self.vms)}</RUNNING_VMS>"
            f"<VMS_THREAD>1</VMS_THREAD><DATASTORES>{disk if self.monitored else ''}</DATASTORES>"
            f"<PCI_DEVICES>{self.devices.xml()}</PCI_DEVICES><NUMA_NODES></NUMA_NODES></HOST_SHARE>"
        )

    def render(self):
        return (
            f"<HOST><ID>{self.oid}</ID><NAME>{self.name}</NAME><STATE>{self.state}</STATE>"
            f"<PREV_STATE>{self.previous_state}</PREV_STATE><IM_MAD>{cdata(self.im_mad)}</IM_MAD>"
            f"<VM_MAD>{cdata(self.vm_mad)}</VM_MAD><CLUSTER_ID>{self.cluster_id}</CLUSTER_ID>"
            f"<CLUSTER>{self.cluster_name}</CLUSTER>{self._share_xml()}{ids_xml('VMS', self.vms)}"
            f"{self.template.xml()}<MONITORING/></HOST>"
        )


class HostKind(Kind):
    name, title, xml_title, tag, pool_tag = "HOST", "host", "Host", "HOST", "HOST_POOL"
    thing = Host
    names_per_owner = False
    clustered = "HOSTS"
    state_names = STATES
    announced = True

    def state_message(self, thing):
        return f"<REMOTE_HOST>{thing.name}</REMOTE_HOST>{super().state_message(thing)}"

    def updated_template(self, cloud, thing, old):
        thing.im_mad = thing.template.get("IM_MAD") or thing.im_mad
        thing.vm_mad = thing.template.get("VM_MAD") or thing.vm_mad
        thing.template.set("IM_MAD", thing.im_mad)
        thing.template.set("VM_MAD", thing.vm_mad)

    def after_rename(self, cloud, thing):
        for vm_id in thing.vms:
            cloud.kinds["VM"].host_renamed(cloud, vm_id, thing)

    def moved(self, cloud, thing, old_cluster_id):
        """After a change of cluster: its VMs now count there."""
        for vm_id in thing.vms:
            cloud.kinds["VM"].cluster_changed(cloud, vm_id, old_cluster_id, thing.cluster_id)

    def drop(self, call, thing):
        if thing.vms:
            raise ActionError("Can not remove a host with running VMs")
        super().drop(call, thing)
        vdc.forget_resource(call.cloud, "HOST", thing.oid)


KIND = HostKind()
generic.register(KIND, "host", "info update rename delete", operation=ADMIN)
generic.register_pool(KIND, "one.hostpool.info", filtered=False)


@method("one.host.allocate", "sssi", kind=KIND, operation=CREATE)
def allocate(call, name, im_mad, vm_mad, cluster_id):
    if cluster_id == generic.NO_CLUSTER:
        cluster_id = generic.DEFAULT_CLUSTER
    cluster = generic.authorized_cluster(call, KIND, cluster_id)
    return new_host(call.cloud, name, im_mad, vm_mad, cluster).oid


def new_host(cloud, name, im_mad, vm_mad, cluster):
    """Creates a host in a cluster."""
    _check_host_name(name)
    check_name(name, AllocateError)
    for tag, driver in (("IM_MAD_NAME", im_mad), ("VMM_MAD_NAME", vm_mad)):
        if not driver:
            raise AllocateError(f"{tag} cannot be empty.")
    taken = cloud.pool("HOST").named(name)
    if taken:
        raise AllocateError(f"NAME is already taken by HOST {taken.oid}.")
    host = Host(name, im_mad, vm_mad, cluster.oid, cluster.name)
    cloud.pool("HOST").insert(host)
    cluster.members["HOSTS"].add(host.oid)
    cloud.update(cluster)
    if im_mad == "dummy":
        cloud.clock.schedule("host.monitored", host.oid, delay=5)
    return host


def _check_host_name(name):
    if not 2 <= len(name.encode()) <= 63:
        raise AllocateError(
            "Invalid HOSTNAME, HOSTNAME length should be greater than 1, but smaller than 64 characters"
        )
    if name[0] in "-._":
        raise AllocateError(f"Invalid HOSTNAME, first character can't be '{name[0]}'")
    bad = next((char for char in name if not (char.isascii() and (char.isalnum() or char in "-._"))), None)
    if bad and not bad.isascii():
        raise Fault(FAULT_INTERNAL, _HALF_A_CHARACTER)
    if bad:
        raise AllocateError(f"Invalid HOSTNAME, '{bad}' is invalid character for a HOSTNAME")
    if name[-1] in "-._":
        raise AllocateError(f"Invalid HOSTNAME, last character can't be '{name[-1]}'")


@method("one.host.status", "ii", kind=KIND, operation=ADMIN)
def status(call, oid, wanted):
    """Enables (0), disables (1) a host, or takes it offline (2)."""
    host = generic.reachable(call, KIND, oid)
    if wanted == ENABLE:
        host.state = MONITORED if host.state == DISABLED and host.monitored else INIT
        if host.state == INIT:
            call.cloud.clock.schedule("host.monitored", oid, delay=5)
    elif wanted == DISABLE:
        host.state = DISABLED
    elif wanted == OFFLINE_STATUS:
        host.state = OFFLINE
        host.monitored = False
        host.template.erase("TOTALCPU")
        host.template.erase("TOTALMEMORY")
    else:
        raise InternalError("Wrong status code")
    call.cloud.update(host)
    return oid


@method("one.host.monitoring", "i", kind=KIND, operation=USE, writes=False)
def monitoring(call, oid):
    generic.reachable(call, KIND, oid)
    return "<MONITORING_DATA></MONITORING_DATA>"


@method("one.hostpool.monitoring", "i", defaults=(-1,), kind=KIND, operation=USE, writes=False)
def pool_monitoring(call, seconds):
    return "<MONITORING_DATA></MONITORING_DATA>"


@transition("host.monitored")
def _monitored(cloud, oid):
    host = cloud.find("HOST", oid)
    if host and host.state != OFFLINE:
        host.monitor()
        cloud.update(host)
