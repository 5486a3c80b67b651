"""The key ``enrol`` of a gateway: invalid values, and the paths of errors."""

import copy

import pytest

from onecore.schema import validate

FINGER = ":".join(["4f"] * 32)
SECRET = "hush " * 8
ENROL = {"master": "192.168.230.5", "master_finger": FINGER, "secret": SECRET, "lifetime": 15}
CONFIG = {
    "blueprints": {
        "eole": {
            "vlans": {"phydev": "eth1"},
            "networks": {"lan": {"vlan": 0, "cidr": "10.0.0.0/24"}},
            "gateway": {"template": "gateway", "lan": ["lan"], "enrol": ENROL},
        }
    },
    "users": {"alice": {"blueprint": "eole", "vlan_base": 100}, "bob": {"blueprint": "eole", "vlan_base": 200}},
}


def faults(of_all=None, **of_alice):
    """The faults of the pillar with more said of all gateways, or of alice's."""
    config = copy.deepcopy(CONFIG)
    config["blueprints"]["eole"]["gateway"].update(of_all or {})
    config["users"]["alice"]["gateway"] = of_alice
    found = [str(fault) for fault in validate(config)]
    assert not any(SECRET in fault for fault in found)
    return found


def test_the_pillar_is_sound():
    assert faults() == []
    assert faults(enrol={"secret": "sdb://vault/enrolment", "minion_id": "router", "script": False}) == []
    assert faults(enrol={"secret": None, "lifetime": None}) == []
    assert faults(enrol=None, context={"START_SCRIPT": "reboot", "SALT_MASTER": "mine"}) == []


@pytest.mark.parametrize(
    ("enrol", "path", "fault"),
    [
        ({"master": "salt master"}, "users.alice.gateway.enrol.master", "must be the name or address of a master"),
        ({"master_finger": "4f:4f"}, "users.alice.gateway.enrol.master_finger", "must be a fingerprint"),
        ({"secret": "hush"}, "users.alice.gateway.enrol.secret", "must be text of 32 characters or more"),
        ({"lifetime": 0}, "users.alice.gateway.enrol.lifetime", "must be a whole number from 1 to 10080"),
        ({"minion_id": "*"}, "users.alice.gateway.enrol.minion_id", "must be a minion id of letters"),
        ({"minion_id": "gw-bob"}, "users.bob.gateway.enrol.minion_id", "gw-bob is already the minion id of"),
        ({"master": None}, "users.alice.gateway.enrol.master", "is required"),
        ({"secret": None}, "users.alice.gateway.enrol.lifetime", "is never used"),
        ({"token": "x"}, "users.alice.gateway.enrol.token", "unknown key"),
    ],
)
def test_what_is_wrong(enrol, path, fault):
    (found,) = faults(enrol=enrol)
    assert found.startswith(f"{path}: {fault}")


def test_one_minion_id_for_all_is_refused():
    (fault,) = faults({"enrol": {**ENROL, "minion_id": "gateway"}})
    assert fault.endswith("gateway.enrol.minion_id: gateway is already the minion id of alice's gateway")


def test_a_user_name_that_cannot_be_a_minion_id():
    config = copy.deepcopy(CONFIG)
    config["users"]["é"] = {"blueprint": "eole", "vlan_base": 300}
    (fault,) = map(str, validate(config))
    assert "'gw-é' cannot be a minion id" in fault


@pytest.mark.parametrize("name", ["VM_NAME", "salt_role", "SALT_MASTER", "SALT_ENROLMENT_TOKEN", "START_SCRIPT"])
def test_variables_that_are_made_from_other_keys(name):
    (fault,) = faults(context={name: "x"})
    assert fault.startswith(f"users.alice.gateway.context.{name}: is made from other keys of the gateway")


def test_a_script_of_ones_own():
    assert faults(enrol={"script": False}, context={"START_SCRIPT": "reboot"}) == []


def test_every_vm_of_a_virtual_router_has_a_minion_id():
    assert faults({"virtual_router": {"vms": 2}}) == []
    config = copy.deepcopy(CONFIG)
    config["blueprints"]["eole"]["gateway"]["virtual_router"] = {"vms": 2}
    config["users"]["alice-1"] = {"blueprint": "eole", "vlan_base": 300}
    (fault,) = map(str, validate(config))
    assert fault.endswith("minion_id: gw-alice-1 is already the minion id of alice's gateway")


@pytest.mark.parametrize(
    ("gateway", "fault"),
    [
        ({"virtual_router": {}, "on_change": "live"}, "on_change: is not possible for virtual routers"),
        ({"virtual_router": {}, "power": "hold"}, "power: hold is not possible for virtual routers"),
        ({"virtual_router": {"vms": 2, "floating_ip": False}}, "virtual_router.floating_ip: must be true"),
        ({"virtual_router": {"vms": 0}}, "virtual_router.vms: must be a whole number from 1 to 100"),
    ],
)
def test_what_is_not_for_virtual_routers(gateway, fault):
    (found,) = faults(**gateway)
    assert found.startswith(f"users.alice.gateway.{fault}")
