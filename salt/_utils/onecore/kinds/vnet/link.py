"""The properties of a virtual network: its isolation, and the settings for its guests.

Network templates have the same ones. Unlike a template, a network stores its driver, device and numbers outside its
attributes, gets an automatic number only at creation, and has running VMs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...basics.addresses import IPV4, IPV6
from ...basics.values import HIGHEST_VLAN, VXLAN, YES_NO, Integer, Words
from ...cloud.directory import NETWORKS
from ...cloud.resource import Resource
from ...model.fields import Attribute
from ...model.leaves import ADDRESSES, FILLED, MASK, choice
from ...model.leaves import IPV4 as IPV4_TEXT
from ...model.leaves import IPV6 as IPV6_TEXT
from ...model.reading import Reading
from .limits import DRIVERS

#: Settings that the context passes to guests.
GUESTS = (
    Attribute("network_address", IPV4, doc="Network address for guests.", example="192.168.0.0", node=IPV4_TEXT),
    Attribute("network_mask", doc="Network mask for guests: ``255.255.255.0``.", example="255.255.255.0", node=MASK),
    Attribute("gateway", IPV4, doc="The router for guests.", example="192.168.0.1", node=IPV4_TEXT),
    Attribute(
        "gateway6",
        IPV6,
        doc="The IPv6 router for guests.",
        example="'2001:db8::1'",
        node=IPV6_TEXT,
    ),
    Attribute(
        "dns",
        Words(),
        doc="The name servers for guests: addresses separated by spaces; a state also takes a list.",
        example="192.168.0.1",
        node=ADDRESSES,
    ),
)


class Link(Attribute):
    """An attribute that isolates a network; a reservation inherits it from its parent."""

    def said(self, resource: Resource, reading: Reading) -> Any:
        parent = reading.cloud.numbered(NETWORKS, resource.text("PARENT_NETWORK_ID"))
        inherited = parent is not None and self.read(parent) == self.read(resource)
        return None if inherited else super().said(resource, reading)


class Bridge(Link):
    """The bridge of a network; a generated one is not exported."""

    def said(self, resource: Resource, reading: Reading) -> Any:
        vlan = resource.text("VLAN_ID") or resource.text("OUTER_VLAN_ID")
        made_up = (f"onebr.{vlan}", f"onebr{resource.id}")
        return None if resource.text("BRIDGE") in made_up else super().said(resource, reading)


def link(made: bool) -> tuple[Attribute, ...]:
    """The arguments for the isolation of a network, and for its MTU.

    made
        Whether they are those of a network, and not of a network template.
    """
    return tuple(_link(made))


_NEEDED = " Needed to create a network that is neither a reservation nor created from a template."


def _link(made: bool) -> Iterator[Attribute]:
    def beside(name: str) -> dict[str, Any]:
        return {"path": name} if made else {}

    def number(name: str, doc: str, example: str) -> Attribute:
        said = doc if made else f"{doc} Every network that is created from it has this number."
        how = {"excludes": f"automatic_{name}", "disruptive": made, **beside(name.upper())}
        return Link(name, VXLAN, doc=said, example=example, **how)

    def automatic(name: str, doc: str) -> Attribute:
        # OpenNebula assigns an automatic number only at creation, and never returns it.
        how: dict[str, Any] = {"path": f"{name.upper()}_AUTOMATIC", "writer": None} if made else {}
        return Link(f"automatic_{name}", YES_NO, usual=False, doc=doc, otherwise="``false``", example="true", **how)

    yield Link(
        "driver",
        attribute="VN_MAD",
        required=not made,
        erasable=False,
        severs=made,
        doc=(
            "Network driver (``VN_MAD``), which isolates the network: ``802.1Q``, ``vxlan``, ``bridge``, ``fw``, "
            "``ovswitch``, ``ovswitch_vxlan``, ``dummy``, or in a state also one that the cloud defines itself."
            f"{_NEEDED if made else ''}"
        ),
        example="vxlan",
        node=choice(*DRIVERS),
        **beside("VN_MAD"),
    )
    # A network always has one: OpenNebula generates one if none is set.
    yield Bridge(
        "bridge",
        erasable=not made,
        severs=made,
        doc="Bridge on the hosts.",
        otherwise="OpenNebula's own choice, ``onebr.<vlan_id>`` or ``onebr<ID>``",
        example="br0",
        node=FILLED,
        **beside("BRIDGE"),
    )
    yield Link(
        "phydev",
        disruptive=made,
        doc="Physical device of the hosts that carries the network; needed by ``802.1Q`` and ``vxlan``.",
        example="eth1",
        node=FILLED,
        **beside("PHYDEV"),
    )
    yield number("vlan_id", f"VLAN number, up to {HIGHEST_VLAN}, or VXLAN number.", "101")
    yield number("outer_vlan_id", "VXLAN number, for ``ovswitch_vxlan``.", "5001")
    yield automatic("vlan_id", "Whether OpenNebula assigns the number, once, at creation.")
    yield automatic("outer_vlan_id", "The same for the outer number of ``ovswitch_vxlan``.")
    yield Attribute(
        "mtu", Integer(68, 65535), disruptive=made, doc="Longest packet (MTU).", unit="bytes", example="1400"
    )
