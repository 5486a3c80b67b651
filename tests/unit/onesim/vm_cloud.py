"""A cloud of onesim with an image, a network and VMs, for unit tests."""

from onesim.cloud.clock import happen
from onesim.cloud.events import Events

from .cloud import Cloud

RANGE = "AR=[TYPE=IP4,IP=10.0.0.1,SIZE=10]"


class VmCloud(Cloud):
    """`image` and `net` are used by the VMs of `vm`; `words` names the states of VMs."""

    def __init__(self):
        super().__init__()
        self.image = self.disk_image("NAME=base TYPE=OS")
        self.net = self.network(f"NAME=lab {RANGE}")
        self._seen = []
        self.cloud.events = Events(self._note)

    def _note(self, key, _message):
        kind, _, rest = key.partition(" ")
        if kind == "VM":
            oid, state, phase = rest.strip().split("/")
            self._seen.append((int(oid), phase if state == "ACTIVE" and phase != "LCM_INIT" else state))

    def disk_image(self, text, datastore=1, user="oneadmin"):
        """An image that is READY; its number."""
        text = text if "PATH=" in text or "TYPE=DATABLOCK" in text else f"{text} PATH=/etc/hostname"
        text = text if "SIZE=" in text else f"{text} SIZE=64"
        oid = self.call("one.image.allocate", text, datastore, user=user)
        self.settle()
        return oid

    def vm(self, text="", settle=True, hold=False, user="oneadmin", **parts):
        """A VM with the usual parts, overridden by `parts`; RUNNING with `settle`. Returns its number."""
        usual = {"CPU": "0.1", "MEMORY": "64", "DISK": f"[IMAGE_ID={self.image}]", "NIC": f"[NETWORK_ID={self.net}]"}
        lines = [f"{name}={value}" for name, value in {**usual, **parts}.items() if value]
        oid = self.call("one.vm.allocate", "\n".join([*lines, text]), hold, user=user)
        if settle:
            self.settle()
        return oid

    def info(self, oid):
        return self.xml("one.vm.info", oid)

    def text(self, oid, path):
        """The text at a path of a VM."""
        return self.info(oid).findtext(path)

    def state(self, oid):
        """The name of its state: RUNNING, POWEROFF, …"""
        return self.cloud.find("VM", oid).state_name

    def error(self, oid):
        """Its USER_TEMPLATE/ERROR, without the time."""
        return self.text(oid, "USER_TEMPLATE/ERROR").split(": ", 1)[1]

    def act(self, action, oid, user="oneadmin"):
        """Runs an action to its end; returns the states."""
        return self.steps("one.vm.action", action, oid, user=user)

    def steps(self, method, *params, user="oneadmin"):
        """Runs a call and its transitions; returns the states of VMs."""
        self._seen.clear()
        self.call(method, *params, user=user)
        self.settle()
        return [word for _, word in self._seen]

    def place_again(self):
        """Lets the scheduler retry VMs without a host."""
        happen(self.cloud, "scheduler.retry", ())
        self.settle()

    def fault(self, rule):
        self.cloud.faults.add(rule)

    def leases(self):
        """The used addresses of the network."""
        return self.texts("AR_POOL/AR/LEASES/LEASE/IP", "one.vn.info", self.net)

    def image_state(self, oid=None):
        """The state of an image, by number."""
        return int(self.xml("one.image.info", self.image if oid is None else oid).findtext("STATE"))
