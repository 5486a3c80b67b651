"""Quotas of users and groups.

Declared as ``{vms, cpu, memory, …, networks: {name: leases}, datastores: {name: {size, images}}, images:
{name: rvms}}``; -1 is the cloud's default, -2 is no limit. Networks and images are those of the converging
account, since a user's own are made after its quota. What is not declared is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..basics.values import Integer, Megabytes, Number, Type, expected, object_name
from ..cloud.collection import Collection
from ..cloud.directory import DATASTORES, IMAGES, NETWORKS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves
from .arguments import UNCHANGED, Option
from .fields import Field, Reference
from .kind import Writer
from .nodes import Each, Either, Key, Keys, Node
from .reading import Reading

DEFAULT, UNLIMITED = -1, -2


class _Cpu(Number):
    wants = "a number of CPUs, 0, -1 or -2"

    def wanted(self, name: str, value: Any) -> str:
        return str(value).strip() if str(value).strip() in ("0", "-1", "-2") else super().wanted(name, value)


_COUNT, _SIZE, _CPU = Integer(UNLIMITED), Megabytes(special=True), _Cpu()


@dataclass(frozen=True)
class Section:
    """Limits of named objects.

    section
        OpenNebula's name for them.
    collection
        The objects.
    metrics
        The limits that each object has.
    doc, example
        What people are told of them.
    """

    section: str
    collection: Collection
    metrics: Mapping[str, Option]
    doc: str
    example: str

    @property
    def what(self) -> str:
        """What one of the objects is called in short."""
        return self.section.lower()

    @property
    def key(self) -> Key:
        """The pillar's key: for each object a dictionary, or just the number where there is one limit."""
        limits = Keys(f"the limits of one {self.what}", _keys(self.metrics))
        node: Node = Either((leaves.of(_COUNT), limits)) if len(self.metrics) == 1 else limits
        return Key(Each(self.what, leaves.name(self.what), node), self.doc, UNCHANGED, self.example)


def _named(*metrics: Option) -> dict[str, Option]:
    return {each.name: each for each in metrics}


def _keys(metrics: Mapping[str, Option]) -> dict[str, Key]:
    return {name: each.key() for name, each in metrics.items()}


_VM = _named(
    Option("vms", _COUNT, doc="VMs.", example="30"),
    Option("cpu", _CPU, doc="CPU shares of all VMs.", example="16"),
    Option("memory", _SIZE, doc="Memory of all VMs.", example="64G"),
    Option("running_vms", _COUNT, doc="Running VMs.", example="20"),
    Option("running_cpu", _CPU, doc="CPU shares of running VMs.", example="8"),
    Option("running_memory", _SIZE, doc="Memory of running VMs.", example="32G"),
    Option("system_disk_size", _SIZE, doc="Space in system datastores.", example="500G"),
)
_SECTIONS = {
    "networks": Section(
        "NETWORK",
        NETWORKS,
        _named(Option("leases", _COUNT, doc="Addresses in use.", example="20")),
        "Addresses in the account's networks.",
        "{EOLE: 20}",
    ),
    "datastores": Section(
        "DATASTORE",
        DATASTORES,
        _named(
            Option("size", _SIZE, doc="Space that the images take.", example="100G"),
            Option("images", _COUNT, doc="Number of images.", example="10"),
        ),
        "Images.",
        "{default: {size: 100G, images: 10}}",
    ),
    "images": Section(
        "IMAGE",
        IMAGES,
        _named(Option("rvms", _COUNT, doc="Running VMs.", example="5")),
        "Running VMs on the account's images.",
        "{debian-12: 5}",
    ),
}
QUOTA = Keys("quotas", {**_keys(_VM), **{name: each.key for name, each in _SECTIONS.items()}})


@dataclass(frozen=True)
class Limit:
    """One declared limit: which metric of which object, and how much."""

    path: str
    section: str
    metric: str
    type: Type
    value: Any
    collection: Collection | None = None
    target: str = ""
    number: int | None = None


def _limit(where: str, kind: Type, value: Any) -> Any:
    """A declared limit; ``null`` takes it away, so that the cloud's default holds."""
    return kind.wanted(where, DEFAULT if value is None else value)


class Quota(Field):
    """The argument ``quota`` of users and groups."""

    attribute_names = tuple(f"{section}_QUOTA" for section in ("VM", "NETWORK", "IMAGE", "DATASTORE"))

    doc = (
        "Limits by name: ``vms``, ``cpu``, ``memory``, ``running_vms``, ``running_cpu``, ``running_memory``, "
        "``system_disk_size``, ``networks: {name: leases}``, ``datastores: {name: {size, images}}`` and "
        "``images: {name: rvms}``. Sizes in MB or as ``64G``; -1 is the cloud's default, and so is ``null`` in a "
        "state, -2 no limit. A limit that is not named stays. Networks and images are those of the account."
    )
    example = "{vms: 30, memory: 64G}"

    def own_node(self) -> Node:
        return QUOTA

    def wanted(self, value: Any) -> list[Limit]:
        if not isinstance(value, Mapping):
            raise expected(self.name, "limits by name are", value)
        found: list[Limit] = []
        for key, inner in value.items():
            path = f"{self.name}:{key}"
            if key in _VM:
                found.append(Limit(path, "VM", key.upper(), _VM[key].type, _limit(path, _VM[key].type, inner)))
            elif key in _SECTIONS:
                found += self._section(path, _SECTIONS[key], {} if inner is None else inner)
            else:
                raise ArgumentError(f"{path}: unknown limit{did_you_mean(key, [*_VM, *_SECTIONS]) or '.'}")
        return found

    def _section(self, path: str, section: Section, value: Any) -> Iterator[Limit]:
        if not isinstance(value, Mapping):
            raise expected(path, "limits by name are", value)
        for target, limits in value.items():
            object_name(section.collection.title, target)
            if limits is None:
                limits = dict.fromkeys(section.metrics)
            elif not isinstance(limits, Mapping):
                limits = {next(iter(section.metrics)): limits}
            for metric, limit in limits.items():
                where = f"{path}:{target}:{metric}"
                if metric not in section.metrics:
                    raise ArgumentError(f"{where}: unknown limit{did_you_mean(metric, section.metrics) or '.'}")
                kind = section.metrics[metric].type
                most = _limit(where, kind, limit)
                yield Limit(where, section.section, metric.upper(), kind, most, section.collection, target)

    def references(self, wanted: list[Limit]) -> Iterator[Reference]:
        for limit in wanted:
            if limit.collection is not None:
                yield Reference(limit.collection, limit.target, None, limit.path)

    def resolve(self, cloud: Cloud, wanted: list[Limit], order: Order) -> list[Limit]:
        resolved = []
        for limit in wanted:
            if limit.collection is not None:
                found = cloud.find(limit.collection, limit.target, cloud.account)
                limit = replace(limit, number=None if found is None else found.id)
            resolved.append(limit)
        return resolved

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        overall = [each for each in resource.vectors("VM_QUOTA/VM") if not each.get("CLUSTER_IDS")]
        found: dict[str, Any] = _limits(overall[0], _VM) if overall else {}
        for name, section in _SECTIONS.items():
            for entry in resource.vectors(f"{section.section}_QUOTA/{section.section}"):
                limits = _limits(entry, section.metrics)
                target = reading.cloud.numbered(section.collection, entry.get("ID", ""))
                if limits and (target is None or target.owner not in (None, reading.cloud.account)):
                    reading.left[f"{self.name}:{name}"] = f"{section.what} {entry.get('ID')} is not the account's own"
                elif limits and target is not None:
                    found.setdefault(name, {})[target.name] = limits
        return found or None

    def changes(self, resource: Resource | None, wanted: list[Limit]) -> Iterator[Change]:
        for limit in wanted:
            old = DEFAULT if resource is None else _current(resource, limit)
            if str(old) != str(limit.value):
                yield self.change(limit.path, None if old == DEFAULT else old, limit.value, limit)


def write_quota(prefix: str) -> Writer:
    """Sets changed limits in one call.

    OpenNebula sets what an entry leaves out back to the default, so each goes with its unchanged limits.
    """

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        entries: dict[tuple[str, int | None], dict[str, Any]] = {}
        for change in changes:
            limit = change.write
            entry = entries.setdefault((limit.section, limit.number), _present(resource, limit))
            entry[limit.metric] = limit.value
        quota: dict[str, list[dict[str, Any]]] = {}
        for (section, number), entry in entries.items():
            quota.setdefault(section, []).append(entry if number is None else {"ID": number, **entry})
        cloud.call(f"{prefix}.quota", resource.id, render(quota))

    return write


def _entry(resource: Resource, limit: Limit) -> Mapping[str, str]:
    for entry in resource.vectors(f"{limit.section}_QUOTA/{limit.section}"):
        ours = not entry.get("CLUSTER_IDS") if limit.collection is None else entry.get("ID") == str(limit.number)
        if ours:
            return entry
    return {}


def _current(resource: Resource, limit: Limit) -> Any:
    text = _entry(resource, limit).get(limit.metric)
    return DEFAULT if not text else limit.type.stored(text)


def _present(resource: Resource, limit: Limit) -> dict[str, Any]:
    kept = ("ID", "CLUSTER_IDS")
    return {
        name: value
        for name, value in _entry(resource, limit).items()
        if name not in kept and not name.endswith("_USED") and value != str(DEFAULT)
    }


def _limits(entry: Mapping[str, str], metrics: Mapping[str, Option]) -> dict[str, Any]:
    """The limits of an entry that are not the cloud's default, as they are declared."""
    texts = {name: entry.get(name.upper(), "") for name in metrics}
    stored = {name: metrics[name].type.stored(text) for name, text in texts.items() if text}
    return {
        name: metrics[name].type.said(value)
        for name, value in stored.items()
        if value is not None and str(value) != str(DEFAULT)
    }
