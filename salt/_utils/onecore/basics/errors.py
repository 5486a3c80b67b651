"""The exceptions: one for each condition, all of them subclasses of `OneError`.

The text of each is one sentence for the person who reads a state's comment: what happened, to which object, what to do.
It never contains a password, a token or a traceback.
"""

import difflib
from collections.abc import Iterable
from typing import Any


class OneError(Exception):
    """Any error in the communication with OpenNebula.

    `code` is OpenNebula's error code (int) and `method` the API method that was called (str), each None if there is
    none. `holders` are the objects that are in the way, each as its collection and its ID; empty if they are not known.
    """

    def __init__(
        self,
        message: str,
        code: int | None = None,
        method: str | None = None,
        holders: Iterable[tuple[Any, int]] = (),
    ):
        super().__init__(message)
        self.code = code
        self.method = method
        self.holders = tuple(holders)


class AuthenticationError(OneError):
    """OpenNebula does not accept the user name with this password or token."""


class AuthorizationError(OneError):
    """The user may not do this to that object."""


class NoExistsError(OneError):
    """There is no object with this ID."""


class ActionError(OneError):
    """The state of the object, or an object that uses it, forbids the action."""


class ApiError(OneError):
    """OpenNebula does not understand the call: unknown method, missing or wrong parameter."""


class InternalError(OneError):
    """OpenNebula accepted the call, but failed to carry it out."""


class AllocateError(OneError):
    """OpenNebula could not create the object."""


class LockedError(OneError):
    """The object is locked."""


class ReplicationError(OneError):
    """The servers of a highly available OpenNebula did not agree on the change."""


class UnreachableError(OneError):
    """No connection to the endpoint: refused, unknown host, TLS, connection reset."""


class TimedOutError(OneError):
    """The endpoint did not answer in time."""


class AnswerError(OneError):
    """The endpoint answered, but the answer is not one of OpenNebula."""


class ConfigurationError(OneError):
    """The connection settings are wrong or incomplete."""


class ArgumentError(OneError):
    """An invalid argument or pillar value; nothing was sent."""


class AmbiguousError(OneError):
    """Two objects have the same name."""


class MissingError(OneError):
    """An object that another one refers to does not exist."""


class SettleError(OneError):
    """An object did not reach the desired state in time, or reached a failure state."""


class GoneError(SettleError):
    """An object disappeared during a change."""


class RefusedError(OneError):
    """Refused by these states, not by OpenNebula: not managed, in use, or another user's."""


class DisturbanceError(RefusedError):
    """A change would disturb running VMs, and is not allowed."""


#: Errors after which a write call may have taken effect.
UNKNOWN = (UnreachableError, TimedOutError, AnswerError, ReplicationError)

BY_CODE: dict[int, type[OneError]] = {
    0x0100: AuthenticationError,
    0x0200: AuthorizationError,
    0x0400: NoExistsError,
    0x0800: ActionError,
    0x1000: ApiError,
    0x2000: InternalError,
    0x4000: AllocateError,
    0x8000: LockedError,
    0x10000: ReplicationError,
}


#: The maximum length of foreign text in a message.
LONGEST_TEXT = 500


def one_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return foreign text as one line of limited length."""
    line = " ".join(text[: 2 * longest].split())
    return line if len(line) <= longest else f"{line[:longest].rstrip()}…"


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """Return `, did you mean 'x'?` with the nearest of the names `known`, or an empty string if none is near."""
    near = difflib.get_close_matches(str(word), [str(name) for name in known], n=1)
    return f", did you mean '{near[0]}'?" if near else ""
