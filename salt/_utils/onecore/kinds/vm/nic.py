"""One declared NIC or alias of a VM, and the differences of an existing NIC.

OpenNebula writes many attributes of a NIC itself: the link attributes come from its network, and attributes that the
declaration leaves out are inherited from the network or its address range. The remaining attributes are compared one by
one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...cloud.resource import Resource, Vector
from ...model import secgroups
from ...model.attributes import SET_ITSELF
from ..vnet.leases import ADDRESSES
from ..vnet.pushes import LINK, link_differences
from .leases import Holder
from .nic_groups import NicGroups

#: Keys of a declared NIC that are not attributes.
WORDS = {"NETWORK", "OWNER", "SHARED", "ALIASES", secgroups.ATTRIBUTE, *ADDRESSES}
#: The bandwidth limits of a NIC, which OpenNebula can change on an existing NIC (VirtualMachine::nic_update).
LIMITS = frozenset(f"{way}BOUND_{limit}" for way in ("IN", "OUT") for limit in ("AVG_BW", "PEAK_BW", "PEAK_KB"))
_OF_THE_NETWORK = dict.fromkeys(
    ("BRIDGE", "BRIDGE_TYPE", "CLUSTER_ID", "PARENT_NETWORK_ID", "VN_MAD"), "its network sets it"
)
_MADE = (
    "ALIAS_ID ALIAS_IDS AR_ID ATTACH IP6_GLOBAL IP6_LINK IP6_ULA NIC_ID PARENT_ID VROUTER_IP VROUTER_IP6_GLOBAL "
    "VROUTER_IP6_LINK VROUTER_IP6_ULA VROUTER_MAC"
)
#: Attributes of a NIC that cannot be declared, and the message that refuses each.
_REFUSED = {
    **_OF_THE_NETWORK,
    **dict.fromkeys(_MADE.split(), SET_ITSELF),
    "PARENT": "declare aliases with the NIC instead",
}
#: The names that OpenNebula gives to NICs and aliases, and all values that it generates if none is declared.
_NAMED = re.compile(r"NIC\d+(_ALIAS\d+)?")
_MADE_UP = {"NAME": _NAMED, "TARGET": re.compile(r"one-\d+-\d+")}
#: The attribute with the requirements by which the scheduler chose the network of a NIC.
_CHOSEN = ("NETWORK_MODE", "SCHED_REQUIREMENTS", "SCHED_RANK")
#: Attributes that a NIC gets from other sources when it is attached again.
_NOT_CARRIED = {*_CHOSEN, *_REFUSED, *LINK, *ADDRESSES, "NETWORK", "NETWORK_ID", "IP6_PREFIX", secgroups.ATTRIBUTE}

#: The link attributes of a NIC whose network change is stored, but not applied by the driver.
_NOT_IN_FORCE = "not in force"

Handed = Callable[[Mapping[str, str]], Mapping[str, str]]


def refuse_written(where: str, attributes: Iterable[str]) -> None:
    """Raise ArgumentError for an attribute that OpenNebula overwrites."""
    for name in attributes:
        if name in _REFUSED:
            raise ArgumentError(f"{where}.{name.lower()}: {_REFUSED[name]}.")


def refuse_name(where: str, name: str) -> None:
    """Raise ArgumentError for a NIC name in the form of those that OpenNebula generates."""
    if _NAMED.fullmatch(name):
        raise ArgumentError(f"{where}.name: OpenNebula reserves names such as {name}.")


def inherited_attributes(network: Resource, present: Mapping[str, str]) -> Mapping[str, str]:
    """The attributes that a NIC inherits from its network unless it sets them; those of the range take precedence."""
    every = {name: value for name, value in network.attributes.items() if isinstance(value, str)}
    for each in network.vectors("AR_POOL/AR"):
        if each.get("AR_ID") == present.get("AR_ID"):
            every |= {name: value for name, value in each.items() if value}
    return every


@dataclass(frozen=True)
class Nic:
    """A declared NIC.

    attributes
        In OpenNebula's terms, without the network; an empty text for attributes that are to be removed.
    network, owner
        The network's key; an owner of ``None`` is the owner of the VM.
    number
        The network's ID; ``None`` for one that a dry run has only announced.
    shared
        Whether the network is declared as another user's.
    missed, links, untold
        VMs that have not applied the network's last change, and the link attributes of the network by address range:
        NICs of these VMs may still have the old ones. Then a function that returns those VMs whose driver has failed,
        and to which OpenNebula will not push the change again.
    ranges
        The network's address ranges.
    taken
        Returns who else has its address; ``None`` if it is free.
    handed
        Returns the attributes that the network gives to an existing NIC.
    groups
        Its security groups; ``None`` if they are not declared.
    aliases
        Its aliases; ``None`` if they are not declared.
    ordered
        Whether its position must be the declared one on an existing VM, too.
    """

    network: str
    owner: str | None
    shared: bool
    attributes: Mapping[str, str]
    number: int | None = None
    missed: frozenset[int] = frozenset()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_pushable: Callable[[], Iterable[int]] = tuple
    ranges: Sequence[Vector] = ()
    taken: Callable[[], Holder | None] = lambda: None
    handed: Handed = lambda present: {}
    groups: NicGroups | None = None
    aliases: tuple[Nic, ...] | None = None
    ordered: bool = True

    @property
    def written(self) -> dict[str, Any]:
        """The NIC in OpenNebula's terms: by network ID, so that it cannot resolve to another user's network."""
        groups = {} if self.groups is None else self.groups.own.written
        return {"NETWORK_ID": str(self.number), **self.said, **groups}

    @property
    def said(self) -> dict[str, str]:
        """The attributes that the NIC itself must have."""
        return {name: value for name, value in self.attributes.items() if value != ""}

    @property
    def shown(self) -> dict[str, Any]:
        """The NIC for people."""
        found: dict[str, Any] = {"network": self.network, "owner": self.owner, **self.said}
        if self.groups is not None:
            found[secgroups.ARGUMENT] = self.groups.own.shown(self.groups.own.numbers)
        if self.aliases:
            found["aliases"] = [each.shown for each in self.aliases]
        return found

    def fits(self, present: Mapping[str, str]) -> bool:
        """Whether a VM's NIC is the declared one."""
        return present.get("NETWORK_ID") == str(self.number) and all(self._shares(present))

    def takes_from(self, present: Mapping[str, str]) -> bool:
        """Whether it, or one of its aliases, is declared with an address that a VM's NIC has."""
        own = present.get("NETWORK_ID") == str(self.number) and any(self._shares(present))
        return own or any(each.takes_from(present) for each in self.aliases or ())

    def _shares(self, present: Mapping[str, str]) -> list[bool]:
        """For each declared address, whether a VM's NIC has it."""
        declared = [(name, kind) for name, kind in ADDRESSES.items() if name in self.attributes]
        return [kind.stored(present.get(name, "")) == kind.stored(self.attributes[name]) for name, kind in declared]

    def missing_links(self, present: Mapping[str, str], vm: int) -> dict[str, tuple[str | None, str]]:
        """The current link attributes of the network, if its last change was not applied to this VM."""
        if vm not in self.missed:
            return {}
        if vm in self.not_pushable():
            due = self.links.get(present.get("AR_ID", ""), {})
            return {name: (_NOT_IN_FORCE, value) for name, value in due.items() if value}
        return {name: (present.get(name), value) for name, value in link_differences(present, self.links).items()}

    def differing(self, present: Mapping[str, str], default: Mapping[str, str]) -> dict[str, str]:
        """The attributes in which an existing NIC differs, with their declared values.

        default
            The defaults of all NICs in the VM's template (``NIC_DEFAULT``).
        """
        found = {}
        for name, wanted in self.attributes.items():
            if name in ADDRESSES:
                continue
            old = present.get(name, "")
            if wanted:
                if old != wanted:
                    found[name] = wanted
            elif old and old not in self._inherited(name, present, default):
                found[name] = self.handed(present).get(name) or default.get(name, "")
        return found

    def _inherited(self, name: str, present: Mapping[str, str], default: Mapping[str, str]) -> tuple[str, ...]:
        """The values that a NIC may have of this attribute without having set it itself."""
        made = (present[name],) if _is_made(name, present.get(name, "")) else ()
        return (self.handed(present).get(name, ""), default.get(name, ""), *made)

    def refuse_overwritten(self, where: str, network: Resource) -> None:
        """Raise RefusedError for attributes that its network sets otherwise, since OpenNebula would use those of the
        network.
        """
        for name in LINK:
            theirs = network.text(name)
            if self.attributes.get(name, "") not in ("", theirs) and theirs:
                raise RefusedError(
                    f"{where}.{name.lower()}: a NIC gets the value of its network, {theirs}; change the network."
                )

    def again(self, present: Vector, default: Mapping[str, str]) -> dict[str, Any]:
        """An existing NIC as it is to be attached again: with its address, and with its undeclared attributes."""
        kept = free_attributes(present, {**default, **self.handed(present)})
        groups = present.get(secgroups.ATTRIBUTE) if self.groups is None else None
        own = {**kept, **({secgroups.ATTRIBUTE: groups} if groups else {}), **self.written}
        found = {name: value for name, value in own.items() if self.attributes.get(name) != ""}
        return found if any(name in found for name in ADDRESSES) else {**found, **address_of(present)}


def address_of(present: Mapping[str, str]) -> dict[str, str]:
    """The address of an existing NIC that determines its other addresses."""
    return next(({name: present[name]} for name in ("IP", "IP6", "MAC") if present.get(name)), {})


def free_attributes(present: Mapping[str, str], handed: Mapping[str, str]) -> dict[str, str]:
    """The attributes that an existing NIC has set itself, besides its address and its link attributes."""
    return {
        name: value
        for name, value in present.items()
        if value and name not in _NOT_CARRIED and value != handed.get(name) and not _is_made(name, value)
    }


def _is_made(name: str, value: str) -> bool:
    """Whether OpenNebula has generated a value since none was declared."""
    return name in _MADE_UP and _MADE_UP[name].fullmatch(value) is not None
