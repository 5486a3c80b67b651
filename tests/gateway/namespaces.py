"""Network namespaces as machines. All created objects have a common prefix, and are removed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import uuid

TOOLS = ("ip", "nft", "dnsmasq", "udhcpc")
ENVIRONMENT = {**os.environ, "PATH": f"/usr/sbin:/sbin:{os.environ['PATH']}", "LC_ALL": "C"}
CONVERSATION = pathlib.Path(__file__).with_name("conversation.py")
TIMEOUT = 120
#: Rules of the types that a gateway needs.
PROBE = """table inet probe {
    chain raw { type filter hook prerouting priority raw; fib saddr . iif oif missing drop; }
    chain nat { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }
}
"""


def missing(tools=TOOLS):
    """The requirements that this machine lacks, as a text; empty if it lacks none."""
    if os.geteuid() != 0:
        return "they need root"
    lacking = [tool for tool in tools if shutil.which(tool, path=ENVIRONMENT["PATH"]) is None]
    if lacking:
        return f"there is no {' nor '.join(lacking)}: make test-gateway installs what it can"
    probe = f"probe-{uuid.uuid4().hex[:8]}"
    problem = _attempt(["ip", "netns", "add", probe])
    if problem:
        return f"no network namespaces: {problem}"
    try:
        problem = _attempt(["ip", "netns", "exec", probe, "nft", "--check", "--file", "-"], PROBE)
        return f"no nftables with NAT and fib: {problem}" if problem else ""
    finally:
        _attempt(["ip", "netns", "delete", probe])


def _attempt(command, text=""):
    """The error of a command; empty if it succeeds."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    return done.stderr.strip() if done.returncode else ""


class World:
    """Some machines, and the host whose bridges connect them."""

    def __init__(self):
        self.prefix = f"g{uuid.uuid4().hex[:6]}"
        self.machines, self.folders = {}, []
        self._links = 0
        self.host = self.machine("host")

    def machine(self, name):
        """A new machine without any network."""
        machine = self.machines[name] = Machine(f"{self.prefix}-{name}")
        machine.begin()
        return machine

    def bridge(self, name):
        """A bridge of the host, as OpenNebula has one for each VLAN (``onebr.<id>``)."""
        self.host.run("ip", "link", "add", "name", name, "type", "bridge")
        self.host.run("ip", "link", "set", name, "up")

    def plug(self, machine, interface, bridge, mac=None, address=None):
        """Give a machine an interface on a bridge of the host."""
        self._links += 1
        near, far = f"v{self._links}", f"{self.prefix}v{self._links}"
        ip("link", "add", far, "netns", self.host.name, "type", "veth", "peer", "name", near, "netns", machine.name)
        self.host.run("ip", "link", "set", far, "master", bridge, "up")
        machine.run("ip", "link", "set", near, "name", interface, *(("address", mac) if mac else ()))
        machine.run("ip", "link", "set", interface, "up")
        if address:
            machine.run("ip", "address", "add", address, "dev", interface)

    @contextlib.contextmanager
    def cable(self, bridge, other):
        """Connect two bridges."""
        self.host.run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
        try:
            self.host.run("ip", "link", "set", "near", "master", bridge, "up")
            self.host.run("ip", "link", "set", "far", "master", other, "up")
            yield
        finally:
            self.host.run("ip", "link", "delete", "near")

    def remove(self):
        """Remove all created objects."""
        for machine in self.machines.values():
            machine.remove()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


class Machine:
    """A network namespace."""

    def __init__(self, name):
        self.name = name
        self.running = []

    def begin(self):
        """Make the namespace."""
        ip("netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def command(self, *arguments):
        return ["ip", "netns", "exec", self.name, *map(str, arguments)]

    def run(self, *arguments, check=True, text=None, timeout=TIMEOUT):
        """Run a command here and return its result; by default it must succeed."""
        done = subprocess.run(
            self.command(*arguments),
            input=text,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0 or not check, f"{self.name}: {arguments}: {done.stdout}{done.stderr}"
        return done

    def start(self, *arguments):
        """Start a command that runs until the test network is removed; its first line reports that it is ready."""
        process = subprocess.Popen(
            self.command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        self.running.append(process)
        assert process.stdout.readline(), f"{self.name}: {arguments} ends at once"
        return process

    def talk(self, *arguments):
        """Run one of the conversations of ``conversation.py``; returns its output, which is empty after a failure."""
        return self.run(sys.executable, CONVERSATION, *arguments, check=False).stdout.strip()

    def serve(self, *arguments):
        """Start one of its servers, which runs until the test network is removed."""
        return self.start(sys.executable, CONVERSATION, *arguments)

    def pings(self, address):
        """Whether an address answers."""
        return self.talk("ping", address) == address

    def processes(self):
        """The command lines of all processes here, by number."""
        command = ["ip", "netns", "pids", self.name]
        listed = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        found = {}
        for pid in map(int, listed.stdout.split()):
            with contextlib.suppress(FileNotFoundError):
                found[pid] = pathlib.Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")
        return found

    def remove(self):
        """Stop all processes here, then remove the namespace."""
        for process in self.running:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        # Background processes.
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ip("netns", "delete", self.name, check=False)


def ip(*arguments, check=True):
    """Run ``ip``."""
    problem = _attempt(["ip", *arguments])
    assert not problem or not check, f"ip {arguments}: {problem}"
