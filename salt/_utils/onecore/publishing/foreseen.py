"""A dry run that would save a disk of a VM that does not exist yet, or would be powered off before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.errors import MissingError, RefusedError
from ..basics.plan import Change, Desired, Order
from ..basics.values import object_name
from ..cloud.view import Cloud
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.gap import disks
from ..kinds.vm.kind import template_attributes
from ..model.kind import Kind
from .saving import TO_BE_SAVED, inheritance, not_powered_off


@dataclass(frozen=True)
class Foreseen:
    """The disk to save; the terms are those of :class:`.saving.Saving`.

    order
        The declaration of the VM.
    attributes
        The attributes of its template, or of the named parent, as they are or will be.
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
    """The attributes of the named template, or of the template that the VM would be created from."""
    if name is None:
        return template_attributes(cloud, order)
    named = {"template": name, "template_owner": owner or cloud.account}
    return template_attributes(cloud, Order(order.desired, named))


def foresee(cloud: Cloud, wanted: Foreseen, report: Report) -> None:
    """Add to ``report`` what a real run would save, and announce it.

    Raises
        RefusedError if the VM would not be powered off, or another object has the name; MissingError for a
        disk that the VM would not have.
    """
    power = wanted.order.wanted.get("power", "running")
    if power != "poweroff":
        raise not_powered_off(power)
    present = disks(wanted.attributes)
    if "disks" not in wanted.order.wanted and wanted.disk >= len(present):
        raise MissingError(f"it has no disk {wanted.disk}")
    kept = [TO_BE_SAVED if number == wanted.disk else disk for number, disk in enumerate(present)]
    _save(cloud, wanted, report, IMAGE, wanted.image, {})
    if wanted.template is not None:
        content = {**inheritance(wanted.attributes), "DISK": kept or [TO_BE_SAVED]}
        _save(cloud, wanted, report, TEMPLATE, wanted.template, content)


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
    desired = Desired(kind.cli, name, wanted.order.owner, dict(wanted.values), wanted.mark)
    announce_made(cloud, kind, desired, {**content, **wanted.provenance})


def announce_made(cloud: Cloud, kind: Kind, desired: Desired, content: Mapping[str, Any]) -> None:
    """Announce an object that a real run would have made by now, with these attributes."""
    made = Change(kind.title, None, desired.name, "create", content)
    cloud.announce(kind, kind.order(desired, cloud.account), [made])
