"""Existing VMs: power states, snapshots, rebuilds, changes, removal; each state with the embedded OpenNebula."""

import pytest

pytest_plugins = ["tests.functional.driver"]

RUNNING, POWEROFF, SUSPENDED, UNDEPLOYED = "3", "8", "5", "9"


@pytest.fixture(scope="module", autouse=True)
def content(one):
    one.converge("oneuser.present", name="alice", password="pw")
    one.converge("oneimage.present", name="base", datastore="default", type="DATABLOCK", size=8, permissions="644")
    disk = {"image": "base", "owner": "oneadmin"}
    more = {"cpu": 1, "memory": 64, "permissions": "644", "disks": [disk, disk]}
    one.converge("onetemplate.present", name="debian", **more)


@pytest.fixture
def machine(one, request):
    """A running VM of alice with two disks; its name and owner, as the states take them."""
    name = request.node.name.translate(str.maketrans("[]_", "---")).strip("-")
    key = {"name": name, "owner": "alice"}
    one.converge("onevm.present", **key, template="debian", power="running")
    yield key
    one.state("onevm.absent", **key)


def names(one, key, disk=0):
    return [each["NAME"] for each in one.run("onevm.disk_snapshot_list", key["name"], disk, owner="alice")]


def shown(one, key):
    return one.show("onevm", key["name"], owner="alice")


@pytest.mark.parametrize(
    ("state", "number"), [("powered_off", POWEROFF), ("suspended", SUSPENDED), ("undeployed", UNDEPLOYED)]
)
def test_power_states(one, machine, state, number):
    one.settled("onevm.running", **machine)
    one.converge(f"onevm.{state}", **machine)
    assert shown(one, machine)["STATE"] == number
    one.converge("onevm.running", **machine)
    assert shown(one, machine)["STATE"] == RUNNING


def test_a_way_of_several_steps(one, machine):
    one.converge("onevm.suspended", **machine)
    one.converge("onevm.present", **machine, power="poweroff")
    assert shown(one, machine)["STATE"] == POWEROFF


def test_snapshots_come_and_go(one, machine):
    for name in ("initial", "daily-1", "daily-2", "daily-3"):
        one.converge("onevm.snapshot_present", **machine, snapshot=name)
    assert shown(one, machine)["STATE"] == RUNNING
    one.converge("onevm.snapshot_absent", **machine, snapshot="daily-1")
    assert names(one, machine) == names(one, machine, 1) == ["initial", "daily-2", "daily-3"]
    one.converge("onevm.snapshot_keep", **machine, keep=0, pattern="daily-*")
    assert names(one, machine) == ["initial", "daily-3"]


def test_a_snapshot_of_one_disk(one, machine):
    one.converge("onevm.snapshot_present", **machine, snapshot="first", disks=[1])
    assert (names(one, machine), names(one, machine, 1)) == ([], ["first"])
    assert "no disk 7" in one.refused("onevm.snapshot_present", **machine, snapshot="first", disks=[7])


def test_snapshots_of_the_whole_system(one, machine):
    for name in ("fresh", "later"):
        one.converge("onevm.snapshot_present", **machine, snapshot=name, system=True)
    real = one.state("onevm.reverted", **machine, snapshot="fresh", system=True)
    assert real.result is True, real.comment
    assert real.changes == {"system": {"old": None, "new": "fresh"}}
    assert shown(one, machine)["STATE"] == RUNNING
    one.converge("onevm.snapshot_keep", **machine, keep=0, system=True)
    one.converge("onevm.snapshot_absent", **machine, snapshot="fresh", system=True)
    one.converge("onevm.powered_off", **machine)
    said = one.refused("onevm.snapshot_present", **machine, snapshot="fresh", system=True)
    assert "system snapshots need a running VM" in said


def test_going_back(one, machine):
    one.refused("onevm.reverted", **machine, snapshot="initial")
    for name in ("initial", "later"):
        one.converge("onevm.snapshot_present", **machine, snapshot=name)
    dry = one.state("onevm.reverted", test=True, **machine)
    real = one.state("onevm.reverted", **machine)
    assert (dry.result, real.result) == (None, True), real.comment
    assert real.changes == dry.changes
    active = [
        each["NAME"]
        for each in one.run("onevm.disk_snapshot_list", machine["name"], 0, owner="alice")
        if each.get("ACTIVE") == "YES"
    ]
    assert active == ["initial"]
    assert shown(one, machine)["STATE"] == RUNNING


@pytest.mark.parametrize("strategy", ["auto", "recreate", "redeploy"])
def test_rebuilt(one, machine, strategy):
    before = shown(one, machine)
    dry = one.state("onevm.rebuilt", test=True, **machine, strategy=strategy)
    real = one.state("onevm.rebuilt", **machine, strategy=strategy)
    assert (dry.result, real.result) == (None, True), real.comment
    assert real.changes == dry.changes
    after = shown(one, machine)
    assert after["STATE"] == RUNNING
    assert (after["ID"] == before["ID"]) is (strategy != "redeploy")


def test_disks_grow(one, machine):
    one.converge("onevm.present", **machine, disks={1: 16})
    assert shown(one, machine)["TEMPLATE"]["DISK"][1]["SIZE"] == "16"
    assert "cannot shrink a disk" in one.refused("onevm.present", **machine, disks={1: 8})


def test_a_change_while_it_is_off(one, machine):
    one.converge("onevm.present", **machine, memory=128, on_change="poweroff")
    after = shown(one, machine)
    assert (after["STATE"], after["TEMPLATE"]["MEMORY"]) == (RUNNING, "128")
    assert "SALT_RESTORE_POWER" not in after["USER_TEMPLATE"]


def test_a_change_that_is_refused(one, machine):
    assert "reach the VM: memory" in one.refused("onevm.present", **machine, memory=128, on_change="refuse")


def test_a_change_by_a_new_vm(one, machine):
    before = shown(one, machine)["ID"]
    changed = {**machine, "memory": 128, "template": "debian", "on_change": "redeploy"}
    assert "replaces the VM" in one.state("onevm.present", test=True, **changed).comment
    assert "replaces the VM" in one.converge("onevm.present", **changed).comment
    after = shown(one, machine)
    assert (after["TEMPLATE"]["MEMORY"], after["ID"] == before) == ("128", False)


def test_a_vm_of_nobody_is_not_replaced(one):
    one.run("onetemplate.instantiate", "debian", name="stray", as_user="alice")
    one.wait("onevm", RUNNING, "stray", owner="alice")
    stray = {"name": "stray", "owner": "alice"}
    assert "not created by these states" in one.refused("onevm.present", **stray, memory=128, on_change="redeploy")
    for state in ("reverted", "rebuilt", "absent"):
        assert "not created by these states" in one.refused(f"onevm.{state}", **stray)


def test_an_end_that_is_declared(one, machine):
    one.converge("onevm.present", **machine, expires="2030-12-31")
    one.converge("onevm.present", **machine, expires="")


def test_gone_while_it_boots(one):
    one.state("onevm.present", name="brief", owner="alice", template="debian", power="running", wait=False)
    one.converge("onevm.absent", name="brief", owner="alice")


@pytest.mark.parametrize("said", [{}, {"hard": True}, {"hard": False}])
def test_gone(one, machine, said):
    one.converge("onevm.absent", **machine, **said)
    assert all(row["name"] != machine["name"] for row in one.run("onevm.list"))


def test_hard_is_yes_or_no(one, machine):
    assert "true or false" in one.refused("onevm.absent", **machine, hard="perhaps")
