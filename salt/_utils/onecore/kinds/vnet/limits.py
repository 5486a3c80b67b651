"""Values that OpenNebula accepts and hosts do not: refused before an unusable network is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...basics.errors import ArgumentError
from ...basics.values import HIGHEST_VLAN, HIGHEST_VXLAN
from ...cloud.resource import Resource

#: The drivers that are part of OpenNebula (VN_MAD_CONF in oned.conf, release 7.4.0).
DRIVERS = ("802.1Q", "vxlan", "ovswitch", "ovswitch_vxlan", "bridge", "fw", "dummy")
#: The highest numbers that a driver can configure on hosts. OpenNebula itself accepts any.
_HIGHEST = {
    "802.1Q": {"vlan_id": HIGHEST_VLAN},
    "ovswitch": {"vlan_id": HIGHEST_VLAN},
    "vxlan": {"vlan_id": HIGHEST_VXLAN},
    "ovswitch_vxlan": {"vlan_id": HIGHEST_VLAN, "outer_vlan_id": HIGHEST_VXLAN},
}
#: The arguments of which a network with this driver needs at least one (parse_phydev_vlans in VirtualNetwork.cc).
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(("802.1Q", "vxlan"), (("phydev",), ("vlan_id", "automatic_vlan_id"))),
    "ovswitch_vxlan": (("outer_vlan_id", "automatic_outer_vlan_id"),),
    "dummy": (("bridge",),),
}
#: The path of an argument in a network, unless it is its own name.
_TOLD = {"automatic_vlan_id": "VLAN_ID_AUTOMATIC", "automatic_outer_vlan_id": "OUTER_VLAN_ID_AUTOMATIC"}


def refuse_incomplete(wanted: Mapping[str, Any], resource: Resource | None) -> None:
    """Raise ArgumentError for a network that gets a driver, and lacks an argument that it needs."""
    driver = wanted.get("driver")
    if driver is None or (resource is not None and resource.text("VN_MAD") == driver):
        return

    def has(name: str) -> bool:
        if name in wanted:
            return bool(wanted[name])
        return resource is not None and resource.text(_TOLD.get(name, name.upper())) not in ("", "0")

    missing = [" or ".join(names) for names in _NEEDS.get(driver, ()) if not any(map(has, names))]
    if missing:
        raise ArgumentError(f"The driver {driver} needs {', and '.join(missing)}.")


def refuse_unusable(wanted: Mapping[str, Any], resource: Resource | None, path: str = "VN_MAD") -> None:
    """Raise ArgumentError for a driver that hosts do not have, or a number that they cannot configure.

    path
        The path of the driver in the object.
    """
    driver = wanted.get("driver") or (resource.text(path) if resource is not None else "")
    known = {each.lower(): each for each in DRIVERS}.get(driver.lower(), driver)
    if "driver" in wanted and known != driver:
        raise ArgumentError(f"driver: case matters, and hosts have no driver {driver}; write {known}.")
    for name, highest in _HIGHEST.get(driver, {}).items():
        if wanted.get(name) and wanted[name] > highest:
            raise ArgumentError(f"{name}: {wanted[name]} is above {highest}, the highest of driver {driver}.")
