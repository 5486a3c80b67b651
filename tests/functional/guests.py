"""Simulated guests, which power themselves off, or report that they are ready."""

import threading
from contextlib import contextmanager

from lxml import etree

RUNNING = ("3", "3")


@contextmanager
def guests(cloud, behaviour):
    """Simulate the guests of running VMs during a block.

    behaviour
        Called with the name of each running VM; returns ``"poweroff"``, ``"ready"``, ``"failed"``, or nothing.
    """
    over = threading.Event()
    thread = threading.Thread(target=_live, args=(cloud, behaviour, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _live(cloud, behaviour, over):
    told = set()
    while not over.wait(0.05):
        pool = etree.fromstring(cloud.call("one.vmpool.info", -2, -1, -1, -1).encode())
        for vm in pool.iterfind("VM"):
            number = int(vm.findtext("ID"))
            if number not in told and (vm.findtext("STATE"), vm.findtext("LCM_STATE")) == RUNNING:
                said = behaviour(vm.findtext("NAME"))
                if said == "poweroff":
                    cloud.call("one.vm.action", "poweroff-hard", number)
                elif said == "failed":
                    cloud.call("one.vm.update", number, 'FAILED="broken"', 1)
                elif said == "ready":
                    cloud.call("one.vm.update", number, 'READY="YES"', 1)
                if said:
                    told.add(number)
