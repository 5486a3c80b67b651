"""The schema of the pillar key ``opennebula``: every key, its values and its purpose.

The tables of `docs/pillar/` are generated from it.
"""

from __future__ import annotations

from ..basics.values import HIGHEST_VLAN, HIGHEST_VXLAN
from ..kinds.user import USER as ACCOUNT
from ..kinds.vnet.kind import VNET
from ..model import leaves as a
from ..model.arguments import NONE, REQUIRED, UNCHANGED
from ..model.fields import DISRUPTIVE
from ..model.limits import QUOTA
from ..model.nodes import Each, Either, Key, Keys, Many
from ..pillar.layers import DEFAULT_SETTINGS
from ..pillar.networks import DRIVER
from . import leaves as our
from .labs import LABS
from .objects import (
    GATEWAY_VM,
    LEAVE,
    ROUTER_RANGE,
    SHARED_CLUSTER,
    SHARED_DATASTORE,
    SHARED_GROUP,
    SHARED_HOST,
    SHARED_IMAGE,
    SHARED_NETWORK,
    SHARED_NETWORK_TEMPLATE,
    SHARED_SECURITY_GROUP,
    SHARED_TEMPLATE,
    SHARED_VDC,
    SHARED_VM_GROUP,
    SINGLES,
    USER_NETWORK,
    USER_SECURITY_GROUP,
    USER_VM_GROUP,
    keys,
)
from .pipelines import PIPELINES

CONNECTION = Keys(
    "a connection to OpenNebula",
    {
        "endpoint": Key(
            our.stored_elsewhere(our.URL),
            "Address of the XML-RPC API.",
            "environment variable `ONE_XMLRPC`",
            "https://one.example.org:2633/RPC2",
        ),
        "username": Key(a.FILLED, "The account: `oneadmin`, or a member of its group.", NONE, "oneadmin"),
        "password": Key(our.SECRET, "The password of `username`.", NONE, "sdb://vault/oneadmin?password"),
        "token": Key(
            our.SECRET,
            "A login token in place of the password: beside `username`, or as `user:token`.",
            NONE,
            "sdb://vault/token",
        ),
        "auth_file": Key(
            a.FILLED,
            "A file on the minion that holds `user:password`, in place of both.",
            "environment variable `ONE_AUTH`, then `~/.one/one_auth`",
            "/etc/salt/one_auth",
        ),
        "timeout": Key(
            our.stored_elsewhere(our.DECIMAL),
            "How long to wait for data from the endpoint; a whole call may take four times as long.",
            "30",
            "60",
            "seconds",
        ),
        "retries": Key(
            our.stored_elsewhere(a.whole(0, 10)),
            "How often a failed read call is repeated.",
            "3",
            "5",
            "calls",
        ),
        "max_answer": Key(
            our.stored_elsewhere(a.whole(1, 4096)),
            "The largest answer that is read. The pool of 20,000 VMs is about 150 MB, and needs six times as much "
            "memory.",
            "192",
            "400",
            "MB",
        ),
        "verify": Key(
            our.stored_elsewhere(a.BOOLEAN), "Whether the endpoint's certificate is checked.", "true", "true"
        ),
        "ca": Key(a.FILLED, "File with the CA certificates to check it with.", "the system's", "/etc/ssl/one-ca.pem"),
        "cert": Key(
            Either((a.FILLED, Many(a.FILLED))),
            "Client certificate: a file that holds its key too, or a list of both.",
            NONE,
            "[/etc/ssl/salt.pem, /etc/ssl/salt.key]",
        ),
        "events": Key(
            our.PUBLISHER,
            "Where OpenNebula's hook driver publishes events. With them, waiting ends immediately; without them, Salt "
            "polls every half second.",
            "port 2101 of the host of `endpoint`",
            "tcp://127.0.0.1:2101",
        ),
    },
)

REMOVAL = {
    "prune": Key(
        a.BOOLEAN,
        "Whether a run removes objects that Salt created and the pillar no longer declares. The most specific setting "
        "applies.",
        str(DEFAULT_SETTINGS["prune"]).lower(),
        "true",
    ),
    "max_deletions": Key(
        a.COUNT,
        "The largest number of objects that one run may remove. The most specific setting applies.",
        str(DEFAULT_SETTINGS["max_deletions"]),
        "30",
        "objects a user and run",
    ),
    **LEAVE,
}

SHARED = Keys(
    "objects for everyone",
    {
        "clusters": Key(
            Each("cluster", our.CLUSTER, SHARED_CLUSTER, removable=False),
            "Clusters, by name. Hosts, datastores and networks name the clusters that they are in.",
            NONE,
            "{blades: {}}",
        ),
        "datastores": Key(
            Each("datastore", our.DATASTORE, SHARED_DATASTORE, removable=False),
            "Datastores, by name.",
            NONE,
            "{images: {ds_mad: fs, tm_mad: shared, limit: 2T}}",
        ),
        "hosts": Key(
            Each("host", our.HOST, SHARED_HOST, removable=False),
            "Hosts, by name.",
            NONE,
            "{host01: {im_mad: kvm, vm_mad: kvm, cluster: blades}}",
        ),
        "groups": Key(
            Each("group", our.GROUP, SHARED_GROUP, removable=False),
            "Groups, by name. Each has a VDC of its own with hosts and datastores, and without networks.",
            NONE,
            "{eole: {}}",
        ),
        "security_groups": Key(
            Each("security group", our.SECURITY_GROUP, SHARED_SECURITY_GROUP, removable=False),
            "Security groups, by name. Others use one if its `permissions` allow it.",
            NONE,
            '{web: {rules: {http: {protocol: TCP, direction: inbound, ports: 80}}, permissions: "644"}}',
        ),
        "networks": Key(
            Each("network", our.NETWORK, SHARED_NETWORK, removable=False),
            "Networks, by name.",
            NONE,
            '{EOLE: {driver: bridge, bridge: br0, cidr: 192.168.230.0/24, permissions: "644"}}',
        ),
        "default_quota": Key(
            Keys(
                "default quotas",
                {
                    whose: Key(
                        QUOTA,
                        f"Limits for {whose} without a quota of their own; `clusters` and -1 are not possible here.",
                        UNCHANGED,
                        "{vms: 10, memory: 16G}",
                    )
                    for whose in ("users", "groups")
                },
            ),
            "Quotas of users and groups that have none. Networks and images are those of `oneadmin`.",
            UNCHANGED,
            "{users: {vms: 10}}",
        ),
        "network_templates": Key(
            Each("network template", our.NETWORK_TEMPLATE, SHARED_NETWORK_TEMPLATE, removable=False),
            "Network templates, by name, from which users create networks.",
            NONE,
            '{private: {driver: vxlan, phydev: eth1, automatic_vlan_id: true, permissions: "644"}}',
        ),
        "images": Key(
            Each("image", our.IMAGE, SHARED_IMAGE, removable=False),
            "Images, by name.",
            NONE,
            "{debian-12: {datastore: default, path: /var/tmp/debian-12.qcow2}}",
        ),
        "vm_groups": Key(
            Each("VM group", our.VM_GROUP, SHARED_VM_GROUP, removable=False),
            "VM groups, by name. Others use one if its `permissions` allow it.",
            NONE,
            '{web: {roles: {front: {policy: ANTI_AFFINED}}, permissions: "644"}}',
        ),
        "templates": Key(
            Each("template", our.TEMPLATE, SHARED_TEMPLATE, removable=False),
            "VM templates, by name.",
            NONE,
            "{gateway: {cpu: 1, memory: 1G, disks: [{image: debian-12}]}}",
        ),
        "vdcs": Key(
            Each("VDC", our.VDC, SHARED_VDC, removable=False),
            "Further VDCs, by name; each group already has one of its own.",
            NONE,
            "{school: {groups: [eole], hosts: ALL, datastores: ALL}}",
        ),
        "acls": Key(
            Each("ACL rule", a.LABEL, our.RULE),
            "ACL rules in the syntax of OpenNebula's CLI, by labels of your choice. `prune: true` removes rules that "
            "Salt created from here and the pillar no longer declares, and no others.",
            NONE,
            '{templates: "@eole TEMPLATE/@eole USE+MANAGE"}',
        ),
    },
)

VLANS = Keys(
    "the VLANs of a blueprint",
    {
        "first": Key(a.POSITIVE, "Lowest number that may be used.", "1", "2"),
        "last": Key(
            a.POSITIVE, "Highest number that may be used.", f"{HIGHEST_VLAN}, or {HIGHEST_VXLAN} for VXLAN", "4094"
        ),
        "phydev": Key(
            a.FILLED,
            "The hosts' device that carries the networks.",
            "required by most drivers",
            "eth1",
            effect=DISRUPTIVE,
        ),
        **keys(VNET, "driver", doc="How networks are isolated.", default=f"`{DRIVER}`"),
        "automatic": Key(
            a.BOOLEAN,
            "Whether OpenNebula chooses all numbers; `vlan` and `vlan_base` are then ignored.",
            "false",
            "true",
        ),
    },
)

#: The settings that a blueprint declares for all its users, and each user individually.
INHERITED = {
    **keys(
        ACCOUNT, "group", more="The user's objects belong to it, too.", default="OpenNebula's `users` for a new user"
    ),
    **keys(ACCOUNT, "groups", more="The groups of `shared` that the user administers are added."),
    **keys(ACCOUNT, "auth_driver", "enabled"),
    "security_groups": Key(
        Each("security group", our.SECURITY_GROUP, USER_SECURITY_GROUP),
        "Security groups, by name. One with rules about networks of the user is created after them, so these networks "
        "cannot use it.",
        NONE,
        "{web: {rules: {http: {protocol: TCP, direction: inbound, ports: [80, 443]}}}}",
    ),
    "networks": Key(
        Each("network", our.NETWORK, USER_NETWORK),
        "Networks, by name.",
        NONE,
        "{academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150}}",
    ),
    "vm_groups": Key(
        Each("VM group", our.VM_GROUP, USER_VM_GROUP),
        "VM groups, by name: which VMs run on the same hosts, and which do not.",
        NONE,
        "{web: {roles: {front: {policy: ANTI_AFFINED}}}}",
    ),
    **ROUTER_RANGE,
    "gateway": Key(
        GATEWAY_VM,
        "The VM that connects some of the networks to the uplink.",
        NONE,
        "{template: gateway, lan: [academie]}",
    ),
    "labs": Key(
        LABS,
        "Labs, by name: sets of VMs, by name, that are built, reset and destroyed together. See `docs/labs.md`.",
        NONE,
        "{school: {web: {template: debian-12, networks: [dmz1]}}}",
    ),
    **keys(ACCOUNT, "quota", "attributes"),
    **REMOVAL,
}

BLUEPRINT = Keys(
    "a blueprint",
    {"vlans": Key(VLANS, "Which VLANs its networks use.", NONE, "{first: 2, last: 4094, phydev: eth1}"), **INHERITED},
)

USER = Keys(
    "a user",
    {
        "blueprint": Key(our.BLUEPRINT, "The blueprint of the user's infrastructure.", REQUIRED, "eole"),
        "vlan_base": Key(
            a.COUNT,
            "Base number, to which the `vlan` of each network is added.",
            "required for networks with `vlan`",
            "100",
            effect=DISRUPTIVE,
        ),
        **keys(ACCOUNT, "ssh_public_key"),
        **keys(ACCOUNT, "password", node=our.stored_elsewhere(ACCOUNT.argument("password").node)),
        **INHERITED,
    },
)

PILLAR = Keys(
    "an OpenNebula cloud",
    {
        "connection": Key(
            CONNECTION,
            "Address of OpenNebula, and the account.",
            "from the environment",
            "{auth_file: /etc/salt/one_auth}",
        ),
        "profiles": Key(
            Each("profile", a.LABEL, CONNECTION),
            "More connections, by name, for `profile` of modules and states.",
            NONE,
            "{lab: {endpoint: 'http://lab:2633/RPC2'}}",
        ),
        "secrets": Key(
            Many(a.ATTRIBUTE),
            "Further names of keys, attributes and context variables whose values are secret.",
            "names such as `DB_PASS`, `TOKEN`, `API_KEY`",
            "[LICENCE, WIFI]",
        ),
        **REMOVAL,
        "shared": Key(SHARED, "Objects for everyone.", NONE, "{groups: {eole: {}}}"),
        "objects": Key(
            SINGLES,
            "Single objects that do not fit into any other section, by kind. A run applies those of a declared user "
            "with that user's objects, and others with the shared objects. Only `opennebula.pruned` removes one "
            "that "
            "is no longer declared, if `prune` is true.",
            NONE,
            "{onetemplate: {web: {owner: alice, cpu: 1, memory: 1G}}}",
        ),
        "blueprints": Key(
            Each("blueprint", our.BLUEPRINT, BLUEPRINT, removable=False),
            "Blueprints, by name: what each of their users gets.",
            NONE,
            "{eole: {group: eole}}",
        ),
        "users": Key(
            Each("user", our.USER_KEY, USER, removable=False),
            "The users, by name.",
            NONE,
            "{alice: {blueprint: eole, vlan_base: 100}}",
        ),
        "pipelines": Key(
            PIPELINES,
            "Pipelines, by name, that build and publish images and templates. See `docs/publication.md`.",
            NONE,
            "{nightly: {stages: {Daily: {template: base}}, modules: {scribe: {}}}}",
        ),
    },
)
