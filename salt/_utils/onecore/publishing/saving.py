"""Saves a disk of a powered-off VM as an image, and creates a template for it.

The saved objects contain their origin, so that the run after an interrupted one finds them, even after they were
published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..basics.errors import MissingError, RefusedError
from ..basics.marks import BUILD, BUILD_ID, FORMERLY, MARK, PUBLISHED, STAMP
from ..basics.plan import Change, Desired
from ..basics.values import object_name
from ..cloud import vm_states as vm_states
from ..cloud.procedure import Procedure
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import seen
from ..engine.item import Item
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.gap import NOT_YET, disks
from ..kinds.vm.kind import VM
from ..kinds.vm.waits import DISK_TIMEOUT, reached, still
from ..model.kind import Kind
from .versions import ORIGIN, passing_name, stamp

#: Attributes that OpenNebula gives to an image saved from a VM.
SAVED_VM, SAVED_DISK = "SAVED_VM_ID", "SAVED_DISK_ID"
#: Attributes with the origin of the saved objects: the VM and disk, and the template.
VERSION, PARENT, LABELS = "VERSION", "PARENT", "LABELS"
#: Attributes of a template that a derived template does not get.
_NOT_PASSED_ON = {FORMERLY, MARK, BUILD, BUILD_ID, PUBLISHED, STAMP, VERSION, ORIGIN, PARENT, LABELS}
#: Attributes of a disk of the parent template that a saved disk does not keep.
_OF_THE_DISK = {"IMAGE", "IMAGE_ID", "IMAGE_UNAME", "IMAGE_UID", "SIZE", "ORIGINAL_SIZE", "TYPE", "FORMAT", "FS"}
#: The placeholder for the ID of an image that would be saved with a template that a dry run has announced.
TO_BE_SAVED = {"IMAGE_ID": NOT_YET}
#: The snapshot ID for the current state of a disk.
NO_SNAPSHOT = -1


@dataclass(frozen=True)
class Saving:
    """A disk to save.

    vm
        The VM.
    image, template
        Names of the new objects, for the VM's owner; ``template`` may be ``None``.
    disk
        The ID of the disk.
    type
        The type of the image; ``None`` for that of the disk's image.
    parent
        The template from which the new one is derived.
    provenance
        Attributes of both: version, build, labels, or others.
    values
        ``group`` and ``permissions`` of both.
    """

    vm: Resource
    image: str
    template: str | None = None
    disk: int = 0
    type: str | None = None
    parent: Resource | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    mark: str = ""
    timeout: float = DISK_TIMEOUT

    @property
    def owner(self) -> str:
        return self.vm.owner


def parent_of(cloud: Cloud, vm: Resource, name: str | None, owner: str | None) -> Resource:
    """The named template, or the one from which a VM was created.

    Raises
        MissingError when it is gone.
    """
    if name is not None:
        return cloud.get(TEMPLATE, name, owner or cloud.account)
    number = vm.text("TEMPLATE/TEMPLATE_ID")
    found = cloud.numbered(TEMPLATE, number)
    if found is None:
        raise MissingError("The template from which the VM was created no longer exists: name another one as parent.")
    return found


def save(cloud: Cloud, wanted: Saving, report: Report, test: bool = False) -> Procedure:
    """Save a disk; adds the changes to ``report``.

    Returns
        The image and the template; ``None`` for those that a dry run does not create.

    Raises
        RefusedError if the VM is not powered off, or another object has the name.
    """
    wanted = replace(wanted, provenance=_provenance(wanted))
    image = _saved_image(cloud, wanted)
    template = _saved_template(cloud, wanted, image)
    if image is None:
        _refuse_unready(wanted)
        _note(report, IMAGE, wanted.image)
    if template is None and wanted.template is not None:
        _note(report, TEMPLATE, wanted.template)
    if not test:
        if image is None or not IMAGE.is_ready(image):
            image = yield from _save_disk(cloud, wanted, image)
        image = yield from _own(cloud, wanted, image)
    if image is not None:
        # Before the template is created: a run that finds the template does not check the image again.
        yield from _declare(cloud, wanted, IMAGE, image, report, test)
    if template is None and wanted.template is not None and not test:
        assert image is not None, "it has just been saved"
        content = {**derived(wanted, {"IMAGE_ID": str(image.id)}), **wanted.provenance}
        template = yield from make_template(cloud, wanted.template, wanted.owner, wanted.mark, content)
    if template is not None:
        yield from _declare(cloud, wanted, TEMPLATE, template, report, test)
    if report.action == "save" and not test:
        report.done = list(report.planned)
    if test:
        announce(cloud, wanted, IMAGE if image is None else None, TEMPLATE if template is None else None)
    return image, template


def _note(report: Report, kind: Kind, name: str) -> None:
    report.action = "save"
    report.planned.append(Change(kind.cli.removeprefix("one"), None, name, "save"))


def announce(cloud: Cloud, wanted: Saving, *kinds: Kind | None) -> None:
    """Announce in a dry run that a real run would have created the image, the template, or both by now."""
    for kind in kinds:
        name = wanted.image if kind is IMAGE else wanted.template
        if kind is None or name is None:
            continue
        order = kind.order(Desired(kind.cli, name, wanted.owner, dict(wanted.values), wanted.mark), cloud.account)
        content = derived(wanted, TO_BE_SAVED) if kind is TEMPLATE else {}
        cloud.announce(kind, order, [Change(kind.title, None, name, "create", {**content, **wanted.provenance})])


def _provenance(wanted: Saving) -> dict[str, str]:
    said = dict(wanted.provenance)
    if wanted.parent is not None and PARENT not in said:
        made = wanted.vm.attributes.get(STAMP) or stamp(wanted.parent)
        said[PARENT] = f"{wanted.parent.name} {made}"
    return said


def _refuse_unready(wanted: Saving) -> None:
    object_name(IMAGE.title, wanted.image)
    if not any(disk.number("DISK_ID") == wanted.disk for disk in wanted.vm.vectors("TEMPLATE/DISK")):
        raise MissingError(f"it has no disk {wanted.disk}")
    here = vm_states.power(wanted.vm)
    if here != "poweroff":
        raise not_powered_off(here)


def not_powered_off(power: str) -> RefusedError:
    """The error for a VM that is not powered off."""
    return RefusedError(f"it is not powered off, but {power}: a disk in use would be saved half written")


def _saved_image(cloud: Cloud, wanted: Saving) -> Resource | None:
    """The image, if it was saved already, whatever its current name is."""
    passing = passing_name(wanted.owner, wanted.image)
    origin = {SAVED_VM: str(wanted.vm.id), SAVED_DISK: str(wanted.disk)}
    for owner, name in ((wanted.owner, wanted.image), (wanted.owner, passing), (cloud.account, passing)):
        found = cloud.find(IMAGE, name, owner)
        if found is not None:
            if any(found.attributes.get(key) != value for key, value in origin.items()):
                raise RefusedError(
                    f"{IMAGE.describe(name, owner)} (ID {found.id}) exists and was not saved from disk {wanted.disk} "
                    f"of VM {wanted.vm.id}: publish, rename or remove it first"
                )
            return found
    origin |= {BUILD: wanted.image, **_version(wanted)}
    return next((each for each in cloud.pool(IMAGE) if _says(each, wanted.owner, origin)), None)


def _saved_template(cloud: Cloud, wanted: Saving, image: Resource | None) -> Resource | None:
    if wanted.template is None:
        return None
    object_name(TEMPLATE.title, wanted.template)
    found = cloud.find(TEMPLATE, wanted.template, wanted.owner)
    if found is not None:
        if image is None or not _boots(found, image):
            raise RefusedError(
                f"{TEMPLATE.describe(found.name, found.owner)} (ID {found.id}) exists and is of another image: "
                "publish, rename or remove it first"
            )
        return found
    origin = {BUILD: wanted.template, **_version(wanted)}
    published = [each for each in cloud.pool(TEMPLATE) if _says(each, wanted.owner, origin)]
    return next((each for each in published if image is not None and _boots(each, image)), None)


def _version(wanted: Saving) -> dict[str, str]:
    return {VERSION: wanted.provenance[VERSION]} if VERSION in wanted.provenance else {}


def _says(resource: Resource, owner: str, attributes: Mapping[str, str]) -> bool:
    return resource.owner == owner and all(resource.attributes.get(key) == said for key, said in attributes.items())


def _boots(template: Resource, image: Resource) -> bool:
    return any(disk.get("IMAGE_ID") == str(image.id) for disk in disks(template.attributes))


def _save_disk(cloud: Cloud, wanted: Saving, image: Resource | None) -> Procedure:
    """Save the disk, or wait for the save of an interrupted run; returns the image."""
    vm = wanted.vm
    if image is None:
        name = wanted.image if wanted.owner == cloud.account else passing_name(wanted.owner, wanted.image)
        number = cloud.call("one.vm.disksaveas", vm.id, wanted.disk, name, wanted.type or "", NO_SNAPSHOT)
        yield reached(vm, "poweroff", timeout=wanted.timeout)
    else:
        number = image.id
        yield from still(cloud.read(VM, vm.id), wanted.timeout)
    return (yield from _read(wanted, number))


def _read(wanted: Saving, number: int) -> Procedure:
    """The image, read again."""
    subject = IMAGE.describe(wanted.image, wanted.owner)
    image = yield seen(IMAGE, number, subject)
    if image is None:
        raise MissingError(f"{subject} (ID {number}) disappeared while it was being saved")
    return image


def _own(cloud: Cloud, wanted: Saving, image: Resource) -> Procedure:
    """Give the image to its owner, with its name and its origin."""
    if image.owner != wanted.owner:
        cloud.call("one.image.chown", image.id, wanted.vm.uid, wanted.vm.gid)
    if image.name == passing_name(wanted.owner, wanted.image):
        cloud.call("one.image.rename", image.id, wanted.image)
    return (yield from _read(wanted, image.id))


def _declare(cloud: Cloud, wanted: Saving, kind: Kind, made: Resource, report: Report, test: bool) -> Procedure:
    """Set the origin, group and permissions of an image or a template, unless it was published since."""
    if made.name not in (wanted.image, wanted.template):
        return
    values = {**wanted.values, "attributes": dict(wanted.provenance)}
    item = Item(kind, Desired(kind.cli, made.name, wanted.owner, values, wanted.mark, own=True))
    try:
        yield from item.run(cloud, test)
    finally:
        if item.report.planned and report.action != "save":
            report.action = "update"
            report.planned += item.report.planned
            report.done += item.report.done


def make_template(cloud: Cloud, name: str, owner: str, mark: str, content: Mapping[str, Any]) -> Procedure:
    """Create a template with this content, and return it."""
    return (yield from Item(TEMPLATE, Desired(TEMPLATE.cli, name, owner, {}, mark), extra=content).run(cloud))


def inheritance(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Those attributes of a template that a derived one gets."""
    return {key: value for key, value in attributes.items() if key not in _NOT_PASSED_ON}


def derived(wanted: Saving, saved: Mapping[str, str]) -> dict[str, Any]:
    """The attributes of a template for the saved disk: the parent's, with the size of the VM, without its CD-ROMs.

    saved
        The reference to the image.
    """
    assert wanted.parent is not None, "a template is derived from another one"
    attributes = inheritance(wanted.parent.attributes)
    for key in ("CPU", "VCPU", "MEMORY"):
        if wanted.vm.text(f"TEMPLATE/{key}"):
            attributes[key] = wanted.vm.text(f"TEMPLATE/{key}")
    vectors = wanted.vm.vectors("TEMPLATE/DISK")
    present: dict[int, Mapping[str, str]] = {disk.number("DISK_ID"): disk for disk in vectors}
    before = disks(wanted.parent.attributes)
    kept = []
    for number in range(max(len(before), wanted.disk + 1)):
        disk = before[number] if number < len(before) else {}
        if number == wanted.disk:
            kept.append({**saved, **{k: v for k, v in disk.items() if k not in _OF_THE_DISK}})
        elif disk and present.get(number, {}).get("TYPE", "").upper() != "CDROM":
            kept.append(disk)
    attributes["DISK"] = kept
    if len(kept) != len(before) and isinstance(attributes.get("OS"), dict):
        # It refers to disks by ID.
        attributes["OS"] = {key: value for key, value in attributes["OS"].items() if key != "BOOT"}
    return {key: value for key, value in attributes.items() if value not in ("", {}, [])}
