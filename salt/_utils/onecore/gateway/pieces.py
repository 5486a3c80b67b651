"""The parts of a gateway's configuration: each is one file, and knows how to activate it."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from . import dnsmasq, firewall, managers, network
from .managers import FOLDER
from .system import Failed, System

#: The rule set as the kernel lists it after loading, to detect changes by others later.
LOADED = "/var/lib/misc/onegateway.firewall"
#: The state of an unmanaged interface in each manager, and how long managers may take to release one, in seconds.
UNMANAGED, PATIENCE, PAUSE = "unmanaged", 10.0, 0.1


@dataclass(frozen=True)
class Piece:
    """One file of the configuration, and how it is activated.

    tool
        The program that checks the text without changing anything, if there is one.
    """

    text: str
    name: ClassVar[str]
    path: ClassVar[str]
    tool: ClassVar[str] = ""

    def check(self, system: System) -> None:
        """Raise Failed if the text is not a valid configuration; the tool reads it before the file is written."""

    def holds(self, system: System) -> bool:
        """Whether the machine is configured like the file."""
        raise NotImplementedError

    def load(self, system: System, before: str) -> None:
        """Activate the file, which replaces ``before``; raises Failed if that fails."""
        raise NotImplementedError

    def unload(self, system: System) -> None:
        """Deactivate the text, before its file is removed."""
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
        # Whether it exists or not.
        system.run(["nft", "--file", "-"], f"table {firewall.TABLE}\ndelete table {firewall.TABLE}\n")
        system.remove(LOADED)

    def _listing(self, system: System) -> str:
        return system.run(["nft", "--stateless", "list", "table", *firewall.TABLE.split()])


class Manager(Piece):
    """The configuration with which a network manager ignores interfaces.

    unit
        The service of the manager.
    folder
        The folder of its configuration: without it, the manager is not installed.
    interface
        How the text identifies an interface.
    listing, line
        The command that lists interfaces with their states, and the pattern of its lines.
    rereading
        The command with which it reads its configuration again, and releases interfaces.
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
        # It releases them asynchronously, and removes its settings: nothing may be set before that.
        end = time.monotonic() + PATIENCE
        while managed := self._managed(system):
            if time.monotonic() > end:
                raise Failed(f"{self.unit} does not leave {', '.join(managed)} alone")
            time.sleep(PAUSE)

    def unload(self, system: System) -> None:
        # It manages the interfaces again as soon as it does not find the file.
        system.remove(self.path)
        self._reread(system)

    def _reread(self, system: System) -> None:
        if system.service["status"](self.unit):
            system.run(self.rereading)

    def _managed(self, system: System) -> list[str]:
        """The interfaces of the text that it still manages."""
        if not system.service["status"](self.unit):
            return []
        states = dict(self.line.findall(system.run(self.listing)))
        return [name for name in self.interface.findall(self.text) if states.get(name, UNMANAGED) != UNMANAGED]


class Networkd(Manager):
    """systemd-networkd, which netplan uses, too."""

    name, unit, folder = "networkd", "systemd-networkd", "/etc/systemd/network"
    path = f"{folder}/00-onegateway.network"
    interface = managers.NETWORKD_NAME
    listing = ("networkctl", "--no-legend", "--no-pager", "list")
    line = re.compile(r"^ *\d+ (\S+) .*?(\S+) *$", re.MULTILINE)
    rereading = ("networkctl", "reload")


class WaitOnline(Piece):
    """The service that waits for systemd-networkd at boot; systemd reads the file when it starts."""

    name, folder = "wait-online", Networkd.folder
    path = "/etc/systemd/system/systemd-networkd-wait-online.service.d/onegateway.conf"

    def holds(self, system: System) -> bool:
        return True

    def load(self, system: System, before: str) -> None:
        """Nothing waits for the network any more once the machine is up."""

    def unload(self, system: System) -> None:
        """Nothing waits for the network any more once the machine is up."""


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


#: In the order of loading: the rules before any traffic, and the addresses after the managers have released the
#: interfaces.
PIECES: tuple[type[Piece], ...] = (Firewall, Networkd, WaitOnline, NetworkManager, Network, Dnsmasq)
