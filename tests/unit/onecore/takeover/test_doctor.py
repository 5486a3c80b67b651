"""The findings of the doctor in a cloud, and a cloud without problems."""

import pytest

from onecore.basics.errors import UnreachableError
from onecore.basics.plan import Desired
from onecore.takeover.doctor import examine
from tests.doubles import clouds
from tests.doubles.simulated import Simulated

NETWORK = {"driver": "802.1Q", "phydev": "eth1", "vlan_id": 100}


class Deaf:
    """A cloud that answers nothing."""

    account = "oneadmin"

    def call(self, method, *params):
        raise UnreachableError("there is no answer")


def found(cloud, *declared):
    return {(each.state, each.check): each.finding for each in examine(cloud, declared)}


def test_a_cloud_that_is_well():
    said = found(Simulated().connect(), Desired("onevnet", "lan", "oneadmin", NETWORK))
    assert {state for state, _ in said} == {"ok"}
    assert said["ok", "version"] == "OpenNebula 7.4.0"
    assert said["ok", "drivers"] == "OpenNebula knows 802.1Q"


def test_a_cloud_that_cannot_be_reached_is_all_that_is_told():
    assert found(Deaf()) == {("error", "connection"): "there is no answer"}


def test_an_account_without_rights():
    simulated = Simulated()
    simulated.call("one.user.allocate", "alice", "opennebula", "core", [])
    said = found(simulated.connect(username="alice"))
    assert "not an administrator" in said["error", "account"]


@pytest.mark.parametrize(
    ("values", "check", "said"),
    [
        ({**NETWORK, "driver": "sdn"}, "drivers", "networks of driver sdn, which OpenNebula does not know"),
        ({**NETWORK, "clusters": ["far"]}, "clusters", "cluster far does not exist"),
    ],
)
def test_what_the_pillar_counts_on(values, check, said):
    assert said in found(Simulated().connect(), Desired("onevnet", "lan", "oneadmin", values))["error", check]


def test_a_network_of_somebody_else_on_our_vlan():
    simulated = Simulated()
    clouds.Builder(simulated.call).network("other", "oneadmin", "oneadmin", VLAN_ID=100)
    simulated.settle()
    said = found(simulated.connect(), Desired("onevnet", "lan", "oneadmin", NETWORK))
    assert said["error", "vlans"].startswith("virtual network other of oneadmin: it is on VLAN 100 of eth1")


@pytest.mark.parametrize("there", [True, False])
def test_a_template_that_is_made_from(there):
    simulated = Simulated()
    if there:
        simulated.call("one.template.allocate", clouds.template(NAME="gw", CPU=1, MEMORY=64, DISK={"IMAGE_ID": 9}))
    said = found(simulated.connect(), Desired("onevm", "gateway", "alice", {"template": "gw"}))
    expected = "disk 0: image 9 does not exist" if there else "template gw of oneadmin does not exist"
    assert expected in said["error", "templates"]
