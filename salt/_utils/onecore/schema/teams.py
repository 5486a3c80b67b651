"""The cross-checks of teams: groups and their VDCs, and ACL rules."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from ..model.acls import read
from ..pillar.shared import OWN_VDC, teams
from .walk import Walk
from .words import below


def check_teams(shared: Mapping[str, Any], users: Container[str], walk: Walk) -> None:
    """Check the shared groups and VDCs, and ACL rules.

    users
        The declared users: their objects are created later.
    """
    vdcs = shared.get("vdcs", {})
    for name, group in shared.get("groups", {}).items():
        listing = [vdc for vdc, each in vdcs.items() if name in each.get("groups", ())]
        if listing and OWN_VDC in group:
            path = below("shared.groups", name, OWN_VDC)
            walk.fault(path, f"the VDC {listing[0]} lists the group already; declare there what it may use")
    for name, _ in teams(shared):
        if name in vdcs:
            path = below("shared.vdcs", name, "groups")
            walk.require(path, f"must list the group {name}, which gets a VDC of its name otherwise")
    for label, rule in shared.get("acls", {}).items():
        for each in read(rule).named:
            if each.owner in users:
                walk.fault(
                    below("shared.acls", label),
                    f"{each.kind.title} {each.name} of {each.owner} is created after the shared objects; give its "
                    "group "
                    "the right, or its permissions",
                )
