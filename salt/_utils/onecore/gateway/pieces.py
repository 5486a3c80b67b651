"""The parts of a gateway's configuration: each is one file, and knows how to activate it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from . import dnsmasq, firewall, managers, network
from .system import Failed, System

FOLDER = "/etc/onegateway"
#: The rule set as the kernel shows it after loading, to see later whether somebody has changed it.
LOADED = "/var/lib/misc/onegateway.firewall"
#: What managers call an interface that they leave alone, and how long they may take to let go of one, in seconds.
UNMANAGED, PATIENCE, PAUSE = "unmanaged", 10.0, 0.1


@dataclass(frozen=True)
class Piece:
    """One file of the configuration and what it configures.

    tool
        The program that checks the text, if there is one that does so without a change.
    """

    text: str
    name: ClassVar[str]
    path: ClassVar[str]
    tool: ClassVar[str] = ""

    def check(self, system: System) -> None:
        """Raise Failed when the text is no valid configuration; the tool reads it before there is a file."""

    def holds(self, system: System) -> bool:
        """Whether the machine does what the file says."""
        raise NotImplementedError

    def load(self, system: System, before: str) -> None:
        """Make the machine do what the file says, which said ``before`` until now; raise Failed when it does not."""
        raise NotImplementedError

    def unload(self, system: System) -> None:
        """Make the machine forget what the text says, before its file is removed."""
        raise NotImplementedError


class Firewall(Piece):
    """The rule set."""

    name, path, tool = "firewall", f"{FOLDER}/firewall.nft", "nft"

    def check(self, system: System) -> None:
        system.run([self.tool, "--check", "--file", "-"], self.text)

    def holds(self, system: System) -> bool:
        try:
            return self._listing(system) == system.read(LOADED)
        except Failed:
            return False

    def load(self, system: System, before: str) -> None:
        system.run(["nft", "--file", self.path])
        system.write(LOADED, self._listing(system))

    def unload(self, system: System) -> None:
        # Whether it is there or not.
        system.run(["nft", "--file", "-"], f"table {firewall.TABLE}\ndelete table {firewall.TABLE}\n")
        system.remove(LOADED)

    def _listing(self, system: System) -> str:
        return system.run(["nft", "--stateless", "list", "table", *firewall.TABLE.split()])


class Manager(Piece):
    """What makes a network manager leave interfaces alone.

    unit
        Its service.
    folder
        Of its configuration: if there is none, there is no such manager.
    interface
        How the text names an interface.
    listing, line
        The command that lists interfaces with their states, and how to take apart a line into the two.
    rereading
        The command that makes it read its configuration again, and let go of what it is to leave alone.
    """

    unit: ClassVar[str]
    folder: ClassVar[str]
    interface: ClassVar[re.Pattern[str]]
    listing: ClassVar[Sequence[str]]
    line: ClassVar[re.Pattern[str]]
    rereading: ClassVar[Sequence[str]]

    def holds(self, system: System) -> bool:
        return not self._managed(system)

    def load(self, system: System, before: str) -> None:
        self._reread(system)
        # It lets go in its own time, and takes away what it has set there: nothing may be set again before that.
        end = time.monotonic() + PATIENCE
        while managed := self._managed(system):
            if time.monotonic() > end:
                raise Failed(f"{self.unit} does not leave {', '.join(managed)} alone")
            time.sleep(PAUSE)

    def unload(self, system: System) -> None:
        # It takes the interfaces back at once, as long as it does not find the file.
        system.remove(self.path)
        self._reread(system)

    def _reread(self, system: System) -> None:
        if system.service["status"](self.unit):
            system.run(self.rereading)

    def _managed(self, system: System) -> list[str]:
        """The interfaces of the text that it does not leave alone."""
        if not system.service["status"](self.unit):
            return []
        states = dict(self.line.findall(system.run(self.listing)))
        return [name for name in self.interface.findall(self.text) if states.get(name, UNMANAGED) != UNMANAGED]


class Networkd(Manager):
    """systemd-networkd, which netplan uses too."""

    name, unit, folder = "networkd", "systemd-networkd", "/etc/systemd/network"
    path = f"{folder}/00-onegateway.network"
    interface = managers.NETWORKD_NAME
    listing = ("networkctl", "--no-legend", "--no-pager", "list")
    line = re.compile(r"^ *\d+ (\S+) .*?(\S+) *$", re.MULTILINE)
    rereading = ("networkctl", "reload")


class NetworkManager(Manager):
    """NetworkManager."""

    name, unit, folder = "NetworkManager", "NetworkManager", "/etc/NetworkManager"
    path = f"{folder}/conf.d/90-onegateway.conf"
    interface = managers.NETWORK_MANAGER_NAME
    listing = ("nmcli", "--terse", "--fields", "DEVICE,STATE", "device")
    line = re.compile(r"^([^:\n]+):(.*)$", re.MULTILINE)
    rereading = ("nmcli", "general", "reload", "conf")


class Network(Piece):
    """The addresses."""

    name, path = "network", f"{FOLDER}/network.batch"

    def holds(self, system: System) -> bool:
        ensured = self._addresses(system).issuperset(network.addresses(self.text))
        return ensured and system.ways_out().isdisjoint(network.interfaces(self.text))

    def load(self, system: System, before: str) -> None:
        system.run(["ip", "-force", "-batch", self.path])
        self._withdraw(system, network.withdrawal(before, self.text))

    def unload(self, system: System) -> None:
        self._withdraw(system, network.withdrawal(self.text))

    def _addresses(self, system: System) -> set[str]:
        return {f"{each} dev {link['name']}" for link in system.interfaces() for each in link["addresses"]}

    def _withdraw(self, system: System, commands: str) -> None:
        there = self._addresses(system)
        gone = [line for line in commands.splitlines() if line.removeprefix("address delete ") in there]
        if gone:
            system.run(["ip", "-batch", "-"], "".join(f"{line}\n" for line in gone))


class Dnsmasq(Piece):
    """The name and address server."""

    name, path, tool, unit = "dnsmasq", f"{FOLDER}/dnsmasq.conf", "dnsmasq", "onegateway-dnsmasq"

    def check(self, system: System) -> None:
        system.run([self.tool, "--test", "--conf-file=-"], self.text)

    def holds(self, system: System) -> bool:
        return bool(system.service["status"](self.unit))

    def load(self, system: System, before: str) -> None:
        if not system.service["restart"](self.unit) or not self.holds(system):
            raise Failed(f"the service {self.unit} does not start")

    def unload(self, system: System) -> None:
        if self.holds(system):
            system.service["stop"](self.unit)
        for left in (dnsmasq.PID, dnsmasq.LEASES):
            system.remove(left)


#: In the order in which they are loaded: the rules before there is anything to get through, and the addresses when
#: nobody else sets them any more.
PIECES: tuple[type[Piece], ...] = (Firewall, Networkd, NetworkManager, Network, Dnsmasq)
