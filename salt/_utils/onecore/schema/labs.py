"""The part of the pillar's schema for labs, and the cross-checks of labs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..kinds.vm.configuration import CONFIGURATION
from ..kinds.vm.kind import VM
from ..model import leaves as a
from ..model.arguments import NONE, REQUIRED
from ..model.nodes import Each, Either, Key, Keys, Many
from ..pillar.counted import members
from ..pillar.gateways import GATEWAY
from ..pillar.labs import BEFORE_BOOT, LAB, PORT, READINESS, READY, READY_TIMEOUT, RUNNING
from . import leaves as our
from .counted import COUNTED, check_counted
from .objects import BY_CHOICE, LEAVE, OF_THE_BLUEPRINT, keys, rights
from .persistent import Persistent
from .view import NOBODY, View
from .walk import Walk
from .words import did_you_mean

_PORT = Keys("a port", {PORT: Key(a.whole(1, 65535), "The port on which its guest answers.", REQUIRED, "22")})
_READY = Either((a.choice(*READINESS), _PORT), f"one of {', '.join(READINESS)}, or {{port: 22}}")

LAB_VM = Keys(
    "a VM of a lab",
    {
        **keys(VM, "template"),
        **keys(VM, "template_owner", default=ADMINISTRATOR),
        **COUNTED,
        "networks": Key(
            Many(our.NETWORK),
            "Networks of the user that its NICs join, in this order.",
            "those of the template",
            "[dmz1]",
            effect=BY_CHOICE,
        ),
        **keys(VM, "nics", more="Replaces `networks`.", default=NONE),
        **keys(VM, "nic_order"),
        "after": Key(Many(our.VM), "VMs of the lab that must be ready before this one is started.", NONE, "[database]"),
        "ready": Key(
            _READY,
            "When it is ready. `running`: it runs. `context-report`: the guest has reported `READY=YES` through "
            'OneGate; this sets `REPORT_READY` in the context, and needs `TOKEN: "YES"` there or in the template. '
            "`ping`: one of its addresses answers; `{port: 22}`: one accepts a TCP connection; both from the machine "
            "where the runner runs.",
            f"`{RUNNING}`",
            "context-report",
        ),
        "ready_timeout": Key(a.POSITIVE, "Time limit for becoming ready.", str(READY_TIMEOUT), "1200", "seconds"),
        "snapshot": Key(
            our.SNAPSHOT,
            "Name of a snapshot that is taken of all disks; a reset reverts to it.",
            "no snapshot",
            "initial",
        ),
        "snapshot_taken": Key(
            a.choice(BEFORE_BOOT, READY),
            "When the snapshot is taken: before the first boot from the disks, so that they are as in their images, or "
            "after the guest has reported that it is ready.",
            f"`{BEFORE_BOOT}` where `ready` is `{RUNNING}`, else `{READY}`",
            BEFORE_BOOT,
        ),
        **keys(VM, "cpu", "vcpu", "memory", "disks", "on_change", "context"),
        **keys(VM, *(each.name for each in CONFIGURATION), "vmgroup", "vmgroup_role", "scheduled_actions"),
        **keys(VM, "power", doc="The power state after the build.", default="`running`", example="poweroff"),
        **keys(VM, "expires"),
        **rights(VM, '"600"', default=OF_THE_BLUEPRINT),
        **keys(VM, "attributes", example="{DESCRIPTION: web server}"),
        "disruption": replace(
            LEAVE["disruption"],
            doc="Whether changes that disturb it while it runs are carried out, such as a NIC that is attached again. "
            "The most specific setting applies; `null` removes that of the blueprint.",
        ),
    },
)

LABS = Each("lab", a.name("lab"), Each("VM", our.VM, LAB_VM))


def check_labs(view: View, persistent: Persistent, walk: Walk) -> None:
    """Check the labs of one user, or of a blueprint without users."""
    places = {_gateway_name(view): ("the gateway", "")} if view.has_gateway else {}
    for lab, machines in view.whole.get("labs", {}).items():
        for name, machine in machines.items():
            for member in members(name, machine):
                holder, declared = places.setdefault(member, (f"a VM of lab {lab}", name))
                if (holder, declared) != (f"a VM of lab {lab}", name):
                    what = "is" if member == name else f"{member} is"
                    said = f"{what} also the name of {holder}; a user has each name once"
                    walk.fault(view.path("labs", lab, name), said)
            check_counted(view.path("labs", lab, name), name, machine, view.user or NOBODY, persistent, walk)
            _check_machine(view, lab, name, machine, walk)
        _check_order(view, lab, machines, walk)


def _gateway_name(view: View) -> str:
    return view.gateway.get("name", GATEWAY)


def _check_machine(view: View, lab: str, name: str, machine: Mapping[str, Any], walk: Walk) -> None:
    if "template" not in machine:
        walk.require(view.path("labs", lab, name, "template"), "is required")
    ready = machine.get("ready")
    if isinstance(ready, Mapping) and ready.get(PORT) is None:
        walk.require(view.path("labs", lab, name, "ready", PORT), "is required")
    if "networks" in machine and "nics" in machine:
        walk.fault(view.path("labs", lab, name, "nics"), "conflicts with networks; declare one of the two")
    if any(attribute.upper() == LAB for attribute in machine.get("attributes", {})):
        walk.fault(view.path("labs", lab, name, "attributes", LAB), "is set by the labs themselves")
    if machine.get("snapshot_taken") == READY and machine.get("ready", RUNNING) == RUNNING:
        at = view.path("labs", lab, name, "snapshot_taken")
        walk.fault(at, "it is not known when the guest is ready: set another ready, or snapshot_taken: before-boot")
    for path, network in _named_networks(view, lab, name, machine):
        if network not in view.networks:
            _fault_unknown(view, ("networks", network), path, f"network {network}", view.networks, f"VM {name}", walk)


def _fault_unknown(
    view: View, place: tuple[str, ...], path: str, what: str, known: Iterable[str], namer: str, walk: Walk
) -> None:
    """A name that does not exist: misspelled at ``path``, or removed at ``place`` by the user."""
    if view.says(*place):
        if view.path(*place) not in walk.blamed:
            walk.fault(view.path(*place), f"null removes a {what.partition(' ')[0]} that {namer} still names")
    elif walk.blamed.isdisjoint({view.path(*place), view.path(*place[:-1])}):
        walk.fault(path, f"there is no {what}{did_you_mean(place[-1], known)}")


def _named_networks(view: View, lab: str, name: str, machine: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The user's own networks of a VM, each with the path of the reference."""
    for network in machine.get("networks", ()):
        yield view.path("labs", lab, name, "networks"), network
    for number, nic in enumerate(machine.get("nics", ())):
        if "network" in nic and not nic.get("shared"):
            yield f"{view.path('labs', lab, name, 'nics')}[{number}].network", nic["network"]


def _check_order(view: View, lab: str, machines: Mapping[str, Any], walk: Walk) -> None:
    graph = {}
    for name, machine in machines.items():
        path = view.path("labs", lab, name, "after")
        for before in machine.get("after", ()):
            if before not in machines:
                what = f"VM {before} in lab {lab}"
                _fault_unknown(view, ("labs", lab, before), path, what, machines, f"after of {name}", walk)
        graph[name] = [before for before in machine.get("after", ()) if before in machines]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        around = error.args[1]
        said = f"is circular: {' after '.join(around[::-1])}"
        walk.fault(view.path("labs", lab, around[0], "after"), said)
