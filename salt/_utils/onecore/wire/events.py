"""Waits for events of OpenNebula, which reduces polling.

OpenNebula publishes each change of state with ZeroMQ. A wait reads again after an event, and regularly in any case,
since events before the connection, or too many events, are lost. If the publisher cannot be reached, waits poll as
usual.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ..basics.errors import ConfigurationError
from ..basics.secrecy import quoted

#: The default address of OpenNebula's publisher (HM_MAD in oned.conf, release 7.4.0).
PORT = 2101
#: The subscribed events: states of objects, and attributes of VMs, including reports of guests.
TOPICS = ("EVENT STATE VM/", "EVENT STATE IMAGE/", "EVENT STATE NET/", "EVENT API one.vm.update 1")
#: Without any event, a pause is this many times as long as without the publisher; then a wait reads in any case.
STRETCH = 6
#: The maximum number of messages received at once, and the maximum size of one: those of OpenNebula contain an object's
#: XML.
MOST_NEWS, LARGEST_NEWS = 10_000, 2**24

Pause = Callable[[float], None]


def publisher(endpoint: str, given: str | None = None) -> str:
    """The address of the publisher: the given one, or that of the XML-RPC API with the default port.

    Raises
        ConfigurationError when what is given is no address.
    """
    if given is None:
        host = urlsplit(endpoint).hostname or ""
        return f"tcp://{f'[{host}]' if ':' in host else host}:{PORT}"
    address = re.fullmatch(r"tcp://[^\s/*]+:([0-9]{1,5})", given) if isinstance(given, str) else None
    if address is None or not 0 < int(address[1]) < 2**16:
        raise ConfigurationError(
            f"connection:events must be an address such as tcp://127.0.0.1:{PORT}, not {quoted(given)}"
        )
    return given


@contextmanager
def listening(address: str, stretch: float = STRETCH) -> Iterator[Pause]:
    """.campaign.Campaign`.~Return the function for the pauses of a :class:`~.campaign.Campaign`.~.campaign.Campaign`.

    It is called with the seconds of a pause, never returns earlier, and later only while the publisher is connected and
    sends no events.

    address
        The address of the publisher, which need not be reachable.
    stretch
        The factor of the pause while it waits for events.
    """
    try:
        import zmq
    except ImportError:
        yield time.sleep
        return
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.setsockopt(zmq.LINGER, 0)
        subscriber.setsockopt(zmq.IPV6, 1)
        subscriber.setsockopt(zmq.MAXMSGSIZE, LARGEST_NEWS)
        news = _News(subscriber, stretch)
        try:
            subscriber.connect(address)
            yield news.pause
        finally:
            subscriber.disable_monitor()
            news.monitor.close(linger=0)


class _News:
    """The events of one subscriber."""

    def __init__(self, subscriber: Any, stretch: float):
        import zmq

        self._ups, self._downs = zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_DISCONNECTED
        self.subscriber, self.stretch, self.connected = subscriber, stretch, False
        self.monitor = subscriber.get_monitor_socket(self._ups | self._downs)
        for topic in TOPICS:
            subscriber.setsockopt(zmq.SUBSCRIBE, topic.encode())

    def pause(self, seconds: float) -> None:
        """Pause until there is an event."""
        begun = time.monotonic()
        self._look_at_the_connection()
        if self.connected:
            self._await_news(begun + seconds * self.stretch)
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        # The following read covers all events so far. A publisher that sends continuously must not delay it.
        for _ in range(MOST_NEWS):
            if not self.subscriber.poll(0):
                break
            self.subscriber.recv_multipart()

    def _await_news(self, end: float) -> None:
        import zmq

        poller = zmq.Poller()
        poller.register(self.subscriber, zmq.POLLIN)
        poller.register(self.monitor, zmq.POLLIN)
        while self.connected:
            heard = dict(poller.poll(int(max(0.0, end - time.monotonic()) * 1000)))
            if not heard or self.subscriber in heard:
                return
            self._look_at_the_connection()

    def _look_at_the_connection(self) -> None:
        from zmq.utils.monitor import recv_monitor_message

        while self.monitor.poll(0):
            self.connected = recv_monitor_message(self.monitor)["event"] == self._ups
