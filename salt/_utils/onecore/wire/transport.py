"""The transport: sends a call to OpenNebula, and returns the answer.

A client calls through a `Transport`; `HttpTransport` uses XML-RPC over one kept-alive connection. Answers are returned
unchanged, unless they take too long or are too large. Any error becomes a `Failure` with a text of our own, never with
that of another library's exception, which may contain the request with the password.
"""

import http.client
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    IncompleteRead,
    InvalidHeader,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from ..basics.errors import AnswerError, OneError, TimedOutError, UnreachableError
from .answer import CUT, PIECE, read_answer, too_large, unpacked
from .connection import Connection
from .failure import Failure
from .measure import Budget, CallTimeout, Overflow
from .settings import Settings
from .writing import Writer

LONGEST_CONNECT = 10
#: The maximum duration of a whole call, in timeouts, however slowly the server answers.
WHOLE = 4
# The seconds of idle time after which a connection is not used for a write. The server closes idle connections at any
# time (oned after KEEPALIVE_TIMEOUT, 15 s; a proxy possibly earlier). urllib3 detects a close that has arrived, but a
# close that arrives after the request was sent is a connection reset, after which it is unknown whether a write took
# effect. Writes therefore avoid old connections; reads are repeated. The other limit, KEEPALIVE_MAX_CONN calls for each
# connection, is announced by the server ("Connection: close").
FRESH = 2.0


class Transport:
    """The interface through which a client sends calls. Tests can provide their own."""

    #: How many seconds the clock of the endpoint is ahead of this machine's, if known.
    ahead = 0.0

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        """Return OpenNebula's raw answer to a call: `[True, body, code, …]`, or `[False, reason, code, …]`.

        params: those of the method, the session first. Raises Failure without such an answer.
        """
        raise NotImplementedError

    def freshen(self) -> None:
        """Prepare for a call that can be sent only once."""

    def close(self) -> None:
        """Release all resources; a later call acquires them again."""


class HttpTransport(Transport):
    """Posts calls as XML-RPC to the endpoint of `settings`."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._writer: Writer | None = None
        self._timeout = urllib3.Timeout(connect=min(settings.timeout, LONGEST_CONNECT), read=settings.timeout)
        self._budget = Budget(settings.timeout, WHOLE * settings.timeout, settings.max_answer << 20)
        self._connect()

    def _connect(self) -> None:
        self._connection: Connection | None = None
        self._process, self._used = os.getpid(), 0.0

    def freshen(self) -> None:
        """Make sure that the next request does not use a connection that the server is about to close."""
        if time.monotonic() - self._used > FRESH:
            self.close()

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        """Post a call and return its answer."""
        if self._process != os.getpid():
            # A fork shares the socket; two processes must not use one connection.
            self._connect()
        response, failure = None, None
        try:
            response = self._post(self._written(method, params))
            return self._received(response)
        except (OSError, urllib3.exceptions.HTTPError) as err:
            failure = self._explain(err, response is not None)
        raise failure

    def _written(self, method: str, params: Sequence[Any]) -> bytes:
        if self._writer is None:
            self._writer = Writer(self._settings)
        _, *rest = params
        return self._writer.written(method, rest)

    def _post(self, body: bytes) -> urllib3.HTTPResponse:
        if self._connection is None:
            self._connection = Connection(self._settings, self._budget)
        self._budget.start()
        return self._connection.post(body, self._timeout)

    def _received(self, response: urllib3.HTTPResponse) -> Any:
        whole = False
        try:
            if response.status != 200:
                raise _http_failure(response.status)
            self.ahead = _ahead(response.headers.get("Date", ""), self.ahead)
            answer = self._read(response)
            whole = True
        finally:
            if not whole:
                # Further data must not be taken for the next answer.
                response.close()
        self._used = time.monotonic()
        return answer

    def _read(self, response: urllib3.HTTPResponse) -> Any:
        largest = self._budget.largest
        if (response.length_remaining or 0) > largest:
            raise too_large(largest)
        return read_answer(unpacked(_pieces(response), response.headers.get("Content-Encoding", ""), largest), largest)

    def _explain(self, err: Exception, begun: bool) -> Failure:
        """Return the Failure for `err`, an exception of urllib3; begun: whether the response had started."""
        connect, read = self._timeout.connect_timeout, self._settings.timeout
        causes = _chain(err)
        if any(isinstance(cause, Overflow) for cause in causes):
            return too_large(self._budget.largest)
        for kinds, error, text, options in _EXPLANATIONS:
            if any(isinstance(cause, kinds) for cause in causes):
                advice = text(causes) if callable(text) else text.format(connect=connect, read=read, whole=WHOLE * read)
                return Failure(error, advice, **options)
        cut = begun and isinstance(err, ProtocolError)
        return Failure(AnswerError, CUT, **_SENT) if cut else Failure(UnreachableError, _GONE, **_SENT)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _pieces(raw: Any) -> Iterator[bytes]:
    """Yield the content of a response as it arrives."""
    yield from raw.stream(PIECE, decode_content=False)
    if raw.length_remaining:
        # urllib3 1 returns partial content without an error.
        raise Failure(AnswerError, CUT, **_SENT)


def _ahead(date: str, known: float) -> float:
    """How far the clock in a Date header is ahead; the known value for an invalid header."""
    try:
        return parsedate_to_datetime(date).replace(tzinfo=timezone.utc).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return known


def _chain(err: BaseException) -> list[BaseException]:
    """Return `err` and all exceptions that it wraps: as cause, as context, as argument or as `reason`."""
    found: list[BaseException] = []
    waiting: list[Any] = [err]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def _unverified(causes: Sequence[BaseException]) -> str:
    reason = next(cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError))
    return (
        f"shows a TLS certificate that cannot be trusted ({reason}); "
        "set connection:ca to the certificate of the authority that signed it"
    )


_UNSENT = {"transient": True}
_SENT = {"transient": True, "unknown": True}
_GONE = "closed the connection without an answer"
_TLS = (ssl.SSLError, SSLError)

_Kinds = type[BaseException] | tuple[type[BaseException], ...]
_Advice = str | Callable[[Sequence[BaseException]], str]
# The meaning of an exception in the chain, the more specific first.
_EXPLANATIONS: tuple[tuple[_Kinds, type[OneError], _Advice, dict[str, bool]], ...] = (
    (ssl.SSLCertVerificationError, UnreachableError, _unverified, {}),
    (
        _TLS,
        UnreachableError,
        "ended the TLS handshake; check http or https, the port, connection:ca and connection:cert",
        _SENT,
    ),
    (ProxyError, UnreachableError, "cannot be reached through the proxy that the environment names", _UNSENT),
    (LocationValueError, UnreachableError, "is not a valid address; check the endpoint", {}),
    (socket.gaierror, UnreachableError, "has a host name that does not resolve; check the endpoint", _UNSENT),
    (ConnectionRefusedError, UnreachableError, "refuses connections; is OpenNebula running there?", _UNSENT),
    (NewConnectionError, UnreachableError, "cannot be reached; check the endpoint and the network", _UNSENT),
    (ConnectTimeoutError, TimedOutError, "does not accept a connection within {connect:g} s", _UNSENT),
    (CallTimeout, TimedOutError, "did not complete its answer within {whole:g} s", {"unknown": True}),
    ((ReadTimeoutError, TimeoutError), TimedOutError, "gave no answer within {read:g} s", _SENT),
    (http.client.RemoteDisconnected, UnreachableError, _GONE, _SENT),
    ((IncompleteRead, http.client.IncompleteRead), AnswerError, CUT, _SENT),
    ((http.client.HTTPException, InvalidHeader), AnswerError, "answered with something that is not HTTP", _SENT),
)


def _http_failure(status: int) -> Failure:
    seen = f"answered HTTP {status}"
    if 300 <= status < 400:
        return Failure(AnswerError, f"{seen}, a redirection; set the endpoint to the final address")
    if status == 404:
        return Failure(AnswerError, f"{seen}; the path of OpenNebula's API is /RPC2")
    return Failure(AnswerError, seen, transient=status in (502, 503, 504), unknown=status >= 500)
