"""The HTTP server: one thread for each connection, which is closed after the answer like the daemon's, or kept open."""

import logging
import socketserver
import threading
import time
from html import escape
from http import HTTPStatus

from onesim.api.dispatch import Long
from onesim.errors import FAULT_INTERNAL, FAULT_LIMIT, Fault
from onesim.wire import codec

log = logging.getLogger("onesim")

MAX_HEADERS = 32 * 1024
MAX_BODY = 16 * 1024 * 1024
IDLE_SECONDS = 300
XML = "text/xml; charset=utf-8"
HTML = b"<html><head><title>onesim</title></head><body><h1>This is no answer</h1></body></html>\r\n"


class BadRequest(Exception):
    """A request that is not an HTTP POST of an XML-RPC call; the connection is closed after the status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status
        self.text = text

    @property
    def page(self):
        """The body of the answer, in HTML."""
        title = f"Error {self.status.value}"
        page = (
            f"<HTML><HEAD><TITLE>{title}</TITLE></HEAD><BODY><H1>{title}</H1><P>{escape(self.text)}</P></BODY></HTML>"
        )
        return f"{page}\r\n".encode()


class Server(socketserver.ThreadingTCPServer):
    """Serves a dispatcher on host:port (0: a free one)."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, dispatcher, host="127.0.0.1", port=0, delay=0.0, max_body=MAX_BODY, calls=None, keep_alive=False
    ):
        self.dispatcher = dispatcher
        self.keep_alive = keep_alive
        self.delay = delay
        self.calls = calls
        self.max_body = max_body
        super().__init__((host, port), Connection)

    @property
    def port(self):
        return self.server_address[1]

    @property
    def endpoint(self):
        return f"http://{self.server_address[0]}:{self.port}/RPC2"

    def handle_error(self, request, client_address):
        """Ignores a client that disconnects during a call."""
        log.debug("connection of %s ended", client_address, exc_info=True)

    def start(self):
        """Starts the server in a thread."""
        threading.Thread(target=self.serve_forever, args=(0.01,), name="onesim-server", daemon=True).start()


class Connection(socketserver.StreamRequestHandler):
    """One client's requests, one after the other."""

    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = 0

    def handle(self):
        try:
            while (request := self._read_head()) is not None:
                if not self._serve(*request):
                    break
        except BadRequest as refusal:
            self.reply(refusal.page, refusal.status, "text/html", keep=False)
        except (TimeoutError, ConnectionError):
            pass

    def _read_head(self):
        """(headers, whether to keep the connection) of the next request; None at the end of the connection."""
        line = self.rfile.readline(MAX_HEADERS)
        while line in (b"\r\n", b"\n"):
            line = self.rfile.readline(MAX_HEADERS)
        if not line:
            return None
        verb, path, version = self._request_line(line)
        headers = self._headers()
        if path.partition("?")[0] != "/RPC2":
            raise BadRequest(HTTPStatus.NOT_FOUND, f"Calls go to /RPC2, not to '{path}'")
        if verb != "POST":
            raise BadRequest(HTTPStatus.METHOD_NOT_ALLOWED, "POST is the only HTTP method this server understands")
        wish = headers.get("connection", "keep-alive" if version == "HTTP/1.1" else "close").lower()
        return headers, self.server.keep_alive and wish == "keep-alive"

    @staticmethod
    def _request_line(line):
        try:
            verb, path, version = line.decode("latin-1").split()
        except ValueError:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "Unable to parse the request header") from None
        return verb, path, version

    def _headers(self):
        headers, size = {}, 0
        while (line := self.rfile.readline(MAX_HEADERS)) not in (b"\r\n", b"\n"):
            size += len(line)
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon:
                raise BadRequest(HTTPStatus.BAD_REQUEST, "A header field has no colon (:)")
            if size > MAX_HEADERS:
                raise BadRequest(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "Too many header fields")
            headers[name.strip().lower()] = value.strip()
        return headers

    def _serve(self, headers, keep):
        """Answers one request; returns whether to keep the connection."""
        length = _content_length(headers)
        if length > self.server.max_body:
            fault = Fault(FAULT_LIMIT, f"Call is too large: {length} bytes, at most {self.server.max_body} are taken")
            self.reply(codec.write_fault(fault), keep=False)
            return False
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(length)
        if len(body) < length:
            return False
        return self._respond(body, keep)

    def _respond(self, body, keep):
        """Answers one call, or applies a fault rule; returns whether to keep the connection."""
        try:
            name, params = codec.read_call(body)
        except Fault as fault:
            self.reply(codec.write_fault(fault), keep=keep)
            return keep
        started = time.monotonic()
        rule = self._struck(name)
        answer = None if rule and rule.moment == "before" else self._answer(name, params)
        if self.server.calls:
            fault = f"{rule.action} {rule.moment}" if rule else ""
            self.server.calls.write(name, params, answer, time.monotonic() - started, fault)
        if rule:
            return self._misbehave(rule, name, answer, keep)
        self.reply(_body(answer), keep=keep)
        return keep

    def _struck(self, name):
        """Waits as fault rules require; returns the rule to apply, if any."""
        rules = [] if name.startswith("onesim.") else self.server.dispatcher.faults.on_call(name)
        for rule in rules:
            if rule.action == "delay":
                time.sleep(rule.value / 1000)
        return next((rule for rule in rules if rule.action != "delay"), None)

    def _answer(self, name, params):
        """The answer to a call, or the Fault instead."""
        dispatcher = self.server.dispatcher
        try:
            if self.server.delay and dispatcher.method(name).writes:
                time.sleep(self.server.delay)
            return dispatcher.answer(name, params)
        except Fault as fault:
            return fault
        except Exception as error:
            log.exception("a call failed")
            return Fault(FAULT_INTERNAL, f"Internal error: {type(error).__name__}: {error}")

    def _misbehave(self, rule, name, answer, keep):
        """Replies as a fault rule requires; returns whether to keep the connection."""
        if rule.action == "error":
            self.reply(_body([False, f"[{name}] {rule.message}", rule.value, -1, Long(-1)]), keep=keep)
        elif rule.action == "http":
            self.reply(HTML, HTTPStatus(rule.value), "text/html", keep=keep)
        elif rule.action == "html":
            self.reply(HTML, content_type="text/html", keep=keep)
        elif rule.action == "empty":
            self.reply(b"", keep=keep)
        elif rule.action == "cut":
            body = _body(answer or [True, "", 0])
            self.wfile.write(_head(HTTPStatus.OK, XML, len(body), keep=False) + body[: len(body) // 2])
        elif rule.action == "hang":
            self.connection.settimeout(None)
            self.rfile.read(1)
        return keep and rule.action not in ("drop", "cut", "hang")

    def reply(self, body, status=HTTPStatus.OK, content_type=XML, keep=True):
        """Sends a whole response at once."""
        self.wfile.write(_head(status, content_type, len(body), keep) + body)


def _content_length(headers):
    text = headers.get("content-length")
    if text is None:
        raise BadRequest(HTTPStatus.LENGTH_REQUIRED, "A call needs a content-length header")
    if not (text.isascii() and text.isdigit()):
        raise BadRequest(HTTPStatus.BAD_REQUEST, f"The content-length header is no number: '{text}'")
    if not int(text):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "According to its content-length header, the request is empty")
    return int(text)


def _head(status, content_type, length, keep):
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n"
        f"Connection: {'keep-alive' if keep else 'close'}\r\nServer: onesim\r\n\r\n"
    ).encode("latin-1")


def _body(answer):
    return codec.write_fault(answer) if isinstance(answer, Fault) else codec.write_answer(answer)
