"""A pillar with a lab of two VMs, the second one created after the first."""

LAB = {
    "db": {"template": "server", "networks": ["lan"], "snapshot": "initial"},
    "web": {"template": "server", "networks": ["lan"], "snapshot": "initial", "after": ["db"], "memory": "128M"},
}
CONFIG = {
    "shared": {
        "groups": {"eole": {"resources": ["VM", "IMAGE", "TEMPLATE"]}},
        "images": {"debian": {"datastore": "default", "type": "DATABLOCK", "size": 10, "permissions": "644"}},
        "templates": {
            "server": {
                "cpu": 0.1,
                "memory": 64,
                "permissions": "644",
                "disks": [{"image": "debian", "owner": "oneadmin"}] * 2,
                "context": {"NETWORK": "YES"},
            }
        },
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "networks": {"lan": {"vlan": 0, "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 10}},
            "labs": {"school": LAB},
        }
    },
    "users": {"alice": {"blueprint": "eole", "vlan_base": 100}},
}
