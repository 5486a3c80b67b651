"""A pillar is either refused as a whole, or applied completely: then a second run changes nothing.

The example pillar is mutated at random, and so is one with what the example has none of. `make chaos` tries thousands
of mutations, the tests a sample.
"""

import os
import pathlib
import re

import pytest
import yaml
from lxml import etree

from onecore.basics.errors import OneError
from onecore.cloud import campaign
from onecore.orchestration.lab_campaign import run as run_labs
from onecore.orchestration.lab_work import Build
from onecore.orchestration.users import build, faults
from onecore.pillar.labs import labs_of, machines
from onecore.pillar.layers import merge, users
from tests.doubles.everything import everything
from tests.doubles.mutations import Mutations
from tests.doubles.simulated import Simulated

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "pillar" / "examples" / "schools" / "opennebula"
USERS = ("alice", "basile", "nora")
NETWORKS = ("academie", "windows", "RIE", "dmz1", "pedago1")
SEEDS = range(int(os.environ.get("MUTATIONS", "60")))
#: How many mutations of the pillar with everything else there are for each of the example.
PART = 3
#: How many mutations tell the part of those that are no faults: all of `make chaos` would exceed the time of one test.
ENOUGH = 600
#: What only the cloud knows: what it holds besides, whom it lets use that, how much there is of it, what guests do.
OF_THE_CLOUD = re.compile(
    "does not exist|does not own an image|Not authorized|is not shared with|limit of .* reached|Not enough space|"
    "is less than the|this cloud has no driver|needs the attribute VROUTER|is for virtual routers|"
    "is locked by|has [0-9]+ consecutive free addresses|free addresses from|"
    "last state seen was PENDING|no host has room for it|its guest's report|"
    # What need not be declared of an object that is there.
    "To create it|the address is not in a range of the network"
)


@pytest.fixture(scope="module")
def example():
    """The example pillar, with two users and five networks of theirs, and one of the second team."""
    merged = {}
    for path in sorted(FOLDER.rglob("*.sls")):
        merged = merge(merged, yaml.safe_load(path.read_text(encoding="utf-8")).get("opennebula", {}))
    merged["users"] = {name: merged["users"][name] for name in USERS}
    for holder in (merged["blueprints"]["eole"], *merged["users"].values()):
        every = holder.get("networks", {})
        holder["networks"] = {name: every[name] for name in NETWORKS if name in every}
    merged["shared"]["groups"]["staff"] = {}
    return {key: value for key, value in merged.items() if key not in ("connection", "pipelines")}


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Time passes when a run sleeps, and at no other time."""
    clock = Clock()
    monkeypatch.setattr(campaign, "time", clock)
    return clock


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


def run(simulated, config, clock):
    """Everything that the pillar declares, labs too: what failed, what was changed, and the calls that wrote."""
    wire = simulated.wire()
    cloud = simulated.connect(wire)

    def sleep(seconds):
        clock.now += max(seconds, 0.5)
        simulated.settle()
        guests_report(simulated)

    cloud.sleep = sleep
    failed, changed = [], []
    for user in (None, *users(config)):
        try:
            reports = build(cloud, config, user, test=False).reports
        except OneError as error:
            failed.append(str(error))
            continue
        failed += [report.error for report in reports if report.error]
        changed += [report.comment(False) for report in reports if report.pending and not report.error]
    for user in users(config):
        works = [Build(machine) for machine in machines(labs_of(config, user))]
        run_labs(cloud, works, pause=sleep)
        failed += [work.report.error for work in works if work.report.error and not work.skipped]
        changed += [work.report.comment(False) for work in works if work.report.pending and not work.report.error]
    return failed, changed, wire.writes


def with_onegate():
    """A fresh cloud whose guests can report that they are ready."""
    simulated = Simulated()
    simulated.cloud.onegate = "http://127.0.0.1:5030"
    return simulated


def guests_report(simulated):
    """Let each running guest that is asked for it report that it is ready."""
    pool = etree.fromstring(simulated.call("one.vmpool.infoextended", -2, -1, -1, -1))
    for vm in pool.iterfind("VM[LCM_STATE='3']"):
        if vm.find("TEMPLATE/CONTEXT/REPORT_READY") is not None and vm.findtext("USER_TEMPLATE/READY") != "YES":
            simulated.call("one.vm.update", int(vm.findtext("ID")), 'READY="YES"', 1)


def looked_up(value):
    """The pillar with secrets in place of where they are kept."""
    if isinstance(value, dict):
        return {key: looked_up(inner) for key, inner in value.items()}
    return "secret" * 9 if isinstance(value, str) and value.startswith("sdb://") else value


def test_the_example_itself(example, clock):
    simulated = with_onegate()
    assert faults(example) == []
    assert run(simulated, example, clock)[0] == []
    assert run(simulated, example, clock) == ([], [], [])


def test_enough_mutations_are_no_faults(example):
    """About three in ten are none [measured over 1000]; without any, nothing would be tested below."""
    tried = SEEDS[:ENOUGH]
    accepted = [seed for seed in tried if not faults(Mutations(example, seed).mutated()[0])]
    assert len(accepted) >= len(tried) // 5


def test_everything_else_itself(example, clock):
    simulated, config = with_onegate(), everything(example)
    assert faults(config) == []
    assert run(simulated, config, clock)[0] == []
    assert run(simulated, config, clock) == ([], [], [])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutated_example(example, clock, seed):
    try_mutated(*Mutations(example, seed).mutated(), clock)


@pytest.mark.parametrize("seed", SEEDS[::PART])
def test_everything_else_mutated(example, clock, seed):
    try_mutated(*Mutations(everything(example), seed).mutated(), clock)


def try_mutated(config, told, clock):
    """See that a mutated pillar is refused as a whole, or done."""
    if faults(config):
        return
    simulated, config = with_onegate(), looked_up(config)
    failed, _, _ = run(simulated, config, clock)
    assert [error for error in failed if not OF_THE_CLOUD.search(error)] == [], told
    again, changed, writes = run(simulated, config, clock)
    assert changed == [], told
    assert again or not writes, told
