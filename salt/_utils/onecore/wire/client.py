"""The client for all calls to OpenNebula.

It adds the session, repetition of read calls, counters, and an exception for each condition to a transport. Answers are
returned as XML: converting each object to a Python object would take ten times as long as parsing.
"""

from __future__ import annotations

import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..basics.errors import (
    BY_CODE,
    AnswerError,
    ApiError,
    ArgumentError,
    AuthenticationError,
    OneError,
    one_line,
)
from ..basics.secrecy import KNOWN, discreet
from ..basics.syntax import unsendable
from .failure import Failure
from .settings import Settings
from .transport import HttpTransport, Transport

log = discreet(__name__)

READS = frozenset({"info", "infoextended", "infoset", "monitoring", "accounting", "showback", "raftstatus"})
#: The names of calls that return the ID of a new object, and of writes that return a text.
MAKING = frozenset({"allocate", "instantiate", "clone", "disksaveas", "reserve"})
TEXTS = frozenset({"one.user.login", "one.userquota.update", "one.groupquota.update"})
TEXTS |= {"one.vmpool.calculateshowback", "one.system.sql", "one.system.sqlquery", "one.image.restore"}
SYSTEM_READS = frozenset({"one.system.version", "one.system.config"})
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
#: The reason for all calls, and not only one.
COMPLETES = "running again completes it"


def is_read(method: str) -> bool:
    """Tell whether the API method (str, "one.vnpool.info") only reads, so that it can be repeated."""
    return method in SYSTEM_READS or method.rpartition(".")[2] in READS


class Client:
    """The client of one user for one OpenNebula, with one transport; for one thread at a time.

    endpoint: URL of the XML-RPC API, "http://localhost:2633/RPC2". session: "user:password" or "user:token". transport:
    sends the calls; HTTP to the endpoint by default. See `transport.Transport`. tuning: further fields of `Settings`,
    by name.

    Attributes: `username`; `calls`, a Counter of requests sent by method; `writes`, how many of them were writes.
    Raises ConfigurationError for invalid settings.
    """

    def __init__(self, endpoint: str, session: str, transport: Transport | None = None, **tuning: Any):
        self._open(Settings(endpoint, session, **tuning), transport)

    @classmethod
    def from_config(
        cls,
        mapping: Mapping[str, Any] | None,
        environ: Mapping[str, str] = os.environ,
        transport: Transport | None = None,
    ) -> Client:
        """Return a client for the settings in `mapping`, completed from `environ`; see `Settings.read`."""
        client = cls.__new__(cls)
        client._open(Settings.read(mapping, environ), transport)
        return client

    def _open(self, settings: Settings, transport: Transport | None) -> None:
        for name in ("urllib3", "requests"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.endpoint, self.username = settings.endpoint, settings.username
        self._settings, self._secrets = settings, _Secrets(settings.session)
        KNOWN.remember(settings.session.partition(":")[2])
        self._transport = transport or HttpTransport(settings)
        self.calls: Counter[str] = Counter()
        self.writes = 0

    def __repr__(self) -> str:
        return f"<Client of {self.username} at {self.endpoint}>"

    def now(self) -> float:
        """Return the time of the endpoint's clock, in seconds since 1970; that of this machine if it is not known."""
        return time.time() + self._transport.ahead

    def close(self) -> None:
        """Close the connection; a later call opens another."""
        self._transport.close()

    def call(self, method: str, *params: Any) -> Any:
        """Call an API method and return the body of its answer, unchanged: int, str or bool.

        method: full name, "one.vn.allocate"; params: int, str, bool or lists of those, without the session. Raises the
        exception of `errors.BY_CODE` if OpenNebula refuses the call, UnreachableError, TimedOutError or AnswerError
        without an answer of OpenNebula, ArgumentError (nothing was sent) for a parameter that XML-RPC cannot transmit.
        """
        for number, param in enumerate(params, start=1):
            _check(param, f"{method}: parameter {number}")
        ok, body, code = self._read(method, params) if is_read(method) else self._write(method, params)
        if not ok:
            raise self._refusal(method, body, code)
        return body

    def _write(self, method: str, params: Sequence[Any]) -> list[Any]:
        self._transport.freshen()
        self.writes += 1
        failure = None
        try:
            return self._send(method, params)
        except Failure as err:
            failure = err
        raise self._error(method, failure)

    def _read(self, method: str, params: Sequence[Any]) -> list[Any]:
        # A server that hangs costs two timeouts at most, whatever `retries` is.
        deadline = time.monotonic() + 2 * self._settings.timeout
        failure = None
        for attempt in range(self._settings.retries + 1):
            if attempt:
                pause = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)
                if time.monotonic() + pause >= deadline:
                    break
                log.info("%s: %s; trying again", method, failure)
                time.sleep(pause)
            try:
                return self._send(method, params)
            except Failure as err:
                failure = err
            if not failure.transient:
                break
        assert failure is not None, "there is one attempt at least"
        raise self._error(method, failure)

    def _send(self, method: str, params: Sequence[Any]) -> list[Any]:
        self.calls[method] += 1
        answer = self._transport.answer(method, (self._settings.session, *params))
        if not _is_opennebulas(method, answer):
            raise Failure(AnswerError, "answered with XML-RPC that is not OpenNebula's", unknown=True)
        return answer[:3]

    def _error(self, method: str, failure: Failure) -> OneError:
        if failure.error is ApiError:
            reason = self._secrets.hide(failure.text)
            sentence = f"OpenNebula at {self.endpoint} does not accept the call {method}: {reason}"
        else:
            sentence = f"the endpoint {self.endpoint} {failure.text} (called: {method})"
        if failure.unknown and not is_read(method):
            sentence += f"; it is unknown whether OpenNebula did it, {COMPLETES}"
        return failure.error(sentence, code=failure.code, method=method)

    def _refusal(self, method: str, body: str, code: int) -> OneError:
        text = one_line(self._secrets.hide(body.removeprefix(f"[{method}]").strip()))
        error = BY_CODE.get(code, OneError)
        if error is AuthenticationError:
            text = (
                f"OpenNebula at {self.endpoint} does not accept the user '{self.username}' with this password "
                "or token; check the credentials, or renew an expired token"
            )
        return error(text or f"OpenNebula refused {method} without a reason", code=code, method=method)


def _is_opennebulas(method: str, answer: Any) -> bool:
    """Tell whether an answer is one of OpenNebula: whether the call succeeded, a body or a reason, a code."""
    if not isinstance(answer, list) or [type(each) for each in answer[::2][:2]] != [bool, int]:
        return False
    done, body = answer[:2]
    if not done:
        return type(body) is str
    if method.rpartition(".")[2] in MAKING:
        return type(body) is int and 0 <= body < 2**31
    # A write returns the ID of the object.
    return type(body) in (str, int, bool) and (type(body) is not str or is_read(method) or method in TEXTS)


class _Secrets:
    """Masks a session's password in foreign texts, where it is a separate word."""

    __slots__ = ("_pattern",)

    def __init__(self, session: str):
        self._pattern = re.compile(rf"(?<!\w){re.escape(session.partition(':')[2])}(?!\w)")

    def __repr__(self) -> str:
        return "<secrets>"

    def hide(self, text: str) -> str:
        return self._pattern.sub("***", text)


def _check(param: Any, what: str) -> None:
    if isinstance(param, list | tuple):
        for item in param:
            _check(item, what)
    elif type(param) is str:
        fault = unsendable(param)
        if fault:
            raise ArgumentError(f"{what} {fault}")
    elif type(param) is int:
        if not -(2**31) <= param < 2**31:
            raise ArgumentError(f"{what} is a number beyond 32 bits, which OpenNebula's API cannot represent")
    elif type(param) is not bool:
        raise ArgumentError(f"{what} is a {type(param).__name__}, not text, a whole number, a boolean or a list")
