"""Many VMs, many steps, one pool call a tick.

What is to happen to one VM is a procedure: a generator that makes its calls and yields a :class:`Wait` wherever
OpenNebula has to do something first. A campaign runs any number of them side by side. It never polls VM by VM:
between two rounds it reads all awaited VMs with one call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..basics.errors import OneError, SettleError
from .collection import Collection
from .resource import Resource
from .view import Cloud

#: Seconds between two looks, as long as there is nothing to pay for more of them.
PAUSE = 0.5
#: The pauses where there is; the short ones after something has happened, since more is then to come.
PAUSES = (0.05, 0.1, 0.2, 0.3)
#: For how many looks that come sooner a step of every procedure pays, and one of them at most.
LOOKS_A_ROUND, LOOKS_A_STEP = 30, 2


@dataclass(frozen=True)
class Wait:
    """What a procedure waits for.

    number
        The id of the object.
    until
        Whether the object, as it is now, is what was waited for; ``None`` stands for an object that is gone. It
        raises a OneError when that will never be.
    what
        What is awaited, in words that follow "waiting for".
    timeout
        How long to wait, in seconds.
    """

    number: int
    until: Callable[[Resource | None], bool]
    what: str
    timeout: float


Procedure = Generator[Wait, Resource | None, Any]


@dataclass
class Task:
    """One procedure of a campaign and what became of it.

    after
        Keys of the tasks that must have succeeded before this one begins.
    """

    key: Hashable
    procedure: Procedure
    after: tuple[Hashable, ...] = ()
    state: str = "pending"
    result: Any = None
    error: str = ""
    wait: Wait | None = field(default=None, repr=False)
    deadline: float = 0.0

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "skipped")


class Campaign:
    """Runs procedures side by side.

    cloud, kind
        Where, and the kind of object they all wait for.
    most
        How many run at the same time; ``None`` for all.
    tell
        Called with a task whenever its state or what it waits for changes.
    pause
        Lets time pass: called with seconds, and may return sooner when it knows that something happened.
    """

    def __init__(
        self,
        cloud: Cloud,
        kind: Collection,
        most: int | None = None,
        tell: Callable[[Task], None] = lambda task: None,
        pause: Callable[[float], None] | None = None,
    ):
        self.cloud, self.kind, self.most, self.tell = cloud, kind, most, tell
        self.pause = pause or cloud.sleep
        self.tasks: dict[Hashable, Task] = {}
        #: How many looks may come sooner than a pause would have it: what the time that calls took has saved. The read
        #: that found the objects was one.
        self._saved, self._counted = -1.0, time.monotonic()

    def add(self, key: Hashable, procedure: Procedure, after: Iterable[Hashable] = ()) -> Task:
        """Add a procedure; ``after`` names the keys of those it depends on."""
        task = Task(key, procedure, tuple(after))
        self.tasks[key] = task
        return task

    def run(self) -> list[Task]:
        """Run all procedures to their end; returns the tasks, in the order in which they were added.

        A failure is its own task's, and of those that come after it.
        """
        looks = 0
        try:
            while any(not task.over for task in self.tasks.values()):
                begun = self._begin()
                waiting = [task for task in self.tasks.values() if task.wait is not None]
                if waiting:
                    self.pause(self._until_next(looks))
                    looks = 0 if self._look(waiting) else looks + 1
                elif not begun:
                    self._give_up()
        finally:
            for task in self.tasks.values():
                task.procedure.close()
        return list(self.tasks.values())

    def _until_next(self, looks: int) -> float:
        """How long to wait for the next look, after so many that saw nothing new."""
        now = time.monotonic()
        # One look a pause on the whole, however they are spread.
        self._saved += (now - self._counted) / PAUSE - 1
        self._counted = now
        soon = PAUSES[min(looks, len(PAUSES) - 1)]
        return min(max(soon, -self._saved * PAUSE), 2 * PAUSE)

    def _begin(self) -> bool:
        """Start what may start, and skip what cannot any more. Tells whether there was any such task."""
        begun = False
        running = sum(1 for task in self.tasks.values() if task.state == "running")
        for task in self.tasks.values():
            if task.state != "pending":
                continue
            unknown = [key for key in task.after if key not in self.tasks]
            if unknown:
                self._end(task, "failed", error=f"it comes after {unknown[0]}, which is not there")
                begun = True
                continue
            before = [self.tasks[key] for key in task.after]
            lost = [other for other in before if other.state in ("failed", "skipped")]
            if lost:
                self._end(task, "skipped", error=f"not begun, since {lost[0].key} {lost[0].state}")
                begun = True
            elif all(other.state == "done" for other in before) and (self.most is None or running < self.most):
                task.state = "running"
                self._advance(task, None)
                running += task.state == "running"
                begun = True
        return begun

    def _give_up(self) -> None:
        """End what waits for itself: nothing runs, and nothing may begin."""
        for task in self.tasks.values():
            if not task.over:
                self._end(task, "failed", error="it comes after a task that comes after it")

    def _look(self, waiting: list[Task]) -> bool:
        """Read every awaited object with one call; move on whatever may. Tells whether anything moved."""
        moved = False
        try:
            self.cloud.refresh(self.kind, {task.wait.number for task in waiting})
            pool = self.cloud.pool(self.kind)
        except OneError as error:
            for task in waiting:
                self._throw(task, error)
            return True
        for task in waiting:
            wait, resource = task.wait, pool.by_id.get(task.wait.number)
            try:
                if not wait.until(resource):
                    if time.monotonic() > task.deadline:
                        raise SettleError(self._late(wait, resource))
                    continue
            except OneError as error:
                self._throw(task, error)
            else:
                self._advance(task, resource)
            moved = True
        return moved

    def _late(self, wait: Wait, resource: Resource | None) -> str:
        seen = "gone" if resource is None else self.kind.settled.name(self.kind.state(resource))
        return f"waited {wait.timeout:g} s for {wait.what} in vain; the last state seen was {seen}"

    def _advance(self, task: Task, resource: Resource | None) -> None:
        self._step(task, lambda: task.procedure.send(resource) if task.wait is not None else next(task.procedure))

    def _throw(self, task: Task, error: OneError) -> None:
        # The procedure may have something to put right before it ends.
        self._step(task, lambda: task.procedure.throw(error))

    def _step(self, task: Task, move: Callable[[], Wait]) -> None:
        try:
            task.wait = move()
        except StopIteration as end:
            self._end(task, "done", result=end.value)
        except OneError as error:
            self._end(task, "failed", error=str(error))
        else:
            task.deadline = time.monotonic() + task.wait.timeout
            self._saved += min(LOOKS_A_STEP, LOOKS_A_ROUND / len(self.tasks))
            self.tell(task)

    def _end(self, task: Task, state: str, result: Any = None, error: str = "") -> None:
        task.state, task.result, task.error, task.wait = state, result, error, None
        self.tell(task)
