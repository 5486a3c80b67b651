"""Virtual routers of onesim: their VMs, NICs, floating addresses."""

import pytest

from .cloud import refusal
from .vm_cloud import VmCloud


@pytest.fixture
def sim():
    sim = VmCloud()
    sim.call("one.template.allocate", "NAME=vr VROUTER=YES CPU=0.1 MEMORY=64 CONTEXT=[NETWORK=YES]")
    return sim


def router(sim, nic="NIC=[NETWORK_ID=0,FLOATING_IP=YES]", vms=2):
    oid = sim.call("one.vrouter.allocate", f"NAME=edge\n{nic}")
    if vms:
        sim.call("one.vrouter.instantiate", oid, vms, 0, "edge-%i", False, "")
        sim.settle()
    return oid


def texts(sim, oid, path):
    return sim.texts(path, "one.vrouter.info", oid)


def test_every_vm_has_an_address_and_all_have_one(sim):
    oid = router(sim)
    assert texts(sim, oid, "VMS/ID") == ["0", "1"] and texts(sim, oid, "TEMPLATE/NIC/VROUTER_IP") == ["10.0.0.1"]
    assert [sim.text(vm, "NAME") for vm in (0, 1)] == ["edge-0", "edge-1"]
    assert [sim.text(vm, "TEMPLATE/NIC/VROUTER_IP") for vm in (0, 1)] == ["10.0.0.1"] * 2
    assert [sim.text(vm, "TEMPLATE/NIC/IP") for vm in (0, 1)] == ["10.0.0.2", "10.0.0.3"]
    assert sim.text(0, "TEMPLATE/CONTEXT/ETH0_VROUTER_IP") == "10.0.0.1"


def test_a_router_goes_with_its_vms(sim):
    oid = router(sim)
    sim.call("one.vrouter.delete", oid)
    sim.settle()
    assert [sim.state(vm) for vm in (0, 1)] == ["DONE"] * 2 and sim.leases() == []


def test_a_nic_for_all_of_them(sim):
    oid = router(sim)
    net = sim.network("NAME=dmz AR=[TYPE=IP4,IP=10.2.0.1,SIZE=9]")
    assert sim.steps("one.vrouter.attachnic", oid, f"NIC=[NETWORK_ID={net}]") == ["HOTPLUG_NIC"] * 2 + ["RUNNING"] * 2
    assert [sim.texts("TEMPLATE/NIC/IP", "one.vm.info", vm)[-1] for vm in (0, 1)] == ["10.2.0.1", "10.2.0.2"]
    sim.steps("one.vrouter.detachnic", oid, 1)
    assert texts(sim, oid, "TEMPLATE/NIC/NIC_ID") == ["0"]
    assert sim.texts("AR_POOL/AR/LEASES/LEASE/IP", "one.vn.info", net) == []


def test_only_a_new_router_refuses_a_network_that_the_scheduler_would_choose(sim):
    oid = router(sim, vms=0)
    assert refusal(sim, "one.vrouter.allocate", "NAME=other NIC=[NETWORK_MODE=auto]").endswith(
        "incompatible with auto mode"
    )
    assert sim.call("one.vrouter.attachnic", oid, "NIC=[NETWORK_MODE=auto]") == oid
    assert texts(sim, oid, "TEMPLATE/NIC/NIC_ID") == ["0", "1"]


def test_vms_of_a_router_are_not_changed_by_themselves(sim):
    router(sim)
    assert "Action is not supported for virtual router VMs" in refusal(sim, "one.vm.attachnic", 0, "NIC=[NETWORK_ID=0]")
    assert "Action is not supported for virtual router VMs" in refusal(sim, "one.vm.detachnic", 0, 0)


def test_what_makes_no_router(sim):
    assert "Virtual router templates cannot be instantiated" in refusal(
        sim, "one.template.instantiate", 0, "x", False, "", False
    )
    sim.call("one.template.allocate", "NAME=plain CPU=1 MEMORY=64")
    oid = router(sim, vms=0)
    message = "Only virtual router templates are allowed"
    assert refusal(sim, "one.vrouter.instantiate", oid, 1, 1, "x", False, "") == message
    assert "Virtual network with ID: 9 does not exist" in refusal(
        sim, "one.vrouter.allocate", "NAME=x NIC=[NETWORK_ID=9]"
    )


def test_names_of_routers_are_not_unique(sim):
    first, second = router(sim, vms=0), router(sim, vms=0)
    sim.call("one.vrouter.rename", first, "a")
    sim.call("one.vrouter.rename", second, "a")
    assert sim.texts("VROUTER/NAME", "one.vrouterpool.info", -2, -1, -1) == ["a", "a"]


def test_updates_are_read_through_xml_which_has_no_empty_vectors(sim):
    oid = sim.call("one.vrouter.allocate", "NAME=edge DESCRIPTION=one NOTE=n NIC=[NETWORK_ID=0]")
    sim.call("one.vrouter.update", oid, "DESCRIPTION=[]", 1)
    assert texts(sim, oid, "TEMPLATE/DESCRIPTION") == ["one"]
    sim.call("one.vrouter.update", oid, 'DESCRIPTION=""', 1)
    assert texts(sim, oid, "TEMPLATE/DESCRIPTION") == [""]
    sim.call("one.vrouter.update", oid, "DESCRIPTION=[]\nNIC=[NETWORK_ID=9]\nNOTE=only", 0)
    assert texts(sim, oid, "TEMPLATE/DESCRIPTION") == []
    assert texts(sim, oid, "TEMPLATE/NOTE") == ["only"] and texts(sim, oid, "TEMPLATE/NIC/NETWORK_ID") == ["0"]


@pytest.mark.parametrize("append", [0, 1])
def test_an_update_that_xml_cannot_hold_is_refused(sim, append):
    oid = sim.call("one.vrouter.allocate", "NAME=edge NOTE=n")
    message = "Cannot update template. Parse error: XML Template malformed."
    assert refusal(sim, "one.vrouter.update", oid, 'V=[1="x"]', append) == message
    assert texts(sim, oid, "TEMPLATE/NOTE") == ["n"]
