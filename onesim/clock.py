"""What happens later: transitions that a call sets off and that come true after it has answered.

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
    """Registers a function (cloud, *arguments) to be scheduled by that name."""

    def register(function):
        _TRANSITIONS[name] = function
        return function

    return register


def happen(cloud, name, arguments):
    """Makes a transition come true."""
    _TRANSITIONS[name](cloud, *arguments)


class Clock:
    """Runs due transitions in a thread of its own, each under the cloud's lock.

    `pace` scales the delays that transitions ask for: 0 is as soon as possible, 1 is a real small cloud's speed.
    """

    def __init__(self, cloud, pace=0.0):
        self.cloud = cloud
        self.pace = pace
        self._due = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._thread = None
        self._stopped = False

    def schedule(self, name, *arguments, delay=0.0, exact=False):
        """Has the transition `name` happen after `delay` seconds of a real cloud's time (`exact`: of wall time)."""
        wait = delay if exact else max(delay * self.pace, SOONEST)
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), name, arguments))
            self._wake.notify()

    def pending(self):
        """(name, arguments) of what is still to happen, soonest first."""
        with self._wake:
            return [(name, arguments) for _, _, name, arguments in sorted(self._due)]

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
        """Waits for the next transition that is due; None when stopped."""
        with self._wake:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)
                self._wake.wait(wait)
        return None

    def _run(self):
        while (due := self._next()) is not None:
            _, _, name, arguments = due
            try:
                with self.cloud.transaction():
                    happen(self.cloud, name, arguments)
            except Exception:
                log.exception("transition %s%r", name, arguments)
