"""The methods of the daemon's XML-RPC library: the list of methods, and several calls as one."""

from onesim.api.dispatch import METHODS, own_method
from onesim.errors import FAULT_MEMBER, FAULT_RECURSION, FAULT_TYPE, Fault

MULTICALL = "system.multicall"
_ELEMENT = "An element of the multicall array should be a struct (with members 'methodName' and 'params')"


@own_method("system.listMethods")
def list_methods(dispatcher):
    """The names of all methods."""
    return [name for name in METHODS if method_exists(dispatcher, name)]


@own_method("system.methodExist", "s")
def method_exists(dispatcher, name):
    """Whether there is a method of that name."""
    return name in METHODS and (dispatcher.control or not METHODS[name].control)


@own_method(MULTICALL, "L", hidden=(1,))
def multicall(dispatcher, calls):
    """The answers to several calls, each in its own list; a fault is replaced by its code and text."""
    return [_answer(dispatcher, call) for call in calls]


def _answer(dispatcher, call):
    if not isinstance(call, dict):
        raise Fault(FAULT_TYPE, _ELEMENT)
    for name in ("methodName", "params"):
        if name not in call:
            raise Fault(FAULT_MEMBER, f"No member of struct has key '{name}'")
    if call["methodName"] == MULTICALL:
        raise Fault(FAULT_RECURSION, f"Recursive {MULTICALL} forbidden")
    try:
        return [dispatcher.answer(call["methodName"], call["params"])]
    except Fault as fault:
        return {"faultCode": fault.code, "faultString": fault.text}
