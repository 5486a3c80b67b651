"""The objects of a user are applied completely or not at all, and errors are reported before dependent objects."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build
from tests.doubles.simulated import Simulated

RANGE = {"driver": "802.1Q", "phydev": "eth1", "first": "192.168.230.11", "size": 9, "permissions": "644"}
GATEWAY = {"template": "gw", "uplink": {"network": "EOLE"}, "lan": {}}


def config(vlan, uplink="EOLE", **more):
    networks = {"EOLE": {**RANGE, "vlan_id": vlan}, **{name: {**RANGE, "vlan_id": 300} for name in more}}
    gateway = {**GATEWAY, "uplink": {"network": uplink}}
    return {
        "shared": {"networks": networks, "templates": {"gw": {"cpu": 0.1, "memory": 64, "permissions": "644"}}},
        "blueprints": {"eole": {"vlans": {"driver": "bridge"}, "networks": {"lan": {}}}},
        "users": {"alice": {"blueprint": "eole", "gateway": gateway}},
    }


def run(simulated, declared, test=False, **settings):
    """By subject what was done, or would be, and the calls that wrote; everybody in one run."""
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    reports = [each for user in (None, "alice") for each in build(cloud, declared, user, test, **settings).reports]
    return {each.subject: each.error or each.action for each in reports if each.error or each.pending}, wire.writes


@pytest.fixture
def simulated():
    """A cloud with a network EOLE that a VM of somebody's uses."""
    simulated = Simulated()
    cloud = simulated.connect()
    build(cloud, {**config(100), "users": {}}, None, test=False)
    leasing = Desired("onevm", "other", None, {"template": "gw", "nics": [{"network": "EOLE"}]}, "sls/oneadmin")
    (report,) = converge(cloud, KINDS, [leasing])
    assert not report.error
    return simulated


def test_what_is_not_made_is_not_counted_on(simulated):
    """The VLAN of EOLE must not change, so that `new` is not made either, and a gateway on it cannot be."""
    declared = config(200, uplink="new", new=True)
    foreseen, _ = run(simulated, declared, test=True)
    done, writes = run(simulated, declared)
    assert "this would disturb running VMs: vlan_id from 100 to 200" in done["virtual network EOLE of oneadmin"]
    assert "virtual network new of oneadmin does not exist" in done["VM gateway of alice"]
    assert foreseen == done
    assert writes == []


def test_with_leave_all_of_it_is_done(simulated):
    declared = config(200, uplink="new", new=True)
    foreseen, _ = run(simulated, declared, test=True, disruption="allow")
    done, _ = run(simulated, declared, disruption="allow")
    assert foreseen == done
    assert set(done.values()) == {"create", "update"}
    assert run(simulated, declared) == ({}, [])


def test_a_router_from_a_template_of_other_vms_is_refused_before_its_user_is_created(simulated):
    """The pillar cannot know it: the attribute of a template that exists need not be declared."""
    declared = config(100)
    declared["blueprints"]["eole"]["networks"]["lan"] = {"cidr": "10.0.0.0/24"}
    declared["users"]["alice"]["gateway"] |= {"lan": ["lan"], "virtual_router": {}}
    done, writes = run(simulated, declared)
    (error,) = done.values()
    assert error.startswith("template: gw needs the attribute VROUTER: YES for a virtual router.")
    assert writes == []


def test_what_goes_with_something_that_cannot_be_made_is_not_counted_on_either(simulated):
    """A network of a run that begins nothing is none for whoever comes next."""
    declared = config(100, new=True)
    declared["shared"]["templates"]["broken"] = {"cpu": 0.1, "memory": 64, "context": {"TIER": "$TIER"}}
    declared["users"]["alice"]["gateway"]["uplink"] = {"network": "new"}
    foreseen, _ = run(simulated, declared, test=True)
    done, writes = run(simulated, declared)
    assert done["template broken of oneadmin"].endswith("Nothing else was started.")
    assert "virtual network new of oneadmin does not exist" in done["VM gateway of alice"]
    assert foreseen == done
    assert writes == []


def test_a_template_that_its_users_may_not_use(simulated):
    """It is found out before alice's networks are made."""
    declared = config(100)
    declared["shared"]["templates"]["gw"]["permissions"] = "600"
    foreseen, _ = run(simulated, declared, test=True)
    done, _ = run(simulated, declared)
    assert foreseen == done
    assert done["template gw of oneadmin"] == "update"
    assert "is not shared with alice: its permissions are 600" in done["VM gateway of alice"]
    assert set(done) == {"template gw of oneadmin", "VM gateway of alice"}
