"""A run that ends early: what was under way is told, and for how long it was."""

import pytest

from onecore.cloud import campaign as module
from onecore.cloud.campaign import Campaign, Moment, Turn, Wait
from onecore.kinds.vm.kind import VM
from onecore.orchestration.interruption import INTERRUPTIONS, run_or_tell
from tests.doubles.fake_vms import cloud_with, vm
from tests.unit.onecore.cloud.test_campaign import Clock


@pytest.mark.parametrize("signal", INTERRUPTIONS)
def test_what_was_under_way_is_told(signal, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    clock.now = 1000.0

    def interrupt(seconds):
        clock.sleep(7)
        raise signal

    def holding():
        with (yield Turn("push")):
            yield Wait(VM, 0, lambda now: False, "running", 100)

    def queueing():
        yield Turn("push")

    def resting():
        yield Moment(9)

    _, cloud = cloud_with(vm(0))
    campaign = Campaign(cloud, pause=interrupt)
    for procedure in (holding, queueing, resting):
        campaign.add(procedure.__name__, procedure())
    campaign.add("next", resting(), ["holding"])
    assert run_or_tell(campaign)
    tasks = campaign.tasks
    assert {key: task.error.partition(":")[0] for key, task in tasks.items()} == {
        "holding": "interrupted while waiting for running",
        "queueing": "interrupted while waiting for its turn",
        "resting": "interrupted while waiting for a moment to pass",
        "next": "interrupted before it began",
    }
    assert [task.state for task in tasks.values()] == ["failed", "failed", "failed", "skipped"]
    assert [task.seconds for task in tasks.values()] == [7, 7, 7, 0]


def test_what_ends_by_itself_is_not_interrupted():
    _, cloud = cloud_with(vm(0))
    campaign = Campaign(cloud)
    campaign.add("it", iter_of_nothing())
    assert not run_or_tell(campaign)
    assert campaign.tasks["it"].state == "done"


def iter_of_nothing():
    return None
    yield
