"""The wire: how a call reaches OpenNebula, and its answer comes back.

A client calls through a `Transport`; `HttpTransport` is the one that talks XML-RPC over one kept-alive connection.
Answers come back as OpenNebula gave them. Whatever fails leaves here as a `Failure`, built from what we know and never
from the text of another library's exception: those hold the request, and with it the password.
"""

import os
import socket
import ssl
import time
import xmlrpc.client
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from lxml import etree
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    InvalidProxyURL,
    InvalidSchema,
    InvalidURL,
    ProxyError,
    SSLError,
)
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, IncompleteRead, NewConnectionError, ReadTimeoutError

from ..basics.errors import AnswerError, ApiError, TimedOutError, UnreachableError

LONGEST_CONNECT = 10
HEADERS = {"Content-Type": "text/xml", "Accept": "*/*", "User-Agent": "saltext-opennebula"}

# A write may not ride on a connection that has been idle longer than this (seconds). The server closes idle
# connections when it likes (oned after KEEPALIVE_TIMEOUT, 15 s; a proxy perhaps sooner). urllib3 notices a close
# that has reached us, but one that crosses our request on the way shows as a reset, and then nobody can tell
# whether a write was carried out. So writes never come near the moment of that race; reads may, they are repeated.
# The other limit, KEEPALIVE_MAX_CONN calls a connection, is announced by the server ("Connection: close").
FRESH = 2.0

_INTEGERS = {"i4", "int", "i8", "i1", "i2"}


class Failure(Exception):
    """A call that brought no answer, or none of OpenNebula's.

    error: the OneError class to raise; text: what was seen, after the endpoint's name in a sentence; transient:
    trying again may help; unknown: the call may have reached OpenNebula and taken effect.
    """

    def __init__(self, error, text, transient=False, unknown=False, code=None):
        super().__init__(text)
        self.error = error
        self.text = text
        self.transient = transient
        self.unknown = unknown
        self.code = code


class _Adapter(HTTPAdapter):
    """One connection, checked by TCP while we wait for a slow answer."""

    def init_poolmanager(self, connections, maxsize, block=False, **kwargs):
        options = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
        for name, seconds in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10)):
            if hasattr(socket, name):
                options.append((socket.IPPROTO_TCP, getattr(socket, name), seconds))
        super().init_poolmanager(connections, maxsize, block, socket_options=options, **kwargs)


class Transport:
    """What a client calls through. Give it one of your own, and it talks to whatever that stands for."""

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        """Return OpenNebula's raw answer to a call: `[True, body, code, …]`, or `[False, reason, code, …]`.

        params: those of the method, the session first. Raises Failure when there is no such answer.
        """
        raise NotImplementedError

    def freshen(self) -> None:
        """Get ready for a call that can be sent only once."""

    def close(self) -> None:
        """Let go of what is held; a later call takes it up again."""


class HttpTransport(Transport):
    """Posts calls as XML-RPC to the endpoint of `settings`."""

    def __init__(self, settings):
        self._endpoint = settings.endpoint
        self._timeout = (min(settings.timeout, LONGEST_CONNECT), settings.timeout)
        self._verify = settings.verify and (settings.ca or True)
        self._cert = settings.cert
        self._connect()

    def _connect(self):
        session = requests.Session()
        # trust_env would also read ~/.netrc, and send whatever it holds for this host.
        session.trust_env = False
        session.proxies = _proxies(self._endpoint)
        session.verify, session.cert = self._verify, self._cert
        session.headers.update(HEADERS)
        session.mount(self._endpoint[: self._endpoint.index("://") + 3], _Adapter(pool_connections=1, pool_maxsize=1))
        self._session, self._process, self._used = session, os.getpid(), 0.0

    def freshen(self):
        """Make sure that the next request does not meet a connection the server is about to close."""
        if time.monotonic() - self._used > FRESH:
            self._session.close()

    def answer(self, method, params):
        """Post a call and return the answer to it."""
        if self._process != os.getpid():
            # A fork shares the socket; two processes must not talk on one connection.
            self._connect()
        return read_answer(self._post(write_call(method, params)))

    def _post(self, body):
        failure = None
        try:
            response = self._session.post(self._endpoint, data=body, timeout=self._timeout, allow_redirects=False)
        except (OSError, urllib3.exceptions.HTTPError) as err:
            failure = self._explain(err)
        if failure:
            raise failure
        self._used = time.monotonic()
        if response.status_code != 200:
            raise _http_failure(response)
        if response.raw.length_remaining:
            # urllib3 1 hands out what came, without a word.
            raise Failure(AnswerError, _CUT, **_SENT)
        return response.content

    def _explain(self, err):
        """Return the Failure that `err`, raised by requests, amounts to."""
        connect, read = self._timeout
        causes = _chain(err)
        for kinds, error, text, options in _EXPLANATIONS:
            if any(isinstance(cause, kinds) for cause in causes):
                advice = text(causes) if callable(text) else text.format(connect=connect, read=read)
                return Failure(error, advice, **options)
        return Failure(UnreachableError, "closed the connection without an answer", **_SENT)

    def close(self):
        """Close the connection; the next request opens another."""
        self._session.close()


def _proxies(endpoint):
    host = urlsplit(endpoint).hostname
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost" or host.endswith(".localhost")
    return {} if loopback else requests.utils.get_environ_proxies(endpoint)


def _chain(err):
    """Return `err` and all that it wraps: as cause, as context, as argument or as `reason`."""
    found, waiting = [], [err]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def _unverified(causes):
    reason = next(cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError))
    return (
        f"shows a TLS certificate that cannot be trusted ({reason}); "
        "set connection:ca to the certificate of the authority that signed it"
    )


_UNSENT = {"transient": True}
_SENT = {"transient": True, "unknown": True}
_CUT = "cut its answer short"
_TLS = (ssl.SSLError, SSLError, urllib3.exceptions.SSLError)
_PROXY = (ProxyError, InvalidSchema, InvalidProxyURL)

# What an exception somewhere in the chain means, the more telling first.
_EXPLANATIONS = (
    (ssl.SSLCertVerificationError, UnreachableError, _unverified, {}),
    (_TLS, UnreachableError, "broke off TLS; check http or https, the port, connection:ca and connection:cert", _SENT),
    (_PROXY, UnreachableError, "cannot be reached through the proxy that the environment names", _UNSENT),
    (InvalidURL, UnreachableError, "is not a valid address; check the endpoint", {}),
    (socket.gaierror, UnreachableError, "has a host name that does not resolve; check the endpoint", _UNSENT),
    (ConnectionRefusedError, UnreachableError, "refuses connections; is OpenNebula running there?", _UNSENT),
    (NewConnectionError, UnreachableError, "cannot be reached; check the endpoint and the network", _UNSENT),
    (ConnectTimeoutError, TimedOutError, "does not accept a connection within {connect:g} s", _UNSENT),
    ((ReadTimeoutError, TimeoutError), TimedOutError, "gave no answer within {read:g} s", _SENT),
    ((IncompleteRead, ChunkedEncodingError), AnswerError, _CUT, _SENT),
    (ContentDecodingError, AnswerError, "gave an answer that cannot be unpacked", _SENT),
)


def _http_failure(response):
    status = response.status_code
    seen = f"answered HTTP {status}"
    if 300 <= status < 400:
        return Failure(AnswerError, f"{seen}, a redirection; set the endpoint to the final address")
    if status == 404:
        return Failure(AnswerError, f"{seen}; the path of OpenNebula's API is /RPC2")
    return Failure(AnswerError, seen, transient=status in (502, 503, 504), unknown=status >= 500)


def write_call(method, params):
    """Return the XML-RPC request (bytes) of a call."""
    body = xmlrpc.client.dumps(tuple(params), method).encode()
    # A bare carriage return would reach OpenNebula as a line feed, as in any XML.
    return body.replace(b"\r", b"&#13;")


def read_answer(content):
    """Return the value of an XML-RPC response (bytes), which for OpenNebula is [ok, body, code, …].

    lxml reads a pool of 6 MB several times faster than xmlrpc.client's own parser. Entities stay off: nothing in
    an XML-RPC response declares any.
    """
    parser = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Failure(AnswerError, _seen(content), unknown=True) from None
    if root.tag != "methodResponse" or root.getroottree().docinfo.internalDTD is not None:
        raise Failure(AnswerError, _seen(content), unknown=True)
    fault = root.find("fault/value")
    try:
        if fault is not None:
            raise _fault(_value(fault))
        return _value(root.find("params/param/value"))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Failure(AnswerError, "answered with malformed XML-RPC", unknown=True) from None


def _value(element):
    if not len(element):
        return element.text or ""
    typed = element[0]
    kind, text = typed.tag, typed.text or ""
    if kind == "string":
        return text
    if kind in _INTEGERS:
        return int(text)
    if kind == "boolean":
        return {"0": False, "1": True}[text.strip()]
    if kind == "array":
        return [_value(item) for item in typed.find("data")]
    if kind == "struct":
        return {member.find("name").text: _value(member.find("value")) for member in typed}
    raise ValueError(kind)


def _fault(value):
    """A fault says that the server did not run the method: the call itself was wrong."""
    reason = " ".join(str(value["faultString"]).split())
    return Failure(ApiError, reason, code=int(value["faultCode"]))


def _seen(content):
    start = content[:1024].lstrip().lower()
    if not start:
        return "gave an empty answer"
    if start.startswith((b"<!doctype html", b"<html")):
        return "answered with an HTML page; is this OpenNebula's XML-RPC address, with the path /RPC2?"
    if start.startswith((b"<?xml", b"<methodresponse")):
        return "gave an answer that is cut short or damaged"
    return "answered with something that is not XML-RPC"
