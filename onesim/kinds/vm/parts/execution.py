"""The current or last command of the agent in a VM's guest, as stored in the VM."""

ATTRIBUTE = "QEMU_GA_EXEC"
EXECUTING, CANCELLED, ERROR, DONE = "EXECUTING", "CANCELLED", "ERROR", "DONE"


def noted(vm, name):
    """The data of the last command; empty if there is none."""
    return (vm.spec.vector(ATTRIBUTE) or {}).get(name, "")


def note(vm, **items):
    vm.spec.set(ATTRIBUTE, {**(vm.spec.vector(ATTRIBUTE) or {}), **items})


def is_under_way(vm):
    return noted(vm, "STATUS") == EXECUTING


def give_up(vm):
    """The guest no longer runs, and neither does its command."""
    if is_under_way(vm):
        note(vm, STATUS=CANCELLED)
