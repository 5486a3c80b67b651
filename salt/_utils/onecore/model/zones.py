"""Zones: which there are, and which one this is."""

from __future__ import annotations

from ..basics.errors import AnswerError
from ..cloud.directory import ZONES
from ..cloud.resource import Resource
from ..cloud.view import Cloud


def here(cloud: Cloud) -> int:
    """The number of the zone that the endpoint belongs to."""
    zones = cloud.pool(ZONES)
    if len(zones.by_id) == 1:
        return next(iter(zones.by_id))
    # Of several, only the daemon's configuration tells which one it is.
    said = cloud.told("one.system.config").findtext("FEDERATION/ZONE_ID")
    found = cloud.numbered(ZONES, said or "")
    if found is None:
        raise AnswerError("OpenNebula answered one.system.config with a FEDERATION/ZONE_ID that is no zone.")
    return found.id


def zone(cloud: Cloud, name: str | None) -> Resource:
    """The zone of that name; this one without a name."""
    return cloud.pool(ZONES).by_id[here(cloud)] if name is None else cloud.get(ZONES, name)
