"""The work on VMs of labs, and the VMs that are not changed."""

import pytest

from onecore.basics.errors import AuthorizationError
from onecore.basics.plan import Desired
from onecore.orchestration.lab_campaign import failure, left_over, picked, run, status
from onecore.orchestration.lab_work import Build, Destroy, Rebuild, Reset, Stop
from onecore.orchestration.status import status as infrastructure_status
from onecore.orchestration.users import build
from onecore.pillar.labs import LAB, Machine
from tests.doubles.fake_cloud import described
from tests.doubles.fake_vms import cloud_with, vm, with_snapshots

TEMPLATE = described("onetemplate", 3, "debian", owner="oneadmin", mode="644", TEMPLATE={"CPU": "1", "MEMORY": "64"})
USERS = [{"ID": number, "NAME": name, "GID": 1} for number, name in ((0, "oneadmin"), (2, "alice"), (3, "bob"))]


def machine(name, user="alice", lab="school", after=(), power="running", **more):
    values = {"template": "debian", "template_owner": "oneadmin", "power": power, "attributes": {LAB: lab}}
    return Machine(user, lab, name, Desired("onevm", name, user, values, f"eole/{user}"), tuple(after), **more)


def ours(number, name, owner="alice", lab="school", mark=None, **content):
    attributes = {"SALT_MANAGED": mark or f"eole/{owner}", LAB: lab, **content.pop("attributes", {})}
    return vm(number, name, owner=owner, USER_TEMPLATE=attributes, **content)


def with_initial(content):
    return with_snapshots(content, ["initial", "later"])


def done(cloud, kind, *machines, told=None, **options):
    works = [kind(each) for each in machines]
    tell = (lambda work, step, over, every: told.append((work.key, step))) if told is not None else None
    return run(cloud, works, **({"tell": tell} if tell else {}), **options)


def outcomes(outcome):
    return {work.machine.name: work.outcome for work in outcome.works}


def comments(outcome):
    return {row["vm"]: row["comment"] for row in outcome.rows()}


# -- building ----------------------------------------------------------------------------------------------------


def builder(*vms, report=None):
    """A cloud in which VMs can be made; each reports that it is ready after so many looks."""
    fake, cloud = cloud_with(*vms, onetemplate=[TEMPLATE], oneuser=USERS, onegroup=[{"ID": 1, "NAME": "users"}])

    def instantiate(template, name, hold, extra, persistent):
        from onecore.basics.syntax import parse

        number = max(fake.objects["onevm"], default=-1) + 1
        attributes = {key: value for key, value in parse(extra).items() if key not in ("AS_UID", "AS_GID")}
        fake.objects["onevm"][number] = vm(number, name, USER_TEMPLATE=attributes, STATE=1, LCM_STATE=0)
        steps = [fake._to(number, (3, 1)), fake._to(number, (3, 3))]
        if report:
            steps += [lambda: None, lambda: attributes.update(READY=report)]
        fake.coming[number] = steps
        return number

    fake.answers["one.template.instantiate"] = instantiate
    return fake, cloud


def test_vms_are_built_one_after_what_it_needs():
    fake, cloud = builder()
    told = []
    outcome = done(cloud, Build, machine("db"), machine("web", after=["db"]), told=told)
    assert outcomes(outcome) == {"db": "created", "web": "created"}, comments(outcome)
    assert told.index(("db of alice", "created")) < told.index(("web of alice", "waiting for running"))
    assert fake.vm(0)["USER_TEMPLATE"] == {"SALT_MANAGED": "eole/alice/onevm/db", "SALT_RELEASE": "YES", LAB: "school"}
    again = done(cloud, Build, machine("db"), machine("web", after=["db"]))
    assert outcomes(again) == {"db": "as declared", "web": "as declared"}


def test_the_guest_reports_that_it_is_ready():
    _client, cloud = builder(report="yes")
    told = []
    outcome = done(cloud, Build, machine("db", ready="context-report"), told=told)
    assert outcomes(outcome) == {"db": "created"}
    assert ("db of alice", "waiting for its guest's report") in told


def test_a_guest_that_never_reports():
    _, cloud = builder()
    outcome = done(cloud, Build, machine("db", ready="context-report", timeout=0.05), machine("web", after=["db"]))
    assert outcomes(outcome) == {"db": "failed", "web": "skipped"}
    assert "waited 0.05 s for its guest's report; the last state seen was RUNNING" in comments(outcome)["db"]
    assert "not started, since db of alice failed" in comments(outcome)["web"]


def test_a_declared_snapshot_is_taken_once():
    fake, cloud = builder()
    assert outcomes(done(cloud, Build, machine("db", snapshot="initial"))) == {"db": "created"}
    assert [(disk, name) for _, disk, name in fake.acted("disksnapshotcreate")] == [(0, "initial"), (1, "initial")]
    assert (fake.vm(0)["STATE"], fake.vm(0)["LCM_STATE"]) == (3, 3)
    assert outcomes(done(cloud, Build, machine("db", snapshot="initial"))) == {"db": "as declared"}
    assert len(fake.acted("disksnapshotcreate")) == 2


def test_a_dry_run_writes_nothing():
    fake, cloud = builder(with_initial(ours(0, "db")))
    outcome = done(cloud, Build, machine("db"), machine("web", snapshot="initial"), test=True)
    assert fake.writes == []
    assert [row["changes"].keys() >= {"VM", "snapshot"} for row in outcome.rows()] == [False, True]
    assert "would be created" in comments(outcome)["web"]
    assert done(cloud, Reset, machine("db"), test=True).rows()[0]["changes"]["disk 0"]["new"] == "initial"
    assert fake.writes == []


def test_a_quota_that_ends_half_way():
    fake, cloud = builder()
    make, made = fake.answers["one.template.instantiate"], []

    def limited(*params):
        if made:
            raise AuthorizationError("user [2] limit of 1 reached for VMS quota in VM with ID: 0")
        made.append(params)
        return make(*params)

    fake.answers["one.template.instantiate"] = limited
    outcome = done(cloud, Build, machine("a"), machine("b"), machine("c", after=["b"]))
    assert outcomes(outcome) == {"a": "created", "b": "failed", "c": "skipped"}
    assert "limit of 1 reached" in comments(outcome)["b"]


def test_a_template_that_vanished_stops_what_needs_it_before_anything_is_made():
    fake, cloud = builder()
    fake.objects["onetemplate"].clear()
    outcome = done(cloud, Build, machine("a"))
    assert outcomes(outcome) == {"a": "failed"}
    assert "template debian of oneadmin does not exist" in comments(outcome)["a"]
    assert fake.writes == []


# -- resetting ---------------------------------------------------------------------------------------------------


def test_a_reset_is_one_power_off_one_revert_a_disk_one_resume():
    fake, cloud = cloud_with(with_initial(ours(0, "db")), with_initial(ours(1, "web")))
    outcome = done(cloud, Reset, machine("db"), machine("web"))
    assert outcomes(outcome) == {"db": "reverted", "web": "reverted"}
    for number in (0, 1):
        assert [action for each, action in fake.acted() if each == number] == ["poweroff-hard", "resume"]
        assert [params[1:] for params in fake.acted("disksnapshotrevert") if params[0] == number] == [(0, 0), (1, 0)]


def test_a_guest_reports_anew_after_a_reset():
    content = with_initial(ours(0, "db", attributes={"READY": "YES"}))
    fake, cloud = cloud_with(content)
    outcome = done(cloud, Reset, machine("db", ready="context-report", timeout=0.05))
    assert fake.vm(0)["USER_TEMPLATE"]["READY"] == "NO"
    assert outcomes(outcome) == {"db": "failed"}
    assert "its guest's report" in comments(outcome)["db"]


def test_a_snapshot_that_is_gone():
    _client, cloud = cloud_with(ours(0, "db"), with_initial(ours(1, "web")))
    outcome = done(cloud, Reset, machine("db"), machine("web"))
    assert outcomes(outcome) == {"db": "failed", "web": "reverted"}
    assert "disk 0, 1 has no snapshot" in comments(outcome)["db"]


def test_a_vm_that_does_not_exist():
    _, cloud = cloud_with()
    assert comments(done(cloud, Reset, machine("db"))) == {
        "db": "VM db of alice: it does not exist: build the lab first."
    }


# -- rebuilding --------------------------------------------------------------------------------------------------


def test_a_rebuild_goes_the_fastest_way_and_tells_why():
    fake, cloud = builder(with_initial(ours(0, "db")), ours(1, "web"))
    outcome = done(cloud, Rebuild, machine("db"), machine("web"), machine("new"))
    assert outcomes(outcome) == {"db": "rebuilt", "web": "rebuilt", "new": "created"}, comments(outcome)
    assert {params[0] for params in fake.acted("disksnapshotrevert")} == {0}
    assert [params[0] for params in fake.acted("recover")] == [1]
    assert "Reverted, since template and images are the same" in comments(outcome)["db"]
    assert "Recreated, since template and images are the same and disk 0 has no snapshot" in comments(outcome)["web"]


def test_a_rebuilt_vm_has_its_snapshot_again_and_its_guest_reports_anew():
    fake, cloud = builder(ours(0, "db", attributes={"READY": "YES"}))
    outcome = done(cloud, Rebuild, machine("db", snapshot="initial", ready="context-report", timeout=0.05))
    assert outcomes(outcome) == {"db": "failed"}
    assert fake.vm(0)["USER_TEMPLATE"]["READY"] == "NO"
    assert "its guest's report" in comments(outcome)["db"]
    outcome = done(cloud, Rebuild, machine("db", snapshot="initial"))
    assert outcomes(outcome) == {"db": "rebuilt"}
    assert [name for _, _, name in fake.acted("disksnapshotcreate")] == ["initial", "initial"]


def test_a_dry_run_of_a_rebuild():
    fake, cloud = builder(with_initial(ours(0, "db")))
    outcome = done(cloud, Rebuild, machine("db"), machine("new"), test=True)
    assert fake.writes == []
    assert [row["changes"].keys() & {"disk 0", "VM"} for row in outcome.rows()] == [{"disk 0"}, {"VM"}]


def test_somebody_elses_vm_is_not_rebuilt():
    fake, cloud = builder(vm(0, "db"))
    assert outcomes(done(cloud, Rebuild, machine("db"))) == {"db": "failed"}
    assert fake.writes == []


# -- stopping ----------------------------------------------------------------------------------------------------


def test_what_others_come_after_stops_last():
    fake, cloud = cloud_with(ours(0, "db"), ours(1, "web"), ours(2, "off", power="poweroff"))
    outcome = done(cloud, Stop, machine("db"), machine("web", after=["db"]), machine("off"), machine("none"))
    assert outcomes(outcome) == {"db": "powered off", "web": "powered off", "off": "is off", "none": "does not exist"}
    assert fake.acted() == [(1, "poweroff"), (0, "poweroff")]


# -- destroying --------------------------------------------------------------------------------------------------


def test_only_what_carries_mark_and_lab_is_destroyed():
    strangers = [
        vm(1, "plain"),
        ours(2, "other", lab="bench"),
        ours(3, "marked", mark="eole/bob"),
    ]
    fake, cloud = cloud_with(ours(0, "db"), *strangers)
    names = ("db", "plain", "other", "marked", "gone")
    outcome = done(cloud, Destroy, *(machine(name) for name in names))
    assert fake.acted() == [(0, "terminate-hard")]
    assert outcomes(outcome) == {
        "db": "removed",
        "plain": "failed",
        "other": "failed",
        "marked": "failed",
        "gone": "does not exist",
    }
    assert "carries no SALT_MANAGED" in comments(outcome)["plain"]
    assert "belongs to lab bench" in comments(outcome)["other"]


def test_vms_that_are_declared_no_more_are_found_by_their_mark():
    _, cloud = cloud_with(ours(0, "db"), ours(1, "old"), ours(2, "old", owner="bob"), vm(3, "x"), ours(4, "y", lab=""))
    found = left_over(cloud, None, "school", [machine("db")])
    assert [(each.user, each.name) for each in found] == [("alice", "old"), ("bob", "old")]
    assert left_over(cloud, "alice", "bench", []) == []
    assert outcomes(done(cloud, Destroy, *left_over(cloud, "alice", "school", [machine("db")]))) == {"old": "removed"}


# -- failures ----------------------------------------------------------------------------------------------------


def test_an_interruption_tells_what_was_done_and_what_not():
    fake, cloud = cloud_with(*(with_initial(ours(number, f"vm{number}")) for number in range(3)))

    def interrupt(seconds):
        if len(fake.acted()) > 2:
            raise KeyboardInterrupt

    machines = [machine("vm0"), machine("vm1", after=["vm0"]), machine("vm2", after=["vm1"])]
    outcome = done(cloud, Reset, *machines, pause=interrupt)
    assert outcome.interrupted
    assert outcomes(outcome) == {"vm0": "reverted", "vm1": "failed", "vm2": "skipped"}
    assert "interrupted while waiting for poweroff: run again to complete it" in comments(outcome)["vm1"]
    assert "interrupted before it started" in comments(outcome)["vm2"]
    assert failure(outcome).splitlines()[0] == "Interrupted:"
    assert outcomes(done(cloud, Reset, *machines)) == dict.fromkeys(("vm0", "vm1", "vm2"), "reverted")


def test_a_driver_that_fails_stops_its_vm_and_what_comes_after():
    _client, cloud = cloud_with(
        *(with_initial(ours(number, f"vm{number}")) for number in range(3)), failing={("resume", 0): "no such host"}
    )
    outcome = done(cloud, Reset, machine("vm0"), machine("vm1", after=["vm0"]), machine("vm2"))
    assert outcomes(outcome) == {"vm0": "failed", "vm1": "skipped", "vm2": "reverted"}
    assert "BOOT_FAILURE: no such host" in comments(outcome)["vm0"]
    assert failure(outcome).splitlines()[0] == "2 of 3 VMs failed:"


def test_vms_that_fail_for_one_reason_are_told_in_one_line():
    failing = {("resume", number): "no such host" for number in range(2)}
    _client, cloud = cloud_with(*(with_initial(ours(number, f"vm{number}")) for number in range(3)), failing=failing)
    outcome = done(cloud, Reset, machine("vm0"), machine("vm1"), machine("vm2", after=["vm0"]))
    (head, both, last) = failure(outcome).splitlines()
    assert head == "3 of 3 VMs failed:"
    assert both.startswith("- VMs vm0 of alice, vm1 of alice: ")
    assert last == "- VM vm2 of alice: not started, since vm0 of alice failed."


def test_one_vm_that_cannot_be_removed_keeps_no_other():
    _client, cloud = cloud_with(vm(1, "db"), ours(2, "web"))
    outcome = done(cloud, Destroy, machine("db"), machine("web", after=["db"]))
    assert outcomes(outcome) == {"db": "failed", "web": "removed"}, comments(outcome)


def test_limits():
    fake, cloud = cloud_with(*(with_initial(ours(number, f"vm{number}")) for number in range(4)))
    done(cloud, Reset, *(machine(f"vm{number}") for number in range(4)), most=1)
    assert [number for number, _ in fake.acted()] == [0, 0, 1, 1, 2, 2, 3, 3]


# -- being told --------------------------------------------------------------------------------------------------


def test_status():
    nics = {"NIC": [{"NIC_ID": 0, "IP": "10.0.0.5"}, {"NIC_ID": 1, "IP": "10.0.1.5"}]}
    _, cloud = cloud_with(ours(0, "db", TEMPLATE=nics), ours(1, "web", power="poweroff"))
    rows = status(cloud, [machine("db"), machine("web"), machine("new"), machine("db", ready="context-report")])
    told = [(row["vm"], row["id"], row["state"], row["ip"], row["ready"]) for row in rows]
    assert told == [
        ("db", 0, "RUNNING", "10.0.0.5", True),
        ("web", 1, "POWEROFF", None, False),
        ("new", None, "missing", None, False),
        ("db", 0, "RUNNING", "10.0.0.5", False),
    ]


def test_picking_vms():
    machines = [machine("db"), machine("web"), machine("web", user="bob")]
    assert [each.user for each in picked(machines, "web")] == ["alice", "bob"]
    with pytest.raises(Exception, match="has a VM wbe, did you mean 'web'"):
        picked(machines, "wbe")


# -- beside the infrastructure -----------------------------------------------------------------------------------


def test_pruning_leaves_declared_labs_alone():
    labs = {"school": {"db": {"template": "debian"}}}
    config = {"blueprints": {"eole": {"labs": labs}}, "users": {"alice": {"blueprint": "eole"}}}
    _, cloud = builder(ours(0, "db"), ours(1, "old"))
    outcome = build(cloud, config, "alice", test=True, prune=True)
    assert [report.name for report in outcome.reports if report.action == "remove"] == ["old"]


def test_a_vm_of_a_lab_is_no_gateway():
    _, cloud = builder(ours(0, "db"), vm(1, "router", owner="alice", USER_TEMPLATE={"SALT_MANAGED": "eole/alice"}))
    (row,) = infrastructure_status(cloud, {"alice": ()})
    assert row["gateway"] == "router"
    _, cloud = builder(ours(0, "db"))
    (row,) = infrastructure_status(cloud, {"alice": ()})
    assert row["gateway"] is None
