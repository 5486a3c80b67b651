"""Scheduled actions: operations on a VM at a certain time, once or repeatedly."""

import calendar
import time

from onesim.cloud.things import Kind, Thing
from onesim.errors import ActionError
from onesim.text.values import integer

ACTIONS = {
    "terminate", "terminate-hard", "undeploy", "undeploy-hard", "hold", "release", "stop", "suspend", "resume",
    "reboot", "reboot-hard", "poweroff", "poweroff-hard", "snapshot-create", "snapshot-revert", "snapshot-delete",
    "disk-snapshot-create", "disk-snapshot-revert", "disk-snapshot-delete", "backup",
}  # fmt: skip
NO_REPEAT, WEEKLY, MONTHLY, YEARLY, HOURLY = range(-1, 4)
END_NONE, NEVER, TIMES, DATE = range(-1, 3)
HOUR, DAY = 3600, 86400
_DAYS = {
    WEEKLY: (0, 6, "Days in a week have to be in [0,6] range"),
    MONTHLY: (1, 31, "Days in a month have to be in [1,31] range"),
    YEARLY: (0, 365, "Days in a year have to be in [0,365] range"),
    HOURLY: (1, 167, "Hours have to be in [0,168] range"),
}


class ScheduledAction(Thing):
    """An action of a VM; `facts` are its fields."""

    def __init__(self, vm_id, facts):
        super().__init__()
        self.vm_id, self.facts = vm_id, facts

    def render(self):
        facts = {"ID": self.oid, "PARENT_ID": self.vm_id, "TYPE": "VM", **self.facts}
        items = "".join(f"<{name}>{value}</{name}>" for name, value in facts.items())
        return f"<SCHED_ACTION>{items}</SCHED_ACTION>"


class ScheduledActionKind(Kind):
    """No calls of its own: those of VMs make and change them."""

    name, title, xml_title, tag, pool_tag = ("SCHED_ACTION", "scheduled action", "Scheduled Action", "SCHED_ACTION", "")
    thing = ScheduledAction
    names_unique = False


KIND = ScheduledActionKind()


_NEW = {
    "ACTION": "", "ARGS": "", "TIME": None, "REPEAT": NO_REPEAT, "DAYS": "", "END_TYPE": END_NONE, "END_VALUE": -1,
    "DONE": -1, "MESSAGE": "", "WARNING": 0,
}  # fmt: skip


def read(vector, origin, before=None):
    """The fields of an action from a vector; times with a + are relative to `origin`. Raises ActionError.

    Missing fields keep the value of `before`.
    """
    before = before or _NEW
    action = vector.get("ACTION") or before["ACTION"]
    if action and action not in ACTIONS:
        raise ActionError(f"{action} is not supported.")
    if not action:
        raise ActionError("No ACTION in template for Scheduled Action.")
    time = _time(vector["TIME"], origin) if vector.get("TIME") else before["TIME"]
    if time is None:
        raise ActionError(f"Unable to parse the time value or value is empty: {vector.get('TIME', '')}")
    warning = _time(vector["WARNING"], origin) if vector.get("WARNING") else before["WARNING"]
    if warning is None:
        raise ActionError(f"Unable to parse the warning value: {vector['WARNING']}")
    repeat = _choice(vector, "REPEAT", NO_REPEAT, HOURLY, before)
    end_type = _choice(vector, "END_TYPE", END_NONE, DATE, before)
    return {
        "ACTION": action, "ARGS": vector.get("ARGS", before["ARGS"]), "TIME": time, "REPEAT": repeat,
        "DAYS": _days(vector, repeat, before), "END_TYPE": end_type, "END_VALUE": _end(vector, end_type, before),
        "DONE": before["DONE"], "MESSAGE": before["MESSAGE"], "WARNING": warning,
    }  # fmt: skip


def _time(text, origin):
    relative = text.startswith("+")
    moment = integer(text[1:] if relative else text, 64)
    if moment is None or moment == -1:
        return None
    return moment + origin if relative else moment


def _choice(vector, name, first, last, before):
    value = integer(vector.get(name))
    if value is None:
        return before[name]
    if not first <= value <= last:
        raise ActionError(f"Wrong {name} value: {value}")
    return value


def _days(vector, repeat, before):
    if repeat == NO_REPEAT:
        return ""
    if "DAYS" not in vector and before["DAYS"]:
        return before["DAYS"]
    if "DAYS" not in vector:
        raise ActionError("Repeat set, but DAYS are empty")
    days = {number for number in map(integer, vector["DAYS"].split(",")) if number is not None}
    if not days:
        raise ActionError("Scheduled Action repeat set, but DAYS are empty")
    first, last, refusal = _DAYS[repeat]
    if min(days) < first or max(days) > last or (repeat == HOURLY and len(days) != 1):
        raise ActionError(refusal)
    return vector["DAYS"]


def _end(vector, end_type, before):
    value = integer(vector.get("END_VALUE"), 64)
    if end_type <= NEVER:
        return -1
    if value is None:
        return before["END_VALUE"]
    if end_type == TIMES and value < 0:
        raise ActionError("Error parsing END_VALUE, times has to be greater or equal to 0")
    return value


def following(facts):
    """The next time of an action after the one that has just come; None for never. Counts down in the facts."""
    now = int(time.time())
    days = sorted({number for number in map(integer, facts["DAYS"].split(",")) if number is not None})
    if facts["REPEAT"] == NO_REPEAT or not days:
        return None
    if facts["END_TYPE"] == TIMES:
        if facts["END_VALUE"] <= 0:
            return None
        facts["END_VALUE"] -= 1
    elif facts["END_TYPE"] == DATE and now > facts["END_VALUE"]:
        return None
    if facts["REPEAT"] == HOURLY:
        moment = facts["TIME"] + days[0] * HOUR
        while moment < now:
            moment += days[0] * HOUR
        return moment
    facts["WARNING"] = 0
    today, length = _today(facts["REPEAT"], time.localtime(now))
    later = [day for day in days if day > today]
    return facts["TIME"] + DAY * (later[0] - today if later else length - today + days[0])


def _today(repeat, moment):
    """(today's number within a week, month or year, the number of its days)."""
    if repeat == WEEKLY:
        return (moment.tm_wday + 1) % 7, 7
    if repeat == MONTHLY:
        return moment.tm_mday, calendar.monthrange(moment.tm_year, moment.tm_mon)[1]
    return moment.tm_yday - 1, 366 if calendar.isleap(moment.tm_year) else 365
