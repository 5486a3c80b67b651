"""Single objects in the pillar: their keys, and that none is declared twice."""

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


def test_a_vm_in_a_vm_group_has_a_role():
    said = {"vmgroup": "databases", "vmgroup_role": "primary"}
    assert faults({"onevm": {"v": said, "w": {"vmgroup": ""}}}) == []
    del said["vmgroup_role"]
    assert faults({"onevm": {"v": said}}) == [
        ("objects.onevm.v.vmgroup", "needs vmgroup_role, its role in the VM group")
    ]


ALICES = {"owner": "alice", "size": 8}


@pytest.mark.parametrize(
    ("said", "where", "message"),
    [
        (
            {"disks": [{"image": "base", "owner": "oneadmin"}, {"image": "data"}]},
            "disks[1]",
            "image data of alice is persistent, so that only one VM can use it, not each of 2: declare each VM by a "
            "name of its own, with an image of its own",
        ),
        ({"template": "db", "disks": {"0": "20G"}}, "template", "image data of alice is persistent"),
        ({"template": "shop"}, "template", "image stock of oneadmin is persistent"),
        (
            {"context": {"salt_minion_id": "web.example.org"}},
            "context.salt_minion_id",
            "web.example.org cannot be that of each of 2 VMs: write $NAME, which stands for the name of each, or "
            "declare each VM by a name of its own",
        ),
        ({"context": {"SET_HOSTNAME": "web-$UNAME"}}, "context.SET_HOSTNAME", "web-$UNAME cannot be that of each of 2"),
        (
            {"context": {"ETH0_IP": "10.0.0.5"}},
            "context.ETH0_IP",
            "10.0.0.5 cannot be that of each of 2 VMs: leave it out",
        ),
        ({"os": {"uuid": "d0f6ef4c"}}, "os.uuid", "d0f6ef4c cannot be that of each of 2 VMs: leave it out"),
    ],
)
def test_what_several_cannot_have_alike(said, where, message):
    images = {
        "stock": {"size": 8, "datastore": "default", "persistent": True},
        "base": {"size": 8, "datastore": "default"},
    }
    templates = {"db": {"disks": [{"image": "data"}]}, "shop": {"disks": [{"image": "stock", "owner": "oneadmin"}]}}
    for count in (1, 2):
        objects = {
            "oneimage": {"data of alice": {"name": "data", **ALICES, "persistent": True}},
            "onevm": {"v": {"owner": "alice", "template": "web", "count": count, **said}},
        }
        config = {**CONFIG, "shared": {**CONFIG["shared"], "images": images, "templates": templates}}
        found = [(fault.path, fault.message) for fault in validate({**config, "objects": objects})]
        assert [path for path, _ in found] == [f"objects.onevm.v.{where}"] * (count - 1)
        assert all(text.startswith(message) for _, text in found)


def test_what_opennebula_gives_each_of_several():
    context = {"SALT_MINION_ID": "$NAME.example.org", "SET_HOSTNAME": "web-$VMID", "ETH0_IP": "$NIC[IP]", "ROLE": "web"}
    said = {"count": 2, "context": context, "disks": [{"image": "base"}], "os": {"uuid": "", "arch": "x86_64"}}
    assert faults({"onevm": {"v": said}}) == []


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


@pytest.mark.parametrize(
    ("kind", "values", "path", "message"),
    [
        (
            "onesecgroup",
            {"web": {"rules": {"ssh": {"direction": "inbound"}}}},
            "web.rules.ssh",
            "protocol must be given",
        ),
        ("onevnet", {"part": {"reserved_from": {"network": "lan"}}}, "part.reserved_from", "size must be given"),
        ("onevm", {"web": {"template": "a", "nics": [{"ip": "10.0.0.5"}]}}, "web.nics[0].network", "must be the name"),
        ("oneacl", {"http": {}}, "http", "An ACL rule is written as"),
        ("oneuser", {"two words": {}}, "two words", "OpenNebula does not allow"),
    ],
)
def test_what_a_declaration_lacks_as_a_whole(kind, values, path, message):
    ((where, said),) = faults({kind: values})
    assert (where, said[: len(message)]) == (f"objects.{kind}.{path}", message)


def test_what_is_still_to_be_looked_up_may_be_anything():
    assert faults({"oneuser": {"carol": {"password": "sdb://vault/carol"}}}) == []
