"""A pillar in which nearly all objects refer to others; the same, edited; and the same without some of them."""

import copy

from .pillars import merged

RELATED = {
    "prune": True,
    "shared": {
        "clusters": {"c1": {"reserved_cpu": "10%"}, "c2": {}},
        "datastores": {"ds1": {"ds_mad": "fs", "tm_mad": "shared", "clusters": ["default", "c1"]}},
        "hosts": {
            "h1": {"im_mad": "dummy", "vm_mad": "dummy", "cluster": "c1"},
            "h2": {"im_mad": "dummy", "vm_mad": "dummy", "cluster": "c2"},
        },
        "groups": {
            "eole": {
                "quota": {"vms": 50},
                "vdc": {"hosts": ["h1", "host01"], "datastores": ["ds1", "default", "system"], "networks": ["EOLE"]},
            },
            "dev": {"resources": ["VM"]},
            "ops": {},
        },
        "security_groups": {
            "ping": {"rules": {"v4": {"protocol": "ICMP", "direction": "inbound"}}, "permissions": "644"},
        },
        "networks": {
            "EOLE": {
                "driver": "bridge",
                "permissions": "604",
                "first": "192.168.230.11",
                "size": 9,
                "clusters": ["default", "c1"],
                "security_groups": ["ping"],
            },
        },
        "images": {"debian": {"datastore": "default", "type": "DATABLOCK", "size": 10, "permissions": "644"}},
        "vm_groups": {
            "web": {
                "roles": {"front": {"policy": "ANTI_AFFINED", "host_affined": ["h1"]}, "db": {}},
                "anti_affined": [["front", "db"]],
                "affined": [],
                "permissions": "644",
            },
        },
        "templates": {
            "gateway": {
                "cpu": 1,
                "memory": 64,
                "permissions": "644",
                "disks": [{"image": "debian", "owner": "oneadmin"}],
            },
        },
        "vdcs": {"extra": {"groups": ["dev"], "hosts": ["h1", "h2"], "clusters": ["c1"]}},
        "acls": {"templates": "@eole TEMPLATE/@eole USE+MANAGE", "one": "@dev NET/#0 USE"},
        "default_quota": {"users": {"vms": 10}},
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "groups": ["dev"],
            "quota": {"vms": 5, "networks": {"EOLE": 3}},
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "security_groups": {
                "web": {"rules": {"http": {"protocol": "TCP", "direction": "inbound", "ports": 80}}},
            },
            "networks": {
                "lan": {"vlan": 0, "cidr": "192.168.0.0/24", "first": "192.168.0.50", "size": 100},
                "dmz": {
                    "vlan": 1,
                    "address_ranges": {"any": {"type": "ETHER", "size": 5, "mac": "02:00:00:00:00:01"}},
                    "security_groups": ["web", "ping"],
                    "clusters": ["default", "c1"],
                },
            },
            "gateway": {
                "template": "gateway",
                "uplink": {"network": "EOLE"},
                "lan": {"lan": None},
                "context": {"ROLE": "router"},
                "wait": True,
            },
        },
    },
    "users": {
        "alice": {"blueprint": "eole", "vlan_base": 100, "gateway": {"uplink_ip": "192.168.230.11"}},
        "bob": {"blueprint": "eole", "vlan_base": 200, "gateway": {"uplink_ip": "192.168.230.12"}},
    },
}
#: Each relation changed.
EDITED = merged(
    RELATED,
    {
        "disruption": "allow",
        "shared": {
            "clusters": {"c1": {"reserved_cpu": "20%"}, "c3": {}},
            "datastores": {"ds1": {"clusters": ["c1", "c3"]}},
            "hosts": {"h1": {"cluster": "c3"}, "h2": {"cluster": "c1", "status": "disabled"}},
            "groups": {
                "eole": {
                    "quota": {"vms": 60},
                    "vdc": {"hosts": ["h2", "host01"], "datastores": ["default", "system"], "networks": []},
                    "admins": ["alice"],
                },
                "dev": {"resources": ["VM", "IMAGE"]},
                "ops": {"resources": ["VM"]},
            },
            "security_groups": {"ping": {"rules": {"v4": {"direction": "outbound"}}}},
            "networks": {"EOLE": {"clusters": ["default", "c3"], "security_groups": ["default"], "size": 12}},
            "vm_groups": {
                "web": {
                    "roles": {"front": {"policy": "NONE", "host_affined": None}, "db": None, "cache": {}},
                    "affined": [["front", "cache"]],
                    "anti_affined": [],
                },
            },
            "vdcs": {"extra": {"hosts": ["h2"], "clusters": []}},
            "acls": {"templates": "@eole TEMPLATE/@eole USE", "one": None, "other": "@dev NET/#0 USE+MANAGE"},
            "default_quota": {"users": {"vms": 11}},
        },
        "blueprints": {
            "eole": {
                "groups": ["ops"],
                "quota": {"vms": 6, "networks": {"EOLE": 4}},
                "networks": {
                    "dmz": {"security_groups": ["web"], "clusters": ["default"]},
                    "new": {"vlan": 2, "cidr": "10.9.0.0/24", "first": "10.9.0.5", "size": 5},
                },
                "gateway": {"lan": {"new": None}, "context": {"ROLE": "other"}},
            },
        },
    },
)


def _fewer():
    """The pillar without some of the referenced objects."""
    found = copy.deepcopy(RELATED)
    found["disruption"] = "allow"
    del found["users"]["bob"], found["shared"]["groups"]["ops"], found["shared"]["hosts"]["h2"]
    found["shared"].update(vm_groups={}, acls={}, vdcs={"extra": {"groups": [], "hosts": ["h1"], "clusters": ["c1"]}})
    return found


FEWER = _fewer()
