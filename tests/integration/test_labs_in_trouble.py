"""Labs with errors in the middle of a run: messages, remaining objects, and the next run."""

import json
import signal
import time
from contextlib import contextmanager

import pytest
from lxml import etree

USERS = ("alice", "basile")
#: A lab of one VM, which is ready when its guest says so: it takes as long as a test wants it to.
SLOW = {"slow": {"probe": {"template": "server", "networks": ["dmz1"], "ready": "context-report"}}}


@pytest.fixture(scope="module")
def users(runner, declare, salt_call_cli, witness):
    """Two users with their networks and gateways, and a slow lab for alice."""
    declare("slow", {"users": {"alice": {"labs": SLOW}}})
    for user in USERS:
        done = salt_call_cli.run("state.single", "opennebula.infrastructure", user)
        assert done.returncode == 0, done
    while sorted(witness.gateways()) != sorted(USERS):
        time.sleep(0.1)


@pytest.fixture
def fault(embedded, witness):
    """While a block runs, something goes wrong as a rule says; see docs/onesim.md."""
    server = witness._server

    @contextmanager
    def fault(rule):
        number = server.onesim.fault_add(rule)
        try:
            yield
        finally:
            server.onesim.fault_clear(number)

    return fault


def of_lab(witness, lab):
    """[(owner, name, id)] of the VMs of labs of that name."""
    found = witness.pool("one.vmpool.infoextended", -2, -1, -1, -1).iterfind("VM")
    return sorted(
        (vm.findtext("UNAME"), vm.findtext("NAME"), int(vm.findtext("ID")))
        for vm in found
        if vm.findtext("USER_TEMPLATE/LAB") == lab
    )


def outcomes(told):
    return {name: row["outcome"] for name, row in told["vms"].items()}


def await_line(process, words):
    for line in process.stderr:
        if words in line:
            return
    raise AssertionError(f"it ended without saying {words}: {process.stdout.read()}")


def test_a_vm_that_does_not_boot_cuts_off_only_what_comes_after_it(
    users, runner, fault, tmp_path, event_listener, salt_master, witness
):
    report, begun = tmp_path / "school.xml", time.time()
    with fault('boot times=1 fail="no such host"'):
        code, told = runner("onelab.build", "school", user="alice,basile", junit=str(report))
    assert code == 1
    assert sorted(outcomes(told).values()) == ["created", "created", "failed", "skipped"]
    (unlucky,) = {name.partition("/")[0] for name, said in outcomes(told).items() if said == "failed"}
    assert outcomes(told)[f"{unlucky}/database"] == "failed"
    assert "BOOT_FAILURE" in told["vms"][f"{unlucky}/database"]["comment"]
    assert told["error"].startswith("2 of 4 VMs failed:\n")
    (suite,) = etree.parse(report).getroot()
    assert [suite.get(key) for key in ("tests", "failures", "skipped")] == ["4", "1", "1"]
    steps = event_listener.wait_for_events([(salt_master.id, "salt/run/*/progress")], after_time=begun)
    assert {(event.data["user"], event.data["vm"]) for event in steps.matches} <= {
        (user, vm) for user in USERS for vm in ("database", "web")
    }
    ends = event_listener.wait_for_events([(salt_master.id, "salt/run/*/ret")], after_time=begun)
    assert [event.data["return"]["data"]["totals"]["failed"] for event in ends.matches] == [1]

    code, states = runner("state.orchestrate", "orch.rebuild_lab", pillar={"lab": "school", "user": unlucky})
    assert code == 0, states
    assert [(owner, name) for owner, name, _ in of_lab(witness, "school")] == [
        (user, name) for user in USERS for name in ("database", "web")
    ]


def test_an_orchestration_that_failed_in_part_tells_all(users, runner, fault):
    with fault('vm.cancel times=1 fail="guest does not answer"'):
        code, states = runner("state.orchestrate", "orch.rebuild_lab", pillar={"lab": "school", "user": "alice"})
    assert code == 1
    ((state,),) = [host.values() for host in states["data"].values()]
    told = state["changes"]["return"]
    assert outcomes(told) == {"alice/database": "failed", "alice/web": "skipped"}
    assert "guest does not answer" in told["error"]
    assert runner("onelab.rebuild", "school", user="alice")[0] == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_says_what_is_left_and_is_completed_by_the_next(users, begin, runner, witness, how):
    first = begin("onelab.build", "slow", "user=alice")
    await_line(first, "waiting for its guest's report")

    second = begin("onelab.build", "slow", "user=alice")
    refused = json.loads(second.communicate()[0])
    assert second.returncode == 1
    assert f"lab slow of alice is busy with another run: onelab.build, process {first.pid}" in refused["error"]

    first.send_signal(how)
    out, err = first.communicate()
    assert first.returncode == 1
    told = json.loads(out)
    said = "interrupted while waiting for its guest's report: run again to complete it"
    assert said in told["vms"]["alice/probe"]["comment"]
    assert "Traceback" not in err
    ((_, _, number),) = of_lab(witness, "slow")

    witness.call("one.vm.update", number, 'READY="YES"', 1)
    code, told = runner("onelab.build", "slow", user="alice")
    assert code == 0, told
    assert of_lab(witness, "slow") == [("alice", "probe", number)]
    assert runner("onelab.destroy", "slow")[0] == 0
    assert of_lab(witness, "slow") == []


@pytest.mark.parametrize("words", [["onelab.status"], ["onelab.build", "school"], ["onepipeline.run", "nightly"]])
def test_an_endpoint_that_is_down_is_one_sentence(users, runner, declare, words):
    declare("down", {"connection": {"endpoint": "http://127.0.0.1:9/RPC2", "retries": 0}})
    try:
        code, told = runner(*words)
    finally:
        declare("down", None)
    assert code == 1
    assert "127.0.0.1:9" in told
    assert "\n" not in told.strip()
