"""Single objects in the pillar: what they may say, and that none is declared twice."""

import pytest

from onecore.orchestration.users import desired
from onecore.schema import validate

CONFIG = {
    "shared": {"networks": {"uplink": {"driver": "bridge"}}, "templates": {"web": {"owner": "alice"}}},
    "blueprints": {"b": {"vlans": {"driver": "bridge"}, "networks": {"lan": {}}}},
    "users": {"alice": {"blueprint": "b"}},
}


def faults(objects):
    return [(fault.path, fault.message) for fault in validate({**CONFIG, "objects": objects})]


@pytest.mark.parametrize(
    ("objects", "path", "other"),
    [
        ({"onevnet": {"uplink": {"driver": "bridge"}}}, "onevnet.uplink", "shared.networks.uplink"),
        ({"onevnet": {"x": {"name": "lan", "owner": "alice"}}}, "onevnet.x", "users.alice.networks.lan"),
        ({"onetemplate": {"web": {"owner": "alice"}}}, "onetemplate.web", "shared.templates.web"),
        ({"oneuser": {"alice": {}}}, "oneuser.alice", "users.alice"),
        ({"onevm": {"a": {"name": "v"}, "b": {"name": "v"}}}, "onevm.b", "objects.onevm.a"),
        ({"onevm": {"a": {"name": "v", "count": 2}, "v-2": {}}}, "onevm.v-2", "objects.onevm.a"),
    ],
)
def test_what_is_declared_elsewhere_is_refused(objects, path, other):
    assert faults(objects) == [(f"objects.{path}", f"is declared in {other} already")]


@pytest.mark.parametrize(
    "objects",
    [
        {"onevnet": {"lan": {"owner": "bob", "driver": "bridge"}}},
        {"onetemplate": {"web": {"cpu": 1}, "web of bob": {"name": "web", "owner": "bob"}}},
        {"onevm": {"v": None}},
        {"onegroup": {"team": {"resources": ["VM"]}}, "onevnet": None},
    ],
)
def test_what_is_not_is_taken(objects):
    assert faults(objects) == []


def test_what_cannot_be_said_of_several():
    several = {"count": 2, "nics": [{"network": "lan", "ip": "10.0.0.5"}]}
    ((path, message),) = faults({"onevm": {"v": several}})
    assert path == "objects.onevm.v.nics[0].ip"
    assert message.startswith("10.0.0.5 cannot be the address of each of 2 VMs")
    assert faults({"onevm": {"v": {**several, "count": 1}, "w": {**several, "count": 0}}}) == []
    ((path, message),) = faults({"onevnet": {"x": {"count": 2}}})
    assert (path, message.partition(";")[0]) == ("objects.onevnet.x.count", "unknown key")


def test_an_unknown_argument_is_a_fault():
    ((path, message),) = faults({"onevnet": {"x": {"vlanid": 3}}})
    assert path == "objects.onevnet.x.vlanid"
    assert "did you mean vlan_id?" in message


def test_each_is_made_with_what_belongs_to_it():
    config = {
        **CONFIG,
        "adopt": True,
        "objects": {
            "onevm": {"v": {"owner": "alice", "template": "web", "template_owner": "alice"}},
            "onevnet": {"odd": {"owner": "alice", "driver": "bridge"}, "x": {"owner": "bob", "adopt": False}},
        },
    }
    of_alice = desired(config, "alice", {})
    assert [(each.kind, each.name) for each in of_alice] == [
        ("oneuser", "alice"),
        ("onevnet", "lan"),
        ("onevnet", "odd"),
        ("onevm", "v"),
    ]
    assert {each.managed for each in of_alice[2:]} == {"shared/alice"}
    (other,) = [each for each in desired(config, None, {}) if each.name == "x"]
    assert (other.owner, other.adopt) == ("bob", False)
