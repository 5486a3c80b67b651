"""Arguments that are vectors of a template: one (``context``) or a list of them (``nics``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.plan import Change, Order
from ..basics.values import YES_NO, Megabytes, expected
from ..cloud.directory import IMAGES, NETWORKS, TEMPLATES
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves, secgroups, sharing
from .arguments import NONE
from .fields import REMOVED, Field, Reference, alike, same_attribute, stored_form
from .nodes import Key, Keys, Many, Node
from .reading import Reading, plain

SIZE = Megabytes()


def mapping(where: str, value: Any) -> Mapping[str, Any]:
    """``value`` as a mapping of attributes; raises ArgumentError."""
    if not isinstance(value, Mapping):
        raise expected(where, "a dictionary of attributes", value)
    return value


def labelled(where: str, value: Any, what: str) -> list[tuple[str, Any]]:
    """Declared items without names, each with a label: given as a mapping by label, or as a list."""
    if isinstance(value, Mapping):
        return [(str(label), each) for label, each in value.items() if each is not None]
    if isinstance(value, (list, tuple)):
        return [(str(number), each) for number, each in enumerate(value)]
    raise expected(where, f"a dictionary of {what} by label, or a list", value)


def lowered(where: str, value: Any) -> dict[str, Any]:
    """``value`` as a mapping of attributes, with lower-case names and without ``null``."""
    found: dict[str, Any] = {}
    for key, inner in mapping(where, value).items():
        name = str(key).lower()
        if name in found:
            raise ArgumentError(f"{where}: {name.upper()} is given twice, in upper and in lower case.")
        if inner is not None:
            found[name] = inner
    return found


def vector(where: str, value: Any) -> dict[str, str]:
    """One vector attribute: upper-case names, texts as values, without ``null``."""
    given = {key: inner for key, inner in mapping(where, value).items() if inner is not None}
    # With the name as declared, since errors quote it.
    return stored_form(where, re.findall(r"[A-Za-z_]\w*", where)[-1], given) or {}


class Vector(Field):
    """A vector of the template, compared and written as a whole."""

    def __init__(self, name: str, attribute: str = "", **options: Any):
        super().__init__(name, **options)
        self.attribute = attribute or name.upper()
        self.attribute_names = (self.attribute,)

    def own_node(self) -> Node:
        return leaves.VECTOR

    def wanted(self, value: Any) -> Any:
        return vector(self.name, value)

    def contribute(self, wanted: Any) -> dict[str, Any]:
        return {self.attribute: wanted} if wanted else {}

    def said(self, resource: Resource, reading: Reading) -> Any:
        found = resource.attributes.get(self.attribute)
        # Compared as a whole: without its secret values, it would be different.
        if not found or not reading.may_say(self.name, self.name, found):
            return None
        return self._said(found, resource, reading)

    def _said(self, found: Any, resource: Resource, reading: Reading) -> Any:
        return plain(found)

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        old = {} if resource is None else resource.attributes.get(self.attribute, {})
        if not same_attribute(self._comparable(resource, old, wanted), wanted):
            yield self.change(self.name, *alike(old or None, wanted), {self.attribute: wanted or REMOVED})

    def _comparable(self, resource: Resource | None, old: Any, wanted: Any) -> Any:
        """The current vector, ``old``, in the form of the declared one."""
        return old


class Vectors(Vector):
    """Repeated vectors of the template, in order, compared and written as a whole, since OpenNebula replaces them.

    entry
        Converts a declared entry to OpenNebula's terms.
    """

    def __init__(self, name: str, attribute: str, entry: Callable[[str, Any], dict[str, str]], **options: Any):
        super().__init__(name, attribute, **options)
        self.entry = entry

    def wanted(self, value: Any) -> list[dict[str, str]]:
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list, since their order matters", value)
        return [self.entry(f"{self.name}[{number}]", each) for number, each in enumerate(value)]

    def _said(self, found: Any, resource: Resource, reading: Reading) -> Any:
        return [self._entry_said(each, resource, reading) for each in _every(found) if isinstance(each, Mapping)]

    def _entry_said(self, each: Mapping[str, str], resource: Resource, reading: Reading) -> dict[str, Any]:
        """One entry as it is declared."""
        return plain(each)


def _renamed(each: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Any]:
    """A vector whose attributes have the names of their keys, without empty ones.

    known
        The key of each such attribute.
    """
    filled = {name: value for name, value in each.items() if value != ""}
    said = {key: filled[name] for name, key in known.items() if name in filled}
    return {**said, **{name: plain(value) for name, value in filled.items() if name not in known}}


#: The keys of a disk in the pillar.
DISK = Keys(
    "a disk",
    {
        "image": Key(leaves.name("image"), "The image of the disk.", "none: an empty disk", "debian-12"),
        "owner": Key(leaves.name("user"), "Owner of the image.", "the user who instantiates it", "oneadmin"),
        "size": Key(leaves.SIZE, "Its size, if not the image's.", "the image's", "20G"),
    },
    others=leaves.SCALAR,
)


def disk(where: str, value: Any) -> dict[str, str]:
    """A declared disk: ``{image, owner, size, …}`` in OpenNebula's terms."""
    declared = lowered(where, value)
    if "size" in declared:
        declared["size"] = SIZE.wanted(f"{where}.size", declared["size"])
    if "owner" in declared:
        declared["image_uname"] = declared.pop("owner")
    return vector(where, declared)


#: The keys of a NIC in the pillar.
NIC = Keys(
    "a NIC",
    {
        "network": Key(leaves.name("network"), "Name of the network that it joins.", NONE, "academie"),
        "owner": Key(
            leaves.name("user"),
            "Owner of the network; only with `shared: true`.",
            "the user who instantiates it",
            "oneadmin",
        ),
        "shared": Key(leaves.BOOLEAN, "Whether the VMs of all users join the network of `owner`.", "`false`", "true"),
        "ip": Key(leaves.IPV4, "Its address.", "any free one", "192.168.0.60"),
        "model": Key(leaves.FILLED, "The model of the network card.", "the cloud's default", "virtio"),
        secgroups.ARGUMENT: Key(
            secgroups.NAMES,
            "Its security groups, each one of the owner's own or else of `oneadmin`'s. It also has those of its "
            "network.",
            "the network's",
            "[web]",
        ),
    },
    others=leaves.SCALAR,
)

#: The same for a NIC of a VM, which may have aliases: further addresses of the same NIC.
_ALIAS = Keys("an alias of a NIC", {name: key for name, key in NIC.fields.items() if name != "model"}, NIC.others)
VM_NIC = Keys(
    NIC.title,
    {
        **NIC.fields,
        "aliases": Key(
            Many(_ALIAS),
            "All further addresses of the card, each of a network that may be another one; attached and detached one "
            "by one.",
            NONE,
            "[{network: dmz1, ip: 10.1.3.61}]",
        ),
    },
    NIC.others,
)


def nic(where: str, value: Any) -> dict[str, Any]:
    """A declared NIC of a template: ``{network, …}`` in OpenNebula's terms.

    It names the network without its owner, so that it resolves to the network of the user who instantiates it. A NIC
    with an owner or an ID resolves to the same network for everybody, and must have ``shared: true``.
    """
    declared = lowered(where, value)
    groups = secgroups.taken(where, declared)
    shared = YES_NO.wanted(f"{where}.shared", declared.pop("shared", False))
    if "owner" in declared:
        declared["network_uname"] = declared.pop("owner")
    pinned = sorted({"network_uname", "network_uid", "network_id"} & declared.keys())
    if pinned and not shared:
        raise ArgumentError(
            f"{where}: {pinned[0]} ties the NIC to one user's network for everybody who instantiates it; "
            "leave it out, or set shared: true."
        )
    found: dict[str, Any] = vector(where, declared)
    return found if groups is None else {**found, secgroups.ATTRIBUTE: groups}


class Disks(Vectors):
    """The disks of a template; an image that is named with its owner must exist."""

    def _entry_said(self, each: Mapping[str, str], resource: Resource, reading: Reading) -> dict[str, Any]:
        said = _renamed(each, {"IMAGE": "image", "IMAGE_UNAME": "owner", "SIZE": "size"})
        size = SIZE.stored(said.get("size", ""))
        return said if size is None else {**said, "size": SIZE.said(size)}

    def own_node(self) -> Node:
        return Many(DISK)

    def references(self, wanted: list[dict[str, str]]) -> Iterator[Reference]:
        for number, each in enumerate(wanted):
            if each.get("IMAGE") and each.get("IMAGE_UNAME"):
                yield Reference(IMAGES, each["IMAGE"], each["IMAGE_UNAME"], f"{self.name}[{number}]")


class Nics(Vectors):
    """The NICs of a template; a network that is named with its owner must exist.

    Security groups belong to the template's owner or to oneadmin, since OpenNebula stores their IDs for every user who
    instantiates it. A NIC also has those of its network.
    """

    def own_node(self) -> Node:
        return Many(NIC)

    def references(self, wanted: list[dict[str, Any]]) -> Iterator[Reference]:
        for number, each in enumerate(wanted):
            if each.get("NETWORK") and each.get("NETWORK_UNAME"):
                yield Reference(NETWORKS, each["NETWORK"], each["NETWORK_UNAME"], f"{self.name}[{number}]")

    def _entry_said(self, each: Mapping[str, str], resource: Resource, reading: Reading) -> dict[str, Any]:
        said = _renamed(each, {"NETWORK": "network", "NETWORK_UNAME": "owner", "IP": "ip", "MODEL": "model"})
        groups = said.pop(secgroups.ATTRIBUTE, None)
        if groups is not None:
            said[secgroups.ARGUMENT] = secgroups.said(reading, self.name, str(groups), resource.owner)
        pinned = {"NETWORK_ID", "NETWORK_UID", "owner"} & said.keys()
        return {**said, "shared": True} if pinned else said

    def resolve(self, cloud: Cloud, wanted: list[dict[str, Any]], order: Order) -> list[dict[str, Any]]:
        found = [self._resolved(cloud, f"{self.name}[{number}]", each, order) for number, each in enumerate(wanted)]
        groups = [each[secgroups.ATTRIBUTE] for each in found if secgroups.ATTRIBUTE in each]
        order.uses[self.name] = [key for each in groups for key in each.keys]
        return found

    def _resolved(self, cloud: Cloud, where: str, each: dict[str, Any], order: Order) -> dict[str, Any]:
        if secgroups.ATTRIBUTE not in each:
            return each
        holder = sharing.declared(cloud, TEMPLATES, order)
        found = secgroups.resolved(cloud, f"{where}.{secgroups.ARGUMENT}", each[secgroups.ATTRIBUTE], holder)
        return {**each, secgroups.ATTRIBUTE: found}

    def contribute(self, wanted: list[dict[str, Any]]) -> dict[str, Any]:
        return super().contribute([_written(each) for each in wanted])

    def changes(self, resource: Resource | None, wanted: list[dict[str, Any]]) -> Iterator[Change]:
        named = next((each[secgroups.ATTRIBUTE] for each in wanted if secgroups.ATTRIBUTE in each), None)
        for change in super().changes(resource, [_written(each) for each in wanted]):
            if named is not None:
                old = [_shown(each, named) for each in _every(change.old)]
                change = replace(change, old=old or None, new=[_shown(each, named) for each in wanted])
            yield change

    def _comparable(self, resource: Resource | None, old: Any, wanted: Any) -> Any:
        """``old`` with the IDs of security groups in the order in which they are written."""
        return [_written(each) for each in _every(old) if isinstance(each, Mapping)]


def _every(value: Any) -> list[Any]:
    """A repeated attribute as a list, also if it occurs once or never."""
    return value if isinstance(value, list) else [value] if value else []


def _groups(nic: Mapping[str, Any]) -> secgroups.Groups | None:
    """The security groups of a declared or existing NIC."""
    found = nic.get(secgroups.ATTRIBUTE)
    return found if found is None or isinstance(found, secgroups.Groups) else secgroups.Groups.of(found)


def _written(nic: Mapping[str, Any]) -> dict[str, str]:
    """A NIC with the IDs of its security groups."""
    groups = _groups(nic)
    rest = {name: value for name, value in nic.items() if name != secgroups.ATTRIBUTE}
    return rest if groups is None else {**rest, **groups.written}


def _shown(nic: Mapping[str, Any], named: secgroups.Groups) -> dict[str, Any]:
    """A NIC with the names of its security groups."""
    groups = _groups(nic)
    return dict(nic) if groups is None else {**nic, secgroups.ATTRIBUTE: named.shown(groups.numbers)}
