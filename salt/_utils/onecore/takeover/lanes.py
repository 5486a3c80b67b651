"""The isolation of a network: two networks on one VLAN of one device are one network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud.resource import Resource
from ..model.vlans import OF_VXLAN, Span, further, shares
from ..pillar.networks import VLAN_ARGUMENT

#: Whether it is a VXLAN, the device of the hosts, and the number.
Lane = tuple[bool, str, int]


def declared(values: Mapping[str, Any]) -> Lane | None:
    """The VLAN of a declared network; ``None`` for a network without a number."""
    driver = str(values.get("driver"))
    number = values.get(VLAN_ARGUMENT.get(driver, ""))
    device = values.get("phydev") or values.get("bridge") or ""
    return None if number is None else (driver in OF_VXLAN, device, number)


def present(network: Resource) -> Lane | None:
    """The VLAN of an existing network; ``None`` for a reservation, which shares that of its network."""
    driver = network.text("VN_MAD")
    argument = VLAN_ARGUMENT.get(driver)
    number = network.text(argument.upper()) if argument else ""
    if not number.isdigit() or network.text("PARENT_NETWORK_ID"):
        return None
    return driver in OF_VXLAN, network.text("PHYDEV") or network.text("BRIDGE"), int(number)


def more(network: Resource) -> list[Span]:
    """Further VLANs of an existing network, which it does not share with others on purpose."""
    return [] if shares(network) else further(network)


def covers(span: Span, lane: Lane) -> bool:
    """Whether a VLAN is one of several."""
    vxlan, device, number = lane
    return span.meets(Span(vxlan, device, number, number))
