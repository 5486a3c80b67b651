"""Values without which OpenNebula cannot create a VM: checked before the user's networks are created."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...basics.errors import ArgumentError
from ...basics.values import YES_NO
from .gap import disks

#: The values that a VM needs from its template or its declaration (VirtualMachine.cc, release 7.4.0).
NEEDED = ("cpu", "memory")
#: The attribute of templates from which OpenNebula creates VMs of virtual routers, and no others.
ROUTERS_ONLY = "VROUTER"
#: The types of disks that start empty (Image.h, DiskType of a VM's own disks, release 7.4.0).
EMPTY = ("FS", "SWAP")


def lacking(said: Mapping[str, Any]) -> Iterator[str]:
    """The values that a VM lacks."""
    return (key for key in NEEDED if said.get(key) in (None, ""))


def disk_fault(disk: Mapping[str, Any]) -> str:
    """What is wrong with a disk of a template, in OpenNebula's terms; empty if a VM can have it."""
    # An image can have the ID 0.
    if any(disk.get(name) not in (None, "") for name in ("IMAGE", "IMAGE_ID")):
        return ""
    if str(disk.get("TYPE", "")).upper() in EMPTY and disk.get("SIZE"):
        return ""
    return "needs image, or else TYPE (fs or swap) and size of an empty disk"


def router_fault(template: Mapping[str, Any], router: bool) -> str:
    """What prevents a template from being instantiated, in OpenNebula's terms; empty if nothing does.

    template
        The attributes of the template.
    router
        Whether the VM is one of a virtual router.
    """
    said = next((value for name, value in template.items() if str(name).upper() == ROUTERS_ONLY), "")
    if YES_NO.stored(str(said)) == router:
        return ""
    if router:
        return f"needs the attribute {ROUTERS_ONLY}: YES for a virtual router"
    return f"is for virtual routers, since its attribute {ROUTERS_ONLY} is YES; OpenNebula creates no other VM from it"


def refuse_unsuited(template: Mapping[str, Any], name: str, router: bool = False) -> None:
    """Raise ArgumentError for a template of this name from which such a VM cannot be created."""
    fault = router_fault(template, router)
    if fault:
        raise ArgumentError(f"template: {name} {fault}.")


def refuse_unmakable(template: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raise ArgumentError for a new VM that lacks a value.

    template
        The attributes of the template from which it is created.
    wanted
        The declared arguments of the VM.
    """
    said = {key: wanted.get(key) or template.get(key.upper()) for key in NEEDED}
    for key in lacking(said):
        raise ArgumentError(f"{key}: a VM needs it, and its template does not set it either.")
    for position, disk in enumerate(disks(template)):
        fault = disk_fault(disk)
        if fault:
            raise ArgumentError(f"template: its disk {position} {fault}.")
