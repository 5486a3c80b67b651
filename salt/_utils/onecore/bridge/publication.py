"""The interface to Salt for builds and publications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError, OneError
from ..basics.plan import SINGLE
from ..basics.values import YES_NO, Integer, Type, object_name
from ..cloud.procedure import Procedure
from ..cloud.view import Cloud
from ..engine.execution import side_by_side
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.registry import KINDS
from ..kinds.template import TEMPLATE
from ..kinds.vm.kind import VM
from ..kinds.vm.waits import DISK_TIMEOUT
from ..model.kind import Kind
from ..model.vectors import mapping
from ..publishing.declared import Publication
from ..publishing.foreseen import Foreseen, foresee, parent_attributes
from ..publishing.installing import INSTALL_TIMEOUT, Installation, install
from ..publishing.publication import publish
from ..publishing.saving import LABELS, VERSION, Saving, parent_of, save
from ..publishing.versions import ORIGIN
from . import states as bridge


def _state(
    module: Mapping[str, Any],
    kind: Kind,
    given: Mapping[str, Any],
    read: Callable[[Cloud, str, str, float | None, dict[str, Any]], Any],
    carry_out: Callable[[Cloud, Any, Report, bool], Procedure],
) -> dict[str, Any]:
    """A state of one object that is built or published.

    read
        Converts the cloud, name, owner, timeout and the other declared arguments to the argument of ``carry_out``.
    """
    test = bool(module["__opts__"].get("test"))
    try:
        name, profile, timeout, declared = bridge.arguments(given)
        cloud = bridge.shared_cloud(module, profile)
        owner = declared.pop("owner", None) or cloud.account
        report = Report(kind, name, owner)
        wanted = read(cloud, name, owner, timeout, bridge.looked_up(declared, module))
        side_by_side(cloud, [(report, carry_out(cloud, wanted, report, test))])
    except OneError as error:
        return bridge.failure(given["name"], error)
    return bridge.returned(report, name, test)


def published(module: Mapping[str, Any], kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``published`` state of a kind."""
    return _state(module, KINDS[kind], given, partial(_publication, KINDS[kind]), publish)


def _publication(
    kind: Kind, cloud: Cloud, name: str, owner: str, timeout: float | None, declared: dict[str, Any]
) -> Publication:
    build, keep = declared.pop("build", None), declared.pop("keep", None)
    if build is None:
        raise ArgumentError("build: must be given, as the name of the image or template to publish.")
    adopt = YES_NO.wanted("adopt", declared.pop("adopt", None) or False)
    return Publication(kind, name, owner, build, keep, declared, f"{SINGLE}/{owner}", timeout, adopt)


def saved(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``saved`` state of VMs."""
    return _state(module, VM, given, _saving, _save)


def _save(cloud: Cloud, wanted: Saving | Foreseen, report: Report, test: bool) -> Procedure:
    if isinstance(wanted, Foreseen):
        foresee(cloud, wanted, report)
        return
    report.id = wanted.vm.id
    yield from save(cloud, wanted, report, test)


def _saving(cloud: Cloud, name: str, owner: str, timeout: float | None, declared: dict[str, Any]) -> Saving | Foreseen:
    refuse_unknown(declared, _SAVED)
    given = {key: value for key, value in declared.items() if value is not None}
    if "image" not in given:
        raise ArgumentError("image: the name of the image to save the disk as must be given.")
    for key in ("image", "template", "parent"):
        if key in given:
            object_name(IMAGE.title if key == "image" else TEMPLATE.title, given[key])
    wanted = {
        "image": given["image"],
        "template": given.get("template"),
        "disk": Integer(0).wanted("disk", given.get("disk", 0)),
        "provenance": provenance(given),
        "values": {key: given[key] for key in ("group", "permissions") if key in given},
        "mark": f"{SINGLE}/{owner}",
    }
    parent = given.get("parent"), given.get("parent_owner")
    order = cloud.announced(VM, name, owner)
    if order is not None and cloud.find(VM, name, owner) is None:
        return Foreseen(order, parent_attributes(cloud, order, *parent), **wanted)
    vm = cloud.get(VM, name, owner)
    derives = "template" in given or "parent" in given
    return Saving(
        vm=vm,
        type=given.get("type"),
        parent=parent_of(cloud, vm, *parent) if derives else None,
        timeout=timeout or DISK_TIMEOUT,
        **wanted,
    )


_SAVED = (
    "image",
    "template",
    "disk",
    "type",
    "version",
    "build",
    "labels",
    "parent",
    "parent_owner",
    "attributes",
    "group",
    "permissions",
)


def provenance(given: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes for the declared arguments about a build."""
    said = dict(given.get("attributes") or {})
    for key, attribute in (("version", VERSION), ("build", ORIGIN)):
        if key in given:
            said[attribute] = Type().wanted(key, given[key])
    if "labels" in given:
        labels = given["labels"]
        said[LABELS] = ",".join(
            Type().wanted("labels", each) for each in (labels if isinstance(labels, list) else [labels])
        )
    return said


def from_iso(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``from_iso`` state of images."""
    return _state(module, IMAGE, given, _installation, install)


def _installation(cloud: Cloud, name: str, owner: str, timeout: float | None, declared: dict[str, Any]) -> Installation:
    refuse_unknown(declared, (*_NEEDED, *_MACHINE, *_RESULT))
    given = {key: value for key, value in declared.items() if value is not None}
    missing = [key for key in _NEEDED if key not in given]
    if missing:
        raise ArgumentError(f"{' and '.join(missing)} must be given.")
    context = mapping("context", given.get("context", {}))
    return Installation(
        name,
        owner,
        **{key: given[key] for key in _NEEDED},
        iso_owner=given.get("iso_owner") or cloud.account,
        template_owner=given.get("template_owner") or cloud.account,
        context=context,
        timeout=timeout or INSTALL_TIMEOUT,
        values={key: given[key] for key in _RESULT if key in given},
        mark=f"{SINGLE}/{owner}",
    )


_NEEDED = ("iso", "template", "datastore", "size")
_MACHINE = ("iso_owner", "template_owner", "context")
_RESULT = ("description", "dev_prefix", "group", "permissions", "attributes")
