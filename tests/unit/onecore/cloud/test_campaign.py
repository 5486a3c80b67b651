"""Campaigns: order, limits, time, failures, and the number of calls for waiting."""

import pytest

from onecore.basics.errors import ActionError, SettleError, UnreachableError
from onecore.cloud import campaign as module
from onecore.cloud.campaign import Campaign, alone
from onecore.cloud.pacing import LOOKS_A_ROUND, PAUSE, PAUSES
from onecore.cloud.procedure import Moment, Turn, Wait
from onecore.kinds.image import IMAGE
from onecore.kinds.user import USER
from onecore.kinds.vm.kind import VM
from onecore.kinds.vm.power import power
from onecore.kinds.vnet.kind import VNET
from tests.doubles.fake_cloud import FakeCloud, described
from tests.doubles.fake_cloud import cloud_of as quiet_cloud
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
    yield Wait(VM, number, lambda now: seen.append(now) or len(seen) >= times, "looks", 100)
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
    campaign = Campaign(cloud)
    campaign.add("slow", looks(0, 3))
    campaign.add("fast", looks(1, 1))
    assert [(task.key, task.state, task.result) for task in campaign.run()] == [
        ("slow", "done", 3),
        ("fast", "done", 1),
    ]


def test_what_comes_after_waits_for_all_it_depends_on():
    _, cloud = cloud_with(vm(0), vm(1), vm(2))
    log = []
    campaign = Campaign(cloud)
    campaign.add("web", looks(2, 1, log, "web"), after=["db", "dns"])
    campaign.add("db", looks(0, 1, log, "db"))
    campaign.add("dns", looks(1, 4, log, "dns"))
    campaign.run()
    assert log == ["db begins", "dns begins", "db ends", "dns ends", "web begins", "web ends"]


def test_what_depends_on_a_failure_is_skipped_and_nothing_else():
    _, cloud = cloud_with(vm(0))
    campaign = Campaign(cloud)
    campaign.add("db", fails("no"))
    campaign.add("web", looks(0, 1), after=["db"])
    campaign.add("browser", looks(0, 1), after=["web"])
    campaign.add("other", looks(0, 1))
    tasks = campaign.run()
    assert states(tasks) == {"db": "failed", "web": "skipped", "browser": "skipped", "other": "done"}
    assert tasks[0].error == "no"
    assert tasks[2].error == "not started, since web was skipped"


def test_a_circle_and_a_missing_task_end():
    _, cloud = cloud_with(vm(0))
    campaign = Campaign(cloud)
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

    campaign = Campaign(cloud, most=2, tell=told)
    for number in range(6):
        campaign.add(number, looks(number, 2))
    assert all(task.state == "done" for task in campaign.run())
    assert max(most) == 2


def test_time_runs_out_for_each_by_itself(clock):
    fake, cloud = cloud_with(vm(0, power="poweroff"), vm(1))
    cloud.sleep = clock.sleep
    fake.failing["resume", 0] = None
    campaign = Campaign(cloud)
    campaign.add("stuck", power(cloud, cloud.pool(VM).by_id[0], "running", timeout=30))
    campaign.add("patient", looks(1, 50))
    tasks = campaign.run()
    assert states(tasks) == {"stuck": "failed", "patient": "done"}
    assert tasks[0].error == "waited 30 s for running; the last state seen was BOOT_POWEROFF"
    assert 30 <= clock.now < 60


def test_many_are_awaited_with_one_call_a_look(clock):
    fake, cloud = cloud_with(*(vm(number) for number in range(120)))
    cloud.sleep = clock.sleep
    campaign = Campaign(cloud)
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

    campaign = Campaign(cloud)
    for number in range(120):
        campaign.add(number, slow(number))
    campaign.run()
    assert clock.now < 12 + 2 * PAUSES[0] + PAUSES[1]


def test_waiting_without_news_takes_a_call_a_second(clock):
    fake, cloud = cloud_with(vm(0), vm(1))
    cloud.sleep = clock.sleep
    campaign = Campaign(cloud)
    for number in (0, 1):
        campaign.add(number, looks(number, 90))
    assert states(campaign.run()) == {0: "done", 1: "done"}
    assert fake.calls["one.vmpool.infoset"] == 90
    assert clock.now >= 80


def test_a_lost_connection_ends_everything_with_its_sentence():
    fake, cloud = cloud_with(vm(0), vm(1))
    campaign = Campaign(cloud)
    campaign.add(0, looks(0, 9))
    campaign.add(1, looks(1, 9))
    fake.answers["one.vmpool.infoset"] = UnreachableError("No connection.")
    assert {task.error for task in campaign.run()} == {"No connection."}
    assert fake.calls["one.vmpool.infoset"] == 1


def test_a_procedure_may_put_something_right_before_it_fails():
    fake, cloud = cloud_with(vm(0), failing={("disksnapshotcreate", 0): "no room"})

    def careful():
        try:
            yield Wait(VM, 0, lambda now: fails("gone wrong").send(None), "something", 5)
        except ActionError:
            yield Wait(VM, 0, lambda now: True, "an end", 5)
            fake.log.append("put right")
            raise

    campaign = Campaign(cloud)
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
            yield Wait(VM, 0, lambda now: False, "for ever", 100)
        finally:
            closed.append(True)

    campaign = Campaign(cloud, pause=interrupt)
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
        yield Wait(VM, 7, lambda now: seen.append(now) or True, "nothing", 5)

    campaign = Campaign(cloud)
    campaign.add("it", waits())
    campaign.run()
    assert seen == [None]


def test_a_vm_that_is_done_is_gone_from_a_joint_reading():
    fake, cloud = cloud_with(vm(0), described("onevm", 1, "old", STATE=6, LCM_STATE=0))
    cloud.pool(VM)
    cloud.refresh(VM, [0, 1])
    assert set(cloud.pool(VM).by_id) == {0}
    assert fake.calls["one.vmpool.infoset"] == 1


# -- several collections, several owners --------------------------------------------------------------------------


def networks(*owners):
    """A fake of networks with these owners."""
    pool = [described("onevnet", number, f"n{number}", owner) for number, owner in enumerate(owners)]
    users = [{"ID": 0, "NAME": "oneadmin"}, {"ID": 2, "NAME": "alice"}]
    return FakeCloud(onevnet=pool, oneimage=[described("oneimage", 5, "debian")], oneuser=users)


def ready(kind, number, **more):
    more = {"until": lambda now: True, "what": "it", "timeout": 9, **more}
    return Wait(kind, number, **more)


def campaign_of(cloud, *procedures):
    campaign = Campaign(cloud)
    for number, procedure in enumerate(procedures):
        campaign.add(number, procedure)
    return campaign


def yields(*waits):
    answers = []
    for wait in waits:
        answers.append((yield wait))
    return answers


def test_each_collection_is_read_once_a_look():
    fake = networks(*["alice"] * 5)
    cloud = quiet_cloud(fake)
    cloud.pool(VNET), cloud.pool(IMAGE)
    del fake.log[:]
    waits = [yields(ready(VNET, number)) for number in range(5)]
    campaign_of(cloud, *waits, yields(ready(IMAGE, 5))).run()
    assert fake.calls == {"one.vnpool.info": 1, "one.image.info": 1}


def test_what_belongs_to_one_owner_is_read_from_that_owners_part():
    fake = networks(*["alice"] * 5)
    cloud = quiet_cloud(fake)
    cloud.pool(VNET)
    cloud.pool(USER)
    campaign_of(cloud, *(yields(ready(VNET, number, owner="alice")) for number in range(5))).run()
    assert fake.log[2:] == [("one.vnpool.info", (2, -1, -1))]


def test_who_was_late_is_seen_together_with_all_others():
    """Objects on their way from one owner to another: the last one takes a look more, and no call more after it."""
    fake = networks(*["oneadmin"] * 5)
    cloud = quiet_cloud(fake)
    cloud.pool(VNET), cloud.pool(USER)
    looks = []

    def handed_over(number):
        def until(now):
            looks.append(number)
            return number != 4 or looks.count(4) > 1

        yield ready(VNET, number, owner="oneadmin", until=until, at_once=True)
        fake.objects["onevnet"][number] |= {"UNAME": "alice", "UID": 2}
        yield ready(VNET, number, owner="alice", at_once=True)

    tasks = campaign_of(cloud, *map(handed_over, range(5))).run()
    assert all(task.state == "done" for task in tasks)
    calls = [(method, params[0]) for method, params in fake.log[2:]]
    assert calls == [("one.vnpool.info", 0), ("one.vn.info", 4), ("one.vnpool.info", 2)]


def test_more_objects_are_read_together_with_one():
    fake, cloud = cloud_with(vm(0), vm(1))
    cloud.pool(VM)
    campaign_of(cloud, yields(ready(VM, 0, others=[1]))).run()
    assert fake.calls["one.vmpool.infoset"] == 1


def test_what_may_be_so_already_is_looked_at_without_a_pause(clock):
    _, cloud = cloud_with(vm(0), vm(1))
    cloud.sleep = clock.sleep
    campaign_of(cloud, yields(ready(VM, 0, at_once=True), ready(VM, 1, at_once=True))).run()
    assert clock.now == 0
    campaign_of(cloud, yields(ready(VM, 0))).run()
    assert clock.now == PAUSES[0]


def test_one_look_however_little_time_there_is():
    _, cloud = cloud_with(vm(0))
    assert [now.id for now in alone(cloud, yields(ready(VM, 0, timeout=0)))] == [0]
    with pytest.raises(SettleError, match=r"^waited 0 s for it; the last state seen was RUNNING$"):
        alone(cloud, yields(ready(VM, 0, timeout=0, until=lambda now: False)))
    with pytest.raises(SettleError, match=r"^VM web is late$"):
        alone(
            cloud, yields(ready(VM, 0, timeout=0, until=lambda now: False, late=lambda now: f"VM {now.name} is late"))
        )


# -- turns and moments -----------------------------------------------------------------------------------------------


def test_only_one_has_a_turn_and_nobody_else_is_held_up(clock):
    fake, cloud = cloud_with(*(vm(number) for number in range(4)))
    cloud.sleep = clock.sleep
    log = []

    def pushes(number):
        with (yield Turn("push")):
            yield from looks(number, 3, log, number)

    campaign = campaign_of(cloud, pushes(0), pushes(1), pushes(2), looks(3, 2, log, 3))
    tasks = campaign.run()
    assert all(task.state == "done" for task in tasks)
    assert log == [
        *("0 begins", "3 begins", "3 ends", "0 ends"),
        *("1 begins", "1 ends", "2 begins", "2 ends"),
    ]
    assert fake.calls["one.vmpool.infoset"] == 2, "who waits for a turn is not read"


def test_a_turn_is_given_back_by_whoever_fails():
    _, cloud = cloud_with(vm(0))

    def pushes(error):
        with (yield Turn("push")):
            if error:
                raise ActionError("no")
            yield from looks(0, 1)

    assert states(campaign_of(cloud, pushes(True), pushes(False)).run()) == {0: "failed", 1: "done"}


def test_who_waits_for_a_turn_that_never_ends():
    _, cloud = cloud_with(vm(0))

    def greedy():
        with (yield Turn("push")):
            yield Turn("push")

    assert states(campaign_of(cloud, greedy()).run()) == {0: "failed"}


def test_a_moment_passes_without_a_read(clock):
    fake, cloud = cloud_with(vm(0))
    cloud.sleep = clock.sleep
    alone(cloud, yields(Moment(1.5), Moment(0.25)))
    assert (clock.now, fake.log) == (1.75, [])


def test_a_moment_holds_nobody_up(clock):
    _, cloud = cloud_with(vm(0))
    cloud.sleep = clock.sleep
    log = []

    def rests():
        yield Moment(3)
        log.append(f"rested {clock.now:.0f}")

    campaign_of(cloud, rests(), looks(0, 3, log, "vm")).run()
    assert log == ["vm begins", "vm ends", "rested 3"]


# -- one procedure, and what becomes of it --------------------------------------------------------------------------


def test_a_procedure_alone_returns_and_raises():
    _, cloud = cloud_with(vm(0))
    assert alone(cloud, looks(0, 2)) == 2
    with pytest.raises(ActionError, match="no"):
        alone(cloud, fails("no"))


def test_a_task_knows_how_long_it_ran(clock):
    _, cloud = cloud_with(vm(0))
    cloud.sleep = clock.sleep
    campaign = Campaign(cloud)
    campaign.add("first", looks(0, 4))
    campaign.add("then", looks(0, 1), ["first"])
    first, then = campaign.run()
    assert first.seconds == pytest.approx(clock.now - then.seconds) and then.seconds > 0


def test_a_task_does_not_count_the_steps_of_others(clock):
    """Hundreds of objects each take their own time, or the sum that Salt shows below a run would be many times it."""
    _, cloud = cloud_with(vm(0), vm(1), vm(2))
    cloud.sleep = clock.sleep

    def works(number):
        clock.sleep(1)
        yield Wait(VM, number, lambda now: True, "its current state", 0, at_once=True)
        clock.sleep(1)

    tasks = campaign_of(cloud, works(0), works(1), works(2)).run()
    assert [task.seconds for task in tasks] == [2, 2, 2]
    assert clock.now == 6


def test_a_task_counts_what_it_waits_for(clock):
    _, cloud = cloud_with(vm(0))
    cloud.sleep = clock.sleep
    seen = []

    def starts():
        yield Wait(VM, 0, lambda now: seen.append(now) or len(seen) > 2, "running", 100, at_once=True)

    (task,) = campaign_of(cloud, starts()).run()
    assert task.seconds == clock.now > 0
