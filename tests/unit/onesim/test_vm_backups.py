"""Backups of onesim's VMs and commands in their guests, with errors and interruptions."""

import pytest

from .cloud import refusal
from .vm_cloud import VmCloud


@pytest.fixture
def sim():
    sim = VmCloud()
    sim.datastore = sim.call("one.datastore.allocate", "NAME=backups DS_MAD=dummy TYPE=BACKUP_DS", -1)
    return sim


def backups(sim, vm):
    return sim.texts("BACKUPS/BACKUP_IDS/ID", "one.vm.info", vm)


def used(sim):
    """The images and MB of alice's in the datastore of backups."""
    path = "DATASTORE_QUOTA/DATASTORE"
    return [text for name in ("IMAGES", "SIZE") for text in sim.texts(f"{path}/{name}_USED", "one.user.info", 2)]


def test_a_backup_that_the_driver_does_not_make(sim):
    """What was charged for it is given back, and of one that was made what it really takes stays charged."""
    sim.call("one.user.allocate", "alice", "pw", "core", [])
    vm = sim.vm(DISK=f"[IMAGE_ID={sim.disk_image('NAME=small TYPE=DATABLOCK SIZE=8')}]")
    sim.call("one.vm.chown", vm, 2, -1)
    sim.fault("vm.backup times=1 fail")
    sim.call("one.vm.backup", vm, sim.datastore, False)
    assert used(sim) == ["1", "8"]
    sim.settle()
    assert sim.error(vm).startswith("BACKUP: ")
    assert (sim.state(vm), backups(sim, vm), used(sim)) == ("RUNNING", [], [])
    assert sim.steps("one.vm.backup", vm, sim.datastore, False) == ["BACKUP", "RUNNING"]
    assert used(sim) == ["1", "1024"]


def test_a_backup_that_is_given_up(sim):
    vm = sim.vm()
    sim.call("one.vm.backup", vm, sim.datastore, False)
    assert sim.state(vm) == "BACKUP"
    assert "wrong state ACTIVE." in refusal(sim, "one.vm.backup", vm, sim.datastore, False)
    sim.call("one.vm.backupcancel", vm)
    sim.settle()
    assert (sim.state(vm), backups(sim, vm)) == ("RUNNING", [])
    sim.call("one.vm.backup", vm, sim.datastore, False)
    sim.fault("vm.backupcancel fail")
    sim.call("one.vm.backupcancel", vm)
    sim.settle()
    assert (sim.state(vm), len(backups(sim, vm))) == ("RUNNING", 1)


def test_a_backup_is_kept_while_another_is_made(sim):
    vm = sim.vm()
    sim.call("one.vm.backup", vm, sim.datastore, False)
    sim.settle()
    (first,) = backups(sim, vm)
    sim.call("one.vm.backup", vm, sim.datastore, False)
    assert "Active backup on the associated VM" in refusal(sim, "one.image.delete", int(first), False)
    sim.settle()
    sim.call("one.image.delete", int(first), False)
    sim.settle()
    assert len(backups(sim, vm)) == 1


def test_a_vm_recovers_from_its_backup(sim):
    for code, made in ((0, 0), (1, 1)):
        vm = sim.vm()
        sim.call("one.vm.backup", vm, sim.datastore, False)
        sim.call("one.vm.recover", vm, code)
        sim.settle()
        assert (sim.state(vm), len(backups(sim, vm))) == ("RUNNING", made)


def test_disks_that_the_driver_does_not_put_back(sim):
    vm = sim.vm()
    sim.call("one.vm.backup", vm, sim.datastore, False)
    sim.settle()
    sim.act("poweroff", vm)
    sim.fault("vm.diskrestore fail")
    (image,) = backups(sim, vm)
    assert sim.steps("one.vm.restore", vm, int(image), -1, -1) == ["RESTORE", "POWEROFF"]
    assert sim.error(vm).startswith("Error executing image transfer script: ")


def test_a_command_that_the_driver_does_not_tell(sim):
    vm = sim.vm()
    sim.fault("vm.exec fail")
    assert sim.steps("one.vm.exec", vm, "true", "") == ["HOTPLUG", "RUNNING"]
    assert sim.text(vm, "TEMPLATE/QEMU_GA_EXEC/STATUS") == "ERROR"
    sim.call("one.vm.exec", vm, "true", "")
    sim.call("one.vm.recover", vm, 1)
    sim.settle()
    assert sim.state(vm) == "RUNNING"


def test_a_deleted_vm_runs_no_command(sim):
    vm = sim.vm()
    sim.call("one.vm.exec", vm, "true", "")
    sim.call("one.vm.recover", vm, 3)
    sim.settle()
    assert sim.state(vm) == "DONE"
