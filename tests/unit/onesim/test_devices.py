"""The PCI devices of onesim's hosts: which VM gets which, and when a host has them again."""

from .cloud import refusal

GPU = '[VENDOR="10de",CLASS="0302"]'


def holders(sim, short_address):
    """Which VM has the device of an address, of each host."""
    hosts = sim.xml("one.hostpool.info").iterfind("HOST/HOST_SHARE/PCI_DEVICES")
    return [host.findtext(f"PCI[SHORT_ADDRESS='{short_address}']/VMID") for host in hosts]


def addresses(sim, vm):
    return [each.findtext("ADDRESS") for each in sim.info(vm).iterfind("TEMPLATE/PCI")]


def test_what_hosts_report(sim):
    (first, *_) = sim.xml("one.hostpool.info").iterfind("HOST/HOST_SHARE/PCI_DEVICES")
    assert len(first) == 22
    assert [each.findtext("TYPE") for each in first][:2] == ["10de:0863:0302", "1b21:0aa7:0c03"]
    assert {each.findtext("VMID") for each in first} == {"-1"}


def test_a_vm_has_its_devices_as_long_as_it_has_its_host(sim):
    vm = sim.vm(f"PCI={GPU}\nPCI=[SHORT_ADDRESS=81:00.3]")
    assert sim.state(vm) == "RUNNING"
    assert addresses(sim, vm) == ["0000:02:00:0", "0000:81:00:3"]
    assert sim.text(vm, "TEMPLATE/PCI/VM_ADDRESS") == "01:01.0"
    assert sorted(holders(sim, "02:00.0")) == ["-1", "-1", str(vm)]
    sim.act("poweroff", vm)
    assert sorted(holders(sim, "81:00.3")) == ["-1", "-1", str(vm)]
    sim.act("undeploy", vm)
    assert set(holders(sim, "02:00.0") + holders(sim, "81:00.3")) == {"-1"}
    sim.act("resume", vm)
    assert sorted(holders(sim, "02:00.0")) == ["-1", "-1", str(vm)]
    sim.act("terminate-hard", vm)
    assert set(holders(sim, "02:00.0")) == {"-1"}


def test_each_host_has_one_of_them(sim):
    vms = [sim.vm(f"PCI={GPU}", settle=False) for _ in range(4)]
    sim.settle()
    assert [sim.state(vm) for vm in vms] == ["RUNNING", "RUNNING", "RUNNING", "PENDING"]
    assert sorted(holders(sim, "02:00.0")) == [str(vm) for vm in vms[:3]]
    assert sim.text(vms[3], "USER_TEMPLATE/SCHED_MESSAGE").endswith("[HOST] Unavailable PCI devices on hosts: 0,1,2")
    assert refusal(sim, "one.vm.deploy", vms[3], 0, True, -1, "").endswith("Unavailable PCI device.")


def test_a_device_moves_with_its_vm(sim):
    vm = sim.vm(f"PCI={GPU}")
    here = holders(sim, "02:00.0").index(str(vm))
    there = (here + 1) % 3
    sim.act("poweroff", vm)
    sim.call("one.vm.migrate", vm, there, False, True, -1, 0)
    sim.settle()
    assert holders(sim, "02:00.0").index(str(vm)) == there
    assert sim.text(vm, "TEMPLATE/PCI/PREV_ADDRESS") is None


def test_a_device_is_attached_to_a_vm_that_is_powered_off(sim):
    vm = sim.vm()
    assert refusal(sim, "one.vm.attachpci", vm, f"PCI={GPU}").endswith("it has to be in poweroff")
    sim.act("poweroff", vm)
    sim.call("one.vm.attachpci", vm, f"PCI={GPU}")
    assert (addresses(sim, vm), sim.text(vm, "TEMPLATE/PCI/PCI_ID")) == (["0000:02:00:0"], "0")
    said = refusal(sim, "one.vm.attachpci", vm, f"PCI={GPU}")
    assert said.endswith("Cannot assign PCI device in host. Check address and free devices")
    sim.call("one.vm.detachpci", vm, 0)
    assert (addresses(sim, vm), set(holders(sim, "02:00.0"))) == ([], {"-1"})


def test_a_nic_that_is_a_device(sim):
    vm = sim.vm()
    sim.call("one.vm.attachnic", vm, f"PCI=[TYPE=NIC,NETWORK_ID={sim.net},SHORT_ADDRESS=81:01.0]")
    sim.settle()
    assert str(vm) in holders(sim, "81:01.0")
    refusal(sim, "one.vm.attachnic", vm, "PCI=[TYPE=NIC,NETWORK_ID=77,SHORT_ADDRESS=81:01.1]")
    assert set(holders(sim, "81:01.1")) == {"-1"}
    sim.call("one.vm.detachnic", vm, 1)
    sim.settle()
    assert set(holders(sim, "81:01.0")) == {"-1"}


def test_a_device_of_a_machine_with_buses(sim):
    vm = sim.vm("OS=[MACHINE=q35]")
    sim.act("undeploy", vm)
    sim.call("one.vm.attachpci", vm, "PCI=[CLASS=0302]")
    assert sim.text(vm, "TEMPLATE/PCI/VM_ADDRESS") == "01:00.0"
    assert addresses(sim, vm) == [None]
