"""Changes of networks reach the VMs on them, although OpenNebula forgets a VM that is busy with another change."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onesim.kinds.vm.states import Lcm
from tests.doubles.simulated import Simulated

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


def test_a_vm_that_boots_meanwhile_is_attached_anew():
    """OpenNebula gives up on a VM that is booting, and leaves it on the old VLAN for good."""
    simulated = Simulated()
    run(simulated, *BEFORE, *networks(100), gateway())
    vm = simulated.cloud.get("VM", 0)
    vm.enter(Lcm.BOOT)
    cloud = simulated.connect()

    def boot(seconds):
        if vm.lcm_state == Lcm.BOOT:
            vm.enter(Lcm.RUNNING)
        simulated.settle()

    cloud.sleep = boot
    *reports, report = converge(cloud, KINDS, [*networks(200), gateway()])
    assert all("VM 0 gw of alice has not applied the change" in each.error for each in reports)
    assert report.error == ""
    assert vlans(simulated) == (["200", "201", "202"], ["200", "201", "202"])
    wire, _ = run(simulated, *networks(200), gateway())
    assert wire.writes == []
