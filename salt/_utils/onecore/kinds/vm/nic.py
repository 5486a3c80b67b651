"""One declared NIC or alias of a VM, and the differences of an existing NIC.

OpenNebula writes much of a NIC itself: what links it comes from its network, and what the declaration leaves open is
handed down by the network or its address range. What is left is compared, attribute by attribute.
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
from ..vnet.pushes import LINK, linked_otherwise
from .nic_groups import NicGroups

#: What a NIC says besides its attributes.
WORDS = {"NETWORK", "OWNER", "SHARED", "ALIASES", secgroups.ATTRIBUTE, *ADDRESSES}
#: The limits of a NIC's bandwidth, which a NIC that exists can be given otherwise (VirtualMachine::nic_update).
LIMITS = frozenset(f"{way}BOUND_{limit}" for way in ("IN", "OUT") for limit in ("AVG_BW", "PEAK_BW", "PEAK_KB"))
_OF_THE_NETWORK = dict.fromkeys(
    ("BRIDGE", "BRIDGE_TYPE", "CLUSTER_ID", "PARENT_NETWORK_ID", "VN_MAD"), "it is what its network says"
)
_MADE = (
    "ALIAS_ID ALIAS_IDS AR_ID ATTACH IP6_GLOBAL IP6_LINK IP6_ULA NIC_ID PARENT_ID VROUTER_IP VROUTER_IP6_GLOBAL "
    "VROUTER_IP6_LINK VROUTER_IP6_ULA VROUTER_MAC"
)
#: Attributes of a NIC that a declaration cannot have, and the words that refuse them.
_REFUSED = {
    **_OF_THE_NETWORK,
    **dict.fromkeys(_MADE.split(), SET_ITSELF),
    "PARENT": "declare aliases with the NIC instead",
}
#: Names that OpenNebula gives to NICs and aliases, and all texts that it makes up where nobody says one.
_NAMED = re.compile(r"NIC\d+(_ALIAS\d+)?")
_MADE_UP = {"NAME": _NAMED, "TARGET": re.compile(r"one-\d+-\d+")}
#: What the scheduler chose the network of a NIC by.
_CHOSEN = ("NETWORK_MODE", "SCHED_REQUIREMENTS", "SCHED_RANK")
#: What a NIC that is attached again gets from elsewhere than from the one that it was.
_NOT_CARRIED = {*_CHOSEN, *_REFUSED, *LINK, *ADDRESSES, "NETWORK", "NETWORK_ID", "IP6_PREFIX", secgroups.ATTRIBUTE}

#: What links a NIC that has a change of its network on paper only.
_NOT_IN_FORCE = "not in force"

Handed = Callable[[Mapping[str, str]], Mapping[str, str]]


def refuse_written(where: str, attributes: Iterable[str]) -> None:
    """Raise ArgumentError for an attribute that OpenNebula writes over."""
    for name in attributes:
        if name in _REFUSED:
            raise ArgumentError(f"{where}.{name.lower()}: {_REFUSED[name]}.")


def refuse_name(where: str, name: str) -> None:
    """Raise ArgumentError for the name of a NIC that is of the form of those which OpenNebula makes."""
    if _NAMED.fullmatch(name):
        raise ArgumentError(f"{where}.name: OpenNebula reserves names such as {name}.")


def handed_down(network: Resource, present: Mapping[str, str]) -> Mapping[str, str]:
    """What a network hands down to a NIC that does not say it itself: its attributes, those of the range first."""
    every = {name: value for name, value in network.attributes.items() if isinstance(value, str)}
    for each in network.vectors("AR_POOL/AR"):
        if each.get("AR_ID") == present.get("AR_ID"):
            every |= {name: value for name, value in each.items() if value}
    return every


@dataclass(frozen=True)
class Nic:
    """A declared NIC.

    attributes
        In OpenNebula's words, without the network; an empty text for what it is not to have of its own.
    network, owner
        The network's key; an owner of ``None`` is the VM's.
    number
        The network's id; ``None`` for one that a dry run only announced.
    shared
        Whether the declaration says that the network is another user's on purpose.
    missed, links, untold
        VMs that have not applied the network's last change, and what links a NIC to the network, by address range:
        a NIC of such a VM may still be linked as it was before. And tells which of them have drivers
        that have failed to take the change over, and will not be told again.
    ranges
        The network's address ranges.
    taken
        Tells who else has its address, in words that follow "is"; nothing where nobody has.
    handed
        What the network hands down to a NIC, given the one that exists.
    groups
        Its security groups; ``None`` where it does not refer to them.
    aliases
        Its aliases; ``None`` where it does not refer to them.
    ordered
        Whether it stands where it is declared, after it was made as well.
    """

    network: str
    owner: str | None
    shared: bool
    attributes: Mapping[str, str]
    number: int | None = None
    missed: frozenset[int] = frozenset()
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    untold: Callable[[], Iterable[int]] = tuple
    ranges: Sequence[Vector] = ()
    taken: Callable[[], str] = lambda: ""
    handed: Handed = lambda present: {}
    groups: NicGroups | None = None
    aliases: tuple[Nic, ...] | None = None
    ordered: bool = True

    @property
    def written(self) -> dict[str, Any]:
        """The NIC in OpenNebula's words: by number, so that it cannot resolve to another user's network."""
        groups = {} if self.groups is None else self.groups.own.written
        return {"NETWORK_ID": str(self.number), **self.said, **groups}

    @property
    def said(self) -> dict[str, str]:
        """The attributes that it is to have of its own."""
        return {name: value for name, value in self.attributes.items() if value != ""}

    @property
    def shown(self) -> dict[str, Any]:
        """The NIC as a person knows it."""
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
        """Whether it, or an alias of it, is to have an address that a VM's NIC has."""
        own = present.get("NETWORK_ID") == str(self.number) and any(self._shares(present))
        return own or any(each.takes_from(present) for each in self.aliases or ())

    def _shares(self, present: Mapping[str, str]) -> list[bool]:
        """For each declared address, whether a VM's NIC has it."""
        declared = [(name, kind) for name, kind in ADDRESSES.items() if name in self.attributes]
        return [kind.stored(present.get(name, "")) == kind.stored(self.attributes[name]) for name, kind in declared]

    def missing_links(self, present: Mapping[str, str], vm: int) -> dict[str, tuple[str | None, str]]:
        """What links a NIC of this VM to the network by now, where the last change of that has not come to it."""
        if vm not in self.missed:
            return {}
        if vm in self.untold():
            due = self.links.get(present.get("AR_ID", ""), {})
            return {name: (_NOT_IN_FORCE, value) for name, value in due.items() if value}
        return {name: (present.get(name), value) for name, value in linked_otherwise(present, self.links).items()}

    def differing(self, present: Mapping[str, str], default: Mapping[str, str]) -> dict[str, str]:
        """The attributes in which a NIC that exists differs, as they are to be.

        default
            What the VM's template says for all NICs (``NIC_DEFAULT``).
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
        """What a NIC may have of this attribute without its being its own."""
        made = (present[name],) if _is_made(name, present.get(name, "")) else ()
        return (self.handed(present).get(name, ""), default.get(name, ""), *made)

    def refuse_overwritten(self, where: str, network: Resource) -> None:
        """Raise RefusedError for what its network says otherwise, and OpenNebula would take from there."""
        for name in LINK:
            theirs = network.text(name)
            if self.attributes.get(name, "") not in ("", theirs) and theirs:
                raise RefusedError(
                    f"{where}.{name.lower()}: a NIC has what its network says, {theirs}; change the network."
                )

    def again(self, present: Vector, default: Mapping[str, str]) -> dict[str, Any]:
        """A NIC that exists as it is to be attached again: with its address, and with what is not declared."""
        kept = free_attributes(present, {**default, **self.handed(present)})
        groups = present.get(secgroups.ATTRIBUTE) if self.groups is None else None
        own = {**kept, **({secgroups.ATTRIBUTE: groups} if groups else {}), **self.written}
        found = {name: value for name, value in own.items() if self.attributes.get(name) != ""}
        return found if any(name in found for name in ADDRESSES) else {**found, **address_of(present)}


def address_of(present: Mapping[str, str]) -> dict[str, str]:
    """The address of a NIC that exists, of the one sort by which OpenNebula finds the others."""
    return next(({name: present[name]} for name in ("IP", "IP6", "MAC") if present.get(name)), {})


def free_attributes(present: Mapping[str, str], handed: Mapping[str, str]) -> dict[str, str]:
    """What a NIC that exists has of its own, besides its address and what links it."""
    return {
        name: value
        for name, value in present.items()
        if value and name not in _NOT_CARRIED and value != handed.get(name) and not _is_made(name, value)
    }


def _is_made(name: str, value: str) -> bool:
    """Whether OpenNebula has made a value, as it does where nobody says one."""
    return name in _MADE_UP and _MADE_UP[name].fullmatch(value) is not None
