"""onesim in tests: a server that runs during a block.

with onesim.testing.running() as cloud:
    server = xmlrpc.client.ServerProxy(cloud.endpoint)
    ...
    assert cloud.counters()["one.vn.allocate"] == 25
"""

import importlib
import multiprocessing
import os
import subprocess
import sys
import xmlrpc.client
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PASSWORD = "opennebula"
LOADED = "onesim.loaded"


class Running:
    """A running server: its address, and its calls."""

    session = f"oneadmin:{PASSWORD}"

    def __init__(self, process, endpoint, events=None):
        self.endpoint = endpoint
        self.events = events
        self.port = int(endpoint.rsplit(":", 1)[1].partition("/")[0])
        self.process = process

    def call(self, method, *params, session=None):
        """The value of a call as oneadmin (or another session); raises RuntimeError for a refusal."""
        with xmlrpc.client.ServerProxy(self.endpoint, allow_none=True) as proxy:
            answer = getattr(proxy, method)(session or self.session, *params)
        if not answer[0]:
            raise RuntimeError(answer[1])
        return answer[1]

    def counters(self):
        """{method: number of calls} since the start or the last reset."""
        with xmlrpc.client.ServerProxy(self.endpoint) as proxy:
            return proxy.onesim.counters()

    def reset_counters(self):
        with xmlrpc.client.ServerProxy(self.endpoint) as proxy:
            proxy.onesim.reset_counters()

    def kill(self):
        """Kills the server, like a power failure."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(*arguments):
    """Starts a server on a free port of 127.0.0.1 in a separate process, with further arguments."""
    command = [sys.executable, "-m", "onesim", *_on_a_free_port(arguments)]
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield Running(process, **_endpoints(process.stdout, command))
        finally:
            process.terminate()
            process.wait()


class Nursery:
    """Starts servers like `running`, in a tenth of the time: they are forked from a process that has loaded onesim.

    That process starts with the first server and ends with this one. If the main module of this process is a script, it
    must do nothing when it is imported.
    """

    def __init__(self):
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([LOADED, __name__])

    @contextmanager
    def running(self, *arguments):
        """A server on a free port of 127.0.0.1, with further arguments."""
        arguments = _on_a_free_port(arguments)
        reader, writer = self._context.Pipe(duplex=False)
        process = Forked(self._context.Process(target=_serve, args=(writer, arguments)))
        writer.close()
        try:
            with open(reader.fileno(), closefd=False) as lines:
                yield Running(process, **_endpoints(lines, arguments))
        finally:
            reader.close()
            process.terminate()
            process.wait()


class Forked:
    """A process of a nursery, with the methods of subprocess.Popen that tests need."""

    def __init__(self, process):
        process.start()
        self.terminate, self.kill = process.terminate, process.kill
        self._process = process

    def wait(self, timeout=None):
        self._process.join(timeout)
        return self._process.exitcode


def _serve(writer, arguments):
    # Imported here, since processes that only start servers need not load all of onesim.
    importlib.import_module(LOADED).serve(writer, arguments)


def _on_a_free_port(arguments):
    return ["--port", "0", *map(str, arguments)]


def _endpoints(lines, command):
    """The addresses of a server and its events, from its standard output."""
    endpoints = {}
    while "listening" not in endpoints:
        line = lines.readline()
        if not line:
            raise RuntimeError(f"onesim did not start: {' '.join(command)}")
        _, what, _, endpoint = line.split()
        endpoints[what] = endpoint
    return {"endpoint": endpoints["listening"], "events": endpoints.get("events")}
