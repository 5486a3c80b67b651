"""A team: shared objects with groups, quotas and ACL rules, a virtual router, a VM group; edited, and taken over."""

from lxml import etree

from onecore.basics.marks import MARK
from onecore.cloud.directory import EVERY
from tests.doubles.pillars import merged

DISKS = [{"image": "debian", "owner": "oneadmin"}]
TEAM = {
    "prune": True,
    "max_deletions": 10,
    "shared": {
        "clusters": {"blades": {}},
        "groups": {
            "staff": {
                "admins": ["nora"],
                "quota": {"vms": 9},
                "vdc": {"hosts": "ALL", "datastores": ["system", "default"]},
            },
            "guests": {"resources": ["VM"], "default_vdc": False},
        },
        "security_groups": {
            "ssh": {"rules": {"ssh": {"protocol": "TCP", "direction": "inbound", "ports": 22}}, "permissions": "644"}
        },
        "networks": {
            "EOLE": {"driver": "bridge", "bridge": "br0", "first": "192.168.230.11", "size": 20, "permissions": "644"}
        },
        "images": {"debian": {"datastore": "default", "type": "DATABLOCK", "size": 10, "permissions": "644"}},
        "vm_groups": {"infra": {"roles": {"a": {}, "b": {}}, "anti_affined": [["a", "b"]], "permissions": "644"}},
        "templates": {
            "router": {
                "cpu": 0.1,
                "memory": 64,
                "disks": DISKS,
                "attributes": {"VROUTER": "YES"},
                "permissions": "644",
            }
        },
        "vdcs": {
            "more": {"groups": ["guests"], "hosts": "ALL", "datastores": ["system", "default"], "networks": ["EOLE"]}
        },
        "acls": {"templates": "@staff TEMPLATE+IMAGE/@staff USE"},
    },
    "blueprints": {
        "team": {
            "prune": True,
            "group": "staff",
            "groups": ["guests"],
            "quota": {"vms": 4, "networks": {"EOLE": 3}},
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "security_groups": {
                "web": {"rules": {"lan": {"protocol": "ALL", "direction": "inbound", "network": "lan"}}}
            },
            "networks": {"lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 9}},
            "vm_groups": {"front": {"roles": {"web": {"policy": "ANTI_AFFINED"}, "db": {}}}},
            "gateway": {
                "template": "router",
                "uplink": {"network": "EOLE", "owner": "oneadmin"},
                "lan": ["lan"],
                "virtual_router": {"vms": 1},
            },
        }
    },
    "users": {
        "nora": {"blueprint": "team", "vlan_base": 100, "gateway": {"uplink_ip": "192.168.230.11"}},
        "yann": {"blueprint": "team", "vlan_base": 200, "gateway": {"uplink_ip": "192.168.230.12"}},
    },
    "objects": {
        "onetemplate": {"mine": {"owner": "nora", "cpu": 0.1, "memory": 64, "nics": [{"network": "lan"}]}},
        "onevnet": {
            "part": {
                "owner": "nora",
                "reserved_from": {"network": "EOLE", "owner": "oneadmin", "size": 2, "first": "192.168.230.20"},
            }
        },
        "onevntemplate": {"private": {"owner": "nora", "driver": "bridge", "bridge": "br7"}},
        "oneuser": {"carol": {"group": "guests"}},
    },
}
#: Other rights, sizes and rules; a user is new and another one gone.
EDIT = {
    "disruption": "allow",
    "shared": {
        "groups": {"staff": {"admins": ["nora", "ines"], "quota": {"vms": 12}}, "guests": {"resources": ["IMAGE"]}},
        "vm_groups": {"infra": {"roles": {"c": {}}, "anti_affined": [["a", "c"]]}},
        "vdcs": {"more": {"hosts": ["host01"], "networks": []}},
        "acls": {"templates": None, "networks": "@guests NET/* USE"},
    },
    "blueprints": {
        "team": {
            "disruption": "allow",
            "quota": {"vms": 5, "networks": {"EOLE": 4}},
            "security_groups": {"web": {"rules": {"ping": {"protocol": "ICMP", "direction": "inbound"}}}},
            "vm_groups": {"front": {"roles": {"db": None, "cache": {}}}},
            "gateway": {"context": {"ROLE": "edge"}},
        }
    },
    "users": {
        "ines": {"blueprint": "team", "vlan_base": 300, "gateway": {"uplink_ip": "192.168.230.13"}},
    },
    "objects": {"onetemplate": {"mine": {"memory": 96}}},
}


def edited():
    """The pillar after the edit."""
    found = merged(TEAM, EDIT)
    del found["users"]["yann"], found["objects"]["onevntemplate"]
    return found


def take_marks_away(world):
    """Take the marks of all objects away, as if somebody had created them."""
    for kind in (each for each in EVERY if each.marked):
        for each in etree.fromstring(world.call(kind.pool, *kind.pool_params)):
            if each.findtext(f"{kind.template}/{MARK}"):
                world.call(f"{kind.prefix}.update", int(each.findtext("ID")), f"{MARK}=[]", 1)
    world.settle()
