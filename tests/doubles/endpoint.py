"""An endpoint with programmed answers, including invalid ones, for tests of the client."""

import contextlib
import socket
import socketserver
import struct
import threading
import time
import xmlrpc.client

#: The number of bytes sent at once in endless answers.
PIECE = 2**16
HTML = b"<!DOCTYPE html>\n<html><body>It works!</body></html>"


class Endpoint:
    """Serves one behaviour a request: those in `script` in order, then `otherwise` for all others.

    A behaviour takes the request's handler and body and returns the bytes to send, or None to close the connection.
    `requests` holds (connection number, method, parameters) of each request, parameters without the session;
    `targets` and `headers` hold what each request line asks for, and its headers.
    """

    def __init__(self, tls=None):
        self.script = []
        self.otherwise = answering(True, 0)
        self.requests = []
        self.targets = []
        self.headers = []
        self.connections = 0
        self.stopped = threading.Event()
        self.idle = 5
        self._tls = tls
        self._server = _Server(("127.0.0.1", 0), _Handler, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._server.server_address[1]}/RPC2"

    def wrap(self, connection):
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def behaviour(self):
        return self.script.pop(0) if self.script else self.otherwise

    def stop(self):
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address, handler, endpoint):
        self.endpoint = endpoint
        super().__init__(address, handler)

    def handle_error(self, request, client_address):
        """Broken connections are expected in these tests."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        endpoint = self.server.endpoint
        self.request.settimeout(endpoint.idle)
        self.request = endpoint.wrap(self.request)
        endpoint.connections += 1
        number = endpoint.connections
        with self.request, contextlib.suppress(OSError), self.request.makefile("rb") as stream:
            while (message := self._message(stream)) is not None:
                params, method = xmlrpc.client.loads(message)
                endpoint.requests.append((number, method, list(params[1:])))
                reply = endpoint.behaviour()(self, message)
                if reply is None:
                    return
                self.request.sendall(reply)

    def _message(self, stream):
        if stream.peek(1).startswith(b"\x16"):
            # The first byte of TLS, on a port without TLS.
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return None
        line = stream.readline()
        if not line:
            return None
        self.server.endpoint.targets.append(line.split()[1].decode())
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        self.server.endpoint.headers.append(headers)
        return stream.read(int(headers["content-length"]))


def http(body, status="200 OK", content_type="text/xml", length=None, extra=""):
    """Return a behaviour: an HTTP response, whose Content-Length may be wrong."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {size}\r\n{extra}\r\n"
    return lambda handler, message: head.encode() + body


def answering(*values, extra=""):
    """Return a behaviour: OpenNebula's answer with these values; a success needs no code."""
    values = values if len(values) > 2 else (*values, 0)
    return http(xmlrpc.client.dumps((list(values),), methodresponse=True).encode(), extra=extra)


def fault(code, text):
    return http(xmlrpc.client.dumps(xmlrpc.client.Fault(code, text)).encode())


def cut(handler, message):
    """Announce more than is sent, then close."""
    handler.request.sendall(http(b"<?xml version='1.0'?><methodResponse><par", length=4000)(handler, message))


def cut_chunks(handler, message):
    """Close in the middle of a chunk."""
    handler.request.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<methodResp")


def hang(handler, message):
    """Send nothing until the test is over."""
    handler.server.endpoint.stopped.wait(20)


def close(handler, message):
    """Close the connection in place of an answer."""


def reset(handler, message):
    """Abort the connection: the client sees a reset."""
    handler.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def slowly(seconds, behaviour):
    """Return `behaviour`, started after a pause."""

    def wait(handler, message):
        time.sleep(seconds)
        return behaviour(handler, message)

    return wait


def dripping(head, drop=b" ", pause=0.02):
    """Return a behaviour: `head` at once, then single bytes with pauses, as long as the client reads."""

    def drip(handler, message):
        handler.request.sendall(head)
        while not handler.server.endpoint.stopped.wait(pause):
            handler.request.sendall(drop)

    return drip


def endless(head, wave):
    """Return a behaviour: `head`, then `wave` repeatedly, as fast as the client reads."""

    def flow(handler, message):
        handler.request.sendall(head)
        waves = wave * (1 + PIECE // len(wave))
        while not handler.server.endpoint.stopped.is_set():
            handler.request.sendall(waves)

    return flow


def headed(start=b"", *headers):
    """Return the head of a response without a length, and the start of its content."""
    lines = ["HTTP/1.1 200 OK", "Content-Type: text/xml", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + start


def chunk(content):
    return b"%x\r\n%s\r\n" % (len(content), content)
