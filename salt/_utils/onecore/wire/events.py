"""Waits for events of OpenNebula, so that no polling is needed.

OpenNebula tells of each change of state through ZeroMQ. Whoever waits looks again when there is news, and from time
to time anyway, since what was sent before the connection stood, or faster than it could be taken, is lost.
Where the publisher cannot be reached, waiting is what it would be without it.
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

#: Where OpenNebula publishes unless its configuration says otherwise (HM_MAD in oned.conf, release 7.4.0).
PORT = 2101
#: What is listened to: states of objects, and attributes of VMs, among them what a guest reports.
TOPICS = ("EVENT STATE VM/", "EVENT STATE IMAGE/", "EVENT STATE NET/", "EVENT API one.vm.update 1")
#: Without any news a pause takes this many times what polling would sleep; then a look is taken anyway.
STRETCH = 6
#: Messages that are taken at once, and the bytes of one: OpenNebula's hold an object's XML.
MOST_NEWS, LARGEST_NEWS = 10_000, 2**24

Pause = Callable[[float], None]


def publisher(endpoint: str, given: str | None = None) -> str:
    """The address of the publisher: as given, or else beside the XML-RPC API.

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
    """Give a function that lets time pass while waiting, for a :class:`~.campaign.Campaign`.

    It is called with the seconds that polling would sleep, never returns sooner, and later only while the publisher
    is connected and silent.

    address
        Of the publisher; it need not be there.
    stretch
        How many times that long it waits for news.
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
    """What one subscriber hears."""

    def __init__(self, subscriber: Any, stretch: float):
        import zmq

        self._ups, self._downs = zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_DISCONNECTED
        self.subscriber, self.stretch, self.connected = subscriber, stretch, False
        self.monitor = subscriber.get_monitor_socket(self._ups | self._downs)
        for topic in TOPICS:
            subscriber.setsockopt(zmq.SUBSCRIBE, topic.encode())

    def pause(self, seconds: float) -> None:
        """Let time pass until there is news."""
        begun = time.monotonic()
        self._look_at_the_connection()
        if self.connected:
            self._await_news(begun + seconds * self.stretch)
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        # All that came by now is seen by the look that follows. A publisher that never stops must not hold it up.
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
