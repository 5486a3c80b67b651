"""The requests to the drivers of VMs, and what follows when they have finished.

Every request has a verb, as the daemon spells it: DEPLOY, SHUTDOWN, CANCEL, SAVE, RESTORE, MIGRATE, CLEANUP, REBOOT,
ATTACHDISK, DETACHDISK, RESIZEDISK, DISKSNAPSHOTCREATE, ATTACHNIC, DETACHNIC, UPDATENIC, UPDATESG, SNAPSHOTCREATE,
SNAPSHOTREVERT, SNAPSHOTDELETE, UPDATECONF, RESIZE, BACKUP, BACKUPCANCEL, EXEC, EXECCANCEL. What is done to disks by
themselves (TRANSFERS) is all one to the daemon; those verbs are of our own. A fault rule about vm.<verb in lower
case> makes a request fail, one about boot makes a VM fail to boot.
"""

from onesim.cloud.clock import transition

SECONDS = {  # the durations in a real small cloud
    "DEPLOY": 2, "RESTORE": 2, "SHUTDOWN": 3, "CANCEL": 1, "SAVE": 3, "MIGRATE": 3, "CLEANUP": 1, "PROLOG": 2,
    "EPILOG": 2, "UPDATESG": 1,
}  # fmt: skip
_OTHER_SECONDS = 1
TRANSFERS = frozenset(
    {"PROLOG", "EPILOG", "PROLOGATTACH", "EPILOGDETACH", "DISKSNAPSHOT", "DISKRESIZE", "SAVEAS", "DISKRESTORE"}
)
_DONE = {}


def done(*verbs):
    """Registers a function (cloud, vm, succeeded) that runs when drivers have finished these requests."""

    def register(function):
        for verb in verbs:
            _DONE[verb] = function
        return function

    return register


def ask(cloud, vm, verb):
    """Sends a request to the drivers of a VM in its present state; an earlier request is dropped."""
    vm.ticket += 1
    vm.task = verb
    cloud.clock.schedule("vm.driver", vm.oid, vm.ticket, verb, delay=SECONDS.get(verb, _OTHER_SECONDS))


def give_up(vm):
    """Drops the current request of the drivers."""
    vm.ticket += 1
    vm.task = ""


@transition("vm.driver")
def _driver(cloud, vm_id, ticket, verb):
    """The drivers have finished, or failed because of a fault rule."""
    vm = cloud.find("VM", vm_id)
    if vm is None or vm.ticket != ticket:
        return
    failure = cloud.faults.boot_failure(vm) if verb in ("DEPLOY", "RESTORE") else None
    failure = failure or cloud.faults.driver_failure(verb.lower())
    if failure:
        vm.set_error(f"{'Error executing image transfer script' if verb in TRANSFERS else verb}: {failure}")
        cloud.update(vm)
    answer(cloud, vm, not failure)


def answer(cloud, vm, succeeded):
    """Continues as if the drivers had just answered."""
    verb = vm.task
    give_up(vm)
    _DONE[verb](cloud, vm, succeeded)
