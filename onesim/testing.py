"""onesim in tests: a server that runs while a block does.

with onesim.testing.running() as cloud:
    server = xmlrpc.client.ServerProxy(cloud.endpoint)
    ...
    assert cloud.counters()["one.vn.allocate"] == 25
"""

import os
import subprocess
import sys
import xmlrpc.client
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PASSWORD = "opennebula"


class Running:
    """A server under way: where it is, and what it was asked."""

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
        """Ends the server as a power cut would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(*arguments):
    """Starts a server on a free port of 127.0.0.1 in a process of its own, with more arguments if need be."""
    command = [sys.executable, "-m", "onesim", "--port", "0", *map(str, arguments)]
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            endpoints = {}
            while "listening" not in endpoints:
                line = process.stdout.readline()
                if not line:
                    raise RuntimeError(f"onesim did not start: {' '.join(command)}")
                _, what, _, endpoint = line.split()
                endpoints[what] = endpoint
            yield Running(process, endpoints["listening"], endpoints.get("events"))
        finally:
            process.terminate()
            process.wait()
