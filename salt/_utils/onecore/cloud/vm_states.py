"""The states of a VM: their names, the final ones, and the transitions between power states."""

from __future__ import annotations

from collections import deque

from ..basics.marks import RELEASE, RESTORE
from .collection import Settled
from .resource import Resource

#: (STATE, LCM_STATE); include/VirtualMachine.h, release 7.4.0
State = tuple[int, int]

_STATES = {
    0: "INIT",
    1: "PENDING",
    2: "HOLD",
    3: "ACTIVE",
    4: "STOPPED",
    5: "SUSPENDED",
    6: "DONE",
    8: "POWEROFF",
    9: "UNDEPLOYED",
    10: "CLONING",
    11: "CLONING_FAILURE",
}
_LCM: tuple[str, ...] = (
    "LCM_INIT",
    "PROLOG",
    "BOOT",
    "RUNNING",
    "MIGRATE",
    "SAVE_STOP",
    "SAVE_SUSPEND",
    "SAVE_MIGRATE",
    "PROLOG_MIGRATE",
    "PROLOG_RESUME",
    "EPILOG_STOP",
    "EPILOG",
    "SHUTDOWN",
    "CANCEL",
    "FAILURE",
    "CLEANUP_RESUBMIT",
    "UNKNOWN",
    "HOTPLUG",
    "SHUTDOWN_POWEROFF",
    "BOOT_UNKNOWN",
    "BOOT_POWEROFF",
    "BOOT_SUSPENDED",
    "BOOT_STOPPED",
    "CLEANUP_DELETE",
    "HOTPLUG_SNAPSHOT",
    "HOTPLUG_NIC",
    "HOTPLUG_SAVEAS",
    "HOTPLUG_SAVEAS_POWEROFF",
    "HOTPLUG_SAVEAS_SUSPENDED",
    "SHUTDOWN_UNDEPLOY",
    "EPILOG_UNDEPLOY",
    "PROLOG_UNDEPLOY",
    "BOOT_UNDEPLOY",
    "HOTPLUG_PROLOG_POWEROFF",
    "HOTPLUG_EPILOG_POWEROFF",
    "BOOT_MIGRATE",
    "BOOT_FAILURE",
    "BOOT_MIGRATE_FAILURE",
    "PROLOG_MIGRATE_FAILURE",
    "PROLOG_FAILURE",
    "EPILOG_FAILURE",
    "EPILOG_STOP_FAILURE",
    "EPILOG_UNDEPLOY_FAILURE",
    "PROLOG_MIGRATE_POWEROFF",
    "PROLOG_MIGRATE_POWEROFF_FAILURE",
    "PROLOG_MIGRATE_SUSPEND",
    "PROLOG_MIGRATE_SUSPEND_FAILURE",
    "BOOT_UNDEPLOY_FAILURE",
    "BOOT_STOPPED_FAILURE",
    "PROLOG_RESUME_FAILURE",
    "PROLOG_UNDEPLOY_FAILURE",
    "DISK_SNAPSHOT_POWEROFF",
    "DISK_SNAPSHOT_REVERT_POWEROFF",
    "DISK_SNAPSHOT_DELETE_POWEROFF",
    "DISK_SNAPSHOT_SUSPENDED",
    "DISK_SNAPSHOT_REVERT_SUSPENDED",
    "DISK_SNAPSHOT_DELETE_SUSPENDED",
    "DISK_SNAPSHOT",
    "DISK_SNAPSHOT_REVERT",
    "DISK_SNAPSHOT_DELETE",
    "PROLOG_MIGRATE_UNKNOWN",
    "PROLOG_MIGRATE_UNKNOWN_FAILURE",
    "DISK_RESIZE",
    "DISK_RESIZE_POWEROFF",
    "DISK_RESIZE_UNDEPLOYED",
    "HOTPLUG_NIC_POWEROFF",
    "HOTPLUG_RESIZE",
    "HOTPLUG_SAVEAS_UNDEPLOYED",
    "HOTPLUG_SAVEAS_STOPPED",
    "BACKUP",
    "BACKUP_POWEROFF",
    "RESTORE",
)

PENDING, HOLD, ACTIVE, DONE, CLONING = 1, 2, 3, 6, 10
RUNNING: State = (ACTIVE, 3)

#: Power states as ``power:`` declares them.
POWER: dict[str, State] = {
    "running": RUNNING,
    "poweroff": (8, 0),
    "suspended": (5, 0),
    "stopped": (4, 0),
    "undeployed": (9, 0),
    "hold": (2, 0),
}

#: The action for each transition between power states; the others take two steps or are impossible.
ACTIONS: dict[tuple[str, str], str] = {
    **{(power, "running"): "resume" for power in ("poweroff", "suspended", "stopped", "undeployed")},
    ("hold", "running"): "release",
    ("running", "poweroff"): "poweroff",
    ("running", "suspended"): "suspend",
    ("running", "stopped"): "stop",
    ("suspended", "stopped"): "stop",
    ("running", "undeployed"): "undeploy",
    ("poweroff", "undeployed"): "undeploy",
}

#: The suffixes of the names of states in or towards a power state.
_HEADING = {
    "POWEROFF": "poweroff",
    "SUSPEND": "suspended",
    "SUSPENDED": "suspended",
    "STOP": "stopped",
    "STOPPED": "stopped",
    "UNDEPLOY": "undeployed",
    "UNDEPLOYED": "undeployed",
    "RESTORE": "poweroff",
}
#: States during removal, which cannot be undone.
_LEAVING = {"SHUTDOWN", "EPILOG", "CANCEL", "CLEANUP_DELETE"}
#: States in which OpenNebula does not update the rules of a VM, besides those of booting, and those in which it does
#: not update its networks, besides those of operations on a running VM (LifeCycleActions.cc, release 7.4.0).
_NICS = {"HOTPLUG_NIC", "HOTPLUG_NIC_POWEROFF"}
_MISSES_RULE_UPDATES = {"MIGRATE", *_NICS}
_MISSES_NETWORK_UPDATES = {"DISK_SNAPSHOT", "DISK_SNAPSHOT_DELETE", "DISK_RESIZE"}


def way(old: str, new: str) -> list[str]:
    """The power states on the shortest path from one to another, including the last one.

    Empty if there is no path.
    """
    ways: deque[list[str]] = deque([[old]])
    seen = {old}
    while ways:
        here = ways.popleft()
        if here[-1] == new:
            return here[1:]
        for start, end in ACTIONS:
            if start == here[-1] and end not in seen:
                seen.add(end)
                ways.append([*here, end])
    return []


def state(resource: Resource) -> State:
    """(STATE, LCM_STATE); the second one only counts while a VM is active."""
    number = resource.state
    return (number, resource.number("LCM_STATE") if number == ACTIVE else 0)


def name(value: State) -> str:
    """The name of a state in the CLI."""
    number, lcm = value
    if number == ACTIVE:
        return _LCM[lcm] if 0 <= lcm < len(_LCM) else f"LCM_STATE {lcm}"
    return _STATES.get(number, f"STATE {number}")


def power(resource: Resource) -> str:
    """The power state of a VM, or the one to which it is changing, so that a second comparison during its boot finds no
    difference.

    The name of its state if it is neither.
    """
    current = state(resource)
    for word, final in POWER.items():
        if current == final:
            return word
    called = name(current)
    if current[0] == CLONING and resource.text("TEMPLATE/SUBMIT_ON_HOLD") == "YES":
        return "hold"
    if current in SETTLED.failed or called in _LEAVING:
        return called
    begun, _, end = called.rpartition("_")
    # The state from which it boots or is restored is its old one, not its target.
    return "running" if begun in ("BOOT", "PROLOG") else _HEADING.get(end, "running")


def restored_power(resource: Resource) -> str:
    """The power state that a VM must have: the current one, unless an interrupted run has powered it off."""
    here = power(resource)
    kept = resource.text(f"USER_TEMPLATE/{RESTORE}")
    return kept if here == "poweroff" and kept in POWER else here


def removable(resource: Resource) -> bool:
    """Whether OpenNebula accepts the removal of a VM in its present state."""
    here = state(resource)
    return here[0] != ACTIVE or here in SETTLED.ready | SETTLED.failed


def changes_nics(resource: Resource) -> bool:
    """Whether OpenNebula is changing the NICs of a VM."""
    return name(state(resource)) in _NICS


def misses_rule_updates(resource: Resource) -> bool:
    """Whether OpenNebula temporarily skips a VM when it updates the rules of a security group."""
    called = name(state(resource))
    return called in _MISSES_RULE_UPDATES or (called.startswith("BOOT") and not called.endswith("FAILURE"))


def misses_network_updates(resource: Resource) -> bool:
    """Whether OpenNebula temporarily skips a VM when it updates the VMs of a network."""
    called = name(state(resource))
    return misses_rule_updates(resource) or called in _MISSES_NETWORK_UPDATES or called.startswith("HOTPLUG")


def deployments(resource: Resource) -> int:
    """The number of times a VM was deployed."""
    return 1 + max(resource.numbers("HISTORY_RECORDS/HISTORY/SEQ"), default=-1)


def is_untouched(resource: Resource) -> bool:
    """Whether a VM is still on hold since its creation, and has never been started."""
    made = bool(resource.text(f"USER_TEMPLATE/{RELEASE}")) and resource.mark is not None
    return made and resource.state in (HOLD, CLONING) and deployments(resource) == 0


def is_to_be_released(resource: Resource) -> bool:
    """Whether the run that created a VM did not release it."""
    return is_untouched(resource) and resource.text(f"USER_TEMPLATE/{RELEASE}") == "YES"


SETTLED = Settled(
    ready=frozenset(POWER.values()) | {(DONE, 0), (ACTIVE, _LCM.index("UNKNOWN"))},
    failed=frozenset((ACTIVE, number) for number, called in enumerate(_LCM) if called.endswith("FAILURE")) | {(11, 0)},
    name=name,
    timeout=600,
    passing=frozenset((ACTIVE, number) for number, called in enumerate(_LCM) if called in _LEAVING),
    unplaced=frozenset({(PENDING, 0)}),
)
