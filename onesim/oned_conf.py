"""The daemon's configuration, as far as answers depend on it: its defaults as shipped."""


def configured(table, name, otherwise=None):
    """The configuration of a driver in a table: the lookup ignores case, although the driver itself may not."""
    if name in table:
        return table[name]
    return next((entry for known, entry in table.items() if known.upper() == name.upper()), otherwise)


VN_DRIVERS = {
    "dummy": ("linux",),
    "802.1Q": ("linux",),
    "fw": ("linux",),
    "ovswitch": ("openvswitch", "openvswitch_dpdk"),
    "vxlan": ("linux",),
    "ovswitch_vxlan": ("openvswitch",),
    "bridge": ("linux",),
    "elastic": ("linux",),
    "nodeport": ("linux",),
}
VLAN_START, VLAN_RESERVED = 2, frozenset({0, 1, 4095})
VXLAN_START = 2
MAC_PREFIX = 0x0200

AUTH_DRIVERS = {  # name: (password may be changed, password needed, groups come from the driver, longest token in s)
    "core": (True, True, False, -1),
    "public": (False, True, False, -1),
    "ssh": (True, True, False, -1),
    "x509": (False, True, False, -1),
    "ldap": (True, False, True, 86400),
    "saml": (True, False, True, 86400),
    "server_cipher": (False, True, False, -1),
    "server_x509": (False, True, False, -1),
}
UNKNOWN_AUTH_DRIVER = (False, True, False, -1)
MARKET_DRIVERS = {  # the attributes that marketplaces require
    "one": (),
    "http": ("BASE_URL", "PUBLIC_DIR"),
    "s3": ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "REGION", "BUCKET"),
    "linuxcontainers": (),
}
SESSION_SECONDS = 900
DEFAULT_UMASK = 0o177

VNET_INHERITED = [
    "VLAN_TAGGED_ID",
    "FILTER",
    "FILTER_IP_SPOOFING",
    "FILTER_MAC_SPOOFING",
    "MTU",
    "METRIC",
    "IP6_METRIC",
    "METHOD",
    "IP6_METHOD",
    "INBOUND_AVG_BW",
    "INBOUND_PEAK_BW",
    "INBOUND_PEAK_KB",
    "OUTBOUND_AVG_BW",
    "OUTBOUND_PEAK_BW",
    "OUTBOUND_PEAK_KB",
    "CONF",
    "BRIDGE_CONF",
    "OVS_BRIDGE_CONF",
    "IP_LINK_CONF",
    "EXTERNAL_IP",
    "AWS_ALLOCATION_ID",
    "VULTR_IP_ID",
    "GATEWAY",
    "DNS",
    "VXLAN_MODE",
    "VXLAN_TEP",
    "VXLAN_MC",
    "CVLANS",
    "QINQ_TYPE",
    "TRUST",
    "SPOOFCHK",
]

DATASTORE_INHERITED = (
    "CEPH_HOST", "CEPH_SECRET", "CEPH_KEY", "CEPH_USER", "CEPH_CONF", "CEPH_TRASH", "POOL_NAME", "ISCSI_USER",
    "ISCSI_USAGE", "ISCSI_HOST", "GLUSTER_HOST", "GLUSTER_VOLUME", "DISK_TYPE", "ALLOW_ORPHANS", "QCOW2_STANDALONE",
    "SPARSE", "LVM_THIN_ENABLE", "PERSISTENT_SNAPSHOTS",
)  # fmt: skip
IMAGE_INHERITED = (
    "ISCSI_USER", "ISCSI_USAGE", "ISCSI_HOST", "ISCSI_IQN", "LUKS_SECRET", "DISK_TYPE", "SERIAL", "MOUNT_POINT",
    "MOUNT_TAG",
)  # fmt: skip
VM_DRIVERS = frozenset({"dummy"})


class Restricted:
    """Attributes that only administrators may set: NAME, or VECTOR/NAME."""

    def __init__(self, names):
        self.names = frozenset(names.split())
        self.items = {}
        for name in sorted(self.names):
            vector, _, item = name.partition("/")
            self.items.setdefault(vector, set()).update({item} if item else ())

    def first(self, template):
        """The first restricted attribute of a template, or None."""
        for name, items in self.items.items():
            for vector in template.vectors(name) if items else ():
                if found := next((item for item in sorted(items) if item in vector), None):
                    return found
            if not items and template.get(name, None) is not None:
                return name
        return None

    def changed(self, template, base, append):
        """The first restricted attribute of `base` that `template` would change, or None.

        Single ones that the template omits are copied into it.
        """
        for name, items in self.items.items():
            if items:
                new, old = self._held(template, name, items), self._held(base, name, items)
                if new != old and (template.vectors(name) or (not append and base.vectors(name))):
                    return name
            elif template.get(name, None) is not None:
                if template.get(name) != base.get(name):
                    return name
            elif base.get(name, None) is not None:
                template.add(name, base.get(name))
        return None

    @staticmethod
    def _held(template, name, items):
        return sorted(f"{item}={vector[item]}" for vector in template.vectors(name) for item in items if item in vector)


VNET_RESTRICTED = Restricted(
    "VN_MAD PHYDEV QINQ_TYPE BRIDGE CONF BRIDGE_CONF OVS_BRIDGE_CONF IP_LINK_CONF FILTER FILTER_IP_SPOOFING"
    " FILTER_MAC_SPOOFING AR/VN_MAD AR/PHYDEV AR/BRIDGE AR/FILTER AR/FILTER_IP_SPOOFING AR/FILTER_MAC_SPOOFING"
    " CLUSTER_IDS EXTERNAL"
)
IMAGE_RESTRICTED = Restricted("SOURCE")
USER_RESTRICTED = Restricted("VM_USE_OPERATIONS VM_MANAGE_OPERATIONS VM_ADMIN_OPERATIONS")

_NIC_LIMITS = " ".join(
    f"{way}BOUND_{what}" for way in ("IN", "OUT") for what in ("AVG_BW", "PEAK_BW", "PEAK_KB")
).split()
_DISK_LIMITS = [
    f"{way}_{what}_SEC{suffix}"
    for way in ("TOTAL", "READ", "WRITE")
    for what in ("BYTES", "IOPS")
    for suffix in ("", "_MAX_LENGTH", "_MAX")
]
VM_RESTRICTED = Restricted(
    "CONTEXT/FILES NIC/MAC NIC/VLAN_ID NIC/BRIDGE NIC/FILTER NIC/FILTER_IP_SPOOFING NIC/FILTER_MAC_SPOOFING"
    " NIC/OPENNEBULA_MANAGED NIC/EXTERNAL NIC/VLAN_TAGGED_ID NIC_ALIAS/MAC NIC_ALIAS/VLAN_ID NIC_ALIAS/BRIDGE"
    " NIC_ALIAS/OPENNEBULA_MANAGED NIC_DEFAULT/MAC NIC_DEFAULT/VLAN_ID NIC_DEFAULT/BRIDGE NIC_DEFAULT/FILTER"
    " NIC_DEFAULT/EXTERNAL DISK/SIZE_IOPS_SEC DISK/OPENNEBULA_MANAGED DISK/ORIGINAL_SIZE DISK/SIZE_PREV DEPLOY_ID"
    " CPU_COST MEMORY_COST DISK_COST PCI EMULATOR RAW/DATA USER_PRIORITY USER_INPUTS/CPU USER_INPUTS/MEMORY"
    " USER_INPUTS/VCPU TOPOLOGY/PIN_POLICY TOPOLOGY/HUGEPAGE_SIZE "
    + " ".join(f"{nic}/{limit}" for nic in ("NIC", "NIC_ALIAS") for limit in _NIC_LIMITS)
    + " "
    + " ".join(f"DISK/{limit}" for limit in _DISK_LIMITS)
)

DATASTORE_DRIVERS = {  # name: (required attributes, whether it affects capacity checks)
    "dummy": ((), None),
    "fs": ((), None),
    "lvm": ((), None),
    "ceph": (("DISK_TYPE", "BRIDGE_LIST"), None),
    "dev": (("DISK_TYPE",), None),
    "iscsi_libvirt": (("DISK_TYPE", "ISCSI_HOST"), None),
    "restic": (("RESTIC_PASSWORD",), None),
    "rsync": (("RSYNC_HOST", "RSYNC_USER"), None),
    "netapp": (
        tuple(f"NETAPP_{name}" for name in ("HOST", "USER", "PASS", "AGGREGATES", "SVM", "IGROUP", "TARGET")),
        None,
    ),
    "purefa": (("PUREFA_HOST", "PUREFA_API_TOKEN", "PUREFA_TARGET"), None),
    "virtiofs": ((), False),
    "interactive": ((), False),
    # Not in the file: the daemon defines these itself (OpenNebulaTemplate.cc, release 7.4.0).
    "shared": ((), None),
    "ssh": ((), None),
    "vmfs": (("BRIDGE_LIST",), None),
}
PERSISTENT_ONLY_DRIVERS = frozenset({"dev", "iscsi_libvirt", "restic", "rsync"})


def _transfer(link, clone, shared="YES", migrate="YES YES YES", ssh=False, **more):
    names = ("DS_MIGRATE", "DS_LIVE_MIGRATE", "DS_MIGRATE_SNAP")
    facts = {
        "LN_TARGET": link,
        "CLONE_TARGET": clone,
        "SHARED": shared,
        **dict(zip(names, migrate.split(), strict=True)),
    }
    if ssh:
        facts |= {
            "TM_MAD_SYSTEM": "ssh",
            "LN_TARGET_SSH": "SYSTEM",
            "CLONE_TARGET_SSH": "SYSTEM",
            "DISK_TYPE_SSH": "FILE",
        }
    return facts | more


TRANSFER_DRIVERS = {
    "dummy": _transfer("NONE", "SYSTEM"),
    "shared": _transfer("NONE", "SYSTEM", ssh=True, ALLOW_ORPHANS="FORMAT"),
    "lvm": _transfer("NONE", "SELF", migrate="YES NO NO", DRIVER="raw", DISK_TYPE="BLOCK", ALLOW_ORPHANS="YES"),
    "fs_lvm": _transfer("SYSTEM", "SYSTEM", migrate="YES NO NO", DRIVER="raw", DISK_TYPE="BLOCK"),
    "fs_lvm_ssh": _transfer(
        "SYSTEM", "SYSTEM", migrate="YES YES NO", DRIVER="raw", DISK_TYPE="BLOCK", PERSISTENT_SNAPSHOTS="NO",
        ALLOW_ORPHANS="YES",
    ),
    "qcow2": _transfer("NONE", "SYSTEM", ssh=True, DRIVER="qcow2", ALLOW_ORPHANS="FORMAT"),
    "ssh": _transfer("SYSTEM", "SYSTEM", shared="NO", ALLOW_ORPHANS="YES"),
    "local": _transfer("SYSTEM", "SYSTEM", shared="NO", ALLOW_ORPHANS="FORMAT"),
    "ceph": _transfer("NONE", "SELF", migrate="NO NO NO", ssh=True, DRIVER="raw", ALLOW_ORPHANS="mixed"),
    "iscsi_libvirt": _transfer("NONE", "SELF", migrate="NO NO NO", DRIVER="raw"),
    "dev": _transfer("NONE", "NONE", migrate="NO NO NO", DRIVER="raw"),
    "netapp": _transfer(
        "NONE", "SELF", migrate="NO NO NO", DRIVER="raw", DISK_TYPE="BLOCK", ALLOW_ORPHANS="LINEAR"
    ),
    "purefa": _transfer("NONE", "SELF", migrate="NO NO NO", DRIVER="raw", DISK_TYPE="BLOCK", ALLOW_ORPHANS="YES"),
    "virtiofs": _transfer("NONE", "NONE", migrate="NO NO NO", DRIVER="virtiofs", DISK_TYPE="filesystem"),
}  # fmt: skip
