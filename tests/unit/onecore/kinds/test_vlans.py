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
