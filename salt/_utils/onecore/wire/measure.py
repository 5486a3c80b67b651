"""Limits of the time and size of a call, whatever the server sends.

The timeout of a socket starts again with each byte. A server that sends single bytes, an endless header, or `100
Continue` repeatedly could block a call forever. Each read of the connection, below HTTP and above TLS, is therefore
limited to the remaining time and size of the whole call.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

#: The maximum size of an answer besides its content: status, headers, sizes of chunks.
ENVELOPE = 2**20


class CallTimeout(TimeoutError):
    """The whole call has taken too long."""


class Overflow(OSError):
    """The answer is larger than allowed."""


class Budget:
    """The limits of successive calls.

    pause: seconds without a byte; whole: seconds of the whole call; largest: bytes of an answer's content.
    """

    def __init__(self, pause: float, whole: float, largest: int):
        self.pause, self.whole, self.largest = pause, whole, largest
        self.start()

    def start(self) -> None:
        """Start a call."""
        self._end, self._left = time.monotonic() + self.whole, self.largest + ENVELOPE

    def wait(self) -> float:
        """Return the timeout for the next byte; raises Overdue if there is no time left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise CallTimeout
        return min(left, self.pause)

    def take(self, count: int) -> None:
        """Count received bytes; raises Overflow if there are too many."""
        self._left -= count
        if self._left < 0:
            raise Overflow


class Adapter(HTTPAdapter):
    """One connection, read within a budget, and with TCP keepalive during slow answers."""

    def __init__(self, budget: Budget):
        self._budget = budget
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        options = [*HTTPConnectionPool.ConnectionCls.default_socket_options]
        options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        for name, seconds in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10)):
            if hasattr(socket, name):
                options.append((socket.IPPROTO_TCP, getattr(socket, name), seconds))
        super().init_poolmanager(connections, maxsize, block, socket_options=options, **kwargs)
        self._measure(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return self._measure(super().proxy_manager_for(proxy, **kwargs))

    def _measure(self, manager: Any) -> Any:
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        manager.pool_classes_by_scheme = {scheme: _measured(pool, self._budget) for scheme, pool in pools.items()}
        return manager


def _measured(pool: Any, budget: Budget) -> Any:
    """Return a class of connection pools whose connections are read within a budget."""

    class Connection(pool.ConnectionCls):
        def response_class(self, sock: socket.socket, *args: Any, **kwargs: Any) -> _Response:
            return _Response(budget, sock, *args, **kwargs)

    class Pool(pool):
        ConnectionCls = Connection

    return Pool


class _Response(http.client.HTTPResponse):
    def __init__(self, budget: Budget, sock: socket.socket, *args: Any, **kwargs: Any):
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Stream(self.fp.detach(), sock, budget))


class _Stream(io.RawIOBase):
    """The data of a socket, read within a budget."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, budget: Budget):
        self._raw, self._socket, self._budget = raw, sock, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._budget.wait())
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError:
            # The time of the whole call may be over.
            self._budget.wait()
            raise
        finally:
            # It also applies to sending the next request.
            self._socket.settimeout(self._budget.pause)
        self._budget.take(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
