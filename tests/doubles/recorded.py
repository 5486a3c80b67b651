"""Transports that tell what they were asked."""

from collections import Counter

from onecore.wire.client import is_read
from onecore.wire.transport import Transport


class Recorded(Transport):
    """Answers calls by `reply`, and notes them: `log` holds (method, parameters) of each, without the session."""

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
        """How often each method was called."""
        return Counter(method for method, _ in self.log)

    @property
    def writes(self):
        """(method, parameter, …) of each call that was no read."""
        return [(method, *params) for method, params in self.log if not is_read(method)]
