"""One declared object of any kind, found and compared with its declaration; no write calls, and no waiting."""

from __future__ import annotations

from ..basics.plan import Change, Desired, Order
from ..cloud.locking import refuse_locked
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import refuse_broken
from ..model import lock
from ..model.kind import Kind
from . import standing
from .announcing import completed
from .belonging import given_away, given_back, is_orphaned, is_taken_over, refuse_moved
from .prerequisites import check_references, refuse_disturbance, refuse_incomplete
from .report import Report


class Comparison:
    """A declared object, the existing one, and the differences.

    report
        Where they are noted.
    renew
        Whether a new object is created although one with that key exists, which will be removed before.
    """

    def __init__(self, kind: Kind, desired: Desired, report: Report | None = None, renew: bool = False):
        self.kind, self.desired, self.renew = kind, desired, renew
        self.report = report or Report(kind, desired.name, desired.owner)
        #: The declaration in comparable form, after the first comparison.
        self.order: Order
        self.resource: Resource | None = None
        self.created: int | None = None
        self.due: list[Change] = []
        self.orphaned = False
        #: Whether another run makes the same changes.
        self.met = False

    @property
    def id(self) -> int | None:
        return self.created if self.resource is None else self.resource.id

    @property
    def number(self) -> int:
        """The ID of an object that was found or created."""
        assert self.id is not None, "only what is there is written or awaited"
        return self.id

    @property
    def has_late_changes(self) -> bool:
        """Whether changes are left that must wait for objects declared later."""
        return not self.report.error and any(change.late for change in self.report.planned)

    def plan(self, cloud: Cloud) -> None:
        """Plan the changes from the data that was read; no write calls, and no waiting."""
        self._look(cloud)
        self._compare(cloud)

    def _look(self, cloud: Cloud) -> None:
        """Check the declaration and find its object."""
        self.order = self.kind.order(self.desired, cloud.account)
        self.report.owner = self.order.owner
        self.resource = None if self.renew else self.kind.find(cloud, self.order.name, self.order.owner)
        if self.resource is None and not self.renew:
            self.resource = given_away(cloud, self.kind, self.order)
        if self.resource is None and not self.renew:
            refuse_moved(cloud, self.kind, self.order, self.report.subject)
            self.order = completed(cloud, self.kind, self.order)
        self.orphaned = is_orphaned(cloud, self.kind, self.order, self.resource)

    def _compare(self, cloud: Cloud) -> None:
        """Compare the declaration with the object."""
        self.report.id = self.id
        if self.resource is not None and not self.kind.recovers(self.order, self.resource):
            refuse_broken(self.kind, self.resource)
        self.kind.resolve_mark(self.order, cloud)
        taken_over = is_taken_over(cloud, self.kind, self.order, self.resource, self.report.subject)
        check_references(cloud, self.kind, self.order, self.resource, self.orphaned)
        self.kind.resolve(self.order, cloud)
        # The run that created an object without a mark may still be active.
        marks = self.order.wanted["managed"].mark is not None and not taken_over
        self.met = self.met or (marks and self.resource is not None and self.resource.mark is None)
        self.report.planned, self.due = self.kind.changes(self.order, self.resource), []
        if self.resource is not None and self.orphaned:
            self.report.planned.insert(0, given_back(self.order, self.resource, self.report.subject))
        self.report.planned += standing.duplicates(cloud, self.kind, self.resource)
        self.report.action = "none"
        if self.resource is None:
            self.report.action = "create"
            self.report.planned.insert(0, Change(self.kind.title, None, self.order.name, "create"))
            refuse_incomplete(self.kind, self.order)
        elif self.report.planned:
            self.report.action = "adopt" if taken_over else "update"
            if not lock.is_declared(self.order):
                refuse_locked(cloud, self.kind, self.resource)
            self.due = [change for change in self.report.planned if not change.late]
        self.kind.check(cloud, self.order, self.resource)
        refuse_disturbance(self.kind, self.order, self.resource, self.report.planned)
        self.report.note = (
            self.kind.note(cloud, self.order, self.resource, self.report.planned)
            or ("" if self.report.planned else standing.unplaced(self.kind, self.resource))
            or standing.second(cloud, self.kind, self.resource)
        )
