"""Snapshots of VMs: finding, creating, reverting, removing; the results and messages of failures."""

import pytest

from onecore.basics.errors import MissingError
from onecore.basics.marks import RESTORE
from onecore.kinds.vm.kind import VM
from onecore.verbs.snapshots import (
    chosen_disks,
    delete,
    disk_snapshots,
    disks,
    of_disk,
    of_system,
    revert,
    revert_system,
    system_snapshots,
    take,
    take_system,
)
from tests.doubles.fake_vms import cloud_with, run, vm, with_snapshots


def only(cloud):
    return cloud.pool(VM).by_id[0]


def ignore(done):
    pass


def initial(cloud):
    return [of_disk(only(cloud), disk) for disk in disks(only(cloud))]


def test_disks_that_have_snapshots():
    content = vm()
    content["TEMPLATE"]["DISK"] += [
        {"DISK_ID": 2, "TYPE": "swap"},
        {"DISK_ID": 3, "IMAGE_ID": 9, "TYPE": "CDROM"},
        {"DISK_ID": 10, "IMAGE_ID": 9, "TYPE": "BLOCK"},
    ]
    _, cloud = cloud_with(content)
    assert disks(only(cloud)) == [0, 1, 10]
    assert chosen_disks(only(cloud), [10, 1]) == [1, 10]
    with pytest.raises(MissingError, match="no disk 2, 4 that could have snapshots"):
        chosen_disks(only(cloud), [4, 0, 2])


def test_of_several_of_one_name_the_oldest_counts():
    _, cloud = cloud_with(with_snapshots(vm(), ["a", "b", "b"]))
    assert of_disk(only(cloud), 1, "b").id == 1
    assert of_disk(only(cloud), 1).name == "a"
    assert of_disk(only(cloud), 1, "c") is None


def test_snapshots_of_all_disks_and_the_vm_runs_again():
    fake, cloud = cloud_with(vm())
    done = []
    assert run(cloud, take(cloud, only(cloud), "s", [0, 1], done.append)).state == "done"
    assert [(each.disk, each.name) for each in disk_snapshots(only(cloud))] == [(0, "s"), (1, "s")]
    assert done == [0, 1]
    assert fake._power(0) == "running"


def test_a_snapshot_costs_three_calls_where_the_goal_is_known():
    fake, cloud = cloud_with(vm(disks=[0]))
    assert run(cloud, take(cloud, only(cloud), "s", [0], ignore, then="running")).state == "done"
    assert [call[0] for call in fake.writes] == ["one.vm.action", "one.vm.disksnapshotcreate", "one.vm.action"]


def test_a_snapshot_that_fails_is_told_and_the_vm_runs_again():
    fake, cloud = cloud_with(vm(), failing={("disksnapshotcreate", 0): "no room"})
    done = []
    assert run(cloud, take(cloud, only(cloud), "s", [0, 1], done.append)).error == "the driver failed: no room"
    assert done == []
    assert fake._power(0) == "running"


def test_going_back_takes_one_call_a_disk():
    fake, cloud = cloud_with(with_snapshots(vm(), ["initial", "later"]))
    task = run(cloud, revert(cloud, only(cloud), initial(cloud), then="running"))
    assert task.state == "done", task.error
    assert [call[0] for call in fake.writes] == [
        "one.vm.action",
        "one.vm.disksnapshotrevert",
        "one.vm.disksnapshotrevert",
        "one.vm.action",
    ]
    assert {each.name for each in disk_snapshots(only(cloud)) if each.active} == {"initial"}


@pytest.mark.parametrize(("disks", "action"), [((0, 1), "poweroff-hard"), ((0,), "poweroff")])
def test_a_guest_is_asked_to_power_off_where_something_stays_of_what_it_writes(disks, action):
    fake, cloud = cloud_with(with_snapshots(vm(), ["initial"]))
    targets = [each for each in initial(cloud) if each.disk in disks]
    assert run(cloud, revert(cloud, only(cloud), targets)).state == "done"
    assert next(action for _, action in fake.acted()) == action


def test_going_back_half_way_is_told_and_a_second_run_completes_it():
    fake, cloud = cloud_with(with_snapshots(vm(), ["initial", "later"]))
    fake.failing["disksnapshotrevert 1", 0] = "disk is lost"
    done = []
    task = run(cloud, revert(cloud, only(cloud), initial(cloud), done=done.append))
    assert task.error == (
        "disks reverted: 0; not reverted: 1; the VM stays powered off, run again to complete it: "
        "the driver failed: disk is lost"
    )
    assert [each.disk for each in done] == [0]
    assert fake._power(0) == "poweroff"
    fake.failing.clear()
    assert run(cloud, revert(cloud, only(cloud), initial(cloud))).state == "done"
    assert fake._power(0) == "running"
    assert fake.vm(0)["USER_TEMPLATE"].get(RESTORE) is None


def test_going_back_to_where_a_disk_is_fails_when_its_driver_does():
    fake, cloud = cloud_with(with_snapshots(vm(power="poweroff"), ["initial"]))
    fake.failing["disksnapshotrevert", 0] = "disk is lost"
    assert "disk is lost" in run(cloud, revert(cloud, only(cloud), initial(cloud))).error


def test_system_snapshots():
    _, cloud = cloud_with(vm())
    assert run(cloud, take_system(cloud, only(cloud), "s")).state == "done"
    assert [(each.disk, each.name, each.title) for each in system_snapshots(only(cloud))] == [
        (None, "s", "system snapshot s")
    ]
    assert run(cloud, revert_system(cloud, only(cloud), of_system(only(cloud), "s"))).state == "done"
    assert run(cloud, delete(cloud, only(cloud), system_snapshots(only(cloud)))).state == "done"
    assert system_snapshots(only(cloud)) == []


def test_a_system_snapshot_that_fails_is_told():
    _, cloud = cloud_with(vm(), failing={("snapshotcreate", 0): "not with raw disks"})
    assert run(cloud, take_system(cloud, only(cloud), "s")).error == "the driver failed: not with raw disks"


def test_removal_asks_again_for_what_others_stood_upon():
    fake, cloud = cloud_with(with_snapshots(vm(), ["a", "b", "c"], disks=[0]))
    fake._activate(0, 0, 1)
    asked = []
    found = [each for each in disk_snapshots(only(cloud)) if each.name != "a"]
    assert run(cloud, delete(cloud, only(cloud), found, asked.append)).state == "done"
    assert [each.name for each in asked] == ["c", "b"]


def test_removal_tells_what_cannot_go_and_why():
    fake, cloud = cloud_with(with_snapshots(vm(), ["a", "b"], disks=[0]))
    fake._activate(0, 0, 0)
    task = run(cloud, delete(cloud, only(cloud), [of_disk(only(cloud), 0, "a")]))
    assert task.error == ("could not be removed: snapshot a of disk 0: Cannot delete the active snapshot with children")


def test_one_snapshot_that_cannot_go_keeps_no_other():
    """A VM goes on telling of a driver's failure after the next thing has worked."""
    fake, cloud = cloud_with(with_snapshots(vm(), ["a", "b"]))
    fake.failing["disksnapshotdelete", 0] = "disk is busy"
    delete_one = fake.answers["one.vm.disksnapshotdelete"]

    def once(*params):
        answer = delete_one(*params)
        fake.failing.clear()
        return answer

    fake.answers["one.vm.disksnapshotdelete"] = once
    gone = []
    task = run(cloud, delete(cloud, only(cloud), disk_snapshots(only(cloud)), gone.append))
    assert (task.error, sorted(each.name for each in gone)) == ("", ["a", "a", "b", "b"])
