"""States of existing VMs: the same in a dry run, idempotent where possible, with errors reported."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.marks import RESTORE
from onecore.basics.plan import Desired
from onecore.cloud.resource import Resource
from onecore.kinds.vm.kind import VM
from onecore.verbs.plans import VERBS
from onecore.verbs.snapshots import disk_snapshots
from onecore.verbs.verb import perform
from tests.doubles.fake_cloud import element
from tests.doubles.fake_vms import cloud_with, vm, with_snapshots

OURS = {"SALT_MANAGED": "sls/alice"}


def once(cloud, verb, test=False, name="web", **given):
    (report,) = perform(cloud, VERBS[verb], [(name, "alice")], given, test)
    return report


def converge(fake, cloud, verb, **given):
    """A dry run, which writes nothing, then a real one, which does what the dry one told."""
    with cloud.rehearsal():
        dry = once(cloud, verb, test=True, **given)
    assert not fake.writes
    real = once(cloud, verb, **given)
    assert (dry.error, real.error) == ("", "")
    assert real.changes(False) == dry.changes(True) != {}
    return real


def settled(fake, cloud, verb, **given):
    before = len(fake.writes)
    report = once(cloud, verb, **given)
    assert (report.error, report.action, report.changes(False)) == ("", "none", {})
    assert len(fake.writes) == before


def ours(**options):
    return vm(USER_TEMPLATE=dict(OURS), **options)


@pytest.mark.parametrize(
    ("verb", "old", "new"),
    [
        ("running", "poweroff", "running"),
        ("powered_off", "running", "poweroff"),
        ("suspended", "running", "suspended"),
        ("undeployed", "suspended", "undeployed"),
    ],
)
def test_power_states(verb, old, new):
    fake, cloud = cloud_with(vm(power=old))
    assert converge(fake, cloud, verb).changes(False) == {"power": {"old": old, "new": new}}
    assert fake._power(0) == new
    settled(fake, cloud, verb)


def test_what_is_declared_replaces_what_an_interrupted_run_kept():
    fake, cloud = cloud_with(vm(power="poweroff", USER_TEMPLATE={RESTORE: "running"}))
    converge(fake, cloud, "powered_off")
    assert fake._power(0) == "poweroff"
    assert RESTORE not in fake.vm(0)["USER_TEMPLATE"]
    settled(fake, cloud, "powered_off")


def test_a_vm_that_boots_is_waited_for():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=2))
    fake.coming[0] = [lambda: None, fake._to(0, (3, 3))]
    settled(fake, cloud, "running")
    assert fake._power(0) == "running"


def test_a_vm_that_does_not_exist():
    fake, cloud = cloud_with(vm())
    assert once(cloud, "running", name="nobody").comment(False) == "VM nobody of alice does not exist."
    assert not fake.writes


def test_a_dry_run_does_not_miss_a_vm_that_a_real_one_would_have_made():
    _, cloud = cloud_with()
    order = VM.order(Desired("onevm", "web", "alice"), "oneadmin")
    cloud.announce(VM, order)
    cloud.announce_sketch(VM, order, Resource(element("VM", vm()), VM.template, VM.cli))
    for changes in ({"disk 0:snapshot", "disk 1:snapshot"}, set()):
        report = once(cloud, "snapshot_present", test=True, snapshot="initial")
        assert (report.error, report.id, set(report.changes(True))) == ("", None, changes)


def test_a_failure_state_is_told_without_a_write():
    fake, cloud = cloud_with(vm(STATE=3, LCM_STATE=36, USER_TEMPLATE={"ERROR": "no memory"}))
    for test in (True, False):
        assert once(cloud, "running", test=test).comment(test) == (
            "VM web of alice: the VM is in state BOOT_FAILURE: no memory."
        )
    assert not fake.writes


def test_snapshots_of_what_lacks_them():
    fake, cloud = cloud_with(with_snapshots(vm(), ["initial"], disks=[0]))
    real = converge(fake, cloud, "snapshot_present", snapshot="initial")
    assert real.changes(False) == {"disk 1:snapshot": {"old": None, "new": "initial"}}
    assert fake._power(0) == "running"
    settled(fake, cloud, "snapshot_present", snapshot="initial")


def test_a_cut_short_run_is_completed_though_every_snapshot_is_there():
    content = with_snapshots(vm(power="poweroff", USER_TEMPLATE={RESTORE: "running"}), ["initial"])
    fake, cloud = cloud_with(content)
    real = converge(fake, cloud, "snapshot_present", snapshot="initial")
    assert real.changes(False) == {"power": {"old": "poweroff", "new": "running"}}
    settled(fake, cloud, "snapshot_present", snapshot="initial")


def test_a_failed_snapshot_leaves_what_was_done_in_the_changes():
    fake, cloud = cloud_with(vm())
    create = fake.answers["one.vm.disksnapshotcreate"]

    def second_fails(number, disk, name):
        if disk == 1:
            fake.failing["disksnapshotcreate", 0] = "no room"
        return create(number, disk, name)

    fake.answers["one.vm.disksnapshotcreate"] = second_fails
    report = once(cloud, "snapshot_present", snapshot="s")
    assert report.error == "the driver failed: no room"
    assert report.changes(False) == {"disk 0:snapshot": {"old": None, "new": "s"}}


def test_system_snapshots_come_and_go():
    fake, cloud = cloud_with(ours())
    converge(fake, cloud, "snapshot_present", snapshot="s", system=True)
    settled(fake, cloud, "snapshot_present", snapshot="s", system=True)
    fake.log.clear()
    converge(fake, cloud, "reverted", snapshot="s", system=True)
    fake.log.clear()
    converge(fake, cloud, "snapshot_absent", snapshot="s", system=True)
    settled(fake, cloud, "snapshot_absent", snapshot="s", system=True)


def test_system_snapshots_need_a_running_vm():
    fake, cloud = cloud_with(vm(power="poweroff"))
    assert once(cloud, "snapshot_present", snapshot="s", system=True).error == (
        "system snapshots need a running VM, and it is poweroff"
    )
    assert not fake.writes


def test_reverting_tells_what_goes():
    fake, cloud = cloud_with(with_snapshots(ours(), ["initial", "later"]))
    real = converge(fake, cloud, "reverted")
    change = {"old": "later and data written since", "new": "initial"}
    assert real.changes(False) == {"disk 0": change, "disk 1": change}
    assert fake._power(0) == "running"


def test_reverting_one_disk_to_a_named_snapshot():
    fake, cloud = cloud_with(with_snapshots(ours(), ["initial", "later"]))
    converge(fake, cloud, "reverted", snapshot="initial", disks=[1])
    assert [(each.disk, each.name) for each in disk_snapshots(cloud.pool(VM).by_id[0]) if each.active] == [
        (0, "later"),
        (1, "initial"),
    ]


def test_reverting_can_bring_it_to_a_power_state():
    fake, cloud = cloud_with(with_snapshots(ours(power="poweroff"), ["initial"]))
    assert converge(fake, cloud, "reverted", power="running").changes(False)["power"]["new"] == "running"


def test_a_snapshot_that_is_gone():
    fake, cloud = cloud_with(with_snapshots(ours(), ["initial"], disks=[0]))
    assert once(cloud, "reverted").error == "disk 1 has no snapshot at all; this VM has: initial"
    assert once(cloud, "reverted", snapshot="x").error == "disk 0, 1 has no snapshot x; this VM has: initial"
    assert not fake.writes


def test_what_others_made_is_not_reverted():
    fake, cloud = cloud_with(with_snapshots(vm(), ["initial"]))
    assert "carries no SALT_MANAGED" in once(cloud, "reverted").error
    assert not fake.writes
    converge(fake, cloud, "reverted", unmanaged=True)


def test_retention_spares_the_initial_and_the_active_one():
    fake, cloud = cloud_with(with_snapshots(vm(), ["initial", "d-1", "d-2", "x", "d-3", "d-4"], disks=[0]))
    real = converge(fake, cloud, "snapshot_keep", keep=1, pattern="d-*")
    assert real.changes(False) == {
        "disk 0:snapshot 1": {"old": "d-1", "new": None},
        "disk 0:snapshot 2": {"old": "d-2", "new": None},
    }
    assert [each.name for each in disk_snapshots(cloud.pool(VM).by_id[0])] == ["initial", "x", "d-3", "d-4"]
    settled(fake, cloud, "snapshot_keep", keep=1, pattern="d-*")


@pytest.mark.parametrize(
    ("verb", "given", "said"),
    [
        ("snapshot_present", {}, "snapshot must be given."),
        ("snapshot_present", {"snapshot": ""}, "snapshot: must be a name, not an empty text."),
        ("snapshot_present", {"snapshot": "s", "disk": 1}, "Unknown argument disk, did you mean 'disks'?"),
        (
            "snapshot_present",
            {"snapshot": "s", "disks": []},
            "disks: must be at least one disk's number, not a list.",
        ),
        ("snapshot_keep", {"keep": -1}, "keep: must be a whole number of 0 or more, not -1."),
        ("reverted", {"power": "on"}, None),
        ("running", {"hard": True}, "Unknown argument hard."),
        ("running", {"timeout": 0}, None),
    ],
)
def test_bad_arguments_are_told_before_anything_is_asked(verb, given, said):
    fake, cloud = cloud_with(vm())
    with pytest.raises(ArgumentError) as caught:
        once(cloud, verb, **given)
    assert said in (None, str(caught.value))
    assert not fake.log


def test_several_vms_side_by_side():
    count = 10
    fake, cloud = cloud_with(
        *(with_snapshots(ours(number=each, name=f"v{each}"), ["initial", "later"]) for each in range(count))
    )
    fake.failing["poweroff", 4] = "busy"
    reports = perform(cloud, VERBS["reverted"], [(f"v{each}", "alice") for each in range(count)], {"power": "running"})
    assert [bool(report.error) for report in reports] == [each == 4 for each in range(count)]
    # One power-off, one revert a disk, one resume a VM.
    assert len(fake.writes) == 4 * (count - 1) + 1
    phases = 4
    assert len(fake.log) <= 5 * count * phases
