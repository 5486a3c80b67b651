"""What is told of each user, from the cloud alone."""

from onecore.orchestration.status import status
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described


def test_one_row_a_user():
    users = [
        described("oneuser", 0, "oneadmin"),
        described("oneuser", 2, "alice", TEMPLATE={"SALT_MANAGED": "eole/alice"}),
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
    mark = {"SALT_MANAGED": "eole/alice"}
    vms = [
        described("onevm", 20, "gateway", TEMPLATE={"NIC": nics}, USER_TEMPLATE=mark),
        described("onevm", 21, "by hand", STATE=8),
        described("onevm", 22, "single", USER_TEMPLATE={"SALT_MANAGED": "sls/alice"}),
    ]
    fake = FakeCloud(oneuser=users, onevnet=networks, onevm=vms)
    assert status(cloud_of(fake), ["bob", "carol"]) == [
        {
            "user": "alice",
            "networks": 3,
            "vlans": "100-124",
            "gateway": "gateway",
            "uplink": "192.168.230.11",
            "state": "RUNNING",
        },
        {"user": "bob", "networks": 1, "vlans": None, "gateway": None, "uplink": None, "state": "no gateway"},
        {"user": "carol", "networks": 0, "vlans": None, "gateway": None, "uplink": None, "state": "missing"},
    ]
    assert len(fake.log) == 3


def test_a_gateway_without_uplink():
    alice = described("oneuser", 2, "alice", TEMPLATE={"SALT_MANAGED": "eole/alice"})
    gateway = described("onevm", 20, "gw", STATE=8, TEMPLATE={}, USER_TEMPLATE={"SALT_MANAGED": "eole/alice"})
    (row,) = status(cloud_of(FakeCloud(oneuser=[alice], onevm=[gateway])))
    assert (row["gateway"], row["uplink"], row["state"]) == ("gw", None, "POWEROFF")
