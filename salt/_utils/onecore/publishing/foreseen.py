"""A dry run in which the VM whose disk is to be saved is only going to exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.errors import MissingError, RefusedError
from ..basics.plan import Change, Desired, Order
from ..basics.values import object_name
from ..cloud.campaign import Procedure
from ..cloud.view import Cloud
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.gap import disks
from ..kinds.vm.kind import template_attributes
from ..model.kind import Kind
from .saving import NOT_PASSED_ON, TO_BE_SAVED, half_written


@dataclass(frozen=True)
class Foreseen:
    """What is to be saved; the words are those of :class:`.saving.Saving`.

    order
        How the VM is declared.
    attributes
        What its template, or another one that is named as the parent, says or will say.
    """

    order: Order
    attributes: Mapping[str, Any]
    image: str
    template: str | None
    disk: int
    provenance: Mapping[str, str]
    values: Mapping[str, Any]
    mark: str


def parent_attributes(cloud: Cloud, order: Order, name: str | None, owner: str | None) -> dict[str, Any]:
    """The attributes of the named template, or of the one that a VM would be made from."""
    if name is None:
        return template_attributes(cloud, order)
    named = {"template": name, "template_owner": owner or cloud.account}
    return template_attributes(cloud, Order(order.desired, named))


def foresee(cloud: Cloud, wanted: Foreseen, report: Report) -> Procedure:
    """Note in ``report`` what a real run would save, and announce it.

    Raises
        RefusedError when the VM would not be powered off, or a name is taken by something else; MissingError for a
        disk that it would not have.
    """
    power = wanted.order.wanted.get("power", "running")
    if power != "poweroff":
        raise half_written(power)
    present = disks(wanted.attributes)
    if "disks" not in wanted.order.wanted and wanted.disk >= len(present):
        raise MissingError(f"it has no disk {wanted.disk}")
    kept = [TO_BE_SAVED if number == wanted.disk else disk for number, disk in enumerate(present)]
    inherited = {name: value for name, value in wanted.attributes.items() if name not in NOT_PASSED_ON}
    _save(cloud, wanted, report, IMAGE, wanted.image, {})
    if wanted.template is not None:
        _save(cloud, wanted, report, TEMPLATE, wanted.template, {**inherited, "DISK": kept or [TO_BE_SAVED]})
    return
    yield


def _save(cloud: Cloud, wanted: Foreseen, report: Report, kind: Kind, name: str, content: Mapping[str, Any]) -> None:
    object_name(kind.title, name)
    found = cloud.find(kind, name, wanted.order.user)
    if found is not None:
        raise RefusedError(
            f"{kind.describe(name, wanted.order.user)} (ID {found.id}) exists and was not saved from this VM: "
            "publish, rename or remove it first"
        )
    report.action = "save"
    report.planned.append(Change(kind.cli.removeprefix("one"), None, name, "save"))
    order = kind.order(Desired(kind.cli, name, wanted.order.owner, dict(wanted.values), wanted.mark), cloud.account)
    cloud.announce(kind, order, [Change(kind.title, None, name, "create", {**content, **wanted.provenance})])
