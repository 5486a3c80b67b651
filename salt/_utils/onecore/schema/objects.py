"""The parts of the pillar's schema that describe objects: networks, images, templates, gateways, quotas."""

from __future__ import annotations

from ..cloud.vm_states import POWER
from ..kinds.image import TYPES as IMAGE_TYPES
from ..kinds.vm.changes import LIVE, REACHING
from ..model.grants import DEFAULT as DEFAULT_RESOURCES
from ..model.grants import TYPES as RESOURCE_TYPES
from ..pillar.infrastructure import ADMINISTRATOR, DRIVER, GATEWAY, GATEWAY_RANGE, POOL_RANGE, VLAN_ARGUMENT
from . import leaves as a
from .addresses import NEEDED
from .enrolment import ENROL
from .inside import INSIDE
from .nodes import Each, Either, Field, Keys, Many, Node
from .routers import VIRTUAL_ROUTER

UNCHANGED = "left alone"
REQUIRED = "required"
NONE = "none"

VECTOR = Each("attribute", a.ATTRIBUTE, a.SCALAR, folded=True)
ATTRIBUTE_VALUE = Either(
    (a.SCALAR, VECTOR, Many(Either((a.SCALAR, VECTOR)))),
    "text, a number, true or false, a dictionary of these, or a list of all",
)


def attributes(cli: str, example: str) -> dict[str, Field]:
    node = Each("attribute", a.free_attribute(cli), ATTRIBUTE_VALUE, folded=True)
    return {"attributes": Field(node, "Any other attribute of OpenNebula's.", UNCHANGED, example)}


def rights(example: str, default_group: str = UNCHANGED) -> dict[str, Field]:
    """Group and permissions."""
    return {
        "group": Field(a.GROUP, "The group that it belongs to.", default_group, "eole"),
        "permissions": Field(
            a.PERMISSIONS,
            "What owner, group and others may do: for each the sum of use (4), manage (2) and admin (1).",
            UNCHANGED,
            example,
        ),
    }


def limits(what: str, metrics: dict[str, Field], single: bool = True) -> Node:
    """Limits of named objects: for each a dictionary, or just the number where there is one metric."""
    node = Keys(f"the limits of one {what}", metrics)
    return Each(what, a.name(what), Either((a.LIMIT, node)) if single else node)


def shared_quotas() -> dict[str, Field]:
    leases = {"leases": Field(a.LIMIT, "Addresses in use.", UNCHANGED, "20")}
    running = {"rvms": Field(a.LIMIT, "Running VMs.", UNCHANGED, "5")}
    stored = {
        "size": Field(a.SIZE_LIMIT, "Space that the images take.", UNCHANGED, "100G"),
        "images": Field(a.LIMIT, "Number of images.", UNCHANGED, "10"),
    }
    return {
        "networks": Field(
            limits("network", leases), f"Addresses in {ADMINISTRATOR}'s networks.", UNCHANGED, "{EOLE: 20}"
        ),
        "datastores": Field(
            limits("datastore", stored, single=False), "Images.", UNCHANGED, "{default: {size: 100G, images: 10}}"
        ),
        "images": Field(
            limits("image", running), f"Running VMs on {ADMINISTRATOR}'s images.", UNCHANGED, "{debian-12: 5}"
        ),
    }


QUOTA = Keys(
    "quotas",
    {
        "vms": Field(a.LIMIT, "VMs.", UNCHANGED, "30"),
        "cpu": Field(a.CPU_LIMIT, "CPU shares of all VMs.", UNCHANGED, "16"),
        "memory": Field(a.SIZE_LIMIT, "Memory of all VMs.", UNCHANGED, "64G"),
        "running_vms": Field(a.LIMIT, "Running VMs.", UNCHANGED, "20"),
        "running_cpu": Field(a.CPU_LIMIT, "CPU shares of running VMs.", UNCHANGED, "8"),
        "running_memory": Field(a.SIZE_LIMIT, "Memory of running VMs.", UNCHANGED, "32G"),
        "system_disk_size": Field(a.SIZE_LIMIT, "Space in system datastores.", UNCHANGED, "500G"),
        **shared_quotas(),
    },
)
QUOTAS = {
    "quota": Field(QUOTA, "Limits. -1 is the cloud's default, -2 is no limit.", UNCHANGED, "{vms: 30, memory: 64G}")
}

ADDRESS_RANGE = Keys(
    "an address range",
    {
        "type": Field(a.choice(*NEEDED), "What its addresses are.", "`IP4`", "IP4_6"),
        "size": Field(a.POSITIVE, "How many addresses.", REQUIRED, "100", "addresses"),
        "ip": Field(a.IPV4, "First address.", "required for types with IP4", "192.168.0.50"),
        "ip6": Field(a.IPV6, "First IPv6 address.", "required for types with STATIC", "'2001:db8::10'"),
        "prefix_length": Field(
            a.whole(1, 128), "Length of the prefix of `ip6`.", "required for types with STATIC", "64"
        ),
        "global_prefix": Field(a.IPV6, "Global prefix, for IP6 and IP4_6.", NONE, "'2001:db8::'"),
        "ula_prefix": Field(a.IPV6, "Unique local prefix, for IP6 and IP4_6.", NONE, "'fd00::'"),
        "mac": Field(a.MAC_ADDRESS, "First hardware address.", "made from the IP address", "'02:00:c0:a8:00:32'"),
        "shared": Field(a.BOOLEAN, "Whether several VMs may have one address.", "false", "true"),
    },
    others=a.SCALAR,
)

NETWORK_ARGUMENTS = {
    "cidr": Field(a.CIDR, "Short for `network_address` and `network_mask`.", NONE, "192.168.0.0/24"),
    "first": Field(a.IPV4, f"With `size`: an address range `{POOL_RANGE}` that begins here.", NONE, "192.168.0.50"),
    "size": Field(a.POSITIVE, "How many addresses it has.", NONE, "150", "addresses"),
    "gateway": Field(a.IPV4, "The router that VMs are told of.", UNCHANGED, "192.168.0.1"),
    "dns": Field(a.ADDRESSES, "The name servers that VMs are told of.", UNCHANGED, "192.168.0.1"),
    "network_address": Field(a.IPV4, "Its base address.", "from `cidr`", "192.168.0.0"),
    "network_mask": Field(a.MASK, "Its mask.", "from `cidr`", "255.255.255.0"),
    "address_ranges": Field(
        Each("address range", a.LABEL, ADDRESS_RANGE),
        "The addresses to lease, by a label of your choice; an existing range that is not declared is removed. "
        f"The label `{GATEWAY_RANGE}` is that of the network's `gateway`, when no other range has it.",
        f"`{POOL_RANGE}`, from `first` and `size`",
        "{servers: {type: IP4, ip: 192.168.0.200, size: 20}}",
    ),
    "driver": Field(
        a.choice(*VLAN_ARGUMENT, "bridge", "fw", "dummy"),
        "How it is isolated (VN_MAD).",
        f"that of `vlans`, or `{DRIVER}`",
        "vxlan",
    ),
    "phydev": Field(a.FILLED, "The hosts' device that carries it.", "that of `vlans`, for drivers with VLANs", "eth1"),
    "bridge": Field(a.FILLED, "The hosts' bridge.", "one of its own", "br0"),
    "vlan_id": Field(a.whole(1, 2**24 - 1), "VLAN or VXLAN number.", "from `vlan`", "101"),
    "automatic_vlan_id": Field(a.BOOLEAN, "Whether OpenNebula draws the number.", "false", "true"),
    "outer_vlan_id": Field(a.whole(1, 2**24 - 1), "VXLAN number, for `ovswitch_vxlan`.", "from `vlan`", "5001"),
    "automatic_outer_vlan_id": Field(a.BOOLEAN, "Whether OpenNebula draws that number.", "false", "true"),
    "mtu": Field(a.whole(68, 65535), "Longest packet.", UNCHANGED, "1400", "bytes"),
    "clusters": Field(Many(a.CLUSTER), "The clusters that can use it.", UNCHANGED, "[default]"),
    **attributes("onevnet", "{FILTER_IP_SPOOFING: true}"),
}

USER_NETWORK = Keys(
    "a network of a user",
    {
        "vlan": Field(
            a.COUNT, "Offset of its VLAN to the user's `vlan_base`.", "required, if nothing else sets the VLAN", "0"
        ),
        **NETWORK_ARGUMENTS,
        **rights('"640"', "the `group` of the blueprint"),
    },
)

UPLINK = Keys(
    "an uplink",
    {
        "network": Field(a.NETWORK, "A shared network.", REQUIRED, "EOLE"),
        "owner": Field(a.USER, "Whose it is.", ADMINISTRATOR, "oneadmin"),
    },
)

SIZING = {
    "cpu": Field(a.DECIMAL, "Share of a processor.", "as the template says", "0.5", "processors"),
    "vcpu": Field(a.POSITIVE, "Processors that it sees.", "as the template says", "2"),
    "memory": Field(a.SIZE, "Memory.", "as the template says", "1G"),
}


CHANGING = {
    "disks": Field(
        Each("disk", a.DISK, a.SIZE),
        "Sizes of disks, by their number. OpenNebula makes disks bigger, never smaller.",
        "as the template says",
        "{'0': 20G}",
    ),
    "on_change": Field(
        a.choice(*REACHING),
        "How a change of size, NICs or context may reach the VM that exists: as it is, powered off meanwhile, by a new "
        "VM in its place, or not at all.",
        f"`{LIVE}`",
        "poweroff",
    ),
}


def context(example: str) -> dict[str, Field]:
    node = Each("variable", a.ATTRIBUTE, a.SCALAR, folded=True)
    return {"context": Field(node, "Variables that the VM is told of when it starts.", UNCHANGED, example)}


LAN_ADDRESS = "The address of the gateway is the network's `gateway`, or else the first of its `cidr`."

GATEWAY_VM = Keys(
    "a gateway",
    {
        "name": Field(a.VM, "Name of the VM.", f"`{GATEWAY}`", "router"),
        "template": Field(a.TEMPLATE, "The template that it is made from.", REQUIRED, "gateway"),
        "template_owner": Field(a.USER, "Whose template.", ADMINISTRATOR, "oneadmin"),
        "uplink": Field(
            UPLINK, "The network that its first NIC joins.", "no uplink", "{network: EOLE, owner: oneadmin}"
        ),
        "uplink_ip": Field(a.IPV4, "Its address there.", "any free one", "192.168.230.11"),
        "lan": Field(
            Either((Many(a.NETWORK), Each("network", a.NETWORK, a.IPV4))),
            "Networks of the user that it joins next, in this order: a list, or a dictionary with its address on each. "
            f"{LAN_ADDRESS} In a dictionary null stands for that address; to leave out a network that is inherited, "
            "give a list.",
            NONE,
            "[academie, windows]",
        ),
        "virtual_router": Field(
            VIRTUAL_ROUTER,
            "That it is a virtual router of OpenNebula's in place of a VM; `{}` is one without details. Its template "
            "has the attribute `VROUTER`.",
            "a VM",
            "{vms: 2}",
        ),
        **SIZING,
        **CHANGING,
        **context("{GATEWAY_DNS: 192.168.230.1}"),
        "role": Field(a.FILLED, "What it is for: its grain `opennebula:role`.", f"`{GATEWAY}`", "router"),
        "enrol": Field(
            ENROL,
            "How it becomes a minion by itself; `docs/enrolment.md` tells what the master needs.",
            "it does not",
            f"{{master: 192.168.230.5, master_finger: '{':'.join(['4f'] * 32)}', secret: 'sdb://vault/enrolment'}}",
        ),
        "power": Field(a.choice(*POWER), "The state that it is kept in.", UNCHANGED, "running"),
        "wait": Field(
            a.BOOLEAN,
            "Whether the user's state waits for it. If not, `opennebula.arrived` awaits all gateways together.",
            "false",
            "true",
        ),
        **rights('"600"', "the `group` of the blueprint"),
        **attributes("onevm", "{DESCRIPTION: made by Salt}"),
        **INSIDE,
    },
)

OWNER = {"owner": Field(a.USER, "The user that it belongs to.", ADMINISTRATOR, "oneadmin")}

SHARED_GROUP = Keys(
    "a group",
    {
        "admins": Field(Many(a.USER), "Users who administer it.", UNCHANGED, "[alice]"),
        "resources": Field(
            Many(a.choice(*RESOURCE_TYPES)),
            "What its members may create; a rule is added for what is missing. An empty list leaves the rules alone.",
            f"`[{', '.join(DEFAULT_RESOURCES)}]`",
            "[VM, IMAGE, TEMPLATE]",
        ),
        **QUOTAS,
        **attributes("onegroup", "{DESCRIPTION: QA team}"),
    },
)
SHARED_NETWORK = Keys("a shared network", {**OWNER, **NETWORK_ARGUMENTS, **rights('"644"')})

SHARED_IMAGE = Keys(
    "a shared image",
    {
        **OWNER,
        "datastore": Field(a.DATASTORE, "Where it is stored.", REQUIRED, "default"),
        "path": Field(
            a.FILLED,
            "File on the front end, or URL, that its data come from.",
            "required without `size`",
            "/var/tmp/debian-12.qcow2",
        ),
        "size": Field(a.SIZE, "Size of an empty image.", "required without `path`", "10G"),
        "type": Field(a.choice(*IMAGE_TYPES), "What it is for.", "OS", "DATABLOCK"),
        "persistent": Field(a.BOOLEAN, "Whether VMs write into it and not into a copy.", "false", "false"),
        "description": Field(a.TEXT, "What it is, for people.", UNCHANGED, "Debian 12"),
        "dev_prefix": Field(a.FILLED, "Bus that VMs find it on.", UNCHANGED, "vd"),
        "format": Field(a.FILLED, "Format of an empty image.", "the datastore's", "qcow2"),
        **rights('"644"'),
        **attributes("oneimage", "{OS_VERSION: bookworm}"),
    },
)

DISK = Keys(
    "a disk",
    {
        "image": Field(a.IMAGE, "The image that it begins as.", "none: an empty disk", "debian-12"),
        "owner": Field(a.USER, "Whose image.", "whoever instantiates", "oneadmin"),
        "size": Field(a.SIZE, "Its size, if not the image's.", "the image's", "20G"),
    },
    others=a.SCALAR,
)
NIC = Keys(
    "a NIC",
    {
        "network": Field(a.NETWORK, "Name of the network that it joins.", NONE, "academie"),
        "owner": Field(a.USER, "Whose network; only with `shared: true`.", "whoever instantiates", "oneadmin"),
        "shared": Field(a.BOOLEAN, "Whether everybody's VM joins the one network of `owner`.", "false", "true"),
        "ip": Field(a.IPV4, "Its address.", "any free one", "192.168.0.60"),
        "model": Field(a.FILLED, "The card that the VM sees.", "the cloud's default", "virtio"),
    },
    others=a.SCALAR,
)
SHARED_TEMPLATE = Keys(
    "a shared template",
    {
        **OWNER,
        **{key: Field(each.node, each.doc, UNCHANGED, each.example, each.unit) for key, each in SIZING.items()},
        "disks": Field(Many(DISK), "Disks, in order.", UNCHANGED, "[{image: debian-12, owner: oneadmin}]"),
        "nics": Field(Many(NIC), "NICs, in order.", UNCHANGED, "[{network: academie}]"),
        **context('{NETWORK: "YES"}'),
        "graphics": Field(
            VECTOR,
            "How its screen is seen.",
            UNCHANGED,
            "{TYPE: VNC, LISTEN: 0.0.0.0}",
        ),
        "description": Field(a.TEXT, "What it is, for people.", UNCHANGED, "Gateway of an infrastructure"),
        **rights('"644"'),
        **attributes("onetemplate", "{LOGO: images/logos/debian.png}"),
    },
)
