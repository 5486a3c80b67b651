"""One run at a time in the whole cloud."""

import pytest

from onecore.basics.marks import LOCK
from onecore.cloud.directory import USERS
from onecore.orchestration import exclusion
from onecore.orchestration.exclusion import held
from tests.doubles.simulated import Simulated
from tests.doubles.together import Together

NAMES = {"alice": ["lab alice/etb1", "lab alice/etb2"]}


@pytest.fixture
def simulated():
    found = Simulated()
    found.sow({"users": [{"name": "alice", "password": "pw"}, {"name": "bob", "password": "pw"}]})
    return found


def notes(simulated):
    return [name for user in simulated.connect().pool(USERS) for name in user.attributes if name.startswith(LOCK)]


def hold(simulated, station="here", names=NAMES, wire=None, said="a run"):
    return held(simulated.connect(wire), names, station, said, sleep=lambda seconds: None)


def test_what_is_held_is_let_go(simulated):
    with hold(simulated) as holding:
        assert holding.busy == {}
        assert len(notes(simulated)) == 2
    assert notes(simulated) == []


def test_another_one_is_told_who_is_in_the_way(simulated):
    with hold(simulated, "here", {"alice": ["lab alice/etb1"]}, said="onelab.reset, process 7, on master-a"):
        with hold(simulated, "there") as second:
            assert list(second.busy) == ["lab alice/etb1"]
            assert second.busy["lab alice/etb1"].startswith(
                "onelab.reset, process 7, on master-a; if that run was interrupted"
            )
            assert len(notes(simulated)) == 2
        with hold(simulated, "there", {"bob": ["lab bob/etb1"]}) as third:
            assert third.busy == {}
    with hold(simulated, "there") as again:
        assert again.busy == {}


@pytest.fixture
def dead(simulated):
    """A run that has died, as far as anybody can see."""
    run = hold(simulated)
    run.__enter__()
    return run


@pytest.mark.usefixtures("dead")
def test_a_run_that_died_is_in_nobodys_way_at_its_own_station(simulated):
    with hold(simulated) as holding:
        assert holding.busy == {}
    assert notes(simulated) == []


@pytest.mark.usefixtures("dead")
def test_nor_elsewhere_once_its_time_is_over(simulated, monkeypatch):
    with hold(simulated, "there") as holding:
        assert len(holding.busy) == 2
    now = exclusion.time.time()
    monkeypatch.setattr(exclusion.time, "time", lambda: now + exclusion.PERIOD + 1)
    with hold(simulated, "there") as holding:
        assert holding.busy == {}


def test_a_run_that_goes_on_stays_in_the_way(simulated, monkeypatch):
    with hold(simulated) as first:
        now = exclusion.time.time()
        for passed in range(0, 2 * exclusion.PERIOD, exclusion.PROLONGED // 2):
            monkeypatch.setattr(exclusion.time, "time", lambda passed=passed: now + passed)
            first.prolong()
            with hold(simulated, "there") as second:
                assert len(second.busy) == 2


def test_what_belongs_to_nobody_who_is_there_is_not_held(simulated):
    with hold(simulated, names={"carol": ["lab carol/etb1"]}) as holding:
        assert (holding.busy, notes(simulated)) == ({}, [])


@pytest.mark.parametrize("seed", range(12))
def test_of_two_at_once_one_holds_it_at_most(simulated, seed):
    together, inside = Together(seed), []

    def work(who):
        wire = together.wire(simulated, who)
        with hold(simulated, who, {"alice": ["lab"]}, wire) as holding:
            if not holding.busy:
                assert inside == []
                inside.append(who)
                for _ in range(5):
                    holding.cloud.forget(USERS)
                    holding.cloud.pool(USERS)
                inside.remove(who)
            return bool(holding.busy)

    busy = together.run({who: lambda who=who: work(who) for who in "abc"})
    assert all(answer in (True, False) for answer in busy.values()), busy
    assert notes(simulated) == []


def test_the_clock_of_opennebula_counts(simulated, monkeypatch):
    """That of the second master is an hour ahead, and its note of the first one is not over."""
    now, wire = exclusion.time.time(), simulated.wire()
    with hold(simulated, "there"):
        monkeypatch.setattr(exclusion.time, "time", lambda: now + 3600)
        wire.ahead = -3600
        with hold(simulated, "here", wire=wire) as second:
            assert sorted(second.busy) == NAMES["alice"]
