"""Transports that record their calls."""

from collections import Counter

from onecore.wire.client import is_read
from onecore.wire.transport import Transport


class Recorded(Transport):
    """Answers calls with `reply`, and records them: `log` contains (method, parameters), without the session."""

    def __init__(self):
        self.log = []

    def answer(self, method, params):
        self.log.append((method, tuple(params[1:])))
        return self.reply(method, params)

    def reply(self, method, params):
        """The raw answer to a call."""
        raise NotImplementedError

    @property
    def calls(self):
        """The number of calls of each method."""
        return Counter(method for method, _ in self.log)

    @property
    def writes(self):
        """(method, parameter, …) of each write."""
        return [(method, *params) for method, params in self.log if not is_read(method)]
