"""A run that dies: at which call, and whether the call still took effect, is said beforehand."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "salt" / "_utils"))

from onecore.cloud.view import Cloud
from onecore.wire.client import Client, is_read


class Death(BaseException):
    """The process ends here; nothing can catch it."""


class DyingClient(Client):
    """A client in whose hands the process ends.

    at
        The call to die at, counted from 1; ``None`` lives on.
    after
        Whether the call takes effect first.
    """

    at, after, made = None, False, 0

    def call(self, method, *params):
        self.made += 1
        if self.at != self.made:
            return super().call(method, *params)
        if self.after and not is_read(method):
            super().call(method, *params)
        raise Death


def cloud_of(connection, at=None, after=False):
    """A view of a cloud whose client dies at a call; ``connection`` as the pillar has it."""
    client = DyingClient.from_config(connection)
    client.at, client.after = at, after
    return Cloud(client)


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
            except Death:
                run(cloud_of(connection), number)
                check(cloud_of(connection), number)
            else:
                break
    return number - 2
