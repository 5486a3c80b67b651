"""One declared object of any kind: awaited, changed and verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..basics.errors import ArgumentError, DisturbanceError, GoneError, MissingError, OneError
from ..basics.plan import Change, Desired, by_writer
from ..cloud.procedure import Procedure, Wait, completed
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import refuse_broken, seen, settled
from ..model import lock
from ..model.kind import Kind, OlderObject, UnfinishedObject, Writer
from ..model.writers import KEEP
from . import standing
from .announcing import announce
from .belonging import GIVEN_BACK
from .comparison import Comparison
from .meeting import (
    BUSY,
    MEETINGS,
    MET,
    TAKEN,
    created_meanwhile,
    drop_read_data,
    drop_recorded_in,
    is_another,
    is_met,
    let_arrive,
    let_finish,
)
from .prerequisites import refuse_disturbance
from .removal import removal
from .report import Report

#: The message about an object when the connection breaks at a certain point.
_BEFORE, _ALLOCATED, _WRITTEN = (
    "could not be waited for",
    "was allocated, but could not be read afterwards",
    "was changed, but could not be read afterwards",
)


class Item(Comparison):
    """One declared object: plans the changes and carries them out.

    extra
        Attributes of a new object in addition to the declared ones.
    arrival
        Returns the wait for the object, given its ID; by default until it has settled.
    """

    def __init__(
        self,
        kind: Kind,
        desired: Desired,
        report: Report | None = None,
        extra: Mapping[str, Any] | None = None,
        renew: bool = False,
        arrival: Callable[[int], Wait] | None = None,
    ):
        super().__init__(kind, desired, report, renew)
        self.extra, self.arrival = extra or {}, arrival
        self.late = False
        #: Which writer is active, and whether a part was done.
        self.writing, self.undone = "", False

    # -- all that is done ------------------------------------------------------------------------------------------

    def run(self, cloud: Cloud, test: bool = False, timeout: float | None = None, last: bool = False) -> Procedure:
        """Converge the object and return it. A failure is in the report, too.

        test
            Stop before the first write.
        timeout
            How long to wait for the object to settle, in seconds; by default that of the kind.
        last
            Whether late changes need not wait for objects declared later.
        """
        try:
            yield from self._find(cloud, timeout)
            try:
                self._compare(cloud)
            except TAKEN as error:
                if not test:
                    yield from let_arrive(cloud, error)
                # A dry run reads again only if an object may have got its mark meanwhile.
                if (test and self.resource is None) or not is_met(cloud, self.kind, self.order, self.resource):
                    raise
                yield from self._meet(cloud, timeout)
            if test:
                announce(cloud, self.kind, self.order, self.resource, self.report)
            if last and self.resource is not None and self.has_late_changes:
                self.kind.check_late(cloud, self.order, self.resource)
            if not test:
                yield from self.carry_out(cloud, timeout)
        except OneError as error:
            self._failed(error)
            self.report.unmakeable = self.resource is None and isinstance(error, (ArgumentError, MissingError))
            if self.due and self.resource is not None:
                cloud.note_failure(self.kind, self.order.name, self.order.owner)
            raise
        return self.resource

    def carry_out(self, cloud: Cloud, timeout: float | None = None) -> Procedure:
        """Carry out the plan, and compare again with the cloud; returns the object."""
        if self.resource is None:
            yield from self._make(cloud, timeout)
            if not self.due:
                return self.resource
        elif self.due:
            yield from self._change(cloud, self.resource, timeout)
        elif self.kind.is_busy(self.resource) and self.kind.awaited(self.order):
            # As declared but not ready yet, such as a VM that no host has room for.
            self.report.note = ""
            yield self._settled(timeout, _BEFORE)
            self._arrive(cloud)
            return self.resource
        else:
            return self.resource
        yield from self._verify(cloud)
        if self.report.action == "update" and not self.report.done:
            self.report.action = "none"
        return self.resource

    def run_late(self, cloud: Cloud, test: bool = False, timeout: float | None = None) -> Procedure:
        """Make the changes that had to wait for objects declared later, if possible now."""
        try:
            self.late, self.resource = True, self._fresh(cloud)
            self.kind.check_late(cloud, self.order, self.resource)
            self.due = self.kind.changes(self.order, self.resource)
            if not test:
                yield from self._change(cloud, self.resource, timeout)
                yield from self._verify(cloud)
        except OneError as error:
            self._failed(error)
            raise

    def _failed(self, error: OneError) -> None:
        self.report.error, self.report.disturbs = str(error), isinstance(error, DisturbanceError)

    # -- finding and verifying -------------------------------------------------------------------------------------

    def _find(self, cloud: Cloud, timeout: float | None) -> Procedure:
        """Find the object, and wait until its state is final."""
        self._look(cloud)
        if self.resource is not None and self.kind.is_passing(self.resource):
            # After an interrupted run, it may still be in creation or in removal.
            yield self._settled(timeout, _BEFORE)
            self._look(cloud)

    def _meet(self, cloud: Cloud, timeout: float | None) -> Procedure:
        """Continue with the object that another run created."""
        self.met, self.created, self.renew, self.report.done = True, None, False, []
        cloud.include(self.kind, self.order.name, self.order.owner)
        yield from self._find(cloud, timeout)
        self._compare(cloud)
        self.report.note = MET

    def _verify(self, cloud: Cloud) -> Procedure:
        """Compare again with the current data of the cloud."""
        resource = self._arrive(cloud)
        self.kind.check(cloud, self.order, resource)
        left = self._left(resource)
        # Changes that were not due are those of another run, which may have added what this one has.
        met = self.met or bool({change.path for change in left} - {change.path for change in self.report.planned})
        # In other cases as well: it may have undone for a moment what both of them do.
        for _ in range(MEETINGS if met else 1):
            if left:
                resource, left = self._left_by_now(cloud)
            if left and (met or not any(change.disruptive for change in left)):
                refuse_disturbance(self.kind, self.order, self.resource, left)
                self.due = left
                yield from self._change(cloud, resource, None)
                resource = self._arrive(cloud)
                left = self._left(resource)
        if left:
            self.report.refuse_remaining(left, resource)

    def _left(self, resource: Resource) -> list[Change]:
        """The changes that are left."""
        return [change for change in self.kind.changes(self.order, resource) if self.late or not change.late]

    def _left_by_now(self, cloud: Cloud) -> tuple[Resource, list[Change]]:
        """The current object and the changes that are left, since another run may have made some of them."""
        drop_read_data(cloud, self.kind, self.order, self.number)
        resource = self._arrive(cloud)
        return resource, self._left(resource)

    def _arrive(self, cloud: Cloud) -> Resource:
        """Read the object after a change."""
        resource = self.resource = self._fresh(cloud)
        refuse_broken(self.kind, resource)
        return resource

    def _fresh(self, cloud: Cloud) -> Resource:
        resource = cloud.pool(self.kind).by_id.get(self.number)
        if resource is None:
            raise GoneError(f"{self.report.subject} disappeared while it was being changed; run again.")
        return resource

    # -- writing ---------------------------------------------------------------------------------------------------

    def _make(self, cloud: Cloud, timeout: float | None) -> Procedure:
        """Create the object, and compare it: make the changes that the allocate call does not support."""
        try:
            older = yield from self._known_again(self._create(cloud, timeout))
        except (*TAKEN, GoneError) as error:
            # The object of this run is gone only if another run has removed it as the second one.
            yield from let_arrive(cloud, error)
            begun = (self.met or self.created is not None) and not isinstance(error, GoneError)
            if begun or not created_meanwhile(cloud, self.kind, self.order):
                raise
            older = True
        if older:
            yield from self._meet(cloud, timeout)
            yield from self.carry_out(cloud, timeout)
            return
        yield self._written(timeout)
        resource = self._arrive(cloud)
        self.due = self.kind.changes(self.order, resource)
        if self.due:
            yield from self._change(cloud, resource, timeout)
        else:
            self.kind.check(cloud, self.order, resource)

    def _create(self, cloud: Cloud, timeout: float | None) -> Procedure:
        """Create the object, and hand it over; returns whether an older one is there instead."""
        assert self.kind.create is not None, "what can be declared can be made"
        attributes = {"NAME": self.order.name, **self.extra, **self.kind.contribution(self.order)}
        made = yield from completed(self.kind.create(cloud, self.order, attributes))
        self.created, self.met = int(made), self.met or isinstance(made, UnfinishedObject)
        self.report.id, self.report.done = self.created, list(self.report.planned)
        if self.kind.hand_over is not None:
            yield settled(self.kind, self.number, self.report.subject, timeout, owner=cloud.account, lost=_ALLOCATED)
            made = self.kind.hand_over(cloud, self.order, self._fresh(cloud))
        if isinstance(made, OlderObject) and made.second:
            yield from self._remove_duplicates(cloud, made.second)
        return isinstance(made, OlderObject)

    def _remove_duplicates(self, cloud: Cloud, numbers: Sequence[int]) -> Procedure:
        """Remove the duplicates of this run as soon as possible; an image that is still being created has to wait."""
        cloud.refresh(self.kind, numbers)
        known = cloud.pool(self.kind).by_id
        yield from removal(cloud, self.kind, *(known[number] for number in numbers if number in known))

    def _change(self, cloud: Cloud, resource: Resource, timeout: float | None) -> Procedure:
        if self.kind.is_busy(resource) and any(change.disruptive for change in self.due):
            # A running object must be ready before it is changed; an object without a place may get one by the change.
            yield self._settled(timeout, _BEFORE, placed=False)
            resource = self._arrive(cloud)
        now = yield from self._carried_out(cloud, resource)
        if now is None or self.kind.is_busy(now):
            yield self._written(timeout)

    def _carried_out(self, cloud: Cloud, resource: Resource) -> Procedure:
        """Make the changes, and those that are left if another run makes the same ones."""
        for met in range(MEETINGS + 1):
            self.undone = False
            try:
                return (yield from self._known_again(self._write(cloud, resource)))
            except TAKEN as error:
                drop_recorded_in(cloud, self.kind, self.order)
                waited = yield from let_arrive(cloud, error)
                waited = (yield from let_finish(cloud, self.kind, self._fresh(cloud), error)) or waited
                resource = self._fresh(cloud)
                left = self._left(resource)
                if met == MEETINGS or not (waited or self.undone or is_another(left, self.due, self.writing)):
                    raise
                self.met, self.due = True, left

    def _write(self, cloud: Cloud, resource: Resource) -> Procedure:
        """Make the changes; returns the object if it was read after the last write call."""
        grouped, now = by_writer(self.due), None
        relocked = lock.lifted(cloud, self.kind.prefix, resource, self.order, grouped.keys())
        if GIVEN_BACK in grouped:
            assert self.kind.owners is not None, "what is given back had an owner"
            user = cloud.get(self.kind.owners, self.order.user)
            cloud.call(f"{self.kind.prefix}.chown", resource.id, user.id, KEEP)
            self.report.done += grouped[GIVEN_BACK]
        if standing.GIVES_WAY in grouped:
            yield from removal(cloud, self.kind, *(change.write for change in grouped[standing.GIVES_WAY]))
            self.report.done += grouped[standing.GIVES_WAY]
        for writer, write in self.kind.writers.items():
            due = grouped.get(writer, [])
            if due and writer in self.kind.by_number and self.created is None:
                resource, due = yield from self._still_due(cloud, due)
            if due:
                self.writing = writer
                now = yield from completed(self._begun(cloud, write, resource, due))
                if now is not None:
                    resource = self.resource = now
                    self.report.id = now.id
                if self.created is None:
                    self.report.done += due
        if relocked:
            lock.set_lock(cloud, self.kind.prefix, self.number, relocked)
            now = None
        return now

    def _begun(self, cloud: Cloud, write: Writer, resource: Resource, due: list[Change]) -> Any:
        """Start a writer; notes whether it is refused after a part was done, which another run may have undone."""
        before = cloud.client.writes
        try:
            return write(cloud, resource, due, self.order)
        except TAKEN:
            self.undone = cloud.client.writes - before > 1
            raise

    def _still_due(self, cloud: Cloud, due: list[Change]) -> Procedure:
        """The object read again, and what is left of changes that refer to its parts by ID.

        OpenNebula reuses these IDs: another run may have added another part with the same ID.
        """
        yield seen(self.kind, self.number, self.report.subject, self.order.owner)
        resource = self._fresh(cloud)
        planned = {(change.writer, change.path) for change in due}
        left = [change for change in self._left(resource) if (change.writer, change.path) in planned]
        if len(left) < len(due):
            self.met, self.report.note = True, BUSY
        return resource, left

    def _known_again(self, work: Procedure) -> Procedure:
        """Write; if that fails halfway, read the object, so that the data of the run stay correct."""
        try:
            return (yield from work)
        except OneError:
            if self.id is not None:
                with suppress(OneError):
                    yield seen(self.kind, self.id, self.report.subject, self.order.owner)
            raise

    def _written(self, timeout: float | None) -> Wait:
        """The wait after a write call: until the object is ready, or only until it is read again."""
        if self.arrival is not None or self.kind.awaited(self.order):
            return self._settled(timeout, _WRITTEN)
        return seen(self.kind, self.number, self.report.subject, self.order.owner, _WRITTEN)

    def _settled(self, timeout: float | None, lost: str, placed: bool = True) -> Wait:
        if self.arrival is not None:
            return self.arrival(self.number)
        what, owner = self.kind.arrival(self.order), self.order.owner
        return settled(self.kind, self.number, self.report.subject, timeout, what, owner, lost, placed)
