"""Whole infrastructures: everything the pillar declares for one user, or for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import infrastructure, schema
from .cloud import Cloud
from .converge import carry_out_removals, converge, plan_removal
from .errors import ArgumentError, OneError, RefusedError
from .kinds import registry
from .kinds.base import Kind
from .lab import labs_of, machines
from .plan import Desired
from .report import Report
from .resource import Resource


@dataclass
class Outcome:
    """What became of an infrastructure: one report an object."""

    reports: list[Report]

    def counts(self) -> dict[str, int]:
        """How many objects were, or would be, created, changed, removed; are as declared; failed."""
        tally = {"created": 0, "changed": 0, "removed": 0, "as declared": 0, "failed": 0}
        words = {"create": "created", "update": "changed", "remove": "removed"}
        for report in self.reports:
            tally["failed" if report.error else words.get(report.action, "as declared")] += 1
        return tally


def faults(config: Any) -> list[str]:
    """Every fault of the pillar, each with its path; empty when there is none."""
    if not config:
        return ["opennebula: the pillar has no such key"]
    if isinstance(config, dict) and all(config.get(key) is None for key in ("users", "shared", "pipelines")):
        return ["opennebula: the pillar declares neither users nor shared objects"]
    return [f"opennebula{'.' if fault.path else ''}{fault.path}: {fault.message}" for fault in schema.validate(config)]


def faultless(config: Any, found: Sequence[str]) -> dict[str, Any]:
    """``config``, or an ArgumentError with all faults that were found in it."""
    if len(found) == 1:
        raise ArgumentError(f"The pillar has a fault, so nothing was done: {found[0]}")
    if found:
        listed = "".join(f"\n- {fault}" for fault in found)
        raise ArgumentError(f"The pillar has {len(found)} faults, so nothing was done:{listed}")
    return config


def build(cloud: Cloud, config: Mapping[str, Any], user: str | None, test: bool, **settings: Any) -> Outcome:
    """Make the cloud hold what the pillar declares for ``user``, or for everybody when that is ``None``.

    config
        The ``opennebula`` section, found free of faults.
    settings
        ``prune`` and ``max_deletions``, where they are not to come from the pillar.

    Raises
        What broke the connection, when nothing could be done.
    """
    wanted = desired(config, user)
    chosen = {**infrastructure.settings(config, user), **{k: v for k, v in settings.items() if v is not None}}
    outcome = Outcome(converge(cloud, registry(), wanted, test))
    if cloud.lost is not None and not any(report.done for report in outcome.reports):
        # Nothing was reached: one sentence says it better than one for each object.
        raise cloud.lost
    if chosen["prune"] and user is not None:
        declared = [machine.desired for machine in machines(labs_of(config, user))]
        keys = {(each.kind, each.name) for each in (*wanted, *declared)}
        extra = [pair for pair in marked_for(cloud, user) if (pair[0].cli, pair[1].name) not in keys]
        _remove_some(cloud, extra, chosen["max_deletions"], test, outcome)
    return outcome


def demolish(cloud: Cloud, user: str, test: bool, max_deletions: int) -> Outcome:
    """Remove everything that was made for ``user``, the user included."""
    outcome = Outcome([])
    _remove_some(cloud, marked_for(cloud, user), max_deletions, test, outcome)
    return outcome


def desired(config: Mapping[str, Any], user: str | None) -> list[Desired]:
    """What is declared for ``user``; objects that exist already are taken over."""
    wanted = infrastructure.shared(config) if user is None else infrastructure.expand(config, user)
    return [replace(each, adopt=True) for each in wanted]


def marked_for(cloud: Cloud, user: str) -> list[tuple[Kind, Resource]]:
    """Every object that carries the mark of ``user``, in the order in which they can be removed."""
    found = []
    for kind in reversed(registry().values()):
        mine = [each for each in cloud.pool(kind) if each.managed.rpartition("/")[2] == user]
        if kind.owned:
            mine = [each for each in mine if each.owner in (user, cloud.account)]
        found += [(kind, each) for each in sorted(mine, key=lambda each: each.id)]
    return found


def _remove_some(
    cloud: Cloud, extra: Sequence[tuple[Kind, Resource]], most: int, test: bool, outcome: Outcome
) -> None:
    """Remove objects kind by kind, unless they are more than ``most``."""
    removals = []
    for kind, resource in extra:
        report = Report(kind, resource.name, resource.owner)
        outcome.reports.append(report)
        try:
            if len(extra) > most:
                raise RefusedError(f"{len(extra)} objects would be removed, more than max_deletions: {most}")
            removals.append((resource, report))
        except OneError as error:
            report.error = str(error)
    for kind in dict.fromkeys(kind.cli for kind, _ in extra):
        stage = [pair for pair in removals if pair[1].kind.cli == kind]
        ready = [pair for pair in stage if _plan(cloud, *pair)]
        if not test:
            carry_out_removals(cloud, ready)
        for resource, report in ready:
            cloud.announce_removal(report.kind, resource.id)


def _plan(cloud: Cloud, resource: Resource, report: Report) -> bool:
    try:
        plan_removal(cloud, report.kind, resource, report)
    except OneError as error:
        report.error = str(error)
    return not report.error
