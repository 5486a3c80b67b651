"""The scheduler: finds hosts, system datastores and networks for waiting VMs.

It starts some time after the first VM has started to wait, and then places all of them. A plan places at most one VM on
each host, so that many VMs take many plans. VMs without a suitable host are tried again later.
"""

from dataclasses import dataclass, field
from operator import add

from lxml import etree

from onesim.cloud import alarm
from onesim.cloud.clock import SOONEST, happen, transition
from onesim.kinds.datastore import READY, SYSTEM_DS
from onesim.kinds.host import MONITORED
from onesim.kinds.vm.parsing.variables import Owner
from onesim.kinds.vm.parts import nics as vm_nics
from onesim.kinds.vm.parts import place as vm_place
from onesim.kinds.vm.parts import roles as vm_roles
from onesim.kinds.vm.states import Lcm, State
from onesim.rights.access import MANAGE, USE, allowed
from onesim.text.requirements import RequirementError, meets
from onesim.text.values import integer, number

RETRY = 60  # seconds of a real small cloud
SHORTEST_RETRY = 1  # of wall time, at any pace: clients must be able to see VMs wait
PLAN = -1
MOST_ACTIONS = 500  # at a time: other calls must be answered in between
_SHORT_OF = {
    "CPU": "[HOST] Not enough CPU on hosts: ",
    "memory": "[HOST] Not enough MEMORY on hosts: ",
    "PCI": "[HOST] Unavailable PCI devices on hosts: ",
}


class _NoPlace(Exception):
    """There is no suitable host for a VM now; the text is the reason."""


class _Later(Exception):
    """All suitable hosts already have a VM in the current plan."""


def _waits(vm):
    return vm.state == State.PENDING or (
        vm.resched and (vm.state == State.POWEROFF or vm.lcm_state in (Lcm.RUNNING, Lcm.UNKNOWN))
    )


@transition("scheduler.place")
def _place(cloud):
    """Places the waiting VMs."""
    alarm.rang(cloud)
    waiting = [vm for vm in cloud.pool("VM").things.values() if _waits(vm) and not vm.lock]
    waiting.sort(key=lambda vm: (-(number(vm.template.get("USER_PRIORITY")) or 0), vm.oid))
    scheduler, left = _Scheduler(cloud), waiting
    while left and scheduler.placed < MOST_ACTIONS:
        left = scheduler.plan(left)
    if left:
        alarm.wake(cloud, SOONEST)
    elif any(vm.state == State.PENDING or vm.resched for vm in waiting):
        clock = cloud.clock
        clock.schedule("scheduler.retry", delay=max(RETRY * clock.pace, SHORTEST_RETRY / clock.haste), exact=True)


@transition("scheduler.retry")
def _retry(cloud):
    alarm.wake(cloud)


@dataclass
class _Scheduler:
    """The state of the scheduler, and its plans so far: the number of planned VMs, and the hosts in the current plan.

    `used` is the promised capacity by host: (CPU, memory, number of VMs); `promised` are its promised PCI devices.
    """

    cloud: object
    placed: int = 0
    sent: set = field(default_factory=set)
    used: dict = field(default_factory=dict)
    promised: dict = field(default_factory=dict)
    trees: dict = field(default_factory=dict)
    judged: dict = field(default_factory=dict)

    def plan(self, waiting):
        """Plans VMs; returns those for the next plan."""
        self.sent.clear()
        hosts = sum(host.state == MONITORED for host in self.cloud.pool("HOST"))
        later = []
        for position, vm in enumerate(waiting):
            if self.sent and len(self.sent) == hosts:
                return later + waiting[position:]
            try:
                self._place(vm)
            except _Later:
                later.append(vm)
            except _NoPlace as reason:
                if str(reason):
                    vm.set_error(str(reason), "SCHED_MESSAGE")
                    self.cloud.update(vm)
        return later

    def _place(self, vm):
        """Finds a host for a VM and deploys it; raises _NoPlace or _Later."""
        hosts = self._hosts(vm)
        datastores = self._datastores(vm)
        networks = {} if vm.resched else self._networks(vm)
        host, datastore = self._best(vm, hosts, datastores)
        vm.set_error("", "SCHED_MESSAGE")
        happen(self.cloud, "vm.dispatch", (vm.oid, host.oid, datastore.oid, networks, (PLAN, len(self.sent))))
        self.placed += 1
        self.sent.add(host.oid)
        self.used[host.oid] = tuple(map(add, self.used[host.oid], (*vm.capacity, 1)))
        self.promised.setdefault(host.oid, []).extend(vm.spec.vectors("PCI"))

    def _fitting(self, vm, kind_name, things, right, expression, name, what):
        """The objects that a VM's owner may use and that meet its requirements; raises _NoPlace if there are none.

        `name` is the name of the requirement, `what` the kind of object, as in messages.
        """
        owner = Owner(self.cloud, vm)
        usable = [thing for thing in things if 0 in (vm.uid, vm.gid) or allowed(owner, right, thing)]
        if not usable:
            raise _NoPlace(f"Cannot dispatch VM: User is not authorized to use any {what}")
        try:
            fitting = [thing for thing in usable if self._meets(kind_name, thing, expression)]
        except RequirementError as error:
            raise _NoPlace(f"Cannot dispatch VM: Error in {name}: '{expression}', error: {error}") from error
        if not fitting:
            raise _NoPlace(f"Cannot dispatch VM: No {what} meets {name}")
        return fitting

    def _meets(self, kind_name, thing, expression):
        key = kind_name, thing.oid, expression
        if key not in self.judged:
            self.judged[key] = meets(expression, lambda name: self._values(kind_name, thing, name))
        return self.judged[key]

    def _values(self, kind_name, thing, name):
        """The values of an object for a name, from its template or its fields."""
        key = kind_name, thing.oid
        if key not in self.trees:
            self.trees[key] = etree.fromstring(thing.xml.encode())
        tree = self.trees[key]
        # In this order, so that a number or an owner takes precedence over an attribute of that name.
        paths = (f"TEMPLATE/{name}", f"HOST_SHARE/{name}", name)
        return [element.text or "" for element in tree.xpath(" | ".join(paths))]

    def _hosts(self, vm):
        hosts = [host for host in self.cloud.pool("HOST").things.values() if host.state == MONITORED]
        if not hosts:
            raise _NoPlace("Cannot dispatch VM: No hosts enabled to run VMs")
        hosts = [host for host in hosts if not vm.resched or host.oid != vm.host_id]
        expression = _joined(vm.spec.get("AUTOMATIC_REQUIREMENTS"), vm.template.get("SCHED_REQUIREMENTS"))
        fitting = self._fitting(vm, "HOST", hosts, MANAGE, expression, "SCHED_REQUIREMENTS", "host")
        suiting = [host for host in fitting if vm_roles.suits(self.cloud, vm, host.oid)]
        if not suiting:
            raise _NoPlace  # the daemon reports nothing about roles in VM groups
        return suiting

    def _datastores(self, vm):
        datastores = [
            datastore
            for datastore in self.cloud.pool("DATASTORE").things.values()
            if datastore.type == SYSTEM_DS and datastore.state == READY
        ]
        if not datastores:
            raise _NoPlace("Cannot dispatch VM: No system datastores found to run VMs")
        if vm.resched:
            return [datastore for datastore in datastores if datastore.oid == vm.last.datastore_id]
        expression = _joined(vm.spec.get("AUTOMATIC_DS_REQUIREMENTS"), vm.template.get("SCHED_DS_REQUIREMENTS"))
        name = "SCHED_DS_REQUIREMENTS"
        return self._fitting(vm, "DATASTORE", datastores, USE, expression, name, "system datastore")

    def _networks(self, vm):
        """A network for each NIC that needs one, all different: NIC_ID -> network id."""
        found = {}
        for nic in vm.spec.vectors("NIC"):
            if vm_nics.mode(nic) == "AUTO" and not nic.get("NETWORK_ID"):
                found[integer(nic["NIC_ID"])] = self._network(vm, nic, found.values()).oid
        return found

    def _network(self, vm, nic, taken):
        """The network with the fewest used addresses."""
        networks = list(self.cloud.pool("NET").things.values())
        expression = _joined(vm.spec.get("AUTOMATIC_NIC_REQUIREMENTS"), nic.get("SCHED_REQUIREMENTS", ""))
        name, what = f"SCHED_NIC_REQUIREMENTS for NIC {nic['NIC_ID']}", "virtual network"
        fitting = self._fitting(vm, "NET", networks, USE, expression, name, what)
        free = [
            vnet
            for vnet in fitting
            if vnet.oid not in taken and any(ar.used < ar.size and not ar.shared for ar in vnet.ranges)
        ]
        if not free:
            raise _NoPlace(f"[VNET] Unavailable leases on vnets: {_listed(fitting)}")
        return min(free, key=lambda vnet: (sum(ar.used for ar in vnet.ranges), -vnet.oid))

    def _best(self, vm, hosts, datastores):
        """The host with the fewest VMs that has room and no VM in this plan, and a datastore of its cluster."""
        roomy = self._roomy(vm, hosts)
        free = [host for host in roomy if host.oid not in self.sent]
        for host in sorted(free, key=lambda host: (self.used[host.oid][2], -host.oid)):
            near = [datastore for datastore in datastores if host.cluster_id in datastore.clusters]
            if near:
                return host, max(near, key=lambda datastore: (datastore.space()[1], -datastore.oid))
        if len(free) < len(roomy):
            raise _Later
        raise _NoPlace(f"[DS] Unavailable datastores: {_listed(datastores)}")

    def _roomy(self, vm, hosts):
        """The hosts with room for a VM; raises _NoPlace if there are none."""
        capacity, roomy, short = vm.capacity, [], {}
        for host in hosts:
            if host.oid not in self.used:
                self.used[host.oid] = (*host.used(), len(host.vms))
            needed = [*self.promised.get(host.oid, ()), *vm.spec.vectors("PCI")]
            reason = vm_place.misfit(host, capacity, self.used[host.oid][:2], needed)
            if reason is None:
                roomy.append(host)
            else:
                short.setdefault(next(what for what in _SHORT_OF if what in reason), []).append(host)
        if not roomy:
            raise _NoPlace(
                "".join(f"{text}{_listed(short[what])}" for what, text in _SHORT_OF.items() if what in short)
            )
        return roomy


def _joined(automatic, wanted):
    """The requirements of a VM from its resources and from its owner."""
    if automatic and wanted:
        return f"{automatic} & ( {wanted} )"
    return wanted or automatic


def _listed(things):
    return ",".join(str(oid) for oid in sorted(thing.oid for thing in things))
