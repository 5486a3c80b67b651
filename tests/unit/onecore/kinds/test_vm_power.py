"""Step-by-step operations on one VM: power, powering off temporarily, recreating, removal."""

import pytest

from onecore.basics.errors import ActionError
from onecore.basics.marks import RESTORE
from onecore.kinds.vm.kind import VM
from onecore.kinds.vm.power import power, recreate, terminate, while_off
from tests.doubles.fake_vms import cloud_with, run, vm
from tests.unit.onecore.cloud.test_waiting import Clock


def state(fake, number=0):
    return fake.vm(number)["STATE"], fake.vm(number)["LCM_STATE"]


@pytest.mark.parametrize(
    ("old", "new", "actions"),
    [
        ("running", "poweroff", ["poweroff"]),
        ("poweroff", "running", ["resume"]),
        ("running", "running", []),
        ("suspended", "poweroff", ["resume", "poweroff"]),
        ("poweroff", "suspended", ["resume", "suspend"]),
        ("suspended", "undeployed", ["resume", "undeploy"]),
        ("undeployed", "stopped", ["resume", "stop"]),
    ],
)
def test_power_takes_the_shortest_way(old, new, actions):
    fake, cloud = cloud_with(vm(power=old))
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], new))
    assert (task.state, task.error) == ("done", "")
    assert fake.acted() == [(0, action) for action in actions]


def test_power_can_be_taken_away_without_asking_the_guest():
    fake, cloud = cloud_with(vm())
    run(cloud, power(cloud, cloud.pool(VM).by_id[0], "poweroff", hard=True))
    assert fake.acted() == [(0, "poweroff-hard")]


def test_a_vm_on_its_way_is_waited_for_first():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=2))
    fake.coming[0] = [lambda: None, fake._to(0, (3, 3))]
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], "poweroff"))
    assert task.state == "done"
    assert fake.acted() == [(0, "poweroff")]


def test_a_driver_that_cannot_is_told_with_its_words():
    fake, cloud = cloud_with(vm(USER_TEMPLATE={"ERROR": "Monday: SHUTDOWN: old"}))
    fake.failing["poweroff", 0] = "Tuesday: SHUTDOWN: domain is busy"
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], "poweroff"))
    assert task.error == "the driver failed: Tuesday: SHUTDOWN: domain is busy"


def test_a_driver_that_fails_without_a_word():
    fake, cloud = cloud_with(vm(USER_TEMPLATE={"ERROR": "Monday: SHUTDOWN: old"}))
    fake.failing["poweroff", 0] = "Monday: SHUTDOWN: old"
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], "poweroff"))
    assert task.error == "OpenNebula started it and gave up: the VM is in state RUNNING again"


def test_a_failure_between_two_looks():
    first, second = {"OID": 0, "SEQ": 0}, {"OID": 0, "SEQ": 1}
    fake, cloud = cloud_with(vm(power="suspended", HISTORY_RECORDS={"HISTORY": [first]}))

    def tried():
        fake.vm(0)["HISTORY_RECORDS"] = {"HISTORY": [second]}

    fake.answers["one.vm.action"] = lambda action, number: fake.coming.update({number: [lambda: None, tried]})
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], "running"))
    assert task.error == "OpenNebula started it and gave up: the VM is in state SUSPENDED again"


def test_a_new_entry_of_the_history_comes_before_the_new_state():
    """OpenNebula stores the history of an action first: a VM that is read in between has not given up."""
    first, second = {"OID": 0, "SEQ": 0}, {"OID": 0, "SEQ": 1}
    fake, cloud = cloud_with(vm(power="poweroff", HISTORY_RECORDS={"HISTORY": [first]}))

    def tried():
        fake.vm(0)["HISTORY_RECORDS"] = {"HISTORY": [second]}

    fake.answers["one.vm.action"] = lambda action, number: fake.coming.update(
        {number: [tried, lambda: None, fake._to(0, (3, 3))]}
    )
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], "running"))
    assert (task.state, task.error) == ("done", "")


def test_an_old_failure_is_no_failure():
    _, cloud = cloud_with(vm(USER_TEMPLATE={"ERROR": "Monday: SHUTDOWN: old"}))
    assert run(cloud, power(cloud, cloud.pool(VM).by_id[0], "poweroff")).state == "done"


def test_a_boot_that_fails_is_told_with_the_state():
    _, cloud = cloud_with(vm(power="poweroff"), failing={("resume", 0): "no memory"})
    task = run(cloud, power(cloud, cloud.pool(VM).by_id[0], "running"))
    assert task.error == "the VM is in state BOOT_FAILURE: no memory"


def test_there_is_no_way_into_hold():
    fake, cloud = cloud_with(vm())
    assert run(cloud, power(cloud, cloud.pool(VM).by_id[0], "hold")).error == (
        "OpenNebula cannot change it from running to hold"
    )
    assert not fake.writes


# -- off for a while ---------------------------------------------------------------------------------------------


def worked(vm):
    return vm
    yield


def broken(vm):
    raise ActionError("no room")
    yield


@pytest.mark.parametrize("was", ["running", "suspended", "undeployed"])
def test_a_vm_comes_back_to_where_it_was(was):
    fake, cloud = cloud_with(vm(power=was))
    task = run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], worked))
    assert task.state == "done", task.error
    assert fake._power(0) == was
    assert fake.vm(0)["USER_TEMPLATE"].get(RESTORE) is None


def test_a_vm_that_was_off_stays_off_and_nothing_is_kept():
    fake, cloud = cloud_with(vm(power="poweroff"))
    run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], worked))
    assert not fake.writes


def test_nothing_is_kept_where_the_goal_is_known():
    fake, cloud = cloud_with(vm())
    run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], worked, then="running"))
    assert fake.acted() == [(0, "poweroff"), (0, "resume")]
    assert len(fake.writes) == 2


def test_it_comes_back_after_a_failure():
    fake, cloud = cloud_with(vm())
    task = run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], broken))
    assert task.error == "no room"
    assert fake._power(0) == "running"


def test_both_failures_are_told():
    _, cloud = cloud_with(vm(), failing={("resume", 0): "no memory"})
    task = run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], broken))
    assert task.error == (
        "no room; it could not be brought back to running: the VM is in state BOOT_FAILURE: no memory"
    )


def test_a_run_after_one_that_was_cut_short_brings_it_back():
    fake, cloud = cloud_with(vm())
    first = while_off(cloud, cloud.pool(VM).by_id[0], worked)
    next(first)
    first.close()
    fake._to(0, (8, 0))()
    cloud.refresh(VM, [0])
    run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], worked))
    assert fake._power(0) == "running"


def test_what_an_earlier_run_kept_does_not_outlive_what_somebody_did_since():
    fake, cloud = cloud_with(vm(USER_TEMPLATE={RESTORE: "suspended"}))
    first = while_off(cloud, cloud.pool(VM).by_id[0], worked)
    next(first)
    first.close()
    assert fake.vm(0)["USER_TEMPLATE"][RESTORE] == "running"
    fake._to(0, (8, 0))()
    cloud.refresh(VM, [0])
    run(cloud, while_off(cloud, cloud.pool(VM).by_id[0], worked))
    assert fake._power(0) == "running"
    assert RESTORE not in fake.vm(0)["USER_TEMPLATE"]


# -- again and away -----------------------------------------------------------------------------------------------


def test_making_anew_waits_past_the_old_state():
    fake, cloud = cloud_with(vm())
    task = run(cloud, recreate(cloud, cloud.pool(VM).by_id[0]))
    assert (task.state, state(fake)) == ("done", (3, 3))
    assert fake.looks >= 4


def test_making_anew_may_fail_at_boot():
    _, cloud = cloud_with(vm(), failing={("recover", 0): "no memory"})
    task = run(cloud, recreate(cloud, cloud.pool(VM).by_id[0]))
    assert task.error == "the VM is in state BOOT_FAILURE: no memory"


def test_removal_waits_for_the_end():
    fake, cloud = cloud_with(vm())
    assert run(cloud, terminate(cloud, cloud.pool(VM).by_id[0])).state == "done"
    assert fake.acted() == [(0, "terminate-hard")]
    assert not cloud.pool(VM).by_id


def test_what_is_under_way_ends_before_a_removal():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=2))
    fake.coming[0] = [lambda: None, fake._to(0, (3, 3))]
    assert run(cloud, terminate(cloud, cloud.pool(VM).by_id[0])).state == "done"
    assert fake.acted() == [(0, "terminate-hard")]


def test_what_is_on_its_way_out_is_not_removed_again():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=11))
    fake.coming[0] = [lambda: None, lambda: fake._end(0)]
    assert run(cloud, terminate(cloud, cloud.pool(VM).by_id[0])).state == "done"
    assert fake.acted() == []


def test_a_removal_from_a_failure_begins_a_moment_later():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=47))
    fake.answers["one.vm.action"] = lambda *_: fake.coming.update({0: [lambda: None, lambda: fake._end(0)]})
    task = run(cloud, terminate(cloud, cloud.pool(VM).by_id[0]))
    assert (task.state, task.error) == ("done", "")


def test_a_removal_that_ends_in_another_failure():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=47))
    fake.answers["one.vm.action"] = lambda *_: fake.coming.update({0: [lambda: None, fake._to(0, (3, 40))]})
    task = run(cloud, terminate(cloud, cloud.pool(VM).by_id[0]))
    assert task.error == "the VM is in state EPILOG_FAILURE"


def test_a_removal_that_fails_without_a_word():
    _, cloud = cloud_with(vm(USER_TEMPLATE={"ERROR": "busy"}), failing={("terminate", 0): "busy"})
    task = run(cloud, terminate(cloud, cloud.pool(VM).by_id[0], hard=False))
    assert task.error == "OpenNebula started it and gave up: the VM is in state RUNNING again"


@pytest.mark.parametrize("error", ["", "Monday: SHUTDOWN: busy"])
@pytest.mark.parametrize(
    "work", [lambda cloud, vm: terminate(cloud, vm), lambda cloud, vm: power(cloud, vm, "poweroff")], ids=["end", "off"]
)
def test_a_failure_without_a_trace_is_not_waited_for_until_the_end(monkeypatch, work, error):
    """The driver fails between two looks, and the VM is as it was, with the error of the same second if it has one."""
    fake, cloud = cloud_with(vm(USER_TEMPLATE={"ERROR": error} if error else {}))
    fake.answers["one.vm.action"] = lambda *_: 0
    clock = Clock(monkeypatch, fake)
    cloud.sleep = clock.sleep
    task = run(cloud, work(cloud, cloud.pool(VM).by_id[0]))
    assert task.error == (
        "OpenNebula has not begun the action within 30 s, or its driver failed without a message: the VM is still in "
        f"state RUNNING{f'; its last error is: {error}' if error else ''}"
    )
    assert 30 <= clock.now < 32


def test_a_slow_end_is_waited_for(monkeypatch):
    fake, cloud = cloud_with(vm())
    slowly = [fake._to(0, (3, 12)), *[lambda: None] * 60, lambda: fake._end(0)]
    fake.answers["one.vm.action"] = lambda *_: fake.coming.update({0: slowly})
    clock = Clock(monkeypatch, fake)
    cloud.sleep = clock.sleep
    assert run(cloud, terminate(cloud, cloud.pool(VM).by_id[0])).error == ""
    assert clock.now > 50


def test_a_removal_that_fails_is_told():
    _, cloud = cloud_with(vm(), failing={("terminate", 0): "busy"})
    assert run(cloud, terminate(cloud, cloud.pool(VM).by_id[0], hard=False)).error == "the driver failed: busy"
