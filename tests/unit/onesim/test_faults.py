"""Injected faults: when a rule applies, and its effect on the client."""

import http.client
import time
import xmlrpc.client

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesim.cloud.faults import Faults, Rule, RuleError
from onesim.testing import running

from .cloud import Cloud

GROUP = "one.group.allocate"


@pytest.fixture(scope="module")
def server():
    with running("--control") as cloud:
        yield cloud


@pytest.fixture
def fault(server):
    """Puts rules in force until the test is over."""
    with xmlrpc.client.ServerProxy(server.endpoint) as control:
        yield control.onesim.fault_add
        control.onesim.fault_clear()


def groups(server):
    return server.call("one.grouppool.info")


def post(server, method, *params, timeout=5):
    """(status, content type, body) of a call, over a connection of its own that never tries again."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    try:
        connection.request("POST", "/RPC2", xmlrpc.client.dumps((server.session, *params), method))
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("conditions", "strikes"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("nth=3", [3]),
        ("every=2", [2, 4, 6]),
        ("times=2", [1, 2]),
        ("every=2 times=1", [2]),
        ("probability=0", []),
    ],
)
def test_conditions(conditions, strikes):
    rule = Rule.parse(f"one.vn.* drop {conditions}")
    assert [call for call in range(1, 7) if rule.strikes("one.vn.info")] == strikes


def test_a_rule_counts_only_what_it_is_about():
    rule = Rule.parse("one.vn.* nth=2 drop")
    assert [rule.strikes(method) for method in ("one.vn.info", "one.vm.info", "one.vn.lock")] == [False, False, True]


@given(st.floats(0, 1), st.integers(0, 1000))
def test_a_seed_makes_chance_repeatable(probability, seed):
    first, second = (Rule.parse(f"* probability={probability} seed={seed} drop") for _ in range(2))
    assert [first.strikes("x") for _ in range(20)] == [second.strikes("x") for _ in range(20)]


@pytest.mark.parametrize(
    "text",
    ["", "*", "* drop http=500", "* drops", "* drop=later", "* http", "* error=NOTHING", "* nth=x drop", '* text="'],
)
def test_no_rules(text):
    with pytest.raises(RuleError):
        Rule.parse(text)


def test_codes_have_names_or_numbers():
    assert Rule.parse("* error=LOCKED").value == Rule.parse("* error=0x8000").value == 0x8000


@pytest.mark.parametrize("action", ["drop", "empty", "html", "cut", "http=503", "error=INTERNAL"])
def test_a_call_takes_effect_or_not_as_the_rule_says(server, fault, action):
    for moment in ("before", "after"):
        name = f"{action.partition('=')[0]}-{moment}"
        fault(f"{GROUP} {action} when={moment} times=1")
        try:
            post(server, GROUP, name)
        except http.client.HTTPException:
            assert action in ("drop", "cut")
        assert (f"<NAME>{name}</NAME>" in groups(server)) == (moment == "after")


def test_what_the_client_gets(server, fault):
    fault("one.zonepool.info nth=1 http=503")
    fault("one.zonepool.info nth=2 html")
    fault("one.zonepool.info nth=3 empty")
    status, kind, _ = post(server, "one.zonepool.info")
    assert (status, kind) == (503, "text/html")
    status, kind, body = post(server, "one.zonepool.info")
    assert (status, kind) == (200, "text/html") and body.startswith(b"<html>")
    assert post(server, "one.zonepool.info")[::2] == (200, b"")
    assert b"ZONE_POOL" in post(server, "one.zonepool.info")[2]


def test_a_cut_body_and_a_dropped_connection(server, fault):
    fault("one.zonepool.info nth=1 cut=after")
    fault("one.zonepool.info nth=2 drop")
    with pytest.raises(http.client.IncompleteRead):
        post(server, "one.zonepool.info")
    with pytest.raises(http.client.RemoteDisconnected):
        post(server, "one.zonepool.info")


def test_delay_and_hang(server, fault):
    fault("one.zonepool.info nth=1 delay=200")
    fault("one.zonepool.info nth=2 hang")
    started = time.monotonic()
    assert post(server, "one.zonepool.info")[0] == 200
    assert time.monotonic() - started >= 0.2
    with pytest.raises(TimeoutError):
        post(server, "one.zonepool.info", timeout=0.3)


def test_an_error_of_any_code(server, fault):
    fault('one.vn.info error=0x4000 text="no more"')
    with xmlrpc.client.ServerProxy(server.endpoint) as proxy:
        assert proxy.one.vn.info(server.session, 0) == [False, "[one.vn.info] no more", 0x4000, -1, -1]


def test_the_log_says_what_was_done(server, fault):
    fault("one.zonepool.info times=1 empty")
    post(server, "one.zonepool.info")
    with xmlrpc.client.ServerProxy(server.endpoint) as control:
        entry = control.onesim.fault_log()[-1]
    assert (entry["subject"], entry["action"]) == ("one.zonepool.info", "empty")
    assert abs(entry["time"] - time.time()) < 60


def test_rules_are_lifted_one_by_one():
    faults = Faults()
    first, second = faults.add("* drop"), faults.add("* html")
    assert faults.clear(first) == 1 and faults.clear(first) == 0
    assert list(faults.rules) == [second]
    assert faults.clear() == 1 and not faults.on_call("x")


def test_without_control_there_are_no_such_methods():
    sim = Cloud()
    with pytest.raises(Exception, match=r"Method 'onesim\.fault_add' not defined"):
        sim.dispatcher.answer("onesim.fault_add", ["* drop"])
    assert sim.dispatcher.answer("onesim.counters", []) == {}


def test_the_next_network_fails():
    sim = Cloud()
    sim.cloud.faults.add('network nth=2 fail="no driver"')
    first, second, third = (sim.network() for _ in range(3))
    states = {net: sim.texts("STATE", "one.vn.info", net) for net in (first, second, third)}
    assert states == {first: ["1"], second: ["5"], third: ["1"]}
    assert sim.texts("TEMPLATE/ERROR", "one.vn.info", second)[0].endswith(" : no driver")
    sim.call("one.vn.recover", second, 1)
    assert sim.texts("STATE", "one.vn.info", second) == ["1"]


def test_the_next_image_fails():
    sim = Cloud()
    sim.cloud.faults.add("image times=1 fail")
    image = sim.call("one.image.allocate", "NAME=disk TYPE=DATABLOCK SIZE=10", 1)
    sim.settle()
    assert sim.texts("STATE", "one.image.info", image) == ["5"]
