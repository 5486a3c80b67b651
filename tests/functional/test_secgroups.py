"""Security groups and references to them, with the embedded OpenNebula."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.meeting import MEETINGS
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from onecore.model import hearing
from onesim.kinds.vm.states import Lcm
from tests.doubles.simulated import Simulated

WEB = {"protocol": "tcp", "direction": "inbound", "ports": [80, 443]}
OUT = {"protocol": "all", "direction": "outbound"}


def group(name="web", owner="alice", *rules, **values):
    return Desired("onesecgroup", name, owner, {"rules": list(rules or (WEB, OUT)), **values}, f"sls/{owner}")


def network(name="lan", owner="alice", **values):
    ranges = [{"ip": "10.0.0.1", "size": 9}]
    return Desired(
        "onevnet",
        name,
        owner,
        {"driver": "bridge", "bridge": "br0", "address_ranges": ranges, **values},
        f"sls/{owner}",
    )


def vm(*nics, owner="alice", name="v", **values):
    return Desired(
        "onevm",
        name,
        owner,
        {"template": "t", "template_owner": "oneadmin", "nics": list(nics), **values},
        f"sls/{owner}",
    )


BEFORE = [
    Desired("oneuser", "alice", None, {}),
    Desired("onetemplate", "t", None, {"cpu": 1, "memory": 64, "permissions": "644"}),
    Desired("onetemplate", "r", None, {"cpu": 1, "memory": 64, "permissions": "644", "attributes": {"VROUTER": True}}),
]


@pytest.fixture
def simulated():
    made = Simulated()
    run(made, *BEFORE)
    return made


def reports_of(simulated, *wanted, test=False):
    wire = simulated.wire()
    return wire, converge(simulated.connect(wire), KINDS, wanted, test)


def methods(wire):
    """What was called that writes, in order."""
    return [method for method, *_ in wire.writes]


def run(simulated, *wanted, test=False):
    """What became of each object; a run must not fail."""
    wire, reports = reports_of(simulated, *wanted, test=test)
    assert [report.error for report in reports] == [""] * len(reports)
    return wire, [report.changes(test) for report in reports]


def made(simulated, *wanted):
    """Makes it so; a dry run has foreseen it, and the next run finds nothing to do."""
    _, foreseen = run(simulated, *wanted, test=True)
    wire, done = run(simulated, *wanted)
    assert done == foreseen
    again, nothing = run(simulated, *wanted)
    assert (methods(again), nothing) == ([], [{}] * len(wanted))
    return wire, done


def refused(simulated, *wanted):
    """Why the last of these cannot be; a dry run says the same, and nothing of it is written."""
    *_, foreseen = reports_of(simulated, *wanted, test=True)[1]
    if wanted[:-1]:
        run(simulated, *wanted[:-1])
    wire, (report,) = reports_of(simulated, wanted[-1])
    assert methods(wire) == []
    assert report.error == foreseen.error != ""
    return report.error


def nic(simulated, number=0, vm=0):
    return simulated.cloud.get("VM", vm).spec.vectors("NIC")[number]


def of(simulated, number=100):
    return simulated.cloud.get("SECGROUP", number)


# -- the groups ----------------------------------------------------------------------------------------------------


def test_a_rule_names_a_network(simulated):
    lan = {"protocol": "all", "direction": "inbound", "network": "lan"}
    theirs = {**lan, "network": "EOLE", "owner": "oneadmin"}
    made(simulated, network(), network("EOLE", "oneadmin"), group("web", "alice", lan, theirs))
    names = {number: simulated.cloud.get("NET", number).name for number in (0, 1)}
    assert [names[int(rule["NETWORK_ID"])] for rule in of(simulated).template.vectors("RULE")] == ["lan", "EOLE"]
    _, (changes,) = made(simulated, group("web", "alice", lan))
    assert [rule["network"] for rule in changes["rules"]["old"]] == [
        "virtual network lan of alice",
        "virtual network EOLE of oneadmin",
    ]
    for other, whose in (({"network": "wan"}, "wan of alice"), ({"owner": "oneadmin"}, "lan of oneadmin")):
        said = refused(simulated, group("web", "alice", {**lan, **other}))
        assert f"rules: virtual network {whose} does not exist" in said


def test_a_network_that_comes_again_is_another_one_for_a_rule(simulated):
    """OpenNebula drops a rule about a network that is gone, and says nothing."""
    lan = {"protocol": "all", "direction": "inbound", "network": "lan"}
    run(simulated, network(), group("web", "alice", lan))
    simulated.settle()
    assert remove(simulated.connect(), KINDS["onevnet"], "lan", "alice").error == ""
    _, (*_, changes) = made(simulated, network(), group("web", "alice", lan))
    assert changes["rules"]["old"][0]["network"] == "0"


# -- rules on their way to VMs -------------------------------------------------------------------------------------


SSH = {"protocol": "tcp", "direction": "inbound", "ports": 22}
ON_LAN = {"network": "lan", "security_groups": ["web"]}


@pytest.fixture
def running(simulated):
    """A running VM of alice's whose NIC has the group web."""
    run(simulated, group(), network(), vm(ON_LAN))
    return simulated


def rules_at(simulated, number=100):
    rules = simulated.cloud.get("VM", 0).spec.vectors("SECURITY_GROUP_RULE")
    return [rule.get("RANGE", "") for rule in rules if rule["SECURITY_GROUP_ID"] == str(number)]


def test_new_rules_come_to_the_vms(running):
    wire, reports = reports_of(running, group("web", "alice", SSH))
    assert methods(wire) == ["one.secgroup.update"]
    assert [report.error for report in reports] == [""]
    assert "This reaches running VMs." in reports[0].comment(test=False)
    assert (rules_at(running), of(running).updated) == (["22"], {0})


def test_a_change_without_rules_reaches_nobody(running):
    _, (report,) = reports_of(running, group(description="x"))
    assert "reaches running VMs" not in report.comment(test=False)


def test_a_vm_that_is_busy_for_a_while_is_waited_for(running):
    machine, wire = running.cloud.get("VM", 0), running.wire()
    machine.enter(Lcm.HOTPLUG_NIC)
    cloud = running.connect(wire)

    def sleep(seconds):
        if machine.lcm_state == Lcm.HOTPLUG_NIC:
            machine.enter(Lcm.RUNNING)
        running.settle()

    cloud.sleep = sleep
    (report,) = converge(cloud, KINDS, [group("web", "alice", SSH)])
    assert (report.error, methods(wire)) == ("", ["one.secgroup.update"])
    assert (rules_at(running), of(running).updated) == (["22"], {0})


def test_a_vm_that_stays_busy_is_told_of_and_gets_the_rules_with_the_next_run(running, monkeypatch):
    monkeypatch.setattr(hearing, "PATIENCE", 0)
    machine = running.cloud.get("VM", 0)
    machine.enter(Lcm.HOTPLUG_NIC)
    _, (report,) = reports_of(running, group("web", "alice", SSH))
    assert "rules:VM 0 is 'not applied', not 'in force'" in report.error
    assert set(report.changes(test=False)) == {"rules"}
    machine.enter(Lcm.RUNNING)
    wire, (changes,) = made(running, group("web", "alice", SSH))
    assert methods(wire) == ["one.secgroup.commit"]
    assert changes == {"rules:VM 0": {"old": "not applied", "new": "in force"}}
    assert (rules_at(running), of(running).updated) == (["22"], {0})


def test_a_driver_that_fails_is_told_of(running):
    # At first, and as often as the run tries again.
    running.cloud.faults.add(f'vm.updatesg times={1 + MEETINGS} fail="iptables: no chain"')
    _, (report,) = reports_of(running, group("web", "alice", SSH))
    assert "rules:VM 0 is 'not applied', not 'in force'" in report.error
    wire, _ = made(running, group("web", "alice", SSH))
    assert methods(wire) == ["one.secgroup.commit"]


def test_a_vm_on_its_way_from_one_list_to_another_is_waited_for(running):
    """OpenNebula takes a VM out of one list before it puts it into the next, and answers in between."""
    cloud, found = running.connect(), of(running)
    to_come = [found.remove_vm, lambda vm: None, lambda vm: found.failed.add(vm)]

    def sleep(seconds):
        running.settle()
        if to_come:
            to_come.pop(0)(0)
            running.cloud.update(found)

    cloud.sleep = sleep
    (report,) = converge(cloud, KINDS, [group("web", "alice", SSH)])
    # The driver has failed with it once, which the run puts right.
    assert (report.error, to_come, rules_at(running)) == ("", [], ["22"])


def test_a_vm_that_goes_meanwhile_is_not_waited_for(running):
    wire = running.wire()
    cloud = running.connect(wire)

    def sleep(seconds):
        machine = running.cloud.find("VM", 0)
        if wire.writes and machine:
            running.cloud.get("SECGROUP", 100).remove_vm(0)
            machine.spec.erase("NIC")
        running.settle()

    cloud.sleep = sleep
    (report,) = converge(cloud, KINDS, [group("web", "alice", SSH)])
    assert report.error == ""


# -- networks ------------------------------------------------------------------------------------------------------


def groups_of(simulated, number=0):
    return simulated.cloud.get("NET", number).template.get("SECURITY_GROUPS")


def test_the_owners_group_comes_before_that_of_oneadmin(simulated):
    made(simulated, group("web", "oneadmin", permissions="644"), network(security_groups=["web"]))
    assert groups_of(simulated) == "100"
    _, changes = made(simulated, group(), network(security_groups=["web"]))
    assert changes[1] == {"security_groups": {"old": ["web of oneadmin"], "new": ["web"]}}
    assert groups_of(simulated) == "101"


def test_a_range_names_its_groups(simulated):
    ranges = {"pool": {"ip": "10.0.0.1", "size": 9, "security_groups": ["web"]}}
    made(simulated, group(), network(address_ranges=ranges))
    (found,) = simulated.cloud.get("NET", 0).ranges
    assert found.vector["SECURITY_GROUPS"] == "100"
    ranges["pool"]["security_groups"] = []
    _, (changes,) = made(simulated, network(address_ranges=ranges))
    assert changes == {"address_ranges:pool": {"old": {"SECURITY_GROUPS": ["web"]}, "new": {"SECURITY_GROUPS": []}}}


# -- templates -----------------------------------------------------------------------------------------------------


def template(owner="alice", *nics, **values):
    return Desired(
        "onetemplate", "shared", owner, {"cpu": 1, "memory": 64, "nics": list(nics), **values}, f"sls/{owner}"
    )


# -- VMs -----------------------------------------------------------------------------------------------------------


def test_a_nic_has_its_own_groups_and_those_of_its_network(simulated):
    made(simulated, group(), network(), vm(ON_LAN))
    assert nic(simulated)["SECURITY_GROUPS"] == "0,100"
    assert of(simulated).updated == {0}


@pytest.mark.parametrize("power", ["running", "poweroff", "suspended"])
def test_a_nic_changes_its_groups_as_it_is(simulated, power):
    made(simulated, group(), group("ssh", "alice", SSH), network(), vm(ON_LAN, power=power))
    ssh = vm({"network": "lan", "security_groups": ["ssh"]}, power=power)
    wire, (changes,) = made(simulated, ssh)
    assert methods(wire) == ["one.vm.attachsg", "one.vm.detachsg"]
    assert changes == {"nics:lan:security_groups": {"old": ["default", "web"], "new": ["default", "ssh"]}}
    assert nic(simulated)["SECURITY_GROUPS"] == "0,101"
    assert (of(simulated).vms, of(simulated, 101).updated) == (set(), {0})
    none = vm({"network": "lan", "security_groups": []}, power=power)
    assert made(simulated, none)[1] == [{"nics:lan:security_groups": {"old": ["default", "ssh"], "new": ["default"]}}]


def test_a_nic_follows_the_groups_of_its_network(running):
    wire, (_, changes) = made(running, network(security_groups=[]), vm(ON_LAN))
    assert methods(wire) == ["one.vn.update", "one.vm.detachsg"]
    assert changes == {"nics:lan:security_groups": {"old": ["default", "web"], "new": ["web"]}}


def test_of_two_nics_the_one_that_has_the_groups_already_keeps_them(simulated):
    both = [{"network": "lan", "security_groups": []}, ON_LAN]
    made(simulated, group(), network(), vm(*both))
    assert methods(run(simulated, vm(*both[::-1], nic_order="any"))[0]) == []


def test_a_nic_that_cannot_take_the_rules_over_is_told_of(running):
    run(running, group("ssh", "alice", SSH))
    running.cloud.faults.add('vm.updatesg times=1 fail="iptables: no chain"')
    both = vm({"network": "lan", "security_groups": ["web", "ssh"]})
    _, (report,) = reports_of(running, both)
    assert "VM 0 has not applied the rules of security group ssh of alice, so NIC 0 was removed again: " in report.error
    assert "UPDATESG: iptables: no chain" in report.error
    # The next run finds that, and tries again.
    wire, (report,) = reports_of(running, both)
    assert (methods(wire), report.error) == (["one.vm.attachsg"], "")
    assert methods(run(running, both)[0]) == []


def test_a_vm_in_the_place_of_another_has_its_groups(running):
    made(running, vm(ON_LAN, cpu=2, on_change="redeploy"))
    assert nic(running, vm=1)["SECURITY_GROUPS"] == "0,100"


# -- virtual routers -----------------------------------------------------------------------------------------------


def router(*nics):
    values = {"template": "r", "template_owner": "oneadmin", "nics": list(nics)}
    return Desired("onevrouter", "r", "alice", values, "sls/alice", disruption=True)


def test_a_router_names_groups(simulated):
    made(simulated, group(), network(), router(ON_LAN))
    assert nic(simulated)["SECURITY_GROUPS"] == "0,100"
    wire, (_changes,) = made(simulated, router({"network": "lan", "security_groups": []}))
    assert methods(wire) == ["one.vrouter.detachnic", "one.vrouter.attachnic"]
    assert nic(simulated)["SECURITY_GROUPS"] == "0"
    assert "security group wbe of alice does not exist" in refused(
        simulated, router({"network": "lan", "security_groups": "wbe"})
    )


# -- removal -------------------------------------------------------------------------------------------------------


def removed(simulated, name="web", owner="alice", cloud=None, **how):
    return remove(cloud or simulated.connect(), KINDS["onesecgroup"], name, owner, **how)


def test_a_group_goes_that_nothing_has(simulated):
    run(simulated, group())
    assert removed(simulated, test=True).error == removed(simulated).error == ""
    assert simulated.cloud.find("SECGROUP", 100) is None


def test_the_default_group_stays(simulated):
    assert "OpenNebula adds it to every new network" in removed(simulated, "default", "oneadmin", unmanaged=True).error


@pytest.mark.parametrize(
    "holder, said",
    [
        ([network(security_groups="web")], "virtual network lan of alice (ID 0)"),
        ([network(address_ranges=[{"ip": "10.0.0.1", "size": 9, "security_groups": "web"}])], "virtual network lan"),
        ([template("alice", ON_LAN)], "template shared of alice (ID 2)"),
        ([network(), vm(ON_LAN)], "VM v of alice (ID 0)"),
        ([network(), router(ON_LAN)], "virtual router r of alice (ID 0), VM r-0 of alice (ID 0)"),
    ],
)
def test_a_group_in_use_stays(simulated, holder, said):
    run(simulated, group(), *holder)
    for test in (True, False):
        assert f"security group web of alice (ID 100) is in use by {said}" in removed(simulated, test=test).error


@pytest.mark.parametrize(
    "holder, without",
    [
        ([network(security_groups="web")], network(security_groups=[])),
        ([template("alice", ON_LAN)], template("alice", {"network": "lan"})),
        ([network(), vm(ON_LAN)], vm({"network": "lan", "security_groups": []})),
        ([network(), vm(ON_LAN)], vm()),
        ([network(), router(ON_LAN)], router()),
        ([network(), router(ON_LAN)], router({"network": "lan", "security_groups": []})),
    ],
)
@pytest.mark.parametrize("test", [True, False])
def test_a_group_goes_after_what_had_it_has_let_it_go(simulated, holder, without, test):
    run(simulated, group(), *holder)
    cloud = simulated.connect()
    (report,) = converge(cloud, KINDS, [without], test)
    assert report.error == ""
    assert removed(simulated, cloud=cloud, test=test).error == ""
