"""From a blueprint and a user to the user's objects."""

import copy
import time

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.plan import Desired
from onecore.enrolment.tickets import VARIABLES
from onecore.pillar.infrastructure import expand
from onecore.pillar.layers import merge, settings, users
from onecore.pillar.networks import first_router
from onecore.pillar.shared import shared

CONFIG = {
    "blueprints": {
        "eole": {
            "group": "eole",
            "vlans": {"first": 2, "last": 4094, "phydev": "eth1"},
            "networks": {
                "academie": {
                    "vlan": 0,
                    "cidr": "192.168.0.0/24",
                    "first": "192.168.0.50",
                    "size": 150,
                    "gateway": "192.168.0.1",
                    "dns": "192.168.0.1",
                },
                "dmz1": {"vlan": 8, "cidr": "10.1.3.0/24"},
            },
            "gateway": {
                "template": "gateway",
                "uplink": {"network": "EOLE"},
                "lan": ["academie", "dmz1"],
                "context": {"ROLE": "router"},
            },
            "quota": {"vms": 30, "memory": "64G"},
        }
    },
    "users": {"alice": {"blueprint": "eole", "vlan_base": 100, "gateway": {"uplink_ip": "192.168.230.11"}}},
}


def with_user(**changes):
    """The configuration with more said of alice."""
    config = copy.deepcopy(CONFIG)
    config["users"]["alice"].update(changes)
    return config


def with_blueprint(**changes):
    config = copy.deepcopy(CONFIG)
    config["blueprints"]["eole"].update(changes)
    return config


def values(config, name, user="alice"):
    return next(each.values for each in expand(config, user) if each.name == name)


def names(config, kind="onevnet", user="alice"):
    return [each.name for each in expand(config, user) if each.kind == kind]


def test_whole_infrastructure():
    assert expand(CONFIG, "alice") == [
        Desired("oneuser", "alice", None, {"group": "eole", "quota": {"vms": 30, "memory": "64G"}}, "eole/alice"),
        Desired(
            "onevnet",
            "academie",
            "alice",
            {
                "gateway": "192.168.0.1",
                "dns": "192.168.0.1",
                "network_address": "192.168.0.0",
                "network_mask": "255.255.255.0",
                "address_ranges": {
                    "pool": {"type": "IP4", "ip": "192.168.0.50", "size": 150},
                    "gateway": {"type": "IP4", "ip": "192.168.0.1", "size": 1},
                },
                "driver": "802.1Q",
                "phydev": "eth1",
                "vlan_id": 100,
                "group": "eole",
            },
            "eole/alice",
        ),
        Desired(
            "onevnet",
            "dmz1",
            "alice",
            {
                "network_address": "10.1.3.0",
                "network_mask": "255.255.255.0",
                "address_ranges": {"gateway": {"type": "IP4", "ip": "10.1.3.1", "size": 1}},
                "driver": "802.1Q",
                "phydev": "eth1",
                "vlan_id": 108,
                "group": "eole",
            },
            "eole/alice",
        ),
        Desired(
            "onevm",
            "gateway",
            "alice",
            {
                "template": "gateway",
                "template_owner": "oneadmin",
                "context": {
                    "ROLE": "router",
                    "VMID": "$VMID",
                    "VM_NAME": "gateway",
                    "VM_OWNER": "alice",
                    "SALT_MANAGED": "eole/alice",
                    "SALT_ROLE": "gateway",
                },
                "wait": False,
                "group": "eole",
                "nics": [
                    {"network": "EOLE", "owner": "oneadmin", "shared": True, "ip": "192.168.230.11"},
                    {"network": "academie", "ip": "192.168.0.1", "gateway": "$NO_GATEWAY"},
                    {"network": "dmz1", "ip": "10.1.3.1", "gateway": "$NO_GATEWAY"},
                ],
            },
            "eole/alice",
        ),
    ]


def test_pool_comes_before_the_range_of_the_gateway():
    assert list(values(CONFIG, "academie")["address_ranges"]) == ["pool", "gateway"]


def test_expanding_leaves_the_pillar_alone():
    config = with_user(networks={"dmz1": {"mtu": 1400}}, gateway={"lan": {"dmz1": None}})
    before = copy.deepcopy(config)
    for each in expand(config, "alice"):
        each.values.clear()
    assert config == before


@pytest.mark.parametrize(
    ("inherited", "own", "result"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"x": 1}}, {"a": None}, {}),
        ({"a": {"x": 1}}, {"a": {"x": None}}, {"a": {}}),
        ({"a": 1}, {"a": {"x": None, "y": 1}}, {"a": {"y": 1}}),
        ({"a": {"x": 1}}, {"a": 2}, {"a": 2}),
        ({}, {"a": [{"x": None, "y": 1}]}, {"a": [{"y": 1}]}),
    ],
)
def test_merge(inherited, own, result):
    assert merge(inherited, own) == result


def test_null_takes_away_a_network_a_key_and_the_gateway():
    config = with_user(networks={"dmz1": None, "academie": {"dns": None}}, gateway=None)
    assert names(config) == ["academie"]
    assert "dns" not in values(config, "academie")
    assert names(config, "onevm") == []
    assert values(config, "academie")["address_ranges"]["gateway"]["ip"] == "192.168.0.1"


def test_joining_or_leaving_a_network_does_not_change_it():
    joined, left = with_user(gateway={"lan": ["academie", "dmz1"]}), with_user(gateway={"lan": ["dmz1"]})
    assert values(joined, "academie") == values(left, "academie")


def test_a_network_that_leases_nothing_gets_no_range_for_its_router():
    config = with_user(networks={"extra": {"vlan": 9, "cidr": "10.9.0.0/24", "gateway": "10.9.0.1"}})
    assert "address_ranges" not in values(config, "extra")


def test_user_adds_a_network():
    config = with_user(networks={"extra": {"vlan": 20, "mtu": 1400}})
    assert values(config, "extra") == {
        "driver": "802.1Q",
        "phydev": "eth1",
        "vlan_id": 120,
        "mtu": 1400,
        "group": "eole",
    }


@pytest.mark.parametrize(
    ("vlans", "network", "link"),
    [
        ({"phydev": "eth1"}, {"vlan": 3}, {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 103}),
        ({"phydev": "eth1"}, {"vlan": 3, "vlan_id": 7}, {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 7}),
        (
            {"phydev": "eth1", "automatic": True},
            {"vlan": 3},
            {"driver": "802.1Q", "phydev": "eth1", "automatic_vlan_id": True},
        ),
        (
            {"phydev": "eth1", "automatic": True},
            {"vlan": 3, "automatic_vlan_id": False},
            {"driver": "802.1Q", "phydev": "eth1", "automatic_vlan_id": False, "vlan_id": 103},
        ),
        (
            {"phydev": "eth1", "driver": "ovswitch_vxlan"},
            {"vlan": 3},
            {"driver": "ovswitch_vxlan", "phydev": "eth1", "outer_vlan_id": 103},
        ),
        ({"phydev": "eth1"}, {"driver": "bridge"}, {"driver": "bridge"}),
        (
            {"phydev": "eth1"},
            {"driver": "bridge", "phydev": "eth9"},
            {"driver": "bridge", "phydev": "eth9"},
        ),
        ({"phydev": "eth1"}, {"vlan": 3, "phydev": "eth2"}, {"driver": "802.1Q", "phydev": "eth2", "vlan_id": 103}),
    ],
)
def test_what_isolates_a_network(vlans, network, link):
    config = with_blueprint(vlans=vlans, networks={"n": network}, gateway=None)
    assert values(config, "n") == {**link, "group": "eole"}


def test_declared_ranges_join_the_pool_and_can_replace_it():
    more = {"servers": {"ip": "192.168.0.240", "size": 5}, "pool": {"ip": "192.168.0.60", "size": 9}}
    ranges = values(with_user(networks={"academie": {"address_ranges": more}}), "academie")["address_ranges"]
    assert ranges == {
        "pool": {"ip": "192.168.0.60", "size": 9},
        "servers": {"ip": "192.168.0.240", "size": 5},
        "gateway": {"type": "IP4", "ip": "192.168.0.1", "size": 1},
    }


def test_no_range_for_a_gateway_that_is_in_one():
    config = with_user(networks={"academie": {"first": "192.168.0.1"}})
    assert list(values(config, "academie")["address_ranges"]) == ["pool"]


@pytest.mark.parametrize(
    ("inherited", "own", "nics"),
    [
        (["academie"], None, {"academie": "192.168.0.1"}),
        ({"academie": None, "dmz1": "10.1.3.254"}, None, {"academie": "192.168.0.1", "dmz1": "10.1.3.254"}),
        (["academie", "dmz1"], {"lan": ["dmz1"]}, {"dmz1": "10.1.3.1"}),
        (["academie"], {"lan": {"dmz1": "10.1.3.9"}}, {"dmz1": "10.1.3.9"}),
        ({"academie": "192.168.0.9"}, {"lan": {"dmz1": None}}, {"academie": "192.168.0.9", "dmz1": "10.1.3.1"}),
        ({"academie": "192.168.0.9"}, {"lan": {"academie": None}}, {"academie": "192.168.0.1"}),
        (["academie"], {"lan": None}, {}),
    ],
)
def test_lan(inherited, own, nics):
    config = with_user(gateway=own or {})
    config["blueprints"]["eole"]["gateway"]["lan"] = inherited
    found = values(config, "gateway")["nics"][1:]
    assert {nic["network"]: nic["ip"] for nic in found} == nics
    for name, address in nics.items():
        assert values(config, name)["address_ranges"]["gateway"]["ip"] == address


def test_uplink_without_an_address_and_none_at_all():
    config = with_user(gateway={})
    assert values(config, "gateway")["nics"][0] == {"network": "EOLE", "owner": "oneadmin", "shared": True}
    config = with_user(gateway={"uplink": None})
    assert values(config, "gateway")["nics"] == [
        {"network": "academie", "ip": "192.168.0.1"},
        {"network": "dmz1", "ip": "10.1.3.1"},
    ]


def test_user_overrides_the_gateway():
    config = with_user(gateway={"name": "router", "context": {"BANNER": "x"}, "memory": "1G", "template_owner": "bob"})
    gateway = values(config, "router")
    made = {"VMID": "$VMID", "VM_NAME": "router", "VM_OWNER": "alice", "SALT_MANAGED": "eole/alice"}
    assert gateway["context"] == {"ROLE": "router", "BANNER": "x", "SALT_ROLE": "gateway", **made}
    assert (gateway["memory"], gateway["template_owner"]) == ("1G", "bob")


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ({"gateway": "10.0.0.9"}, "10.0.0.9"),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.1"),
        ({"network_address": "10.0.0.0", "network_mask": "255.0.0.0"}, "10.0.0.1"),
        ({"cidr": "255.255.255.255/32"}, "255.255.255.255"),
        ({}, None),
    ],
)
def test_where_the_router_of_a_network_is(network, address):
    assert first_router(network) == address


def test_settings_the_nearest_counts():
    config = copy.deepcopy(CONFIG)
    usual = {"prune": False, "max_deletions": 5, "adopt": False, "disruption": "refuse"}
    assert settings(config, "alice") == usual
    config["prune"], config["max_deletions"] = True, 1
    assert settings(config) == settings(config, "alice") == {**usual, "prune": True, "max_deletions": 1}
    config["blueprints"]["eole"].update(max_deletions=2, disruption="allow")
    assert settings(config, "alice") == {**usual, "prune": True, "max_deletions": 2, "disruption": "allow"}
    config["users"]["alice"].update(prune=False, max_deletions=None, disruption=None, adopt=True)
    assert settings(config, "alice") == {**usual, "adopt": True}


def test_leave_is_given_by_an_object_or_by_what_is_around_it():
    config = copy.deepcopy(CONFIG)
    config["blueprints"]["eole"]["disruption"] = "allow"
    config["users"]["alice"].update(adopt=True, networks={"lan": {"adopt": False, "disruption": "refuse"}})
    leave = {(each.kind, each.name): (each.adopt, each.disruption) for each in expand(config, "alice")}
    assert leave.pop(("onevnet", "lan")) == (False, False)
    assert set(leave.values()) == {(True, True)}


def test_shared_objects():
    config = {
        "shared": {
            "templates": {"gateway": {"cpu": 1, "permissions": "644"}},
            "groups": {"eole": {}},
            "networks": {
                "EOLE": {
                    "driver": "bridge",
                    "cidr": "192.168.230.0/24",
                    "first": "192.168.230.11",
                    "size": 200,
                    "mtu": None,
                },
                "vlan": {"phydev": "eth1", "vlan_id": 9, "owner": "root"},
            },
            "images": {"debian-12": {"datastore": "default", "path": "/x", "owner": "root"}},
        }
    }
    assert shared(config) == [
        Desired("onegroup", "eole", None, {}, "shared/oneadmin"),
        Desired(
            "onevnet",
            "EOLE",
            "oneadmin",
            {
                "driver": "bridge",
                "network_address": "192.168.230.0",
                "network_mask": "255.255.255.0",
                "address_ranges": {"pool": {"type": "IP4", "ip": "192.168.230.11", "size": 200}},
            },
            "shared/oneadmin",
        ),
        Desired("onevnet", "vlan", "root", {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 9}, "shared/root"),
        Desired("oneimage", "debian-12", "root", {"datastore": "default", "path": "/x"}, "shared/root"),
        Desired("onetemplate", "gateway", "oneadmin", {"cpu": 1, "permissions": "644"}, "shared/oneadmin"),
    ]
    assert shared({}) == []


def test_users():
    assert users({"users": {"bob": {}, "alice": {}}}) == ["alice", "bob"]
    assert users({}) == users({"users": None}) == []


def test_unknown_user():
    with pytest.raises(ArgumentError, match=r"no user alcie.*alice"):
        expand(CONFIG, "alcie")


def test_hundred_users_take_no_time():
    networks = {
        f"n{i}": {"vlan": i, "cidr": f"10.{i}.0.0/24", "first": f"10.{i}.0.50", "size": 150, "gateway": f"10.{i}.0.1"}
        for i in range(34)
    }
    config = with_blueprint(networks=networks, gateway={"template": "t", "lan": ["n0", "n1", "n2"]})
    config["users"] = {f"user{i}": {"blueprint": "eole", "vlan_base": 2 + 40 * i} for i in range(100)}
    started = time.process_time()
    objects = sum(len(expand(config, user)) for user in users(config))
    assert objects == 3600
    assert time.process_time() - started < 0.3


def test_a_gateway_that_becomes_a_minion():
    enrol = {"master": "192.168.230.5", "master_finger": "4f:4f", "secret": "x" * 32, "lifetime": 15}
    gateway = values(with_user(gateway={"enrol": enrol, "role": "router"}), "gateway")
    assert gateway["enrolment"] == {"minion_id": "gw-alice", "secret": "x" * 32, "lifetime": 15}
    told = {key: value for key, value in gateway["context"].items() if key in {*VARIABLES, "SALT_ROLE"}}
    assert told == {
        "SALT_MASTER": "192.168.230.5",
        "SALT_MASTER_FINGER": "4f:4f",
        "SALT_MINION_ID": "gw-alice",
        "SALT_ROLE": "router",
    }
    assert "START_SCRIPT_BASE64" in gateway["context"]
    assert "x" * 32 not in str(gateway["context"])
    same = values(with_user(gateway={"enrol": enrol}), "gateway")["context"]
    assert same == {**gateway["context"], "SALT_ROLE": "gateway"}


def test_a_gateway_that_waits_for_a_person_to_accept_it():
    enrol = {"master": "192.168.230.5", "master_finger": "4f:4f", "script": False, "minion_id": "router"}
    gateway = values(with_user(gateway={"enrol": enrol}), "gateway")
    assert "enrolment" not in gateway
    assert gateway["context"]["SALT_MINION_ID"] == "router"
    assert "START_SCRIPT_BASE64" not in gateway["context"]


def test_a_gateway_that_is_a_virtual_router():
    def router(**more):
        config = with_user(gateway={"uplink_ip": "192.168.230.11", "virtual_router": more})
        return next(each for each in expand(config, "alice") if each.kind == "onevrouter")

    one = router()
    assert (one.name, one.owner, one.managed) == ("gateway", "alice", "eole/alice")
    assert one.values["nics"] == values(CONFIG, "gateway")["nics"]
    assert names(with_user(gateway={"virtual_router": {}}), "onevm") == []
    two = router(vms=2, keepalived_id=17)
    assert (two.values["vms"], two.values["keepalived_id"]) == (2, 17)
    assert all(nic["floating_ip"] for nic in two.values["nics"])
    assert "floating_ip" not in router(floating_ip=False).values["nics"][0]
    floating = {"network": "academie", "ip": "192.168.0.1", "gateway": "$NO_GATEWAY", "floating_ip": True}
    assert router(floating_ip=True).values["nics"][1] == floating


HTTP = {"protocol": "TCP", "direction": "inbound", "ports": 80}
ABOUT = {"protocol": "ALL", "direction": "inbound", "network": "dmz1"}


def kinds_and_names(desired):
    return [(each.kind, each.name) for each in desired]


def test_security_groups_come_before_the_networks_that_name_them():
    config = with_blueprint(security_groups={"web": {"rules": {"http": HTTP}}})
    config["blueprints"]["eole"]["networks"]["dmz1"]["security_groups"] = ["web", "default"]
    assert kinds_and_names(expand(config, "alice"))[:3] == [
        ("oneuser", "alice"),
        ("onesecgroup", "web"),
        ("onevnet", "academie"),
    ]
    assert values(config, "web") == {"group": "eole", "rules": {"http": HTTP}}
    assert values(config, "dmz1")["security_groups"] == ["web", "default"]
    config["users"]["alice"]["security_groups"] = {"web": {"group": "users"}}
    assert values(config, "web")["group"] == "users"
    config["users"]["alice"]["security_groups"] = {"web": None}
    assert names(config, "onesecgroup") == []


@pytest.mark.parametrize(("owner", "after"), [({}, True), ({"owner": "alice"}, True), ({"owner": "oneadmin"}, False)])
def test_a_security_group_comes_after_the_networks_that_its_rules_are_about(owner, after):
    config = with_blueprint(security_groups={"lan": {"rules": {"a": {**ABOUT, **owner}}}, "web": {}})
    late = ("onesecgroup", "lan")
    order = [("onesecgroup", "web"), ("onevnet", "academie"), ("onevnet", "dmz1")]
    expected = [*order, late] if after else [late, *order]
    assert kinds_and_names(expand(config, "alice"))[1:-1] == expected


def test_shared_security_groups():
    sections = {
        "networks": {"EOLE": {"driver": "bridge"}},
        "security_groups": {"up": {"rules": {"a": {**ABOUT, "network": "EOLE"}}}, "web": {"owner": "bob", "rules": {}}},
        "groups": {"eole": {}},
    }
    found = shared({"shared": sections})
    assert kinds_and_names(found) == [
        ("onegroup", "eole"),
        ("onesecgroup", "web"),
        ("onevnet", "EOLE"),
        ("onesecgroup", "up"),
    ]
    assert found[1] == Desired("onesecgroup", "web", "bob", {"rules": {}}, "shared/bob")
