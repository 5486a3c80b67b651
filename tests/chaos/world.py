"""A cloud that can be put away and taken up again, in which guests do as guests do, and time passes in sleep only."""

import re
from contextlib import contextmanager

from lxml import etree

from onecore.cloud import campaign
from onesim.cloud.store import Memory
from tests.doubles.simulated import POOLS, Simulated, plain

RUNNING = ("3", "3")
#: VMs that do their work and power themselves off: those of pipelines.
WORKERS = re.compile(r"install-.*|.*-build")
#: When something was made, in the names of earlier versions.
STAMP = re.compile(r"\d{8}-\d{6}(-\d+)?")
#: Whose name was another one: a number and that name.
FORMERLY = re.compile(r"(?<=SALT_FORMERLY=)\d+")
#: What VMs of labs have leased, and how far their networks have counted: who comes later has another address.
LEASED = re.compile(r"\b10\.1\.[23]\.5\d\b|\b02:00:0a:01:0[23]:3\w\b|\bNEXT_INDEX=\d+")
#: Where its console is: a number after that of the VM.
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
        #: The VMs that have been seen at work.
        self.working = set()
        #: What has been accepted and not begun yet.
        self.begin = lambda: None
        super().__init__(self.memory)

    def settle(self):
        """Let everything happen that is under way, and guests do what they do then."""
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
                # It takes a while, so that who looks sees it at work.
                self.working.add(number)
            elif runs and WORKERS.fullmatch(vm.findtext("NAME")):
                self.call("one.vm.action", "poweroff-hard", number)
                moved = True
            elif runs and vm.findtext("TEMPLATE/CONTEXT/REPORT_READY") and vm.findtext("USER_TEMPLATE/READY") != "YES":
                self.call("one.vm.update", number, 'READY="YES"', 1)
        return moved

    def go_down(self):
        """Die, as a daemon that is killed; what it wrote down stays."""
        self.is_down = True

    def restarted(self):
        """The daemon that comes after it."""
        return World(self.memory)

    def content(self):
        """What differs between no two clouds in which the same has been done."""
        self.settle()
        pools = [self.call(method, *params) for method, params in {**POOLS, **MORE_POOLS}.items()]
        every = [each for body in pools for each in etree.fromstring(body)]
        groups = {int(each.findtext("ID")): each.findtext("NAME") for each in every if each.tag == "GROUP"}
        for part in (part for each in every if each.tag == "ACL" for part in each.iterfind("*")):
            part.text = _of_group(part.text, groups) if part.tag in ("USER", "RESOURCE") else part.text
        _told_after_all(every)
        # On which host a VM is placed is the scheduler's affair.
        return sorted(_described(each) for each in every if each.tag != "HOST")


def _of_group(bits, groups):
    """A part of an ACL rule, with the name of a group in place of its number."""
    number = int(bits, 16)
    # All of a group, or a group itself (``GROUP/#100``).
    of_group = number & 0xF00000000 == 0x200000000 or number & ~0xFFFFFFFF == 0x40100000000
    return f"{number & ~0xFFFFFFFF:x} {groups.get(number & 0xFFFFFFFF)}" if of_group else bits


def _told_after_all(every):
    """Count in the VMs that have a network's change, and that it lists as left out: it was asked for twice in a row.

    OpenNebula takes a VM that the first of the two is just on its way to for one that is busy, and leaves it at that.
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
    """An object as a text, what it is first."""
    called = filter(None, [element.tag, element.findtext("NAME"), element.findtext("UNAME")])
    text = f"{' '.join(called)}: {plain(element)}"
    for pattern, instead in ((STAMP, "STAMP"), (FORMERLY, "?"), (LEASED, "LEASED"), (PORT, "PORT")):
        text = pattern.sub(instead, text)
    return text


class Clock:
    """Time that passes when a run sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, world):
        """How a run of that world sleeps."""

        def sleep(seconds):
            self.now += max(seconds, 0.5)
            world.settle()

        return sleep


@contextmanager
def timeless():
    """A block in which nobody waits for the clock on the wall; gives the clock that counts instead."""
    kept, clock = campaign.time, Clock()
    campaign.time = clock
    try:
        yield clock
    finally:
        campaign.time = kept
