"""Delayed transitions: started by a call, and effective after its answer.

A transition is a function registered under a name, so that a pending one is plain data (name and arguments) and
survives a restart with the store.
"""

import heapq
import itertools
import logging
import threading
import time

log = logging.getLogger("onesim")

_TRANSITIONS = {}
SOONEST = 0.01  # seconds: a client that does not wait must find the object still in its first state


def transition(name):
    """Registers a function (cloud, *arguments) under that name."""

    def register(function):
        _TRANSITIONS[name] = function
        return function

    return register


def happen(cloud, name, arguments):
    """Runs a transition."""
    _TRANSITIONS[name](cloud, *arguments)


class Clock:
    """Runs due transitions in a separate thread, each under the cloud's lock.

    `pace` scales the delays that transitions ask for: 0 is as soon as possible, 1 is a real small cloud's speed.
    `haste` divides the wall time that a transition takes at any pace.
    """

    def __init__(self, cloud, pace=0.0, haste=1.0):
        self.cloud = cloud
        self.pace = pace
        self.haste = haste
        self._due = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._thread = None
        self._stopped = False

    def schedule(self, name, *arguments, delay=0.0, at_least=0.0, exact=False):
        """Schedules the transition `name` after `delay` seconds of a real cloud's time (`exact`: of wall time).

        It takes `at_least` that many seconds of wall time at any pace, less with `haste`.
        """
        soonest = max(at_least / self.haste, SOONEST)
        self._add(delay if exact else max(delay * self.pace, soonest), exact, name, arguments)

    def resume(self, due, exact, name, arguments):
        """Schedules a transition again after a restart."""
        self._add(max(due - time.time(), SOONEST), exact, name, arguments)

    def _add(self, wait, exact, name, arguments):
        with self._wake:
            number = next(self._order)
            heapq.heappush(self._due, (time.monotonic() + wait, number, exact, name, arguments))
            self._wake.notify()
        self.cloud.journal.put("pending", number, (time.time() + wait, exact, name, arguments))

    def settle(self):
        """Runs all transitions at once that wait for a real cloud's time, and those that they start."""
        exact = []
        while self._due:
            entry = heapq.heappop(self._due)
            exact.append(entry) if entry[2] else self._happen(entry)
        self._due = exact  # in order, and so a heap

    def start(self):
        self._thread = threading.Thread(target=self._run, name="onesim-clock", daemon=True)
        self._thread.start()

    def stop(self):
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread:
            self._thread.join()

    def _next(self):
        """Waits for the next due transition; None after a stop."""
        with self._wake:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)
                self._wake.wait(wait)
        return None

    def _run(self):
        while (entry := self._next()) is not None:
            self._happen(entry)

    def _happen(self, entry):
        _, number, _, name, arguments = entry
        try:
            with self.cloud.transaction():
                self.cloud.journal.remove("pending", number)
                happen(self.cloud, name, arguments)
        except Exception:
            log.exception("transition %s%r", name, arguments)
