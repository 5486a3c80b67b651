"""The history of a VM: a record for each host, and for some operations."""

import time

from onesim.kinds.vm.states import Op
from onesim.text.templates import cdata

_TIMES = ("prolog_start", "prolog_end", "running_start", "running_end", "epilog_start", "epilog_end")
_TIME_TAGS = ("PSTIME", "PETIME", "RSTIME", "RETIME", "ESTIME", "EETIME")
_FIELDS = (
    "vm_id", "seq", "host_name", "host_id", "cluster_id", "vm_mad", "tm_mad", "datastore_id", "plan",
    "start", "end", *_TIMES, "action", "uid", "gid", "request_id",
)  # fmt: skip
NO_PLAN = (-2, -1)  # requested by a call


class Record:
    """One record. Times are in seconds, 0 if not set; `plan` is a plan's number and that of its step."""

    __slots__ = _FIELDS

    def __init__(self, vm_id, seq, place):
        """`place` is (host name, host id, cluster id, VM driver, transfer driver, datastore id)."""
        self.vm_id, self.seq = vm_id, seq
        (
            self.host_name, self.host_id, self.cluster_id, self.vm_mad, self.tm_mad, self.datastore_id,
        ) = place  # fmt: skip
        self.plan = NO_PLAN
        self.start = self.end = 0
        for name in _TIMES:
            setattr(self, name, 0)
        self.clear_action()

    @property
    def place(self):
        return self.host_name, self.host_id, self.cluster_id, self.vm_mad, self.tm_mad, self.datastore_id

    def clear_action(self):
        self.action, self.uid, self.gid, self.request_id = Op.NONE, -1, -1, -1

    def set_action(self, action, who=None):
        """Stores an operation, and its caller: (uid, gid, request id), or none."""
        self.action = action
        self.uid, self.gid, self.request_id = who or (-1, -1, -1)

    def short_xml(self):
        """As in pool calls."""
        return (
            f"<HISTORY><OID>{self.vm_id}</OID><SEQ>{self.seq}</SEQ><HOSTNAME>{cdata(self.host_name)}</HOSTNAME>"
            f"<HID>{self.host_id}</HID><CID>{self.cluster_id}</CID><DS_ID>{self.datastore_id}</DS_ID>"
            f"<VM_MAD>{cdata(self.vm_mad)}</VM_MAD><TM_MAD>{cdata(self.tm_mad)}</TM_MAD>"
            f"<ACTION>{cdata(int(self.action))}</ACTION></HISTORY>"
        )

    def xml(self):
        """As in the info call."""
        times = "".join(f"<{tag}>{getattr(self, name)}</{tag}>" for tag, name in zip(_TIME_TAGS, _TIMES, strict=True))
        plan_id, action_id = self.plan
        return (
            f"<HISTORY><OID>{self.vm_id}</OID><SEQ>{self.seq}</SEQ><HOSTNAME>{self.host_name}</HOSTNAME>"
            f"<HID>{self.host_id}</HID><CID>{self.cluster_id}</CID><STIME>{self.start}</STIME><ETIME>{self.end}</ETIME>"
            f"<VM_MAD>{cdata(self.vm_mad)}</VM_MAD><TM_MAD>{cdata(self.tm_mad)}</TM_MAD>"
            f"<DS_ID>{self.datastore_id}</DS_ID><PLAN_ID>{plan_id}</PLAN_ID><ACTION_ID>{action_id}</ACTION_ID>"
            f"{times}<ACTION>{self.action:d}</ACTION><UID>{self.uid}</UID><GID>{self.gid}</GID>"
            f"<REQUEST_ID>{self.request_id}</REQUEST_ID></HISTORY>"
        )


def now():
    """The time, in whole seconds."""
    return int(time.time())
