"""The command that the agent of a VM's guest is running, or has run, as the VM notes it."""

ATTRIBUTE = "QEMU_GA_EXEC"
EXECUTING, CANCELLED, ERROR, DONE = "EXECUTING", "CANCELLED", "ERROR", "DONE"


def noted(vm, name):
    """What is noted of the last command; empty for nothing."""
    return (vm.spec.vector(ATTRIBUTE) or {}).get(name, "")


def note(vm, **items):
    vm.spec.set(ATTRIBUTE, {**(vm.spec.vector(ATTRIBUTE) or {}), **items})


def is_under_way(vm):
    return noted(vm, "STATUS") == EXECUTING


def give_up(vm):
    """The guest is gone, and what it was running with it."""
    if is_under_way(vm):
        note(vm, STATUS=CANCELLED)
