"""A VM installs itself from a CD-ROM image onto an empty disk, unattended; the disk is the result.

The disk is a persistent image. An attribute names the CD-ROM image, during the installation and afterwards, so that the
run after an interrupted one knows how far the installation is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..basics.errors import ActionError, MissingError, RefusedError, one_line
from ..basics.marks import BUILD
from ..basics.plan import Change, Desired
from ..basics.syntax import render
from ..basics.values import object_name
from ..cloud import vm_states
from ..cloud.procedure import Procedure, Wait
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..cloud.waiting import settled
from ..engine.item import Item
from ..engine.removal import removal
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.kind import VM
from ..kinds.vm.power import power
from ..kinds.vm.waits import reached
from ..model.fields import REMOVED
from ..model.writers import MERGE
from .versions import ORIGIN

#: Attributes of the disk: the CD-ROM image during the installation, and after it.
INSTALLING, INSTALLED = "SALT_INSTALLING", "SALT_INSTALLED"
#: The attributes of a VM with the guest's report: ``YES``, and the error.
READY, FAILED = "READY", "FAILED"
INSTALL_TIMEOUT = 7200


@dataclass(frozen=True)
class Installation:
    """An installation.

    name, owner
        Of the resulting image.
    iso, iso_owner
        The CD-ROM image.
    template, template_owner
        The template that gives the VM its CPU, memory, NICs and graphics.
    datastore, size
        The datastore and the size of the disk.
    context
        Variables of the VM's context, which its installer may read.
    timeout
        The maximum duration of the installation, in seconds.
    values
        Further arguments of ``oneimage.present`` for the result.
    """

    name: str
    owner: str
    iso: str
    template: str
    datastore: str
    size: Any
    iso_owner: str
    template_owner: str
    context: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = INSTALL_TIMEOUT
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    mark: str = ""

    @property
    def provenance(self) -> dict[str, str]:
        """The attribute that distinguishes builds, if it is declared."""
        said = self.values.get("attributes", {})
        return {ORIGIN: said[ORIGIN]} if ORIGIN in said else {}

    @property
    def vm(self) -> str:
        """The name of the VM."""
        return f"install-{self.name}"


def install(cloud: Cloud, wanted: Installation, report: Report, test: bool = False) -> Procedure:
    """Install, or continue where an interrupted run stopped; adds the changes to ``report``.

    Returns
        The image, ``None`` in a dry run before there is one.

    Raises
        RefusedError if another object has the name, SettleError if the VM fails or the time is over: the VM stays for a
        look at its console, and the next run continues to wait.
    """
    object_name(VM.title, wanted.vm)
    image, vm = _result(cloud, wanted), cloud.find(VM, wanted.vm, wanted.owner)
    if vm is not None and vm.managed != wanted.mark:
        raise RefusedError(
            f"{VM.describe(vm.name, vm.owner)} (ID {vm.id}) has that name and is not an installation of these states"
        )
    iso = cloud.get(IMAGE, wanted.iso, wanted.iso_owner)
    machine = cloud.get(TEMPLATE, wanted.template, wanted.template_owner)
    if image is None or INSTALLED not in image.attributes:
        report.action = "install"
        report.planned.append(Change("image", None, wanted.name, "install"))
        item = _machine(wanted, machine)
        if vm is None:
            # Report all problems of the VM and of its disk before anything is created.
            item.plan(cloud)
        if image is None:
            _new_disk(wanted).plan(cloud)
        if test:
            return image
        if vm is None:
            image = yield from _empty_disk(cloud, wanted, image)
            item.extra = _disks(machine, iso, image)
            vm = yield from item.carry_out(cloud)
        elif vm_states.power(vm) == "hold":
            # The run that created it was interrupted before it released it.
            vm = yield from _machine(wanted, machine, power=None).run(cloud)
        assert image is not None, "OpenNebula keeps an image that a VM has"
        vm = yield finished(vm, wanted.timeout)
        vm = yield from power(cloud, vm, "poweroff")
        # Before the VM is removed: without these attributes, the next run would start again.
        cloud.call("one.image.update", image.id, render({INSTALLING: REMOVED, INSTALLED: wanted.iso}), MERGE)
    if vm is not None and not test:
        yield from removal(cloud, VM, vm)
    image = yield from _complete(cloud, wanted, image, report, test)
    report.id = image.id
    return image


def _result(cloud: Cloud, wanted: Installation) -> Resource | None:
    """The disk, during or after the installation, whatever its current name is."""
    object_name(IMAGE.title, wanted.name)
    found = cloud.find(IMAGE, wanted.name, wanted.owner)
    if found is not None:
        if wanted.iso not in (found.attributes.get(INSTALLING), found.attributes.get(INSTALLED)):
            raise RefusedError(f"image {found.name} (ID {found.id}) exists and was not installed from {wanted.iso}")
        return found
    origin = {BUILD: wanted.name, INSTALLED: wanted.iso, **wanted.provenance}
    for each in cloud.pool(IMAGE):
        if each.owner == wanted.owner and all(each.attributes.get(key) == said for key, said in origin.items()):
            return each
    return None


def _empty_disk(cloud: Cloud, wanted: Installation, begun: Resource | None) -> Procedure:
    """An empty disk; a disk to which a VM that no longer exists has written is replaced."""
    if begun is not None:
        if begun.managed != wanted.mark:
            raise RefusedError(
                f"image {begun.name} (ID {begun.id}) is half installed, and was not created by these states"
            )
        # Its datastore may still be working on it, because of the interrupted run or of the VM.
        yield _settled(begun)
        yield from removal(cloud, IMAGE, begun)
    return (yield from _new_disk(wanted).run(cloud))


def _new_disk(wanted: Installation) -> Item:
    values = {
        "datastore": wanted.datastore,
        "type": "DATABLOCK",
        "size": wanted.size,
        "persistent": True,
        "attributes": {**wanted.values.get("attributes", {}), INSTALLING: wanted.iso},
    }
    return _declared(wanted, values)


def _settled(image: Resource) -> Wait:
    return settled(IMAGE, image.id, IMAGE.describe(image.name, image.owner))


def _declared(wanted: Installation, values: Mapping[str, Any]) -> Item:
    return Item(IMAGE, Desired(IMAGE.cli, wanted.name, wanted.owner, values, wanted.mark, own=True))


def _machine(wanted: Installation, machine: Resource, power: str | None = "running") -> Item:
    """The VM, created from its template, still without the disks."""
    values = {
        "template": machine.name,
        "template_owner": machine.owner,
        "context": dict(wanted.context),
        "power": power,
        # Wait for the guest's report later; here only until the VM runs.
        "wait": False,
        "attributes": wanted.provenance,
    }
    return Item(VM, Desired(VM.cli, wanted.vm, wanted.owner, values, wanted.mark))


def _disks(machine: Resource, iso: Resource, image: Resource) -> dict[str, Any]:
    """The empty disk first: the VM boots from the CD-ROM until a system is installed."""
    system = machine.attributes.get("OS")
    return {
        "DISK": [{"IMAGE_ID": str(image.id)}, {"IMAGE_ID": str(iso.id)}],
        "OS": {**(system if isinstance(system, dict) else {}), "BOOT": "disk0,disk1"},
    }


def finished(vm: Resource, timeout: float) -> Wait:
    """Wait until the guest powers itself off, or reports that it is ready or has failed."""
    off = reached(vm, "poweroff", timeout=timeout)

    def until(now: Resource | None) -> bool:
        said = "" if now is None else now.text(f"USER_TEMPLATE/{FAILED}")
        if said:
            raise ActionError(f"the guest reports a failure: {one_line(said)}")
        return (now is not None and now.text(f"USER_TEMPLATE/{READY}").upper() == "YES") or off.until(now)

    return Wait(VM, vm.id, until, "the guest to power itself off or to report READY", timeout)


def _complete(cloud: Cloud, wanted: Installation, image: Resource, report: Report, test: bool) -> Procedure:
    """Make the disk a non-persistent image, as declared."""
    if not test and (yield _settled(image)) is None:
        raise MissingError(f"image {wanted.name} disappeared when its VM ended")
    if image.name == wanted.name:
        item = _declared(wanted, {"type": "OS", "persistent": False, **wanted.values})
        yield from item.run(cloud, test)
        if not report.planned and item.report.planned:
            report.action, report.planned, report.done = "update", item.report.planned, item.report.done
    if report.action == "install":
        report.done = list(report.planned)
    return cloud.pool(IMAGE).by_id[image.id]
