"""The states of VMs in onesim: the result of every action, refusals, and failures of drivers."""

import pytest

from .cloud import refused

ACTION = 0x800
READY, USED = 1, 2
OFF = ["SHUTDOWN_POWEROFF", "POWEROFF"]
START = ["ACTIVE", "PROLOG", "BOOT"]


def prepared(sim, *actions):
    """A VM after these actions."""
    vm = sim.vm()
    for action in actions:
        sim.act(action, vm)
    return vm


def test_a_vm_comes_to_run_by_itself(sim):
    text = f"CPU=0.1 MEMORY=64 DISK=[IMAGE_ID={sim.image}] NIC=[NETWORK_ID={sim.net}]"
    assert sim.steps("one.vm.allocate", text) == ["PENDING", *START, "RUNNING"]
    assert sim.leases() == ["10.0.0.1"] and sim.image_state() == USED
    assert sim.texts("VMS/ID", "one.host.info", int(sim.text(0, "HISTORY_RECORDS/HISTORY/HID"))) == ["0"]


def test_a_vm_on_hold_waits_for_its_release(sim):
    vm = sim.vm(hold=True)
    assert sim.state(vm) == "HOLD"
    assert sim.act("release", vm) == ["PENDING", *START, "RUNNING"]


@pytest.mark.parametrize(
    ("before", "action", "steps"),
    [
        ((), "poweroff", OFF),
        ((), "poweroff-hard", OFF),
        ((), "suspend", ["SAVE_SUSPEND", "SUSPENDED"]),
        ((), "stop", ["SAVE_STOP", "EPILOG_STOP", "STOPPED"]),
        ((), "undeploy", ["SHUTDOWN_UNDEPLOY", "EPILOG_UNDEPLOY", "UNDEPLOYED"]),
        ((), "undeploy-hard", ["SHUTDOWN_UNDEPLOY", "EPILOG_UNDEPLOY", "UNDEPLOYED"]),
        ((), "reboot", []),
        ((), "reboot-hard", []),
        ((), "terminate", ["SHUTDOWN", "EPILOG", "DONE"]),
        ((), "terminate-hard", ["SHUTDOWN", "EPILOG", "DONE"]),
        (("poweroff",), "resume", ["BOOT_POWEROFF", "RUNNING"]),
        (("poweroff",), "terminate", ["EPILOG", "DONE"]),
        (("poweroff",), "undeploy", ["EPILOG_UNDEPLOY", "UNDEPLOYED"]),
        (("suspend",), "resume", ["BOOT_SUSPENDED", "RUNNING"]),
        (("suspend",), "stop", ["EPILOG_STOP", "STOPPED"]),
        (("suspend",), "terminate", ["EPILOG", "DONE"]),
        (("stop",), "resume", ["PENDING", "ACTIVE", "PROLOG_RESUME", "BOOT_STOPPED", "RUNNING"]),
        (("stop",), "terminate", ["EPILOG", "DONE"]),
        (("undeploy",), "resume", ["PENDING", "ACTIVE", "PROLOG_UNDEPLOY", "BOOT_UNDEPLOY", "RUNNING"]),
        (("undeploy",), "terminate", ["EPILOG", "DONE"]),
    ],
)
def test_actions(sim, before, action, steps):
    assert sim.act(action, prepared(sim, *before)) == steps


def test_what_a_vm_has_is_free_again_when_it_is_gone(sim):
    vm = sim.vm()
    host = int(sim.text(vm, "HISTORY_RECORDS/HISTORY/HID"))
    sim.act("terminate", vm)
    assert sim.leases() == [] and sim.image_state() == READY
    assert sim.texts("VMS/ID", "one.host.info", host) == []
    assert sim.text(vm, "STATE") == "6" and int(sim.text(vm, "ETIME")) > 0


@pytest.mark.parametrize(
    ("before", "action", "state"),
    [
        ((), "resume", "RUNNING"),
        ((), "hold", "RUNNING"),
        ((), "release", "RUNNING"),
        (("poweroff",), "poweroff", "POWEROFF"),
        (("poweroff",), "suspend", "POWEROFF"),
        (("poweroff",), "reboot", "POWEROFF"),
        (("suspend",), "suspend", "SUSPENDED"),
        (("suspend",), "poweroff", "SUSPENDED"),
        (("stop",), "poweroff", "STOPPED"),
        (("undeploy",), "undeploy", "UNDEPLOYED"),
        (("terminate",), "resume", "DONE"),
    ],
)
def test_actions_that_the_state_does_not_allow(sim, before, action, state):
    vm = prepared(sim, *before)
    answer = refused(sim, "one.vm.action", action, vm)
    assert answer.code == ACTION
    assert f"is not available for state {state}" in answer.text or state == "DONE"
    assert sim.state(vm) == state


def test_an_unknown_action(sim):
    assert 'Action "explode"' in refused(sim, "one.vm.action", "explode", sim.vm()).text


@pytest.mark.parametrize(
    ("before", "verb", "action", "steps"),
    [
        ((), "shutdown", "poweroff", ["SHUTDOWN_POWEROFF", "RUNNING"]),
        ((), "cancel", "poweroff-hard", ["SHUTDOWN_POWEROFF", "RUNNING"]),
        ((), "save", "suspend", ["SAVE_SUSPEND", "RUNNING"]),
        ((), "save", "stop", ["SAVE_STOP", "RUNNING"]),
        ((), "shutdown", "undeploy", ["SHUTDOWN_UNDEPLOY", "RUNNING"]),
        ((), "shutdown", "terminate", ["SHUTDOWN", "RUNNING"]),
        ((), "epilog", "terminate", ["SHUTDOWN", "EPILOG", "EPILOG_FAILURE"]),
        ((), "epilog", "stop", ["SAVE_STOP", "EPILOG_STOP", "EPILOG_STOP_FAILURE"]),
        (("poweroff",), "deploy", "resume", ["BOOT_POWEROFF", "POWEROFF"]),
        (("suspend",), "restore", "resume", ["BOOT_SUSPENDED", "SUSPENDED"]),
    ],
)
def test_drivers_that_fail(sim, before, verb, action, steps):
    vm = prepared(sim, *before)
    sim.fault(f'vm.{verb} fail="out of order"')
    assert sim.act(action, vm) == steps
    assert sim.error(vm).endswith(": out of order")
    if verb != "epilog":
        assert sim.error(vm).startswith(verb.upper())


def test_a_boot_that_fails_is_tried_again(sim):
    sim.fault("boot fail times=2")
    vm = sim.vm()
    assert sim.state(vm) == "BOOT_FAILURE"
    assert "not available for state BOOT_FAILURE" in refused(sim, "one.vm.action", "poweroff-hard", vm).text
    assert sim.steps("one.vm.recover", vm, 2) == ["BOOT", "BOOT_FAILURE"]
    assert sim.steps("one.vm.recover", vm, 2) == ["BOOT", "RUNNING"]
    assert sim.error(vm).startswith("DEPLOY: ")


def test_a_failed_boot_deleted(sim):
    sim.fault("boot fail")
    vm = sim.vm()
    assert sim.steps("one.vm.recover", vm, 3)[-1] == "DONE"
    assert sim.leases() == [] and sim.image_state() == READY


def test_a_vm_made_anew_keeps_its_address(sim):
    vm = sim.vm()
    assert sim.steps("one.vm.recover", vm, 4) == ["CLEANUP_RESUBMIT", "PENDING", *START, "RUNNING"]
    assert sim.leases() == ["10.0.0.1"]
    sim.fault("boot fail")
    assert sim.steps("one.vm.recover", vm, 4)[-1] == "BOOT_FAILURE"


def test_a_vm_taken_out_of_the_database(sim):
    vm = sim.vm()
    sim.call("one.vm.recover", vm, 5)
    assert sim.state(vm) == "DONE" and sim.image_state() == READY


@pytest.mark.parametrize(("outcome", "state"), [(0, "PROLOG_FAILURE"), (1, "BOOT"), (2, "PROLOG")])
def test_a_failed_prolog_recovered(sim, outcome, state):
    sim.fault("vm.prolog fail")
    vm = sim.vm()
    assert sim.state(vm) == "PROLOG_FAILURE"
    sim.call("one.vm.recover", vm, outcome)
    assert sim.state(vm) == state


def test_nobody_answers_twice(sim):
    vm = sim.vm()
    sim.call("one.vm.action", "poweroff", vm)
    sim.call("one.vm.recover", vm, 1)
    assert sim.state(vm) == "POWEROFF"
    sim.settle()
    assert sim.state(vm) == "POWEROFF"
