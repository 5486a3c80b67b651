"""Problems of the isolation of users, from the data of pools: one function for each type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..cloud.collection import Collection
from ..cloud.directory import IMAGES, NETWORKS, SECURITY_GROUPS, TEMPLATES, USERS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model import secgroups, sharing
from ..model.reading import is_secret
from ..model.vlans import TRUNK, uses_more
from .lanes import Lane, covers, more, present

HIGH, MEDIUM, LOW = "high", "medium", "low"
#: Drivers that do not apply security groups on hosts (OpenNebula's networking guide, release 7.4).
WITHOUT_RULES = ("dummy", "bridge", "ovswitch", "ovswitch_vxlan")
#: The IDs of the members of group oneadmin in every cloud.
_FOUNDERS = (0, 1)
_ADMINISTRATORS = 0


@dataclass(frozen=True)
class Hole:
    """One finding.

    severity
        ``high`` if a user can reach objects of another one, ``medium`` if a user could get access, ``low`` if a user
        can read too much.
    check
        The type of the problem.
    object, id
        The object.
    finding, cure
        The problem, and what to do about it.
    """

    severity: str
    check: str
    object: str
    id: int
    finding: str
    cure: str


Check = Callable[[Cloud], Iterator[Hole]]


def administers(cloud: Cloud, user: str) -> bool:
    """Whether a user is an administrator, who may do everything."""
    return sharing.is_administrator(cloud, user)


def _subject(collection: Collection, resource: Resource) -> str:
    return collection.describe(resource.name, resource.owner)


def _others(resource: Resource) -> str:
    """Other users who may use an object because of its permissions: ``everybody``, ``group …``, or none."""
    _, group, everybody = (int(digit) & sharing.USE for digit in resource.permissions)
    # Members of the administrators' group may use everything in any case.
    return "everybody" if everybody else f"group {resource.group}" if group and resource.gid != _ADMINISTRATORS else ""


# -- networks ---------------------------------------------------------------------------------------------------------


def same_vlan(cloud: Cloud) -> Iterator[Hole]:
    """Networks of two users on one VLAN of one device, which are effectively one network."""
    holders: dict[Lane, Resource] = {}
    for each in sorted(cloud.pool(NETWORKS), key=lambda each: each.id):
        lane = present(each)
        holder = each if lane is None else holders.setdefault(lane, each)
        if lane is not None and holder.owner != each.owner:
            yield Hole(
                HIGH,
                "same_vlan",
                _subject(NETWORKS, each),
                each.id,
                f"it is on VLAN {lane[2]} of {lane[1]}, as {_subject(NETWORKS, holder)} (ID {holder.id}) is",
                "give it another number: vlan_base of its user, or onevnet.present with disruption: allow",
            )
    for each in cloud.pool(NETWORKS).having(uses_more, True):
        yield from _carried(each, holders)


def _carried(network: Resource, holders: Mapping[Lane, Resource]) -> Iterator[Hole]:
    """The VLANs of other users that a network carries, in a trunk or for an address range."""
    spans = more(network)
    theirs = [(lane, each) for lane, each in holders.items() if each.owner != network.owner]
    met = sorted((lane, each.id) for lane, each in theirs if any(covers(span, lane) for span in spans))
    if met:
        (_, device, number), holder = met[0][0], holders[met[0][0]]
        rest = f", and VLANs of {len(met) - 1} more" if len(met) > 1 else ""
        yield Hole(
            HIGH,
            "same_vlan",
            _subject(NETWORKS, network),
            network.id,
            f"it carries VLAN {number} of {device}, that of {_subject(NETWORKS, holder)} (ID {holder.id}){rest}",
            f"leave it out of its {TRUNK} and its address ranges, or declare the trunk among shared networks",
        )


def open_networks(cloud: Cloud) -> Iterator[Hole]:
    """Users' networks that others may use because of their permissions."""
    for each in cloud.pool(NETWORKS):
        who = _others(each)
        if who and not administers(cloud, each.owner or ""):
            yield Hole(
                HIGH if who == "everybody" else MEDIUM,
                "open_network",
                _subject(NETWORKS, each),
                each.id,
                f"{who} may use it: its permissions are {each.permissions}",
                f'onevnet chmod {each.id} 600, or permissions: "600" in the pillar',
            )


def pinning_templates(cloud: Cloud) -> Iterator[Hole]:
    """Templates with a NIC on one user's network, regardless of who instantiates them."""
    for each in cloud.pool(TEMPLATES):
        for network in _pinned(cloud, each):
            shared = _others(each)
            if administers(cloud, network.owner or "") or (network.owner == each.owner and not shared):
                continue
            yield Hole(
                HIGH if shared else MEDIUM,
                "pinned_network",
                _subject(TEMPLATES, each),
                each.id,
                f"a NIC of it is on {_subject(NETWORKS, network)}, no matter who instantiates it"
                f"{f', and {shared} may' if shared else ''}",
                "give only the name of the network in the NIC, without owner and ID",
            )


def _pinned(cloud: Cloud, template: Resource) -> Iterator[Resource]:
    for nic in vectors(template, "NIC"):
        found = None
        if nic.get("NETWORK_ID"):
            found = cloud.numbered(NETWORKS, nic["NETWORK_ID"])
        elif nic.get("NETWORK") and (nic.get("NETWORK_UNAME") or nic.get("NETWORK_UID")):
            user = cloud.numbered(USERS, nic.get("NETWORK_UID", ""))
            owner = nic.get("NETWORK_UNAME") or (user.name if user else "")
            found = next(iter(cloud.pool(NETWORKS).named(nic["NETWORK"], owner)), None)
        if found is not None:
            yield found


def vectors(resource: Resource, name: str) -> list[Mapping[str, str]]:
    """The vectors with that name in an object's template."""
    value = resource.attributes.get(name)
    every = value if isinstance(value, list) else [value]
    return [each for each in every if isinstance(each, Mapping)]


def foreign_vms(cloud: Cloud) -> Iterator[Hole]:
    """VMs on a network that belongs neither to their owner nor to an administrator."""
    for vm in cloud.pool(VMS):
        for nic in (*vm.vectors("TEMPLATE/NIC"), *vm.vectors("TEMPLATE/NIC_ALIAS")):
            network = cloud.numbered(NETWORKS, nic.get("NETWORK_ID", ""))
            if network is None or network.owner == vm.owner or administers(cloud, network.owner or ""):
                continue
            yield _joined(vm, nic, network)


def _joined(vm: Resource, nic: Mapping[str, str], network: Resource) -> Hole:
    """A VM on another user's network; the first NIC of a gateway that these states created is its uplink."""
    number, whose = nic.get("NIC_ID"), f"{_subject(NETWORKS, network)} (ID {network.id}), which is another user's"
    if vm.made_for(vm.owner or "") and number == "0":
        cure = "set gateway:uplink to an administrator's network"
        return Hole(HIGH, "wrong_uplink", _subject(VMS, vm), vm.id, f"its uplink is {whose}", cure)
    cure = f"onevm nic-detach {vm.id} {number}, or give the network to an administrator"
    return Hole(HIGH, "foreign_vm", _subject(VMS, vm), vm.id, f"NIC {number} is on {whose}", cure)


# -- what is read -----------------------------------------------------------------------------------------------------


def open_images(cloud: Cloud) -> Iterator[Hole]:
    """Users' images that everybody may use, and therefore read."""
    for each in cloud.pool(IMAGES):
        if _others(each) == "everybody" and not administers(cloud, each.owner or ""):
            yield Hole(
                MEDIUM,
                "open_image",
                _subject(IMAGES, each),
                each.id,
                f"everybody may use it, and read what is in it: its permissions are {each.permissions}",
                f"oneimage chmod {each.id} 600",
            )


def open_secrets(cloud: Cloud) -> Iterator[Hole]:
    """Contexts with secrets in objects that others may use, and therefore read."""
    for collection, path in ((TEMPLATES, "TEMPLATE/CONTEXT"), (VMS, "TEMPLATE/CONTEXT")):
        for each in cloud.pool(collection):
            who = _others(each)
            names = sorted(
                name for context in each.vectors(path) for name, text in context.items() if is_secret(name, text)
            )
            if who and names:
                yield Hole(
                    HIGH if who == "everybody" else MEDIUM,
                    "open_secret",
                    _subject(collection, each),
                    each.id,
                    f"{who} may read {', '.join(names)} in its context: its permissions are {each.permissions}",
                    f"{collection.cli} chmod {each.id} 600, or let the guest fetch what is secret",
                )


# -- who may do all ---------------------------------------------------------------------------------------------------


def administrators(cloud: Cloud) -> Iterator[Hole]:
    """Users in group oneadmin, who may do everything."""
    for each in cloud.pool(USERS):
        if _ADMINISTRATORS in (each.gid, *each.ids("GROUPS")) and each.id not in _FOUNDERS:
            yield Hole(
                MEDIUM,
                "administrator",
                _subject(USERS, each),
                each.id,
                "a member of group oneadmin may do everything in the cloud",
                f"oneuser delgroup {each.id} oneadmin, unless you want that",
            )


# -- security groups --------------------------------------------------------------------------------------------------


def idle_security_groups(cloud: Cloud) -> Iterator[Hole]:
    """Security groups without effect: because of a driver that does not apply them, or of names in place of IDs."""
    known = cloud.pool(SECURITY_GROUPS).by_id
    for each in cloud.pool(NETWORKS):
        text = each.text("TEMPLATE/SECURITY_GROUPS")
        numbers = secgroups.numbers(text)
        driver = each.text("VN_MAD")
        fault = ""
        if numbers - {secgroups.DEFAULT} and driver in WITHOUT_RULES:
            fault = f"driver {driver} applies no rules on hosts, so its security groups have no effect"
        elif text and not numbers:
            fault = "SECURITY_GROUPS contains names, which OpenNebula ignores, so no rule applies"
        elif numbers - known.keys():
            fault = f"security group {min(numbers - known.keys())} does not exist"
        if fault:
            yield Hole(
                MEDIUM,
                "idle_security_group",
                _subject(NETWORKS, each),
                each.id,
                fault,
                "use driver fw, 802.1Q or vxlan" if "driver" in fault else "set security_groups by name in the pillar",
            )
