"""Zones: the existing ones, and that of the endpoint."""

from __future__ import annotations

from ..basics.errors import AnswerError
from ..cloud.directory import ZONES
from ..cloud.resource import Resource
from ..cloud.view import Cloud


def here(cloud: Cloud) -> int:
    """The ID of the zone of the endpoint."""
    zones = cloud.pool(ZONES)
    if len(zones.by_id) == 1:
        return next(iter(zones.by_id))
    # If there are several, only the daemon's configuration contains its own.
    text = cloud.read_element("one.system.config").findtext("FEDERATION/ZONE_ID") or ""
    if not text.isdecimal():
        raise AnswerError("OpenNebula answered one.system.config without a number in FEDERATION/ZONE_ID.")
    return int(text)


def zone(cloud: Cloud, name: str | None) -> Resource:
    """The zone of that name; the zone of the endpoint without a name."""
    if name is not None:
        return cloud.get(ZONES, name)
    number = here(cloud)
    found = cloud.pool(ZONES).by_id.get(number)
    if found is None:
        raise AnswerError(
            f"OpenNebula answered one.zonepool.info without zone {number}, to which the endpoint belongs."
        )
    return found
