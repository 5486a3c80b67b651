"""Whether a guest answers at its address: on a port, or a ping, from the machine of this run."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress

from ..basics.errors import SettleError
from ..cloud.resource import Resource

#: The timeout of one attempt, in seconds.
ATTEMPT = 3


class Answer:
    """The answer of one guest. Attempts run in a thread, so that a guest without an answer does not delay others.

    port
        The port; ``None`` for a ping.
    """

    def __init__(self, port: int | None):
        self.port = port
        self._attempt: threading.Thread | None = None
        self._given = False

    @property
    def what(self) -> str:
        """What is awaited."""
        return "an answer to ping" if self.port is None else f"an answer on port {self.port}"

    def given(self, vm: Resource) -> bool:
        """Whether the guest has answered by now; starts another attempt if it has not."""
        if not self._given and (self._attempt is None or not self._attempt.is_alive()):
            self._begin(vm)
        return self._given

    def given_soon(self) -> bool:
        """Whether the guest answers the current attempt."""
        if self._attempt is not None:
            self._attempt.join()
        return self._given

    def _begin(self, vm: Resource) -> None:
        addresses = addresses_of(vm)
        if not addresses:
            raise SettleError(f"{self.what} is not possible: it has no IP address")
        if self.port is None and shutil.which("ping") is None:
            raise SettleError("ready: ping needs the command ping on the machine where this runs")
        self._attempt = threading.Thread(target=self._try, args=(addresses,), daemon=True)
        self._attempt.start()

    def _try(self, addresses: Sequence[str]) -> None:
        self._given = any(_pinged(each) if self.port is None else _connected(each, self.port) for each in addresses)


def addresses_of(vm: Resource) -> list[str]:
    """The IP addresses of a VM, in the order of its NICs."""
    nics = sorted(vm.vectors("TEMPLATE/NIC"), key=lambda nic: nic.number("NIC_ID"))
    return [nic[key] for nic in nics for key in ("IP", "IP6", "IP6_GLOBAL") if nic.get(key)]


def _connected(address: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((address, port), timeout=ATTEMPT):
        return True
    return False


def _pinged(address: str) -> bool:
    command = ["ping", "-n", "-c", "1", "-W", str(ATTEMPT), address]
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(command, capture_output=True, check=False, timeout=2 * ATTEMPT).returncode == 0
    return False
