"""Changes to the machine: files, commands, services."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..basics.errors import OneError

#: The PATH of an administrator on Debian; that of a minion may be shorter.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
COMMAND_TIMEOUT, CONNECT_TIMEOUT = 60, 3


class Failed(OneError):
    """A command failed; the text contains the command and its output."""


@dataclass(frozen=True)
class System:
    """The machine.

    service
        Salt's ``service`` functions by name: ``restart``, ``stop`` and ``status``.
    """

    service: Mapping[str, Callable[..., Any]]

    def read(self, path: str) -> str | None:
        """The text of a file; ``None`` if it does not exist."""
        try:
            return pathlib.Path(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write(self, path: str, text: str) -> None:
        """Replace a file atomically, so that no reader sees half of it."""
        target, draft = pathlib.Path(path), pathlib.Path(f"{path}.new")
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        # Some readers are not root, whatever the minion's umask is.
        draft.chmod(0o644)
        os.replace(draft, target)

    def remove(self, path: str) -> None:
        """Remove a file, and its folder if that is empty then and ours."""
        target = pathlib.Path(path)
        target.unlink(missing_ok=True)
        if target.parent.name == "onegateway":
            with contextlib.suppress(OSError):
                target.parent.rmdir()

    def exists(self, path: str) -> bool:
        """Whether a file or a folder exists."""
        return os.path.exists(path)

    def has(self, program: str) -> bool:
        """Whether a program is installed."""
        return shutil.which(program, path=PATH) is not None

    def run(self, command: Sequence[str], text: str = "") -> str:
        """Run a command and return its output; raises Failed if it fails.

        text
            Its standard input.
        """
        try:
            done = subprocess.run(
                list(command),
                input=text,
                capture_output=True,
                text=True,
                timeout=COMMAND_TIMEOUT,
                env={**os.environ, "PATH": PATH, "LC_ALL": "C"},
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"{command[0]}: {error}") from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").replace("\n", " | ")
            raise Failed(f"{' '.join(command)}: {said}")
        return done.stdout

    def interfaces(self) -> list[dict[str, Any]]:
        """Every interface with a hardware address: ``{"name", "mac", "addresses": ["192.168.0.1/24"]}``."""
        return [
            {
                "name": link["ifname"],
                "mac": link["address"],
                "addresses": [f"{each['local']}/{each['prefixlen']}" for each in link.get("addr_info", ())],
            }
            for link in json.loads(self.run(["ip", "-json", "address", "show"]))
            if link.get("link_type") == "ether"
        ]

    def ways_out(self) -> set[str]:
        """The interfaces with a default route."""
        return {route["dev"] for route in json.loads(self.run(["ip", "-json", "route", "show", "exact", "default"]))}

    def interface_towards(self, address: str) -> str | None:
        """The interface of the route to an address; ``None`` without a route."""
        try:
            return json.loads(self.run(["ip", "-json", "route", "get", address]))[0].get("dev")
        except Failed:
            return None

    def answers(self, address: str, port: int) -> bool:
        """Whether a new TCP connection can be established."""
        try:
            with socket.create_connection((address, port), CONNECT_TIMEOUT):
                return True
        except OSError:
            return False
