"""What onesim publishes, compared with what OpenNebula's hook manager publishes."""

import base64
import time

import pytest
from lxml import etree

from onesim.cloud.events import Events
from onesim.testing import running

from .cloud import Cloud, Refused


@pytest.fixture
def sim():
    """A cloud whose events are gathered in `events`: (key, message)."""
    sim, events = Cloud(), []
    sim.cloud.events = Events(lambda key, message: events.append((key, message)))
    sim.events = events
    return sim


def keys(sim, wanted=""):
    return [key for key, _ in sim.events if key.startswith(wanted)]


def message(sim, key):
    return etree.fromstring(next(message for found, message in sim.events if found == key))


def values(event, way):
    return [p.findtext("VALUE") for p in event.iter("PARAMETER") if p.findtext("TYPE") == way]


def test_the_life_of_a_network(sim):
    net = sim.network()
    sim.call("one.vn.delete", net)
    sim.settle()
    assert keys(sim) == [
        "API one.vn.allocate 1",
        *(f"{start}" for state in ("READY",) for start in (f"NET {net}/{state}/ ", f"STATE NET/{state}//{net} ")),
        f"NET {net}/LOCK_DELETE/ ",
        f"STATE NET/LOCK_DELETE//{net} ",
        "API one.vn.delete 1",
        f"NET {net}/DONE/ ",
        f"STATE NET/DONE//{net} ",
    ]


def test_a_network_says_which_state_it_comes_from(sim):
    net = sim.network()
    sim.call("one.vn.delete", net)
    for state, number, previous in (("READY", "1", "0"), ("LOCK_DELETE", "3", "1")):
        event = message(sim, f"NET {net}/{state}/ ")
        assert [event.findtext(tag) for tag in ("HOOK_TYPE", "HOOK_OBJECT", "STATE", "RESOURCE_ID")] == [
            "STATE", "NET", state, str(net),
        ]  # fmt: skip
        assert (event.findtext("VNET/STATE"), event.findtext("VNET/PREV_STATE")) == (number, previous)
    assert sim.texts("PREV_STATE", "one.vn.info", net) == ["3"]


def test_a_vlan_that_is_drawn_is_a_change_of_its_own(sim):
    net = sim.call("one.vn.allocate", "NAME=x VN_MAD=802.1Q PHYDEV=eth0 AUTOMATIC_VLAN_ID=YES", -1)
    assert keys(sim)[0] == f"NET {net}/LOCK_CREATE/ "


def test_a_change_without_another_state_is_none(sim):
    net = sim.network()
    sim.events.clear()
    sim.call("one.vn.update", net, "NOTE=x", 1)
    assert keys(sim) == ["API one.vn.update 1"]


def test_hosts_are_announced(sim):
    host = sim.call("one.host.allocate", "node", "dummy", "dummy", -1)
    sim.settle()
    assert keys(sim, "HOST") == [f"HOST {host}/INIT/ ", f"HOST {host}/MONITORED/ "]
    assert message(sim, f"HOST {host}/INIT/ ").findtext("REMOTE_HOST") == "node"


def test_the_parameters_of_a_call(sim):
    sim.user("alice", 1)
    event = message(sim, "API one.user.allocate 1")
    assert event.findtext("CALL") == "one.user.allocate"
    assert values(event, "IN") == ["****", "alice", "****", "core", ""]
    assert values(event, "OUT") == ["true", "2", "0"]
    assert event.findtext("CALL_INFO/RESULT") == "1"
    assert event.findtext("CALL_INFO/EXTRA/USER/NAME") == "alice"
    assert [part.tag for part in event.find("CALL_INFO/EXTRA")] == ["USER"]


def test_a_refused_call(sim):
    with pytest.raises(Refused):
        sim.call("one.vn.lock", 77, 1, True)
    event = message(sim, "API one.vn.lock 0")
    assert values(event, "IN") == ["****", "77", "1", "1"]
    assert values(event, "OUT") == ["false", "[one.vn.lock] Error getting virtual network [77].", str(0x400), "77"]


def test_a_deleted_object_is_told_as_it_was(sim):
    group = sim.call("one.group.allocate", "gone")
    sim.call("one.group.delete", group)
    assert message(sim, "API one.group.delete 1").findtext("CALL_INFO/EXTRA/GROUP/NAME") == "gone"


def test_reads_and_strangers_are_no_events(sim):
    sim.call("one.vnpool.info", -2, -1, -1)
    sim.call("one.user.info", 0)
    sim.dispatcher.answer("one.group.allocate", ["nobody:x", "g"])
    assert sim.events == []


def test_frames_on_the_wire():
    zmq = pytest.importorskip("zmq")
    with running("--events", 0) as server, zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.connect(server.events)
        subscriber.subscribe(b"EVENT API")
        subscriber.rcvtimeo = 5000
        frames, deadline = [], time.monotonic() + 5
        while not frames and time.monotonic() < deadline:  # until the subscription has got through
            server.call("one.group.update", 1, "NOTE=x", 1)
            if subscriber.poll(100):
                frames = subscriber.recv_multipart()
    assert len(frames) == 2 and frames[0] == b"EVENT API one.group.update 1"
    assert etree.fromstring(base64.b64decode(frames[1])).findtext("CALL") == "one.group.update"
