"""Changes of networks reach the VMs on them, although OpenNebula skips a VM that is busy with another change."""

from dataclasses import replace

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.model import hearing
from onesim.kinds.vm.states import Lcm
from tests.doubles.simulated import Simulated, Wire

NAMES = ("lan", "wifi", "dmz")


def networks(base, owner="alice", **values):
    common = {"driver": "802.1Q", "phydev": "eth1", **values}
    return [
        Desired(
            "onevnet",
            name,
            owner,
            {**common, "vlan_id": base + offset, "address_ranges": [{"ip": f"10.{offset}.0.1", "size": 9}]},
            "eole/alice",
            disruption=True,
        )
        for offset, name in enumerate(NAMES)
    ]


def gateway(**values):
    nics = [{"network": name} for name in NAMES]
    return Desired("onevm", "gw", "alice", {"template": "gw", "nics": nics, **values}, "eole/alice", disruption=True)


BEFORE = [
    Desired("oneuser", "alice", None, {}),
    Desired("onetemplate", "gw", None, {"cpu": 1, "memory": 64, "permissions": "644"}),
]


def run(simulated, *wanted, test=False):
    """What became of each object; a run must not fail."""
    wire = simulated.wire()
    reports = converge(simulated.connect(wire), KINDS, wanted, test)
    assert [report.error for report in reports] == [""] * len(reports)
    return wire, [report.changes(test) for report in reports]


def vlans(simulated):
    """(of the networks, of the VM's NICs)"""
    simulated.settle()
    cloud = simulated.connect()
    vm = cloud.get(KINDS["onevm"], "gw", "alice")
    of_networks = [cloud.get(KINDS["onevnet"], name, "alice").text("VLAN_ID") for name in NAMES]
    nics = {nic["NETWORK"]: nic.get("VLAN_ID") for nic in vm.vectors("TEMPLATE/NIC")}
    return of_networks, [nics[name] for name in NAMES]


@pytest.mark.parametrize("power", ["running", "poweroff"])
def test_every_nic_takes_the_new_vlan_of_its_network(power):
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway(power=power))
    assert vlans(simulated) == (["100", "101", "102"], ["100", "101", "102"])
    wanted = (*networks(200), gateway(power=power))
    _, foreseen = run(simulated, *wanted, test=True)
    _, done = run(simulated, *wanted)
    assert done == foreseen == [{"vlan_id": {"old": 100 + n, "new": 200 + n}} for n in range(3)] + [{}]
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    wire, _ = run(simulated, *wanted)
    assert wire.writes == []


class Busy(Wire):
    """A wire on which a VM is kept busy by somebody else, just before each of the first changes of a network."""

    def __init__(self, simulated, times):
        super().__init__(simulated)
        self.vm, self.times = simulated.cloud.get("VM", 0), times

    def reply(self, method, params):
        if method == "one.vn.update" and self.times:
            self.times -= 1
            self.vm.enter(Lcm.HOTPLUG)
        return super().reply(method, params)

    def let_go(self):
        if self.vm.lcm_state == Lcm.HOTPLUG:
            self.vm.enter(Lcm.RUNNING)


def run_busy(simulated, times, *wanted):
    """What a run does and says while somebody else keeps the VM busy; that is over whenever time passes."""
    wire = Busy(simulated, times)
    cloud = simulated.connect(wire)

    def sleep(seconds):
        simulated.settle()
        wire.let_go()

    cloud.sleep = sleep
    return wire, converge(cloud, KINDS, wanted)


@pytest.mark.parametrize("state", [Lcm.BOOT, Lcm.HOTPLUG_NIC, Lcm.HOTPLUG_SNAPSHOT, Lcm.MIGRATE, Lcm.DISK_RESIZE])
def test_a_vm_that_is_busy_is_waited_for(state):
    """OpenNebula leaves out a VM that is busy, and leaves it on the old VLAN for good."""
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    vm = simulated.cloud.get("VM", 0)
    vm.enter(state)
    cloud = simulated.connect()

    def arrive(seconds):
        if vm.lcm_state == state:
            vm.enter(Lcm.RUNNING)
        simulated.settle()

    cloud.sleep = arrive
    reports = converge(cloud, KINDS, [*networks(200), gateway()])
    assert [report.error for report in reports] == [""] * 4
    assert reports[-1].changes(False) == {}
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    wire, _ = run(simulated, *networks(200), gateway())
    assert wire.writes == []


def test_a_vm_that_stays_busy_leaves_its_networks_as_they_are(monkeypatch):
    monkeypatch.setattr(hearing, "PATIENCE", 0)
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    vm = simulated.cloud.get("VM", 0)
    vm.enter(Lcm.HOTPLUG_SNAPSHOT)
    wire = simulated.wire()
    reports = converge(simulated.connect(wire), KINDS, networks(200))
    assert [report.error for report in reports] == [
        "nothing was changed, because OpenNebula would skip busy VMs: VM 0 gw of alice is HOTPLUG_SNAPSHOT; run again"
    ] * 3
    assert reports[0].comment(False).startswith("Virtual network lan of alice: nothing was changed, because OpenNebula")
    assert wire.writes == []
    vm.enter(Lcm.RUNNING)
    run(simulated, *networks(200), gateway())
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])


def test_a_vm_that_was_done_once_is_not_waited_for_again():
    """Of many VMs some are always busy: each is waited for until it was seen at rest, and not until all are."""
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway(), replace(gateway(), name="other"))
    one, other = (simulated.cloud.get("VM", number) for number in range(2))
    one.enter(Lcm.HOTPLUG_SNAPSHOT)
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    rounds = iter(range(9))

    def sleep(seconds):
        number = next(rounds)
        if number == 0:
            one.enter(Lcm.RUNNING)
            other.enter(Lcm.HOTPLUG_SNAPSHOT)
        simulated.settle()

    cloud.sleep = sleep
    (report,) = converge(cloud, KINDS, networks(200)[:1])
    assert [method for method, *_ in wire.writes] == ["one.vn.update"]
    assert "VM 1 other of alice has not applied the change" in report.error


def test_a_vm_that_was_left_out_is_attached_anew():
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    _, (*reports, report) = run_busy(simulated, 9, *networks(200), gateway())
    assert all("VM 0 gw of alice has not applied the change" in each.error for each in reports)
    assert report.error == ""
    assert report.changes(False) == {
        f"nics:{name} (attached again)": {"old": {"VLAN_ID": str(100 + n)}, "new": {"VLAN_ID": str(200 + n)}}
        for n, name in enumerate(NAMES)
    }
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    vm = simulated.connect().get(KINDS["onevm"], "gw", "alice")
    assert [nic["IP"] for nic in vm.vectors("TEMPLATE/NIC")] == ["10.0.0.1", "10.1.0.1", "10.2.0.1"]
    wire, _ = run(simulated, *networks(200), gateway())
    assert wire.writes == []


def test_a_vm_that_was_left_out_and_that_nobody_declares_is_told_of_until_it_is_attached_again():
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    _, reports = run_busy(simulated, 1, *networks(200))
    assert [bool(report.error) for report in reports] == [True, False, False]
    assert vlans(simulated) == (["200", "201", "202"], ["100", "201", "202"])
    for test in (True, False):
        wire = simulated.wire()
        first, *others = converge(simulated.connect(wire), KINDS, networks(200), test)
        assert wire.writes == []
        assert "VM 0 gw of alice has not applied its last change: attach its NIC again" in first.comment(test)
        assert not any("gw" in each.comment(test) for each in others)
    simulated.call("one.vm.detachnic", 0, 0)
    simulated.settle()
    (first, *_) = converge(simulated.connect(), KINDS, networks(200))
    assert "gw" not in first.comment(False)


def test_a_vm_whose_driver_fails_is_told_again_by_the_next_run():
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    simulated.cloud.faults.add("vm.updatenic fail times=1")
    wanted = (*networks(200), gateway())
    (first, *others) = converge(simulated.connect(), KINDS, wanted)
    assert "the driver of VM 0 gw of alice failed to apply the change" in first.error
    assert [bool(each.error) for each in others] == [True, True, False]
    _, foreseen = run(simulated, *wanted, test=True)
    wire, done = run(simulated, *wanted)
    assert (
        done
        == foreseen
        == [
            {"state": {"old": "UPDATE_FAILURE", "new": "READY"}},
            {"vlan_id": {"old": 101, "new": 201}},
            {"vlan_id": {"old": 102, "new": 202}},
            {},
        ]
    )
    assert [method for method, *_ in wire.writes] == ["one.vn.recover", "one.vn.update", "one.vn.update"]
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    wire, _ = run(simulated, *wanted)
    assert wire.writes == []


@pytest.mark.parametrize("turned", [False, True])
def test_where_a_driver_fails_no_other_network_makes_it_worse(turned):
    """OpenNebula keeps what a VM's driver is to be told for all networks together, and forgets it after one of them."""
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    simulated.cloud.faults.add("vm.updatenic fail times=1")
    first, *others, _ = converge(simulated.connect(), KINDS, [*networks(200), gateway()])
    assert "failed to apply the change" in first.error
    said = (
        "nothing was changed, because the driver of VM 0 gw of alice failed to apply a change of virtual network lan "
        "of alice: apply that change first"
    )
    assert [each.error for each in others] == [said] * 2
    assert vlans(simulated) == (["200", "101", "102"], ["200", "101", "102"])
    wanted = networks(200)[::-1] if turned else networks(200)
    run(simulated, *wanted, gateway())
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    assert all(simulated.cloud.get("NET", number).updated == {0} for number in range(3))
    wire, _ = run(simulated, *wanted, gateway())
    assert wire.writes == []


@pytest.mark.parametrize("brought_on", [False, True])
def test_a_vm_that_opennebula_would_not_tell_rightly_any_more_is_attached_again(brought_on):
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    simulated.cloud.faults.add("vm.updatenic fail times=2")
    for number in (0, 1):
        simulated.call("one.vn.update", number, f"VLAN_ID={200 + number}", 1)
        simulated.settle()
    if brought_on:
        simulated.call("one.vn.recover", 0, 3)
        simulated.settle()
    wire = simulated.wire()
    *reports, _, machine = converge(simulated.connect(wire), KINDS, [*networks(200), gateway()])
    failed = reports[brought_on:]
    assert [report.error for report in failed] == [
        "OpenNebula does not send the change to VM 0 gw of alice again; attach its NIC again"
    ] * len(failed)
    assert machine.error == ""
    assert machine.changes(False)["nics:wifi (attached again)"] == {
        "old": {"VLAN_ID": "not in force", "PHYDEV": "not in force"},
        "new": {"VLAN_ID": "201", "PHYDEV": "eth1"},
    }
    assert not any(method == "one.vn.recover" for method, *_ in wire.writes)
    run(simulated, *networks(200), gateway())
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    wire, _ = run(simulated, *networks(200), gateway())
    assert wire.writes == []


def test_a_change_that_took_effect_late_is_not_made_again():
    """OpenNebula takes a VM that is being told for one that is busy, where it is asked for the same once more."""
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    cloud.pool(KINDS["onevnet"])
    simulated.call("one.vn.update", 0, "VLAN_ID=200", 1)
    reports = converge(cloud, KINDS, [*networks(200), gateway()])
    assert [report.error for report in reports] == [""] * 4
    assert [number for method, number, *_ in wire.writes] == [1, 2]
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])


def test_what_a_range_hands_down_reaches_a_vm_that_is_busy():
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    vm = simulated.cloud.get("VM", 0)
    vm.enter(Lcm.HOTPLUG_SNAPSHOT)
    cloud = simulated.connect()

    def arrive(seconds):
        if vm.lcm_state == Lcm.HOTPLUG_SNAPSHOT:
            vm.enter(Lcm.RUNNING)
        simulated.settle()

    cloud.sleep = arrive
    ranges = [{"ip": "10.0.0.1", "size": 9, "mtu": 1400}]
    wanted = Desired("onevnet", "lan", "alice", {"address_ranges": ranges}, "eole/alice", disruption=True)
    (report,) = converge(cloud, KINDS, [wanted])
    assert report.error == ""
    simulated.settle()
    nic = next(simulated.connect().get(KINDS["onevm"], "gw", "alice").vectors("TEMPLATE/NIC"))
    assert nic["MTU"] == "1400"
