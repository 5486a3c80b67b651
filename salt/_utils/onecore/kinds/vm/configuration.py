"""What a VM is configured with: how it boots, what its guest sees, how it is backed up.

Each is a vector, of which the declared items are compared one by one. ``updateconf`` changes them, those of a VM that
runs too, whose machine has them when it starts again; a few are only for a VM that is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...basics.errors import RefusedError
from ...basics.plan import Change, Order
from ...basics.syntax import canonical, render
from ...cloud import vm_states
from ...cloud.campaign import Procedure
from ...cloud.directory import VMS
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import leaves, writers
from ...model.fields import Field
from ...model.nodes import Each, Node
from ...model.vectors import Vector, lowered, vector
from .waits import settled


@dataclass(frozen=True)
class Sort:
    """A sort of configuration.

    doc, example
        For people.
    items
        What of it ``updateconf`` changes (UPDATECONF_ATTRS in VirtualMachineTemplate.cc, release 7.4.0).
    """

    doc: str
    example: str
    items: str = ""


_SORTS = {
    "os": Sort(
        "How it boots: ``boot`` (the devices in order), ``arch``, ``machine``, ``firmware`` and the like.",
        '{boot: "disk0,nic0", arch: x86_64}',
        "ARCH MACHINE KERNEL INITRD BOOTLOADER BOOT KERNEL_CMD ROOT SD_DISK_BUS UUID FIRMWARE FIRMWARE_FORMAT",
    ),
    "features": Sort(
        "What the hypervisor offers its guest: ``acpi``, ``guest_agent``, ``localtime`` and the like.",
        "{guest_agent: true}",
        "PAE ACPI APIC LOCALTIME HYPERV GUEST_AGENT VIRTIO_SCSI_QUEUES VIRTIO_BLK_QUEUES IOTHREADS GIC RAS "
        "MIGRATE_AUTO_CONVERGE MIGRATE_COMPRESSED",
    ),
    "input": Sort("Its pointing device: ``type`` and ``bus``.", "{type: tablet, bus: usb}", "TYPE BUS"),
    "graphics": Sort(
        "Its remote display: ``type``, ``listen``, ``passwd``, ``keymap`` and ``command``.",
        "{type: vnc, listen: 0.0.0.0}",
        "TYPE LISTEN PASSWD KEYMAP COMMAND",
    ),
    "video": Sort(
        "Its graphics card: ``type``, ``vram``, ``resolution``.", "{type: virtio}", "IOMMU ATS TYPE VRAM RESOLUTION"
    ),
    "raw": Sort(
        "What the hypervisor is told besides: ``type`` of the hypervisor and ``data``.",
        '{type: kvm, data: "<devices/>"}',
        "TYPE DATA VALIDATE DATA_VMX",
    ),
    "cpu_model": Sort(
        "The CPU that its guest sees: ``model`` and ``features``.", "{model: host-passthrough}", "MODEL FEATURES"
    ),
    "backup_config": Sort(
        "How backups are made: ``mode``, ``keep_last``, ``fs_freeze``, ``backup_volatile``, ``increment_mode``.",
        "{mode: INCREMENT, keep_last: 7}",
        "FS_FREEZE KEEP_LAST BACKUP_VOLATILE INCREMENT_MODE MODE DISK_IDS INTERACTIVE",
    ),
    "tpm": Sort("Its trusted platform module: ``model``; from OpenNebula 7.0 on.", "{model: tpm-crb}"),
}
BACKUPS = "BACKUP_CONFIG"
#: What the daemon says where nobody does.
_OTHERWISE = {
    (BACKUPS, "FS_FREEZE"): "NONE",
    (BACKUPS, "BACKUP_VOLATILE"): "NO",
    (BACKUPS, "MODE"): "FULL",
    (BACKUPS, "INCREMENT_MODE"): "CBT",
    (BACKUPS, "INTERACTIVE"): "NO",
}
#: What updateconf takes away where it replaces and is not told of it.
REPLACED = tuple(name.upper() for name, sort in _SORTS.items() if sort.items and name.upper() != BACKUPS)


class Configuration(Vector):
    """One sort of configuration: each declared item is compared by itself, the others are left alone."""

    def __init__(self, name: str, sort: Sort):
        doc = f"{sort.doc} What a new VM has of its template besides stays, and ``null`` takes an item away."
        when = (
            " A VM that runs has it when it is powered off and on."
            if sort.items
            else " A VM that exists cannot be given another one, but for ``on_change: redeploy``."
        )
        super().__init__(name, writer="machine", disruptive=True, doc=doc + when, example=sort.example)
        self.items = frozenset(sort.items.split())
        self.path = f"BACKUPS/{self.attribute}" if self.attribute == BACKUPS else f"TEMPLATE/{self.attribute}"

    def own_node(self) -> Node:
        return Each("attribute", leaves.ATTRIBUTE, leaves.SCALAR, folded=True)

    def wanted(self, value: Any) -> dict[str, str]:
        said = vector(self.name, lowered(self.name, value))
        gone = {str(key).upper(): "" for key, inner in value.items() if inner in (None, "")}
        return {**gone, **said}

    def contribute(self, wanted: dict[str, str]) -> dict[str, Any]:
        """Nothing: it is merged with that of the template."""
        return {}

    def changes(self, resource: Resource | None, wanted: dict[str, str]) -> Iterator[Change]:
        present: Mapping[str, str] = {} if resource is None else next(resource.vectors(self.path), {})
        for item, new in wanted.items():
            old = present.get(item, "")
            if canonical(old) != new and (new or old != _OTHERWISE.get((self.attribute, item))):
                yield self.change(f"{self.name}:{item}", old or None, new or None, (self.attribute, item, new))


CONFIGURATION: tuple[Field, ...] = tuple(Configuration(name, sort) for name, sort in _SORTS.items())
_NAMES = frozenset(_SORTS)
_CHANGEABLE = {(name.upper(), item) for name, sort in _SORTS.items() for item in sort.items.split()}


def configured(template: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """The configuration of a new VM: what its template says, with what is declared."""
    found = {}
    for name in _NAMES & order.wanted.keys():
        said = template.get(name.upper())
        every = {**(said if isinstance(said, Mapping) else {}), **order.wanted[name]}
        found[name.upper()] = {item: text for item, text in every.items() if text != ""}
    return {name: found[name] for name in sorted(found) if found[name]}


def refuse_fixed(changes: Iterable[Change]) -> None:
    """Raise RefusedError for an item that only a VM which is made can be given."""
    for change in changes:
        if change.field in _NAMES and change.write[:2] not in _CHANGEABLE:
            raise RefusedError(
                f"{change.path}: OpenNebula gives it to no VM that exists; with on_change: redeploy a new one gets it."
            )


def waits_for_start(order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    """What to tell of changes that a VM which runs has only when it starts again; empty where there are none."""
    paths = [change.path for change in changes if change.field in _NAMES and change.field != BACKUPS.lower()]
    if not paths or resource is None or vm_states.power(resource) != "running":
        return ""
    return f"the VM has {', '.join(paths)} when it is powered off and on"


def write_configuration(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Change the configuration in one call; merging takes nothing away, so all that stays goes with what does."""
    wanted: dict[str, dict[str, str]] = {}
    for attribute, item, text in (change.write for change in changes):
        wanted.setdefault(attribute, {})[item] = text
    if BACKUPS in wanted:
        # The daemon looks at some of it only where all of it is said.
        present: Mapping[str, str] = next(cloud.read(VMS, resource.id).vectors(f"BACKUPS/{BACKUPS}"), {})
        said = {item: text for item, text in present.items() if (BACKUPS, item) in _CHANGEABLE}
        wanted[BACKUPS] = {**said, **wanted[BACKUPS]}
    if all(text for items in wanted.values() for text in items.values()):
        template, way = wanted, writers.MERGE
    else:
        template, way = _whole(cloud.read(VMS, resource.id), wanted), writers.REPLACE
    cloud.call("one.vm.updateconf", resource.id, render(template), way)
    yield settled(resource)


def _whole(vm: Resource, wanted: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    present = {name: dict(next(vm.vectors(f"TEMPLATE/{name}"), {})) for name in REPLACED}
    after = {name: {**present.get(name, {}), **wanted.get(name, {})} for name in (*REPLACED, BACKUPS)}
    kept = {name: {item: text for item, text in items.items() if text} for name, items in after.items()}
    return {name: items for name, items in kept.items() if items}
