"""A pillar with what the example has none of: routers, VM groups, security groups, network templates and so on."""

from onecore.pillar.layers import merge

NETWORKS = ("academie", "dmz1")
OF_EVERYBODY = {
    "gateway": {
        "template": "router",
        "uplink": {"network": "EOLE", "owner": "oneadmin"},
        "lan": ["academie"],
        "virtual_router": {"vms": 1},
    },
    "labs": {
        "school": {
            "web": {"template": "server", "networks": ["dmz1"], "count": 2},
            "db": {"template": "server", "after": ["web"], "vmgroup": "front", "vmgroup_role": "db"},
        }
    },
    "vm_groups": {"front": {"roles": {"web": {"policy": "ANTI_AFFINED"}, "db": {}}}},
    "security_groups": {
        "web": {
            "rules": {
                "http": {"protocol": "TCP", "direction": "inbound", "ports": [80, 443]},
                "lan": {"protocol": "ALL", "direction": "inbound", "network": "dmz1"},
            }
        }
    },
}
SHARED = {
    "groups": {"staff": {}},
    "templates": {
        "router": {"cpu": 0.1, "memory": 64, "permissions": "644", "attributes": {"VROUTER": "YES"}},
    },
    "network_templates": {
        "private": {"driver": "vxlan", "phydev": "eth1", "automatic_vlan_id": True, "permissions": "644"}
    },
    "security_groups": {
        "ssh": {"rules": {"ssh": {"protocol": "TCP", "direction": "inbound", "ports": 22}}, "permissions": "644"}
    },
    "vm_groups": {"infra": {"roles": {"a": {}, "b": {}}, "anti_affined": [["a", "b"]], "permissions": "644"}},
    "vdcs": {"more": {"groups": ["staff"], "hosts": "ALL", "datastores": ["default"]}},
    "clusters": {"blades": {}},
    "networks": {
        "NEXT": {
            "driver": "802.1Q",
            "phydev": "eth2",
            "vlan_id": 50,
            "cidr": "172.16.0.0/24",
            "first": "172.16.0.10",
            "size": 20,
            "permissions": "644",
            "clusters": ["default", "blades"],
        }
    },
}
OBJECTS = {
    "oneimage": {
        "vol": {"owner": "alice", "datastore": "default", "type": "DATABLOCK", "size": 8},
        "copy": {"owner": "alice", "datastore": "default", "clone_from": {"image": "vol", "owner": "alice"}},
    },
    "onetemplate": {
        "mine": {"owner": "alice", "cpu": 0.1, "memory": 64, "disks": [{"image": "vol"}], "nics": [{"network": "dmz1"}]}
    },
    "onevnet": {
        "part": {"owner": "alice", "reserved_from": {"network": "NEXT", "owner": "oneadmin", "size": 4}},
        "held": {
            "driver": "bridge",
            "bridge": "br9",
            "address_ranges": {"pool": {"ip": "10.99.0.10", "size": 10}},
            "holds": {"10.99.0.12": "printer"},
        },
    },
    "onevntemplate": {"vt": {"owner": "alice", "driver": "bridge", "bridge": "br0"}},
    "onevm": {
        "solo": {"owner": "alice", "template": "mine", "template_owner": "alice", "nics": [{"network": "dmz1"}]},
    },
    "onesecgroup": {"ping": {"owner": "nora", "rules": {"ping": {"protocol": "ICMP", "direction": "inbound"}}}},
    "onevmgroup": {"near": {"owner": "nora", "roles": {"all": {"policy": "AFFINED"}}}},
    "oneacl": {"@staff TEMPLATE/* USE": {}},
    "oneuser": {"carol": {"group": "staff", "groups": ["eole"]}},
    "onevrouter": {
        "extra": {
            "owner": "alice",
            "template": "router",
            "template_owner": "oneadmin",
            "nics": [{"network": "dmz1"}],
            "vms": 1,
        }
    },
}


def everything(example):
    """The example pillar with few users and networks, and with all of that."""
    found = merge(example, {"shared": SHARED, "objects": OBJECTS})
    blueprint = found["blueprints"]["eole"]
    networks = {name: blueprint["networks"][name] for name in NETWORKS}
    found["blueprints"] = {**found["blueprints"], "eole": {**blueprint, **OF_EVERYBODY, "networks": networks}}
    found["users"] = {name: {**found["users"][name], "networks": {}} for name in ("alice", "nora")}
    return found
