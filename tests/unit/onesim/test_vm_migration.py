"""Hosts of onesim's VMs: scheduling, deployment, migration, and promised capacity."""

import pytest

from onesim.cloud.clock import happen

from .cloud import refusal

ACTION = 0x800


def host(sim, vm):
    return int(sim.texts("HISTORY_RECORDS/HISTORY/HID", "one.vm.info", vm)[-1])


def elsewhere(sim, vm):
    """A host where the VM is not."""
    return (host(sim, vm) + 1) % 3


def vms(sim, host_id):
    return sim.texts("VMS/ID", "one.host.info", host_id)


def message(sim, vm):
    return sim.text(vm, "USER_TEMPLATE/SCHED_MESSAGE").split(": ", 1)[1]


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_requirements_name_the_host(sim, wanted):
    assert host(sim, sim.vm(f'SCHED_REQUIREMENTS="ID={wanted}"')) == wanted
    assert host(sim, sim.vm(f'SCHED_REQUIREMENTS="NAME=host0{wanted + 1} | NAME=nowhere"')) == wanted


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ('SCHED_REQUIREMENTS="ID=9"', "Cannot dispatch VM: No host meets SCHED_REQUIREMENTS"),
        ('SCHED_DS_REQUIREMENTS="ID=9"', "Cannot dispatch VM: No system datastore meets SCHED_DS_REQUIREMENTS"),
    ],
)
def test_a_vm_that_fits_nowhere_waits_and_says_why(sim, attribute, text):
    vm = sim.vm(attribute)
    assert sim.state(vm) == "PENDING" and message(sim, vm).startswith(text)
    sim.call("one.vm.update", vm, "", 0)
    sim.place_again()
    assert sim.state(vm) == "RUNNING"


def test_too_large_a_vm_waits_until_there_is_room(sim):
    vm = sim.vm(CPU="5000")
    assert sim.state(vm) == "PENDING" and "Not enough CPU" in message(sim, vm)
    assert sim.act("terminate-hard", vm) == ["DONE"]


def test_a_host_that_is_disabled_gets_nothing(sim):
    for oid in (0, 1, 2):
        sim.call("one.host.status", oid, 1)
    vm = sim.vm()
    assert sim.state(vm) == "PENDING" and message(sim, vm).startswith("Cannot dispatch VM: No hosts enabled")
    sim.call("one.host.status", 1, 0)
    sim.place_again()
    assert sim.state(vm) == "RUNNING" and host(sim, vm) == 1


def test_deployment_by_hand(sim):
    vm = sim.vm(hold=True)
    assert sim.steps("one.vm.deploy", vm, 2) == ["ACTIVE", "PROLOG", "BOOT", "RUNNING"]
    assert host(sim, vm) == 2 and vms(sim, 2) == [str(vm)]
    record = sim.info(vm).find("HISTORY_RECORDS/HISTORY")
    assert record.findtext("PLAN_ID") == "-2" and record.findtext("DS_ID") == "0"
    assert refusal(sim, "one.vm.deploy", vm, 1) == "Deploy action is not available for state RUNNING"


def test_what_a_scheduled_vm_says_of_its_plan(sim):
    record = sim.info(sim.vm()).find("HISTORY_RECORDS/HISTORY")
    assert (record.findtext("PLAN_ID"), record.findtext("ACTION_ID")) == ("-1", "0")


def test_no_deployment_on_an_image_datastore_or_without_room(sim):
    vm = sim.vm(hold=True, CPU="5000")
    assert "it is not of type system datastore" in refusal(sim, "one.vm.deploy", vm, 0, False, 1)
    assert f"virtual machine [{vm}] does not fit in host [0]. Not enough CPU" in refusal(
        sim, "one.vm.deploy", vm, 0, True
    )
    assert sim.steps("one.vm.deploy", vm, 0)[-1] == "RUNNING"


@pytest.mark.parametrize(
    ("before", "live", "way", "steps"),
    [
        ((), True, 0, ["MIGRATE", "RUNNING"]),
        ((), False, 0, ["SAVE_MIGRATE", "PROLOG_MIGRATE", "BOOT_MIGRATE", "RUNNING"]),
        ((), False, 1, ["SAVE_MIGRATE", "PROLOG_MIGRATE", "BOOT", "RUNNING"]),
        ((), False, 2, ["SAVE_MIGRATE", "PROLOG_MIGRATE", "BOOT", "RUNNING"]),
        (("poweroff",), False, 0, ["PROLOG_MIGRATE_POWEROFF", "POWEROFF"]),
        (("suspend",), False, 0, ["PROLOG_MIGRATE_SUSPEND", "SUSPENDED"]),
    ],
)
def test_migration(sim, before, live, way, steps):
    vm = sim.vm()
    for action in before:
        sim.act(action, vm)
    old, new = host(sim, vm), elsewhere(sim, vm)
    assert sim.steps("one.vm.migrate", vm, new, live, False, -1, way) == steps
    assert host(sim, vm) == new and vms(sim, new) == [str(vm)] and vms(sim, old) == []
    assert sim.leases() == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("verb", "live", "steps"),
    [
        ("migrate", True, ["MIGRATE", "RUNNING"]),
        ("save", False, ["SAVE_MIGRATE", "RUNNING"]),
        ("prolog", False, ["SAVE_MIGRATE", "PROLOG_MIGRATE", "PROLOG_MIGRATE_FAILURE"]),
        ("restore", False, ["SAVE_MIGRATE", "PROLOG_MIGRATE", "BOOT_MIGRATE", "BOOT_MIGRATE_FAILURE"]),
    ],
)
def test_migration_that_fails(sim, verb, live, steps):
    vm = sim.vm()
    old, new = host(sim, vm), elsewhere(sim, vm)
    sim.fault(f"vm.{verb} fail times=1")
    assert sim.steps("one.vm.migrate", vm, new, live) == steps
    if steps[-1] == "RUNNING":
        assert host(sim, vm) == old and vms(sim, old) == [str(vm)] and vms(sim, new) == []
    else:
        assert sim.steps("one.vm.recover", vm, 2)[-1] == "RUNNING" and host(sim, vm) == new


def test_migrations_that_are_refused(sim):
    vm = sim.vm()
    here = host(sim, vm)
    assert (
        refusal(sim, "one.vm.migrate", vm, here, False) == f"VM is already running on host [{here}] and datastore [0]"
    )
    sim.act("undeploy", vm)
    assert refusal(sim, "one.vm.migrate", vm, 0, False) == "Migrate action is not available for state UNDEPLOYED"


def test_a_migration_that_is_refused_changes_nothing(sim):
    vm = sim.vm()
    before = sim.call("one.vm.info", vm)
    assert "not of type system datastore" in refusal(sim, "one.vm.migrate", vm, elsewhere(sim, vm), False, False, 1)
    assert sim.call("one.vm.info", vm) == before


def test_a_vm_marked_for_rescheduling_moves(sim):
    vm = sim.vm()
    old = host(sim, vm)
    sim.call("one.host.status", old, 1)
    assert sim.act("resched", vm)[0] == "SAVE_MIGRATE"
    assert sim.state(vm) == "RUNNING" and host(sim, vm) != old and sim.text(vm, "RESCHED") == "0"


def test_a_vm_that_boots_is_not_moved_meanwhile(sim):
    vm = sim.vm()
    sim.act("poweroff", vm)
    sim.call("one.vm.action", "resched", vm)
    happen(sim.cloud, "vm.start_again", (vm, (0, 0, 0)))
    happen(sim.cloud, "scheduler.place", ())
    assert sim.state(vm) == "BOOT_POWEROFF" and sim.text(vm, "USER_TEMPLATE/ERROR") is None


def test_rescheduling_taken_back(sim):
    vm = sim.vm()
    sim.call("one.vm.action", "resched", vm)
    assert sim.text(vm, "RESCHED") == "1"
    sim.call("one.vm.action", "unresched", vm)
    assert sim.text(vm, "RESCHED") == "0"


def test_a_plan_sends_one_vm_to_each_host(sim):
    made = [sim.vm('SCHED_REQUIREMENTS="ID=1"' if number < 2 else "", settle=False) for number in range(5)]
    sim.settle()
    assert [sim.text(vm, "HISTORY_RECORDS/HISTORY/ACTION_ID") for vm in made] == ["0", "0", "1", "2", "1"]
    assert sorted(host(sim, vm) for vm in made[2:]) == [0, 2, 2]


def test_hosts_are_not_promised_more_than_they_have(sim):
    made = [sim.vm(CPU="5", settle=False) for _ in range(4)]
    sim.settle()
    assert sorted(map(sim.state, made)) == ["PENDING", "RUNNING", "RUNNING", "RUNNING"]


def test_networks_are_used_evenly(sim):
    nets = [sim.net, sim.network("AR=[TYPE=IP4,IP=10.1.0.1,SIZE=2]"), sim.network("AR=[TYPE=IP4,IP=10.2.0.1,SIZE=1]")]
    one, two = "[NETWORK_MODE=auto]", "[NETWORK_MODE=auto]\nNIC=[NETWORK_MODE=auto]"
    found = [sim.texts("TEMPLATE/NIC/NETWORK_ID", "one.vm.info", sim.vm(NIC=nic)) for nic in (one, one, two)]
    assert nets == [0, 1, 2] and found == [["2"], ["1"], ["0", "1"]]


def test_what_a_network_is_comes_before_what_its_attributes_say(sim):
    """So whoever may change a network does not make it another one, or another user's, for the scheduler."""
    net = sim.network("AR=[TYPE=IP4,IP=10.1.0.1,SIZE=2]")
    sim.call("one.vn.update", net, 'ID="77" UID="99" COLOUR="5"', 1)
    for requirement, fits in (("ID = 77", False), (f"ID = {net}", True), ("COLOUR = 5", True), ("UID = 99", False)):
        vm = sim.vm(NIC=f'[NETWORK_MODE=auto,SCHED_REQUIREMENTS="{requirement}"]')
        assert (sim.state(vm) == "RUNNING") is fits, requirement
        sim.act("terminate-hard", vm)


def test_an_undeployed_vm_may_come_back_elsewhere(sim):
    vm = sim.vm()
    old = host(sim, vm)
    sim.act("undeploy", vm)
    assert vms(sim, old) == []
    sim.call("one.host.status", old, 1)
    sim.act("resume", vm)
    assert sim.state(vm) == "RUNNING" and host(sim, vm) != old


def test_a_vm_that_may_not_go_to_a_host_is_as_it_was(sim):
    sim.user("alice")
    for method, oid in (("one.image.chmod", sim.image), ("one.vn.chmod", sim.net)):
        sim.call(method, oid, *[-1] * 6, 1, -1, -1)
    sim.call("one.acl.addrule", "400000000", "1400000000", "8", "100000000")
    vm = sim.vm(hold=True, user="alice")
    before = sim.call("one.vm.info", vm)
    sim.call("one.user.quota", 2, "VM=[CLUSTER_IDS=0,VMS=0]")
    assert refusal(sim, "one.vm.deploy", vm, 0).endswith("limit of 0 reached for VMS quota in VM with ID: 0.")
    assert sim.call("one.vm.info", vm) == before


def test_a_renamed_host_is_renamed_in_its_vms(sim):
    vm = sim.vm()
    sim.call("one.host.rename", host(sim, vm), "moved")
    assert sim.text(vm, "HISTORY_RECORDS/HISTORY/HOSTNAME") == "moved"


def test_displays_have_a_port_each_in_their_cluster(sim):
    first, second = (sim.vm("GRAPHICS=[TYPE=VNC,LISTEN=0.0.0.0]") for _ in range(2))
    assert [sim.text(vm, "TEMPLATE/GRAPHICS/PORT") for vm in (first, second)] == ["5900", "5901"]
    taken = sim.vm("GRAPHICS=[TYPE=VNC,PORT=5900]", hold=True)
    assert refusal(sim, "one.vm.deploy", taken, 0) == "Requested VNC port already assigned to a VM"
    sim.act("terminate-hard", first)
    assert sim.steps("one.vm.deploy", taken, 0)[-1] == "RUNNING"
