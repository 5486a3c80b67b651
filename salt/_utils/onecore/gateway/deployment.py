"""Installs a gateway's configuration as one transaction: checked first, then completely or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..basics.errors import RefusedError
from .masters import Master
from .pieces import PIECES, Piece
from .system import Failed, System


def check(system: System, pieces: Iterable[Piece]) -> None:
    """Check each piece with its own tool; raises RefusedError with their messages."""
    problems = []
    for piece in pieces:
        try:
            piece.check(system)
        except Failed as error:
            problems.append(f"{piece.name}: {error}")
    if problems:
        raise RefusedError(f"Nothing was changed: {'; '.join(problems)}")


@dataclass
class Deployment:
    """One run.

    pieces
        The desired configuration files.
    masters
        The masters that the minion must still reach afterwards if it reaches them now.
    """

    system: System
    pieces: Sequence[Piece]
    masters: Sequence[Master] = ()
    _done: list[tuple[Piece, str | None]] = field(default_factory=list)

    def pending(self) -> dict[str, tuple[str, str]]:
        """The changes of a run: for each piece its current and its new text, or how the machine differs from it."""
        found = {}
        for piece in self.pieces:
            now = self.system.read(piece.path)
            if now != piece.text:
                found[piece.name] = (now or "", piece.text)
            elif not piece.holds(self.system):
                found[piece.name] = ("not in force", "in force")
        return found

    def run(self, names: Iterable[str]) -> None:
        """Install some pieces.

        Raises
            RefusedError if one of them is invalid, cannot be loaded, or cuts off a master: everything is then restored.
        """
        chosen = set(names)
        check(self.system, self.pieces)
        reached = [master for master in self.masters if self.system.answers(*master)]
        try:
            for piece in self.pieces:
                # The previous configuration may be incomplete: a manager that releases an interface removes its
                # addresses.
                if piece.name in chosen or not piece.holds(self.system):
                    self._put(piece)
            lost = [master for master in reached if not self.system.answers(*master)]
            if lost:
                raise Failed("the minion would be cut off from its master " + ", ".join(f"{a}:{p}" for a, p in lost))
        except (Failed, OSError) as error:
            problems = self._roll_back()
            rest = "".join(f"; taking it back: {each}" for each in problems) or "; everything is as it was before"
            raise RefusedError(f"{error}{rest}") from None

    def _put(self, piece: Piece) -> None:
        before = self.system.read(piece.path)
        self._done.append((piece, before))
        self.system.write(piece.path, piece.text)
        piece.load(self.system, before or "")

    def _roll_back(self) -> list[str]:
        """Undo the changes in reverse order; returns what could not be undone."""
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
    """The installed pieces, in the order of installation."""
    found = [(kind, system.read(kind.path)) for kind in PIECES]
    return [kind(text) for kind, text in found if text is not None]


def remove(system: System) -> None:
    """Remove all pieces; raises RefusedError if one stays."""
    problems = []
    for piece in reversed(present(system)):
        try:
            piece.unload(system)
            system.remove(piece.path)
        except (Failed, OSError) as error:
            problems.append(f"{piece.name}: {error}")
    if problems:
        raise RefusedError("; ".join(problems))
