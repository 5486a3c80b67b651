"""What OpenNebula takes for a network and its hosts do not: refused before there is a network that none can use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...basics.errors import ArgumentError
from ...basics.values import HIGHEST_VLAN, HIGHEST_VXLAN
from ...cloud.resource import Resource

#: The drivers that OpenNebula brings along (VN_MAD_CONF in oned.conf, release 7.4.0).
DRIVERS = ("802.1Q", "vxlan", "ovswitch", "ovswitch_vxlan", "bridge", "fw", "dummy")
#: The highest numbers that a driver can set on hosts. OpenNebula itself takes any.
_HIGHEST = {
    "802.1Q": {"vlan_id": HIGHEST_VLAN},
    "ovswitch": {"vlan_id": HIGHEST_VLAN},
    "vxlan": {"vlan_id": HIGHEST_VXLAN},
    "ovswitch_vxlan": {"vlan_id": HIGHEST_VLAN, "outer_vlan_id": HIGHEST_VXLAN},
}


def refuse_unusable(wanted: Mapping[str, Any], resource: Resource | None, path: str = "VN_MAD") -> None:
    """Raise ArgumentError for a driver that hosts do not have, or a number that they cannot set.

    path
        Where OpenNebula tells the driver.
    """
    driver = wanted.get("driver") or (resource.text(path) if resource is not None else "")
    known = {each.lower(): each for each in DRIVERS}.get(driver.lower(), driver)
    if "driver" in wanted and known != driver:
        raise ArgumentError(f"driver: capitals matter, and hosts have no driver {driver}; write {known}.")
    for name, highest in _HIGHEST.get(driver, {}).items():
        if wanted.get(name) and wanted[name] > highest:
            raise ArgumentError(f"{name}: {wanted[name]} is above {highest}, the highest of driver {driver}.")
