"""Virtual machines: the object and its XML. The operations on it are in the folders beside this file."""

import copy
import time

from onesim.cloud.things import Thing, ids_xml, log_time, permissions_for
from onesim.kinds.vm.parts import secrets
from onesim.kinds.vm.parts.history import Record, now
from onesim.kinds.vm.states import NOT_RUNNING, WAITING, Lcm, State
from onesim.text.templates import Template, cdata, vector_xml
from onesim.text.values import integer

LONGEST_ERROR = 100
_SHORT_DISK = (
    "DISK_ID", "DATASTORE", "DATASTORE_ID", "IMAGE", "IMAGE_ID", "SIZE", "TYPE", "CLONE", "CLONE_TARGET", "LN_TARGET",
    "DISK_SNAPSHOT_TOTAL_SIZE",
)  # fmt: skip
_SHORT_NIC_IF_SET = (
    "IP", "EXTERNAL_IP", "IP6", "IP6_ULA", "IP6_LINK", "IP6_GLOBAL", "NETWORK_MODE", "SCHED_REQUIREMENTS", "SCHED_RANK",
)  # fmt: skip
_SHORT_NIC = ("MAC", "NETWORK", "NETWORK_ID", "NIC_ID", "SECURITY_GROUPS")
_SHORT_USER_IF_SET = ("LABELS", "ERROR", "SCHED_MESSAGE")
_SHORT_USER = ("SCHED_RANK", "SCHED_DS_RANK", "SCHED_REQUIREMENTS", "SCHED_DS_REQUIREMENTS", "USER_PRIORITY")


class VirtualMachine(Thing):
    """A VM. `template` is its USER_TEMPLATE, `spec` its TEMPLATE.

    `snapshots` are those of its disks by DISK_ID. `ticket` numbers the requests to its drivers, so that the answer to a
    dropped request is ignored; `task` describes the request in more detail than the state. `commands` counts those of
    its guest.
    """

    _extended_as_stored = None  # XML, if it differs from `extended`
    outlasting_nics = ()  # removed, but still in the next stored version

    def inserting(self, cloud):
        self.kind.build(cloud, self)

    def __init__(self, template, call):
        super().__init__(template, "", call.uid, call.gid, call.uname, call.gname)
        self.permissions = permissions_for(call.uid, call.gid, call.umask)
        self.spec = Template()
        self.state, self.lcm_state = State.INIT, Lcm.LCM_INIT
        self.resched = False
        self.start, self.end = int(time.time()), 0
        self.deploy_id = ""
        self.history = []
        self.snapshots = {}
        self.backup_config, self.backup_ids = Template(), set()
        self.sched_actions = set()
        self.ticket = self.commands = 0
        self.task = ""

    # --- states

    @property
    def states(self):
        return self.state, self.lcm_state

    def changed(self):
        self.renew()
        self._extended_as_stored = None
        if self.outlasting_nics:
            self.as_stored, self.outlasting_nics = self.render(), ()
        templates = [template for template in (self.template, self.spec) if template.is_hollow]
        if templates:
            self._extended_as_stored = self.extended()
        for template in templates:
            template.fill()

    @property
    def state_name(self):
        """The state as in messages."""
        return (self.lcm_state if self.state == State.ACTIVE else self.state).name

    def enter(self, lcm_state):
        """Becomes ACTIVE, in that state."""
        self.state, self.lcm_state = State.ACTIVE, lcm_state

    def go_through(self, lcm_state):
        """Enters that step, in which a powered-off VM stays powered off."""
        self.lcm_state = lcm_state

    def rest(self, state):
        """Enters a final state other than ACTIVE."""
        self.state, self.lcm_state = state, Lcm.LCM_INIT

    def is_in(self, *lcm_states):
        """Whether it is ACTIVE and in one of these states."""
        return self.state == State.ACTIVE and self.lcm_state in lcm_states

    @property
    def running(self):
        return self.is_in(Lcm.RUNNING)

    @property
    def charged_as_running(self):
        """Whether its owner's quota for running VMs is charged."""
        if self.state == State.ACTIVE:
            return self.lcm_state not in NOT_RUNNING
        return self.state in WAITING and self.state != State.INIT

    @property
    def vrouter_id(self):
        """The virtual router of the VM, or None."""
        return self.spec.integer("VROUTER_ID")

    # --- history

    @property
    def last(self):
        """The record of the current or last host; None before the first."""
        return self.history[-1] if self.history else None

    @property
    def previous(self):
        return self.history[-2] if len(self.history) > 1 else None

    @property
    def host_id(self):
        return self.last.host_id if self.history else -1

    @property
    def cluster_id(self):
        return self.last.cluster_id if self.history else -1

    def new_record(self, place):
        """Adds a record for another host."""
        self.history.append(Record(self.oid, len(self.history), place))

    def repeat_record(self, original=None):
        """Adds a record with the host of the last (or another) one."""
        original = original or self.last
        self.new_record(original.place)
        self.last.plan = original.plan

    def close_record(self, action, who):
        """Ends the record with an operation, and adds another one with the same host."""
        moment, last = now(), self.last
        stays_off = last.running_end != 0
        last.running_end = last.running_end or moment
        last.end = moment
        before = last.action
        last.set_action(action, who)
        self.repeat_record()
        last = self.last
        last.set_action(before)
        last.start = last.running_start = moment
        if stays_off:
            last.running_end = moment

    # --- parts

    @property
    def cpu(self):
        return self.spec.number("CPU") or 0

    @property
    def memory(self):
        return self.spec.integer("MEMORY", 64) or 0

    @property
    def capacity(self):
        """The capacity promised by a host: (CPU in hundredths, memory in KB)."""
        return int(self.cpu * 100), self.memory * 1024

    @property
    def disks(self):
        return _by_id(self.spec.vectors("DISK"), "DISK_ID")

    def disk(self, disk_id):
        return next((disk for disk in self.spec.vectors("DISK") if integer(disk.get("DISK_ID")) == disk_id), None)

    @property
    def nics(self):
        """All NICs, including PCI devices and aliases, by number."""
        vectors = [pci for pci in self.spec.vectors("PCI") if pci.get("TYPE") == "NIC"]
        return _by_id(self.spec.vectors("NIC") + vectors + self.spec.vectors("NIC_ALIAS"), "NIC_ID")

    def nic(self, nic_id):
        return next((nic for nic in self.nics if integer(nic.get("NIC_ID")) == nic_id), None)

    @property
    def context(self):
        return self.spec.vector("CONTEXT")

    def is_machine(self, *types):
        """Whether the machine type in its OS attribute is one of these."""
        machine = (self.spec.vector("OS") or {}).get("MACHINE", "")
        return any(name in machine for name in types)

    def set_error(self, message, name="ERROR"):
        """Stores an error with its time; it is never removed."""
        self.template.erase(name)
        if message:
            rest = "... see more details in VM log" if len(message) >= LONGEST_ERROR else ""
            self.template.add(name, f"{log_time()}: {message[:LONGEST_ERROR]}{rest}")

    # --- XML

    def render(self):
        lock = f"<LOCK><LOCKED>{self.lock[0]}</LOCKED></LOCK>" if self.lock else ""
        capacity = "".join(f"<{name}>{self.spec.get(name)}</{name}>" for name in ("CPU", "MEMORY", "VCPU"))
        disks = "".join(map(_short_disk, self.disks))
        nics = "".join(map(_short_nic, _by_id([*self.nics, *self.outlasting_nics], "NIC_ID")))
        graphics = self.spec.vector("GRAPHICS")
        history = (
            f"<HISTORY_RECORDS>{self.last.short_xml()}</HISTORY_RECORDS>" if self.history else "<HISTORY_RECORDS/>"
        )
        return (
            f"<VM>{self.head_xml()}<LAST_POLL>0</LAST_POLL>{self._states_xml()}"
            f"<RESCHED>{self.resched:d}</RESCHED>{self._facts_xml()}{lock}"
            f"<TEMPLATE>{capacity}{disks}{nics}{vector_xml('GRAPHICS', graphics) if graphics else ''}</TEMPLATE>"
            f"<MONITORING/>{self._short_user_xml()}{history}</VM>"
        )

    def extended(self, records=1, actions=""):
        """The complete XML, with the last or (None) all history records and the XML of scheduled actions."""
        before = self.noted_states or self.states
        shown = self.history if records is None else self.history[-records:] if records else []
        history = "".join(record.xml() for record in shown)
        snapshots = "".join(self.snapshots[disk_id].xml() for disk_id in sorted(self.snapshots))
        config = self.backup_config.xml("BACKUP_CONFIG") if self.backup_config else "<BACKUP_CONFIG/>"
        return (
            f"<VM>{self.head_xml()}{self.permissions_xml()}<LAST_POLL>0</LAST_POLL>{self._states_xml()}"
            f"<PREV_STATE>{before[0]:d}</PREV_STATE><PREV_LCM_STATE>{before[1]:d}</PREV_LCM_STATE>"
            f"<RESCHED>{self.resched:d}</RESCHED>{self._facts_xml()}{self.lock_xml()}<MONITORING></MONITORING>"
            f"{ids_xml('SCHED_ACTIONS', self.sched_actions)}{self.spec.xml(extra=actions)}"
            f"{self.template.xml('USER_TEMPLATE')}"
            f"{f'<HISTORY_RECORDS>{history}</HISTORY_RECORDS>' if history else '<HISTORY_RECORDS/>'}"
            f"{snapshots}<BACKUPS>{config}{ids_xml('BACKUP_IDS', self.backup_ids)}</BACKUPS></VM>"
        )

    def listed_in_full(self):
        """As in extended pool calls: the stored version."""
        return self._extended_as_stored or self.extended()

    def info(self, call, reveal=False):
        found = (call.cloud.find("SCHED_ACTION", oid) for oid in sorted(self.sched_actions))
        actions = "".join(action.xml for action in found if action is not None)
        if not reveal:
            return self.extended(None, actions)
        shown = copy.copy(self)
        shown.spec, shown.template = secrets.revealed(self.spec), secrets.revealed(self.template)
        return shown.extended(None, actions)

    def _states_xml(self):
        return f"<STATE>{self.state:d}</STATE><LCM_STATE>{self.lcm_state:d}</LCM_STATE>"

    def _facts_xml(self):
        return f"<STIME>{self.start}</STIME><ETIME>{self.end}</ETIME><DEPLOY_ID>{self.deploy_id}</DEPLOY_ID>"

    def _short_user_xml(self):
        if not self.template:
            return "<USER_TEMPLATE/>"
        shown = [(name, self.template.get(name)) for name in _SHORT_USER_IF_SET if self.template.get(name)]
        shown += [(name, self.template.get(name)) for name in _SHORT_USER if self.template.singles(name)]
        return Template(shown).xml("USER_TEMPLATE")


def _by_id(vectors, name):
    return sorted(vectors, key=lambda vector: integer(vector.get(name)) or 0)


def _short_disk(disk):
    items = "".join([f"<{name}>{cdata(disk.get(name, ''))}</{name}>" for name in _SHORT_DISK])
    return f"<DISK>{items}</DISK>"


def _short_nic(nic):
    optional = "".join([f"<{name}>{cdata(nic[name])}</{name}>" for name in _SHORT_NIC_IF_SET if nic.get(name)])
    always = "".join([f"<{name}>{cdata(nic.get(name, ''))}</{name}>" for name in _SHORT_NIC])
    return f"<NIC>{optional}{always}</NIC>"
