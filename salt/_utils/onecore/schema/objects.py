"""The parts of the pillar's schema that describe objects: networks, images, templates, gateways.

The arguments come from the kinds; this module contains only the differences in the pillar.
"""

from __future__ import annotations

from typing import Any

from ..basics.values import ADMINISTRATOR
from ..kinds.cluster import CLUSTER
from ..kinds.datastore.kind import DATASTORE
from ..kinds.group import GROUP
from ..kinds.host import HOST
from ..kinds.image import IMAGE
from ..kinds.registry import KINDS
from ..kinds.secgroup import SECGROUP
from ..kinds.template import TEMPLATE
from ..kinds.vdc.kind import VDC
from ..kinds.vm.configuration import CONFIGURATION
from ..kinds.vm.kind import VM
from ..kinds.vmgroup import VMGROUP
from ..kinds.vnet.kind import VNET
from ..kinds.vnet.template import VNTEMPLATE
from ..model import leaves as a
from ..model.arguments import NONE, REQUIRED, Argument
from ..model.fields import DISRUPTIVE, IN_PLACE
from ..model.kind import Kind
from ..model.nodes import Each, Either, Key, Keys, Many
from ..pillar.gateways import GATEWAY
from ..pillar.layers import ALLOW, DEFAULT_SETTINGS
from ..pillar.networks import DRIVER, GATEWAY_RANGE, POOL_RANGE
from . import leaves as our
from .counted import COUNTED
from .enrolment import ENROL
from .inside import INSIDE
from .routers import VIRTUAL_ROUTER

#: The effects of changed hardware, NICs or context on an existing VM.
BY_CHOICE = "as ``on_change`` allows"

#: The keys that limit the changes of an existing object.
LEAVE = {
    "adopt": Key(
        a.BOOLEAN,
        "Whether an object that exists under a declared name, and was not created by Salt, is taken over. It stays "
        "marked as adopted: `prune` never removes it. The most specific setting applies; `null` removes that of the "
        "blueprint.",
        str(DEFAULT_SETTINGS["adopt"]).lower(),
        "true",
    ),
    "disruption": Key(
        a.choice("refuse", ALLOW),
        "Whether a run makes changes that disturb running VMs: another VLAN, device, driver, bridge or MTU of a "
        "network with leases, a NIC that is attached again. With `refuse`, a run that has any such change writes "
        "nothing. The most specific setting applies; `null` removes that of the blueprint.",
        DEFAULT_SETTINGS["disruption"],
        ALLOW,
    ),
}


def keys(kind: Kind, *names: str, more: str = "", **instead: Any) -> dict[str, Key]:
    """The keys of arguments of a kind.

    more, instead
        Additions to their documentation in the pillar, and replacements.
    """
    found = {name: kind.argument(name) for name in names}
    return {name: each.key(more, **{"effect": effect(each), **instead}) for name, each in found.items()}


def effect(argument: Argument) -> str:
    """The effect of a changed value of this argument on an existing object."""
    by_choice = getattr(argument, "writer", None) == "machine"
    return BY_CHOICE if by_choice else argument.effect


def rights(kind: Kind, example: str, **of_the_group: str) -> dict[str, Key]:
    """The keys for group, permissions, the former owner, and the lock if the kind supports it."""
    found = {**keys(kind, "group", **of_the_group), **keys(kind, "permissions", example=example)}
    there = {each.name for each in kind.arguments}
    return found | keys(kind, *(name for name in ("owner_from", "locked") if name in there))


OF_THE_BLUEPRINT = "the `group` of the blueprint"

ROUTER_RANGE = {
    "router_range": Key(
        a.BOOLEAN,
        "Whether the router's address gets an address range of its own if no other range contains it, so that a VM can "
        "be the router. The most specific setting applies. A network that the gateway joins always has one.",
        "true",
        "false",
    )
}

_SHORTHANDS = {
    "cidr": Key(our.CIDR, "Short for `network_address` and `network_mask`.", NONE, "192.168.0.0/24", effect=IN_PLACE),
    "first": Key(
        a.IPV4, f"With `size`: an address range `{POOL_RANGE}` that begins here.", NONE, "192.168.0.50", effect=IN_PLACE
    ),
    "size": Key(a.POSITIVE, "Number of addresses in that range.", NONE, "150", "addresses", IN_PLACE),
    "cidr6": Key(
        our.CIDR6,
        f"The IPv6 prefix from which OpenNebula generates the addresses of `{POOL_RANGE}` with the MAC addresses: the "
        "range is then of type `IP4_6`, or `IP6` without `first`.",
        NONE,
        "'2001:db8:0:1::/64'",
        effect=IN_PLACE,
    ),
}
NETWORK_ARGUMENTS = {
    **_SHORTHANDS,
    **ROUTER_RANGE,
    **keys(VNET, "gateway", "gateway6", "dns"),
    **keys(VNET, "network_address", "network_mask", default="from `cidr`"),
    **keys(
        VNET,
        "address_ranges",
        more=f"The label `{GATEWAY_RANGE}` is that of the network's `gateway`, when no other range has it.",
        default=f"`{POOL_RANGE}`, from `first` and `size`",
    ),
    **keys(VNET, "reserved_from", "template", "holds", "recover"),
    **keys(VNET, "driver", default=f"that of `vlans`, or `{DRIVER}`"),
    **keys(VNET, "phydev", default="that of `vlans`, for drivers with VLANs"),
    **keys(VNET, "bridge"),
    **keys(VNET, "vlan_id", "outer_vlan_id", default="from `vlan`"),
    **keys(VNET, "automatic_vlan_id", "automatic_outer_vlan_id", "mtu", "security_groups", "clusters", "attributes"),
}

USER_NETWORK = Keys(
    "a network of a user",
    {
        "vlan": Key(
            a.COUNT,
            "Offset of its VLAN to the user's `vlan_base`.",
            "required, if nothing else sets the VLAN",
            "0",
            effect=DISRUPTIVE,
        ),
        **NETWORK_ARGUMENTS,
        **rights(VNET, '"640"', default=OF_THE_BLUEPRINT),
        **LEAVE,
    },
)

SECURITY_GROUP_ARGUMENTS = keys(SECGROUP, "rules", "description", "attributes")
USER_SECURITY_GROUP = Keys(
    "a security group of a user",
    {**SECURITY_GROUP_ARGUMENTS, **rights(SECGROUP, '"600"', default=OF_THE_BLUEPRINT), **LEAVE},
)

VM_GROUP_ARGUMENTS = keys(VMGROUP, "roles", "affined", "anti_affined", "description", "attributes")
USER_VM_GROUP = Keys(
    "a VM group of a user",
    {**VM_GROUP_ARGUMENTS, **rights(VMGROUP, '"600"', default=OF_THE_BLUEPRINT), **LEAVE},
)

UPLINK = Keys(
    "an uplink",
    {
        "network": Key(our.NETWORK, "A shared network.", REQUIRED, "EOLE"),
        "owner": Key(our.USER, "Its owner.", ADMINISTRATOR, "oneadmin"),
    },
)

LAN_ADDRESS = "The address of the gateway is the network's `gateway`, or else the first of its `cidr`."

GATEWAY_VM = Keys(
    "a gateway",
    {
        "name": Key(our.VM, "Name of the VM.", f"`{GATEWAY}`", "router"),
        **keys(VM, "template", example="gateway"),
        **keys(VM, "template_owner", default=ADMINISTRATOR),
        "uplink": Key(
            UPLINK,
            "The network that its first NIC joins.",
            "no uplink",
            "{network: EOLE, owner: oneadmin}",
            effect=BY_CHOICE,
        ),
        "uplink_ip": Key(a.IPV4, "Its address there.", "any free one", "192.168.230.11", effect=BY_CHOICE),
        "lan": Key(
            Either((Many(our.NETWORK), Each("network", our.NETWORK, a.IPV4))),
            "Networks of the user that its next NICs join, in this order: a list, or a dictionary with its address on "
            f"each. {LAN_ADDRESS} In a dictionary, `null` means that address; to leave out an inherited network, give "
            "a list.",
            NONE,
            "[academie, windows]",
            effect=BY_CHOICE,
        ),
        "virtual_router": Key(
            VIRTUAL_ROUTER,
            "Makes the gateway a virtual router of OpenNebula instead of a VM; `{}` uses all defaults. Its template "
            "needs the attribute `VROUTER`.",
            "a VM",
            "{vms: 2}",
        ),
        **keys(VM, "cpu", "vcpu", "memory", "disks", "on_change"),
        **keys(VM, *(each.name for each in CONFIGURATION), "vmgroup", "vmgroup_role", "scheduled_actions"),
        **keys(VM, "context", example="{GATEWAY_DNS: 192.168.230.1}"),
        "role": Key(our.ROLE, "Role of the VM: its grain `opennebula:role`.", f"`{GATEWAY}`", "router"),
        "enrol": Key(
            ENROL,
            "How it becomes a minion automatically; see `docs/enrolment.md` for the master's part.",
            "it does not",
            f"{{master: 192.168.230.5, master_finger: '{':'.join(['4f'] * 32)}', secret: 'sdb://vault/enrolment'}}",
        ),
        **keys(VM, "power"),
        **keys(
            VM,
            "wait",
            doc="Whether the user's state waits for it. If not, `opennebula.arrived` waits for all gateways together.",
            default="`false`",
            example="true",
        ),
        **rights(VM, '"600"', default=OF_THE_BLUEPRINT),
        **keys(VM, "attributes"),
        **INSIDE,
        **LEAVE,
    },
)

SHARED_CLUSTER = Keys(
    "a cluster", {**keys(CLUSTER, "reserved_cpu", "reserved_memory", "description", "attributes"), **LEAVE}
)
SHARED_HOST = Keys(
    "a host",
    {
        **keys(HOST, "im_mad", "vm_mad", "cluster", "status", "reserved_cpu", "reserved_memory"),
        **keys(HOST, "pin_policy", "isolated_cpus", "attributes"),
        **LEAVE,
    },
)
SHARED_DATASTORE = Keys(
    "a datastore",
    {
        **keys(DATASTORE, "type", "ds_mad", "tm_mad", "disk_type", "clusters", "enabled", "limit", "bridge_list"),
        **keys(DATASTORE, "safe_dirs", "restricted_dirs", "pool_name", "ceph_host", "ceph_user", "ceph_secret"),
        **keys(DATASTORE, "ceph_conf", "owner"),
        **rights(DATASTORE, '"640"'),
        **keys(DATASTORE, "attributes"),
        **LEAVE,
    },
)
SHARED_VDC = Keys(
    "a VDC",
    {
        **keys(VDC, "groups", "clusters", "hosts", "datastores", "networks", "description", "attributes"),
        **LEAVE,
    },
)
_UNLESS_CLUSTERS = "`ALL`, or none where `clusters` are given"
OWN_VDC = Keys(
    "the VDC of a group",
    {
        **keys(VDC, "clusters", default=NONE),
        **keys(VDC, "hosts", "datastores", default=_UNLESS_CLUSTERS),
        **keys(VDC, "networks", default=NONE),
    },
)
SHARED_GROUP = Keys(
    "a group",
    {
        **keys(GROUP, "admins", "resources", "quota"),
        **keys(
            GROUP,
            "default_vdc",
            default="`false`; a group that already had members stays until a run has `disruption: allow`",
        ),
        "vdc": Key(
            OWN_VDC,
            "What its members may use. It becomes a VDC with the group's name, unless one of `vdcs` lists the group. "
            "With `default_vdc: true` the group gets a VDC only if this is given.",
            "all hosts and datastores, and only networks that are shared by their permissions",
            "{hosts: [host01, host02], datastores: ALL}",
        ),
        **keys(GROUP, "attributes"),
        **LEAVE,
    },
)
SHARED_NETWORK = Keys(
    "a shared network",
    {
        **keys(VNET, "owner", default=ADMINISTRATOR),
        **{name: key for name, key in NETWORK_ARGUMENTS.items() if name not in ROUTER_RANGE},
        **rights(VNET, '"644"'),
        **LEAVE,
    },
)
SHARED_NETWORK_TEMPLATE = Keys(
    "a shared network template",
    {
        **keys(VNTEMPLATE, "owner", default=ADMINISTRATOR),
        **_SHORTHANDS,
        **keys(VNTEMPLATE, "gateway", "gateway6", "dns"),
        **keys(VNTEMPLATE, "network_address", "network_mask", default="from `cidr`"),
        **keys(VNTEMPLATE, "address_ranges", default=f"`{POOL_RANGE}`, from `first` and `size`"),
        **keys(VNTEMPLATE, "driver", "phydev", "bridge", "vlan_id", "outer_vlan_id", "automatic_vlan_id"),
        **keys(VNTEMPLATE, "automatic_outer_vlan_id", "mtu", "security_groups", "clusters", "description"),
        **rights(VNTEMPLATE, '"644"'),
        **keys(VNTEMPLATE, "attributes"),
        **LEAVE,
    },
)
SHARED_SECURITY_GROUP = Keys(
    "a shared security group",
    {
        **keys(SECGROUP, "owner", default=ADMINISTRATOR),
        **SECURITY_GROUP_ARGUMENTS,
        **rights(SECGROUP, '"644"'),
        **LEAVE,
    },
)
SHARED_VM_GROUP = Keys(
    "a shared VM group",
    {
        **keys(VMGROUP, "owner", default=ADMINISTRATOR),
        **VM_GROUP_ARGUMENTS,
        **rights(VMGROUP, '"644"'),
        **LEAVE,
    },
)
SHARED_IMAGE = Keys(
    "a shared image",
    {
        **keys(IMAGE, "owner", default=ADMINISTRATOR),
        **keys(IMAGE, "datastore", "clone_from"),
        **keys(IMAGE, "path", default="required without `size` and `clone_from`"),
        **keys(IMAGE, "size", default="required without `path` and `clone_from`"),
        **keys(IMAGE, "type", "persistent", "description", "dev_prefix", "format", "fs"),
        **rights(IMAGE, '"644"'),
        **keys(IMAGE, "attributes"),
        **LEAVE,
    },
)
SHARED_TEMPLATE = Keys(
    "a shared template",
    {
        **keys(TEMPLATE, "owner", default=ADMINISTRATOR),
        **keys(TEMPLATE, "cpu", "vcpu", "memory", "disks", "nics", "context", "graphics", "vm_group"),
        **keys(TEMPLATE, "description"),
        **rights(TEMPLATE, '"644"'),
        **keys(TEMPLATE, "attributes"),
        **LEAVE,
    },
)


def single(kind: Kind) -> Keys:
    """An object that is declared with all arguments of its kind."""
    leaf = a.name(kind.title) if kind.look is None else our.RULE
    named = {"name": Key(leaf, f"Name of the {kind.title}.", "the label", kind.about.example)}
    arguments = [each.name for each in kind.arguments if each.is_for_the_pillar]
    counted = COUNTED if kind is VM else {}
    return Keys(f"a single {kind.title}", {**named, **counted, **keys(kind, *arguments), **LEAVE})


SINGLES = Keys(
    "single objects by kind",
    {
        cli: Key(
            Each(kind.title, a.LABEL, single(kind)),
            f"Each {kind.title} with all its arguments, by its name or another label.",
            NONE,
            f"{{{kind.about.example}: {{}}}}",
        )
        for cli, kind in KINDS.items()
    },
)
