"""The VDC ``default``, to which OpenNebula adds every new group, and which gives its groups the use of everything."""

from __future__ import annotations

from ..cloud.directory import GROUPS, VDCS
from ..cloud.resource import Resource
from ..cloud.view import Cloud

#: Its number.
DEFAULT = 0
#: The argument of a group that says whether it is in it.
ARGUMENT = "default_vdc"


def in_default(cloud: Cloud, group: int) -> bool:
    """Whether a group is in it."""
    default: Resource | None = cloud.pool(VDCS).by_id.get(DEFAULT)
    return default is not None and group in default.ids("GROUPS")


def leaves_default(cloud: Cloud, group: int) -> bool:
    """Whether a dry run has announced that a group would have left it by now."""
    found = cloud.pool(GROUPS).by_id.get(group)
    planned = () if found is None else cloud.planned(GROUPS, found.name)
    return any(change.field == ARGUMENT and change.new is False for change in planned)
