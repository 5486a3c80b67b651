"""Disturbances of a run at one of its writes, and the differences that remain after another run."""

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from onecore.basics.errors import UnreachableError
from onecore.wire.client import is_read
from onecore.wire.transport import Failure
from tests.doubles.dying import PowerCut
from tests.doubles.recorded import Recorded

from .stories import ByHand
from .world import World, timeless

#: The type of the disturbance, and when the write takes effect: before or after it; after it was accepted, but only
#: just before the next write or when time passes; and late, during the next run: before or after its first write, or at
#: its end.
DISTURBANCES = (
    ("killed", "before"),
    ("killed", "after"),
    ("killed", "begun later"),
    ("lost", "before"),
    ("lost", "after"),
    ("restarted", "before"),
    ("restarted", "after"),
    ("late", "before a write"),
    ("late", "after a write"),
    ("late", "at the end"),
)
LATENESS = {"begun later": 0, "before a write": 0, "after a write": 1, "at the end": None}
#: Writes that may be late without an effect: of two snapshots with one name, a reset uses the older one.
HARMLESS = {"one.vm.disksnapshotcreate"}
RESET = Failure(UnreachableError, "reset the connection", unknown=True)
REFUSED = Failure(UnreachableError, "refuses connections")


class Disturbed(Recorded):
    """A transport with a disturbance at the n-th write, from 0."""

    def __init__(self, world, at, what, when):
        super().__init__()
        self.world, self.at, self.what, self.when = world, at, what, when
        self.inner = world.wire()
        self.written = 0
        #: The write that is still pending at the end of the run.
        self.pending = None

    def reply(self, method, params):
        if self.world.is_down:
            raise REFUSED
        if is_read(method):
            return self.inner.answer(method, params)
        self.written += 1
        if self.written - 1 != self.at:
            return self.inner.answer(method, params)
        return self._disturb(method, params)

    def _disturb(self, method, params):
        if self.when == "after":
            self.inner.answer(method, params)
        if self.when == "begun later":
            self.pending = self._accepted(method, params)
        if self.what == "late":
            self.pending = lambda: self.inner.answer(method, params)
        if self.what == "restarted":
            self.world.go_down()
        raise PowerCut if self.what in ("killed", "late") else RESET

    def _accepted(self, method, params):
        """Let the daemon accept a call; returns the function that starts its effect."""
        cloud, begun = self.world.cloud, []
        cloud.soon = lambda *what: begun.append(what)
        try:
            self.inner.answer(method, params)
        finally:
            del cloud.soon

        def begin():
            with cloud.transaction():
                for what in begun:
                    cloud.soon(*what)

        return begin


class Overtaken(Recorded):
    """A transport on which a write of the previous run takes effect before the n-th write of this one."""

    def __init__(self, world, at, pending):
        super().__init__()
        self.inner, self.at, self.pending, self.written = world.wire(), at, pending, 0

    def reply(self, method, params):
        if not is_read(method):
            if self.written == self.at:
                self.land()
            self.written += 1
        return self.inner.answer(method, params)

    def land(self):
        """Let the late write take effect, if it has not yet."""
        pending, self.pending = self.pending, None
        if pending is not None:
            pending()


@dataclass(frozen=True)
class Case:
    """One disturbance of one write of a chapter."""

    story: str
    chapter: str
    at: int
    what: str
    when: str

    def __str__(self):
        return f"{self.story}, {self.chapter}, write {self.at}, {self.what} {self.when}"


@dataclass
class Prepared:
    """A chapter after an undisturbed run: the cloud before it, its writes, and the cloud after it."""

    chapter: object
    memory: object
    writes: list
    expected: list


def prepare(story):
    """Run the chapters of a story undisturbed, one after the other."""
    world, found = World(), {}
    with timeless() as clock:
        for name, chapter in story.items():
            world.settle()
            if isinstance(chapter, ByHand):
                chapter.act(world)
                continue
            memory, wire = world.memory.copy(), world.wire()
            failed = chapter.act(world, clock, wire)
            assert failed == [], f"{name}: {failed}"
            if chapter.disturbed:
                found[name] = Prepared(chapter, memory, [method for method, *_ in wire.writes], world.content())
    return found


def disturb(prepared, case):
    """Run a chapter with a disturbance, and again; returns the differences from an undisturbed run."""
    act, world = prepared.chapter.act, World(prepared.memory)
    with timeless() as clock:
        wire = Disturbed(world, case.at, case.what, case.when)
        with suppress(PowerCut):
            act(world, clock, wire)
        if world.is_down:
            world = world.restarted()
        overtaken = Overtaken(world, LATENESS.get(case.when), wire.pending)
        if case.when == "begun later":
            world.begin = overtaken.land
        if case.what == "late":
            act(world, clock, overtaken)
            overtaken.land()
        failed = act(world, clock, overtaken)
        return [f"the rerun: {each}" for each in failed] + differences(prepared.expected, world.content())


def differences(expected, found):
    """Objects that are missing, unexpected, or different."""
    wanted, there = Counter(expected), Counter(found)
    missing, more = list((wanted - there).elements()), list((there - wanted).elements())
    told = []
    for each in missing:
        like = next((other for other in more if _called(other) == _called(each)), None)
        if like is not None:
            more.remove(like)
        told.append(f"{_called(each)}: {_apart(each, like)}" if like else f"missing: {_called(each)}")
    return told + [f"left over: {_called(each)}" for each in more]


def _called(text):
    """An object's kind, name and owner."""
    return text.partition(":")[0]


def _apart(one, other):
    """The differences between two texts, in both directions."""
    parts = [Counter(re.split(r"[(), ]+", text)) for text in (one, other)]
    lost, got = (sorted((parts[side] - parts[1 - side]).elements()) for side in (0, 1))
    return f"not {' '.join(lost)} but {' '.join(got)}"


def cases(story, prepared, disturbances=DISTURBANCES):
    """Every disturbance of every write of a story."""
    return [
        Case(story, chapter, at, what, when)
        for chapter, each in prepared.items()
        for at, method in enumerate(each.writes)
        for what, when in disturbances
        if what != "late" or method not in HARMLESS
    ]
