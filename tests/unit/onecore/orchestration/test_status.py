"""The status of each user, from the cloud and from the declarations."""

import pytest

from onecore.orchestration.status import status
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described

MARK = {"SALT_MANAGED": "eole/alice"}
ROOT = described("oneuser", 0, "oneadmin", GROUPS={"ID": [0]})
ALICE = described("oneuser", 2, "alice", TEMPLATE=MARK, GROUPS={"ID": [1]})


def test_one_row_a_user():
    users = [
        ROOT,
        ALICE,
        described("oneuser", 3, "bob", TEMPLATE={"SALT_MANAGED": "eole/bob"}),
        described("oneuser", 4, "single", TEMPLATE={"SALT_MANAGED": "sls/single"}),
    ]
    networks = [
        described("onevnet", 9, "EOLE", "oneadmin"),
        described("onevnet", 10, "lan", VLAN_ID=124),
        described("onevnet", 11, "dmz", VLAN_ID=100),
        described("onevnet", 12, "plain", VLAN_ID=""),
        described("onevnet", 13, "lan", "bob"),
    ]
    nics = [{"NIC_ID": 0, "NETWORK_ID": 10, "IP": "10.0.0.1"}, {"NIC_ID": 1, "NETWORK_ID": 9, "IP": "192.168.230.11"}]
    vms = [
        described("onevm", 20, "gateway", TEMPLATE={"NIC": nics}, USER_TEMPLATE=MARK),
        described("onevm", 21, "by hand", STATE=8),
        described("onevm", 22, "single", USER_TEMPLATE={"SALT_MANAGED": "sls/alice"}),
    ]
    fake = FakeCloud(oneuser=users, onevnet=networks, onevm=vms)
    declared = {"alice": {("oneuser", "alice"), ("onevm", "gateway")}, "bob": {("oneuser", "bob")}, "carol": {}}
    assert status(cloud_of(fake), declared) == [
        {
            "user": "alice",
            "networks": 3,
            "vlans": "100-124",
            "gateway": "gateway",
            "uplink": "192.168.230.11",
            "state": "RUNNING",
            "undeclared": [],
            "foreign": [],
        },
        {
            "user": "bob",
            "networks": 1,
            "vlans": None,
            "gateway": None,
            "uplink": None,
            "state": "no gateway",
            "undeclared": [],
            "foreign": [],
        },
        {
            "user": "carol",
            "networks": 0,
            "vlans": None,
            "gateway": None,
            "uplink": None,
            "state": "missing",
            "undeclared": [],
            "foreign": [],
        },
    ]
    assert len(fake.log) == len(set(fake.log)), "a pool was read twice"


def test_a_gateway_without_uplink():
    gateway = described("onevm", 20, "gw", STATE=8, TEMPLATE={}, USER_TEMPLATE=MARK)
    (row,) = status(cloud_of(FakeCloud(oneuser=[ROOT, ALICE], onevm=[gateway])), {})
    assert (row["gateway"], row["uplink"], row["state"]) == ("gw", None, "POWEROFF")


def test_what_is_no_longer_declared():
    networks = [
        described("onevnet", 10, "lan", TEMPLATE=MARK),
        described("onevnet", 11, "old", TEMPLATE=MARK),
        described("onevnet", 12, "mine"),
        described("onevnet", 13, "of-bob", "bob", TEMPLATE={"SALT_MANAGED": "eole/bob"}),
        described("onevnet", 14, "EOLE", "oneadmin", TEMPLATE={"SALT_MANAGED": "shared/oneadmin"}),
        described("onevnet", 15, "taken-over", TEMPLATE={"SALT_MANAGED": "eole/alice/onevnet/taken-over/adopted"}),
    ]
    fake = FakeCloud(oneuser=[ROOT, ALICE], onevnet=networks)
    rows = status(cloud_of(fake), {"alice": {("oneuser", "alice"), ("onevnet", "lan")}})
    assert {row["user"]: row["undeclared"] for row in rows} == {
        "alice": ["virtual network old"],
        "bob": ["virtual network of-bob"],
    }
    (row,) = status(cloud_of(FakeCloud(oneuser=[ROOT, ALICE])), {})
    assert row["undeclared"] == ["user alice"]
    (row,) = status(cloud_of(fake), {"alice": None, "bob": None})[:1]
    assert row["undeclared"] is None


@pytest.mark.parametrize(
    ("groups", "states"),
    [
        ([1], {"alice": "no gateway visible to helper", "bob": "not visible to helper", "helper": "no gateway"}),
        ([1, 0], {"alice": "no gateway", "bob": "missing", "helper": "no gateway"}),
    ],
)
def test_an_account_that_may_not_see_others(groups, states):
    helper = described("oneuser", 7, "helper", GROUPS={"ID": groups})
    cloud = cloud_of(FakeCloud(oneuser=[ALICE, helper]), account="helper")
    rows = status(cloud, dict.fromkeys(states, ()))
    assert {row["user"]: row["state"] for row in rows} == states
