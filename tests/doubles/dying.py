"""Runs that are interrupted at a chosen call, before or after it takes effect."""

from onecore.cloud.view import Cloud
from onecore.wire.client import Client
from onecore.wire.settings import Settings
from onecore.wire.transport import HttpTransport

from .recorded import Recorded


class PowerCut(BaseException):
    """The end of a run; no code catches this."""


class Dying(Recorded):
    """A transport that is interrupted at the n-th call.

    number
        The number of the last call, from 1, or its method; ``None`` for no interruption.
    after
        Whether that call still reaches the server.
    failure
        The exception.
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
    """A view of a cloud that is interrupted at a call; ``connection`` as in the pillar."""
    wire = HttpTransport(Settings.read(connection))
    return Cloud(Client.from_config(connection, transport=Dying(wire, at, after)))


def deaths(connection, run, check):
    """Interrupt a run at its first call, at its second, and so on, until it completes.

    run
        Called with a cloud and a number that is different each time, for new names.
    check
        Called with a new view and that number after the run that follows an interruption.

    Returns the number of interruptions.
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
