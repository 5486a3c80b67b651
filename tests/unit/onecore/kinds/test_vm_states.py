"""States of VMs: their names, the final ones, and the targets of transitions."""

import pytest

from onecore.cloud import vm_states as vm_states
from onecore.cloud.vm_states import ACTIONS, POWER, SETTLED
from tests.doubles.fake_cloud import resource

BEYOND = 200


def vm(state, lcm=0):
    return resource("onevm", STATE=state, LCM_STATE=lcm)


def active(name):
    return vm(3, vm_states._LCM.index(name))


@pytest.mark.parametrize(
    ("state", "lcm", "name"),
    [
        (1, 0, "PENDING"),
        (3, 3, "RUNNING"),
        (3, 15, "CLEANUP_RESUBMIT"),
        (3, 25, "HOTPLUG_NIC"),
        (3, 36, "BOOT_FAILURE"),
        (3, 60, "PROLOG_MIGRATE_UNKNOWN"),
        (3, 71, "RESTORE"),
        (8, 0, "POWEROFF"),
        (8, 36, "POWEROFF"),
        (6, 0, "DONE"),
        (11, 0, "CLONING_FAILURE"),
        (3, BEYOND, f"LCM_STATE {BEYOND}"),
        (BEYOND, 0, f"STATE {BEYOND}"),
    ],
)
def test_names(state, lcm, name):
    assert vm_states.name(vm_states.state(vm(state, lcm))) == name


def test_final_states():
    assert {vm_states.name(state) for state in SETTLED.ready} == {
        "RUNNING",
        "UNKNOWN",
        "POWEROFF",
        "SUSPENDED",
        "STOPPED",
        "UNDEPLOYED",
        "HOLD",
        "DONE",
    }
    failed = {vm_states.name(state) for state in SETTLED.failed}
    assert len(failed) == 16 and all(name.endswith("FAILURE") for name in failed)
    assert not SETTLED.ready & SETTLED.failed


@pytest.mark.parametrize(
    ("there", "names"),
    [
        ("running", "PROLOG BOOT RUNNING MIGRATE UNKNOWN HOTPLUG HOTPLUG_NIC BOOT_POWEROFF BOOT_SUSPENDED BACKUP"),
        ("running", "BOOT_STOPPED BOOT_UNDEPLOY PROLOG_RESUME PROLOG_UNDEPLOY PROLOG_MIGRATE DISK_SNAPSHOT"),
        ("running", "DISK_RESIZE CLEANUP_RESUBMIT HOTPLUG_SAVEAS HOTPLUG_RESIZE BOOT_MIGRATE SAVE_MIGRATE"),
        ("poweroff", "SHUTDOWN_POWEROFF HOTPLUG_SAVEAS_POWEROFF HOTPLUG_PROLOG_POWEROFF HOTPLUG_EPILOG_POWEROFF"),
        ("poweroff", "PROLOG_MIGRATE_POWEROFF DISK_SNAPSHOT_POWEROFF DISK_SNAPSHOT_REVERT_POWEROFF BACKUP_POWEROFF"),
        ("poweroff", "RESTORE DISK_SNAPSHOT_DELETE_POWEROFF DISK_RESIZE_POWEROFF HOTPLUG_NIC_POWEROFF"),
        ("suspended", "SAVE_SUSPEND HOTPLUG_SAVEAS_SUSPENDED PROLOG_MIGRATE_SUSPEND DISK_SNAPSHOT_SUSPENDED"),
        ("suspended", "DISK_SNAPSHOT_DELETE_SUSPENDED"),
        ("stopped", "SAVE_STOP EPILOG_STOP HOTPLUG_SAVEAS_STOPPED"),
        ("undeployed", "SHUTDOWN_UNDEPLOY EPILOG_UNDEPLOY DISK_RESIZE_UNDEPLOYED HOTPLUG_SAVEAS_UNDEPLOYED"),
        ("BOOT_FAILURE", "BOOT_FAILURE"),
        ("EPILOG_STOP_FAILURE", "EPILOG_STOP_FAILURE"),
    ],
)
def test_where_a_vm_is_heading(there, names):
    assert {name: vm_states.power(active(name)) for name in names.split()} == dict.fromkeys(names.split(), there)


@pytest.mark.parametrize("name", ["SHUTDOWN", "EPILOG", "CANCEL", "CLEANUP_DELETE"])
def test_a_vm_on_its_way_out_is_in_no_power_state(name):
    assert vm_states.power(active(name)) == name


def test_power_states():
    assert {word: vm_states.power(vm(*state)) for word, state in POWER.items()} == {word: word for word in POWER}
    assert vm_states.power(vm(1)) == vm_states.power(vm(10)) == "running"


def test_actions_lead_from_one_power_state_to_another():
    for old, new in ACTIONS:
        assert {old, new} <= POWER.keys() and old != new
