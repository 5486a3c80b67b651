"""Long waits: reported regularly, and given up if no host accepts a VM."""

import logging
from types import SimpleNamespace

import pytest

from onecore.basics.errors import SettleError
from onecore.cloud import campaign as module
from onecore.cloud.campaign import Campaign
from onecore.cloud.procedure import Moment, Wait
from onecore.kinds.vm.kind import VM
from tests.doubles.fake_vms import cloud_with, vm

FULL = "[HOST] Not enough CPU on hosts: 0,1,2"


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(module, "time", clock)
    return clock


def pending(number, why=FULL, **content):
    said = {"SCHED_MESSAGE": f"Sun Nov 29 08:44:22 2026: {why}"}
    return vm(number, f"vm{number}", STATE=1, LCM_STATE=0, USER_TEMPLATE=said, **content)


def campaign(clock, *vms, happens=lambda now: None, **options):
    """A campaign over a cloud, in which something happens while it pauses."""
    fake, cloud = cloud_with(*vms)

    def pause(seconds):
        clock.now += max(seconds, 0.5)
        happens(fake)

    cloud.sleep = pause
    return Campaign(cloud, pause=pause, **options)


def running(number, timeout=600):
    yield Wait(VM, number, lambda now: now.state == 3, "running", timeout)


def test_who_waits_long_says_so(clock, caplog):
    caplog.set_level(logging.INFO)
    told = []
    work = campaign(clock, vm(0, "web", STATE=3, LCM_STATE=11), tell=lambda task: told.append(task.step))
    work.add("web", ending(100))
    work.run()
    news = [f"waiting for its end for {seconds} s; its state is EPILOG" for seconds in (30, 60, 90)]
    assert [step for step in told if step] == ["waiting for its end", *news]
    assert [record.getMessage() for record in caplog.records] == [f"VM web of alice: {step}" for step in news]


def ending(timeout):
    yield Wait(VM, 0, lambda now: now is None, "its end", timeout)


def test_no_host_is_not_awaited_for_ever(clock):
    work = campaign(clock, pending(0))
    task = work.add("web", running(0))
    work.run()
    assert 30 <= clock.now < 32
    assert isinstance(task.failure, SettleError)
    assert task.error.startswith(f"no host has room for it: {FULL}. It stays PENDING")


def test_another_reason_begins_anew(clock):
    def happens(fake):
        why = FULL if clock.now < 20 else "[HOST] Not enough memory on hosts: 0"
        fake.objects["onevm"][0] = pending(0, why)

    work = campaign(clock, pending(0), happens=happens)
    work.add("web", running(0))
    work.run()
    assert 50 <= clock.now < 53


def test_what_is_under_way_may_make_room(clock):
    def happens(fake):
        if clock.now > 100:
            fake.objects["onevm"].pop(1, None)
            fake.objects["onevm"][0] = vm(0, "vm0")

    work = campaign(clock, pending(0), vm(1, "old", STATE=3, LCM_STATE=11), happens=happens)
    going = Wait(VM, 1, lambda now: now is None, "its end", 600)
    tasks = [work.add("new", running(0)), work.add("old", (each for each in [going])), work.add("third", waits())]
    work.run()
    assert [task.state for task in tasks] == ["done", "done", "done"]


def waits():
    yield Moment(3)


def test_time_that_is_up_tells_the_reason(clock):
    work = campaign(clock, pending(0))
    task = work.add("web", running(0, 10))
    work.run()
    assert task.error.startswith("waited 10 s for running; the last state seen was PENDING (")
    assert FULL in task.error


def frozen(clock, seconds):
    """A campaign whose every read takes so long, and the VM of number 0 in it."""
    run = campaign(clock, vm(0, "web", STATE=8, LCM_STATE=0))
    refresh = run.cloud.refresh

    def slow(*given):
        clock.now += seconds
        refresh(*given)

    run.cloud.refresh = slow
    return run


def awaited(looks, timeout=30):
    """Waits until a VM was read so many times."""
    seen = []
    yield Wait(VM, 0, lambda now: seen.append(now) or len(seen) >= looks, "it", timeout)


def test_a_daemon_that_did_not_answer_gets_a_moment_to_continue(clock):
    """It accepts an action, is stopped, and answers a read before it begins the action."""
    run = frozen(clock, 33)
    task = run.add("it", awaited(looks=2))
    run.run()
    assert (task.state, task.error) == ("done", "")


@pytest.mark.parametrize(("seconds", "ends"), [(33, 68), (0, 31.5)])
def test_a_daemon_that_answers_late_every_time_is_not_awaited_for_ever(clock, seconds, ends):
    run = frozen(clock, seconds)
    task = run.add("it", awaited(looks=500))
    run.run()
    assert "waited 30 s for it" in task.error and clock.now <= ends
