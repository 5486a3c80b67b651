"""Waits for actions of OpenNebula on a VM, and the conditions under which they fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...basics.errors import ActionError, SettleError
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.patience import condition
from ...cloud.procedure import Procedure, Wait
from ...cloud.resource import Resource

#: Seconds for a change of the power state, for the start of an action, and for an operation on a disk.
POWER_TIMEOUT, DEPARTURE, DISK_TIMEOUT = 600, 30, 1800
#: How many times in a row a VM must be seen in its old state, with a new entry in its history.
LOOKS = 4


def reached(vm: Resource, *wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM is in one of these power states.

    vm
        The VM before the action: only changes since then show a failure of the driver.
    """
    return _reached(vm.id, vm.error, wanted, timeout)


def reached_or_given_up(vm: Resource, wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM is in the requested power state, or OpenNebula has given up.

    vm
        The VM before the request.
    """
    attempt = _Attempt(vm)
    wait = reached(vm, wanted, timeout=timeout)

    def until(now: Resource | None) -> bool:
        if wait.until(now):
            return True
        attempt.refuse_given_up(now)
        return False

    return replace(wait, until=until)


class _Attempt:
    """An action on a VM that OpenNebula has accepted, and its result.

    before
        The VM before the action: a failure of the driver is visible only as a difference from it.
    """

    def __init__(self, before: Resource):
        self._before = before
        self._begun, self._tried = False, 0

    def refuse_given_up(self, now: Resource | None) -> None:
        """Raise ActionError if OpenNebula has given up, which it does not record as an error if the driver has none."""
        if now is None:
            return
        here = vm_states.state(now)
        # If the VM was read too late to see another state, only its history shows the attempt. OpenNebula stores the
        # new entry of the history before the new state: with a single look, the attempt may not have begun.
        self._tried += vm_states.deployments(now) != vm_states.deployments(self._before)
        self._begun = self._begun or self._tried >= LOOKS or here not in vm_states.SETTLED.ready
        if self._begun and here in vm_states.SETTLED.ready and here == vm_states.state(self._before):
            raise ActionError(f"OpenNebula started it and gave up: the VM is in state {vm_states.name(here)} again")


def carried_out(vm: Resource, end: Wait) -> Procedure:
    """Wait until OpenNebula begins an action, and then for its end; returns the VM that was read last.

    OpenNebula accepts an action and begins it a moment later. If its driver then fails without a message, or with the
    message of an earlier failure in the same second, the VM is as it was before, down to its history
    (trigger_shutdown_failure in LifeCycleStates.cc, release 7.4.0). A failure between two polls therefore looks like an
    action that has not begun.

    vm
        The VM before the action.
    """
    if end.timeout <= DEPARTURE:
        return (yield end)
    ended: list[bool] = []

    def begun(now: Resource | None) -> bool:
        if end.until(now):
            ended.append(True)
        return bool(ended) or now is None or _has_left(vm, now)

    def late(now: Resource | None) -> str:
        last = f"; its last error is: {now.error}" if now is not None and now.error else ""
        return (
            f"OpenNebula has not begun the action within {DEPARTURE} s, or its driver failed without a message: the VM "
            f"is still in state {condition(VMS, now)}{last}"
        )

    now = yield replace(end, until=begun, timeout=DEPARTURE, late=late)
    return now if ended else (yield end)


def _has_left(before: Resource, now: Resource) -> bool:
    """Whether a VM has changed its state since, even if only its history shows that."""
    other = vm_states.state(now) != vm_states.state(before)
    return other or vm_states.deployments(now) != vm_states.deployments(before)


def arrived(number: int, wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM that is changing to this power state has settled, even in another one."""
    return replace(_reached(number, "", tuple(vm_states.POWER), timeout), what=wanted)


def _reached(number: int, error: str, wanted: Sequence[str], timeout: float) -> Wait:
    def until(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM no longer exists")
        current = vm_states.state(now)
        if any(current == vm_states.POWER[word] for word in wanted):
            return True
        refuse_failed(now)
        if current in vm_states.SETTLED.ready:
            _refuse_another(error, now)
        return False

    return Wait(VMS, number, until, " or ".join(wanted), timeout)


def departed(vm: Resource, wanted: str) -> Wait:
    """Wait until a VM changes to the power state of an action.

    OpenNebula accepts an action and begins it a moment later; until then the VM still shows its old, settled state. If
    the driver fails, the VM stays in that state and its error is set in most cases.
    """
    attempt = _Attempt(vm)

    def until(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM no longer exists")
        if vm_states.power(now) == wanted:
            return True
        refuse_error(vm, now)
        attempt.refuse_given_up(now)
        return False

    return Wait(VMS, vm.id, until, f"the first step to {wanted}", DEPARTURE)


def settled(vm: Resource) -> Wait:
    """Wait until no operation on a VM is in progress, whatever its result."""

    def until(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM no longer exists")
        return not VMS.is_busy(now) or VMS.is_unplaced(now)

    return Wait(VMS, vm.id, until, "it to settle", POWER_TIMEOUT)


def removable(vm: Resource) -> Wait:
    """Wait until a VM can be removed, or no longer exists."""

    def until(now: Resource | None) -> bool:
        return now is None or vm_states.removable(now)

    return Wait(VMS, vm.id, until, "its current operation to end", POWER_TIMEOUT)


def gone(vm: Resource, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM that is being removed no longer exists."""
    attempt = _Attempt(vm)

    def until(now: Resource | None) -> bool:
        # OpenNebula starts a moment later: until then, the VM is still in its previous failure state.
        if now is not None and vm_states.state(now) != vm_states.state(vm):
            refuse_failed(now)
        if now is not None and vm_states.state(now) in vm_states.SETTLED.ready:
            refuse_error(vm, now)
        attempt.refuse_given_up(now)
        return now is None

    return Wait(VMS, vm.id, until, "its end", timeout)


def refuse_error(before: Resource, now: Resource) -> None:
    """Raise ActionError if a driver has failed since: OpenNebula keeps the last error forever."""
    _refuse_another(before.error, now)


def _refuse_another(error: str, now: Resource) -> None:
    if now.error and now.error != error:
        raise ActionError(f"the driver failed: {now.error}")


def refuse_failed(now: Resource) -> None:
    """Raise SettleError for a VM in a failure state that it leaves only by recovery or a rebuild."""
    state = vm_states.state(now)
    if state in vm_states.SETTLED.failed:
        raise SettleError(f"the VM is in state {vm_states.name(state)}{f': {now.error}' if now.error else ''}")


def still(vm: Resource, timeout: float = POWER_TIMEOUT) -> Procedure:
    """Wait until a VM has finished its change of state; returns the VM read afterwards."""
    refuse_failed(vm)
    if vm_states.state(vm) in vm_states.SETTLED.ready:
        return vm
    return (yield reached(vm, *vm_states.POWER, timeout=timeout))
