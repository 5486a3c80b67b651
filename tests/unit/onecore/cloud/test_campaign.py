"""Campaigns: order, limits, time, failures, and how few calls waiting takes."""

import pytest

from onecore.basics.errors import ActionError, UnreachableError
from onecore.cloud import campaign as module
from onecore.cloud.campaign import LOOKS_A_ROUND, PAUSE, PAUSES, Campaign, Wait
from onecore.kinds.vm.kind import VM
from onecore.kinds.vm.power import power
from tests.doubles.fake_cloud import described
from tests.doubles.fake_vms import cloud_with, vm


class Clock:
    """Time that passes only while a campaign pauses."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)  # not that of other threads
    return clock


def looks(number, times, log=None, key=None):
    """A procedure that waits until a VM was looked at so many times."""
    seen = []
    if log is not None:
        log.append(f"{key} begins")
    yield Wait(number, lambda now: seen.append(now) or len(seen) >= times, "looks", 100)
    if log is not None:
        log.append(f"{key} ends")
    return len(seen)


def fails(message):
    raise ActionError(message)
    yield


def states(tasks):
    return {task.key: task.state for task in tasks}


def test_results_come_in_the_order_in_which_tasks_were_added():
    _, cloud = cloud_with(vm(0), vm(1))
    campaign = Campaign(cloud, VM)
    campaign.add("slow", looks(0, 3))
    campaign.add("fast", looks(1, 1))
    assert [(task.key, task.state, task.result) for task in campaign.run()] == [
        ("slow", "done", 3),
        ("fast", "done", 1),
    ]


def test_what_comes_after_waits_for_all_it_depends_on():
    _, cloud = cloud_with(vm(0), vm(1), vm(2))
    log = []
    campaign = Campaign(cloud, VM)
    campaign.add("web", looks(2, 1, log, "web"), after=["db", "dns"])
    campaign.add("db", looks(0, 1, log, "db"))
    campaign.add("dns", looks(1, 4, log, "dns"))
    campaign.run()
    assert log == ["db begins", "dns begins", "db ends", "dns ends", "web begins", "web ends"]


def test_what_depends_on_a_failure_is_skipped_and_nothing_else():
    _, cloud = cloud_with(vm(0))
    campaign = Campaign(cloud, VM)
    campaign.add("db", fails("no"))
    campaign.add("web", looks(0, 1), after=["db"])
    campaign.add("browser", looks(0, 1), after=["web"])
    campaign.add("other", looks(0, 1))
    tasks = campaign.run()
    assert states(tasks) == {"db": "failed", "web": "skipped", "browser": "skipped", "other": "done"}
    assert tasks[0].error == "no"
    assert tasks[2].error == "not begun, since web skipped"


def test_a_circle_and_a_missing_task_end():
    _, cloud = cloud_with(vm(0))
    campaign = Campaign(cloud, VM)
    campaign.add("a", looks(0, 1), after=["b"])
    campaign.add("b", looks(0, 1), after=["a"])
    campaign.add("c", looks(0, 1), after=["nobody"])
    campaign.add("d", looks(0, 1))
    tasks = campaign.run()
    assert states(tasks) == {"a": "failed", "b": "failed", "c": "failed", "d": "done"}
    assert "nobody" in tasks[2].error


def test_no_more_run_at_a_time_than_allowed():
    _, cloud = cloud_with(*(vm(number) for number in range(6)))
    running, most = set(), []

    def told(task):
        running.add(task.key) if task.state == "running" else running.discard(task.key)
        most.append(len(running))

    campaign = Campaign(cloud, VM, most=2, tell=told)
    for number in range(6):
        campaign.add(number, looks(number, 2))
    assert all(task.state == "done" for task in campaign.run())
    assert max(most) == 2


def test_time_runs_out_for_each_by_itself(clock):
    fake, cloud = cloud_with(vm(0, power="poweroff"), vm(1))
    cloud.sleep = clock.sleep
    fake.failing["resume", 0] = None
    campaign = Campaign(cloud, VM)
    campaign.add("stuck", power(cloud, cloud.pool(VM).by_id[0], "running", timeout=30))
    campaign.add("patient", looks(1, 100))
    tasks = campaign.run()
    assert states(tasks) == {"stuck": "failed", "patient": "done"}
    assert tasks[0].error == "waited 30 s for running in vain; the last state seen was BOOT_POWEROFF"
    assert 30 <= clock.now < 60


def test_many_are_awaited_with_one_call_a_look(clock):
    fake, cloud = cloud_with(*(vm(number) for number in range(120)))
    cloud.sleep = clock.sleep
    campaign = Campaign(cloud, VM)
    for number in range(120):
        # They end one after the other.
        campaign.add(number, looks(number, number + 1))
    campaign.run()
    reads = fake.calls["one.vmpool.infoset"] + fake.calls["one.vm.info"]
    assert reads <= clock.now / PAUSE + LOOKS_A_ROUND


def test_time_that_calls_take_pays_for_looks_that_come_sooner(clock):
    _, cloud = cloud_with(*(vm(number) for number in range(120)))
    cloud.sleep = clock.sleep

    def slow(number):
        clock.sleep(0.1)
        yield from looks(number, 1 + number % 2)

    campaign = Campaign(cloud, VM)
    for number in range(120):
        campaign.add(number, slow(number))
    campaign.run()
    assert clock.now < 12 + 2 * PAUSES[0] + PAUSES[1]


def test_waiting_without_news_takes_two_calls_a_second(clock):
    fake, cloud = cloud_with(vm(0), vm(1))
    cloud.sleep = clock.sleep
    campaign = Campaign(cloud, VM)
    for number in (0, 1):
        campaign.add(number, looks(number, 200))
    campaign.run()
    assert fake.calls["one.vmpool.infoset"] == 200
    assert clock.now >= 98


def test_a_lost_connection_ends_everything_with_its_sentence():
    fake, cloud = cloud_with(vm(0), vm(1))
    campaign = Campaign(cloud, VM)
    campaign.add(0, looks(0, 9))
    campaign.add(1, looks(1, 9))
    fake.answers["one.vmpool.infoset"] = UnreachableError("No connection.")
    assert {task.error for task in campaign.run()} == {"No connection."}
    assert fake.calls["one.vmpool.infoset"] == 1


def test_a_procedure_may_put_something_right_before_it_fails():
    fake, cloud = cloud_with(vm(0), failing={("disksnapshotcreate", 0): "no room"})

    def careful():
        try:
            yield Wait(0, lambda now: fails("gone wrong").send(None), "something", 5)
        except ActionError:
            yield Wait(0, lambda now: True, "an end", 5)
            fake.log.append("put right")
            raise

    campaign = Campaign(cloud, VM)
    task = campaign.add("it", careful())
    campaign.run()
    assert (task.state, task.error) == ("failed", "gone wrong")
    assert "put right" in fake.log


def test_an_interruption_passes_and_leaves_what_was_reached():
    _, cloud = cloud_with(vm(0), vm(1))

    def interrupt(seconds):
        raise KeyboardInterrupt

    closed = []

    def procedure():
        try:
            yield Wait(0, lambda now: False, "for ever", 100)
        finally:
            closed.append(True)

    campaign = Campaign(cloud, VM, pause=interrupt)
    campaign.add("done", iter_of_nothing())
    campaign.add("running", procedure())
    with pytest.raises(KeyboardInterrupt):
        campaign.run()
    assert states(campaign.tasks.values()) == {"done": "done", "running": "running"}
    assert closed == [True]


def iter_of_nothing():
    return None
    yield


def test_a_vm_that_is_gone_is_seen_as_none():
    _, cloud = cloud_with(vm(0), vm(1))
    seen = []

    def waits():
        yield Wait(7, lambda now: seen.append(now) or True, "nothing", 5)

    campaign = Campaign(cloud, VM)
    campaign.add("it", waits())
    campaign.run()
    assert seen == [None]


def test_a_vm_that_is_done_is_gone_from_a_joint_reading():
    fake, cloud = cloud_with(vm(0), described("onevm", 1, "old", STATE=6, LCM_STATE=0))
    cloud.pool(VM)
    cloud.refresh(VM, [0, 1])
    assert set(cloud.pool(VM).by_id) == {0}
    assert fake.calls["one.vmpool.infoset"] == 1
