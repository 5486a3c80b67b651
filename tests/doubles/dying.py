"""Runs that die: at which call, and whether the call still took effect, is said beforehand."""

from onecore.cloud.view import Cloud
from onecore.wire.client import Client
from onecore.wire.settings import Settings
from onecore.wire.transport import HttpTransport

from .recorded import Recorded


class PowerCut(BaseException):
    """The end of a run; nobody catches this."""


class Dying(Recorded):
    """Another transport, until it is called for the n-th time.

    number
        Of the call that is the last one, from 1, or the method of it; ``None`` for a transport that lives on.
    after
        Whether that call still reaches the server.
    failure
        What is raised then.
    """

    def __init__(self, inner, number, after=False, failure=PowerCut):
        super().__init__()
        self.inner, self.number, self.after, self.failure = inner, number, after, failure

    def reply(self, method, params):
        if self.number not in (len(self.log), method):
            return self.inner.answer(method, params)
        if self.after:
            self.inner.answer(method, params)
        raise self.failure


def cloud_of(connection, at=None, after=False):
    """A view of a cloud behind a wire that is cut at a call; ``connection`` as the pillar has it."""
    wire = HttpTransport(Settings.read(connection))
    return Cloud(Client.from_config(connection, transport=Dying(wire, at, after)))


def deaths(connection, run, check):
    """Run something to its end however often it dies: at its first call, at its second, and so on.

    run
        Called with a cloud and a number that is another each time, for names that are new.
    check
        Called with a fresh cloud and that number once a run that died has been run again.

    Returns how often it died.
    """
    number = 0
    for after in (False, True):
        at = 0
        while True:
            at, number = at + 1, number + 1
            try:
                run(cloud_of(connection, at, after), number)
            except PowerCut:
                run(cloud_of(connection), number)
                check(cloud_of(connection), number)
            else:
                break
    return number - 2
