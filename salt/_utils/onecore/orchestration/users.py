"""Whole infrastructures: everything that the pillar declares for one user, or as shared objects."""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import schema
from ..basics.errors import ArgumentError, OneError, SettleError
from ..basics.marks import transit_name
from ..basics.plan import NO_BLUEPRINT, SHARED, Desired
from ..cloud.campaign import Procedure, several
from ..cloud.collection import Collection
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import refuse_broken, settled
from ..commands.default_quota import set_all
from ..engine.converge import converge
from ..engine.removal import announce_removal, carry_out_removals, plan_removal
from ..engine.report import Report
from ..kinds.group import GROUP
from ..kinds.registry import KINDS, OF_THE_CLOUD, OF_USERS
from ..kinds.user import USER
from ..model.kind import Kind
from ..model.ownership import OWNER_FROM
from ..pillar import layers
from ..pillar.infrastructure import expand
from ..pillar.labs import labs_of, machines
from ..pillar.objects import objects
from ..pillar.shared import owners, shared

#: What a blueprint may make, by CLI name.
_EVERY_KIND = frozenset(each.cli for each in OF_USERS)


@dataclass
class Outcome:
    """The outcome of an infrastructure: one report an object."""

    reports: list[Report]

    def counts(self) -> dict[str, int]:
        """How many objects were, or would be, created, taken over, changed, removed; are as declared; failed."""
        words = {"create": "created", "adopt": "taken over", "update": "changed", "remove": "removed"}
        tally = dict.fromkeys((*words.values(), "as declared", "failed"), 0)
        for report in self.reports:
            tally["failed" if report.error else words.get(report.action, "as declared")] += 1
        return tally


def faults(config: Any) -> list[str]:
    """Every fault of the pillar key ``opennebula``, each with its path; empty if there is none.

    That there is nothing to do is one: then it was not the pillar that was meant.
    """
    if not config:
        return ["opennebula: the pillar has no such key"]
    if declares_nothing(config):
        return ["opennebula: the pillar declares neither users nor shared objects"]
    return [fault.whole for fault in schema.validate(config)]


def declares_nothing(config: Any) -> bool:
    """Whether the pillar key has a connection and settings at most."""
    every = ("users", "shared", "objects", "pipelines")
    return isinstance(config, dict) and all(config.get(key) is None for key in every)


def faultless(config: Any, found: Sequence[str]) -> dict[str, Any]:
    """``config``, or an ArgumentError with all faults that were found in it."""
    if len(found) == 1:
        raise ArgumentError(f"The pillar has an error, so nothing was done: {found[0]}")
    if found:
        listed = "".join(f"\n- {fault}" for fault in found)
        raise ArgumentError(f"The pillar has {len(found)} errors, so nothing was done:{listed}")
    return config


def build(cloud: Cloud, config: Mapping[str, Any], user: str | None, test: bool, **settings: Any) -> Outcome:
    """Make the cloud hold what the pillar declares for ``user``, or for everybody when that is ``None``.

    config
        The ``opennebula`` section, found free of faults.
    settings
        ``prune``, ``max_deletions``, ``adopt`` and ``disruption``, where they are not to come from the pillar.

    Raises
        What broke the connection, when nothing could be done.
    """
    said = {name: value for name, value in settings.items() if value is not None}
    if not test and all(each.disruption and _exists(cloud, each) for each in desired(config, user, said)):
        # Nothing can be against it.
        return _build(cloud, config, user, test, said)
    foreseen, against = _foreseen(cloud, config, user, test, said)
    if against and not test:
        # The pools were read one after the other, and another run may have been at work meanwhile.
        cloud.forget_all()
        foreseen, against = _foreseen(cloud, config, user, test, said)
    if against:
        return Outcome(against)
    return foreseen if test or _is_done(cloud, foreseen.reports) else _build(cloud, config, user, test, said)


def _foreseen(
    cloud: Cloud, config: Mapping[str, Any], user: str | None, test: bool, said: Mapping[str, Any]
) -> tuple[Outcome, list[Report]]:
    """What a run would do, and what prevents it."""
    against: list[Report] = []
    with cloud.rehearsal(holds=lambda: test and not against):
        foreseen = _build(cloud, config, user, True, said)
        against += _against(foreseen.reports)
    return foreseen, against


def _is_done(cloud: Cloud, foreseen: Sequence[Report]) -> bool:
    """Whether there is nothing to do, and nothing to wait for: then nothing is compared twice."""

    def busy(report: Report) -> bool:
        there = None if report.id is None else cloud.pool(report.kind).by_id.get(report.id)
        return there is not None and report.kind.is_busy(there)

    return not any(report.error or report.pending or busy(report) for report in foreseen)


def _against(foreseen: Sequence[Report]) -> list[Report]:
    """Why none of the planned changes is made: half an infrastructure would be worse than none.

    That is what cannot be made, since something that it names is not there and is not to be made either; or else
    what would disturb running VMs.
    """
    unmakeable = [report for report in foreseen if report.unmakeable]
    for report in unmakeable:
        report.error = f"{report.error} Nothing else was started."
    return unmakeable or [report for report in foreseen if report.disturbs]


def _build(cloud: Cloud, config: Mapping[str, Any], user: str | None, test: bool, said: Mapping[str, Any]) -> Outcome:
    wanted = _without_those_to_come(cloud, config, desired(config, user, said))
    chosen = {**layers.settings(config, user), **said}
    extra = _no_longer_declared(cloud, config, wanted, user) if chosen["prune"] else []
    removals = _removals(cloud, extra, chosen["max_deletions"])
    # What takes the place of something may need its addresses; the rest can go only when nothing uses it any more.
    freeing = [removal for removal in removals if removal[1].kind.frees]
    _remove(cloud, freeing, test)
    if any(report.done for _, report in freeing):
        cloud.forget_all()
    # A dry run has announced the account already where it owns something that everybody uses.
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
        # Nothing was reached: one sentence says it better than one for each object.
        raise cloud.lost
    return Outcome(reports)


def _is_announced(cloud: Cloud, desired: Desired) -> bool:
    return desired.kind == USER.cli and cloud.announced(USER, desired.name) is not None


def _exists(cloud: Cloud, desired: Desired) -> bool:
    kind = KINDS[desired.kind]
    owner = kind.owner_of(desired.owner, cloud.account)
    return bool(cloud.pool(kind).named(desired.name, owner) if kind.look is None else kind.find(cloud, desired.name))


def await_arrivals(cloud: Cloud, config: Mapping[str, Any], timeout: float | None = None) -> tuple[int, list[str]]:
    """Wait until whatever the pillar declares for users has arrived in a final state, all of it together.

    Waiting for one user's gateway at a time would take as many boots as there are users.

    timeout
        How long to wait, in seconds; each kind has a time of its own.

    Returns how many objects were on their way, and a sentence for each that did not arrive or is broken.
    """
    under_way = []
    for user in layers.users(config):
        for each in expand(config, user):
            found = _with_parts(cloud, KINDS[each.kind], each)
            under_way += [pair for pair in found if not _has_arrived(*pair)]
    return len(under_way), _await(cloud, under_way, timeout)


def _has_arrived(kind: Collection, resource: Resource) -> bool:
    return kind.settled is None or kind.state(resource) in kind.settled.ready


def _await(cloud: Cloud, objects: Iterable[tuple[Collection, Resource]], timeout: float | None = None) -> list[str]:
    """Wait for objects, all of them together; returns a sentence for each that did not arrive or is broken."""

    def arrival(kind: Collection, each: Resource) -> Procedure:
        refuse_broken(kind, (yield settled(kind, each.id, kind.describe(each.name, each.owner), timeout)))

    tasks = several(cloud, itertools.starmap(arrival, objects))
    for task in tasks:
        if task.failure is not None and not isinstance(task.failure, SettleError):
            raise task.failure
    return [task.error for task in tasks if task.error]


def _with_parts(cloud: Cloud, kind: Kind, desired: Desired) -> list[tuple[Collection, Resource]]:
    """The declared object and what it consists of, where it exists and may be under way."""
    if kind.settled is None and kind.parts is None:
        return []
    found = cloud.find(kind, desired.name, desired.owner)
    if found is None:
        return []
    return [(kind, found), *(kind.parts(cloud, found) if kind.parts is not None else ())]


def demolish(cloud: Cloud, user: str, test: bool, max_deletions: int) -> Outcome:
    """Remove everything that was made for ``user``, the user included."""
    removals = _removals(cloud, marked_for(cloud, user), max_deletions)
    _remove(cloud, removals, test)
    return Outcome([report for _, report in removals])


def prune(cloud: Cloud, config: Mapping[str, Any], test: bool, **settings: Any) -> Outcome:
    """Remove what was made from the pillar, and is no longer declared, of users who are gone from it and for all users.

    What is no longer declared of users who are declared is their own infrastructure's affair.

    settings
        ``prune`` and ``max_deletions``, where they are not to come from the pillar.
    """
    chosen = layers.settings(config) | {name: each for name, each in settings.items() if each is not None}
    if not chosen["prune"]:
        return Outcome([])
    extra = [pair for user in _users_gone(cloud, config) for pair in marked_for(cloud, user)]
    removals = _removals(cloud, [*extra, *_shared_no_longer(cloud, config)], chosen["max_deletions"])
    _remove(cloud, removals, test)
    return Outcome([report for _, report in removals])


def _users_gone(cloud: Cloud, config: Mapping[str, Any]) -> list[str]:
    """The users for whom a blueprint made something, and whom the pillar does not declare any more."""
    marks = (each.mark for kind in KINDS.values() for each in cloud.pool(kind) if not kind.is_part(each))
    made = {mark.owner for mark in marks if mark is not None and not mark.adopted and mark.source not in NO_BLUEPRINT}
    return sorted(made - set(layers.users(config)))


def _shared_no_longer(cloud: Cloud, config: Mapping[str, Any]) -> list[tuple[Kind, Resource]]:
    """What was made for all users, or as a single object, and is declared nowhere any more."""
    single = [each for user in (None, *layers.users(config)) for each in objects(config, user)]
    declared = {
        (each.kind, each.name, KINDS[each.kind].owner_of(each.owner, cloud.account))
        for each in (*shared(config), *single)
    }
    return [
        (kind, each)
        for kind in reversed(KINDS.values())
        for each in sorted(cloud.pool(kind), key=lambda each: each.id)
        if each.ours and each.mark is not None and each.mark.source == SHARED
        if not kind.is_part(each) and (kind.cli, each.name, each.owner if kind.per_owner else None) not in declared
    ]


def desired(config: Mapping[str, Any], user: str | None, said: Mapping[str, Any]) -> list[Desired]:
    """What is declared for ``user``; ``said`` is what this run says of all of it."""
    wanted = shared(config) if user is None else expand(config, user)
    order = list(KINDS)
    single = sorted(objects(config, user), key=lambda each: order.index(each.kind))
    leave = layers.given_leave(said)
    return [replace(each, **leave) for each in (*wanted, *single)]


def _without_those_to_come(cloud: Cloud, config: Mapping[str, Any], wanted: Sequence[Desired]) -> list[Desired]:
    """Groups without administrators whom the pillar is still to make: each of them brings along what it administers."""
    users = config.get("users") or {}

    def there(name: str) -> bool:
        return name not in users or cloud.find(USER, name) is not None

    found = []
    for each in wanted:
        if each.kind == GROUP.cli and each.values.get("admins"):
            admins = [name for name in each.values["admins"] if there(name)]
            each = replace(each, values={**each.values, "admins": admins})
        found.append(each)
    return found


def marked_for(cloud: Cloud, user: str, kinds: Container[str] = _EVERY_KIND) -> list[tuple[Kind, Resource]]:
    """Every object that a blueprint made for ``user``, in the order in which they can be removed.

    kinds
        Of which kinds, by their CLI names.
    """
    found = []
    for kind in [each for each in reversed(OF_USERS) if each.cli in kinds]:
        marked = cloud.pool(kind).marked_for(user)
        mine = [each for each in marked if each.made_for(user, cloud.account) and not kind.is_part(each)]
        # What the account has beside that is a copy that somebody has made.
        mine = [each for each in mine if each.owner in (None, user) or kind.is_on_its_way(each)]
        # What does not arrive is told by what refuses to remove it.
        _await(cloud, [(kind, each) for each in mine if kind.is_passing(each)])
        left = (cloud.pool(kind).by_id.get(each.id) for each in sorted(mine, key=lambda each: each.id))
        found += [(kind, each) for each in left if each is not None]
    return found


def declared_keys(config: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """By user, kind and name of everything that the pillar declares, labs included."""
    return {user: _keys(config, expand(config, user), user) for user in layers.users(config)}


def _keys(config: Mapping[str, Any], wanted: Sequence[Desired], user: str) -> set[tuple[str, str]]:
    of_labs = [machine.desired for machine in machines(labs_of(config, user))]
    keys = {(each.kind, each.name) for each in (*wanted, *of_labs)}
    # What an interrupted run left in transit is still to arrive.
    return keys | {(each.kind, transit_name(each.owner or "", each.name)) for each in wanted}


def _no_longer_declared(
    cloud: Cloud, config: Mapping[str, Any], wanted: Sequence[Desired], user: str | None
) -> list[tuple[Kind, Resource]]:
    if user is None:
        return _noted_and_not_declared(cloud, wanted)
    keys = _keys(config, wanted, user)
    made = marked_for(cloud, user)
    second = {(kind.cli, each.id) for kind, each in _second(made)}
    extra = [(kind, each) for kind, each in made if (kind.cli, each.name) not in keys or (kind.cli, each.id) in second]
    given = _given_up(config, user) if extra else set()
    return [(kind, each) for kind, each in extra if (kind.cli, each.name) not in given]


def _given_up(config: Mapping[str, Any], user: str) -> set[tuple[str, str]]:
    """By kind and name what a user gives up to others, who may take it later than this run."""
    others = [each for each in layers.users(config) if each != user]
    wanted = itertools.chain(shared(config), *(expand(config, each) for each in others))
    return {(each.kind, each.name) for each in wanted if each.values.get(OWNER_FROM.name) == user}


def _noted_and_not_declared(cloud: Cloud, wanted: Sequence[Desired]) -> list[tuple[Kind, Resource]]:
    """What was made for all users, is not declared any more, and nothing but a note tells of: ACL rules."""
    found = []
    for kind in OF_THE_CLOUD:
        made = [] if kind.made_by is None else kind.made_by(cloud, SHARED)
        declared = [kind.find(cloud, each.name) for each in wanted if each.kind == kind.cli] if made else []
        numbers = {each.id for each in declared if each is not None}
        found += [(kind, each) for each in made if each.id not in numbers]
    return found


def _second(made: Sequence[tuple[Kind, Resource]]) -> list[tuple[Kind, Resource]]:
    """What there is already: a call whose answer never came took effect later, or two runs made the same at once.

    The first is the one that has arrived at its owner and has its name, and of several the oldest.
    """
    by_key: dict[tuple[str, str, str], list[tuple[bool, bool, int, Kind, Resource]]] = {}
    for kind, each in made:
        if each.mark is not None:
            passing = each.owner not in (None, each.mark.owner)
            unnamed = each.name != each.mark.name
            by_key.setdefault(each.mark.key, []).append((passing, unnamed, each.id, kind, each))
    return [found[3:] for same in by_key.values() for found in sorted(same)[1:]]


def _tell_second(cloud: Cloud, user: str, kinds: Container[str]) -> list[Report]:
    """A failed report for each object that there is twice, of kinds that are declared."""
    return [
        Report(
            kind,
            each.name,
            each.owner,
            id=each.id,
            error=f"{kind.describe(each.name, each.owner)} (ID {each.id}) is a second one that was made for {user}: "
            "remove it, or let prune: true remove it.",
        )
        for kind, each in _second(marked_for(cloud, user, kinds))
    ]


def _removals(cloud: Cloud, extra: Sequence[tuple[Kind, Resource]], most: int) -> list[tuple[Resource, Report]]:
    """Objects to remove, with a report each; an error in each when they are more than ``most``."""
    fault = f"{len(extra)} objects would be removed, more than max_deletions: {most}" if len(extra) > most else ""
    found = []
    for kind, resource in extra:
        name = kind.called(cloud, resource) or resource.name
        found.append((resource, Report(kind, name, resource.owner, "remove", resource.id, error=fault)))
    return found


def _remove(cloud: Cloud, removals: Sequence[tuple[Resource, Report]], test: bool) -> None:
    """Remove objects kind by kind, unless there is something against it."""
    for _, stage in itertools.groupby(removals, key=lambda removal: removal[1].kind.cli):
        _remove_stage(cloud, [removal for removal in stage if not removal[1].error], test)


def _remove_stage(cloud: Cloud, stage: Sequence[tuple[Resource, Report]], test: bool) -> None:
    """Remove objects of one kind, those in use left out."""
    for resource, report in stage:
        try:
            # Its mark is why it was chosen, also where it has not reached its owner yet.
            plan_removal(cloud, report.kind, resource, report, unmanaged=True)
        except OneError as error:
            report.error = str(error)
    ready = [(resource, report) for resource, report in stage if report.planned and not report.error]
    if not test:
        carry_out_removals(cloud, ready)
        return
    for resource, report in ready:
        announce_removal(cloud, report.kind, resource)
