"""A proxy between a client and a cloud that records their conversation for tests.contract.player.

Data that depend on time are omitted: repeated reads become one row, of their answers only names and final states are
kept, and a read becomes a wait for that answer.
"""

import threading
import urllib.request
import xmlrpc.client
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

from lxml import etree

RUNNING = "3"
PASSING = {"VM": "01", "IMAGE": "0467", "HOST": "0", "VNET": "023"}
PATIENCE = 20


class _Proxy(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with urllib.request.urlopen(self.server.target, body) as response:
            answer = response.read()
        self.server.note(body, answer)
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Logs nothing."""


@contextmanager
def recording(endpoint):
    """The endpoint for the client, and the list with its conversation."""
    rows = []

    def note(request, response):
        (auth, *params), method = xmlrpc.client.loads(request)
        (answer,), _ = xmlrpc.client.loads(response)
        row = _row({"auth": auth, "method": method, "params": params}, answer)
        if row:
            rows[:] = [*_without(rows, _call(row)), row]

    with ThreadingHTTPServer(("127.0.0.1", 0), _Proxy) as server:
        server.target, server.note = endpoint, note
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/RPC2", rows
        finally:
            server.shutdown()
            thread.join()


def is_question(row):
    """Whether a row is a read."""
    return _call(row)[1].endswith("info")


def _call(row):
    return [row.get("wait", row)[part] for part in ("auth", "method", "params")]


def _without(rows, call):
    """The rows without repeated reads."""
    written = [number for number, row in enumerate(rows, 1) if not is_question(row)]
    start = written[-1] if written else 0
    return rows[:start] + [row for row in rows[start:] if _call(row) != call]


def _row(call, answer):
    """The row of a call; None for an answer with a temporary state."""
    ok, body, *rest = answer
    if not ok:
        return {**call, "ok": False, "code": rest[0]}
    if not (isinstance(body, str) and body.startswith("<")):
        return {**call, "ok": True, "body": body}
    element = etree.fromstring(body)
    if _is_passing(element):
        return None
    return {"wait": {**call, "body": _essence(element), "timeout": PATIENCE}}


def _is_passing(element):
    return element.findtext("STATE") in PASSING.get(element.tag, ())


def _essence(element):
    """The names of objects and their final states, as XML."""
    tags = ("ID", "NAME") if _is_passing(element) else ("ID", "NAME", "STATE")
    kept = [f"<{part.tag}>{escape(part.text or '')}</{part.tag}>" for part in element if part.tag in tags]
    if element.tag == "VM" and element.findtext("LCM_STATE") == RUNNING:
        kept.append(f"<LCM_STATE>{RUNNING}</LCM_STATE>")
    return f"<{element.tag}>{''.join(kept or map(_essence, element))}</{element.tag}>"
