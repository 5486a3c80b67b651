"""The configuration of a VM: how it boots, which devices its guest has, how it is backed up.

Each is a vector, whose declared items are compared one by one. ``updateconf`` changes them. A running VM uses the new
values after its next start. A few items can only be set at creation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...basics.plan import Change, Order
from ...basics.syntax import canonical, render
from ...basics.values import TEXT, YES_NO, Choice, Integer, Numbers, Type
from ...cloud import vm_states
from ...cloud.directory import VMS
from ...cloud.drivers import HYPERVISORS, refuse_undefined
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import leaves, writers
from ...model.fields import Field
from ...model.nodes import Each, Node
from ...model.reading import Reading, plain
from ...model.vectors import Vector, lowered, vector
from .booting import BootOrder
from .fields import given_by_template
from .waits import settled


@dataclass(frozen=True)
class Sort:
    """One section of the configuration.

    doc, example
        For people.
    items
        The items that ``updateconf`` changes (UPDATECONF_ATTRS in VirtualMachineTemplate.cc, release 7.4.0).
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
        "Further data for the hypervisor: its ``type`` and ``data``.",
        '{type: kvm, data: "<devices/>"}',
        "TYPE DATA VALIDATE DATA_VMX",
    ),
    "cpu_model": Sort(
        "The CPU that its guest sees: ``model`` and ``features``.", "{model: host-passthrough}", "MODEL FEATURES"
    ),
    "backup_config": Sort(
        "Settings of backups: ``mode``, ``keep_last``, ``fs_freeze``, ``backup_volatile``, ``increment_mode``. "
        "``mode: INCREMENT`` is refused if a disk does not allow it; disks in qcow2 without snapshots do.",
        "{mode: INCREMENT, keep_last: 7}",
        "FS_FREEZE KEEP_LAST BACKUP_VOLATILE INCREMENT_MODE MODE DISK_IDS INTERACTIVE",
    ),
    "tpm": Sort("Its trusted platform module: ``model``; from OpenNebula 7.0 on.", "{model: tpm-crb}"),
}
BACKUPS = "BACKUP_CONFIG"
#: The attributes that only a graphics card of this type has (VirtualMachineParser.cc, release 7.4.0).
_VIRTIO, _ON_VIRTIO = "virtio", ("IOMMU", "ATS")


class Resolution(Type):
    """Width and height of a screen."""

    wants = "a width and a height, such as 1280x800"

    def wanted(self, name: str, value: Any) -> str:
        text = super().wanted(name, value)
        if not re.fullmatch("[0-9]+x[0-9]+", text):
            raise self.refusal(name, value)
        return text


#: Items that the daemon normalizes or replaces (VirtualMachineParser.cc and Backups.cc, release 7.4.0): yes and no are
#: YES and NO there, and any value but YES is NO.
_TYPES: dict[tuple[str, str], Type] = {
    **dict.fromkeys(
        (
            ("FEATURES", name)
            for name in ["PAE", "ACPI", "APIC", "HYPERV", "LOCALTIME", "GUEST_AGENT", "RAS", "MIGRATE_COMPRESSED"]
        ),
        YES_NO,
    ),
    ("OS", "BOOT"): BootOrder(),
    ("FEATURES", "GIC"): Choice("2", "3", "host"),
    ("VIDEO", "TYPE"): Choice("none", "vga", "cirrus", _VIRTIO),
    ("GRAPHICS", "PORT"): Integer(0, 65535),
    ("VIDEO", "VRAM"): Integer(1024),
    ("VIDEO", "RESOLUTION"): Resolution(),
    **dict.fromkeys((("VIDEO", name) for name in _ON_VIRTIO), YES_NO),
    (BACKUPS, "KEEP_LAST"): Integer(0),
    (BACKUPS, "BACKUP_VOLATILE"): YES_NO,
    (BACKUPS, "INTERACTIVE"): YES_NO,
    (BACKUPS, "FS_FREEZE"): Choice("NONE", "AGENT", "SUSPEND"),
    (BACKUPS, "MODE"): Choice("FULL", "INCREMENT"),
    (BACKUPS, "INCREMENT_MODE"): Choice("CBT", "SNAPSHOT"),
    (BACKUPS, "DISK_IDS"): Numbers("disks"),
}
#: The maximum length of passwords of remote displays; the daemon truncates longer ones.
_LONGEST_PASSWORD = {"VNC": 8, "SPICE": 59}
#: The defaults of the daemon.
_OTHERWISE = {
    (BACKUPS, "FS_FREEZE"): "NONE",
    (BACKUPS, "BACKUP_VOLATILE"): "NO",
    (BACKUPS, "MODE"): "FULL",
    (BACKUPS, "INCREMENT_MODE"): "CBT",
    (BACKUPS, "INTERACTIVE"): "NO",
}
#: The items that OpenNebula generates for each VM.
_MADE = {("OS", "UUID")}
#: The release from which ``updateconf`` changes an item, unless all supported releases do.
_SINCE = {
    ("OS", "FIRMWARE_FORMAT"): (7, 0),
    ("CPU_MODEL", "FEATURES"): (7, 0),
    **{("FEATURES", item): (7, 4) for item in ("GIC", "RAS", "MIGRATE_AUTO_CONVERGE", "MIGRATE_COMPRESSED")},
    **{(BACKUPS, item): (7, 4) for item in ("DISK_IDS", "INTERACTIVE")},
}
#: The release that introduced a section of the configuration.
_NEW = {"TPM": (7, 0)}
#: Sections that the daemon validates without the current values, so that all items must be sent.
_WHOLE = {BACKUPS, "RAW"}
#: Items that ``updateconf`` removes when it replaces a section that does not contain them.
REPLACED = tuple(name.upper() for name, sort in _SORTS.items() if sort.items and name.upper() != BACKUPS)


def _place(attribute: str) -> str:
    """The path of a section in a VM."""
    return f"BACKUPS/{attribute}" if attribute == BACKUPS else f"TEMPLATE/{attribute}"


class Configuration(Vector):
    """One section of the configuration: each declared item is compared separately, others are not changed."""

    def __init__(self, name: str, sort: Sort):
        doc = f"{sort.doc} A new VM keeps the other items of its template; ``null`` removes an item."
        when = (
            " A running VM gets it when it is powered off and on."
            if sort.items
            else " It cannot be changed for an existing VM, except with ``on_change: redeploy``."
        )
        super().__init__(name, writer="machine", disruptive=True, doc=doc + when, example=sort.example)
        self.items = frozenset(sort.items.split())
        self.types = {item.lower(): kind for (each, item), kind in _TYPES.items() if each == self.attribute}
        self.path = _place(self.attribute)

    def own_node(self) -> Node:
        return Each("attribute", leaves.ATTRIBUTE, leaves.SCALAR, folded=True, check=self._fits)

    def _fits(self, name: str, value: Any) -> None:
        """Raise ArgumentError for an invalid value of an item."""
        kind = self.types.get(name.lower())
        if kind is not None and value not in (None, ""):
            try:
                leaves.fit(kind, value)
            except ValueError:
                raise ArgumentError(f"must be {kind.wants.rstrip(',')}") from None

    def wanted(self, value: Any) -> dict[str, str]:
        filled = {key: inner for key, inner in lowered(self.name, value).items() if inner != ""}
        typed = {
            key: kind.wanted(f"{self.name}.{key}", filled[key]) for key, kind in self.types.items() if key in filled
        }
        said = vector(self.name, {**filled, **typed})
        self._refuse_unkept(said)
        gone = {str(key).upper(): "" for key, inner in value.items() if inner in (None, "")}
        return {**gone, **said}

    def _refuse_unkept(self, said: Mapping[str, str]) -> None:
        """Raise ArgumentError for values that the daemon would drop or truncate."""
        known = ", ".join(sorted(item.lower() for item in self.items))
        for name in said.keys() - self.items if self.attribute == BACKUPS else ():
            raise ArgumentError(f"{self.name}.{name.lower()}: OpenNebula has no such item; known are {known}.")
        longest = _LONGEST_PASSWORD.get(said.get("TYPE", "").upper()) if self.attribute == "GRAPHICS" else None
        if longest is not None and len(said.get("PASSWD", "").encode()) > longest:
            raise ArgumentError(f"{self.name}.passwd: OpenNebula truncates one of more than {longest} bytes.")

    def contribute(self, wanted: dict[str, str]) -> dict[str, Any]:
        """Returns nothing: the configuration is merged with that of the template."""
        return {}

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        """The items that differ from those of its template."""
        found = {}
        given = given_by_template(reading.cloud, resource).get(self.attribute)
        known = given if isinstance(given, Mapping) else {}
        for item, value in next(resource.vectors(self.path), {}).items():
            made = item not in self.items or (self.attribute, item) in _MADE
            text, usual = self._stored(item, value), _OTHERWISE.get((self.attribute, item), "")
            if made or text in ("", usual, self._stored(item, str(known.get(item, "")))):
                continue
            if reading.may_say(f"{self.name}:{item}", item, value):
                kind = self.types.get(item.lower(), TEXT)
                found[item.lower()] = plain(kind.said(kind.stored(value)))
        return found or None

    def changes(self, resource: Resource | None, wanted: dict[str, str]) -> Iterator[Change]:
        present: Mapping[str, str] = {} if resource is None else next(resource.vectors(self.path), {})
        for item, new in wanted.items():
            old = present.get(item, "")
            if self._stored(item, old) != new and (new or old != _OTHERWISE.get((self.attribute, item))):
                yield self.change(f"{self.name}:{item}", old or None, new or None, (self.attribute, item, new))

    def _stored(self, item: str, old: str) -> str:
        """The current value of an item in comparable form."""
        kind = self.types.get(item.lower(), TEXT)
        return canonical(kind.stored(old)) if old else ""


CONFIGURATION: tuple[Field, ...] = tuple(Configuration(name, sort) for name, sort in _SORTS.items())
_NAMES = frozenset(_SORTS)
_CHANGEABLE = {(name.upper(), item) for name, sort in _SORTS.items() for item in sort.items.split()}


def configured(template: Mapping[str, Any], order: Order) -> dict[str, Any]:
    """The configuration of a new VM: that of its template, merged with the declared one."""
    found = {}
    for name in _NAMES & order.wanted.keys():
        said = template.get(name.upper())
        every = {**(said if isinstance(said, Mapping) else {}), **order.wanted[name]}
        found[name.upper()] = {item: text for item, text in every.items() if text != ""}
    return {name: found[name] for name in sorted(found) if found[name]}


def refuse_fixed(cloud: Cloud, changes: Iterable[Change]) -> None:
    """Raise RefusedError for an item that can only be set at creation."""
    for change in changes:
        if change.field not in _NAMES:
            continue
        since = _SINCE.get(change.write[:2])
        late = since is not None and cloud.version < since
        if late or change.write[:2] not in _CHANGEABLE:
            when = f", before {_release(since)}" if since is not None else ""
            raise RefusedError(
                f"{change.path}: OpenNebula cannot set it for an existing VM{when}; with on_change: redeploy a new "
                f"VM gets it."
            )


def refuse_unsupported(cloud: Cloud, order: Order) -> None:
    """Raise RefusedError for items that this release of OpenNebula does not support, and would drop from a new VM."""
    said = {(name.upper(), item) for name in _NAMES & order.wanted.keys() for item in order.wanted[name]}
    for name, item in sorted(said):
        since = _SINCE.get((name, item)) if name == BACKUPS else _NEW.get(name)
        if since is not None and cloud.version < since:
            raise RefusedError(f"{name.lower()}.{item.lower()}: OpenNebula has it from {_release(since)} on.")


#: The sections that need a type, or a model.
TYPED = {"raw": "RAW", "video": "VIDEO", "tpm": "TPM"}


def refuse_untyped(cloud: Cloud, order: Order, present: Mapping[str, Any]) -> None:
    """Raise RefusedError for raw data without its hypervisor, or for one that the cloud does not have, since OpenNebula
    then cannot choose a driver; for a graphics card without a type, or with attributes that its type does not have; and
    for a trusted platform module without a model.

    present
        The items of the VM, or of the template from which it is created.
    """
    after = configured(present, order)
    raw, video = after.get("RAW", {}), after.get("VIDEO", {})
    if raw and YES_NO.stored(raw.get("VALIDATE", "YES")):
        if "TYPE" not in raw:
            raise RefusedError("raw.type: set the hypervisor that the data is for, such as kvm.")
        refuse_undefined(cloud, "raw.type", raw["TYPE"], HYPERVISORS)
    if after.get("TPM") and "MODEL" not in after["TPM"]:
        raise RefusedError("tpm.model: set the model of the trusted platform module, such as tpm-crb.")
    if video and "TYPE" not in video:
        raise RefusedError("video.type: set the type of the graphics card, such as virtio.")
    for item in _ON_VIRTIO:
        if YES_NO.stored(video.get(item, "")) and video["TYPE"].lower() != _VIRTIO:
            raise RefusedError(f"video.{item.lower()}: only a graphics card of type virtio has it.")


def _release(version: Iterable[int]) -> str:
    return ".".join(map(str, version))


def waits_for_start(order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    """The note about changes that a running VM applies only after its next start; empty if there are none."""
    paths = [change.path for change in changes if change.field in _NAMES and change.field != BACKUPS.lower()]
    if not paths or resource is None or vm_states.power(resource) != "running":
        return ""
    return f"the VM has {', '.join(paths)} when it is powered off and on"


def write_configuration(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Change the configuration in one call; merging removes nothing, so the call also contains all unchanged items."""
    wanted: dict[str, dict[str, str]] = {}
    for attribute, item, text in (change.write for change in changes):
        wanted.setdefault(attribute, {})[item] = text
    for name in _WHOLE & wanted.keys():
        present: Mapping[str, str] = next(cloud.read(VMS, resource.id).vectors(_place(name)), {})
        said = {item: text for item, text in present.items() if (name, item) in _CHANGEABLE}
        wanted[name] = {**said, **wanted[name]}
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
