"""What joins a VM to a network, and what the plans of a NIC's changes begin with; any kind may need to know."""

from __future__ import annotations

from ..basics.plan import Change

#: What in a template joins a VM to a network.
NIC_KINDS = ("NIC", "NIC_ALIAS", "PCI")
#: A NIC comes; it and its aliases follow, in OpenNebula's words.
ATTACH = "attach"
#: An alias comes; the name of its NIC and the alias follow.
ATTACH_ALIAS = "attach alias"
#: The NIC goes, or the alias; its number follows.
DETACH = "detach"
#: The NIC goes and comes again; its number follows, and it and its aliases as they are to be.
ANEW = "anew"
#: The NIC joins and leaves security groups; its number follows, and the numbers of those it joins and leaves.
REGROUP = "regroup"
#: The NIC gets other limits of its bandwidth; its number follows, and all limits that it is to have.
LIMIT = "limit"


def in_place(change: Change) -> bool:
    """Whether a change leaves a NIC where it is."""
    return _does(change, REGROUP, LIMIT)


def disturbs(change: Change) -> bool:
    """Whether a change takes a NIC away for a moment."""
    return _does(change, ANEW)


def going(change: Change) -> str:
    """The number of the NIC that a change takes away, be it for a moment; empty where it takes none."""
    if not _does(change, DETACH, ANEW):
        return ""
    action, argument = change.write
    return str(argument[0] if action == ANEW else argument)


def _does(change: Change, *actions: str) -> bool:
    return isinstance(change.write, tuple) and change.write[0] in actions
