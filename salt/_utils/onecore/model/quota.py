"""Quotas of users and groups.

Declared as ``{vms, cpu, memory, …, networks: {name: leases}, datastores: {name: {size, images}}, images:
{name: rvms}, clusters: {name: {vms, …}}}``; -1 is the cloud's default, -2 is no limit. Networks and images are those of
the account, or of an ``owner``. Undeclared limits are not changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..basics.errors import ArgumentError, AuthorizationError, RefusedError, did_you_mean
from ..basics.plan import Change, Order
from ..basics.syntax import render
from ..basics.values import Type, expected, object_name
from ..cloud.collection import Collection
from ..cloud.directory import CLUSTERS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .arguments import Option
from .fields import Field, Reference
from .kind import Writer
from .limits import COUNT, DEFAULT, OF_VMS, QUOTA, SECTIONS, Section
from .nodes import Node
from .reading import Reading

#: The option of the daemon that names the attributes of VMs that quotas limit besides `OF_VMS`.
_GENERIC_METRICS = "QUOTA_VM_ATTRIBUTE"
#: Those that it limits without the option (QuotaVirtualMachine.cc, release 7.4.0); each also with RUNNING_.
_BUILT_IN = {"PCI_DEV", "PCI_NIC"}
#: The first release with quotas for clusters.
_PER_CLUSTER = (7,)
#: A limit of OpenNebula without an argument, such as one of QUOTA_VM_ATTRIBUTE in oned.conf.
_GENERIC = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Limit:
    """One declared limit: its metric, its value, and its objects, by name and later by ID."""

    path: str
    section: str
    metric: str
    type: Type
    value: Any
    names: tuple[str, ...] = ()
    owner: str | None = None
    kind: Collection | None = None
    number: str | None = None

    @property
    def attribute(self) -> str:
        """The attribute with the IDs of its objects."""
        return "CLUSTER_IDS" if self.kind is CLUSTERS else "ID"


def _is_generic(key: Any) -> bool:
    return bool(_GENERIC.fullmatch(str(key))) and str(key).lower() not in OF_VMS


class Quota(Field):
    """The argument ``quota`` of users and groups.

    unset
        The value of a limit that is not set, with which a limit is removed.
    """

    unset = DEFAULT

    attribute_names = tuple(f"{section}_QUOTA" for section in ("VM", "NETWORK", "IMAGE", "DATASTORE"))

    doc = (
        "Limits by name: ``vms``, ``cpu``, ``memory``, ``running_vms``, ``running_cpu``, ``running_memory``, "
        "``system_disk_size``, another limit of OpenNebula in capitals, such as ``VCPU``; ``networks: {name: "
        "leases}``, "
        "``datastores: {name: {size, images}}``, ``images: {name: rvms}``, and ``clusters: {name: {vms, …}}`` with all "
        "of the first. Sizes in MB or as ``64G``; -1 is the cloud's default, and so is ``null`` in a state, -2 no "
        "limit. A limit that is not listed is not changed. Networks and images are those of the account; for "
        "others, an entry contains ``{network: lan, owner: alice, leases: 20}``, one for several clusters "
        "``{clusters: [a, b], vms: 5}``."
    )
    example = "{vms: 30, memory: 64G}"

    def own_node(self) -> Node:
        return QUOTA

    def wanted(self, value: Any) -> list[Limit]:
        if not isinstance(value, Mapping):
            raise expected(self.name, "a dictionary of limits", value)
        found: list[Limit] = []
        for key, inner in value.items():
            path = f"{self.name}:{key}"
            if key in OF_VMS or _is_generic(key):
                kind = OF_VMS[key].type if key in OF_VMS else COUNT
                found.append(Limit(path, "VM", key.upper(), kind, self._limit(path, kind, inner)))
            elif key in SECTIONS:
                found += self._section(path, SECTIONS[key], {} if inner is None else inner)
            else:
                raise ArgumentError(f"{path}: unknown limit{did_you_mean(key, [*OF_VMS, *SECTIONS]) or '.'}")
        return found

    def _limit(self, where: str, kind: Type, value: Any) -> Any:
        """A declared limit; ``null`` removes it."""
        return kind.wanted(where, self.unset if value is None else value)

    def _section(self, path: str, section: Section, value: Any) -> Iterator[Limit]:
        if not isinstance(value, Mapping):
            raise expected(path, "a dictionary of limits", value)
        for label, declared in value.items():
            where = f"{path}:{label}"
            if not isinstance(declared, Mapping):
                first = section.metrics if declared is None else (next(iter(section.metrics)),)
                declared = dict.fromkeys(first, declared)
            names, owner, limits = _targets(where, section, label, declared)
            for metric, limit in limits.items():
                at = f"{where}:{metric}"
                if metric not in section.metrics:
                    raise ArgumentError(f"{at}: unknown limit{did_you_mean(metric, section.metrics) or '.'}")
                kind = section.metrics[metric].type
                said = self._limit(at, kind, limit)
                yield Limit(at, section.section, metric.upper(), kind, said, names, owner, section.kind)

    def references(self, wanted: list[Limit]) -> Iterator[Reference]:
        for limit in wanted:
            if limit.kind is not None:
                yield from (Reference(limit.kind, name, limit.owner, limit.path) for name in limit.names)

    def resolve(self, cloud: Cloud, wanted: list[Limit], order: Order) -> list[Limit]:
        return [replace(each, number=_numbers(cloud, each)) for each in wanted]

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        overall = [each for each in resource.vectors("VM_QUOTA/VM") if not each.get("CLUSTER_IDS")]
        found: dict[str, Any] = {**_limits(overall[0], OF_VMS), **_generic(overall[0])} if overall else {}
        for name, section in SECTIONS.items():
            for entry in resource.vectors(f"{section.section}_QUOTA/{section.section}"):
                limits, numbers = _limits(entry, section.metrics), _of(entry, section)
                targets = [reading.cloud.numbered(section.kind, each) for each in numbers]
                if limits and None in targets:
                    reading.left[f"{self.name}:{name}"] = f"{section.what} {', '.join(numbers)} does not exist"
                elif limits and targets:
                    label, whose = _named_by(section, [each for each in targets if each], reading.cloud.account)
                    found.setdefault(name, {})[label] = {**whose, **limits}
        return found or None

    def changes(self, resource: Resource | None, wanted: list[Limit]) -> Iterator[Change]:
        for limit in wanted:
            old = self.unset if resource is None else self._current(resource, limit)
            if str(old) != str(limit.value):
                yield self.change(limit.path, None if old == self.unset else old, limit.value, limit)

    def _current(self, resource: Resource, limit: Limit) -> Any:
        text = _entry(resource, limit).get(limit.metric)
        return self.unset if not text else limit.type.stored(text)


def _targets(
    where: str, section: Section, label: Any, declared: Mapping[str, Any]
) -> tuple[tuple[str, ...], str | None, dict[str, Any]]:
    """The objects of an entry, their owner, and its limits."""
    limits = dict(declared)
    said, owner = limits.pop(section.word, label), limits.pop("owner", None) if section.kind.per_owner else None
    names = tuple(said) if section.several and isinstance(said, (list, tuple)) else (said,)
    if not names:
        raise ArgumentError(f"{where}.{section.word}: at least one must be named.")
    for name in names:
        object_name(section.kind.title, name)
    return names, None if owner is None else object_name("user", owner), limits


def _numbers(cloud: Cloud, limit: Limit) -> str | None:
    """The IDs of the objects of a limit; ``None`` if there are none, or one does not exist yet."""
    if limit.kind is None:
        return None
    if limit.kind is CLUSTERS and cloud.version < _PER_CLUSTER:
        release = ".".join(map(str, cloud.version))
        raise RefusedError(f"{limit.path}: OpenNebula {release} applies a limit of a cluster to the whole cloud.")
    owner = limit.kind.owner_of(limit.owner, cloud.account)
    found = [cloud.find(limit.kind, name, owner) for name in limit.names]
    numbers = sorted({each.id for each in found if each is not None})
    return ",".join(map(str, numbers)) if len(numbers) == len(set(limit.names)) else None


def refuse_unlimited(cloud: Cloud, changes: Iterable[Change]) -> None:
    """Raise RefusedError for limits of attributes that quotas of this cloud cannot limit.

    changes
        The changes of a quota; without such a limit, the configuration is not read.
    """
    limits = [change.write for change in changes if isinstance(change.write, Limit) and change.write.value != DEFAULT]
    asked = {limit.metric.removeprefix("RUNNING_"): limit.path for limit in limits if limit.kind is None}
    asked = {metric: path for metric, path in asked.items() if metric.lower() not in OF_VMS and metric not in _BUILT_IN}
    if not asked:
        return
    try:
        found = cloud.read_element("one.system.config").iterfind(_GENERIC_METRICS)
    except AuthorizationError:
        # Only administrators can read it.
        return
    known = sorted({(each.text or "").strip().upper() for each in found} - {""})
    for metric, path in asked.items():
        if metric not in known:
            raise RefusedError(
                f"{path}: this cloud limits {', '.join(known) or 'no such attribute'}; add {metric} to "
                f"{_GENERIC_METRICS} in its oned.conf first."
            )


def write_quota(prefix: str) -> Writer:
    """Set changed limits in one call.

    OpenNebula resets limits that an entry omits to the default, so each entry contains its unchanged limits, too.
    """

    def write(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
        cloud.call(f"{prefix}.quota", resource.id, written(resource, changes))

    return write


def written(resource: Resource, changes: Iterable[Change]) -> str:
    """Changed limits in OpenNebula's terms, each with the unchanged ones of its entry."""
    entries: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    for change in changes:
        limit = change.write
        entry = entries.setdefault((limit.section, limit.attribute, limit.number), _present(resource, limit))
        entry[limit.metric] = limit.value
    quota: dict[str, list[dict[str, Any]]] = {}
    for (section, attribute, number), entry in entries.items():
        quota.setdefault(section, []).append(entry if number is None else {attribute: number, **entry})
    return render(quota)


def _entry(resource: Resource, limit: Limit) -> Mapping[str, str]:
    for entry in resource.vectors(f"{limit.section}_QUOTA/{limit.section}"):
        ours = not entry.get("CLUSTER_IDS") if limit.kind is None else entry.get(limit.attribute) == limit.number
        if ours:
            return entry
    return {}


def _present(resource: Resource, limit: Limit) -> dict[str, Any]:
    kept = ("ID", "CLUSTER_IDS")
    return {
        name: value
        for name, value in _entry(resource, limit).items()
        if name not in kept and not name.endswith("_USED") and value != str(DEFAULT)
    }


def _limits(entry: Mapping[str, str], metrics: Mapping[str, Option]) -> dict[str, Any]:
    """The limits of an entry that differ from the default of the cloud, as declared."""
    texts = {name: entry.get(name.upper(), "") for name in metrics}
    stored = {name: metrics[name].type.stored(text) for name, text in texts.items() if text}
    return {
        name: metrics[name].type.said(value)
        for name, value in stored.items()
        if value is not None and str(value) != str(DEFAULT)
    }


def _generic(entry: Mapping[str, str]) -> dict[str, int]:
    """The limits of an entry that have no argument."""
    texts = {name: text for name, text in entry.items() if _is_generic(name) and not name.endswith("_USED")}
    stored = {name: COUNT.stored(text) for name, text in texts.items() if name not in ("ID", "CLUSTER_IDS") and text}
    return {name: value for name, value in stored.items() if isinstance(value, int) and value != DEFAULT}


def _of(entry: Mapping[str, str], section: Section) -> list[str]:
    """The IDs of the objects of an entry; empty if it applies to the whole cloud."""
    return [each for each in entry.get("CLUSTER_IDS" if section.several else "ID", "").split(",") if each]


def _named_by(section: Section, targets: Sequence[Resource], account: str) -> tuple[str, dict[str, Any]]:
    """The name of an entry, and the keys that name its objects unless its name does."""
    names = [each.name for each in targets]
    if section.several and len(names) > 1:
        return "+".join(names), {section.word: names}
    owner = targets[0].owner
    if owner in (None, account):
        return names[0], {}
    return f"{names[0]} of {owner}", {section.word: names[0], "owner": owner}
