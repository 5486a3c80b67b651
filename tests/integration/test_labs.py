"""Labs through a real master: the runner, the orchestrations, their exit codes and reports."""

import json
import pathlib
import subprocess
import sys

import pytest
from lxml import etree

from tools.masterless import calls_between, writes

RUNNING = ("3", "3")
SCHOOL = {"database", "web"}


@pytest.fixture(scope="module")
def lab(runner):
    """A user, and the user's lab."""
    code, states = runner("state.orchestrate", "orch.add_user", pillar={"user": "alice"})
    assert code == 0, states


def machines(witness):
    """{name: power state} of the VMs of labs."""
    found = witness.pool("one.vmpool.infoextended", -2, -1, -1, -1).iterfind("VM")
    return {
        vm.findtext("NAME"): (vm.findtext("STATE"), vm.findtext("LCM_STATE"))
        for vm in found
        if vm.findtext("USER_TEMPLATE/LAB") == "school"
    }


def test_a_user_is_added_with_a_lab(lab, witness):
    assert machines(witness) == dict.fromkeys(SCHOOL, RUNNING)


def test_a_second_build_changes_nothing(lab, runner):
    code, told = runner("onelab.build", "school", user="alice")
    assert code == 0
    assert {row["outcome"] for row in told["vms"].values()} == {"as declared"}


def test_one_vm_is_reset(lab, runner, witness):
    code, states = runner("state.orchestrate", "orch.reset_vm", pillar={"user": "alice", "vm": "web"})
    assert code == 0, states
    assert machines(witness) == dict.fromkeys(SCHOOL, RUNNING)


def test_a_lab_is_rebuilt_and_reported(lab, runner, tmp_path):
    report = tmp_path / "school.xml"
    code, told = runner("onelab.rebuild", "school", user="alice", junit=str(report))
    assert code == 0, told
    assert told["totals"]["rebuilt"] == 2
    cases = etree.parse(report).getroot().iterfind(".//testcase")
    assert {(case.get("classname"), case.get("name")) for case in cases} == {("alice.school", name) for name in SCHOOL}


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        (["onelab.build"], {}, "must be given"),
        (["onelab.reset", "shcool"], {}, "did you mean 'school'?"),
        (["onelab.reset", "school"], {"user": "basile"}, "it does not exist: build the lab first"),
    ],
)
def test_a_failure_is_told_without_a_traceback_and_exits_with_1(lab, runner, words, options, said):
    code, told = runner(*words, **options)
    assert code == 1
    assert said in str(told)
    assert "Traceback" not in str(told)


@pytest.mark.parametrize("options", [{}, {"user": "alice"}, {"user": "basile", "vm": "web"}])
def test_an_orchestration_that_fails_exits_with_1(lab, runner, options):
    code, states = runner("state.orchestrate", "orch.reset_vm", pillar=options)
    assert code == 1
    assert "Traceback" not in json.dumps(states)


@pytest.fixture
def by_minion(salt_master, salt_minion, runner, tmp_path):
    """Run an orchestration with a master's configuration that says which minion manages the cloud."""
    own = pathlib.Path(salt_master.config_dir, "master").read_text()
    (tmp_path / "master").write_text(f"{own}\nopennebula_minion: {salt_minion.id}\n")

    def orchestrate(name, pillar):
        program = pathlib.Path(sys.executable).with_name("salt-run")
        words = ["state.orchestrate", f"orch.{name}", f"pillar={json.dumps(pillar)}", "--out=json", "-l", "quiet"]
        done = subprocess.run([program, "-c", tmp_path, *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    return orchestrate


def test_a_user_is_added_by_the_minion_that_manages_the_cloud(lab, by_minion, witness):
    code, told = by_minion("add_user", {"user": "basile", "lab": False})
    assert code == 0, told
    # The state does not wait until they run.
    made = [vm for vm in witness.pool("one.vmpool.infoextended", -2, -1, -1, -1) if vm.findtext("NAME") == "gateway"]
    assert sorted(vm.findtext("UNAME") for vm in made) == ["alice", "basile"]
    code, told = by_minion("add_user", {"user": "bsaile"})
    assert code == 1
    assert "did you mean 'basile'?" in told
    assert "One or more requisite failed" in told


def test_a_dry_run_of_an_orchestration_writes_nothing(lab, runner, witness):
    before = witness.counters()
    pillar = {"lab": "school", "user": "alice", "test": True}
    code, states = runner("state.orchestrate", "orch.rebuild_lab", pillar=pillar)
    assert code == 0, states
    assert writes(calls_between(before, witness.counters())) == 0


def test_a_lab_is_destroyed_by_its_name(lab, runner, witness):
    assert runner("onelab.destroy", "school", user="alice", test=True)[0] == 0
    assert machines(witness).keys() == SCHOOL
    code, told = runner("onelab.destroy", "school", user="alice")
    assert code == 0, told
    assert machines(witness) == {}
