"""The NICs of a VM: a complete list, and the differences of an existing VM."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...basics.errors import ArgumentError, OneError, RefusedError
from ...basics.plan import Change, Order
from ...basics.secrecy import quoted
from ...basics.values import YES_NO, Choice, expected, object_name
from ...cloud.directory import NETWORKS, VMS
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import secgroups, sharing
from ...model.fields import Field
from ...model.nodes import Many, Node
from ...model.reading import Reading, plain
from ...model.vectors import VM_NIC, lowered, mapping, vector
from ..vnet.leases import ADDRESSES
from ..vnet.pushes import links, not_pushable_again
from ..vnet.ranges import after_changes, leasable
from .leases import Holder, taken
from .nic import WORDS, Nic, free_attributes, inherited_attributes, refuse_name, refuse_written
from .nic_changes import Differences, aliases_of, default_of
from .nic_groups import NicGroups, Numbers, held, of_network

#: Other attributes that identify a network, besides its name and owner.
_PATHS = ("network_id", "network_uname", "network_uid", "network_mode")
_NAMED = "name the network, and its owner unless that is the VM's"
_INSTEAD_OF_PATHS = {
    "network_mode": "name the network; only NICs of the template can leave the choice to the scheduler"
}
#: The value for a declared order of NICs on existing VMs.
DECLARED, ANY = "declared", "any"


def _places(name: str, nics: Iterable[Nic]) -> Iterator[tuple[str, Nic]]:
    """Declared NICs, each with its position."""
    return ((f"{name}[{number}]", each) for number, each in enumerate(nics))


def _nulls(where: str, value: Any) -> dict[str, str]:
    """The attributes of a declared NIC that are to be removed, each with an empty text."""
    said = (str(key).upper() for key, inner in mapping(where, value).items() if inner is None)
    return {name: "" for name in said if name not in WORDS}


class NicOrder(Field):
    """Whether the NICs of an existing VM must have the declared order."""

    type = Choice(DECLARED, ANY)
    default = DECLARED
    doc = (
        "The order of existing NICs: ``declared`` keeps them as they are listed. OpenNebula adds a NIC at the "
        "end, so those listed after it are attached again. With ``any``, the order does not matter."
    )
    example = ANY

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        return iter(())


NIC_ORDER = NicOrder("nic_order")


def _ranges(cloud: Cloud, name: str, owner: str, network: Resource | None) -> list[Vector]:
    """The address ranges of a network as a dry run has announced them."""
    present = [] if network is None else list(network.vectors("AR_POOL/AR"))
    announced = cloud.announced(NETWORKS, name, owner)
    wanted = announced.wanted.get("address_ranges") if announced is not None else None
    return present if wanted is None else after_changes(wanted, present)


class VmNics(Differences, Field):
    """The argument ``nics`` of a VM: a complete list; a NIC that is not declared is detached."""

    attribute_names = ("NIC",)

    def own_node(self) -> Node:
        return Many(VM_NIC)

    # -- as declared -----------------------------------------------------------------------------------------------

    def wanted(self, value: Any) -> list[Nic]:
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list, since their order matters", value)
        nics = [self._nic(f"{self.name}[{number}]", each) for number, each in enumerate(value)]
        self._refuse_twice(nics)
        return nics

    def _refuse_twice(self, nics: Sequence[Nic]) -> None:
        taken: set[tuple[Any, ...]] = set()
        aliases = [_places(f"{where}.aliases", each.aliases or ()) for where, each in _places(self.name, nics)]
        for where, each in itertools.chain(_places(self.name, nics), *aliases):
            for key in ADDRESSES.keys() & each.attributes.keys():
                address = (each.network, each.owner, key, each.attributes[key])
                if address in taken:
                    raise ArgumentError(f"{where}: {address[3]} is the address of another NIC already.")
                taken.add(address)

    def _nic(self, where: str, value: Any) -> Nic:
        declared = lowered(where, value)
        aliases = self._aliases(f"{where}.aliases", declared.pop("aliases", None))
        groups = secgroups.taken(where, declared)
        network, owner = declared.pop("network", None), declared.pop("owner", None)
        shared = YES_NO.wanted(f"{where}.shared", declared.pop("shared", False))
        for key in _PATHS:
            if key in declared:
                raise ArgumentError(f"{where}.{key}: {_INSTEAD_OF_PATHS.get(key, _NAMED)}.")
        if not isinstance(network, str) or not network:
            raise ArgumentError(f"{where}.network: must be the name of a virtual network, not {quoted(network)}.")
        if owner is not None:
            object_name("user", owner)
        for key, kind in ADDRESSES.items():
            if key.lower() in declared:
                declared[key.lower()] = kind.wanted(f"{where}.{key.lower()}", declared[key.lower()])
        attributes = {**_nulls(where, value), **vector(where, declared)}
        refuse_written(where, attributes)
        refuse_name(where, attributes.get("NAME", ""))
        own = None if groups is None else NicGroups(groups)
        return Nic(network, owner, shared, attributes, groups=own, aliases=aliases)

    def _aliases(self, where: str, value: Any) -> tuple[Nic, ...] | None:
        if value is None:
            return None
        if not isinstance(value, (list, tuple)):
            raise expected(where, "a list", value)
        aliases = tuple(self._nic(f"{where}[{number}]", each) for number, each in enumerate(value))
        for number, each in enumerate(aliases):
            if each.aliases is not None:
                raise ArgumentError(f"{where}[{number}].aliases: an alias cannot have aliases.")
        return aliases

    # -- in terms of the cloud -------------------------------------------------------------------------------------

    def resolve(self, cloud: Cloud, wanted: list[Nic], order: Order) -> list[Nic]:
        ordered = order.wanted.get("nic_order", DECLARED) == DECLARED
        resolved = [self._resolved(cloud, where, each, order) for where, each in _places(self.name, wanted)]
        every = [each for nic in resolved for each in (nic, *(nic.aliases or ()))]
        groups = [key for each in every if each.groups is not None for key in each.groups.own.keys]
        order.uses[self.name] = [*((NETWORKS, each.owner, each.network) for each in every), *groups]
        return [replace(each, ordered=ordered) for each in resolved]

    def _resolved(self, cloud: Cloud, where: str, each: Nic, order: Order) -> Nic:
        owner = each.owner or order.user
        cloud.require(NETWORKS, each.network, owner, where)
        found = cloud.find(NETWORKS, each.network, owner)
        if found is not None:
            each.refuse_overwritten(where, found)
            addresses = {name: each.attributes[name] for name in ADDRESSES if name in each.attributes}
            each = replace(
                each,
                number=found.id,
                missed=frozenset(found.ids("ERROR_VMS")),
                links=links(found),
                not_pushable=partial(not_pushable_again, cloud, found.id),
                taken=partial(self._taken, cloud, order, found, addresses),
                handed=partial(inherited_attributes, found),
            )
        groups = self._groups(cloud, where, replace(each, owner=owner), found, order)
        named = _places(f"{where}.aliases", each.aliases or ())
        aliases = each.aliases and tuple(self._resolved(cloud, place, alias, order) for place, alias in named)
        ranges = _ranges(cloud, each.network, owner, found)
        return replace(each, owner=owner, ranges=ranges, groups=groups, aliases=aliases)

    def _taken(self, cloud: Cloud, order: Order, network: Resource, addresses: Mapping[str, str]) -> Holder | None:
        return taken(cloud, network, addresses, self.holders(cloud, order))

    def holders(self, cloud: Cloud, order: Order) -> list[Resource]:
        """Those who may already have the addresses: the VM, if it exists."""
        found = cloud.find(VMS, order.name, order.owner)
        return [] if found is None else [found]

    def _groups(self, cloud: Cloud, where: str, each: Nic, network: Resource | None, order: Order) -> NicGroups | None:
        if each.groups is None:
            return None
        # The VM's owner must be able to use them, nobody else.
        whose = sharing.private(order.user)
        own = secgroups.resolved(cloud, f"{where}.{secgroups.ARGUMENT}", each.groups.own, whose)
        return NicGroups.on(cloud, own, each.network, each.owner or order.user, network)

    def said(self, resource: Resource, reading: Reading) -> list[dict[str, Any]] | None:
        found = []
        for nic in self.present(resource):
            each, *aliases = (self._nic_said(resource, one, reading) for one in (nic, *aliases_of(resource, nic)))
            if each is None or None in aliases:
                return None
            found.append({**each, **({"aliases": aliases} if aliases else {})})
        return found

    def _nic_said(self, resource: Resource, nic: Vector, reading: Reading) -> dict[str, Any] | None:
        """A NIC, or an alias of one, as it is declared: with the values that it does not have from its network."""
        network = reading.cloud.numbered(NETWORKS, nic.get("NETWORK_ID", ""))
        if network is None:
            number = nic.get("NETWORK_ID")
            reading.left[self.name] = (
                f"network {number} does not exist, or this account cannot see it"
                if number
                else "the scheduler has not chosen a network for it yet"
            )
            return None
        key = next((name for name in ADDRESSES if nic.get(name)), None)
        address = {} if key is None else {key.lower(): nic[key]}
        others = {} if network.owner == resource.owner else {"owner": network.owner, "shared": True}
        free = free_attributes(nic, {**default_of(resource), **inherited_attributes(network, nic)})
        own = {
            name.lower() if name.lower() in VM_NIC.fields else name: plain(value)
            for name, value in free.items()
            if name.lower() not in _PATHS and reading.may_say(f"{self.name}:{name}", name, value)
        }
        return {"network": network.name, **others, **address, **own, **self._groups_said(resource, nic, reading)}

    def _groups_said(self, resource: Resource, nic: Vector, reading: Reading) -> dict[str, list[str]]:
        """The security groups that a NIC does not have from its network, if there are any."""
        own = self._own_groups(nic, reading.cloud.pool(NETWORKS).by_id[nic.number("NETWORK_ID")])
        path = f"{self.name}:{secgroups.ARGUMENT}"
        names = secgroups.said(reading, path, ",".join(map(str, own)), resource.owner) if own else None
        if not names:
            return {}
        try:
            secgroups.resolved(
                reading.cloud, path, secgroups.wanted(path, names), sharing.private(resource.owner or "")
            )
        except OneError as error:
            # The NIC can be declared without them, and keeps them.
            reading.left[path] = str(error).removeprefix(f"{path}: ")
            return {}
        return {secgroups.ARGUMENT: names}

    def _own_groups(self, nic: Vector, network: Resource) -> Numbers:
        return held(nic) - of_network(network, nic)

    # -- made, and compared ----------------------------------------------------------------------------------------

    def contribute(self, wanted: list[Nic]) -> dict[str, Any]:
        aliases = [
            {**alias.written, "PARENT": each.said.get("NAME", f"NIC{position}")}
            for position, each in enumerate(wanted)
            for alias in each.aliases or ()
        ]
        return {"NIC": [each.written for each in wanted], **({"NIC_ALIAS": aliases} if aliases else {})}

    def changes(self, resource: Resource | None, wanted: list[Nic]) -> Iterator[Change]:
        for step in self.steps(resource, wanted):
            for each in step.coming:
                self._refuse_unleasable(each)
            yield self.change(f"{self.name}:{step.path}", step.old, step.new, step.write)

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
                f"{self.name}: {address} is in no address range of {network}, so OpenNebula cannot lease it."
            )
        taken = each.taken()
        if taken is not None:
            address = " ".join(each.attributes[name.upper()] for name in given)
            network = NETWORKS.describe(each.network, each.owner)
            raise RefusedError(f"{self.name}: {address} on {network} is {taken.said}.", holders=taken.objects)
