"""What a dry run announces about an object, and how earlier announcements complete a later declaration of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..basics.errors import MissingError
from ..basics.plan import Order
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.kind import Kind
from .report import Report


def completed(cloud: Cloud, kind: Kind, order: Order) -> Order:
    """A later declaration of an object that was announced, with the values that it would have been created with."""
    announced = cloud.announced(kind, order.name, order.owner)
    if announced is None:
        return order
    said = {name: value for name, value in order.desired.values.items() if value is not None}
    whole = replace(order.desired, values={**announced.desired.values, **said})
    return kind.order(whole, cloud.account)


def announce(cloud: Cloud, kind: Kind, order: Order, resource: Resource | None, report: Report) -> None:
    """Announce in a dry run the changes that earlier states have not announced."""
    planned = report.planned = cloud.remaining(kind, order, report.planned)
    if resource is None and cloud.announced(kind, order.name, order.owner) is not None:
        report.action = "update" if planned else "none"
    order.uses |= kind.uses(order)
    kind.foresee_elsewhere(cloud, order.name, resource, planned)
    if resource is not None and planned and kind.foresee is not None:
        planned = kind.foresee(cloud.foresee(kind, resource.id), planned)
    cloud.announce(kind, order, planned)
    if resource is None and kind.sketch is not None:
        _sketch(cloud, kind, kind.sketch, order)
    if not report.planned and report.action != "create":
        report.action = "none"


def _sketch(cloud: Cloud, kind: Kind, draw: Callable[[Cloud, Order], Resource], order: Order) -> None:
    """Announce how a new object would look, for later states that change it."""
    whole = cloud.announced(kind, order.name, order.owner)
    assert whole is not None, "it has just been announced"
    known = cloud.sketched(kind, order.name, order.owner)
    try:
        cloud.announce_sketch(kind, whole, draw(cloud, whole))
    except MissingError:
        # What it was created from may have been removed by now.
        if known is None:
            raise
