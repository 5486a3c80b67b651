"""Putting a gateway's configuration in place as one transaction: all of it checked first, and all of it or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ..basics.errors import RefusedError
from . import dnsmasq, firewall, network
from .masters import Master
from .system import Failed, System

FOLDER = "/etc/onegateway"
#: The rule set as the kernel shows it after loading, to see later whether somebody has changed it.
LOADED = "/var/lib/misc/onegateway.firewall"


@dataclass(frozen=True)
class Piece:
    """One file of the configuration and what it configures."""

    text: str
    name: ClassVar[str]
    path: ClassVar[str]

    def check(self, system: System, path: str) -> None:
        """Raise Failed when the file at ``path`` is no valid configuration."""

    def holds(self, system: System) -> bool:
        """Whether the machine does what the file says."""
        raise NotImplementedError

    def load(self, system: System, before: str) -> None:
        """Make the machine do what the file says, which said ``before`` until now; raise Failed when it does not."""
        raise NotImplementedError

    def unload(self, system: System) -> None:
        """Make the machine forget what the text says."""
        raise NotImplementedError


class Firewall(Piece):
    """The rule set."""

    name, path = "firewall", f"{FOLDER}/firewall.nft"

    def check(self, system: System, path: str) -> None:
        system.run(["nft", "--check", "--file", path])

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

    name, path, unit = "dnsmasq", f"{FOLDER}/dnsmasq.conf", "onegateway-dnsmasq"

    def check(self, system: System, path: str) -> None:
        system.run(["dnsmasq", "--test", f"--conf-file={path}"])

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


#: In the order in which they are loaded: the rules before there is anything to get through.
PIECES: tuple[type[Piece], ...] = (Firewall, Network, Dnsmasq)


@dataclass
class Deployment:
    """One run.

    pieces
        What is wanted.
    masters
        Whom the minion must reach afterwards if it reaches them now.
    """

    system: System
    pieces: Sequence[Piece]
    masters: Sequence[Master] = ()
    _done: list[tuple[Piece, str | None]] = field(default_factory=list)

    def pending(self) -> dict[str, tuple[str, str]]:
        """What a run would change: for each piece what it says now and what it would say, or how it is not obeyed."""
        found = {}
        for piece in self.pieces:
            now = self.system.read(piece.path)
            if now != piece.text:
                found[piece.name] = (now or "", piece.text)
            elif not piece.holds(self.system):
                found[piece.name] = ("not in force", "in force")
        return found

    def run(self, names: Iterable[str]) -> None:
        """Put some pieces in place.

        Raises
            RefusedError when one of them is not valid, cannot be loaded, or cuts off a master: everything is then as
            it was before.
        """
        chosen = [piece for piece in self.pieces if piece.name in set(names)]
        self._check(chosen)
        reached = [master for master in self.masters if self.system.answers(*master)]
        try:
            for piece in chosen:
                self._put(piece)
            lost = [master for master in reached if not self.system.answers(*master)]
            if lost:
                raise Failed("the minion would be cut off from its master " + ", ".join(f"{a}:{p}" for a, p in lost))
        except (Failed, OSError) as error:
            problems = self._roll_back()
            rest = "".join(f"; taking it back: {each}" for each in problems) or "; everything is as it was before"
            raise RefusedError(f"{error}{rest}") from None

    def _check(self, pieces: Iterable[Piece]) -> None:
        problems = []
        for piece in pieces:
            draft = f"{piece.path}.draft"
            try:
                self.system.write(draft, piece.text)
                piece.check(self.system, draft)
            except (Failed, OSError) as error:
                problems.append(f"{piece.name}: {error}")
            finally:
                self.system.remove(draft)
        if problems:
            raise RefusedError(f"Nothing was changed: {'; '.join(problems)}")

    def _put(self, piece: Piece) -> None:
        before = self.system.read(piece.path)
        self._done.append((piece, before))
        self.system.write(piece.path, piece.text)
        piece.load(self.system, before or "")

    def _roll_back(self) -> list[str]:
        """Take back what was done, the last first; returns what could not be."""
        problems = []
        while self._done:
            piece, before = self._done.pop()
            try:
                if before is None:
                    piece.unload(self.system)
                    self.system.remove(piece.path)
                else:
                    self.system.write(piece.path, before)
                    type(piece)(before).load(self.system, piece.text)
            except (Failed, OSError) as error:
                problems.append(str(error))
        return problems


def present(system: System) -> list[Piece]:
    """What is in place, in the order in which it was put there."""
    found = [(kind, system.read(kind.path)) for kind in PIECES]
    return [kind(text) for kind, text in found if text is not None]


def remove(system: System) -> None:
    """Take everything away; raises RefusedError when something stays."""
    problems = []
    for piece in reversed(present(system)):
        try:
            piece.unload(system)
            system.remove(piece.path)
        except (Failed, OSError) as error:
            problems.append(f"{piece.name}: {error}")
    if problems:
        raise RefusedError("; ".join(problems))
