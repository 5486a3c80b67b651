"""The schema of the pillar key ``opennebula``: every key, what it may hold and what it is for.

`docs/pillar.md` is written from here.
"""

from __future__ import annotations

from ..pillar.infrastructure import DEFAULT_SETTINGS, DRIVER, VLAN_ARGUMENT
from . import leaves as a
from .labs import LABS
from .nodes import Each, Either, Field, Keys, Many
from .objects import (
    GATEWAY_VM,
    NONE,
    QUOTAS,
    REQUIRED,
    SHARED_GROUP,
    SHARED_IMAGE,
    SHARED_NETWORK,
    SHARED_TEMPLATE,
    UNCHANGED,
    USER_NETWORK,
    attributes,
)
from .pipelines import PIPELINES

CONNECTION = Keys(
    "a connection to OpenNebula",
    {
        "endpoint": Field(
            a.stored_elsewhere(a.URL),
            "Address of the XML-RPC API.",
            "environment variable `ONE_XMLRPC`",
            "https://one.example.org:2633/RPC2",
        ),
        "username": Field(a.FILLED, "Whom to work as: `oneadmin`, or a member of its group.", NONE, "oneadmin"),
        "password": Field(a.SECRET, "The password of `username`.", NONE, "sdb://vault/oneadmin?password"),
        "token": Field(
            a.SECRET,
            "A login token in place of the password: beside `username`, or as `user:token`.",
            NONE,
            "sdb://vault/token",
        ),
        "auth_file": Field(
            a.FILLED,
            "A file on the minion that holds `user:password`, in place of both.",
            "environment variable `ONE_AUTH`, then `~/.one/one_auth`",
            "/etc/salt/one_auth",
        ),
        "timeout": Field(
            a.stored_elsewhere(a.DECIMAL),
            "How long to wait for a sign of the endpoint; the whole of a call may take four times as long.",
            "30",
            "60",
            "seconds",
        ),
        "retries": Field(
            a.stored_elsewhere(a.whole(0, 10)),
            "How often a call that only reads is repeated in vain.",
            "3",
            "5",
            "calls",
        ),
        "max_answer": Field(
            a.stored_elsewhere(a.whole(1, 4096)),
            "The largest answer that is read. The pool of 20,000 VMs is some 150 MB, and takes six times as much "
            "memory.",
            "192",
            "400",
            "MB",
        ),
        "verify": Field(
            a.stored_elsewhere(a.BOOLEAN), "Whether the endpoint's certificate is checked.", "true", "true"
        ),
        "ca": Field(a.FILLED, "File with the authorities to check it with.", "the system's", "/etc/ssl/one-ca.pem"),
        "cert": Field(
            Either((a.FILLED, Many(a.FILLED))),
            "Client certificate: a file that holds its key too, or a list of both.",
            NONE,
            "[/etc/ssl/salt.pem, /etc/ssl/salt.key]",
        ),
        "events": Field(
            a.PUBLISHER,
            "Where OpenNebula's hook driver publishes events, which end waiting at once; where it cannot be reached, "
            "waiting looks every half second.",
            "port 2101 of the host of `endpoint`",
            "tcp://127.0.0.1:2101",
        ),
    },
)

REMOVAL = {
    "prune": Field(
        a.BOOLEAN,
        "Whether what was made from the pillar and is not declared any more is removed. The nearest one counts.",
        str(DEFAULT_SETTINGS["prune"]).lower(),
        "true",
    ),
    "max_deletions": Field(
        a.COUNT,
        "The most that one run may remove. The nearest one counts.",
        str(DEFAULT_SETTINGS["max_deletions"]),
        "30",
        "objects a user and run",
    ),
}

SHARED = Keys(
    "objects for everyone",
    {
        "groups": Field(Each("group", a.GROUP, SHARED_GROUP, removable=False), "Groups, by name.", NONE, "{eole: {}}"),
        "networks": Field(
            Each("network", a.NETWORK, SHARED_NETWORK, removable=False),
            "Networks, by name.",
            NONE,
            '{EOLE: {driver: bridge, bridge: br0, cidr: 192.168.230.0/24, permissions: "644"}}',
        ),
        "images": Field(
            Each("image", a.IMAGE, SHARED_IMAGE, removable=False),
            "Images, by name.",
            NONE,
            "{debian-12: {datastore: default, path: /var/tmp/debian-12.qcow2}}",
        ),
        "templates": Field(
            Each("template", a.TEMPLATE, SHARED_TEMPLATE, removable=False),
            "VM templates, by name.",
            NONE,
            "{gateway: {cpu: 1, memory: 1G, disks: [{image: debian-12}]}}",
        ),
    },
)

VLANS = Keys(
    "the VLANs of a blueprint",
    {
        "first": Field(a.POSITIVE, "Lowest number that may be used.", "1", "2"),
        "last": Field(a.POSITIVE, "Highest number that may be used.", "4094, or 16777215 for VXLAN", "4094"),
        "phydev": Field(a.FILLED, "The hosts' device that carries the networks.", "required by most drivers", "eth1"),
        "driver": Field(
            a.choice(*VLAN_ARGUMENT, "bridge", "fw", "dummy"), "How networks are isolated.", f"`{DRIVER}`", "vxlan"
        ),
        "automatic": Field(
            a.BOOLEAN,
            "Whether OpenNebula draws all numbers; `vlan` and `vlan_base` then count for nothing.",
            "false",
            "true",
        ),
    },
)

#: What a blueprint says for all of its users, and each user for himself.
INHERITED = {
    "group": Field(
        a.GROUP, "Primary group of the user, and group of the user's objects.", "OpenNebula's `users`", "eole"
    ),
    "groups": Field(Many(a.GROUP), "Secondary groups: all of them.", UNCHANGED, "[testers]"),
    "auth_driver": Field(a.FILLED, "How the user is authenticated.", "core", "ldap"),
    "enabled": Field(a.BOOLEAN, "Whether the user may log in.", UNCHANGED, "false"),
    "networks": Field(
        Each("network", a.NETWORK, USER_NETWORK),
        "Networks, by name.",
        NONE,
        "{academie: {vlan: 0, cidr: 192.168.0.0/24, first: 192.168.0.50, size: 150}}",
    ),
    "gateway": Field(
        GATEWAY_VM,
        "The VM that joins some of the networks to the outside.",
        NONE,
        "{template: gateway, lan: [academie]}",
    ),
    "labs": Field(
        LABS,
        "Sets of VMs that are built, reset and destroyed together, by name; in each the VMs, by name. "
        "`docs/labs.md` tells what can be done with them.",
        NONE,
        "{school: {web: {template: debian-12, networks: [dmz1]}}}",
    ),
    **QUOTAS,
    **attributes("oneuser", "{EMAIL: alice@example.org}"),
    **REMOVAL,
}

BLUEPRINT = Keys(
    "a blueprint",
    {"vlans": Field(VLANS, "Which VLANs its networks use.", NONE, "{first: 2, last: 4094, phydev: eth1}"), **INHERITED},
)

USER = Keys(
    "a user",
    {
        "blueprint": Field(a.BLUEPRINT, "The blueprint of the user's infrastructure.", REQUIRED, "eole"),
        "vlan_base": Field(
            a.COUNT, "What the `vlan` of each network is added to.", "required for networks with `vlan`", "100"
        ),
        "ssh_public_key": Field(
            a.PUBLIC_KEYS, "Public SSH keys, one a line.", UNCHANGED, "ssh-ed25519 AAAAC3Nz alice@example.org"
        ),
        "password": Field(
            a.stored_elsewhere(a.PASSWORD),
            "The password; keep it in a secret store (`sdb://…`), or encrypt it with Salt's GPG renderer.",
            "a random one that nobody knows",
            "correct-horse-battery-staple",
        ),
        **INHERITED,
    },
)

PILLAR = Keys(
    "an OpenNebula cloud",
    {
        "connection": Field(
            CONNECTION,
            "Where OpenNebula is, and who works there.",
            "from the environment",
            "{auth_file: /etc/salt/one_auth}",
        ),
        "profiles": Field(
            Each("profile", a.LABEL, CONNECTION),
            "More connections, by name, for `profile` of modules and states.",
            NONE,
            "{lab: {endpoint: 'http://lab:2633/RPC2'}}",
        ),
        "secrets": Field(
            Many(a.ATTRIBUTE),
            "Further names of keys, attributes and variables of contexts whose values are secret (see above).",
            "those that say so themselves",
            "[LICENCE, WIFI]",
        ),
        **REMOVAL,
        "shared": Field(SHARED, "Objects for everyone.", NONE, "{groups: {eole: {}}}"),
        "blueprints": Field(
            Each("blueprint", a.BLUEPRINT, BLUEPRINT, removable=False),
            "What all users of a sort have, by name.",
            NONE,
            "{eole: {group: eole}}",
        ),
        "users": Field(
            Each("user", a.USER_KEY, USER, removable=False),
            "The users, by name.",
            NONE,
            "{alice: {blueprint: eole, vlan_base: 100}}",
        ),
        "pipelines": Field(
            PIPELINES,
            "What builds images and templates, stage by stage, by name; `docs/publication.md` tells how.",
            NONE,
            "{nightly: {stages: {Daily: {template: base}}, modules: {scribe: {}}}}",
        ),
    },
)
