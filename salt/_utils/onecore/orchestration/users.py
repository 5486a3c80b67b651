"""Whole infrastructures: everything that the pillar declares for one user, or as shared objects."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import schema
from ..basics.errors import ArgumentError, OneError
from ..basics.marks import transit_name
from ..basics.plan import Desired
from ..cloud.campaign import several
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..commands.default_quota import set_all
from ..engine.converge import converge
from ..engine.removal import announce_removal, carry_out_removals, let_go, plan_removal
from ..engine.report import Report
from ..kinds.group import GROUP
from ..kinds.registry import KINDS
from ..kinds.user import USER
from ..model.kind import Kind
from ..model.ownership import OWNER_FROM
from ..pillar import layers
from ..pillar.infrastructure import expand
from ..pillar.labs import labs_of, machines
from ..pillar.objects import objects
from ..pillar.shared import owners, shared
from .leftovers import duplicates, marked_for, undeclared_by_note, undeclared_shared, undeclared_users

#: Every kind, by CLI name, in the order in which objects can be removed.
_LAST_FIRST = list(reversed(KINDS))


@dataclass
class Outcome:
    """The result of an infrastructure: one report for each object."""

    reports: list[Report]

    def counts(self) -> dict[str, int]:
        """The number of objects that were, or would be, created, taken over, changed, removed; that are unchanged; that
        failed.
        """
        words = {"create": "created", "adopt": "taken over", "update": "changed", "remove": "removed"}
        tally = dict.fromkeys((*words.values(), "as declared", "failed"), 0)
        for report in self.reports:
            tally["failed" if report.error else words.get(report.action, "as declared")] += 1
        return tally


def faults(config: Any) -> list[str]:
    """Every error in the pillar key ``opennebula``, with its path; empty if there is none.

    A pillar without any object is an error, too, since that is usually a mistake.
    """
    if not config:
        return ["opennebula: the pillar has no such key"]
    if declares_nothing(config):
        return ["opennebula: the pillar declares neither users nor shared objects"]
    return [fault.whole for fault in schema.validate(config)]


def declares_nothing(config: Any) -> bool:
    """Whether the pillar key has at most a connection and settings."""
    every = ("users", "shared", "objects", "pipelines")
    return isinstance(config, dict) and all(config.get(key) is None for key in every)


def faultless(config: Any, found: Sequence[str]) -> dict[str, Any]:
    """``config``; raises ArgumentError with all errors in it."""
    if len(found) == 1:
        raise ArgumentError(f"The pillar has an error, so nothing was done: {found[0]}")
    if found:
        listed = "".join(f"\n- {fault}" for fault in found)
        raise ArgumentError(f"The pillar has {len(found)} errors, so nothing was done:{listed}")
    return config


def build(cloud: Cloud, config: Mapping[str, Any], user: str | None, test: bool, **settings: Any) -> Outcome:
    """Apply the declarations of the pillar for ``user``, or those of shared objects if that is ``None``.

    config
        The pillar key ``opennebula``, already validated.
    settings
        ``prune``, ``max_deletions``, ``adopt`` and ``disruption``, if they override the pillar.

    Raises
        The error that broke the connection, if no object was processed.
    """
    said = {name: value for name, value in settings.items() if value is not None}
    wanted = desired(config, user, said)
    run = partial(_build, cloud, config, user, wanted, said)
    foreseen, against = _foreseen(cloud, run, test)
    if against and not test:
        # Pools were read one after the other, and another run may have changed the cloud meanwhile.
        cloud.forget_all()
        foreseen, against = _foreseen(cloud, run, test)
    if against:
        return Outcome(against)
    return foreseen if test or _is_done(cloud, foreseen.reports) else run(test)


def _foreseen(cloud: Cloud, run: Callable[[bool], Outcome], test: bool) -> tuple[Outcome, list[Report]]:
    """The planned changes of a run, and why they cannot be made."""
    against: list[Report] = []
    with cloud.rehearsal(holds=lambda: test and not against):
        foreseen = run(True)
        against += _against(foreseen.reports)
    return foreseen, against


def _is_done(cloud: Cloud, foreseen: Sequence[Report]) -> bool:
    """Whether there are no changes, and nothing to wait for, so that no second comparison is needed."""

    def busy(report: Report) -> bool:
        there = None if report.id is None else cloud.pool(report.kind).by_id.get(report.id)
        return there is not None and report.kind.is_busy(there)

    return not any(report.error or report.pending or busy(report) for report in foreseen)


def _against(foreseen: Sequence[Report]) -> list[Report]:
    """Why none of the planned changes is made: half an infrastructure would be worse than none.

    Either an object refers to a missing one that is not declared either, or a change would disturb running VMs, or
    take addresses away from them, for which there is no leave.
    """
    unmakeable = [report for report in foreseen if report.unmakeable]
    for report in unmakeable:
        report.error = f"{report.error} Nothing else was started."
    return unmakeable or [report for report in foreseen if report.disturbs]


def _build(
    cloud: Cloud,
    config: Mapping[str, Any],
    user: str | None,
    wanted: Sequence[Desired],
    said: Mapping[str, Any],
    test: bool,
) -> Outcome:
    wanted = _without_those_to_come(cloud, config, wanted)
    chosen = {**layers.settings(config, user), **said}
    extra = _no_longer_declared(cloud, config, wanted, user) if chosen["prune"] else []
    removals = _removals(cloud, extra, chosen["max_deletions"])
    # New objects may need the addresses of removed ones; the others can be removed only when nothing uses them.
    freeing = [removal for removal in removals if removal[1].kind.frees]
    _remove(cloud, freeing, test)
    if any(report.done for _, report in freeing):
        cloud.forget_all()
    # A dry run has already announced the account of a user who owns shared objects.
    known = [each for each in wanted if _is_announced(cloud, each)] if user in owners(config) else []
    reports = [Report(KINDS[each.kind], each.name, each.owner) for each in known]
    reports += converge(cloud, KINDS, [each for each in wanted if each not in known], test)
    if user is None:
        reports += set_all(cloud, (config.get("shared") or {}).get("default_quota") or {}, test)
    _remove(cloud, [removal for removal in removals if not removal[1].kind.frees], test)
    reports += [report for _, report in removals]
    if user is not None and not chosen["prune"]:
        reports += _tell_second(cloud, user, {each.kind for each in wanted})
    if cloud.lost is not None and not any(report.done for report in reports):
        # The endpoint did not answer: one message is better than one for each object.
        raise cloud.lost
    return Outcome(reports)


def _is_announced(cloud: Cloud, desired: Desired) -> bool:
    return desired.kind == USER.cli and cloud.announced(USER, desired.name) is not None


def demolish(cloud: Cloud, user: str, test: bool, max_deletions: int) -> Outcome:
    """Remove all objects that were created for ``user``, including the user."""
    removals = _removals(cloud, marked_for(cloud, user), max_deletions)
    _remove(cloud, removals, test)
    return Outcome([report for _, report in removals])


def prune(cloud: Cloud, config: Mapping[str, Any], test: bool, **settings: Any) -> Outcome:
    """Remove objects that the pillar no longer declares, of users who are no longer declared, and shared ones.

    Objects of declared users are removed by the run of the user's infrastructure.

    settings
        ``prune`` and ``max_deletions``, if they override the pillar.
    """
    chosen = layers.settings(config) | {name: each for name, each in settings.items() if each is not None}
    if not chosen["prune"]:
        return Outcome([])
    extra = [pair for user in undeclared_users(cloud, config) for pair in marked_for(cloud, user)]
    # Single objects go before the users who own them.
    ordered = sorted([*extra, *undeclared_shared(cloud, config)], key=lambda pair: _LAST_FIRST.index(pair[0].cli))
    removals = _removals(cloud, ordered, chosen["max_deletions"])
    _remove(cloud, removals, test)
    return Outcome([report for _, report in removals])


def desired(config: Mapping[str, Any], user: str | None, said: Mapping[str, Any]) -> list[Desired]:
    """The declared objects of ``user``; ``said`` contains the settings of this run."""
    wanted = shared(config) if user is None else expand(config, user)
    order = list(KINDS)
    single = sorted(objects(config, user), key=lambda each: order.index(each.kind))
    leave = layers.given_leave(said)
    return [replace(each, **leave) for each in (*wanted, *single)]


def _without_those_to_come(cloud: Cloud, config: Mapping[str, Any], wanted: Sequence[Desired]) -> list[Desired]:
    """The declarations, with only those administrators of groups who exist already.

    A declared user who is new, or is to be taken over first, is added by its own declaration. Somebody else's account
    of that name gets no rights.
    """
    users = config.get("users") or {}

    def there(name: str, present: Sequence[int]) -> bool:
        user = cloud.find(USER, name)
        return name not in users or (user is not None and (user.is_marked or user.id in present))

    found = []
    for each in wanted:
        if each.kind == GROUP.cli and each.values.get("admins"):
            group = cloud.find(GROUP, each.name)
            present = [] if group is None else group.ids("ADMINS")
            admins = [name for name in each.values["admins"] if there(name, present)]
            each = replace(each, values={**each.values, "admins": admins})
        found.append(each)
    return found


def declared_keys(config: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """By user, kind and name of all objects that the pillar declares, including labs."""
    return {user: _keys(config, expand(config, user), user) for user in layers.users(config)}


def _keys(config: Mapping[str, Any], wanted: Sequence[Desired], user: str) -> set[tuple[str, str]]:
    of_labs = [machine.desired for machine in machines(labs_of(config, user))]
    keys = {(each.kind, each.name) for each in (*wanted, *of_labs)}
    # An interrupted run may have left it in the account's namespace.
    return keys | {(each.kind, transit_name(each.owner or "", each.name)) for each in wanted}


def _no_longer_declared(
    cloud: Cloud, config: Mapping[str, Any], wanted: Sequence[Desired], user: str | None
) -> list[tuple[Kind, Resource]]:
    if user is None:
        return undeclared_by_note(cloud, wanted)
    keys = _keys(config, wanted, user)
    made = marked_for(cloud, user)
    second = {(kind.cli, each.id) for kind, each in duplicates(made)}
    extra = [(kind, each) for kind, each in made if (kind.cli, each.name) not in keys or (kind.cli, each.id) in second]
    given = _given_up(config, user) if extra else set()
    return [(kind, each) for kind, each in extra if (kind.cli, each.name) not in given]


def _given_up(config: Mapping[str, Any], user: str) -> set[tuple[str, str]]:
    """By kind and name, the objects that a user gives up to others, who may take them later than this run."""
    others = [each for each in layers.users(config) if each != user]
    wanted = itertools.chain(shared(config), *(expand(config, each) for each in others))
    return {(each.kind, each.name) for each in wanted if each.values.get(OWNER_FROM.name) == user}


def _tell_second(cloud: Cloud, user: str, kinds: Container[str]) -> list[Report]:
    """A failed report for each duplicate of declared kinds."""
    return [
        Report(
            kind,
            each.name,
            each.owner,
            id=each.id,
            error=f"{kind.describe(each.name, each.owner)} (ID {each.id}) is a duplicate that was created for {user}: "
            "remove it, or set prune: true.",
        )
        for kind, each in duplicates(marked_for(cloud, user, kinds))
    ]


def _removals(cloud: Cloud, extra: Sequence[tuple[Kind, Resource]], most: int) -> list[tuple[Resource, Report]]:
    """Objects to remove, with a report each; all with an error if they are more than ``most``."""
    fault = f"{len(extra)} objects would be removed, more than max_deletions: {most}" if len(extra) > most else ""
    found = []
    for kind, resource in extra:
        name = kind.called(cloud, resource) or resource.name
        found.append((resource, Report(kind, name, resource.owner, "remove", resource.id, error=fault)))
    return found


def _remove(cloud: Cloud, removals: Sequence[tuple[Resource, Report]], test: bool) -> None:
    """Remove objects kind by kind, unless a check refuses it; parts of another object first."""
    for _, stage in itertools.groupby(removals, key=lambda removal: removal[1].kind.cli):
        ready = [removal for removal in stage if not removal[1].error]
        parts = [removal for removal in ready if removal[1].kind.is_part_of_another(removal[0])]
        for some in filter(None, (parts, [removal for removal in ready if removal not in parts])):
            _remove_stage(cloud, some, test)


def _remove_stage(cloud: Cloud, stage: Sequence[tuple[Resource, Report]], test: bool) -> None:
    """Remove objects of one kind, except those in use."""
    tasks = several(cloud, (let_go(cloud, report.kind, resource) for resource, report in stage))
    for (_, report), task in zip(stage, tasks, strict=True):
        report.error = task.error
    for resource, report in (each for each in stage if not each[1].error):
        try:
            # They were selected by their mark, also if they have not been handed over yet.
            plan_removal(cloud, report.kind, resource, report, unmanaged=True)
        except OneError as error:
            report.error = str(error)
    ready = [(resource, report) for resource, report in stage if report.planned and not report.error]
    if not test:
        carry_out_removals(cloud, ready)
        return
    for resource, report in ready:
        announce_removal(cloud, report.kind, resource)
