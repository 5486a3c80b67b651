"""What joins a VM to a network, and what the plans of a NIC's changes begin with; any kind may need to know."""

from __future__ import annotations

from ..basics.plan import Change

#: What in a template joins a VM to a network.
NIC_KINDS = ("NIC", "NIC_ALIAS", "PCI")
#: The NIC goes; its number follows.
DETACH = "detach"
#: The NIC joins and leaves security groups; its number follows, and the numbers of those it joins and leaves.
REGROUP = "regroup"


def regroups(change: Change) -> bool:
    """Whether a change lets a NIC join and leave security groups, and nothing else."""
    return isinstance(change.write, tuple) and change.write[0] == REGROUP
