"""Networks of the pillar: reservations, networks from templates, IPv6, held addresses; and VM groups."""

pytest_plugins = ["tests.functional.driver"]

SHARED = {
    "groups": {"team": {}},
    "networks": {
        "EOLE": {"driver": "bridge", "bridge": "br0", "cidr": "192.168.230.0/24", "first": "192.168.230.50", "size": 50}
    },
    "network_templates": {
        "private": {
            "driver": "bridge",
            "bridge": "br1",
            "cidr": "10.7.0.0/24",
            "first": "10.7.0.10",
            "size": 9,
            "permissions": "644",
        }
    },
    "vm_groups": {"spread": {"roles": {"each": {"policy": "ANTI_AFFINED"}}}},
}
BLUEPRINT = {
    "group": "team",
    "vlans": {"driver": "bridge"},
    "networks": {
        "lab": {"reserved_from": {"network": "EOLE", "owner": "oneadmin", "size": 4, "first": "192.168.230.60"}},
        "own": {"template": {"template": "private", "owner": "oneadmin"}, "dns": "10.7.0.1"},
        "lan6": {
            "cidr": "10.8.0.0/24",
            "first": "10.8.0.10",
            "size": 9,
            "cidr6": "2001:db8::/64",
            "gateway6": "fe80::1",
            "holds": {"10.8.0.12": "printer"},
        },
    },
    "vm_groups": {"web": {"roles": {"front": {"policy": "ANTI_AFFINED"}, "db": {}}, "anti_affined": [["front", "db"]]}},
}


def applied(one, function, name):
    """Run a state of the pillar as a dry run, for real, and again; returns its real result."""
    dry = one.state(function, test=True, name=name)
    real = one.state(function, name=name)
    assert real.result is True, real.comment
    assert dry.changes == real.changes
    one.settled(function, name=name)
    return real


def test_a_user_of_the_pillar(drive, connection, cloud):
    users = {"alice": {"blueprint": "team", "networks": {"lan6": {"holds": {"10.8.0.13": "camera"}}}}}
    pillar = {"connection": connection(cloud), "shared": SHARED, "blueprints": {"team": BLUEPRINT}, "users": users}
    one = drive(pillar, cloud)
    assert applied(one, "opennebula.shared", "everybody").changes == {"created": 5}
    assert applied(one, "opennebula.infrastructure", "alice").changes == {"created": 5}
    ranges = one.show("onevnet", "lan6", owner="alice")["AR_POOL"]["AR"]
    (pool,) = [each for each in ranges if each["TYPE"] == "IP4_6"]
    assert (pool["GLOBAL_PREFIX"], pool["USED_LEASES"]) == ("2001:db8::", "2")
    assert one.show("onevnet", "lab", owner="alice")["AR_POOL"]["AR"]["IP"] == "192.168.230.60"
    assert one.show("onevnet", "own", owner="alice")["TEMPLATE"]["DNS"] == "10.7.0.1"
    users["alice"]["networks"] = {"lan6": {"holds": {"10.8.0.12": None}}, "lab": None, "own": None}
    pillar["prune"] = True
    less = drive(pillar, cloud)
    assert applied(less, "opennebula.infrastructure", "alice").changes == {"changed": 1, "removed": 2}
    assert less.show("onevnet", "lan6", owner="alice")["USED_LEASES"] == "0"


def test_what_another_user_is_to_get_is_not_pruned(drive, connection, cloud):
    networks = {"lan": {"cidr": "10.8.0.0/24"}}
    pillar = {"connection": connection(cloud), "prune": True, "shared": {"groups": {"team": {}}}}
    pillar["blueprints"] = {"team": {"group": "team", "vlans": {"driver": "bridge"}}}
    pillar["users"] = {"alice": {"blueprint": "team", "networks": networks}, "bob": {"blueprint": "team"}}
    one = drive(pillar, cloud)
    applied(one, "opennebula.shared", "everybody")
    for name in ("alice", "bob"):
        applied(one, "opennebula.infrastructure", name)
    number = one.show("onevnet", "lan", owner="alice")["ID"]
    given = {"lan": {**networks["lan"], "owner_from": "alice"}}
    pillar["users"] = {"alice": {"blueprint": "team"}, "bob": {"blueprint": "team", "networks": given}}
    later = drive(pillar, cloud)
    later.settled("opennebula.infrastructure", name="alice")
    assert applied(later, "opennebula.infrastructure", "bob").changes == {"changed": 1}
    assert later.show("onevnet", "lan", owner="bob")["ID"] == number
    later.settled("opennebula.infrastructure", name="alice")
