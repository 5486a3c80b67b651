"""Virtual networks."""

from __future__ import annotations

from collections.abc import Sequence

from ...basics.errors import ArgumentError, DisturbanceError, RefusedError
from ...basics.plan import Change, Order
from ...basics.syntax import parse, render
from ...cloud.directory import CLUSTERS, GROUPS, NETWORKS, ROUTERS, USERS, VMS, VNTEMPLATES
from ...cloud.drivers import NETWORKS as VN_MAD_CONF
from ...cloud.drivers import refuse_undefined
from ...cloud.locking import ADMIN, forbids, refuse_locked
from ...cloud.naming import listed
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import handover, writers
from ...model.about import About
from ...model.attributes import SET_ITSELF, Attributes
from ...model.cloning import CloneFrom
from ...model.kind import Kind
from ...model.lock import OF_A_USER, is_declared, write_lock
from ...model.members import Members, join_and_leave
from ...model.secgroups import SecurityGroups
from .addresses import is_held, spans
from .holds import Holds, recorded, refuse_lost, refuse_unholdable, release_own, released, write_holds, write_releases
from .leaving import has_left, leaves
from .limits import DRIVERS, refuse_incomplete, refuse_unusable
from .link import GUESTS, link
from .losses import refuse_losses
from .pushes import LIVE, outdated_vms, pushed
from .ranges import AddressRanges, is_inherited, write_ranges
from .recovery import Recover, recover, recovers
from .reservation import RESERVED_FROM, ReservedFrom, refuse_unreservable, reserve, write_more
from .vlans import NUMBERS, refuse_taken, shared_vlan_note

_TEMPLATE = CloneFrom(
    "template",
    VNTEMPLATES,
    "template",
    doc=(
        "The network template from which its owner creates it, who must be able to use it: its name, or "
        "``{template, owner}``. Declared values take precedence; OpenNebula 7 refuses a VLAN that no VLAN rule of "
        "the group allows."
    ),
    example="{template: private, owner: oneadmin}",
    excludes=RESERVED_FROM,
)
_FIELDS = (
    Recover("recover", writer="recover"),
    *link(made=True),
    *GUESTS,
    AddressRanges("address_ranges", writer="address_ranges"),
    _TEMPLATE,
    ReservedFrom(RESERVED_FROM, writer="reserve", holds=True, excludes="address_ranges"),
    Holds("holds", writer="holds"),
    SecurityGroups(
        "security_groups",
        NETWORKS,
        doc=(
            "Names of all its security groups, each of the owner or of ``oneadmin``. NICs that join the network "
            "later get them. With an empty list, everything is allowed."
        ),
        otherwise="``[default]`` for a new network, which allows everything",
    ),
    Members(
        "clusters",
        CLUSTERS,
        "CLUSTERS/ID",
        usual=(0,),
        mirror="VNETS",
        mirrored="networks",
        writer="clusters",
        holds=True,
        doc="Names of all clusters the network belongs to.",
        example="[default]",
    ),
    *OF_A_USER,
)
#: The arguments whose changes OpenNebula does not push to running VMs.
_SEVERING = frozenset(each.name for each in _FIELDS if each.severs)

#: Attributes that OpenNebula stores outside the template, where an update has no effect (src/vnm, release 7.4.0).
_APART = {
    "BRIDGE_TYPE": "OpenNebula derives it from the driver, and never changes it",
    "CLUSTER_IDS": "use clusters instead",
    "LEASES": "use address_ranges instead; onevnet.hold holds an address",
    "OUTER_VLAN_ID_AUTOMATIC": "use automatic_outer_vlan_id instead",
    "VLAN_ID_AUTOMATIC": "use automatic_vlan_id instead",
    **dict.fromkeys(
        ("PARENT_NETWORK_ID", "TEMPLATE_ID", "TEMPLATE_NAME", "USED_LEASES", "VNET_UPDATE", "VROUTERS"), SET_ITSELF
    ),
}


def _allocate(cloud: Cloud, order: Order, template: str) -> int:
    if RESERVED_FROM in order.wanted:
        return reserve(cloud, order, template)
    if _TEMPLATE.name in order.wanted:
        return _instantiate(cloud, order, template)
    clusters = order.wanted.get("clusters")
    cluster = cloud.get(CLUSTERS, clusters[0]).id if clusters else writers.KEEP
    return cloud.call("one.vn.allocate", template, cluster)


def _instantiate(cloud: Cloud, order: Order, template: str) -> int:
    """Instantiate a network template as the owner; no handover is needed then."""
    original = _TEMPLATE.find(cloud, order)
    assert original is not None, "only a dry run announces"
    extra = {name: value for name, value in parse(template).items() if name != "NAME"}
    if order.owner != cloud.account:
        user = cloud.get(USERS, order.user)
        group = cloud.get(GROUPS, order.wanted["group"]).id if "group" in order.wanted else user.gid
        extra |= {"AS_UID": user.id, "AS_GID": group}
    return cloud.call("one.vntemplate.instantiate", original.id, order.name, render(extra))


def _check(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    wanted = order.wanted
    if resource is None and not wanted.keys() & {"driver", RESERVED_FROM, _TEMPLATE.name}:
        raise ArgumentError("To create it, driver must be given.")
    refuse_unusable(wanted, resource)
    if "driver" in wanted and (resource is None or resource.text("VN_MAD") != wanted["driver"]):
        refuse_undefined(cloud, "driver", wanted["driver"], VN_MAD_CONF, DRIVERS)
    if resource is not None or not wanted.keys() & {RESERVED_FROM, _TEMPLATE.name}:
        refuse_incomplete(wanted, resource)
    if resource is not None and "address_ranges" in wanted:
        refuse_lost(order, resource)
    if "holds" in wanted:
        refuse_unholdable(cloud, order, resource)
    if resource is None and _TEMPLATE.name in wanted:
        _TEMPLATE.find(cloud, order)
    if RESERVED_FROM in wanted:
        refuse_unreservable(cloud, order, resource)
    for number in NUMBERS:
        if resource is None or resource.text(f"{number.upper()}_AUTOMATIC") != "1" or number not in wanted:
            continue
        if resource.text(number.upper()) != str(wanted[number]):
            raise RefusedError(
                f"{number} cannot be changed: OpenNebula assigned it ({resource.text(number.upper())}) and keeps it. "
                "Remove the network and create it again."
            )
    refuse_taken(cloud, order, resource)
    if resource is not None and forbids(resource, ADMIN) and not is_declared(order):
        changes = VNET.changes(order, resource)
        if any(change.field == "clusters" or _adds_or_removes(change) for change in changes):
            refuse_locked(cloud, NETWORKS, resource, ADMIN)


def _adds_or_removes(change: Change) -> bool:
    """Whether a change adds or removes an address range, which needs the right ADMIN."""
    return change.field == "address_ranges" and change.write[0] in ("add_ar", "rm_ar")


def _in_use(cloud: Cloud, resource: Resource) -> None:
    if not resource.number("USED_LEASES"):
        return
    now = cloud.read(NETWORKS, resource.id)
    own = recorded(now)
    held = [
        lease
        for lease in now.vectors("AR_POOL/AR/LEASES/LEASE")
        if not (is_held(lease) and any(lease.get(name) in own for name in ("IP", "IP6", "MAC")))
        and not cloud.leaving(NETWORKS.cli, lease.number("VNET", -1))
    ]
    holders = [lease.number("VM", -1) for lease in held if "VROUTER" not in lease]
    routers = [lease.number("VROUTER") for lease in held if "VROUTER" in lease]
    kept = [number for number in holders if not leaves(cloud, number, resource.id)]
    kept += [-1 for number in routers if not has_left(cloud, ROUTERS, number, resource.id)]
    if kept:
        vms = listed(VMS, {number for number in kept if number >= 0}, cloud.pool(VMS).by_id)
        parts = listed(NETWORKS, {lease.number("VNET", -1) for lease in held} - {-1}, cloud.pool(NETWORKS).by_id)
        who = f" ({' and '.join(filter(None, (vms, parts)))})" if vms or parts else ""
        raise RefusedError(
            f"virtual network {resource.name} of {resource.owner} (ID {resource.id}) is in use: "
            f"{len(kept)} lease{'s' if len(kept) > 1 else ''}{who}. Terminate the VMs or release the leases first.",
            holders=[(VMS, number) for number in kept],
        )


def _remove(cloud: Cloud, resource: Resource) -> None:
    release_own(cloud, resource)
    cloud.call("one.vn.delete", resource.id)


def _check_late(cloud: Cloud, order: Order, resource: Resource) -> None:
    let_go = released(order, resource)

    def free(each: Vector, position: int) -> bool:
        return any(span.at(position) in let_go for span in spans([each]))

    try:
        refuse_losses(cloud, resource, order.wanted["address_ranges"], free)
    except DisturbanceError:
        # Earlier changes of this run may have freed the addresses since the network was read.
        refuse_losses(cloud, cloud.read(NETWORKS, resource.id), order.wanted["address_ranges"], free)


def _disturbing(order: Order, resource: Resource, changes: Sequence[Change]) -> list[Change]:
    """Changes that OpenNebula pushes to running VMs, or that separate them from new ones."""
    if not resource.number("USED_LEASES"):
        return []
    return [change for change in changes if change.disruptive or change.field in _SEVERING]


def _left(order: Order, resource: Resource) -> list[Change]:
    return VNET.changes(order, resource)


def _note(cloud: Cloud, order: Order, resource: Resource | None, changes: Sequence[Change]) -> str:
    missed = [] if resource is None else outdated_vms(cloud, resource)
    if missed:
        return f"{listed(VMS, missed, cloud.pool(VMS).by_id)} has not applied its last change: attach its NIC again"
    if resource is not None and resource.number("USED_LEASES") and any(each.field in _SEVERING for each in changes):
        return "running VMs stay on the old network until their NICs are attached again"
    return shared_vlan_note(cloud, order, resource)


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
    fields=(*_FIELDS, Attributes(_FIELDS, live=LIVE, elsewhere=_APART, example="{FILTER_IP_SPOOFING: true}")),
    # OpenNebula 6.10 loses a chown, or the state READY, if both come at the same time.
    create=handover.begin(NETWORKS, _allocate),
    hand_over=handover.finish(NETWORKS),
    check_declared=lambda wanted: refuse_unusable(wanted, None),
    recovers=recovers,
    note=_note,
    writers={
        "recover": recover,
        "owner": writers.give("one.vn"),
        "update": pushed(writers.update("one.vn"), lambda change: change.disruptive, _left),
        "releases": write_releases,
        "address_ranges": pushed(write_ranges, is_inherited, _left),
        "reserve": write_more,
        "holds": write_holds,
        "clusters": join_and_leave("one.cluster.addvnet", "one.cluster.delvnet", member_first=True, part=CLUSTERS),
        "chown": writers.chown("one.vn"),
        "chmod": writers.chmod("one.vn"),
        "lock": write_lock("one.vn"),
    },
    by_number=frozenset({"address_ranges"}),
    remove=_remove,
    in_the_way=_in_use,
    check=_check,
    disturbing=_disturbing,
    check_late=_check_late,
)
