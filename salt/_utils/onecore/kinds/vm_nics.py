"""The NICs of a VM, and which networks a VM may join.

OpenNebula lets an administrator put one user's VM on another user's network. These functions do not: a VM
joins networks of its owner, or networks that are shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, MissingError, RefusedError, SettleError
from ..fields import Field
from ..plan import Change
from ..resource import Resource
from ..syntax import render
from ..values import ADDRESS, MAC, YES_NO, expected
from ..vectors import lowered, vector
from ..waiting import await_settled
from .user import USER
from .vnet import VNET

if TYPE_CHECKING:
    from ..cloud import Cloud
    from .base import Order

USE = 4
_ADDRESSES = {"IP": ADDRESS, "IP6": ADDRESS, "MAC": MAC}


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
    """

    network: str
    owner: str | None
    shared: bool
    attributes: Mapping[str, str]
    number: int | None = None

    def fits(self, present: Mapping[str, str]) -> bool:
        """Whether a VM's NIC is the declared one."""
        if present.get("NETWORK_ID") != str(self.number):
            return False
        return all(
            kind.stored(present.get(name, "")) == kind.stored(self.attributes[name])
            for name, kind in _ADDRESSES.items()
            if name in self.attributes
        )


class VmNics(Field):
    """The argument ``nics`` of a VM: a complete list; a NIC that is not declared is detached."""

    attribute_names = ("NIC",)

    def wanted(self, value: Any) -> list[Nic]:
        if not isinstance(value, (list, tuple)):
            raise expected(self.name, "a list, since their order matters, is", value)
        return [self._nic(f"{self.name}[{number}]", each) for number, each in enumerate(value)]

    def _nic(self, where: str, value: Any) -> Nic:
        declared = lowered(where, value)
        network, owner = declared.pop("network", None), declared.pop("owner", None)
        shared = YES_NO.wanted(f"{where}.shared", declared.pop("shared", False))
        if not isinstance(network, str) or not network:
            raise ArgumentError(f"{where}.network: the name of a virtual network is wanted, not {network!r}.")
        for key in ("network_id", "network_uname", "network_uid"):
            if key in declared:
                raise ArgumentError(f"{where}.{key}: name the network, and its owner where that is not the VM's.")
        for key, kind in _ADDRESSES.items():
            if key.lower() in declared:
                declared[key.lower()] = kind.wanted(f"{where}.{key.lower()}", declared[key.lower()])
        return Nic(network, owner, shared, vector(where, declared))

    def resolve(self, cloud: Cloud, wanted: list[Nic], order: Order) -> list[Nic]:
        resolved = []
        for position, each in enumerate(wanted):
            owner = each.owner or order.owner
            if not cloud.exists(VNET, each.network, owner):
                raise MissingError(f"{self.name}[{position}]: {VNET.describe(each.network, owner)} does not exist.")
            found = cloud.find(VNET, each.network, owner)
            number = None if found is None else found.id
            resolved.append(Nic(each.network, owner, each.shared, each.attributes, number))
        return resolved

    def contribute(self, wanted: list[Nic]) -> dict[str, Any]:
        # By number: it cannot resolve to another user's network on the way.
        return {"NIC": [{"NETWORK_ID": str(each.number), **each.attributes} for each in wanted]}

    def changes(self, resource: Resource | None, wanted: list[Nic]) -> Iterator[Change]:
        left = [] if resource is None else list(resource.vectors("TEMPLATE/NIC"))
        missing = []
        for each in wanted:
            present = next((old for old in left if each.fits(old)), None)
            if present is None:
                missing.append(each)
            else:
                left.remove(present)
        for each in missing:
            shown = {"network": each.network, "owner": each.owner, **each.attributes}
            write = {"NETWORK_ID": str(each.number), **each.attributes}
            yield self.change(f"{self.name}:{each.network}", None, shown, ("attach", write))
        for old in left:
            shown = {name: old[name] for name in ("NETWORK", "IP", "MAC") if old.get(name)}
            path = f"{self.name}:NIC {old['NIC_ID']}"
            yield self.change(path, shown, None, ("detach", int(old["NIC_ID"])))


def write_nics(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Attach and detach NICs, one after the other as OpenNebula demands."""
    from .vm import VM

    for change in changes:
        action, argument = change.write
        if action == "attach":
            cloud.call("one.vm.attachnic", resource.id, render({"NIC": argument}))
        else:
            cloud.call("one.vm.detachnic", resource.id, argument)
        late = await_settled(cloud, VM, [resource.id])
        if late:
            raise SettleError(late[resource.id])


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
        network = _network(cloud, owner, where, nic)
        if network is not None and network.owner != owner:
            _refuse_unshared(cloud, owner, where, network, shared)


def _network(cloud: Cloud, owner: str, where: str, nic: Mapping[str, Any]) -> Resource | None:
    """The network that OpenNebula will take for a NIC of a VM of this owner; ``None`` for an announced one."""
    if nic.get("NETWORK_ID", "") != "":
        number = str(nic["NETWORK_ID"])
        found = cloud.pool(VNET).by_id.get(int(number)) if number.isdigit() else None
        if found is None and number != "None":
            raise MissingError(f"{where}: there is no virtual network with ID {number}.")
        return found
    if not nic.get("NETWORK"):
        return None
    holder = nic.get("NETWORK_UNAME") or owner
    if nic.get("NETWORK_UID"):
        holder = next((user.name for user in cloud.pool(USER) if str(user.id) == nic["NETWORK_UID"]), holder)
    if not cloud.exists(VNET, nic["NETWORK"], holder):
        raise MissingError(f"{where}: {VNET.describe(nic['NETWORK'], holder)} does not exist.")
    return cloud.find(VNET, nic["NETWORK"], holder)


def _refuse_unshared(cloud: Cloud, owner: str, where: str, network: Resource, shared: bool) -> None:
    subject = f"{VNET.describe(network.name, network.owner)} (ID {network.id})"
    user, holder = cloud.find(USER, owner), cloud.find(USER, network.owner)
    groups = user.ids("GROUPS") if user is not None else []
    bits = network.permissions
    usable = int(bits[2]) & USE or (int(bits[1]) & USE and network.gid in groups)
    if not usable:
        raise RefusedError(f"{where}: {subject} is not shared with {owner}: its permissions are {bits}.")
    administrator = holder is not None and (holder.id == 0 or 0 in holder.ids("GROUPS"))
    if not (shared or administrator):
        raise RefusedError(
            f"{where}: {subject} is another user's. If {owner} shall join it all the same, say shared: true in nics."
        )
