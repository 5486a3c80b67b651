"""Zones of onesim: its only zone, and the servers of that."""

import pytest

from .cloud import Cloud, Refused

SERVER = 'SERVER=[NAME="{}", ENDPOINT="http://127.0.0.1:1/RPC2"]'


@pytest.fixture
def sim():
    return Cloud()


def servers(sim, what):
    return sim.texts(f"SERVER_POOL/SERVER/{what}", "one.zone.info", 0)


def test_servers_are_numbered(sim):
    assert [sim.call("one.zone.addserver", 0, SERVER.format(name)) for name in ("a", "b")] == [0, 0]
    assert (servers(sim, "NAME"), servers(sim, "ID")) == (["a", "b"], ["0", "1"])
    assert sim.call("one.zone.delserver", 0, 0) == 0
    assert sim.call("one.zone.addserver", 0, SERVER.format("c")) == 0
    assert (servers(sim, "NAME"), servers(sim, "ID")) == (["b", "c"], ["1", "2"])
    assert sim.call("one.zone.resetserver", 0, 2) == 0


@pytest.mark.parametrize(
    ("verb", "params", "said"),
    [
        ("addserver", (0, "X=1"), "SERVER not found in template"),
        ("addserver", (0, "SERVER=[ENDPOINT=x]"), "Missing NAME in SERVER"),
        ("addserver", (0, "SERVER=[NAME=x]"), "Missing ENDPOINT or ENDPOINT_GRPC in SERVER"),
        ("addserver", (1, SERVER), "Servers have to be added through the target zone endpoints"),
        ("delserver", (0, 5), "SERVER not found in zone"),
        ("delserver", (1, 0), "Servers have to be deleted through the target zone endpoints"),
        ("resetserver", (1, 0), "Servers have to be deleted through the target zone endpoints"),
        ("enable", (1, True), "Enable/disable mode have to be set through the target zone endpoints"),
    ],
)
def test_servers_that_cannot_be(sim, verb, params, said):
    with pytest.raises(Refused) as caught:
        sim.call(f"one.zone.{verb}", *params)
    assert caught.value.text == f"[one.zone.{verb}] {said}"


def test_a_disabled_zone_answers_what_changes_nothing(sim):
    sim.user("alice")
    assert sim.call("one.zone.enable", 0, False) == 0
    assert sim.texts("STATE", "one.zone.info", 0) == ["1"]
    with pytest.raises(Refused) as caught:
        sim.user("bob")
    assert caught.value.text == "[one.user.allocate] Cannot process request, zone disabled"
    assert len(sim.texts("USER/ID", "one.userpool.info")) == 3
    sim.call("one.zone.enable", 0, True)
    sim.user("bob")


def test_only_administrators_touch_it(sim):
    sim.user("alice")
    for verb, *params in (("enable", 0, False), ("addserver", 0, SERVER.format("a")), ("delserver", 0, 0)):
        with pytest.raises(Refused, match="Not authorized to perform ADMIN ZONE"):
            sim.call(f"one.zone.{verb}", *params, user="alice")
