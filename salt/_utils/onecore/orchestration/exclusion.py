"""Keeps runs of several masters from working on the same objects at the same time.

Two runs can safely create the same object. But they must not both revert disks, power VMs off and on, or publish
builds. Each run writes a note to the owner of the objects, with what it works on, and until when. Then it reads the
notes of others; if there is one, it removes its own. A run prolongs its note while it works.

Times are those of OpenNebula's clock, since those of masters may differ. The note of an interrupted run is valid until
its time is over, except for runs of the same station, which know that the run has ended.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from ..basics.errors import AuthorizationError, OneError
from ..basics.marks import LOCK
from ..basics.syntax import render
from ..cloud.directory import USERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.fields import REMOVED
from ..model.writers import MERGE

#: The validity of a note, in seconds, and the interval in which it is prolonged.
PERIOD, PROLONGED = 300, 100
#: How often, and at which interval in seconds, the first of two runs with simultaneous notes reads again.
LOOKS, PAUSE = 5, 0.5
#: The separator in a note.
_BETWEEN = "/"


@dataclass
class Holding:
    """The notes of a run.

    busy
        The names that other runs work on, each with what its run says of itself.
    """

    cloud: Cloud
    station: str
    said: str
    token: str = field(default_factory=lambda: secrets.token_hex(4).upper())
    names: dict[str, list[str]] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)
    written: float = 0.0

    def prolong(self) -> None:
        """Prolong the notes if necessary; to be called regularly."""
        if self.names and self.cloud.client.now() > self.written + PROLONGED:
            with suppress(OneError):
                self.note()

    def note(self) -> None:
        """Write the notes to each owner; users who do not exist, or are not ours, are omitted."""
        self.written = self.cloud.client.now()
        text = _BETWEEN.join((self.station, str(int(self.written) + PERIOD), self.said))
        for user, names in list(self.names.items()):
            found = self.cloud.find(USERS, user)
            if found is None or not self._write(found, dict.fromkeys(map(self.attribute, names), text)):
                del self.names[user]

    def attribute(self, name: str) -> str:
        return f"{_prefix(name)}{self.token}"

    def look(self) -> dict[str, tuple[str, str]]:
        """The names in notes of other runs, with their tokens and descriptions."""
        self.cloud.forget(USERS)
        found: dict[str, tuple[str, str]] = {}
        for user, names in self.names.items():
            for name in names:
                others = list(self._others(self.cloud.get(USERS, user), name))
                if others:
                    found[name] = min(others)
        return found

    def _others(self, user: Resource, name: str) -> Iterator[tuple[str, str]]:
        for attribute, (station, until, said) in _notes(user, _prefix(name)).items():
            token = attribute.removeprefix(_prefix(name))
            if token != self.token and station != self.station and until > self.cloud.client.now():
                moment = time.strftime("%H:%M:%S UTC", time.gmtime(until))
                yield token, f"{said}; if that run was interrupted, another one can start after {moment}"

    def take_back(self, names: Iterable[str]) -> None:
        """Remove the notes of these names, and those of interrupted runs."""
        gone = set(names)
        for user, own in list(self.names.items()):
            found = self.cloud.find(USERS, user)
            over = {self.attribute(name): REMOVED for name in own if name in gone}
            if found is not None and over:
                self._write(found, {**over, **dict.fromkeys(self._dead(found, own), REMOVED)})
            self.names[user] = [name for name in own if name not in gone]

    def _dead(self, user: Resource, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            for attribute, (station, until, _) in _notes(user, _prefix(name)).items():
                mine = attribute == self.attribute(name)
                if not mine and (station == self.station or until < self.cloud.client.now() - PERIOD):
                    yield attribute

    def _write(self, user: Resource, attributes: Mapping[str, str | Mapping[str, str]]) -> bool:
        try:
            self.cloud.call("one.user.update", user.id, render(attributes), MERGE)
        except AuthorizationError:
            return False
        return True


@contextmanager
def held(
    cloud: Cloud,
    names: Mapping[str, Iterable[str]],
    station: str,
    said: str,
    sleep: Callable[[float], None] | None = None,
) -> Iterator[Holding]:
    """Reserve these names for this run while a block runs.

    names
        The names, by owner.
    station
        The name of all runs that share their locks: these runs do not wait for interrupted ones.
    said
        The description of this run for others.

    Yields the notes, with the names on which others work: those are not reserved.
    """
    holding = Holding(cloud, station, said, names={user: list(some) for user, some in names.items()})
    holding.note()
    try:
        others = holding.look()
        for _ in range(LOOKS):
            # Of two runs that see each other, the first one waits until the other one has removed its note.
            if not others or any(token < holding.token for token, _ in others.values()):
                break
            (sleep or cloud.sleep)(PAUSE)
            others = holding.look()
        holding.busy = {name: words for name, (_, words) in others.items()}
        holding.take_back(others)
        yield holding
    finally:
        with suppress(OneError):
            holding.take_back([name for some in holding.names.values() for name in some])


def _prefix(name: str) -> str:
    return f"{LOCK}_{hashlib.sha256(name.encode()).hexdigest()[:12].upper()}_"


def _notes(user: Resource, prefix: str) -> dict[str, tuple[str, int, str]]:
    """The notes of a name at a user, by attribute: station, end, and description."""
    found = {}
    for attribute, text in user.attributes.items():
        parts = str(text).split(_BETWEEN, 2)
        if attribute.startswith(prefix) and len(parts) == 3 and parts[1].isdecimal():
            found[attribute] = (parts[0], int(parts[1][:12]), parts[2])
    return found
