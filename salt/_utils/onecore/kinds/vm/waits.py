"""Waits for actions of OpenNebula on a VM, and the reasons to give up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...basics.errors import ActionError, SettleError
from ...cloud import vm_states
from ...cloud.campaign import Procedure, Wait
from ...cloud.directory import VMS
from ...cloud.resource import Resource

#: Seconds that a VM may take to change its power state, to begin what it was told, and to do something with a disk.
POWER_TIMEOUT, DEPARTURE, DISK_TIMEOUT = 600, 30, 1800


def reached(vm: Resource, *wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM is in one of these power states.

    vm
        The VM as it was before it was asked: a driver's failure shows only in what has changed since.
    """
    return _reached(vm.id, vm.error, wanted, timeout)


def brought(vm: Resource, wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM is in the power state that OpenNebula was told to bring it to.

    vm
        The VM as it was before.
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
    """An action on a VM that OpenNebula has accepted, and what has become of it.

    before
        The VM as it was then: a driver's failure shows only in what has changed since.
    """

    def __init__(self, before: Resource):
        self._before = before
        self._begun = False

    def refuse_given_up(self, now: Resource | None) -> None:
        """Raise ActionError when OpenNebula has given it up, which it does without an error where a driver has none."""
        if now is None:
            return
        here = vm_states.state(now)
        # The look may have come too late for any other state, so that only the history tells.
        tried = vm_states.deployments(now) != vm_states.deployments(self._before)
        self._begun = self._begun or tried or here not in vm_states.SETTLED.ready
        if self._begun and here in vm_states.SETTLED.ready and here == vm_states.state(self._before):
            raise ActionError(f"OpenNebula began it and gave up: the VM is in state {vm_states.name(here)} again")


def arrived(number: int, wanted: str, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM that is on its way to this power state has arrived, be it in another one."""
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
    """Wait until a VM heads for the power state it was told to.

    OpenNebula accepts an action and begins it a moment later; until then the VM still shows its old, settled state.
    A driver that fails leaves the VM in that state, and mostly says why in the VM's error.
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
    """Wait until nothing is under way with a VM, whatever has come of it."""

    def until(now: Resource | None) -> bool:
        if now is None:
            raise SettleError("the VM no longer exists")
        return vm_states.state(now) in vm_states.SETTLED.ready | vm_states.SETTLED.failed

    return Wait(VMS, vm.id, until, "it to settle", POWER_TIMEOUT)


def removable(vm: Resource) -> Wait:
    """Wait until a VM can be removed, or has gone by itself."""

    def until(now: Resource | None) -> bool:
        return now is None or vm_states.removable(now)

    return Wait(VMS, vm.id, until, "what is under way with it to end", POWER_TIMEOUT)


def gone(vm: Resource, timeout: float = POWER_TIMEOUT) -> Wait:
    """Wait until a VM that is being removed is no more."""
    attempt = _Attempt(vm)

    def until(now: Resource | None) -> bool:
        # OpenNebula begins a moment later: until then a VM shows the failure in which it was removed.
        if now is not None and vm_states.state(now) != vm_states.state(vm):
            refuse_failed(now)
        if now is not None and vm_states.state(now) in vm_states.SETTLED.ready:
            refuse_error(vm, now)
        attempt.refuse_given_up(now)
        return now is None

    return Wait(VMS, vm.id, until, "its end", timeout)


def refuse_error(before: Resource, now: Resource) -> None:
    """Raise ActionError when a driver has failed since: OpenNebula keeps the last failure for ever."""
    _refuse_another(before.error, now)


def _refuse_another(error: str, now: Resource) -> None:
    if now.error and now.error != error:
        raise ActionError(f"the driver failed: {now.error}")


def refuse_failed(now: Resource) -> None:
    """Raise SettleError for a VM that is in a failure state, out of which only a person or a rebuild helps it."""
    state = vm_states.state(now)
    if state in vm_states.SETTLED.failed:
        raise SettleError(f"the VM is in state {vm_states.name(state)}{f': {now.error}' if now.error else ''}")


def still(vm: Resource, timeout: float = POWER_TIMEOUT) -> Procedure:
    """Wait until a VM that is on its way somewhere is there; returns the VM as it is then."""
    refuse_failed(vm)
    if vm_states.state(vm) in vm_states.SETTLED.ready:
        return vm
    return (yield reached(vm, *vm_states.POWER, timeout=timeout))
