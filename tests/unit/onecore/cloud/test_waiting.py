"""Waits: few calls, a timeout, and the last state."""

from types import SimpleNamespace

import pytest

from onecore.basics.errors import SettleError, TimedOutError
from onecore.cloud import campaign
from onecore.cloud.campaign import alone, several
from onecore.cloud.pacing import PAUSES
from onecore.cloud.waiting import gone, seen, settled, together
from onecore.kinds.group import GROUP
from onecore.kinds.image import IMAGE
from onecore.kinds.vm.kind import VM
from onecore.kinds.vnet.kind import VNET
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described


class Clock:
    """Time that passes only while somebody sleeps, and what happens meanwhile."""

    def __init__(self, monkeypatch, fake, *events):
        self.now, self.pauses, self.fake, self.events = 0.0, [], fake, list(events)
        monkeypatch.setattr(campaign, "time", SimpleNamespace(monotonic=lambda: self.now))

    def cloud(self):
        cloud = cloud_of(self.fake)
        cloud.sleep = self.sleep
        return cloud

    def sleep(self, seconds):
        self.now += seconds
        self.pauses.append(seconds)
        if self.events:
            self.events.pop(0)()


def networks(*states):
    pool = [described("onevnet", number, f"n{number}", STATE=state) for number, state in enumerate(states, 1)]
    return FakeCloud(onevnet=pool)


def becomes(fake, number, state):
    return lambda: fake.objects["onevnet"][number].update(STATE=state)


def only(wait):
    return (yield wait)


def end(cloud, wait):
    """What a wait is answered with, or the sentence that it ends with."""
    try:
        return alone(cloud, only(wait))
    except SettleError as error:
        return str(error)


def errors(cloud, waits):
    return [task.error for task in several(cloud, map(only, waits))]


def test_what_is_ready_is_looked_at_once(monkeypatch):
    fake = networks(1, 1, 5, 1, 6)
    clock = Clock(monkeypatch, fake)
    assert errors(clock.cloud(), [settled(VNET, number, "it") for number in range(1, 6)]) == [""] * 5
    assert clock.pauses == []
    assert fake.calls["one.vnpool.info"] == 2, "the look, and the pool"


def test_waiting_until_all_have_settled(monkeypatch):
    fake = networks(2, 2, 1)
    clock = Clock(monkeypatch, fake, becomes(fake, 1, 1), lambda: None, becomes(fake, 2, 5))
    cloud = clock.cloud()
    assert errors(cloud, [settled(VNET, number, "it") for number in (1, 2, 3)]) == [""] * 3
    assert len(clock.pauses) == 3
    assert fake.calls["one.vn.info"] == 3 + 2 + 1 + 1, "those that have settled are not looked at again"
    assert cloud.find(VNET, "n2", "alice").state == 5


def test_pauses_grow_up_to_a_limit(monkeypatch):
    clock = Clock(monkeypatch, networks(2))
    said = end(clock.cloud(), settled(VNET, 1, "the network", 30))
    assert max(clock.pauses) == clock.pauses[-1] == PAUSES[-1]
    assert 30 <= clock.now <= 31
    assert (
        said == "the network (ID 1) did not settle within 30 s; its state was LOCK_CREATE. Run again when it is ready."
    )


def test_one_look(monkeypatch):
    clock = Clock(monkeypatch, networks(2))
    assert "did not settle within 0 s" in end(clock.cloud(), settled(VNET, 1, "it", 0))
    assert end(clock.cloud(), seen(VNET, 1, "it")).state == 2
    assert clock.pauses == []


def test_kinds_without_states_have_settled(monkeypatch):
    fake = FakeCloud(onegroup=[described("onegroup", 100, "eole")])
    assert end(Clock(monkeypatch, fake).cloud(), settled(GROUP, 100, "it")).name == "eole"


def test_what_vanishes_is_not_waited_for(monkeypatch):
    fake = networks(2)
    clock = Clock(monkeypatch, fake, fake.objects["onevnet"].clear)
    cloud = clock.cloud()
    assert end(cloud, settled(VNET, 1, "it")) is None
    assert cloud.pool(VNET).by_id == {}


def test_waiting_until_all_are_gone(monkeypatch):
    fake = networks(3, 3)
    remove = fake.objects["onevnet"].pop
    clock = Clock(monkeypatch, fake, lambda: remove(1), lambda: remove(2))
    assert errors(clock.cloud(), [gone(VNET, 1, "it"), gone(VNET, 2, "it")]) == ["", ""]
    assert len(clock.pauses) == 2


STUCK = [
    "n1 (ID 1) still existed after 120 s; its state was LOCK_DELETE. Run again when it is ready.",
    "n2 (ID 2) could not be removed: it is in state ERROR.",
]


def test_what_does_not_go(monkeypatch):
    clock = Clock(monkeypatch, networks(3, 5))
    assert errors(clock.cloud(), [gone(VNET, 1, "n1"), gone(VNET, 2, "n2")]) == STUCK


def test_what_should_have_gone_at_once(monkeypatch):
    fake = FakeCloud(onegroup=[described("onegroup", 100, "eole")])
    said = end(Clock(monkeypatch, fake).cloud(), gone(GROUP, 100, "group eole"))
    assert said == "group eole (ID 100) still exists, although OpenNebula accepted its removal."


def test_a_vm_that_is_done_is_gone(monkeypatch):
    fake = FakeCloud(onevm=[described("onevm", 9, "gw", STATE=3, LCM_STATE=12)])
    clock = Clock(monkeypatch, fake, lambda: fake.objects["onevm"][9].update(STATE=6))
    assert end(clock.cloud(), gone(VM, 9, "it")) is None


def test_what_the_connection_was_lost_over():
    fake = networks(2)
    fake.answers["one.vn.info"] = TimedOutError("no answer")
    assert end(cloud_of(fake), settled(VNET, 1, "n1", lost="was written")) == "n1 was written: no answer"
    with pytest.raises(TimedOutError):
        alone(cloud_of(fake), only(settled(VNET, 1, "n1")))


# -- several as one ------------------------------------------------------------------------------------------------


def test_several_objects_are_awaited_as_one(monkeypatch):
    fake = networks(2, 2, 2, 2, 1)
    clock = Clock(monkeypatch, fake, *(becomes(fake, number, 1) for number in (4, 2, 1, 3)))
    cloud = clock.cloud()
    assert end(cloud, together(cloud, [settled(VNET, number, "it") for number in range(1, 6)])).name == "n1"
    assert len(clock.pauses) == 4
    assert fake.calls["one.vnpool.info"] <= 3, "one a look, as long as there are several left"


def test_all_that_becomes_of_several_is_told(monkeypatch):
    cloud = Clock(monkeypatch, networks(3, 5)).cloud()
    assert end(cloud, together(cloud, [gone(VNET, 1, "n1"), gone(VNET, 2, "n2")])) == "; ".join(reversed(STUCK))
    fake = networks(5, 5, 3)
    cloud = Clock(monkeypatch, fake, lambda: fake.objects["onevnet"].pop(3)).cloud()
    said = end(cloud, together(cloud, [gone(VNET, number, f"n{number}") for number in (1, 2, 3)]))
    assert said == STUCK[1].replace("2", "1") + "; " + STUCK[1]


@pytest.mark.parametrize("kind", [VNET, IMAGE, VM])
def test_states_that_nobody_knows_yet(kind, monkeypatch):
    fake = FakeCloud(**{kind.cli: [described(kind.cli, 1, "x", STATE=77)]})
    assert "its state was STATE 77" in end(Clock(monkeypatch, fake).cloud(), settled(kind, 1, "it", 5))
