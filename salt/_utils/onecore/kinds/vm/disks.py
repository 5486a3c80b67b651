"""The disks of a VM: sizes by disk ID, or a complete list of all disks.

A disk is identified by the name that its image had when the disk was created. If another image was published under that
name since, the disk is kept, with the data that the VM has written.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...basics.pairing import pairs
from ...basics.plan import Change, Order
from ...basics.secrecy import quoted
from ...basics.syntax import render
from ...cloud.directory import IMAGES
from ...cloud.procedure import Procedure
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import sharing
from ...model.nodes import Either, Many, Node
from ...model.reading import Reading
from ...model.vectors import DISK, SIZE, lowered, vector
from .changes import DiskSizes, write_disk_sizes
from .fields import given_by_template
from .gap import disks
from .requirements import EMPTY
from .several import refuse_used
from .waits import settled

_ATTACH, _DETACH = "attach", "detach"
#: Attributes that can only be set at creation; each message that refuses one ends with this text.
_FIXED = "fixed"
#: Other attributes that identify an image, besides its name and owner.
_PATHS = ("image_id", "image_uname", "image_uid")
#: Attributes that OpenNebula computes, whatever a disk declares; the message that refuses them.
_WORKED_OUT = {
    "order": "set boot of os instead, from which OpenNebula derives it",
    "driver": "OpenNebula derives it from the format of the image, or of an empty disk",
}


@dataclass(frozen=True)
class Disk:
    """A declared disk.

    image, owner
        The image's key; an owner of ``None`` is the owner of the VM. No image for an empty disk.
    size
        In MB; ``None`` for the size of the image.
    attributes
        All other declared attributes, in OpenNebula's terms.
    number
        The image's ID; ``None`` for one that a dry run has only announced.
    refuse_used
        Raises RefusedError if another VM uses the persistent image.
    whose
        Returns the owner of the image of an existing disk; ``None`` if it is not known.
    """

    image: str
    owner: str | None
    size: int | None
    attributes: Mapping[str, str]
    number: int | None = None
    refuse_used: Callable[[], None] = lambda: None
    whose: Callable[[Mapping[str, str]], str | None] = lambda disk: None

    @property
    def written(self) -> dict[str, str]:
        """The disk in OpenNebula's terms: by image ID, so that it cannot resolve to another user's image."""
        own = {"IMAGE_ID": str(self.number)} if self.image else {}
        return {**own, **self.attributes, **({} if self.size is None else {"SIZE": str(self.size)})}

    @property
    def shown(self) -> dict[str, Any]:
        """The disk for people."""
        own = {"image": self.image, "owner": self.owner} if self.image else {}
        return {**own, **self.attributes, **({} if self.size is None else {"size": self.size})}

    @property
    def called(self) -> str:
        """The name of the disk in a path."""
        return self.image or self.attributes.get("TYPE", "empty")

    def is_there(self, present: Mapping[str, str]) -> bool:
        """Whether an existing disk is the declared one."""
        if self.image:
            named = present.get("IMAGE") == self.image and self.whose(present) in (None, self.owner)
            return named or present.get("IMAGE_ID") == str(self.number)
        return not present.get("IMAGE_ID") and present.get("TYPE", "").upper() == self.attributes["TYPE"].upper()

    def differing(self, present: Mapping[str, str]) -> list[str]:
        """The attributes in which an existing disk differs, except its size."""
        return [name for name, new in self.attributes.items() if name != "TYPE" and present.get(name, "") != new]


class VmDisks(DiskSizes):
    """The argument ``disks`` of a VM."""

    attribute_names = ("DISK",)

    def own_node(self) -> Node:
        return Either((self.sizes_node(), Many(DISK)), "a list of disks, or a dictionary of sizes by their numbers")

    def wanted(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return super().wanted(value)
        return [self._disk(f"{self.name}[{number}]", each) for number, each in enumerate(value)]

    def _disk(self, where: str, value: Any) -> Disk:
        said = lowered(where, value)
        for key in _PATHS:
            if key in said:
                raise ArgumentError(f"{where}.{key}: name the image, and its owner unless that is the VM's.")
        for key in _WORKED_OUT.keys() & said.keys():
            raise ArgumentError(f"{where}.{key}: {_WORKED_OUT[key]}.")
        image, owner, size = said.pop("image", ""), said.pop("owner", None), said.pop("size", None)
        size = None if size is None else SIZE.wanted(f"{where}.size", size)
        attributes = vector(where, said)
        if not isinstance(image, str):
            raise ArgumentError(f"{where}.image: must be the name of an image, not {quoted(image)}.")
        if not image and (size is None or attributes.get("TYPE", "").upper() not in EMPTY):
            raise ArgumentError(f"{where}: a disk needs image, or else type (fs or swap) and size of an empty one.")
        return Disk(image, owner, size, attributes)

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Any:
        if isinstance(wanted, Mapping):
            return wanted
        named = [(f"{self.name}[{number}]", each) for number, each in enumerate(wanted)]
        found = [self._resolved(cloud, where, each, order) if each.image else each for where, each in named]
        order.uses[self.name] = [(IMAGES, each.owner or order.user, each.image) for each in found if each.image]
        return found

    def _resolved(self, cloud: Cloud, where: str, each: Disk, order: Order) -> Disk:
        owner = each.owner or order.user
        cloud.require(IMAGES, each.image, owner, where)
        shared = sharing.shared(cloud, IMAGES, each.image, owner)
        if owner != order.user and not sharing.usable(cloud, shared, order.user):
            raise RefusedError(
                f"{where}: {shared.subject} is not shared with {order.user}: its permissions are {shared.permissions}."
            )
        found = cloud.find(IMAGES, each.image, owner)
        number = None if found is None else found.id
        check = partial(refuse_used, cloud, order, each.image, owner, f"{self.name}: ", order.desired.alike)
        return replace(each, owner=owner, number=number, refuse_used=check, whose=partial(_owner, cloud))

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | list[dict[str, Any]] | None:
        """The disks if they differ from those of the template, or else the sizes of disks that have grown."""
        present, given = _present(resource), disks(given_by_template(reading.cloud, resource))
        if len(present) == len(given) and all(map(_is_made_from, present, given)):
            sizes = zip(present, given, strict=True)
            grown = {old["DISK_ID"]: old.number("SIZE", 0) for old, new in sizes if _has_grown(old, new)}
            return {number: SIZE.said(size) for number, size in grown.items()} or None
        found = [said for each in present if (said := _said(each, resource, reading)) is not None]
        if len(found) < len(present):
            reading.left[self.name] = "an image that a disk was created from does not exist"
            return None
        return found or ([] if given else None)

    def contribute(self, wanted: Any) -> dict[str, Any]:
        return {} if isinstance(wanted, Mapping) else {"DISK": [each.written for each in wanted]}

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        if isinstance(wanted, dict):
            yield from super().changes(resource, wanted)
        elif resource is None:
            yield from map(self._attach, wanted)
        else:
            yield from self._differences(resource, wanted)

    def _differences(self, resource: Resource, wanted: Sequence[Disk]) -> Iterator[Change]:
        present = _present(resource)

        def same(each: Disk, old: Vector) -> bool:
            return each.is_there(old) and not each.differing(old) and each.size in (None, old.number("SIZE", 0))

        found = pairs(wanted, present, same, Disk.is_there)
        kept = {index: present[place] for index, place in found.items()}
        going = [old for place, old in enumerate(present) if place not in found.values()]
        self._refuse_order(wanted, kept, going)
        for index, old in sorted(kept.items()):
            yield from self._kept(wanted[index], old)
        # Detach first: OpenNebula assigns the first free device.
        for old in going:
            shown = {name: old[name] for name in ("IMAGE", "TYPE", "SIZE", "TARGET") if old.get(name)}
            number = old.number("DISK_ID")
            yield self.change(f"{self.name}:disk {number}", shown, None, (_DETACH, number))
        yield from (self._attach(each) for index, each in enumerate(wanted) if index not in found)

    def _attach(self, each: Disk) -> Change:
        each.refuse_used()
        return self.change(f"{self.name}:{each.called}", None, each.shown, (_ATTACH, each.written))

    def _kept(self, each: Disk, old: Vector) -> Iterator[Change]:
        for name in each.differing(old):
            new = each.attributes[name]
            why = (
                f"{self.name}: {name} of disk {old['DISK_ID']} ({each.called}) is {old.get(name) or 'nothing'}, not "
                f"{new}, and OpenNebula cannot change it for an existing disk; declare the present value, or "
                "remove the disk and declare it again."
            )
            yield self.change(f"{self.name}:{old['DISK_ID']}:{name}", old.get(name), new, (_FIXED, why))
        size, number = old.number("SIZE", 0), old.number("DISK_ID")
        if each.size is not None and each.size < size:
            raise RefusedError(f"{self.name}: disk {number} has {size} MB, and OpenNebula cannot shrink a disk.")
        if each.size not in (None, size):
            yield self.change(f"{self.name}:{number}", size, each.size, (number, each.size))

    def _refuse_order(self, wanted: Sequence[Disk], kept: Mapping[int, Vector], going: Sequence[Vector]) -> None:
        """Raise RefusedError if the disks would not have the declared order."""
        places = [(index, _device(old)) for index, old in sorted(kept.items())]
        for (_, one), (index, other) in itertools.pairwise(places):
            if one[0] == other[0] and one > other:
                raise RefusedError(
                    f"{self.name}[{index}]: {wanted[index].called} is device {''.join(other)}, before {''.join(one)}, "
                    "and OpenNebula cannot reorder disks: declare them in their present order."
                )
        free = [_device(old) for old in going]
        for index in range(len(wanted)):
            before = [device for place, device in places if place < index]
            after = [device for place, device in places if place > index]
            fits = any((not before or device > before[-1]) and device < after[0] for device in free) if after else True
            if index not in kept and not fits:
                raise RefusedError(
                    f"{self.name}[{index}]: {wanted[index].called} would come last, not before {''.join(after[0])}, "
                    "since OpenNebula attaches a disk as the first device that is free: declare it last."
                )


def _present(vm: Resource) -> list[Vector]:
    """The disks of a VM, in their order."""
    return sorted(vm.vectors("TEMPLATE/DISK"), key=lambda disk: disk.number("DISK_ID"))


def _is_made_from(disk: Mapping[str, str], given: Mapping[str, str]) -> bool:
    """Whether a disk of a VM was created from this disk of the template."""
    if not disk.get("IMAGE_ID"):
        return "IMAGE" not in given and disk.get("TYPE", "").upper() == given.get("TYPE", "").upper()
    return disk["IMAGE_ID"] == given["IMAGE_ID"] if "IMAGE_ID" in given else disk.get("IMAGE") == given.get("IMAGE")


def _has_grown(disk: Vector, given: Mapping[str, str]) -> bool:
    return SIZE.stored(given.get("SIZE") or disk.get("ORIGINAL_SIZE") or disk.get("SIZE", "")) != disk.number("SIZE", 0)


def _said(disk: Vector, vm: Resource, reading: Reading) -> dict[str, Any] | None:
    """A disk as it is declared; ``None`` if its image no longer exists."""
    size = {"size": SIZE.said(disk.number("SIZE", 0))}
    if not disk.get("IMAGE_ID"):
        return {"TYPE": disk.get("TYPE", ""), **size}
    image = reading.cloud.numbered(IMAGES, disk["IMAGE_ID"])
    if image is None:
        return None
    whose = {} if image.owner == vm.owner else {"owner": image.owner}
    return {"image": image.name, **whose, **({} if disk.get("SIZE") == disk.get("ORIGINAL_SIZE") else size)}


def _owner(cloud: Cloud, disk: Mapping[str, str]) -> str | None:
    """The owner of the image of a disk."""
    image = cloud.numbered(IMAGES, disk.get("IMAGE_ID", ""))
    return None if image is None else image.owner


def _device(disk: Mapping[str, str]) -> tuple[str, str]:
    """The device of a disk: its type, and its position."""
    target = disk.get("TARGET", "")
    return target[:2], target[2:]


def refuse_fixed_disks(changes: Iterable[Change]) -> None:
    """Raise RefusedError for attributes that only disks of a new VM can have."""
    for change in changes:
        if change.field == "disks" and change.write[0] == _FIXED:
            raise RefusedError(change.write[1])


def lost(changes: Iterable[Change]) -> list[Change]:
    """The changes that lose data on disks, or detach a disk that a guest uses."""
    return [change for change in changes if change.field == "disks" and change.write[0] == _DETACH]


def attached(changes: Iterable[Change]) -> list[Mapping[str, str]]:
    """The disks that a VM gets, as OpenNebula's attributes."""
    return [change.write[1] for change in changes if change.field == "disks" and change.write[0] == _ATTACH]


def detached(changes: Iterable[Change]) -> set[int]:
    """The IDs of the disks that a VM loses."""
    return {change.write[1] for change in lost(changes)}


def write_disks(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Grow, detach and attach disks one after the other, since OpenNebula accepts only one change at a time."""
    for change in changes:
        action, argument = change.write
        if action == _ATTACH:
            cloud.call("one.vm.attach", resource.id, render({"DISK": argument}))
            yield settled(resource)
        elif action == _DETACH:
            cloud.call("one.vm.detach", resource.id, argument)
            yield settled(resource)
        elif action == _FIXED:
            # A disk of a new VM that OpenNebula created with other attributes.
            raise RefusedError(argument)
        else:
            yield from write_disk_sizes(cloud, resource, [change], order)
