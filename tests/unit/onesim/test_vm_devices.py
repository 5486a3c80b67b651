"""Changes of VMs in onesim: NICs, disks, capacity, snapshots, saved disks, scheduled actions."""

import pytest

from .cloud import Refused, refusal

READY, USED, ERROR, USED_PERS = 1, 2, 5, 8
INTERNAL = 0x2000


def texts(sim, vm, path):
    return sim.texts(f"TEMPLATE/{path}", "one.vm.info", vm)


def off(sim, **parts):
    vm = sim.vm(**parts)
    sim.act("poweroff", vm)
    return vm


# --- NICs


def test_a_nic_comes_and_goes_while_the_vm_runs(sim):
    vm = sim.vm()
    assert sim.steps("one.vm.attachnic", vm, "NIC=[NETWORK_ID=0,IP=10.0.0.7]") == ["HOTPLUG_NIC", "RUNNING"]
    assert texts(sim, vm, "NIC/IP") == ["10.0.0.1", "10.0.0.7"] and texts(sim, vm, "NIC/NIC_ID") == ["0", "1"]
    assert sim.leases() == ["10.0.0.1", "10.0.0.7"]
    assert sim.steps("one.vm.detachnic", vm, 0) == ["HOTPLUG_NIC", "RUNNING"]
    assert sim.leases() == ["10.0.0.7"]
    sim.call("one.vm.attachnic", vm, "NIC=[NETWORK_ID=0]")
    sim.settle()
    assert texts(sim, vm, "NIC/NIC_ID") == ["1", "2"]


def test_a_nic_while_the_vm_is_off(sim):
    vm = off(sim)
    assert sim.steps("one.vm.attachnic", vm, "NIC=[NETWORK_ID=0]") == []
    assert texts(sim, vm, "NIC/IP") == ["10.0.0.1", "10.0.0.2"]


def test_a_nic_that_the_driver_does_not_attach(sim):
    vm = sim.vm()
    sim.fault("vm.attachnic fail")
    assert sim.steps("one.vm.attachnic", vm, "NIC=[NETWORK_ID=0]") == ["HOTPLUG_NIC", "RUNNING"]
    assert texts(sim, vm, "NIC/IP") == ["10.0.0.1"] == sim.leases() and sim.error(vm).startswith("ATTACHNIC: ")


def test_the_context_follows_the_nics(sim):
    vm = sim.vm(CONTEXT="[NETWORK=YES]")
    sim.steps("one.vm.attachnic", vm, "NIC=[NETWORK_ID=0]")
    assert texts(sim, vm, "CONTEXT/ETH1_IP") == ["10.0.0.2"]
    sim.steps("one.vm.detachnic", vm, 1)
    assert texts(sim, vm, "CONTEXT/ETH1_IP") == []


def test_an_alias_lives_and_dies_with_its_nic(sim):
    vm = sim.vm()
    sim.steps("one.vm.attachnic", vm, "NIC_ALIAS=[NETWORK_ID=0,PARENT=NIC0]")
    assert texts(sim, vm, "NIC_ALIAS/PARENT_ID") == ["0"] and texts(sim, vm, "NIC/ALIAS_IDS") == ["1"]
    sim.steps("one.vm.detachnic", vm, 0)
    assert sim.leases() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NIC=[NETWORK_ID=9]", "Virtual network with ID: 9 does not exist"),
        ("NIC=[NETWORK_ID=0,IP=10.9.9.9]", "Cannot get IP/MAC lease from virtual network 0."),
        ("NIC_ALIAS=[NETWORK_ID=0,PARENT=x]", "Alias not found."),
    ],
)
def test_nics_that_cannot_be_attached(sim, text, message):
    vm = sim.vm()
    assert refusal(sim, "one.vm.attachnic", vm, text) == message
    assert sim.state(vm) == "RUNNING" and sim.leases() == ["10.0.0.1"]


def test_no_nics_for_a_vm_that_is_not_there(sim):
    vm = sim.vm()
    sim.act("undeploy", vm)
    assert "wrong state UNDEPLOYED" in refusal(sim, "one.vm.attachnic", vm, "NIC=[NETWORK_ID=0]")
    assert "Could not detach NIC with NIC_ID 5" in refusal(sim, "one.vm.detachnic", sim.vm(), 5)


def test_a_nic_changed(sim):
    vm = sim.vm()
    assert sim.steps("one.vm.updatenic", vm, 0, "NIC=[INBOUND_AVG_BW=100]", 1) == ["HOTPLUG_NIC", "RUNNING"]
    assert texts(sim, vm, "NIC/INBOUND_AVG_BW") == ["100"] and sim.leases() == ["10.0.0.1"]
    assert refusal(sim, "one.vm.updatenic", vm, 4, "NIC=[A=1]", 1) == f"VM {vm}: NIC 4 does not exists"


def test_security_groups_of_a_nic(sim):
    group = sim.call("one.secgroup.allocate", "NAME=web RULE=[PROTOCOL=TCP,RULE_TYPE=inbound,RANGE=80]")
    vm = sim.vm()
    sim.steps("one.vm.attachsg", vm, 0, group)
    assert texts(sim, vm, "NIC/SECURITY_GROUPS") == [f"0,{group}"]
    assert "80" in texts(sim, vm, "SECURITY_GROUP_RULE/RANGE")
    assert sim.texts("UPDATED_VMS/ID", "one.secgroup.info", group) == [str(vm)]
    sim.steps("one.vm.detachsg", vm, 0, group)
    assert texts(sim, vm, "NIC/SECURITY_GROUPS") == ["0"] and "80" not in texts(sim, vm, "SECURITY_GROUP_RULE/RANGE")


def test_new_rules_reach_the_vms(sim):
    group = sim.call("one.secgroup.allocate", "NAME=web RULE=[PROTOCOL=TCP,RULE_TYPE=inbound,RANGE=80]")
    vm = sim.vm(NIC=f"[NETWORK_ID=0,SECURITY_GROUPS={group}]")
    sim.call("one.secgroup.update", group, "RULE=[PROTOCOL=TCP,RULE_TYPE=inbound,RANGE=443]", 0)
    sim.settle()
    assert texts(sim, vm, "SECURITY_GROUP_RULE/RANGE") == ["443"]


# --- disks


def test_a_disk_comes_and_goes(sim):
    vm = sim.vm()
    image = sim.disk_image("NAME=data TYPE=DATABLOCK SIZE=5 PERSISTENT=YES")
    assert sim.steps("one.vm.attach", vm, f"DISK=[IMAGE_ID={image}]") == ["HOTPLUG", "RUNNING"]
    assert texts(sim, vm, "DISK/TARGET") == ["sda", "sdb"] and sim.image_state(image) == USED_PERS
    assert sim.steps("one.vm.detach", vm, 1) == ["HOTPLUG", "RUNNING"]
    assert sim.image_state(image) == READY


def test_a_disk_that_the_driver_does_not_attach(sim):
    vm = sim.vm()
    sim.fault("vm.attachdisk fail")
    assert sim.steps("one.vm.attach", vm, "DISK=[TYPE=fs,SIZE=5,FORMAT=raw]") == ["HOTPLUG", "RUNNING"]
    assert texts(sim, vm, "DISK/DISK_ID") == ["0"]


def test_a_persistent_image_has_one_user(sim):
    image = sim.disk_image("NAME=data TYPE=DATABLOCK SIZE=5 PERSISTENT=YES")
    sim.vm(DISK=f"[IMAGE_ID={image}]")
    message = f"Cannot acquire image {image}, it is persistent and already in use"
    assert refusal(sim, "one.vm.attach", sim.vm(), f"DISK=[IMAGE_ID={image}]") == message


def test_a_larger_disk(sim):
    vm = sim.vm()
    assert sim.steps("one.vm.diskresize", vm, 0, "2048") == ["DISK_RESIZE", "RUNNING"]
    assert texts(sim, vm, "DISK/SIZE") == ["2048"]
    assert refusal(sim, "one.vm.diskresize", vm, 0, "10") == "New disk size has to be greater than current one"


@pytest.mark.parametrize("action", [None, "poweroff"])
def test_more_capacity(sim, action):
    vm = sim.vm()
    if action:
        sim.act(action, vm)
    steps = sim.steps("one.vm.resize", vm, "CPU=0.5 VCPU=2 MEMORY=128", False)
    assert steps == ([] if action else ["HOTPLUG_RESIZE", "RUNNING"])
    assert texts(sim, vm, "CPU") == ["0.5"] and texts(sim, vm, "MEMORY") == ["128"]


def test_capacity_that_the_driver_does_not_give(sim):
    vm = sim.vm()
    sim.fault("vm.resize fail")
    assert sim.steps("one.vm.resize", vm, "MEMORY=128", False) == ["HOTPLUG_RESIZE", "RUNNING"]
    assert texts(sim, vm, "MEMORY") == ["64"]


def test_a_nic_of_which_nothing_was_changed_leaves_an_empty_note_in_pools(sim):
    vm = sim.vm()
    assert sim.steps("one.vm.updatenic", vm, 0, "NIC=[GATEWAY=x]") == []
    assert sim.xml("one.vmpool.infoextended", -2, -1, -1, -1).find("VM/TEMPLATE/VNET_UPDATE") is not None
    assert sim.info(vm).find("TEMPLATE/VNET_UPDATE") is None


def test_a_change_of_a_network_that_a_nic_does_not_follow_is_sent_all_the_same(sim):
    vm = sim.vm(NIC=f"[NETWORK_ID={sim.net},MTU=9000]")
    assert sim.steps("one.vn.update", sim.net, "MTU=1400", 1) == ["HOTPLUG_NIC", "RUNNING"]
    assert texts(sim, vm, "NIC/MTU") == ["9000"]


@pytest.mark.parametrize(
    ("method", "wanted"), [("one.vm.attachnic", "NIC=[NETWORK_ID=99]"), ("one.vm.attach", "DISK=[IMAGE_ID=99]")]
)
def test_a_vm_is_stored_anew_when_it_gets_nothing(sim, method, wanted):
    vm = sim.vm()
    sim.steps("one.vm.updatenic", vm, 0, "NIC=[GATEWAY=x]")
    refusal(sim, method, vm, wanted)
    assert sim.xml("one.vmpool.infoextended", -2, -1, -1, -1).find("VM/TEMPLATE/VNET_UPDATE") is None


def test_the_rules_of_aliases_outlast_their_nic(sim):
    vm = sim.vm(f"NIC_ALIAS=[NETWORK_ID={sim.net},PARENT=NIC0]")
    sim.steps("one.vm.detachnic", vm, 0)
    assert texts(sim, vm, "NIC_ALIAS/NIC_ID") == [] and texts(sim, vm, "SECURITY_GROUP_RULE/PROTOCOL") == ["ALL"] * 2
    assert sim.texts("VM/TEMPLATE/NIC/NIC_ID", "one.vmpool.info", -2, -1, -1, -1) == ["1"]
    sim.call("one.vm.rename", vm, "new")
    assert sim.texts("VM/TEMPLATE/NIC/NIC_ID", "one.vmpool.info", -2, -1, -1, -1) == []
    other = sim.vm()
    sim.steps("one.vm.detachnic", other, 0)
    assert texts(sim, other, "SECURITY_GROUP_RULE/PROTOCOL") == []


def test_no_space_for_a_bigger_disk(sim):
    vm = sim.vm()
    sim.user("alice")
    sim.call("one.vm.chown", vm, 2, -1)
    sim.call("one.user.quota", 2, "VM=[SYSTEM_DISK_SIZE=1030]")
    assert refusal(sim, "one.vm.diskresize", vm, 0, "2000") == (
        "User [0] not authorized to perform action on virtual machine."
    )
    assert "limit of 1030 reached" in refusal(sim, "one.vm.disksnapshotcreate", vm, 0, "one")


def test_whether_it_is_said_why_a_disk_is_too_much(sim):
    vm = sim.vm(DISK="")
    sim.user("alice")
    sim.call("one.vm.chown", vm, 2, -1)
    sim.call("one.user.quota", 2, f"IMAGE=[ID={sim.image},RVMS=0]")
    attaching = "one.vm.attach", vm, f"DISK=[IMAGE_ID={sim.image}]"
    assert "limit of 0 reached for RVMS quota" in refusal(sim, *attaching)
    sim.call("one.user.quota", 2, "VM=[SYSTEM_DISK_SIZE=10]")
    assert refusal(sim, *attaching) == "User [0] not authorized to perform action on virtual machine."


def test_who_is_beyond_his_disk_space_starts_nothing(sim):
    vm = off(sim)
    sim.user("alice")
    sim.call("one.vm.chown", vm, 2, -1)
    sim.call("one.user.quota", 2, "VM=[SYSTEM_DISK_SIZE=10]")
    assert refusal(sim, "one.vm.action", "resume", vm) == (
        "user [2] limit of 10 reached for SYSTEM_DISK_SIZE quota in VM"
    )
    sim.call("one.vm.resize", vm, "MEMORY=96", False)
    sim.act("undeploy", vm)
    assert refusal(sim, "one.vm.recover", vm, 4) == "User [2] limit of 10 reached for SYSTEM_DISK_SIZE quota in VM"


def test_how_a_vm_is_to_be_backed_up(sim):
    vm, config = sim.vm(DISK="[TYPE=fs,SIZE=5,FORMAT=raw]"), "BACKUPS/BACKUP_CONFIG"
    sim.call("one.vm.updateconf", vm, "BACKUP_CONFIG=[MODE=INCREMENT]", 0)
    assert sim.text(vm, f"{config}/MODE") == "INCREMENT" and sim.text(vm, f"{config}/INCREMENT_MODE") == "CBT"
    assert refusal(sim, "one.vm.snapshotcreate", vm, "").endswith("is not compatible with incremental backups")


def test_a_vm_with_snapshots_is_backed_up_as_a_whole(sim):
    vm = sim.vm()
    sim.steps("one.vm.snapshotcreate", vm, "one")
    assert "it has snapshots" in refusal(sim, "one.vm.updateconf", vm, "BACKUP_CONFIG=[MODE=INCREMENT]", 0)
    sim.call("one.vm.updateconf", vm, "BACKUP_CONFIG=[FS_FREEZE=AGENT]", 0)
    config = sim.info(vm).find("BACKUPS/BACKUP_CONFIG")
    assert (config.findtext("MODE"), config.findtext("INCREMENT_MODE")) == ("FULL", None)


# --- snapshots


def snapshots(sim, vm):
    return sim.texts("SNAPSHOTS/SNAPSHOT/NAME", "one.vm.info", vm)


def test_snapshots_of_a_disk(sim):
    vm = off(sim)
    assert sim.steps("one.vm.disksnapshotcreate", vm, 0, "one") == ["DISK_SNAPSHOT_POWEROFF", "POWEROFF"]
    sim.steps("one.vm.disksnapshotcreate", vm, 0, "two")
    assert snapshots(sim, vm) == ["one", "two"]
    sim.call("one.vm.disksnapshotrename", vm, 0, 1, "new")
    assert sim.steps("one.vm.disksnapshotrevert", vm, 0, 0) == ["DISK_SNAPSHOT_REVERT_POWEROFF", "POWEROFF"]
    assert sim.steps("one.vm.disksnapshotdelete", vm, 0, 1) == ["DISK_SNAPSHOT_DELETE_POWEROFF", "POWEROFF"]
    assert snapshots(sim, vm) == ["one"]
    assert refusal(sim, "one.vm.disksnapshotrevert", vm, 0, 7) == "Disk id (0) or snapshot id (7) is not valid."


def test_a_running_vm_is_not_reverted(sim):
    vm = sim.vm()
    sim.steps("one.vm.disksnapshotcreate", vm, 0, "one")
    assert "RUNNING" in refusal(sim, "one.vm.disksnapshotrevert", vm, 0, 0)


def test_a_snapshot_of_a_disk_that_fails(sim):
    vm = off(sim)
    sim.fault("vm.disksnapshot fail")
    assert sim.steps("one.vm.disksnapshotcreate", vm, 0, "one")[-1] == "POWEROFF"
    assert snapshots(sim, vm) == []


def test_snapshots_of_what_is_not_kept_go_with_the_vm_made_anew(sim):
    vm = off(sim)
    sim.steps("one.vm.disksnapshotcreate", vm, 0, "one")
    sim.act("resume", vm)
    assert sim.steps("one.vm.recover", vm, 4)[-1] == "RUNNING" and snapshots(sim, vm) == []


def test_snapshots_of_a_system(sim):
    vm = sim.vm()
    assert sim.steps("one.vm.snapshotcreate", vm, "one") == ["HOTPLUG_SNAPSHOT", "RUNNING"]
    assert texts(sim, vm, "SNAPSHOT/NAME") == ["one"]
    assert sim.steps("one.vm.snapshotrevert", vm, 0) == ["HOTPLUG_SNAPSHOT", "RUNNING"]
    assert sim.steps("one.vm.snapshotdelete", vm, 0) == ["HOTPLUG_SNAPSHOT", "RUNNING"]
    assert texts(sim, vm, "SNAPSHOT/NAME") == []
    sim.fault("vm.snapshotcreate fail")
    assert sim.steps("one.vm.snapshotcreate", vm, "two") == ["HOTPLUG_SNAPSHOT", "RUNNING"]
    assert texts(sim, vm, "SNAPSHOT/NAME") == []


def test_a_snapshot_of_a_system_that_is_off_goes_and_leaves_it_off(sim):
    vm = sim.vm()
    sim.steps("one.vm.snapshotcreate", vm, "one")
    sim.act("poweroff", vm)
    sim.steps("one.vm.snapshotdelete", vm, 0)
    assert sim.state(vm) == "POWEROFF" and sim.text(vm, "LCM_STATE") == "3"
    assert "not available for state POWEROFF" in refusal(sim, "one.vm.action", "poweroff", vm)
    assert sim.act("resume", vm) == ["BOOT_POWEROFF", "RUNNING"]


def test_a_snapshot_after_the_only_one_has_gone_has_no_parent(sim):
    vm = off(sim)
    sim.steps("one.vm.disksnapshotcreate", vm, 0, "one")
    sim.steps("one.vm.disksnapshotdelete", vm, 0, 0)
    sim.steps("one.vm.disksnapshotcreate", vm, 0, "two")
    assert sim.texts("SNAPSHOTS/SNAPSHOT/PARENT", "one.vm.info", vm) == ["-1"]


def test_renaming_snapshots_that_are_not_there(sim):
    vm = off(sim)
    assert refusal(sim, "one.vm.disksnapshotrename", vm, 0, 0, "new") == "The VM does not have any snapshot"
    sim.steps("one.vm.disksnapshotcreate", vm, 0, "one")
    assert refusal(sim, "one.vm.disksnapshotrename", vm, 0, 1, "new") == "Snapshot does not exist"


@pytest.mark.parametrize(
    ("actions", "steps"),
    [
        ((), ["HOTPLUG_SAVEAS", "RUNNING"]),
        (("poweroff",), ["HOTPLUG_SAVEAS_POWEROFF", "POWEROFF"]),
        (("suspend",), ["HOTPLUG_SAVEAS_SUSPENDED", "SUSPENDED"]),
    ],
)
def test_a_disk_saved_as_an_image(sim, actions, steps):
    vm = sim.vm()
    for action in actions:
        sim.act(action, vm)
    assert sim.steps("one.vm.disksaveas", vm, 0, "saved", "", -1) == steps
    assert sim.image_state(1) == READY and sim.xml("one.image.info", 1).findtext("NAME") == "saved"


def test_a_disk_that_is_not_saved(sim):
    vm = sim.vm()
    sim.fault("vm.saveas fail")
    assert sim.steps("one.vm.disksaveas", vm, 0, "saved", "", -1) == ["HOTPLUG_SAVEAS", "RUNNING"]
    assert sim.image_state(1) == ERROR


# --- actions at a time


def test_a_vm_that_is_gone_keeps_the_numbers_of_its_actions(sim):
    vm = sim.vm(hold=True)
    sim.call("one.vm.schedadd", vm, 'SCHED_ACTION=[ACTION=poweroff,TIME="+3600"]')
    sim.act("terminate", vm)
    assert sim.texts("SCHED_ACTIONS/ID", "one.vm.info", vm) == ["0"] and texts(sim, vm, "SCHED_ACTION/ACTION") == []
    assert refusal(sim, "one.vm.schedupdate", vm, 0, "SCHED_ACTION=[TIME=1]").startswith("Unable to get Scheduled")
    assert refusal(sim, "one.vm.scheddelete", vm, 0) == "Error getting scheduled action [0]."
    assert sim.texts("SCHED_ACTIONS/ID", "one.vm.info", vm) == []


def test_a_new_vm_with_a_wrong_action_stays_without_any(sim):
    sim.user("alice")
    right, wrong = 'SCHED_ACTION=[ACTION=poweroff,TIME="+3600"]', "SCHED_ACTION=[ACTION=poweroff,TIME=soon]"
    sim.call("one.acl.addrule", "400000000", "1400000000", "8", "100000000")
    with pytest.raises(Refused, match="time value") as caught:
        sim.vm(f"{right}\n{wrong}", hold=True, user="alice", DISK="", NIC="")
    assert caught.value.code == INTERNAL and sim.state(0) == "HOLD" and texts(sim, 0, "SCHED_ACTION") == []
    assert sim.texts("VM_QUOTA/VM/VMS_USED", "one.user.info", 2) in ([], ["0"])


def test_actions_at_a_time(sim):
    vm = sim.vm()
    sim.call("one.vm.schedadd", vm, 'SCHED_ACTION=[ACTION=poweroff,TIME="+3600"]')
    assert sim.texts("TEMPLATE/SCHED_ACTION/ACTION", "one.vm.info", vm) == ["poweroff"]
    sim.call("one.vm.scheddelete", vm, 0)
    assert sim.texts("TEMPLATE/SCHED_ACTION/ACTION", "one.vm.info", vm) == []
    assert refusal(sim, "one.vm.schedadd", vm, "SCHED_ACTION=[ACTION=dance,TIME=1]") == "dance is not supported."
