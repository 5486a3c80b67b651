"""Attributes of NICs and the types of their changes, for all kinds."""

from __future__ import annotations

from ..basics.plan import Change

#: The vectors in a template that connect a VM to a network.
NIC_KINDS = ("NIC", "NIC_ALIAS", "PCI")
#: Attach a NIC; the data are the NIC and its aliases, in OpenNebula's terms.
ATTACH = "attach"
#: Attach an alias; the data are the name of its NIC and the alias.
ATTACH_ALIAS = "attach alias"
#: Detach a NIC or an alias; the data are its ID.
DETACH = "detach"
#: Detach a NIC and attach it again; the data are its ID, and the NIC and its aliases as they are to be.
ANEW = "reattach"
#: Change the security groups of a NIC; the data are its ID, and the IDs of the groups to add and to remove.
REGROUP = "regroup"
#: Change the bandwidth limits of a NIC; the data are its ID, and all limits.
LIMIT = "limit"


def in_place(change: Change) -> bool:
    """Whether a change keeps the NIC attached."""
    return _does(change, REGROUP, LIMIT)


def disturbs(change: Change) -> bool:
    """Whether a change detaches a NIC for a moment."""
    return _does(change, ANEW)


def going(change: Change) -> str:
    """The ID of the NIC that a change detaches, even for a moment; empty if there is none."""
    if not _does(change, DETACH, ANEW):
        return ""
    action, argument = change.write
    return str(argument[0] if action == ANEW else argument)


def _does(change: Change, *actions: str) -> bool:
    return isinstance(change.write, tuple) and change.write[0] in actions
