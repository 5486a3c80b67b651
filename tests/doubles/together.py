"""Parallel runs whose next call is chosen at random, reproducibly with a seed."""

import random
import threading

from .simulated import Wire


class Together:
    """Functions, each in a separate thread, of which one at a time runs from one call to its next one.

    seed
        The seed of the order of their calls.
    """

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._condition = threading.Condition()
        self._alive, self._waiting, self._chosen = set(), set(), None

    def wire(self, simulated, who):
        """A transport on which each call waits for its turn."""
        return Turning(simulated, self, who)

    def run(self, works):
        """Run functions, by name; returns the result of each, or its exception."""
        results = {}

        def work(who, function):
            try:
                results[who] = function()
            except BaseException as error:
                results[who] = error
            finally:
                with self._condition:
                    self._alive.discard(who)
                    self._choose()

        self._alive = set(works)
        threads = [threading.Thread(target=work, args=each) for each in works.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def turn(self, who):
        with self._condition:
            self._waiting.add(who)
            self._choose()
            while self._chosen != who:
                self._condition.wait()
            self._chosen = None
            self._waiting.discard(who)

    def _choose(self):
        """Resume one, once all of them have reached their next call."""
        if self._chosen is None and self._waiting and self._waiting == self._alive:
            self._chosen = self._random.choice(sorted(self._waiting))
            self._condition.notify_all()


class Turning(Wire):
    def __init__(self, simulated, together, who):
        super().__init__(simulated)
        self._together, self._who = together, who

    def reply(self, method, params):
        self._together.turn(self._who)
        return super().reply(method, params)
