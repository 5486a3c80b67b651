"""What people do by hand to objects that a pillar declares: they copy, rename and give away, and put others beside."""

import copy

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.status import status
from onecore.orchestration.users import build, declared_keys, demolish
from onecore.takeover.composition import every
from onecore.takeover.orphans import FOREIGN, OWNERLESS, orphans
from tests.doubles.simulated import Simulated

LAN = {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 100, "cidr": "10.0.0.0/24", "first": "10.0.0.5", "size": 9}
UPLINK = {"network": "UP", "owner": "oneadmin"}
CONFIG = {
    "prune": True,
    "shared": {
        "networks": {"UP": {**LAN, "vlan_id": 50, "cidr": "10.9.0.0/24", "first": "10.9.0.5", "permissions": "644"}},
        "templates": {"small": {"cpu": 1, "memory": 64, "permissions": "644"}},
    },
    "blueprints": {
        "eole": {
            "networks": {"lan": LAN},
            "vm_groups": {"front": {"roles": {"web": {}}}},
            "security_groups": {"web": {"rules": {}}},
            "gateway": {
                "template": "small",
                "uplink": {"network": "UP", "owner": "oneadmin"},
                "lan": {"lan": "10.0.0.7"},
            },
        }
    },
    "users": {"alice": {"blueprint": "eole"}, "bob": {"blueprint": "eole", "networks": {"lan": {"vlan_id": 200}}}},
}
#: What a blueprint makes and nobody can copy, by kind.
MOVED = {"onevnet": "lan", "onevm": "gateway", "onevmgroup": "front"}


def run(simulated, config=CONFIG, users=(None, "alice", "bob"), test=False):
    """What failed, and how many calls wrote."""
    wire, errors = simulated.wire(), []
    cloud = simulated.connect(wire)
    for user in users:
        errors += [report.comment(test) for report in build(cloud, config, user, test).reports if report.error]
    return errors, len(wire.writes)


@pytest.fixture
def simulated():
    simulated = Simulated()
    assert run(simulated)[0] == []
    return simulated


def found(simulated, cli):
    """By owner and name, the number of each object of a kind."""
    return {(each.owner, each.name): each.id for each in simulated.connect().pool(KINDS[cli])}


def told(simulated, what, config=CONFIG):
    return {row["object"]: row["reason"] for row in orphans(simulated.connect(), every(config)) if row["what"] == what}


def foreign(simulated):
    return {row["user"]: row["foreign"] for row in status(simulated.connect(), declared_keys(CONFIG)) if row["foreign"]}


@pytest.mark.parametrize("cli", MOVED)
def test_what_was_renamed_is_not_made_again(simulated, cli):
    prefix, name = KINDS[cli].prefix, MOVED[cli]
    simulated.call(f"{prefix}.rename", found(simulated, cli)["alice", name], "other")
    subject, before = KINDS[cli].describe(name, "alice"), found(simulated, cli)
    for test in (True, False):
        errors, writes = run(simulated, test=test)
        assert f"{subject[1:]} was created, and has since been renamed to other (ID " in errors[0]
        assert writes == 0
    assert found(simulated, cli) == before
    assert foreign(simulated) == {"alice": [f"{KINDS[cli].title} other"]}
    assert told(simulated, FOREIGN)[KINDS[cli].describe("other", "alice")].startswith(f"it has the mark of {subject}")
    simulated.call(f"{prefix}.rename", found(simulated, cli)["alice", "other"], name)
    assert run(simulated) == ([], 0)
    assert foreign(simulated) == {}


@pytest.mark.parametrize("owner", ["oneadmin", "bob"])
def test_a_vm_that_was_given_away_is_neither_made_again_nor_removed(simulated, owner):
    number = found(simulated, "onevm")["alice", "gateway"]
    simulated.call("one.vm.chown", number, found(simulated, "oneuser")[None, owner], -1)
    errors, writes = run(simulated)
    assert f"has since been given to {owner} (ID {number}): give it back" in errors[0]
    # Nothing says that his own is the one to go.
    assert [f"ID {number} was created for alice" in error for error in errors[1:]] == [True] * (owner == "bob")
    assert writes == 0
    demolish(simulated.connect(), "alice", test=False, max_deletions=99)
    simulated.settle()
    assert number in found(simulated, "onevm").values()


def test_copies_are_told_as_foreign(simulated):
    alice, reserved = found(simulated, "oneuser")[None, "alice"], 'SIZE="2"\nNAME="mine"'
    group = simulated.call("one.secgroup.clone", found(simulated, "onesecgroup")["alice", "web"], "like-web")
    part = simulated.call("one.vn.reserve", found(simulated, "onevnet")["alice", "lan"], reserved)
    small = found(simulated, "onetemplate")["oneadmin", "small"]
    template = simulated.call("one.template.clone", small, "mine", False)
    for prefix, number in (("one.secgroup", group), ("one.vn", part), ("one.template", template)):
        simulated.call(f"{prefix}.chown", number, alice, -1)
    simulated.call("one.template.instantiate", small, "own", False, f'AS_UID="{alice}"\nAS_GID="1"', False)
    copies = ["security group like-web", "template mine", "virtual network mine"]
    assert foreign(simulated) == {"alice": ["VM own", *copies]}
    # A VM of a shared template is what people make of it.
    assert told(simulated, FOREIGN).keys() == {f"{each} of alice" for each in copies}
    assert run(simulated) == ([], 0)
    config = {**CONFIG, "users": {"bob": CONFIG["users"]["bob"]}}
    demolish(simulated.connect(), "alice", test=False, max_deletions=99)
    for cli, number in (("onesecgroup", group), ("onevnet", part), ("onetemplate", template)):
        assert number in found(simulated, cli).values()
    assert run(simulated, config, (None, "bob")) == ([], 0)


def test_a_network_that_is_reserved_from_says_so(simulated):
    simulated.call("one.vn.reserve", found(simulated, "onevnet")["alice", "lan"], 'SIZE="2"\nNAME="mine"')
    simulated.call("one.vm.action", "terminate-hard", found(simulated, "onevm")["alice", "gateway"])
    simulated.settle()
    reports = demolish(simulated.connect(), "alice", test=True, max_deletions=99).reports
    (error,) = [each.error for each in reports if each.kind.cli == "onevnet" and each.error]
    assert "is in use: 2 leases (virtual network" in error
    assert "mine of oneadmin" in error


def test_what_a_user_of_that_name_who_is_gone_has_left_is_told(simulated):
    gone = found(simulated, "oneuser")[None, "alice"]
    simulated.call("one.user.delete", gone)
    assert told(simulated, OWNERLESS)["VM gateway of alice"] == f"user {gone}, who owned it, no longer exists"
    simulated.call("one.user.allocate", "alice", "x", "core", [])
    assert len(told(simulated, OWNERLESS)) == 4
    assert f"VM gateway (of user {gone}, who no longer exists)" in foreign(simulated)["alice"]


# -- networks beside those of the pillar -----------------------------------------------------------------------------


def by_hand(simulated, vlan):
    text = f'NAME="hand"\nVN_MAD="802.1Q"\nPHYDEV="eth1"\nVLAN_ID="{vlan}"'
    number = simulated.call("one.vn.allocate", text, -1)
    simulated.settle()
    return number


@pytest.mark.parametrize("section", ["shared", "objects"])
def test_no_network_for_everybody_comes_to_a_vlan_that_somebody_is_on(section):
    simulated, new = Simulated(), {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 300}
    number = by_hand(simulated, 300)
    config = {"shared": {"networks": {"new": new}}} if section == "shared" else {"objects": {"onevnet": {"new": new}}}
    reason = f"vlan_id: 300 on eth1 is in use by virtual network hand of oneadmin (ID {number}): choose another one."
    assert run(simulated, config, (None,)) == ([f"Virtual network new of oneadmin: {reason}"], 0)
    simulated.call("one.vn.delete", number)
    simulated.settle()
    assert run(simulated, config, (None,))[0] == []


@pytest.mark.parametrize("owner", ["oneadmin", "carol"])
def test_a_trunk_by_hand_is_told_before_a_user_comes_to_its_vlans(simulated, owner):
    """One of oneadmin, such as that of a firewall, prevents no network."""
    text = 'NAME=trunk VN_MAD=bridge PHYDEV=eth1 BRIDGE=br0 VLAN_TAGGED_ID="10,300-310"'
    number = simulated.call("one.vn.allocate", text, -1)
    simulated.settle()
    if owner != "oneadmin":
        simulated.call("one.vn.chown", number, simulated.call("one.user.allocate", owner, "x", "core", []), -1)
    config = copy.deepcopy(CONFIG)
    config["users"]["bob"]["networks"] = {"lan": {"vlan_id": 305}}
    assert told(simulated, FOREIGN, config) == {
        f"virtual network trunk of {owner}": "it carries VLAN 305 of eth1, which is that of virtual network lan of bob"
    }
    errors, _ = run(simulated, config, ("bob",))
    prevented = f"vlan_id: 305 on eth1 is in use by virtual network trunk of {owner} (ID {number})" in errors[0]
    assert prevented == (owner != "oneadmin")


def test_a_single_state_says_who_else_is_on_a_vlan():
    simulated = Simulated()
    by_hand(simulated, 300)
    wanted = Desired("onevnet", "new", None, {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 300}, "sls/oneadmin")
    for said in ("Vlan_id: 300 on eth1 is in use by virtual network hand of oneadmin (ID 0), too.", ""):
        (report,) = converge(simulated.connect(), KINDS, [wanted], False)
        assert (report.error, report.comment(False).partition(". ")[2]) == ("", said)


# -- what running VMs would notice -----------------------------------------------------------------------------------


def edited(section, **values):
    config = copy.deepcopy(CONFIG)
    network = (
        config["shared"]["networks"]["UP"] if section == "shared" else config["blueprints"]["eole"]["networks"]["lan"]
    )
    network.update(values)
    return config


@pytest.mark.parametrize("leave", [None, "allow"])
@pytest.mark.parametrize("section", ["shared", "blueprints"])
def test_a_range_with_leases_is_not_replaced_halfway(simulated, section, leave):
    """No leave ends leases: the VMs that have them are named before the first write."""
    first = "10.9.0.105" if section == "shared" else "10.0.0.105"
    config = edited(section, first=first) | ({"disruption": leave} if leave else {})
    foreseen, _ = run(simulated, config, test=True)
    errors, writes = run(simulated, config)
    holder = "10.9.0.5 (VM 0 gateway of alice)" if section == "shared" else "10.0.0.7 (VM 0 gateway of alice)"
    assert holder in errors[0]
    assert "would be removed, but" in errors[0]
    assert (errors, writes) == (foreseen, 0)


@pytest.mark.parametrize("values", [{"bridge": "br9"}, {"driver": "ovswitch"}])
def test_another_bridge_needs_leave_where_vms_run(simulated, values):
    config = edited("shared", **values)
    (error,), writes = run(simulated, config, (None,))
    assert "Set disruption: allow" in error
    assert writes == 0
    reports = build(simulated.connect(), config, None, test=False, disruption="allow").reports
    (changed,) = [each.comment(False) for each in reports if each.pending]
    assert changed.endswith("Running VMs stay on the old network until their NICs are attached again.")
    assert run(simulated, config) == ([], 0)


def test_nothing_is_made_for_somebody_elses_user_whose_group_is_missing_too():
    simulated = Simulated()
    for method, *params in (("one.group.allocate", "eole"), ("one.user.allocate", "alice", "x", "core", [])):
        simulated.call(method, *params)
    config = {
        "shared": {"groups": {"eole": {}}},
        "blueprints": {"eole": {"group": "eole"}},
        "users": {"alice": {"blueprint": "eole"}},
        "objects": {"onetemplate": {"web": {"owner": "alice", "cpu": 1, "memory": 64}}},
    }
    errors, _ = run(simulated, config, ("alice",))
    assert "set adopt: true" in errors[0]
    assert errors[1].startswith("Template web of alice: owner: user alice was not created by these states")
    assert found(simulated, "onetemplate") == {}
