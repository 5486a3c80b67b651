"""Gateways that are virtual routers: the keys of ``virtual_router``, and their cross-checks."""

from __future__ import annotations

from ..kinds.vm.configuration import CONFIGURATION
from ..kinds.vrouter.kind import VROUTER
from ..kinds.vrouter.members import MOST_VMS
from ..model import leaves as a
from ..model.nodes import Key, Keys
from ..pillar.gateways import ROUTER_KEYS, floating
from .view import View
from .walk import Walk

#: Keys of a gateway that VMs of a virtual router get from their template, or that OpenNebula does not support.
OF_A_VM = (
    *("disks", "on_change", "vmgroup", "vmgroup_role", "scheduled_actions"),
    *(each.name for each in CONFIGURATION),
)

_VMS = VROUTER.argument("vms")
VIRTUAL_ROUTER = Keys(
    "a virtual router",
    {
        "vms": _VMS.key(node=a.whole(1, MOST_VMS)),
        "floating_ip": Key(
            a.BOOLEAN,
            "Whether its VMs share its addresses: keepalived in the guests gives them to one VM, and each VM has an "
            "address of its own, too. Otherwise its only VM has them.",
            "whether there are several VMs",
            "true",
        ),
        **{name: VROUTER.argument(name).key() for name in ROUTER_KEYS},
    },
)


def check_router(view: View, walk: Walk) -> None:
    """Check a gateway that is a virtual router."""
    router = view.gateway.get("virtual_router")
    if router is None:
        return
    for key in OF_A_VM:
        if key in view.gateway:
            walk.fault(view.path("gateway", key), "is not possible for virtual routers; set it in the template")
    if view.gateway.get("power") == "hold":
        walk.fault(
            view.path("gateway", "power"),
            "hold is not possible for virtual routers; their VMs are released after creation",
        )
    if router.get("vms", 1) > 1 and not floating(router):
        path = view.path("gateway", "virtual_router", "floating_ip")
        walk.fault(path, "must be true, since several VMs cannot each have the same address")
