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
from .fields import Field, Reference
from .kind import Writer

DEFAULT, UNLIMITED = -1, -2


class _Cpu(Number):
    wants = "a number of CPUs, -1 (default) or -2 (no limit)"

    def wanted(self, name: str, value: Any) -> str:
        return str(value).strip() if str(value).strip() in ("0", "-1", "-2") else super().wanted(name, value)


_COUNT, _SIZE, _CPU = Integer(UNLIMITED), Megabytes(special=True), _Cpu()

_VM: dict[str, Type] = {
    "vms": _COUNT,
    "cpu": _CPU,
    "memory": _SIZE,
    "running_vms": _COUNT,
    "running_cpu": _CPU,
    "running_memory": _SIZE,
    "system_disk_size": _SIZE,
}
#: Section of the declaration: OpenNebula's section and the metrics of each entry.
_SECTIONS: dict[str, tuple[str, dict[str, Type]]] = {
    "networks": ("NETWORK", {"leases": _COUNT}),
    "datastores": ("DATASTORE", {"size": _SIZE, "images": _COUNT}),
    "images": ("IMAGE", {"rvms": _COUNT}),
}


@dataclass(frozen=True)
class Limit:
    """One declared limit: which metric of which object, and how much."""

    path: str
    section: str
    target: str | None
    metric: str
    type: Type
    value: Any
    number: int | None = None


class Quota(Field):
    """The argument ``quota`` of users and groups."""

    def wanted(self, value: Any) -> list[Limit]:
        if not isinstance(value, Mapping):
            raise expected(self.name, "limits by name are", value)
        found: list[Limit] = []
        for key, inner in value.items():
            path = f"{self.name}:{key}"
            if inner is None:
                continue
            if key in _VM:
                found.append(Limit(path, "VM", None, key.upper(), _VM[key], _VM[key].wanted(path, inner)))
            elif key in _SECTIONS:
                found += self._section(path, *_SECTIONS[key], inner)
            else:
                raise ArgumentError(f"{path}: unknown limit{did_you_mean(key, [*_VM, *_SECTIONS]) or '.'}")
        return found

    def _section(self, path: str, section: str, metrics: dict[str, Type], value: Any) -> Iterator[Limit]:
        if not isinstance(value, Mapping):
            raise expected(path, "limits by name are", value)
        for target, limits in value.items():
            object_name(_target_kind(section).title, target)
            if not isinstance(limits, Mapping):
                limits = {next(iter(metrics)): limits}
            for metric, limit in limits.items():
                where = f"{path}:{target}:{metric}"
                if metric not in metrics:
                    raise ArgumentError(f"{where}: unknown limit{did_you_mean(metric, metrics) or '.'}")
                if limit is not None:
                    wanted = metrics[metric].wanted(where, limit)
                    yield Limit(where, section, target, metric.upper(), metrics[metric], wanted)

    def references(self, wanted: list[Limit]) -> Iterator[Reference]:
        for limit in wanted:
            if limit.target is not None:
                yield Reference(_target_kind(limit.section), limit.target, None, limit.path)

    def resolve(self, cloud: Cloud, wanted: list[Limit], order: Order) -> list[Limit]:
        resolved = []
        for limit in wanted:
            if limit.target is not None:
                kind = _target_kind(limit.section)
                found = cloud.find(kind, limit.target, cloud.account)
                limit = replace(limit, number=None if found is None else found.id)
            resolved.append(limit)
        return resolved

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
        ours = not entry.get("CLUSTER_IDS") if limit.target is None else entry.get("ID") == str(limit.number)
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


def _target_kind(section: str) -> Collection:

    return {"NETWORK": NETWORKS, "DATASTORE": DATASTORES, "IMAGE": IMAGES}[section]
