"""The default quotas of a cloud: the limits of users and groups without a quota of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..basics.errors import OneError, SettleError
from ..basics.plan import Desired, Order
from ..cloud.collection import NAME, Collection
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..engine.report import Report
from ..model.default_quota import QUOTA
from ..model.kind import Kind
from ..model.quota import Limit, written


def _kind(whose: str, prefix: str, element: str) -> Kind:
    cli, pool = f"one{whose.removesuffix('s')}", f"{prefix}.info"
    return Kind.of(Collection(cli, "default quota of", prefix, pool, element, NAME, marked=False))


#: The types of default quotas.
KINDS = {
    "users": _kind("users", "one.userquota", "DEFAULT_USER_QUOTAS"),
    "groups": _kind("groups", "one.groupquota", "DEFAULT_GROUP_QUOTAS"),
}


def set_default_quota(cloud: Cloud, whose: str, limits: Any, test: bool) -> Report:
    """Give these limits to the default quota of ``users`` or ``groups``."""
    kind = KINDS[whose]
    report = Report(kind, whose)
    try:
        wanted = QUOTA.wanted(limits)
        for each in QUOTA.references(wanted):
            owner = each.kind.owner_of(each.owner, cloud.account)
            cloud.require(each.kind, each.name, owner, each.why)
        present = cloud.only(kind)
        order = Order(Desired(kind.cli, whose), {QUOTA.name: wanted})
        due = QUOTA.resolve(cloud, wanted, order)
        report.planned = list(QUOTA.changes(present, due))
        report.action = "update" if report.planned else "none"
        if report.planned and not test:
            _write(cloud, kind, present, report, due)
    except OneError as error:
        report.error = str(error)
    return report


def _write(cloud: Cloud, kind: Kind, present: Resource, report: Report, due: list[Limit]) -> None:
    cloud.call(f"{kind.prefix}.update", written(present, report.planned))
    left = [change.path for change in QUOTA.changes(cloud.only(kind), due)]
    report.done = [change for change in report.planned if change.path not in left]
    if left:
        raise SettleError(f"OpenNebula has not applied {', '.join(left)}.")


def set_all(cloud: Cloud, declared: Mapping[str, Any], test: bool) -> Iterator[Report]:
    """The same for all declared default quotas, by type."""
    for whose in KINDS:
        if declared.get(whose) is not None:
            yield set_default_quota(cloud, whose, declared[whose], test)
