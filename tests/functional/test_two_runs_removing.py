"""Two parallel runs that remove the same objects, and runs after one that was interrupted during a removal."""

import re

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build, demolish
from tests.doubles.simulated import Simulated, Wire

ROUTER = {
    "shared": {
        "groups": {"eole": {}},
        "templates": {"router": {"cpu": 0.1, "memory": 64, "permissions": "604", "attributes": {"VROUTER": "YES"}}},
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "networks": {"lan": {"driver": "bridge", "cidr": "10.0.0.0/24", "first": "10.0.0.50", "size": 9}},
            "gateway": {
                "template": "router",
                "virtual_router": {"vms": 1},
                "lan": {"lan": None},
            },
        }
    },
    "users": {"alice": {"blueprint": "eole"}},
}


def built():
    """A cloud with a user whose gateway is a virtual router."""
    simulated = Simulated()
    cloud = simulated.connect()
    for user in (None, "alice"):
        reports = build(cloud, ROUTER, user, test=False).reports
        assert [report.comment(False) for report in reports if report.error] == []
    simulated.settle()
    return simulated


def a_router_is_ending(simulated):
    """Remove the router of the user; its VM has not ended yet."""
    (router,) = simulated.connect().pool(KINDS["onevrouter"])
    simulated.call("one.vrouter.delete", router.id)
    (vm,) = simulated.connect().pool(KINDS["onevm"])
    assert KINDS["onevm"].is_passing(vm)
    return vm


def test_a_user_is_removed_when_the_vms_of_a_router_have_ended():
    """The run before it was interrupted after it had removed the router."""
    simulated = built()
    a_router_is_ending(simulated)
    outcome = demolish(simulated.connect(), "alice", test=False, max_deletions=100)
    assert [report.comment(False) for report in outcome.reports if report.error] == []
    assert [each.name for each in simulated.connect().pool(KINDS["oneuser"])] == ["serveradmin", "oneadmin"]


def test_a_network_is_removed_when_the_vms_on_it_have_ended():
    simulated = built()
    a_router_is_ending(simulated)
    report = remove(simulated.connect(), KINDS["onevnet"], "lan", "alice")
    assert (report.error, report.action) == ("", "remove")


def test_an_object_in_use_is_refused_at_once():
    simulated = built()
    report = remove(simulated.connect(), KINDS["onevnet"], "lan", "alice")
    assert re.search(r"is in use: 1 lease \(VM .*\)\. Terminate the VMs or release the leases first\.", report.error)


def test_what_somebody_holds_besides_is_refused_at_once():
    """The end of the VMs would not help."""
    simulated = built()
    a_router_is_ending(simulated)
    (lan,) = (each for each in simulated.connect().pool(KINDS["onevnet"]) if each.name == "lan")
    simulated.call("one.vn.hold", lan.id, 'LEASES = [ IP = "10.0.0.55" ]')
    cloud = simulated.connect()
    cloud.sleep = pytest.fail
    report = remove(cloud, KINDS["onevnet"], "lan", "alice")
    assert "is in use: 2 leases" in report.error


class Busy(Wire):
    """A wire on which another run changes the NICs of a VM right before each of the first calls of a method."""

    def __init__(self, simulated, method, times):
        super().__init__(simulated)
        self.simulated, self.method, self.left = simulated, method, times

    def reply(self, method, params):
        if method == self.method and self.left:
            self.left -= 1
            self.simulated.call("one.vm.attachnic", 0, 'NIC = [ NETWORK_ID = "0" ]')
        return super().reply(method, params)


THERE = {
    "networks": [{"name": "lan", "VN_MAD": "bridge", "AR": {"TYPE": "IP4", "IP": "10.0.0.1", "SIZE": "9"}}],
    "templates": [{"name": "server", "CPU": "0.1", "MEMORY": "64"}],
}


def test_a_vm_is_removed_when_other_runs_have_changed_it():
    simulated = Simulated()
    simulated.sow(THERE)
    simulated.settle()
    declared = Desired("onevm", "it", None, {"template": "server"}, "sls/oneadmin")
    (report,) = converge(simulated.connect(), KINDS, [declared])
    assert report.error == ""
    wire = Busy(simulated, "one.vm.action", 3)
    report = remove(simulated.connect(wire), KINDS["onevm"], "it", None)
    assert (report.error, report.action, wire.left) == ("", "remove", 0)


RULE = Desired("oneacl", "@users NET/* MANAGE", None, {}, "sls/oneadmin")


class Overtaken(Wire):
    """A wire on which another run removes a rule right after this one has read the rules."""

    def __init__(self, simulated):
        super().__init__(simulated)
        self.simulated, self.report = simulated, None

    def reply(self, method, params):
        answer = super().reply(method, params)
        if method == "one.acl.info" and self.report is None:
            self.report = remove(self.simulated.connect(), KINDS["oneacl"], RULE.name)
        return answer


def test_a_rule_that_another_run_has_just_removed_is_gone():
    simulated = Simulated()
    (report,) = converge(simulated.connect(), KINDS, [RULE])
    assert report.error == ""
    wire = Overtaken(simulated)
    report = remove(simulated.connect(wire), KINDS["oneacl"], RULE.name)
    assert (wire.report.error, wire.report.action) == ("", "remove")
    assert (report.error, report.action, wire.writes) == ("", "gone", [])
