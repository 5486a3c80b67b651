"""The VLANs that a blueprint's network may get: none of another user's networks."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described

USERS = [described("oneuser", number, name, GID=1) for number, name in ((0, "oneadmin"), (2, "alice"), (3, "bob"))]


def network(owner="bob", driver="802.1Q", vlan="100", mark=None, **content):
    attributes = {"SALT_MANAGED": mark} if mark else {}
    there = {"STATE": 1, "VN_MAD": driver, "VLAN_ID": vlan, "PHYDEV": "eth1", **content}
    return described("onevnet", 9, "by-hand", owner, TEMPLATE=attributes, **there)


def told(there, managed="eole/alice", **values):
    """What a dry run says of alice's new network."""
    declared = {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 100, **values}
    cloud = cloud_of(FakeCloud(oneuser=USERS, onevnet=[there]))
    (report,) = converge(cloud, KINDS, [Desired("onevnet", "lan", "alice", declared, managed)], test=True)
    return report.error


IN_USE = "vlan_id: 100 on eth1 is in use by virtual network by-hand of bob (ID 9): choose another one."


def test_a_network_that_leaves_its_vlan_is_on_none():
    theirs = {**network("bob", "ovswitch", ""), "ID": 8}
    mine = network("alice", "ovswitch", "100", "eole/alice/onevnet/lan") | {"NAME": "lan"}
    cloud = cloud_of(FakeCloud(oneuser=USERS, onevnet=[theirs, mine]))
    (report,) = converge(cloud, KINDS, [Desired("onevnet", "lan", "alice", {"vlan_id": ""}, "eole/alice")], test=True)
    assert (report.error, list(report.changes(True))) == ("", ["vlan_id"])


def test_a_vlan_that_somebody_is_on():
    assert told(network()) == IN_USE
    assert told(network(driver="ovswitch")) == IN_USE


@pytest.mark.parametrize(
    "there",
    [
        network(vlan="101"),
        network(PHYDEV="eth2"),
        network(mark="eole/alice/onevnet/by-hand", owner="alice"),
        network(PARENT_NETWORK_ID=3),
    ],
)
def test_a_vlan_that_nobody_else_is_on(there):
    assert told(there) == ""


def test_a_single_state_is_taken_at_its_word():
    assert told(network(), managed="sls/alice") == ""


@pytest.mark.parametrize(("here", "there"), [("802.1Q", "vxlan"), ("vxlan", "802.1Q"), ("ovswitch", "vxlan")])
def test_a_vxlan_of_a_number_is_no_vlan_of_that_number(here, there):
    assert told(network(driver=there), driver=here) == ""


def test_vlans_within_two_vxlans_are_two():
    inside = {"driver": "ovswitch_vxlan", "outer_vlan_id": 5001}
    assert told(network(driver="ovswitch_vxlan", OUTER_VLAN_ID="5000"), **inside) == ""
    said = told(network(driver="ovswitch_vxlan", OUTER_VLAN_ID="5001"), **inside)
    assert said.startswith("outer_vlan_id: 5001 on eth1 is in use by")


# -- what a network uses besides its own number --------------------------------------------------------------------


def trunk(text, driver="ovswitch", mark=None, owner="bob", **content):
    attributes = {"VLAN_TAGGED_ID": text} | ({"SALT_MANAGED": mark} if mark else {})
    there = {"STATE": 1, "VN_MAD": driver, "PHYDEV": "eth1", "BRIDGE": "br0", **content}
    return described("onevnet", 9, "by-hand", owner, **{"TEMPLATE": attributes, **there})


@pytest.mark.parametrize("text", ["100", "10,100", "10,20-30,90-110", "110-90", "1, 99 - 101", "100-100"])
@pytest.mark.parametrize("driver", ["ovswitch", "bridge", "fw"])
def test_a_trunk_that_carries_the_vlan(text, driver):
    assert told(trunk(text, driver)) == IN_USE
    assert told(trunk(text, driver), managed="sls/alice") == ""


@pytest.mark.parametrize(
    "there",
    [
        trunk("10,20-30"),
        trunk("101-4094"),
        trunk("all"),
        trunk("100", PHYDEV="eth2"),
        # These drivers have no trunks.
        trunk("100", "802.1Q", VLAN_ID="7"),
        trunk("100", "vxlan", VLAN_ID="7"),
        trunk("100", mark="eole/alice/onevnet/by-hand", owner="alice"),
        # Declared for everybody, so on purpose.
        trunk("100", mark="shared/oneadmin/onevnet/by-hand", owner="oneadmin"),
        # Of the administrator, such as the one of a firewall for everybody.
        trunk("1-4094", owner="oneadmin"),
        trunk("1-4094", mark="sls/oneadmin/onevnet/by-hand", owner="oneadmin"),
        # Numbers within the VLAN of the network.
        trunk("", "802.1Q", VLAN_ID="7", TEMPLATE={"CVLANS": "90-110"}),
    ],
)  # fmt: skip
def test_a_trunk_that_does_not(there):
    assert told(there) == ""


def test_a_trunk_of_a_user_that_waits_for_handover():
    assert "100 on eth1 is in use" in told(trunk("100", mark="eole/bob/onevnet/by-hand", owner="oneadmin"))


def test_a_trunk_on_the_bridge_of_the_network():
    there = trunk("100", PHYDEV="")
    assert told(there, driver="ovswitch", bridge="br0", phydev=None) == IN_USE.replace("eth1", "br0")
    assert told(there, driver="ovswitch", bridge="br1", phydev=None) == ""


def test_an_address_range_on_a_vlan_of_its_own():
    ranges = {"AR": {"AR_ID": 0, "TYPE": "ETHER", "SIZE": 5, "VLAN_ID": "100"}}
    assert told(network(vlan="7", AR_POOL=ranges)) == IN_USE
    assert told(network(vlan="7", AR_POOL={"AR": {**ranges["AR"], "PHYDEV": "eth2"}})) == ""


@pytest.mark.parametrize("there", [network(), trunk("90-100")])
def test_a_trunk_of_a_user_carries_nothing_of_another_user(there):
    declared = {"driver": "ovswitch", "vlan_id": None, "bridge": "br0"}
    said = told(there, attributes={"VLAN_TAGGED_ID": "5,100-110"}, **declared)
    assert said.startswith("attributes.VLAN_TAGGED_ID: ")
    assert said.endswith("on eth1 is in use by virtual network by-hand of bob (ID 9): leave it out of the trunk.")
    assert told(there, attributes={"VLAN_TAGGED_ID": "5,101-110"}, **declared) == ""
    everybody = {"managed": "shared/alice", "attributes": {"VLAN_TAGGED_ID": "5,100-110"}}
    assert told(there, **everybody, **declared) == ""


@pytest.mark.parametrize(("text", "error"), [("90-105", ""), ("90-105,200", "200 on eth1 is in use by")])
def test_a_trunk_that_gets_smaller_keeps_what_it_carried(text, error):
    theirs = [{**network(), "ID": 8}, {**network(vlan="200"), "ID": 7}]
    mine = trunk("90-110", mark="eole/alice/onevnet/lan", owner="alice") | {"NAME": "lan"}
    cloud = cloud_of(FakeCloud(oneuser=USERS, onevnet=[*theirs, mine]))
    values = {"attributes": {"VLAN_TAGGED_ID": text}}
    (report,) = converge(cloud, KINDS, [Desired("onevnet", "lan", "alice", values, "eole/alice")], test=True)
    assert error in report.error
    assert bool(report.error) == bool(error)


def test_a_trunk_that_is_there_already_stays():
    theirs = {**network(), "ID": 8}
    mine = trunk("100", mark="eole/alice/onevnet/lan", owner="alice") | {"NAME": "lan"}
    cloud = cloud_of(FakeCloud(oneuser=USERS, onevnet=[theirs, mine]))
    values = {"dns": "1.1.1.1", "attributes": {"VLAN_TAGGED_ID": "100"}}
    (report,) = converge(cloud, KINDS, [Desired("onevnet", "lan", "alice", values, "eole/alice")], test=True)
    assert (report.error, list(report.changes(True))) == ("", ["dns"])


MINE = {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 100}
TRUNK = {"driver": "ovswitch", "phydev": "eth1", "vlan_id": 5, "attributes": {"VLAN_TAGGED_ID": "100"}}
TRUNKED = network("bob", "ovswitch", "7", "eole/bob/onevnet/by-hand")
TRUNKED["TEMPLATE"] = {**TRUNKED["TEMPLATE"], "VLAN_TAGGED_ID": "90-110"}


@pytest.mark.parametrize(
    ("there", "left", "still"),
    [
        (network(mark="eole/bob/onevnet/by-hand"), {"vlan_id": 101}, {"dns": "10.0.0.9"}),
        (network(mark="eole/bob/onevnet/by-hand"), {"phydev": "eth2"}, {"vlan_id": 100}),
        (network(mark="eole/bob/onevnet/by-hand"), {"driver": "vxlan"}, {"driver": "ovswitch", "bridge": "br9"}),
        (TRUNKED, {"attributes": {"VLAN_TAGGED_ID": "90-99"}}, {"attributes": {"VLAN_TAGGED_ID": "80-100"}}),
        (TRUNKED, {"attributes": {"VLAN_TAGGED_ID": None}}, {"vlan_id": 8}),
        (TRUNKED, {"driver": "802.1Q"}, {"driver": "bridge", "bridge": "br9"}),
    ],
)
@pytest.mark.parametrize("mine", [MINE, TRUNK])
def test_a_vlan_that_another_network_would_have_left_in_a_dry_run(there, left, still, mine):
    def told(theirs):
        cloud = cloud_of(FakeCloud(oneuser=USERS, onevnet=[there]))
        wanted = [("by-hand", "bob", theirs), ("lan", "alice", mine)]
        each = [Desired("onevnet", *said, f"eole/{said[1]}", disruption=True) for said in wanted]
        reports = [converge(cloud, KINDS, [desired], test=True)[0] for desired in each]
        assert reports[0].error == ""
        return reports[1].error

    assert told(left) == ""
    assert "is in use by virtual network by-hand of bob (ID 9)" in told(still)
