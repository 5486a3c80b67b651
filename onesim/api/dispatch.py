"""From a method name and its parameters to an answer: the registry of methods, sessions, and the form of answers."""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from onesim.api import accounts
from onesim.cloud.faults import RuleError
from onesim.errors import (
    FAULT_INTERNAL,
    FAULT_NO_METHOD,
    FAULT_TYPE,
    NO_ANSWER,
    AuthenticationError,
    Fault,
    InternalError,
    OneError,
)
from onesim.rights.access import MANAGE

METHODS = {}
#: The one method that writes while the zone is disabled.
WHEN_DISABLED = "one.zone.enable"

_TYPES = {
    "i": (int, "Parameter that is supposed to be integer is not"),
    "s": (str, "Parameter that is supposed to be a string is not"),
    "b": (bool, "Parameter that is supposed to be boolean is not"),
    "A": (list, "Parameter that is supposed to be an array is not"),
    "L": (list, "Parameter that is supposed to be an array is not"),
}


class Long(int):
    """A 64-bit integer, <i8> on the wire."""


@dataclass(frozen=True)
class Method:
    """A method of the API. `params` are the types it takes after the session, `defaults` those of the last ones."""

    name: str
    handler: object
    params: str
    defaults: tuple = ()
    kind: object = None
    operation: int = MANAGE
    hidden: tuple = ()
    writes: bool = True
    session: bool = True
    control: bool = False

    @property
    def title(self):
        """The name of the object's kind in refusals."""
        return self.kind.title if self.kind else "-"


@dataclass
class Call:
    """One call: the caller, and the object. Handlers get it first, followed by the parameters."""

    cloud: object
    method: str = ""
    title: str = "-"
    operation: int = MANAGE
    uid: int = -1
    gid: int = -1
    uname: str = ""
    gname: str = ""
    groups: frozenset = frozenset()
    umask: int = 0
    request_id: int = field(default_factory=lambda: random.randrange(10000))

    @property
    def now(self):
        """The time, in whole seconds."""
        return int(time.time())

    @property
    def is_admin(self):
        return self.uid == 0 or 0 in self.groups


def method(name, params="", *, defaults=(), kind=None, operation=MANAGE, hidden=(), writes=True):
    """Registers a function (call, *parameters) -> int | str | bool as a method of the API.

    `params` is a letter a parameter after the session: i(nteger), s(tring), b(oolean), A(rray of integers); the last
    len(defaults) may be left out. `operation` is what the caller needs on the object (`call.operation`), `hidden` the
    positions (from 1) that logs must not show, `writes` is False for calls that change nothing.
    """

    def register(handler):
        METHODS[name] = Method(name, handler, params, defaults, kind, operation, hidden, writes)
        return handler

    return register


def own_method(name, params="", *, defaults=(), hidden=(), control=False):
    """Registers a function (dispatcher, *parameters) as a method about the server itself, which takes no session."""

    def register(handler):
        METHODS[name] = Method(
            name, handler, params, defaults, hidden=hidden, writes=False, session=False, control=control
        )
        return handler

    return register


class Dispatcher:
    """Answers calls on one cloud, one at a time. Methods that control onesim itself exist only with `control`."""

    def __init__(self, cloud, control=False):
        self.cloud = cloud
        self.control = control
        self.faults = cloud.faults
        self.counters = Counter()

    def method(self, name):
        """The method of that name; raises Fault."""
        found = METHODS.get(name)
        if found is None or (found.control and not self.control):
            raise Fault(FAULT_NO_METHOD, f"Method '{name}' not defined")
        return found

    def answer(self, name, params):
        """The daemon's answer: [True, value, 0], or [False, text, code, object, -1]. Raises Fault."""
        found = self.method(name)
        if not found.session:
            return found.handler(self, *_checked(found, params))
        self.counters[name] += 1
        call = Call(self.cloud, name, found.title, found.operation)
        with self.cloud.transaction():
            return self._answer(found, call, params)

    def _answer(self, found, call, params):
        if not params:
            raise Fault(FAULT_INTERNAL, f"{NO_ANSWER}Subscript of xmlrpc_c::paramList out of bounds")
        if not accounts.authenticate(call, str(params[0]), time.time()):
            return _refusal(call, AuthenticationError())
        if found.writes and found.name != WHEN_DISABLED and self.cloud.is_disabled:
            return _refusal(call, InternalError("Cannot process request, zone disabled"))
        values = _checked(found, params[1:])
        events = self.cloud.events
        doomed = events.doomed(found, call, params) if events else ""
        try:
            answer = [True, found.handler(call, *values), 0]
        except OneError as error:
            answer = _refusal(call, error)
        if events:
            events.call(found, call, params, answer, doomed)
        return answer


def _refusal(call, error):
    return [False, f"[{call.method}] {error.message(call)}", error.code, error.oid, Long(-1)]


def _checked(found, params):
    """The parameters of a method, each of its type; a missing one has its default, an additional one is ignored."""
    required = len(found.params) - len(found.defaults)
    values = []
    for position, letter in enumerate(found.params):
        if position < len(params):
            kind, refusal = _TYPES[letter]
            if type(params[position]) is not kind:
                raise Fault(FAULT_TYPE, refusal)
            if letter == "A" and any(type(item) is not int for item in params[position]):
                raise Fault(FAULT_INTERNAL, f"{NO_ANSWER}Not integer type.  See type() method")
            values.append(params[position])
        elif position < required:
            raise Fault(FAULT_TYPE, "Not enough parameters")
        else:
            values.append(found.defaults[position - required])
    return values


@own_method("onesim.counters")
def counters(dispatcher):
    """The number of calls of each method since the start or the last reset."""
    return dict(dispatcher.counters)


@own_method("onesim.reset_counters")
def reset_counters(dispatcher):
    dispatcher.counters.clear()
    return True


@own_method("onesim.fault_add", "s", control=True)
def fault_add(dispatcher, rule):
    """Adds a fault rule; returns its number."""
    try:
        return dispatcher.faults.add(rule)
    except RuleError as error:
        raise Fault(FAULT_TYPE, str(error)) from error


@own_method("onesim.fault_clear", "i", defaults=(0,), control=True)
def fault_clear(dispatcher, number):
    """Removes one fault rule, or (0) all; returns how many."""
    return dispatcher.faults.clear(number or None)


@own_method("onesim.fault_log", control=True)
def fault_log(dispatcher):
    """The actions of fault rules, oldest first: {time, subject, rule, action} each."""
    return list(dispatcher.faults.log)
