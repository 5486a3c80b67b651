"""The VLANs of a device that a network uses besides its own number: those of its address ranges, and of a trunk.

A driver carries the VLANs of ``VLAN_TAGGED_ID`` to the device of the network, so that a VM on a trunk reaches the other
networks on them. The numbers in ``CVLANS`` are used within the VLAN of the network, and are no VLANs of the device
(src/vnm_mad, release 7.4.0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..basics.plan import SHARED
from ..basics.values import HIGHEST_VLAN
from ..cloud.resource import Resource

#: The attribute with the VLANs of a trunk, and the drivers that know it.
TRUNK, TRUNKING = "VLAN_TAGGED_ID", ("bridge", "fw", "ovswitch")
#: Drivers whose numbers are VXLAN IDs, and the attribute with the ID; a VLAN inside a VXLAN is independent.
OF_VXLAN = {"vxlan": "VLAN_ID", "ovswitch_vxlan": "OUTER_VLAN_ID"}
_NAMES = ("VN_MAD", "PHYDEV", "BRIDGE", "VLAN_ID", "OUTER_VLAN_ID", TRUNK)
#: The form that drivers accept; they ignore any other text.
_NUMBER, _TRUNK_FORM = re.compile(r"[0-9]{1,10}"), re.compile(r"\d{1,10}(\s*[,-]\s*\d{1,10})*", re.ASCII)


@dataclass(frozen=True)
class Span:
    """Consecutive VLANs of a device that a network uses.

    vxlan
        Whether the numbers are those of VXLANs.
    trunk
        Whether a trunk carries them.
    """

    vxlan: bool
    device: str
    first: int
    last: int
    trunk: bool = False

    def meets(self, other: Span) -> bool:
        """Whether both have a VLAN in common."""
        same = (self.vxlan, self.device) == (other.vxlan, other.device)
        return same and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def carried(driver: str, device: str, text: str) -> list[Span]:
    """The VLANs of a trunk, given the text of the attribute: numbers and ranges, separated by commas."""
    found = []
    for part in text.split(",") if driver in TRUNKING and _TRUNK_FORM.fullmatch(text) else ():
        bounds = [int(bound) for bound in part.split("-")[:2]]
        if min(bounds) <= HIGHEST_VLAN:
            found.append(Span(False, device, min(bounds), min(max(bounds), HIGHEST_VLAN), True))
    return found


def own(network: Resource) -> list[Span]:
    """The VLAN of a network itself, if it has one."""
    return list(_numbered(_values(network)))


def further(network: Resource) -> list[Span]:
    """The VLANs that a network uses besides its own number."""
    values = _values(network)
    found = _trunk(values)
    for each in network.vectors("AR_POOL/AR"):
        # A NIC gets these from its range rather than from the network (AddressRange.cc, release 7.4.0).
        given = {name: each[name] for name in _NAMES if each.get(name)}
        if given:
            found += [*_numbered({**values, **given}), *_trunk({**values, **given})]
    return list(dict.fromkeys(each for each in found if each not in own(network)))


def uses_more(network: Resource) -> bool:
    """Whether a network uses VLANs besides its own number; for an index."""
    return bool(further(network))


def shares(network: Resource) -> bool:
    """Whether a network shares VLANs on purpose.

    Reservations have the VLAN of their network, and trunks declared for everybody carry VLANs of others.
    """
    mark = network.mark
    return bool(network.text("PARENT_NETWORK_ID")) or (mark is not None and mark.source == SHARED)


def _values(network: Resource) -> dict[str, str]:
    return {name: network.text(name) or network.attribute(name) for name in _NAMES}


def _numbered(values: Mapping[str, str]) -> Iterator[Span]:
    driver = values["VN_MAD"]
    number = values[OF_VXLAN.get(driver, "VLAN_ID")]
    if _NUMBER.fullmatch(number):
        yield Span(driver in OF_VXLAN, _device(values), int(number), int(number))


def _trunk(values: Mapping[str, str]) -> list[Span]:
    return carried(values["VN_MAD"], _device(values), values[TRUNK])


def _device(values: Mapping[str, str]) -> str:
    return values["PHYDEV"] or values["BRIDGE"]
