"""The drivers that the daemon's configuration defines: OpenNebula refuses every other one, but only during the call."""

from __future__ import annotations

from collections.abc import Collection

from ..basics.errors import AuthorizationError, RefusedError
from ..basics.secrecy import quoted
from .view import Cloud

#: The sections of oned.conf that define drivers.
NETWORKS, DATASTORES, TRANSFER, HYPERVISORS = "VN_MAD_CONF", "DS_MAD_CONF", "TM_MAD_CONF", "VM_MAD"


def defined(cloud: Cloud, section: str) -> set[str]:
    """The drivers of a section of oned.conf; empty if the account may not read it."""
    try:
        found = cloud.read_element("one.system.config").iterfind(f"{section}/NAME")
    except AuthorizationError:
        return set()
    return {(each.text or "").strip() for each in found} - {""}


def refuse_undefined(cloud: Cloud, argument: str, driver: str, section: str, usual: Collection[str] = ()) -> None:
    """Raise RefusedError for a driver that oned.conf does not define.

    usual
        Drivers that are always defined: the configuration is not read for them.
    """
    # OpenNebula does not distinguish capitals here.
    if not driver or driver.lower() in {each.lower() for each in usual}:
        return
    known = defined(cloud, section)
    if known and driver.lower() not in {each.lower() for each in known}:
        choice = ", ".join(sorted(known))
        raise RefusedError(
            f"{argument}: this cloud has no driver {quoted(driver)}, only {choice}. Declare one of these, or add it to "
            f"{section} in its oned.conf."
        )
