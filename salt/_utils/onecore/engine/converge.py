"""The engine: plan, apply, wait, verify; the same for every kind.

What is declared is looked at in stages of one kind each, so that twenty-five networks are created back to
back, awaited together and verified with one read. A dry run does the same up to the first write.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Mapping

from ..basics.errors import ArgumentError, MissingError, OneError, SettleError
from ..basics.plan import Change, Desired, Order, both_shown, by_writer
from ..cloud.campaign import Campaign, Procedure
from ..cloud.locking import refuse_locked
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import await_settled, refuse_broken
from ..model.kind import Kind
from .report import Report


class Item:
    """One declared object on its way through a run."""

    def __init__(self, kind: Kind, desired: Desired):
        self.kind = kind
        self.desired = desired
        self.order: Order | None = None
        self.resource: Resource | None = None
        self.created: int | None = None
        self.due: list[Change] = []
        self.late = False
        self.report = Report(kind, desired.name, desired.owner)

    @property
    def id(self) -> int | None:
        return self.created if self.resource is None else self.resource.id

    @property
    def failed(self) -> bool:
        return bool(self.report.error)

    @property
    def is_moving(self) -> bool:
        """Whether it is on its way, and due for a change that reaches the running object."""
        disruptive = any(change.disruptive for change in self.due)
        return disruptive and self.resource is not None and self.kind.is_busy(self.resource)

    @property
    def has_late_changes(self) -> bool:
        """Whether something is left that must wait for what is declared after it."""
        return not self.failed and any(change.late for change in self.report.planned)

    def attempt(self, step: Callable[[Cloud], None], cloud: Cloud) -> None:
        """Run a step of this object; its failure is this object's alone."""
        if self.failed:
            return
        try:
            step(cloud)
        except OneError as error:
            self.report.error = str(error)

    def look(self, cloud: Cloud) -> None:
        """Check the declaration and find its object."""
        self.order = self.kind.order(self.desired, cloud.account)
        self.report.owner = self.order.owner
        self.resource = cloud.find(self.kind, self.order.name, self.order.owner)

    def compare(self, cloud: Cloud) -> None:
        """Compare the declaration with the object; no writes."""
        self.report.id = self.id
        refuse_broken(self.kind, self.resource)
        self._check_references(cloud)
        self.kind.resolve(self.order, cloud)
        self.report.planned = self.kind.changes(self.order, self.resource)
        self.report.action = "none"
        if self.resource is None:
            self.report.action = "create"
            self.report.planned.insert(0, Change(self.kind.title, None, self.order.name, "create"))
            self._refuse_incomplete()
        elif self.report.planned:
            self.report.action = "update"
            refuse_locked(cloud, self.kind, self.resource)
            self.due = [change for change in self.report.planned if not change.late]
        self.kind.check(cloud, self.order, self.resource)
        self.report.note = self.kind.note(self.order, self.resource, self.report.planned) or self._unplaced()

    def _unplaced(self) -> str:
        """What keeps an object from getting to where it is declared to be, in the scheduler's words."""
        if self.resource is None or not self.resource.scheduling or not self.kind.is_busy(self.resource):
            return ""
        return f"its state is {self.kind.settled.name(self.kind.state(self.resource))} ({self.resource.scheduling})"

    def _check_references(self, cloud: Cloud) -> None:
        foreign = self.kind.per_owner and self.resource is None and self.order.owner != cloud.account
        if foreign and not cloud.exists(self.kind.owners, self.order.owner):
            raise MissingError(f"owner: user {self.order.owner} does not exist.")
        for reference in self.kind.every_reference(self.order):
            owner = reference.kind.owner_of(reference.owner, cloud.account)
            if not cloud.exists(reference.kind, reference.name, owner):
                raise MissingError(f"{reference.why}: {reference.kind.describe(reference.name, owner)} does not exist.")

    def _refuse_incomplete(self) -> None:
        missing = self.kind.missing(self.order)
        if missing:
            raise ArgumentError(f"To create it, {' and '.join(missing)} must be given.")

    def arrive(self, cloud: Cloud) -> None:
        """See where an object on its way has arrived."""
        self.resource = self._fresh(cloud)
        refuse_broken(self.kind, self.resource)

    def apply(self, cloud: Cloud) -> Procedure:
        """Carry out what :meth:`compare` found."""
        if self.resource is None:
            attributes = {"NAME": self.order.name, **self.kind.contribution(self.order)}
            self.created = self.report.id = self.kind.create(cloud, self.order, attributes)
            self.report.done = list(self.report.planned)
        else:
            yield from self._write(cloud)

    def hand_over(self, cloud: Cloud) -> None:
        """Give what was created to its owner."""
        self.kind.hand_over(cloud, self.order, self._fresh(cloud))

    def look_again(self, cloud: Cloud) -> None:
        """See what creation left undone: what one allocate call cannot say."""
        self.arrive(cloud)
        self.due = self.kind.changes(self.order, self.resource)

    def complete(self, cloud: Cloud) -> Procedure:
        """Carry out what creation left undone."""
        yield from self._write(cloud)

    def foresee(self, cloud: Cloud) -> None:
        """See whether late changes can be carried out, when nothing is to come that they would have to wait for."""
        self.kind.check_late(cloud, self.order, self.resource)

    def let_go(self, cloud: Cloud) -> None:
        """See whether late changes can be carried out now."""
        self.late = True
        self.resource = self._fresh(cloud)
        self.kind.check_late(cloud, self.order, self.resource)
        self.due = self.kind.changes(self.order, self.resource)

    def verify(self, cloud: Cloud) -> None:
        """Compare again, with what the cloud says now."""
        self.arrive(cloud)
        self.kind.check(cloud, self.order, self.resource)
        left = [change for change in self.kind.changes(self.order, self.resource) if self.late or not change.late]
        if left:
            paths = {change.path for change in left}
            self.report.done = [change for change in self.report.done if change.path not in paths]
            sides = [(change.path, both_shown(change)) for change in left]
            said = "; ".join(f"{path} is {side['old']!r}, not {side['new']!r}" for path, side in sides)
            reason = f" OpenNebula says: {self.resource.error}" if self.resource.error else ""
            raise SettleError(f"{self.report.subject} did not become what is declared: {said}.{reason}")

    def _fresh(self, cloud: Cloud) -> Resource:
        resource = cloud.pool(self.kind).by_id.get(self.id)
        if resource is None:
            raise SettleError(f"{self.report.subject} disappeared while it was being changed; run again.")
        return resource

    def _write(self, cloud: Cloud) -> Procedure:
        grouped = by_writer(self.due)
        for writer, write in self.kind.writers.items():
            if writer in grouped:
                replaced = write(cloud, self.resource, grouped[writer], self.order)
                if isinstance(replaced, Generator):
                    replaced = yield from replaced
                if replaced is not None:
                    self.resource, self.report.id = replaced, replaced.id
                if self.created is None:
                    self.report.done += grouped[writer]


def converge(
    cloud: Cloud,
    kinds: Mapping[str, Kind],
    wanted: Iterable[Desired],
    test: bool = False,
    timeout: float | None = None,
) -> list[Report]:
    """Make a cloud hold what is wanted.

    cloud
        The run's view of the cloud.
    kinds
        Every kind by its CLI name.
    wanted
        Objects in the order in which they are to be made; those of one kind that stand together are
        handled together.
    test
        Stop before the first write.
    timeout
        How long to wait for objects to settle, in seconds; each kind has a time of its own.

    Returns one report per object, in order. A failure is its object's own: it is in the report, and the
    others go on.
    """
    items = [Item(kinds[desired.kind], desired) for desired in wanted]
    for _, stage in itertools.groupby(items, key=lambda item: item.kind.cli):
        together = list(stage)
        _stage(cloud, together, test, timeout, last=together[-1] is items[-1])
    late = [item for item in items if item.has_late_changes]
    if late and not test:
        # What used them may have let go since.
        cloud.forget_all()
    for _, stage in itertools.groupby(late, key=lambda item: item.kind.cli):
        _late_stage(cloud, list(stage), test, timeout)
    return [item.report for item in items]


def _stage(cloud: Cloud, items: list[Item], test: bool, timeout: float | None, last: bool) -> None:
    for item in items:
        item.attempt(item.look, cloud)
    _let_pass(cloud, items)
    for item in items:
        item.attempt(item.compare, cloud)
        if test and not item.failed:
            cloud.announce(item.kind, item.order, item.report.planned)
    for item in items:
        if last and item.has_late_changes:
            item.attempt(item.foresee, cloud)
    if test:
        return
    touched = [item for item in items if not item.failed and item.report.action != "none"]
    _let_arrive(cloud, touched, timeout)
    _work(cloud, _own_first(cloud, touched), lambda item: item.apply(cloud))
    created = [item for item in touched if item.created is not None]
    _hand_over(cloud, created, timeout)
    _settle(cloud, [item for item in touched if item.id is not None], timeout)
    for item in created:
        item.attempt(item.look_again, cloud)
    unfinished = [item for item in created if item.due and not item.failed]
    _let_arrive(cloud, unfinished, timeout)
    _work(cloud, unfinished, lambda item: item.complete(cloud))
    _settle(cloud, unfinished, timeout)
    for item in touched:
        item.attempt(item.verify, cloud)
    _let_settle(cloud, [item for item in items if not item.failed and item.report.action == "none"], timeout)


def _late_stage(cloud: Cloud, items: list[Item], test: bool, timeout: float | None) -> None:
    for item in items:
        item.attempt(item.let_go, cloud)
    if test:
        return
    _work(cloud, items, lambda item: item.complete(cloud))
    _settle(cloud, [item for item in items if not item.failed], timeout)
    for item in items:
        item.attempt(item.verify, cloud)


def _work(cloud: Cloud, items: list[Item], step: Callable[[Item], Procedure]) -> None:
    """Take a step with each object, in order; where one must wait, the others go on meanwhile."""
    able = [item for item in items if not item.failed]
    if not able:
        return
    campaign = Campaign(cloud, able[0].kind)
    for item in able:
        campaign.add(item, step(item))
    for task in campaign.run():
        task.key.report.error = task.error


def _let_pass(cloud: Cloud, items: list[Item]) -> None:
    """Wait for what is still being made, or on its way out, as an interrupted run can leave it, and look again."""
    passing = [item for item in items if item.resource is not None and item.kind.is_passing(item.resource)]
    _await(cloud, passing, None, lost="could not be awaited")
    for item in passing:
        item.attempt(item.look, cloud)


def _let_arrive(cloud: Cloud, items: list[Item], timeout: float | None) -> None:
    """Wait for objects on their way that are to get a change for which they must have arrived."""
    moving = [item for item in items if not item.failed and item.is_moving]
    _await(cloud, moving, timeout, lost="could not be awaited")
    for item in moving:
        item.attempt(item.arrive, cloud)


def _let_settle(cloud: Cloud, items: list[Item], timeout: float | None) -> None:
    """Wait for what is as declared but still on its way, such as a VM that no host has room for."""
    moving = [item for item in items if item.kind.is_busy(item.resource) and item.kind.awaited(item.order)]
    _await(cloud, moving, timeout, lost="could not be awaited")
    for item in moving:
        item.report.note = ""
        item.attempt(item.arrive, cloud)


def _own_first(cloud: Cloud, items: list[Item]) -> list[Item]:
    """What is the account's own before what waits in the account's namespace, where it may bear the same name."""
    return sorted(items, key=lambda item: item.kind.hand_over is not None and item.order.owner != cloud.account)


def _hand_over(cloud: Cloud, items: list[Item], timeout: float | None) -> None:
    """Give new objects to their owners, where that has to wait until they have settled."""
    waiting = [item for item in items if item.kind.hand_over is not None]
    lost = "was allocated, but its end was not seen"
    _await(cloud, waiting, 0, lost, patient=False, owner=cloud.account)
    # Most are ready at once, and handing them over takes as long as the others need.
    late = [item for item in waiting if not item.failed and _is_busy(cloud, item)]
    for item in waiting:
        if item not in late:
            item.attempt(item.hand_over, cloud)
    _await(cloud, late, timeout, lost, owner=cloud.account)
    for item in late:
        item.attempt(item.hand_over, cloud)


def _is_busy(cloud: Cloud, item: Item) -> bool:
    now = cloud.pool(item.kind).by_id.get(item.id)
    return now is not None and item.kind.is_busy(now)


def _settle(cloud: Cloud, items: list[Item], timeout: float | None) -> None:
    """Read what was written again, all objects together, and wait for those that are awaited."""
    lost = "was written, but its end was not seen"
    awaited = [item for item in items if item.kind.awaited(item.order) and not item.failed]
    _await(cloud, awaited, timeout, lost)
    _await(cloud, [item for item in items if item not in awaited], 0, lost, patient=False)


def _await(
    cloud: Cloud,
    items: list[Item],
    timeout: float | None,
    lost: str,
    patient: bool = True,
    owner: str | None = None,
) -> None:
    """Read objects of one kind until they have settled; what has not in time, or is lost from sight, has failed.

    lost
        What is said of an object when the connection breaks meanwhile.
    patient
        Whether an object that has not settled has failed.
    owner
        Whose they are at present, where that is not who they are for.
    """
    if not items:
        return
    kind, owners = items[0].kind, {owner or item.order.owner for item in items}
    try:
        uid = cloud.get(kind.owners, owners.pop()).id if kind.per_owner and len(owners) == 1 < len(items) else None
        late = await_settled(cloud, kind, [item.id for item in items], uid, timeout)
    except OneError as error:
        patient, late = True, {item.id: f"{lost}: {error}" for item in items}
    for item in items:
        if patient and item.id in late and not item.failed:
            item.report.error = f"{item.report.subject} {late[item.id]}"
