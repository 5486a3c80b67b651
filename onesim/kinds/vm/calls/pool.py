"""The pool calls of VMs, and their monitoring data: none, without a hypervisor."""

from onesim.api import generic
from onesim.api.dispatch import method
from onesim.errors import ApiError, AuthorizationError, InternalError
from onesim.kinds.vm.kind import KIND
from onesim.kinds.vm.states import State
from onesim.rights.access import ADMIN, USE, USE_NO_LOCK, Visibility
from onesim.text.values import id_list

ANY, NOT_DONE = -2, -1
LAST_STATE = 11


def _listed(call, filter_flag, start, end, state, query):
    """The VMs that a pool call returns."""
    if filter_flag < generic.MINE_OR_MY_GROUPS_AND_LOWER:
        raise ApiError("Incorrect filter_flag")
    if not ANY <= state <= LAST_STATE:
        raise ApiError(f"Incorrect state filter {state}")
    if query:
        raise InternalError("JSON query search is not supported by the SQL backend")
    keep = {ANY: lambda vm: True, NOT_DONE: lambda vm: vm.state != State.DONE}.get(state, lambda vm: vm.state == state)
    return generic.listed(call, KIND, filter_flag, start, end, keep)


def _xml(parts):
    return f"<VM_POOL>{''.join(parts)}</VM_POOL>"


@method("one.vmpool.info", "iiiis", defaults=("",), kind=KIND, operation=USE, writes=False)
def info(call, filter_flag, start, end, state, query):
    return _xml([vm.xml for vm in _listed(call, filter_flag, start, end, state, query)])


@method("one.vmpool.infoextended", "iiiis", defaults=("",), kind=KIND, operation=USE, writes=False)
def info_extended(call, filter_flag, start, end, state, query):
    return _xml([vm.listed_in_full() for vm in _listed(call, filter_flag, start, end, state, query)])


@method("one.vmpool.infoset", "sb", kind=KIND, operation=USE, writes=False)
def info_set(call, ids, extended):
    """The VMs of a list of numbers that the caller may see."""
    wanted = id_list(ids)
    visibility = Visibility(call, "VM")
    found = (call.cloud.find("VM", oid) for oid in sorted(wanted, reverse=True))
    shown = [vm for vm in found if vm is not None and visibility.shows(vm, ANY)]
    return _xml([vm.listed_in_full() if extended else vm.xml for vm in shown])


@method("one.vm.monitoring", "i", kind=KIND, operation=USE_NO_LOCK, writes=False)
def monitoring(call, oid):
    generic.reachable(call, KIND, oid)
    return "<MONITORING_DATA></MONITORING_DATA>"


@method("one.vmpool.monitoring", "ii", defaults=(-1,), kind=KIND, operation=USE, writes=False)
def pool_monitoring(call, filter_flag, seconds):
    if filter_flag < generic.MINE_OR_MY_GROUPS_AND_LOWER:
        raise ApiError("Incorrect filter_flag")
    return "<MONITORING_DATA></MONITORING_DATA>"


@method("one.vmpool.accounting", "iii", kind=KIND, operation=USE, writes=False)
def accounting(call, filter_flag, start, end):
    """The history records of a period."""
    if filter_flag < generic.MINE_OR_MY_GROUPS_AND_LOWER:
        raise ApiError("Incorrect filter_flag")
    records = [
        record.xml().replace("</HISTORY>", f"{vm.extended(0)}</HISTORY>")
        for vm in reversed(generic.listed(call, KIND, filter_flag, -1, -1))
        for record in vm.history
        if (start == -1 or record.end == 0 or record.end > start) and (end == -1 or record.start < end)
    ]
    return f"<HISTORY_RECORDS>{''.join(records)}</HISTORY_RECORDS>"


@method("one.vmpool.showback", "iiiii", kind=KIND, operation=USE, writes=False)
def showback(call, filter_flag, start_month, start_year, end_month, end_year):
    if filter_flag < generic.MINE_OR_MY_GROUPS_AND_LOWER:
        raise ApiError("Incorrect filter_flag")
    return "<SHOWBACK_RECORDS></SHOWBACK_RECORDS>"


@method("one.vmpool.calculateshowback", "iiii", kind=KIND, operation=ADMIN)
def calculate_showback(call, start_month, start_year, end_month, end_year):
    """Everything is free here."""
    if not call.is_admin:
        raise AuthorizationError("Action reserved for group 0 only")
    return ""
