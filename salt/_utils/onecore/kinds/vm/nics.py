"""The NICs of a VM, and which networks a VM may join.

OpenNebula lets an administrator put one user's VM on another user's network. These functions do not: a VM
joins networks of its owner, or networks that are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ...basics.errors import ArgumentError, MissingError, RefusedError
from ...basics.pairing import pairs
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import YES_NO, expected, object_name
from ...cloud.campaign import Procedure
from ...cloud.collection import Collection
from ...cloud.directory import NETWORKS, USERS, VMS
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import secgroups, sharing
from ...model.fields import Field
from ...model.nics import DETACH, NIC_KINDS, REGROUP
from ...model.nodes import Many, Node
from ...model.reading import Reading
from ...model.vectors import NIC, lowered, vector
from ..vnet.leases import ADDRESSES, Wish, holders_told, refuse_leased
from ..vnet.ranges import leasable
from .leases import taken
from .nic_groups import NicGroups, held, regroup
from .waits import settled

#: Other ways to a network than its name and owner.
_PATHS = ("network_id", "network_uname", "network_uid", "network_mode")
_LINK = ("VLAN_ID", "OUTER_VLAN_ID", "PHYDEV")
#: What the plan of a NIC's change begins with, when the NIC comes.
_ATTACH = "attach"


@dataclass(frozen=True)
class Nic:
    """A declared NIC.

    attributes
        In OpenNebula's words, without the network.
    network, owner
        The network's key; an owner of ``None`` is the VM's.
    number
        The network's id; ``None`` for one that a dry run only announced.
    shared
        Whether the declaration says that the network is another user's on purpose.
    missed, links
        VMs that have not taken over the network's last change, and what links a NIC to the network, by address range
        (see :func:`_links`): a NIC of such a VM may still be linked as it was before.
    ranges
        The network's address ranges.
    taken
        Tells who else has its address, in words that follow "is"; nothing where nobody has.
    groups
        Its security groups; ``None`` where it does not speak of them.
    """

    network: str
    owner: str | None
    shared: bool
    attributes: Mapping[str, str]
    number: int | None = None
    missed: frozenset[int] = frozenset()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ranges: Sequence[Vector] = ()
    taken: Callable[[], str] = lambda: ""
    groups: NicGroups | None = None

    @property
    def written(self) -> dict[str, Any]:
        """The NIC in OpenNebula's words: by number, so that it cannot resolve to another user's network."""
        groups = {} if self.groups is None else self.groups.own.written
        return {"NETWORK_ID": str(self.number), **self.attributes, **groups}

    @property
    def shown(self) -> dict[str, Any]:
        """The NIC as a person knows it."""
        said = {"network": self.network, "owner": self.owner, **self.attributes}
        own = None if self.groups is None else self.groups.own
        return said if own is None else {**said, secgroups.ARGUMENT: own.shown(own.numbers)}

    def fits(self, present: Mapping[str, str]) -> bool:
        """Whether a VM's NIC is the declared one."""
        return present.get("NETWORK_ID") == str(self.number) and all(self._shares(present))

    def takes_from(self, present: Mapping[str, str]) -> bool:
        """Whether it is to have an address that a VM's NIC has."""
        return present.get("NETWORK_ID") == str(self.number) and any(self._shares(present))

    def _shares(self, present: Mapping[str, str]) -> list[bool]:
        """For each declared address, whether a VM's NIC has it."""
        declared = [(name, kind) for name, kind in ADDRESSES.items() if name in self.attributes]
        return [kind.stored(present.get(name, "")) == kind.stored(self.attributes[name]) for name, kind in declared]

    def is_left_behind(self, present: Mapping[str, str], vm: int) -> bool:
        """Whether a NIC of this VM is still linked as the network was before its last change, on its old VLAN."""
        link = self.links.get(present.get("AR_ID", ""), {})
        return vm in self.missed and any(present.get(name, "") != value for name, value in link.items())


def _links(network: Resource) -> dict[str, dict[str, str]]:
    """What links a NIC to a network: its VLAN and device, or those of the address range that its address is of."""
    whole = {name: network.text(name) for name in _LINK}
    return {
        each.get("AR_ID", ""): {name: each.get(name) or whole[name] for name in _LINK}
        for each in network.vectors("AR_POOL/AR")
    }


def _ranges(cloud: Cloud, name: str, owner: str, network: Resource | None) -> list[Vector]:
    """The address ranges of a network, those that a dry run announced among them."""
    present = [] if network is None else list(network.vectors("AR_POOL/AR"))
    announced = cloud.announced(NETWORKS, name, owner)
    wanted = announced.wanted.get("address_ranges", ()) if announced is not None else ()
    return [*present, *(each.announced for each in wanted)]


class VmNics(Field):
    """The argument ``nics`` of a VM: a complete list; a NIC that is not declared is detached."""

    attribute_names = ("NIC",)

    def own_node(self) -> Node:
        return Many(NIC)

    def wanted(self, value: Any) -> list[Nic]:
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list, since their order matters, is", value)
        nics = [self._nic(f"{self.name}[{number}]", each) for number, each in enumerate(value)]
        taken: set[tuple[Any, ...]] = set()
        for number, each in enumerate(nics):
            for key in ADDRESSES.keys() & each.attributes.keys():
                address = (each.network, each.owner, key, each.attributes[key])
                if address in taken:
                    raise ArgumentError(f"{self.name}[{number}]: {address[3]} is the address of another NIC already.")
                taken.add(address)
        return nics

    def _nic(self, where: str, value: Any) -> Nic:
        declared = lowered(where, value)
        groups = secgroups.taken(where, declared)
        network, owner = declared.pop("network", None), declared.pop("owner", None)
        shared = YES_NO.wanted(f"{where}.shared", declared.pop("shared", False))
        if not isinstance(network, str) or not network:
            raise ArgumentError(f"{where}.network: the name of a virtual network is wanted, not {network!r}.")
        if owner is not None:
            object_name("user", owner)
        for key in _PATHS:
            if key in declared:
                raise ArgumentError(f"{where}.{key}: name the network, and its owner where that is not the VM's.")
        for key, kind in ADDRESSES.items():
            if key.lower() in declared:
                declared[key.lower()] = kind.wanted(f"{where}.{key.lower()}", declared[key.lower()])
        own = None if groups is None else NicGroups(groups)
        return Nic(network, owner, shared, vector(where, declared), groups=own)

    def resolve(self, cloud: Cloud, wanted: list[Nic], order: Order) -> list[Nic]:
        resolved = []
        for position, each in enumerate(wanted):
            owner = each.owner or order.user
            cloud.require(NETWORKS, each.network, owner, f"{self.name}[{position}]")
            found = cloud.find(NETWORKS, each.network, owner)
            if found is not None:
                each = replace(each, number=found.id, missed=frozenset(found.ids("ERROR_VMS")), links=_links(found))
                addresses = {name: each.attributes[name] for name in ADDRESSES if name in each.attributes}
                each = replace(each, taken=partial(self._taken, cloud, order, found, addresses))
            groups = self._groups(cloud, f"{self.name}[{position}]", replace(each, owner=owner), found, order)
            ranges = _ranges(cloud, each.network, owner, found)
            resolved.append(replace(each, owner=owner, ranges=ranges, groups=groups))
        return resolved

    def _taken(self, cloud: Cloud, order: Order, network: Resource, addresses: Mapping[str, str]) -> str:
        return taken(cloud, network, addresses, self.holders(cloud, order))

    def holders(self, cloud: Cloud, order: Order) -> list[Resource]:
        """Those who may have the addresses already: the VM, where there is one."""
        found = cloud.find(VMS, order.name, order.owner)
        return [] if found is None else [found]

    def _groups(self, cloud: Cloud, where: str, each: Nic, network: Resource | None, order: Order) -> NicGroups | None:
        if each.groups is None:
            return None
        # Its owner has to be able to use them, and nobody else.
        whose = sharing.private(order.user)
        own = secgroups.resolved(cloud, f"{where}.{secgroups.ARGUMENT}", each.groups.own, whose)
        return NicGroups.on(cloud, own, each.network, each.owner or order.user, network)

    def said(self, resource: Resource, reading: Reading) -> list[dict[str, Any]] | None:
        found = []
        for nic in self.present(resource):
            network = reading.cloud.numbered(NETWORKS, nic.get("NETWORK_ID", ""))
            if network is None:
                reading.left[self.name] = f"network {nic.get('NETWORK_ID')} is not there, or not to be seen"
                return None
            key = next((name for name in ADDRESSES if nic.get(name)), None)
            address = {} if key is None else {key.lower(): nic[key]}
            others = {} if network.owner == resource.owner else {"owner": network.owner, "shared": True}
            found.append({"network": network.name, **others, **address})
        return found

    def contribute(self, wanted: list[Nic]) -> dict[str, Any]:
        return {"NIC": [each.written for each in wanted]}

    def changes(self, resource: Resource | None, wanted: list[Nic]) -> Iterator[Change]:
        present = [] if resource is None else self.present(resource)

        def is_there(each: Nic, old: Mapping[str, str]) -> bool:
            return resource is not None and self.is_there(each, old, resource)

        found = pairs(wanted, present, lambda each, old: is_there(each, old) and not regrouped(each, old), is_there)
        for index, other in found.items():
            yield from self._regroup(wanted[index], present[other])
        coming = [each for index, each in enumerate(wanted) if index not in found]
        going = [old for index, old in enumerate(present) if index not in found.values()]
        # A NIC goes before another one takes its address; else the VM loses none before it has got the others.
        in_the_way = [old for old in going if any(each.takes_from(old) for each in coming)]
        for old in in_the_way:
            yield self._detach(old)
        for each in coming:
            self._refuse_unleasable(each)
            yield self.change(f"{self.name}:{each.network}", None, each.shown, (_ATTACH, each.written))
        for old in going:
            if old not in in_the_way:
                yield self._detach(old)

    def _refuse_unleasable(self, each: Nic) -> None:
        given = [name.lower() for name in ADDRESSES if name in each.attributes]
        if len(given) > 1:
            raise RefusedError(
                f"{self.name}: OpenNebula takes one address for a NIC and finds the others itself; {each.network} has "
                f"{' and '.join(given)}."
            )
        address = each.attributes.get("IP")
        if address is not None and not leasable(each.ranges, address):
            network = NETWORKS.describe(each.network, each.owner)
            raise RefusedError(
                f"{self.name}: {address} is in no address range of {network}, so that OpenNebula cannot lease it."
            )
        taken = each.taken()
        if taken:
            address = " ".join(each.attributes[name.upper()] for name in given)
            network = NETWORKS.describe(each.network, each.owner)
            raise RefusedError(f"{self.name}: {address} on {network} is {taken}.")

    def present(self, resource: Resource) -> list[Vector]:
        """The NICs that there are."""
        return list(resource.vectors("TEMPLATE/NIC"))

    def is_there(self, each: Nic, old: Mapping[str, str], resource: Resource) -> bool:
        """Whether one of these is the declared one."""
        return each.fits(old) and not each.is_left_behind(old, resource.id)

    def _regroup(self, each: Nic, old: Vector) -> Iterator[Change]:
        if each.groups is not None and regrouped(each, old):
            present, expected = held(old), each.groups.expected(old)
            sides = (each.groups.own.shown(present), each.groups.own.shown(expected))
            write = (REGROUP, (old.number("NIC_ID"), sorted(expected - present, key=str), sorted(present - expected)))
            yield self.change(f"{self.name}:{each.network}:{secgroups.ARGUMENT}", *sides, write)

    def _detach(self, old: Vector) -> Change:
        shown = {name: old[name] for name in ("NETWORK", "IP", "MAC") if old.get(name)}
        return self.change(f"{self.name}:NIC {old['NIC_ID']}", shown, None, (DETACH, old.number("NIC_ID")))


def attached_anew(changes: Iterable[Change]) -> list[Change]:
    """The changes that take a NIC away where another one takes its place; one that just goes was meant to."""
    nics = [change for change in changes if change.field == "nics"]
    going = [change for change in nics if change.write[0] == DETACH]
    return going if any(change.write[0] == _ATTACH for change in nics) else []


def regrouped(each: Nic, old: Mapping[str, str]) -> bool:
    """Whether a NIC is to have other security groups than it has."""
    return each.groups is not None and each.groups.differs(old)


def write_nics(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
    """Detach, attach and regroup NICs, one after the other as OpenNebula demands."""
    for change in changes:
        action, argument = change.write
        if action == REGROUP:
            yield from regroup(cloud, resource, *argument)
        elif action == _ATTACH:
            with leasing(cloud, [argument]):
                cloud.call("one.vm.attachnic", resource.id, render({"NIC": argument}))
        else:
            cloud.call("one.vm.detachnic", resource.id, argument)
        yield settled(resource)


def declared(order: Order) -> list[dict[str, Any]]:
    """The declared NICs in OpenNebula's words."""
    return [each.written for each in order.resolved.get("nics", ())]


def leasing(cloud: Cloud, nics: Iterable[Mapping[str, Any]]) -> AbstractContextManager[None]:
    """Within, the refusal of a lease tells who has the address; NICs in OpenNebula's words."""
    return holders_told(cloud, _wishes(nics))


def _wishes(nics: Iterable[Mapping[str, Any]]) -> list[Wish]:
    """The addresses that NICs are to have, on networks that exist."""
    return [
        Wish(int(nic["NETWORK_ID"]), name, nic[name])
        for nic in nics
        for name in ADDRESSES
        if nic.get(name) and nic["NETWORK_ID"].isdigit()
    ]


def refuse_taken(cloud: Cloud, order: Order, mine: Callable[[Resource], bool]) -> None:
    """Raise RefusedError when a VM that is not ``mine`` has a declared address."""
    refuse_leased(cloud, _wishes(declared(order)), mine)


def template_nics(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each NIC that a VM gets from these attributes of a template, and what to call it."""
    defaults = attributes.get("NIC_DEFAULT") or {}
    for kind in NIC_KINDS:
        found = attributes.get(kind) or []
        for number, nic in enumerate(found if isinstance(found, list) else [found]):
            # Other PCI devices are no NICs. NIC_DEFAULT may hold a mode, and is no help to a NIC_ALIAS.
            if isinstance(nic, Mapping) and (kind != "PCI" or nic.get("TYPE") == "NIC"):
                yield f"{kind} {number}", nic if kind == "NIC_ALIAS" else {**defaults, **nic}


def vm_nics(
    order: Order, resource: Resource | None, template: Mapping[str, Any], name: str
) -> Iterator[tuple[str, Mapping[str, str], bool]]:
    """Each NIC that a VM will have: what to call it, its attributes, whether it is declared to be shared.

    template
        The attributes of the template that a new VM is made from, called ``name``.
    """
    declared = order.resolved.get("nics", [])
    for position, each in enumerate(declared):
        yield f"nics[{position}]", {"NETWORK": each.network, "NETWORK_UNAME": each.owner}, each.shared
    shared = {str(each.number) for each in declared if each.shared}
    if resource is None:
        others = [(f"{where} of template {name}", nic) for where, nic in template_nics(template)]
    else:
        every = [(kind, nic) for kind in NIC_KINDS for nic in resource.vectors(f"TEMPLATE/{kind}")]
        others = [(f"{kind} {nic['NIC_ID']}", nic) for kind, nic in every if nic.get("NIC_ID")]
    for where, nic in others:
        # Declared NICs take the place of a template's, if there are any; on a VM the others are to go.
        replaced = declared if resource is None else "nics" in order.wanted
        if not (where.startswith("NIC ") and replaced):
            yield where, nic, nic.get("NETWORK_ID") in shared


def refuse_foreign_networks(cloud: Cloud, owner: str, nics: Iterable[tuple[str, Mapping[str, Any], bool]]) -> None:
    """Raise RefusedError when a NIC would join, or has joined, another user's network.

    nics
        For each: what to call it, its attributes in OpenNebula's words, and whether the declaration says
        that it is shared.
    """
    for where, nic, shared in nics:
        if nic.get("NETWORK_MODE", "").lower() == "auto" and not nic.get("NETWORK_ID"):
            raise RefusedError(
                f"{where}: NETWORK_MODE=auto lets the scheduler take any network, another user's included; name one."
            )
        key = _network_of(cloud, owner, where, nic)
        if key is not None and key[1] != owner:
            _refuse_unshared(cloud, owner, where, sharing.shared(cloud, NETWORKS, *key), shared)


def networks_of(cloud: Cloud, owner: str, nics: Iterable[tuple[str, Mapping[str, Any], bool]]) -> list[tuple[str, str]]:
    """Name and owner of each network that these NICs join."""
    found = (_network_of(cloud, owner, where, nic) for where, nic, _ in nics)
    return list(dict.fromkeys(key for key in found if key is not None))


def _network_of(cloud: Cloud, owner: str, where: str, nic: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name and owner of the network that OpenNebula takes for a NIC of a VM of ``owner``; ``None`` when it is none."""
    if nic.get("NETWORK_ID"):
        found = _numbered(cloud, NETWORKS, where, nic["NETWORK_ID"])
        return found.name, found.owner
    if not nic.get("NETWORK"):
        return None
    if nic.get("NETWORK_UID"):
        owner = _numbered(cloud, USERS, where, nic["NETWORK_UID"]).name
    else:
        owner = nic.get("NETWORK_UNAME") or owner
    cloud.require(NETWORKS, nic["NETWORK"], owner, where)
    return nic["NETWORK"], owner


def _numbered(cloud: Cloud, kind: Collection, where: str, number: str) -> Resource:
    found = cloud.numbered(kind, number)
    if found is None:
        raise MissingError(f"{where}: there is no {kind.title} with ID {number}.")
    return found


def _refuse_unshared(cloud: Cloud, owner: str, where: str, network: sharing.Shared, shared: bool) -> None:
    if not sharing.usable(cloud, network, owner):
        raise RefusedError(
            f"{where}: {network.subject} is not shared with {owner}: its permissions are {network.permissions}."
        )
    if not (shared or sharing.is_administrator(cloud, network.owner)):
        raise RefusedError(
            f"{where}: {network.subject} is another user's. If {owner} shall join it all the same, "
            "say shared: true in nics."
        )
