"""Virtual networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...basics.errors import RefusedError, SettleError
from ...basics.plan import Change, Order
from ...basics.values import ADDRESS, HIGHEST_VLAN, VXLAN, YES_NO, Integer
from ...cloud.campaign import Procedure, Turn
from ...cloud.directory import CLUSTERS, NETWORKS, ROUTERS, VMS
from ...cloud.locking import ADMIN, forbids, refuse_locked
from ...cloud.naming import listed
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...cloud.waiting import settled
from ...model import handover, writers
from ...model.about import About
from ...model.attributes import SET_ITSELF, Attributes
from ...model.fields import GROUP, MANAGED, OWNER, PERMISSIONS, Attribute
from ...model.kind import Kind, Writer
from ...model.leaves import ADDRESSES, FILLED, IPV4, MASK, choice
from ...model.members import Members, join_and_leave
from ...model.reading import Reading
from ...model.secgroups import SecurityGroups
from .leaving import leaves, lets_go
from .limits import DRIVERS, refuse_unusable
from .ranges import AddressRanges, refuse_losses, write_ranges
from .vlans import NUMBERS, refuse_taken

#: What OpenNebula tells running VMs of (VirtualNetwork.cc, release 7.4.0), beyond what has an argument of its own.
_LIVE: tuple[str, ...] = ("QINQ_TYPE", "CVLANS", "VLAN_TAGGED_ID", "SPOOFCHK", "TRUST")
_LIVE += tuple(f"{way}BOUND_{what}" for way in ("IN", "OUT") for what in ("AVG_BW", "PEAK_BW", "PEAK_KB"))


class Bridge(Attribute):
    """The bridge of a network; the one that OpenNebula made up is written down by nobody."""

    def said(self, resource: Resource, reading: Reading) -> Any:
        vlan = resource.text("VLAN_ID") or resource.text("OUTER_VLAN_ID")
        made_up = (f"onebr.{vlan}", f"onebr{resource.id}")
        return None if resource.text("BRIDGE") in made_up else super().said(resource, reading)


#: What OpenNebula says of a network itself, and takes out of every template (VirtualNetwork.cc, release 7.4.0).
_FIELDS = (
    Attribute(
        "driver",
        attribute="VN_MAD",
        path="VN_MAD",
        required=True,
        doc=(
            "Network driver (``VN_MAD``), which isolates the network: ``802.1Q``, ``vxlan``, ``bridge``, ``fw``, "
            "``ovswitch``, ``ovswitch_vxlan``, ``dummy``, or in a state also one that the cloud defines itself."
        ),
        example="vxlan",
        node=choice(*DRIVERS),
    ),
    # A network always has one: OpenNebula makes one up where none is said.
    Bridge(
        "bridge",
        path="BRIDGE",
        erasable=False,
        doc="Bridge on the hosts.",
        otherwise="OpenNebula's own choice, ``onebr.<vlan_id>`` or ``onebr<ID>``",
        example="br0",
    ),
    Attribute(
        "phydev",
        path="PHYDEV",
        disruptive=True,
        doc="Physical device of the hosts that carries the network; needed by ``802.1Q`` and ``vxlan``.",
        example="eth1",
        node=FILLED,
    ),
    Attribute(
        "vlan_id",
        VXLAN,
        path="VLAN_ID",
        disruptive=True,
        doc=f"VLAN number, up to {HIGHEST_VLAN}, or VXLAN number.",
        example="101",
        excludes="automatic_vlan_id",
    ),
    Attribute(
        "outer_vlan_id",
        VXLAN,
        path="OUTER_VLAN_ID",
        disruptive=True,
        doc="VXLAN number, for ``ovswitch_vxlan``.",
        example="5001",
        excludes="automatic_outer_vlan_id",
    ),
    # OpenNebula draws an automatic number once, at creation, and never takes it back.
    Attribute(
        "automatic_vlan_id",
        YES_NO,
        usual=False,
        path="VLAN_ID_AUTOMATIC",
        writer=None,
        doc="Whether OpenNebula draws the number, once, at creation.",
        otherwise="``false``",
        example="true",
    ),
    Attribute(
        "automatic_outer_vlan_id",
        YES_NO,
        usual=False,
        path="OUTER_VLAN_ID_AUTOMATIC",
        writer=None,
        doc="The same for the outer number of ``ovswitch_vxlan``.",
        otherwise="``false``",
        example="true",
    ),
    Attribute("mtu", Integer(68, 65535), disruptive=True, doc="Longest packet (MTU).", unit="bytes", example="1400"),
    Attribute(
        "network_address", ADDRESS, doc="Base address, which guests are told of.", example="192.168.0.0", node=IPV4
    ),
    Attribute(
        "network_mask", doc="Mask, which guests are told of: ``255.255.255.0``.", example="255.255.255.0", node=MASK
    ),
    Attribute("gateway", ADDRESS, doc="The router that guests are told of.", example="192.168.0.1", node=IPV4),
    Attribute(
        "dns",
        doc="The name servers that guests are told of; several addresses are separated by blanks.",
        example="192.168.0.1",
        node=ADDRESSES,
    ),
    AddressRanges("address_ranges", writer="address_ranges"),
    SecurityGroups(
        "security_groups",
        NETWORKS,
        doc=(
            "Names of all its security groups, each one of the owner's own or else of oneadmin's; every NIC has them "
            "that joins the network from then on. An empty list is none at all, and lets everything through."
        ),
        otherwise="``[default]`` for a new network, which lets everything through",
    ),
    Members(
        "clusters",
        CLUSTERS,
        "CLUSTERS/ID",
        usual=(0,),
        writer="clusters",
        doc="Names of all clusters the network belongs to.",
        example="[default]",
    ),
    OWNER,
    GROUP,
    PERMISSIONS,
    MANAGED,
)


#: What stands beside a network's attributes, where an update does not reach it (src/vnm, release 7.4.0).
_APART = {
    "BRIDGE_TYPE": "OpenNebula takes it from the driver, and keeps it",
    "CLUSTER_IDS": "say clusters instead",
    "LEASES": "say address_ranges instead; onevnet.hold holds an address",
    "OUTER_VLAN_ID_AUTOMATIC": "say automatic_outer_vlan_id instead",
    "VLAN_ID_AUTOMATIC": "say automatic_vlan_id instead",
    **dict.fromkeys(
        ("PARENT_NETWORK_ID", "TEMPLATE_ID", "TEMPLATE_NAME", "USED_LEASES", "VNET_UPDATE", "VROUTERS"), SET_ITSELF
    ),
}


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    clusters = order.wanted.get("clusters")
    cluster = cloud.get(CLUSTERS, clusters[0]).id if clusters else writers.KEEP
    return cloud.call("one.vn.allocate", template, cluster)


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    wanted = order.wanted
    refuse_unusable(wanted, resource)
    for number in NUMBERS:
        if resource is None or resource.text(f"{number.upper()}_AUTOMATIC") != "1" or number not in wanted:
            continue
        if resource.text(number.upper()) != str(wanted[number]):
            raise RefusedError(
                f"{number} cannot be changed: OpenNebula drew it ({resource.text(number.upper())}) and keeps it. "
                "Remove the network and make it anew."
            )
    refuse_taken(cloud, order, resource)
    if resource is not None and forbids(resource, ADMIN):
        changes = VNET.changes(order, resource)
        if any(change.field == "clusters" or _adds_or_removes(change) for change in changes):
            refuse_locked(cloud, NETWORKS, resource, ADMIN)


def _adds_or_removes(change: Change) -> bool:
    """Whether a change is an address range more or less, which takes the highest right."""
    return change.field == "address_ranges" and change.write[0] in ("add_ar", "rm_ar")


def _pushed(write: Writer) -> Writer:
    """A writer that ends when all VMs on the network have been told of the change; returns the network as it is then.

    OpenNebula tells one VM after the other, and leaves out a VM that is not simply running or off, such as one that
    is just being told of another network's change. It would stay on the old VLAN: so networks are changed one by one.
    """

    def push(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> Procedure:
        if not any(change.disruptive for change in changes):
            write(cloud, resource, changes, order)
            return None
        subject = NETWORKS.describe(resource.name, resource.owner)
        with (yield Turn("push", "another network's VMs to be told")):
            write(cloud, resource, changes, order)
            now = yield settled(NETWORKS, resource.id, subject, what="its VMs to be told", owner=resource.owner)
        told, missed = ([], []) if now is None else (now.ids("UPDATED_VMS"), now.ids("ERROR_VMS"))
        cloud.refresh_known(VMS, [*told, *missed])
        if missed:
            vms = listed(VMS, missed, cloud.pool(VMS).by_id)
            raise SettleError(f"{vms} has not taken the change over; attach its NIC anew")
        return now

    return push


def _in_use(cloud: Cloud, resource: Resource) -> None:
    if not resource.number("USED_LEASES"):
        return
    held = list(cloud.read(NETWORKS, resource.id).vectors("AR_POOL/AR/LEASES/LEASE"))
    holders = [lease.number("VM", -1) for lease in held if "VROUTER" not in lease]
    routers = [lease.number("VROUTER") for lease in held if "VROUTER" in lease]
    kept = [number for number in holders if not leaves(cloud, number, resource.id)]
    kept += [-1 for number in routers if not lets_go(cloud, ROUTERS, number, resource.id)]
    if kept:
        vms = listed(VMS, {number for number in kept if number >= 0}, cloud.pool(VMS).by_id)
        who = f" ({vms})" if vms else ""
        raise RefusedError(
            f"virtual network {resource.name} of {resource.owner} (ID {resource.id}) is in use: "
            f"{len(kept)} lease{'s' if len(kept) > 1 else ''}{who}. Terminate the VMs or release the leases first."
        )


def _disturbing(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """Changes that OpenNebula tells running VMs of, where there are any."""
    return [change for change in changes if change.disruptive] if resource.number("USED_LEASES") else []


VNET = Kind.of(
    NETWORKS,
    about=About(
        rights=(
            "the account creates networks with CREATE on NET and ADMIN on the cluster; it changes or removes them with "
            "MANAGE, their address ranges with ADMIN. To give one to another user it needs MANAGE on the user and USE "
            "on the group. Only members of group ``oneadmin`` choose a driver, bridge or physical device "
            "(VNET_RESTRICTED_ATTR in oned.conf), and a VLAN unless a VLAN rule of the group allows it."
        ),
        example="dmz1",
        declared="""
        - driver: 802.1Q
        - phydev: eth1
        - vlan_id: 108
        - network_address: 10.1.3.0
        - network_mask: 255.255.255.0
        - gateway: 10.1.3.1
        - address_ranges:
            pool: {ip: 10.1.3.50, size: 150}
        """,
        kept="one with addresses in use",
        renamed="; its ID and its VMs stay.",
    ),
    fields=(*_FIELDS, Attributes(_FIELDS, live=_LIVE, elsewhere=_APART, example="{FILTER_IP_SPOOFING: true}")),
    # OpenNebula 6.10 loses a chown, or that the network is READY, when both come at once.
    create=handover.begin(NETWORKS, _allocate),
    hand_over=handover.finish(NETWORKS),
    writers={
        "update": _pushed(writers.update("one.vn")),
        "address_ranges": write_ranges,
        "clusters": join_and_leave("one.cluster.addvnet", "one.cluster.delvnet", member_first=True),
        "chown": writers.chown("one.vn"),
        "chmod": writers.chmod("one.vn"),
    },
    remove=lambda cloud, resource: cloud.call("one.vn.delete", resource.id),
    in_the_way=_in_use,
    check=_check,
    disturbing=_disturbing,
    check_late=lambda cloud, order, resource: refuse_losses(cloud, resource, order.wanted["address_ranges"]),
)
