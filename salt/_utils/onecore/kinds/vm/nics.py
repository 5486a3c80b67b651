"""The NICs of a VM: a complete list, and the differences of an existing VM."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...basics.plan import Change, Order
from ...basics.secrecy import quoted
from ...basics.values import YES_NO, Choice, expected, object_name
from ...cloud.directory import NETWORKS, VMS
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import secgroups, sharing
from ...model.fields import Field
from ...model.nodes import Many, Node
from ...model.reading import Reading
from ...model.vectors import VM_NIC, lowered, mapping, vector
from ..vnet.leases import ADDRESSES
from ..vnet.pushes import links, never_told
from ..vnet.ranges import leasable, to_be
from .leases import taken
from .nic import WORDS, Nic, handed_down, refuse_name, refuse_written
from .nic_changes import Differences
from .nic_groups import NicGroups

#: Other ways to a network than its name and owner.
_PATHS = ("network_id", "network_uname", "network_uid", "network_mode")
_NAMED = "name the network, and its owner where that is not the VM's"
_INSTEAD_OF_PATHS = {
    "network_mode": "name the network; NICs for which the scheduler chooses one are those of the template"
}
#: The order of NICs that counts after a VM was made.
DECLARED, ANY = "declared", "any"


def _places(name: str, nics: Iterable[Nic]) -> Iterator[tuple[str, Nic]]:
    """Declared NICs, each with where it stands."""
    return ((f"{name}[{number}]", each) for number, each in enumerate(nics))


def _nulls(where: str, value: Any) -> dict[str, str]:
    """The attributes that a declared NIC is not to have of its own, each with an empty text."""
    said = (str(key).upper() for key, inner in mapping(where, value).items() if inner is None)
    return {name: "" for name in said if name not in WORDS}


class NicOrder(Field):
    """Whether the NICs of a VM that exists stand in the order in which they are declared."""

    type = Choice(DECLARED, ANY)
    default = DECLARED
    doc = (
        "The order of NICs that exist: ``declared`` keeps them as they are listed. OpenNebula adds a NIC at the "
        "end, so those listed after it are attached again. With ``any``, the order does not matter."
    )
    example = ANY

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        return iter(())


NIC_ORDER = NicOrder("nic_order")


def _ranges(cloud: Cloud, name: str, owner: str, network: Resource | None) -> list[Vector]:
    """The address ranges of a network, as a dry run announced them."""
    present = [] if network is None else list(network.vectors("AR_POOL/AR"))
    announced = cloud.announced(NETWORKS, name, owner)
    wanted = announced.wanted.get("address_ranges") if announced is not None else None
    return present if wanted is None else to_be(wanted, present)


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
        if not isinstance(network, str) or not network:
            raise ArgumentError(f"{where}.network: must be the name of a virtual network, not {quoted(network)}.")
        if owner is not None:
            object_name("user", owner)
        for key in _PATHS:
            if key in declared:
                raise ArgumentError(f"{where}.{key}: {_INSTEAD_OF_PATHS.get(key, _NAMED)}.")
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
                raise ArgumentError(f"{where}[{number}].aliases: an alias has none of its own.")
        return aliases

    # -- in terms of the cloud -------------------------------------------------------------------------------------

    def resolve(self, cloud: Cloud, wanted: list[Nic], order: Order) -> list[Nic]:
        ordered = order.wanted.get("nic_order", DECLARED) == DECLARED
        resolved = [self._resolved(cloud, where, each, order) for where, each in _places(self.name, wanted)]
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
                untold=partial(never_told, cloud, found.id),
                taken=partial(self._taken, cloud, order, found, addresses),
                handed=partial(handed_down, found),
            )
        groups = self._groups(cloud, where, replace(each, owner=owner), found, order)
        named = _places(f"{where}.aliases", each.aliases or ())
        aliases = each.aliases and tuple(self._resolved(cloud, place, alias, order) for place, alias in named)
        ranges = _ranges(cloud, each.network, owner, found)
        return replace(each, owner=owner, ranges=ranges, groups=groups, aliases=aliases)

    def _taken(self, cloud: Cloud, order: Order, network: Resource, addresses: Mapping[str, str]) -> str:
        return taken(cloud, network, addresses, self.holders(cloud, order))

    def holders(self, cloud: Cloud, order: Order) -> list[Resource]:
        """Those who may have the addresses already: the VM, if there is one."""
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
                reading.left[self.name] = (
                    f"network {nic.get('NETWORK_ID')} does not exist, or this account cannot see it"
                )
                return None
            key = next((name for name in ADDRESSES if nic.get(name)), None)
            address = {} if key is None else {key.lower(): nic[key]}
            others = {} if network.owner == resource.owner else {"owner": network.owner, "shared": True}
            found.append({"network": network.name, **others, **address})
        return found

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
        if taken:
            address = " ".join(each.attributes[name.upper()] for name in given)
            network = NETWORKS.describe(each.network, each.owner)
            raise RefusedError(f"{self.name}: {address} on {network} is {taken}.")
