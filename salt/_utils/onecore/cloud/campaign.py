"""Many objects, many steps, few reads: the one loop for everything that has to wait.

A campaign runs any number of procedures (`procedure.py`) in parallel. It does not poll single objects: between two
rounds it reads all awaited objects of a collection with one call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..basics.errors import OneError, SettleError
from .pacing import Pacing
from .patience import Patience
from .procedure import Moment, Procedure, Turn, Wait
from .resource import Resource
from .view import Cloud

#: Seconds between two reads of an object after which OpenNebula is taken to have been silent.
SILENCE = 5.0


@dataclass
class Task:
    """One procedure of a campaign and its outcome.

    after
        Keys of the tasks that must have succeeded before this one starts.
    subject
        Its name for people; defaults to the key.
    state
        ``pending``, ``running``, ``done``, ``failed`` or ``skipped``.
    failure
        The exception of the procedure, if any.
    seconds
        The time of its own steps and waits. A read for all tasks, at once, is no wait: hundreds of tasks share it.
    """

    key: Hashable
    procedure: Procedure
    after: tuple[Hashable, ...] = ()
    subject: str = ""
    state: str = "pending"
    result: Any = None
    error: str = ""
    failure: OneError | None = field(default=None, repr=False)
    wait: Wait | Turn | Moment | None = field(default=None, repr=False)
    seconds: float = 0.0
    #: The progress of a long wait, as the text after what it waits for.
    news: str = ""
    #: When the wait began: the time, and the number of the polling round; and how often the object was read since.
    since: float = 0.0
    round: int = 0
    looks: int = 0
    #: When it was read last, and whether the wait has outlasted its time because OpenNebula did not answer.
    seen: float = 0.0
    spared: bool = False

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "skipped")

    @property
    def lost(self) -> str:
        """What happened to a task that did not succeed, in words."""
        return f"{self.key} {'failed' if self.state == 'failed' else 'was skipped'}"

    @property
    def step(self) -> str:
        """What it waits for, in words; empty if it does not wait."""
        return "" if self.wait is None else f"waiting for {self.wait.what} {self.news}".rstrip()

    @property
    def waited(self) -> bool:
        """Whether its wait took time: more than one read, at once."""
        return self.wait is not None and not (isinstance(self.wait, Wait) and self.wait.at_once and self.looks <= 1)

    def end(self, state: str, result: Any = None, error: str = "") -> None:
        self.state, self.result, self.error, self.wait = state, result, error, None


#: Objects that are read together: those of a collection, or of one owner; and whether those are all.
Place = tuple[str, "str | None", bool]
_Awaited = TypeVar("_Awaited", Wait, Turn, Moment)


class Campaign:
    """Runs procedures in parallel.

    most
        The maximum number of parallel tasks; ``None`` for no limit.
    tell
        Called with a task whenever its state or its wait changes, and from time to time while it waits; defaults to the
        watcher of the cloud.
    pause
        Called with the seconds of a pause; may take longer if it knows that nothing has changed.
    """

    def __init__(
        self,
        cloud: Cloud,
        most: int | None = None,
        tell: Callable[[Task], None] | None = None,
        pause: Callable[[float], None] | None = None,
    ):
        self.cloud, self.most = cloud, most
        self.tell = tell or (lambda task: cloud.watch(self, task))
        self.pause = pause or cloud.sleep
        self.tasks: dict[Hashable, Task] = {}
        self._pacing = Pacing(time.monotonic())
        self._round = 0
        self._taken: set[str] = set()
        self._patience = Patience()
        #: The number of finished tasks.
        self.over = 0

    def add(self, key: Hashable, procedure: Procedure, after: Iterable[Hashable] = (), subject: str = "") -> Task:
        """Add a procedure; ``after`` contains the keys of the tasks on which it depends, ``subject`` is its name for
        people.
        """
        task = Task(key, procedure, tuple(after), subject or str(key))
        self.tasks[key] = task
        return task

    def run(self) -> list[Task]:
        """Run all procedures to their end; returns the tasks in the order in which they were added.

        A failure affects only its own task, and those that depend on it.
        """
        looks = 0
        try:
            while self.over < len(self.tasks):
                begun, given = self._begin(), self._give_turns()
                if self._waiting(Wait):
                    looks = 0 if self._look_when_due(looks) else looks + 1
                elif self._waiting(Moment):
                    self._let_pass()
                elif not (begun or given):
                    self._give_up()
        finally:
            for task in self.tasks.values():
                task.procedure.close()
        return list(self.tasks.values())

    def _waiting(self, sort: type[_Awaited]) -> list[tuple[Task, _Awaited]]:
        return [(task, task.wait) for task in self.tasks.values() if isinstance(task.wait, sort)]

    # -- beginning -----------------------------------------------------------------------------------------------

    def _begin(self) -> bool:
        """Start tasks that can start, and skip those that no longer can; returns whether there was any."""
        begun = False
        running = sum(1 for task in self.tasks.values() if task.state == "running")
        for task in self.tasks.values():
            if task.state != "pending":
                continue
            unknown = [key for key in task.after if key not in self.tasks]
            if unknown:
                self._end(task, "failed", error=f"it comes after {unknown[0]}, which does not exist")
                begun = True
                continue
            before = [self.tasks[key] for key in task.after]
            lost = [other for other in before if other.state in ("failed", "skipped")]
            if lost:
                self._end(task, "skipped", error=f"not started, since {lost[0].lost}")
                begun = True
            elif all(other.state == "done" for other in before) and (self.most is None or running < self.most):
                task.state = "running"
                self._advance(task, None)
                running += task.state == "running"
                begun = True
        return begun

    def _give_up(self) -> None:
        """Fail the remaining tasks, which wait for each other."""
        for task in self.tasks.values():
            if not task.over:
                self._end(task, "failed", error="it comes after a task that comes after it")

    # -- turns, and moments ----------------------------------------------------------------------------------------

    def _give_turns(self) -> bool:
        """Resume tasks that wait for a released turn; returns whether there was any."""
        given = False
        for task, turn in self._waiting(Turn):
            if self._is_free(turn):
                self._advance(task, self._held(turn.name))
                given = True
        return given

    def _is_free(self, turn: Turn) -> bool:
        return turn.name not in self._taken

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        self._taken.add(name)
        try:
            yield
        finally:
            self._taken.discard(name)

    def _let_pass(self) -> None:
        """Pause if there is nothing to read."""
        end = min(task.since + moment.seconds for task, moment in self._waiting(Moment))
        self.cloud.sleep(max(0.0, end - time.monotonic()))
        self._resume(end)

    def _resume(self, now: float) -> bool:
        """Resume tasks whose pause is over; returns whether there was any."""
        over = [task for task, moment in self._waiting(Moment) if task.since + moment.seconds <= now]
        for task in over:
            self._advance(task, None)
        return bool(over)

    # -- looking -------------------------------------------------------------------------------------------------

    def _look_when_due(self, looks: int) -> bool:
        """Read at once if that is likely to help, otherwise after a pause; returns whether any task was resumed.

        looks
            The number of rounds without a change.
        """
        soon = {wait.collection.cli for task, wait in self._waiting(Wait) if wait.at_once and not task.looks}
        pause = self._pacing.until_next(looks, time.monotonic())
        if soon:
            return self._look(soon)
        self.pause(pause)
        resumed = self._resume(time.monotonic())
        return self._look({wait.collection.cli for _, wait in self._waiting(Wait)}) or resumed

    def _look(self, collections: set[str]) -> bool:
        """Read every awaited object of these collections, and resume their tasks; returns whether any task was resumed.

        The longest wait is read first, and may join those that are read next: an object that was late is read for the
        second time together with all others.
        """
        self._round += 1
        waiting = [(task, wait) for task, wait in self._waiting(Wait) if wait.collection.cli in collections]
        places = dict.fromkeys(_place(wait) for _, wait in sorted(waiting, key=lambda each: each[0].round))
        moved = [self._look_at(place) for place in places]
        return any(moved)

    def _look_at(self, place: Place) -> bool:
        there = [(task, wait) for task, wait in self._waiting(Wait) if _place(wait) == place]
        tasks = [(task, wait) for task, wait in there if wait.at_once or task.round < self._round]
        if not tasks:
            return False
        collection, owner = tasks[0][1].collection, tasks[0][1].owner
        try:
            if tasks[0][1].everyone:
                self.cloud.reread(collection, {wait.owner for _, wait in tasks})
            else:
                self.cloud.refresh(collection, {n for _, wait in tasks for n in (wait.number, *wait.others)}, owner)
            pool = self.cloud.pool(collection)
        except OneError as error:
            for task, wait in tasks:
                self._throw(task, wait.unread(error))
            return True
        moved = [self._ask(task, wait, pool.by_id.get(wait.number)) for task, wait in tasks]
        return any(moved)

    def _ask(self, task: Task, wait: Wait, seen: Resource | None) -> bool:
        """Resume a task if its wait is over; returns whether it was resumed."""
        task.looks += 1
        try:
            if not wait.until(seen):
                now = time.monotonic()
                silent, task.seen = now - task.seen >= SILENCE, now
                if now >= task.since + wait.timeout:
                    # A daemon that has not answered for a while continues its work only afterwards.
                    if task.spared or not silent:
                        raise SettleError(wait.said_late(seen))
                    task.spared = True
                news = self._patience.look(task.key, wait.collection, wait.what, seen, now - task.since)
                if news:
                    task.news = news
                    self.tell(task)
                if self._is_hopeless(task, now):
                    raise self._patience.refusal(task.key)
                return False
        except OneError as error:
            self._throw(task, error)
        else:
            self._advance(task, seen)
        return True

    def _is_hopeless(self, task: Task, now: float) -> bool:
        """Whether no host accepts the object of a task, and no other task may free resources."""
        running = [each for each in self.tasks.values() if each.state == "running" and not isinstance(each.wait, Turn)]
        return self._patience.is_hostless(task.key, now - task.since) and all(
            isinstance(each.wait, Wait) and self._patience.is_hostless(each.key, now - each.since) for each in running
        )

    # -- moving on -----------------------------------------------------------------------------------------------

    def _advance(self, task: Task, answer: Any) -> None:
        self._step(task, lambda: task.procedure.send(answer))

    def _throw(self, task: Task, error: OneError) -> None:
        # The procedure may have to clean up before it ends.
        self._step(task, lambda: task.procedure.throw(error))

    def _step(self, task: Task, move: Callable[[], Wait | Turn | Moment]) -> None:
        begun = task.since if task.waited else time.monotonic()
        try:
            with self.cloud.about(task.subject):
                task.wait = move()
                while isinstance(task.wait, Turn) and self._is_free(task.wait):
                    task.wait = task.procedure.send(self._held(task.wait.name))
        except StopIteration as end:
            task.seconds += time.monotonic() - begun
            self._end(task, "done", result=end.value)
        except OneError as error:
            task.seconds += time.monotonic() - begun
            task.failure = error
            self._end(task, "failed", error=str(error))
        else:
            task.since, task.round, task.looks = time.monotonic(), self._round, 0
            task.seen, task.spared = task.since, False
            task.seconds += task.since - begun
            task.news = ""
            self._patience.begin(task.key)
            self._pacing.earn(len(self.tasks))
            self.tell(task)

    def _end(self, task: Task, state: str, result: Any = None, error: str = "") -> None:
        self.over += not task.over
        task.end(state, result, error)
        self.tell(task)


def _place(wait: Wait) -> Place:
    return wait.collection.cli, None if wait.everyone else wait.owner, wait.everyone


def several(cloud: Cloud, procedures: Iterable[Procedure]) -> list[Task]:
    """Run procedures in parallel; returns the result of each, in order."""
    campaign = Campaign(cloud)
    for number, procedure in enumerate(procedures):
        campaign.add(number, procedure)
    return campaign.run()


def alone(cloud: Cloud, procedure: Procedure) -> Any:
    """Run a single procedure; returns its result and raises its exception."""
    (task,) = several(cloud, [procedure])
    if task.failure is not None:
        raise task.failure
    return task.result
