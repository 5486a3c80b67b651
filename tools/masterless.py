"""A masterless minion and an embedded OpenNebula in a temporary folder, for demonstrations and benchmarks."""

from __future__ import annotations

import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
#: The pillar of 21 users.
EXAMPLE = REPOSITORY / "pillar" / "examples" / "schools"
ADMINISTRATOR, PASSWORD = "oneadmin", "opennebula"
READS = ("info", "infoextended", "infoset", "version")
#: The file of the example pillar's second team.
SECOND_TEAM = "reseau.sls"


class Failed(Exception):
    """A step has failed; the text is the reason."""


class Minion:
    """``salt-call --local`` with a configuration, a cache and a copy of the pillar in one temporary folder."""

    def __init__(self, folder: pathlib.Path, endpoint: str, pillar: pathlib.Path):
        self.folder, self.endpoint = folder, endpoint
        self.pillar = folder / "pillar"
        # One team of the example is enough here; the file of the other one can be removed.
        shutil.copytree(pillar, self.pillar, ignore=shutil.ignore_patterns(SECOND_TEAM))
        # The minion's own configuration overrides the pillar: only this endpoint is ever called.
        connection = {"endpoint": endpoint, "username": ADMINISTRATOR, "password": PASSWORD}
        config = {
            "id": "masterless",
            "file_client": "local",
            "root_dir": str(folder),
            "log_level": "error",
            "log_level_logfile": "quiet",
            "file_roots": {"base": [str(REPOSITORY / "salt" / "states"), str(REPOSITORY / "salt")]},
            "pillar_roots": {"base": [str(self.pillar)]},
            "opennebula": {"connection": connection},
        }
        (folder / "minion").write_text(json.dumps(config))

    def call(self, *arguments: str, status: int = 0) -> tuple[Any, float]:
        """Run ``salt-call``; returns its data and its duration, in seconds. Raises Failed if it fails.

        status
            The expected exit status.
        """
        command = [str(pathlib.Path(sys.executable).with_name("salt-call")), "--local", "-c", str(self.folder)]
        started = time.monotonic()
        done = subprocess.run(
            [*command, "--out=json", "--out-indent=-1", *arguments], capture_output=True, text=True, check=False
        )
        took = time.monotonic() - started
        try:
            data = json.loads(done.stdout)["local"]
        except (ValueError, KeyError):
            raise Failed(f"salt-call {' '.join(arguments)}: {done.stdout}{done.stderr}") from None
        if done.returncode != status:
            why = failures(data) or data
            raise Failed(f"salt-call {' '.join(arguments)} ended with {done.returncode}, not {status}: {why}")
        return data, took


class Master:
    """``salt-run`` beside a masterless minion: the same pillar, without a running master."""

    def __init__(self, minion: Minion):
        self.folder = minion.folder
        (self.folder / "var" / "cache" / "salt" / "master" / "proc").mkdir(parents=True)
        config = json.loads((self.folder / "minion").read_text())
        (self.folder / "master").write_text(json.dumps({**config, "id": "masterless_master"}))

    def run(self, *arguments: str) -> tuple[Any, list[str]]:
        """Run ``salt-run``; returns its data, and the lines of its progress. Raises Failed if it fails."""
        command = [str(pathlib.Path(sys.executable).with_name("salt-run")), "-c", str(self.folder)]
        done = subprocess.run([*command, "--out=json", *arguments], capture_output=True, text=True, check=False)
        try:
            data = json.loads(done.stdout)
        except ValueError:
            raise Failed(f"salt-run {' '.join(arguments)}: {done.stdout}{done.stderr}") from None
        if done.returncode:
            raise Failed(f"salt-run {' '.join(arguments)} failed: {data}")
        return data, done.stderr.splitlines()


def failures(states: Any) -> list[str]:
    """The comments of failed states."""
    if not isinstance(states, dict):
        return [str(states)]
    return [state["comment"] for state in states.values() if isinstance(state, dict) and state.get("result") is False]


class Witness:
    """Reads the cloud directly, independently of Salt."""

    def __init__(self, endpoint: str):
        self.endpoint = endpoint
        self._server = xmlrpc.client.ServerProxy(endpoint)
        self._session = f"{ADMINISTRATOR}:{PASSWORD}"

    def call(self, method: str, *params: Any) -> Any:
        """The answer of a direct call."""
        answer = getattr(self._server, method)(self._session, *params)
        if not answer[0]:
            raise Failed(f"{method}: {answer[1]}")
        return answer[1]

    def pool(self, method: str, *params: Any) -> Any:
        """A pool as an XML element."""
        body = self.call(method, *params)
        return etree.fromstring(body.encode(), etree.XMLParser(huge_tree=True, resolve_entities=False))

    def settle(self, method: str, number: int) -> None:
        """Wait until an object is READY."""
        end = time.monotonic() + 30
        while self.pool(method, number, False).findtext("STATE") != "1":
            if time.monotonic() > end:
                raise Failed(f"{method} {number}: not READY within 30 s")
            time.sleep(0.01)

    def networks(self) -> list[tuple[str, str, int]]:
        """(owner, name, VLAN) of every network that a user owns."""
        found = self.pool("one.vnpool.info", -2, -1, -1).iterfind("VNET")
        rows = [(each.findtext("UNAME"), each.findtext("NAME"), int(each.findtext("VLAN_ID") or 0)) for each in found]
        return [row for row in rows if row[0] != ADMINISTRATOR]

    def gateways(self) -> list[str]:
        """The owners of running VMs with the name gateway."""
        found = self.pool("one.vmpool.infoextended", -2, -1, -1, -1).iterfind("VM")
        running = [each for each in found if (each.findtext("STATE"), each.findtext("LCM_STATE")) == ("3", "3")]
        return [each.findtext("UNAME") for each in running if each.findtext("NAME") == "gateway"]

    def counters(self) -> dict[str, int]:
        """Calls by method since the start of the embedded OpenNebula, without this one."""
        return dict(self._server.onesim.counters())


def calls_between(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """The calls between two counts."""
    spent = {method: count - before.get(method, 0) for method, count in after.items() if method.startswith("one.")}
    return {method: count for method, count in spent.items() if count}


def writes(calls: dict[str, int]) -> int:
    """The number of writes among the calls."""
    return sum(count for method, count in calls.items() if method.rpartition(".")[2] not in READS)


@contextlib.contextmanager
def workshop(*options: str, pillar: pathlib.Path = EXAMPLE) -> Iterator[tuple[Minion, Witness]]:
    """An embedded OpenNebula, and a masterless minion that uses it.

    options
        Further options of the embedded OpenNebula.
    """
    with tempfile.TemporaryDirectory(prefix="onesalt") as folder, embedded(*options) as endpoint:
        yield Minion(pathlib.Path(folder), endpoint, pillar), Witness(endpoint)


@contextlib.contextmanager
def embedded(*options: str) -> Iterator[str]:
    """Run ``python -m onesim`` on a free port of the loopback interface and return its endpoint."""
    command = [sys.executable, "-m", "onesim", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    try:
        line = process.stdout.readline()
        if "http://" not in line:
            raise Failed(f"the embedded OpenNebula did not start: {line.strip() or process.poll()}")
        yield line[line.index("http://") :].strip()
    finally:
        process.terminate()
        process.wait()


def say(title: str, command: str = "") -> None:
    """Print the heading of the next step."""
    print(f"\n{title}" + (f"\n   $ {command}" if command else ""), flush=True)


def must(holds: bool, why: str) -> None:
    """Stop a demonstration if a result is unexpected."""
    if not holds:
        raise Failed(why)


def show(demonstration: Callable[[], None]) -> None:
    """Run a demonstration as a program: a failure is one line, and the exit status 1."""
    try:
        demonstration()
    except Failed as failure:
        print(f"demo failed: {failure}", file=sys.stderr)
        sys.exit(1)
