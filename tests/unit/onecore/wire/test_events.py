"""Waiting for events: faster than with fixed pauses, and not slower without a publisher."""

import sys
import threading
import time

import pytest

from onecore.basics.errors import ConfigurationError
from onecore.wire.events import TOPICS, listening, publisher

zmq = pytest.importorskip("zmq")

STATE = [b"EVENT STATE VM/ACTIVE/RUNNING/7 ", b"PEhPT0tfTUVTU0FHRS8+"]


class Publisher:
    """What OpenNebula's hook driver is to its listeners."""

    def __init__(self, port=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.XPUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        address = "tcp://127.0.0.1"
        self.port = self.socket.bind_to_random_port(address) if port is None else port
        if port is not None:
            self.socket.bind(f"{address}:{port}")
        self.address = f"{address}:{self.port}"

    def await_listener(self):
        for _ in TOPICS:
            assert self.socket.poll(5000)
            self.socket.recv()

    def say(self, message=STATE, after=0.0):
        if after:
            threading.Timer(after, self.say, [message]).start()
        else:
            self.socket.send_multipart(message)

    def close(self):
        self.socket.close()
        self.context.term()


@pytest.fixture
def hooks():
    hooks = Publisher()
    yield hooks
    hooks.close()


def took(pause, seconds):
    begun = time.monotonic()
    pause(seconds)
    return time.monotonic() - begun


def connect_by_news(hooks, pause):
    """A first pause, in which the connection comes to stand."""
    hooks.await_listener()
    hooks.say(after=0.1)
    took(pause, 0.2)


def test_news_end_a_pause(hooks):
    with listening(hooks.address, stretch=200) as pause:
        connect_by_news(hooks, pause)
        hooks.say(after=0.3)
        assert 0.25 < took(pause, 0.05) < 5


def test_a_pause_is_never_shorter_than_polling_would_make_it(hooks):
    with listening(hooks.address, stretch=200) as pause:
        connect_by_news(hooks, pause)
        for _ in range(50):
            hooks.say()
        assert 0.3 <= took(pause, 0.3) < 20


def test_what_came_between_two_pauses_counts(hooks):
    with listening(hooks.address, stretch=200) as pause:
        connect_by_news(hooks, pause)
        hooks.say()
        assert took(pause, 0.05) < 5


def test_silence_ends_as_well(hooks):
    with listening(hooks.address, stretch=8) as pause:
        connect_by_news(hooks, pause)
        assert 0.35 < took(pause, 0.05) < 3


def test_other_news_are_not_listened_to(hooks):
    with listening(hooks.address, stretch=8) as pause:
        connect_by_news(hooks, pause)
        hooks.say([b"EVENT API one.user.update 1", b""], after=0.05)
        assert took(pause, 0.05) > 0.35


def test_without_a_publisher_it_polls():
    hooks = Publisher()
    hooks.close()
    with listening(hooks.address, stretch=200) as pause:
        assert 0.2 <= took(pause, 0.2) < 5
        assert took(pause, 0.05) < 5


def test_a_publisher_that_goes_away_and_comes_back():
    hooks = Publisher()
    with listening(hooks.address, stretch=200) as pause:
        connect_by_news(hooks, pause)
        threading.Timer(0.2, hooks.close).start()
        assert took(pause, 0.05) < 5
        assert took(pause, 0.05) < 5
        again = Publisher(hooks.port)
        connect_by_news(again, pause)
        again.say(after=0.5)
        assert took(pause, 0.05) > 0.4
        again.close()


def test_without_pyzmq_it_polls(monkeypatch):
    monkeypatch.setitem(sys.modules, "zmq", None)
    with listening("tcp://127.0.0.1:1") as pause:
        assert pause is time.sleep


def test_where_it_is():
    assert publisher("http://127.0.0.1:2633/RPC2") == "tcp://127.0.0.1:2101"
    assert publisher("https://[::1]/RPC2") == "tcp://[::1]:2101"
    assert publisher("https://one.example.org/RPC2", "tcp://hooks:5000") == "tcp://hooks:5000"


@pytest.mark.parametrize(
    "given", ["", "hooks:5000", "http://hooks:5000", "tcp://a/b:1", "tcp://*:1", "tcp://hooks:99999", 2101, True]
)
def test_no_address(given):
    with pytest.raises(ConfigurationError, match="connection:events must be an address"):
        publisher("http://localhost/RPC2", given)
