"""A cloud that can be saved and restored, with simulated guests, in which time passes only during pauses."""

import re
from contextlib import contextmanager

from lxml import etree

from onecore.cloud import campaign
from onesim.cloud.store import Memory
from tests.doubles.simulated import POOLS, Simulated, plain

RUNNING = ("3", "3")
#: VMs that power themselves off after their work: those of pipelines.
WORKERS = re.compile(r"install-.*|.*-build")
#: The time of creation, in the names of earlier versions.
STAMP = re.compile(r"\d{8}-\d{6}(-\d+)?")
#: The previous name of an object: its ID and the name.
FORMERLY = re.compile(r"(?<=SALT_FORMERLY=)\d+")
#: The leases of labs' VMs, and the next addresses of networks: a later VM has another address.
LEASED = re.compile(r"\b10\.1\.[23]\.5\d\b|\b02:00:0a:01:0[23]:3\w\b|\bNEXT_INDEX=\d+")
#: The port of a console: it depends on the ID of the VM.
PORT = re.compile(r"\bPORT=59\d\d\b")
MORE_POOLS = {"one.vrouterpool.info": (-2, -1, -1), "one.vdcpool.info": (), "one.vmgrouppool.info": (-2, -1, -1)}


class World(Simulated):
    """A cloud for one story.

    memory
        What a world before it has left; a fresh cloud without.
    """

    def __init__(self, memory=None):
        self.memory = memory.copy() if memory else Memory()
        self.is_down = False
        #: The VMs that were seen running.
        self.working = set()
        #: Accepted calls that have not started yet.
        self.begin = lambda: None
        super().__init__(self.memory)

    def settle(self):
        """Run all pending transitions, and the reactions of guests."""
        if self.is_down:
            return
        self.begin()
        super().settle()
        if self._guests_live():
            super().settle()

    def _guests_live(self):
        moved = False
        for vm in etree.fromstring(self.call("one.vmpool.infoextended", -2, -1, -1, -1)):
            number, runs = int(vm.findtext("ID")), (vm.findtext("STATE"), vm.findtext("LCM_STATE")) == RUNNING
            if runs and WORKERS.fullmatch(vm.findtext("NAME")) and number not in self.working:
                # It takes a while, so that a poll sees the VM running.
                self.working.add(number)
            elif runs and WORKERS.fullmatch(vm.findtext("NAME")):
                self.call("one.vm.action", "poweroff-hard", number)
                moved = True
            elif runs and vm.findtext("TEMPLATE/CONTEXT/REPORT_READY") and vm.findtext("USER_TEMPLATE/READY") != "YES":
                self.call("one.vm.update", number, 'READY="YES"', 1)
        return moved

    def go_down(self):
        """Kill the daemon; stored data stay."""
        self.is_down = True

    def restarted(self):
        """The restarted daemon."""
        return World(self.memory)

    def content(self):
        """The content of the cloud, without data that differ between two equal clouds."""
        self.settle()
        pools = [self.call(method, *params) for method, params in {**POOLS, **MORE_POOLS}.items()]
        every = [each for body in pools for each in etree.fromstring(body)]
        groups = {int(each.findtext("ID")): each.findtext("NAME") for each in every if each.tag == "GROUP"}
        for part in (part for each in every if each.tag == "ACL" for part in each.iterfind("*")):
            part.text = _of_group(part.text, groups) if part.tag in ("USER", "RESOURCE") else part.text
        _told_after_all(every)
        # The scheduler chooses the host of a VM.
        return sorted(_described(each) for each in every if each.tag != "HOST")


def _of_group(bits, groups):
    """A part of an ACL rule, with the name of a group in place of its ID."""
    number = int(bits, 16)
    # All of a group, or a group itself (``GROUP/#100``).
    of_group = number & 0xF00000000 == 0x200000000 or number & ~0xFFFFFFFF == 0x40100000000
    return f"{number & ~0xFFFFFFFF:x} {groups.get(number & 0xFFFFFFFF)}" if of_group else bits


def _told_after_all(every):
    """Count VMs as updated that have a network's change although the network lists them as skipped.

    If a change is pushed twice in a row, OpenNebula skips VMs that the first push is just updating.
    """
    vms = {each.findtext("ID"): each for each in every if each.tag == "VM"}
    for network in (each for each in every if each.tag == "VNET"):
        for one in list(network.find("ERROR_VMS")):
            vm, number = vms[one.text], network.findtext("ID")
            nics = [nic for nic in vm.iterfind("TEMPLATE/NIC") if nic.findtext("NETWORK_ID") == number]
            linked = all(nic.findtext("VLAN_ID") == network.findtext("VLAN_ID") for nic in nics)
            if linked and vm.find("TEMPLATE/VNET_UPDATE") is None:
                network.find("UPDATED_VMS").append(one)


def _described(element):
    """An object as a text that begins with its description."""
    called = filter(None, [element.tag, element.findtext("NAME"), element.findtext("UNAME")])
    text = f"{' '.join(called)}: {plain(element)}"
    for pattern, instead in ((STAMP, "STAMP"), (FORMERLY, "?"), (LEASED, "LEASED"), (PORT, "PORT")):
        text = pattern.sub(instead, text)
    return text


class Clock:
    """A clock that advances when a run pauses."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, world):
        """The pause function of a run in that world."""

        def sleep(seconds):
            self.now += max(seconds, 0.5)
            world.settle()

        return sleep


@contextmanager
def timeless():
    """A block without real pauses; returns the simulated clock."""
    kept, clock = campaign.time, Clock()
    campaign.time = clock
    try:
        yield clock
    finally:
        campaign.time = kept
