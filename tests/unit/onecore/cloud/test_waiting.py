"""Waiting: many objects with few calls, an end, and what was seen last."""

from types import SimpleNamespace

import pytest

from onecore.basics.errors import SettleError
from onecore.cloud import waiting
from onecore.cloud.waiting import await_gone, await_settled, settle
from onecore.kinds.group import GROUP
from onecore.kinds.image import IMAGE
from onecore.kinds.vm.kind import VM
from onecore.kinds.vnet.kind import VNET
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described


class Clock:
    """Time that passes only while somebody sleeps, and what happens meanwhile."""

    def __init__(self, monkeypatch, fake, *events):
        self.now, self.pauses, self.fake, self.events = 0.0, [], fake, list(events)
        monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: self.now))

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


def test_what_is_ready_is_looked_at_once(monkeypatch):
    fake = networks(1, 1, 5, 1, 6)
    clock = Clock(monkeypatch, fake)
    cloud = clock.cloud()
    assert await_settled(cloud, VNET, range(1, 6)) == {}
    assert clock.pauses == []
    assert fake.calls["one.vnpool.info"] == 2, "the pool, and the look"


def test_waiting_until_all_have_settled(monkeypatch):
    fake = networks(2, 2, 1)
    clock = Clock(monkeypatch, fake, becomes(fake, 1, 1), lambda: None, becomes(fake, 2, 5))
    cloud = clock.cloud()
    assert await_settled(cloud, VNET, [1, 2, 3]) == {}
    assert len(clock.pauses) == 3
    assert fake.calls["one.vn.info"] == 3 + 2 + 1 + 1, "those that have settled are not looked at again"
    assert cloud.find(VNET, "n2", "alice").state == 5


def test_pauses_grow_up_to_a_limit(monkeypatch):
    clock = Clock(monkeypatch, networks(2))
    late = await_settled(clock.cloud(), VNET, [1], timeout=30)
    assert clock.pauses == sorted(clock.pauses) and clock.pauses[-1] == waiting.LONGEST_PAUSE
    assert 30 <= clock.now <= 31
    assert late == {1: "(ID 1) did not settle within 30 s; its state was LOCK_CREATE. Run again when it is ready."}


def test_one_look(monkeypatch):
    clock = Clock(monkeypatch, networks(2))
    assert list(await_settled(clock.cloud(), VNET, [1], timeout=0)) == [1]
    assert clock.pauses == []


def test_kinds_without_states_have_settled(monkeypatch):
    fake = FakeCloud(onegroup=[described("onegroup", 100, "eole")])
    assert await_settled(Clock(monkeypatch, fake).cloud(), GROUP, [100]) == {}


def test_what_vanishes_is_not_waited_for(monkeypatch):
    fake = networks(2)
    clock = Clock(monkeypatch, fake, fake.objects["onevnet"].clear)
    cloud = clock.cloud()
    assert await_settled(cloud, VNET, [1]) == {}
    assert cloud.pool(VNET).by_id == {}


def test_waiting_until_all_are_gone(monkeypatch):
    fake = networks(3, 3)
    remove = fake.objects["onevnet"].pop
    clock = Clock(monkeypatch, fake, lambda: remove(1), lambda: remove(2))
    assert await_gone(clock.cloud(), VNET, [1, 2]) == {}
    assert len(clock.pauses) == 2


def test_what_does_not_go(monkeypatch):
    fake = networks(3, 5)
    late = await_gone(Clock(monkeypatch, fake).cloud(), VNET, [1, 2])
    assert late == {
        1: "(ID 1) was still there after 120 s; its state was LOCK_DELETE. Run again when it is ready.",
        2: "(ID 2) could not be removed: it is in state ERROR.",
    }


def test_what_should_have_gone_at_once(monkeypatch):
    fake = FakeCloud(onegroup=[described("onegroup", 100, "eole")])
    assert await_gone(Clock(monkeypatch, fake).cloud(), GROUP, [100]) == {
        100: "(ID 100) is still there, although OpenNebula accepted its removal."
    }


def test_a_vm_that_is_done_is_gone(monkeypatch):
    fake = FakeCloud(onevm=[described("onevm", 9, "gw", STATE=3, LCM_STATE=12)])
    clock = Clock(monkeypatch, fake, lambda: fake.objects["onevm"][9].update(STATE=6))
    assert await_gone(clock.cloud(), VM, [9]) == {}


def test_one_object_while_it_is_being_changed(monkeypatch):
    fake = networks(2)
    cloud = Clock(monkeypatch, fake).cloud()
    with pytest.raises(SettleError, match=r"^virtual network n1 of alice \(ID 1\) did not settle within 120 s"):
        settle(cloud, VNET, cloud.get(VNET, "n1", "alice"))
    becomes(fake, 1, 1)()
    settle(cloud, VNET, cloud.get(VNET, "n1", "alice"))


@pytest.mark.parametrize("kind", [VNET, IMAGE, VM])
def test_states_that_nobody_knows_yet(kind, monkeypatch):
    fake = FakeCloud(**{kind.cli: [described(kind.cli, 1, "x", STATE=77)]})
    late = await_settled(Clock(monkeypatch, fake).cloud(), kind, [1], timeout=5)
    assert "its state was STATE 77" in late[1]
