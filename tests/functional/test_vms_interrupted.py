"""Interrupted runs on VMs and labs: the next run completes them, without duplicates and orphans."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.lab_campaign import run
from onecore.orchestration.lab_work import WORKS
from onecore.orchestration.users import build
from onecore.pillar.labs import chosen, machines
from onecore.verbs.plans import VERBS
from onecore.verbs.verb import perform
from onecore.wire.client import is_read
from tests.doubles.dying import Dying, PowerCut
from tests.doubles.samples import sampled
from tests.doubles.school import CONFIG
from tests.doubles.simulated import Simulated


def lab(name):
    """What is done with the lab; returns what went wrong."""

    def carry_out(cloud):
        outcome = run(cloud, [WORKS[name](each) for each in machines(chosen(CONFIG))])
        return [work.report.error for work in outcome.failed]

    return carry_out


def verb(name, **given):
    """The same of a state of a VM that exists."""

    def carry_out(cloud):
        return [report.error for report in perform(cloud, VERBS[name], [("db", "alice")], given) if report.error]

    return carry_out


def resized(cloud):
    """The same of a change for which a VM is powered off."""
    values = {"memory": 256, "on_change": "poweroff"}
    reports = converge(cloud, KINDS, [Desired("onevm", "db", "alice", values, "eole/alice")])
    return [report.error for report in reports if report.error]


ACTIONS = {
    **{name: lab(name) for name in ("build", "reset", "rebuild", "destroy")},
    "snapshot": verb("snapshot_present", snapshot="later"),
    "revert": verb("reverted", disks=[1]),
    "resize": resized,
}


def succeeded(simulated, name):
    """Do it, and it must succeed; returns the calls it took."""
    wire = simulated.wire()
    assert ACTIONS[name](simulated.connect(wire)) == []
    return wire.log


def prepared(name):
    """A cloud with all that is needed to do this."""
    simulated = Simulated()
    for user in (None, "alice"):
        reports = build(simulated.connect(), CONFIG, user, test=False).reports
        assert [report.error for report in reports if report.error] == []
    if name != "build":
        succeeded(simulated, "build")
    if name == "rebuild":
        newer_image(simulated)
    simulated.settle()
    return simulated


def newer_image(simulated):
    new = simulated.call("one.image.allocate", 'NAME="debian-new"\nTYPE="DATABLOCK"\nSIZE="10"', 1)
    simulated.call("one.image.chmod", new, *[1, 1, 0, 1, 0, 0, 1, 0, 0])
    simulated.settle()
    simulated.call("one.image.rename", 0, "debian-old")
    simulated.call("one.image.rename", new, "debian")


@pytest.fixture(scope="module", params=ACTIONS)
def uninterrupted(request):
    """What is done, the calls it takes, and what it leaves."""
    simulated = prepared(request.param)
    log = succeeded(simulated, request.param)
    expected = simulated.content()
    assert len([each for each in expected if each.startswith("VM(")]) == (0 if request.param == "destroy" else 2)
    return request.param, log, expected


def writes(log):
    return [number for number, (method, _) in enumerate(log, 1) if not is_read(method)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_run_that_died_is_completed_by_the_next(uninterrupted, after):
    name, log, expected = uninterrupted
    for number in sampled(writes(log)):
        simulated = prepared(name)
        with pytest.raises(PowerCut):
            ACTIONS[name](simulated.connect(Dying(simulated.wire(), number, after)))
        succeeded(simulated, name)
        assert simulated.content() == expected, f"call {number}"


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("name", ["build", "reset", "rebuild", "destroy"])
def test_a_run_that_is_ended_tells_what_is_left(name, end):
    """Ctrl-C, and the signal that a job's end sends."""
    expected = writes(succeeded(prepared(name), name))
    for number in expected[:: max(1, len(expected) // 4)]:
        simulated = prepared(name)
        said = ACTIONS[name](simulated.connect(Dying(simulated.wire(), number, True, end)))
        assert said and all("run again to complete it" in each for each in said), said
        succeeded(simulated, name)
