"""The states of networks, images, security groups and others; those of VMs are in a file of their own."""

from __future__ import annotations

from .collection import Settled, state_names
from .resource import Resource

# -- virtual networks: include/VirtualNetwork.h, release 7.4.0 ---------------------------------------------------

_INIT, READY, LOCK_CREATE, _LOCK_DELETE, ERROR, UPDATE_FAILURE, PUSHING = 0, 1, 2, 3, 5, 6, -1
_NETWORK = {
    _INIT: "INIT",
    READY: "READY",
    LOCK_CREATE: "LOCK_CREATE",
    _LOCK_DELETE: "LOCK_DELETE",
    4: "DONE",
    ERROR: "ERROR",
    UPDATE_FAILURE: "UPDATE_FAILURE",
    # Our own state: OpenNebula calls it READY, and removes the attribute VNET_UPDATE when all VMs are updated.
    PUSHING: "READY, its VMs being updated",
}

NETWORK = Settled(
    ready=frozenset({READY}),
    failed=frozenset({ERROR, UPDATE_FAILURE}),
    name=state_names(_NETWORK),
    # A network has no address ranges before it is READY.
    passing=frozenset({_INIT, LOCK_CREATE, _LOCK_DELETE}),
)


def network_state(resource: Resource) -> int:
    """The state of a network, distinguished from READY while its VMs are being updated."""
    state = resource.state
    return PUSHING if state == READY and resource.element.find("TEMPLATE/VNET_UPDATE") is not None else state


# -- images: include/Image.h, release 7.4.0 ----------------------------------------------------------------------

_USED, _DISABLED, _ERROR, _DELETE, _USED_PERS, _LOCKED_USED, _LOCKED_USED_PERS = 2, 3, 5, 7, 8, 9, 10
_IMAGE = {
    _INIT: "INIT",
    READY: "READY",
    _USED: "USED",
    _DISABLED: "DISABLED",
    4: "LOCKED",
    _ERROR: "ERROR",
    6: "CLONE",
    _DELETE: "DELETE",
    _USED_PERS: "USED_PERS",
    _LOCKED_USED: "LOCKED_USED",
    _LOCKED_USED_PERS: "LOCKED_USED_PERS",
}
#: States of an image that a VM uses.
IN_USE = frozenset({_USED, _USED_PERS, _LOCKED_USED, _LOCKED_USED_PERS})

IMAGE = Settled(
    ready=frozenset({READY, _USED, _USED_PERS, _DISABLED}),
    failed=frozenset({_ERROR}),
    name=state_names(_IMAGE),
    # The time for copying or downloading an image depends on its size.
    timeout=1800,
    passing=frozenset({_INIT, _DELETE}),
)

# -- security groups: they have no states, and tell how far their rules have come ----------------------------------

_AT_REST, _PUSHING = 0, 1

SECURITY_GROUP = Settled(
    ready=frozenset({_AT_REST}),
    failed=frozenset(),
    name=state_names({_AT_REST: _NETWORK[READY], _PUSHING: _NETWORK[PUSHING]}),
)


def security_group_state(resource: Resource) -> int:
    """Whether the VMs are being updated with its rules."""
    return _PUSHING if resource.ids("UPDATING_VMS") else _AT_REST


# -- what nobody waits for: include/Datastore.h, include/Zone.h and include/Host.h, release 7.4.0 ------------------

DATASTORE = state_names({0: "READY", 1: "DISABLED"})
ZONE = state_names({0: "ENABLED", 1: "DISABLED"})
HOST_DISABLED, HOST_MONITORING_DISABLED, HOST_OFFLINE = 4, 7, 8
HOST = state_names(
    {
        0: "INIT",
        1: "MONITORING_MONITORED",
        2: "MONITORED",
        3: "ERROR",
        HOST_DISABLED: "DISABLED",
        5: "MONITORING_ERROR",
        6: "MONITORING_INIT",
        HOST_MONITORING_DISABLED: "MONITORING_DISABLED",
        HOST_OFFLINE: "OFFLINE",
    }
)
