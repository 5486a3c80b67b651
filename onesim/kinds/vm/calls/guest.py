"""Commands in guests, run by their agents. There are no guests here, and every command succeeds after a while."""

from base64 import b64encode

from onesim.api.dispatch import method
from onesim.cloud.clock import transition
from onesim.errors import ActionError
from onesim.kinds.vm.kind import KIND, operate, who
from onesim.kinds.vm.lifecycle.drivers import ask, done
from onesim.kinds.vm.parts import execution
from onesim.kinds.vm.states import Lcm, Op

_RIGHT = "exec"
SECONDS, SHORTEST = 5, 0.5  # until the monitoring finds finished commands; the second one in wall time, at any pace


@method("one.vm.exec", "iss", kind=KIND)
def execute(call, oid, command, stdin):
    """Runs a command in a guest that reads `stdin`, a text in base64."""
    _begin(call, operate(call, oid, _RIGHT), command, stdin)
    return oid


@method("one.vm.retryexec", "i", kind=KIND)
def retry(call, oid):
    """Runs the last command in a guest again."""
    vm = operate(call, oid, _RIGHT)
    _begin(call, vm, execution.noted(vm, "COMMAND"), execution.noted(vm, "STDIN"))
    return oid


def _begin(call, vm, command, stdin):
    _check_runs(vm, "execute")
    if execution.is_under_way(vm):
        raise ActionError("Could not execute command, a command is already being executed")
    vm.enter(Lcm.HOTPLUG)
    vm.spec.set(execution.ATTRIBUTE, {"COMMAND": command, "STDIN": stdin})
    vm.close_record(Op.EXEC, who(call))
    call.cloud.update(vm)
    ask(call.cloud, vm, "EXEC")


def _check_runs(vm, doing):
    if not vm.running:
        raise ActionError(f"Could not {doing} command, VM must be in running")


@method("one.vm.cancelexec", "i", kind=KIND)
def cancel(call, oid):
    """Cancels the command in a guest."""
    vm = operate(call, oid, _RIGHT)
    _check_runs(vm, "cancel")
    if not execution.is_under_way(vm):
        raise ActionError("Could not cancel command, there is no command being executed")
    vm.enter(Lcm.HOTPLUG)
    vm.close_record(Op.EXEC_CANCEL, who(call))
    call.cloud.update(vm)
    ask(call.cloud, vm, "EXECCANCEL")
    return oid


@done("EXEC")
def _begun(cloud, vm, succeeded):
    _answered(cloud, vm, execution.EXECUTING if succeeded else execution.ERROR)
    vm.commands += 1
    cloud.clock.schedule("vm.executed", vm.oid, vm.commands, delay=SECONDS, at_least=SHORTEST)


@done("EXECCANCEL")
def _cancelled(cloud, vm, succeeded):
    _answered(cloud, vm, execution.CANCELLED if succeeded else execution.ERROR)


def _answered(cloud, vm, status):
    """The hypervisor has passed the command to the agent, or failed."""
    if vm.lcm_state == Lcm.HOTPLUG:
        vm.enter(Lcm.RUNNING)
        execution.note(vm, STATUS=status)
        cloud.update(vm)


@transition("vm.executed")
def _ended(cloud, vm_id, number):
    """The monitoring finds that a command has finished; the dummy one always reports the same result."""
    vm = cloud.find("VM", vm_id)
    if vm is None or vm.commands != number or not execution.is_under_way(vm):
        return
    stdout = b64encode(f"Execution finished for VM {vm_id}".encode()).decode()
    execution.note(vm, STATUS=execution.DONE, PID=str(vm_id), RETURN_CODE="0", STDOUT=stdout, STDERR="")
    cloud.update(vm)
