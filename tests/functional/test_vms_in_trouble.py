"""Failed VMs and labs: messages, unchanged objects, and recovery."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.image import IMAGE
from onecore.kinds.registry import KINDS
from onecore.kinds.template import TEMPLATE
from onecore.kinds.vm.kind import VM
from onecore.orchestration.lab_campaign import run
from onecore.orchestration.lab_work import WORKS
from onecore.orchestration.users import build
from onecore.pillar.labs import chosen, machines
from onecore.verbs.plans import VERBS
from onecore.verbs.verb import perform
from onesim.kinds.vm.states import Lcm
from tests.doubles.school import CONFIG
from tests.doubles.simulated import Simulated

PERMISSIONS = [1, 1, 0, 1, 0, 0, 1, 0, 0]


@pytest.fixture
def simulated():
    """A cloud with all that the lab needs."""
    simulated = Simulated()
    for user in (None, "alice"):
        reports = build(simulated.connect(), CONFIG, user, test=False).reports
        assert [report.error for report in reports if report.error] == []
    return simulated


@pytest.fixture
def work(simulated):
    """Do something with the lab; what became of each VM, and what is said of it."""

    def carry_out(name, test=False):
        outcome = run(simulated.connect(), [WORKS[name](each) for each in machines(chosen(CONFIG))], test)
        rows = outcome.rows()
        return {row["vm"]: row["outcome"] for row in rows}, {row["vm"]: row["comment"] for row in rows}

    return carry_out


def vms(simulated):
    """{name: state} of the VMs there are."""
    return {vm.name: VM.settled.name(VM.state(vm)) for vm in simulated.connect().pool(VM)}


BUILT = {"db": "created", "web": "created"}
RUNNING = {"db": "RUNNING", "web": "RUNNING"}


@pytest.mark.parametrize(("step", "state"), [("boot", "BOOT_FAILURE"), ("vm.prolog", "PROLOG_FAILURE")])
def test_a_vm_that_does_not_start(simulated, work, step, state):
    simulated.cloud.faults.add(f"{step} times=1 fail='no room'")
    outcomes, said = work("build")
    assert outcomes == {"db": "failed", "web": "skipped"}
    assert f"the VM is in state {state}" in said["db"] and "no room" in said["db"]
    assert vms(simulated) == {"db": state}
    for name in ("build", "reset"):
        assert f"in state {state}" in work(name)[1]["db"]
    (report,) = perform(simulated.connect(), VERBS["running"], [("db", "alice")], {})
    assert f"in state {state}" in report.error
    outcomes, said = work("rebuild")
    assert outcomes == {"db": "rebuilt", "web": "created"}
    assert f"Recreated, since it is in state {state}" in said["db"]
    assert vms(simulated) == RUNNING


def test_a_vm_that_does_not_end(simulated, work):
    assert work("build")[0] == BUILT
    simulated.cloud.faults.add("vm.epilog times=1 fail='no answer'")
    outcomes, said = work("destroy")
    assert sorted(outcomes.values()) == ["failed", "removed"]
    assert "the VM is in state EPILOG_FAILURE" in " ".join(said.values())
    assert list(vms(simulated).values()) == ["EPILOG_FAILURE"]
    assert sorted(work("destroy")[0].values()) == ["does not exist", "removed"]
    assert vms(simulated) == {}


@pytest.mark.parametrize("name", ["build", "reset", "rebuild", "stop", "destroy"])
def test_somebody_elses_vm_of_the_same_name(simulated, work, name):
    user = next(each for each in simulated.connect().pool(KINDS["oneuser"]) if each.name == "alice")
    whose = f'AS_UID="{user.id}"\nAS_GID="{user.gid}"'
    number = simulated.call("one.template.instantiate", 0, "web", False, whose, False)
    simulated.settle()
    outcomes, said = work(name)
    assert outcomes["web"] == "failed"
    assert f"VM {number} has that name and was not created by these states" in said["web"]
    assert vms(simulated)["web"] == "RUNNING"


@pytest.mark.parametrize("name", ["build", "reset", "rebuild", "stop"])
def test_vms_of_a_user_who_is_gone_are_left_to_nobody_of_that_name(simulated, work, name):
    assert work("build")[0] == BUILT
    before = {vm.name: vm.id for vm in simulated.connect().pool(VM)}
    gone = next(each for each in simulated.connect().pool(KINDS["oneuser"]) if each.name == "alice")
    simulated.call("one.user.delete", gone.id)
    simulated.call("one.user.allocate", "alice", "pw", "core", [])
    written = simulated.call("one.vmpool.infoextended", -2, -1, -1, -1)
    for test in (True, False):
        outcomes, said = work(name, test)
        first = "web" if name == "stop" else "db"
        assert outcomes[first] == "failed"
        assert f"VM {before[first]} belongs to user {gone.id}, who no longer exists" in said[first]
        assert simulated.call("one.vmpool.infoextended", -2, -1, -1, -1) == written
    assert set(work("destroy")[0].values()) == {"removed"}


@pytest.mark.parametrize("name", ["build", "reset", "rebuild", "stop"])
def test_a_vm_that_was_taken_over_is_none_of_the_lab(simulated, work, name):
    assert work("build")[0] == BUILT
    number = next(vm.id for vm in simulated.connect().pool(VM) if vm.name == "web")
    simulated.call("one.vm.update", number, 'SALT_MANAGED="eole/alice/onevm/web/adopted"', 1)
    outcomes, said = work(name)
    assert outcomes["web"] == "failed"
    assert "was not created by these states: it was taken over" in said["web"]


def test_a_dry_run_says_what_would_not_be_started(simulated, work):
    user = next(each for each in simulated.connect().pool(KINDS["oneuser"]) if each.name == "alice")
    simulated.call("one.template.instantiate", 0, "db", False, f'AS_UID="{user.id}"\nAS_GID="{user.gid}"', False)
    simulated.settle()
    for test in (True, False):
        outcomes, said = work("build", test)
        assert outcomes == {"db": "failed", "web": "skipped"}
        assert "not started, since db of alice failed" in said["web"].lower()


def test_a_snapshot_that_is_gone(simulated, work):
    work("build")
    simulated.call("one.vm.action", "poweroff-hard", 0)
    simulated.settle()
    simulated.call("one.vm.disksnapshotdelete", 0, 1, 0)
    simulated.settle()
    outcomes, said = work("reset")
    assert outcomes == {"db": "failed", "web": "skipped"}
    assert "disk 1 has no snapshot initial" in said["db"]
    assert work("build")[0]["db"] == "changed"
    assert work("reset")[0] == {"db": "reverted", "web": "reverted"}


def test_a_template_that_vanished(simulated, work):
    work("build")
    simulated.call("one.template.delete", 0, False)
    assert "template server of oneadmin does not exist" in work("rebuild")[1]["db"]
    assert vms(simulated) == RUNNING
    assert work("destroy")[0] == {"db": "removed", "web": "removed"}
    outcomes, said = work("build")
    assert outcomes == {"db": "failed", "web": "failed"}
    assert "template server of oneadmin does not exist" in said["db"]


def test_a_quota_that_ends_half_way(simulated, work):
    simulated.call("one.user.quota", 2, 'VM=[VMS="1"]')
    outcomes, said = work("build")
    assert outcomes == {"db": "created", "web": "failed"}
    assert "quota" in said["web"]
    assert vms(simulated) == {"db": "RUNNING"}
    simulated.call("one.user.quota", 2, 'VM=[VMS="2"]')
    assert work("build")[0] == {"db": "as declared", "web": "created"}


def test_an_image_in_use(simulated, work):
    work("build")
    said = remove(simulated.connect(), IMAGE, "debian", "oneadmin").error
    users = "VM 0 db of alice, VM 1 web of alice"
    assert f"image debian of oneadmin (ID 0) is in use by {users}. Terminate the VMs first." in said
    assert vms(simulated) == RUNNING
    work("destroy")
    assert remove(simulated.connect(), TEMPLATE, "server", "oneadmin").error == ""
    assert remove(simulated.connect(), IMAGE, "debian", "oneadmin").error == ""


def test_a_router_gives_up_a_vm_that_is_just_starting():
    """OpenNebula terminates no VM whose disks are being copied: that has to end first."""
    simulated = Simulated()
    template = {"cpu": 1, "memory": 64, "attributes": {"VROUTER": "YES"}}

    def router(number):
        values = {"template": "router", "nics": [], "vms": number, "wait": False}
        return Desired("onevrouter", "edge", None, values, "sls/oneadmin", disruption=True)

    reports = converge(simulated.connect(), KINDS, [Desired("onetemplate", "router", None, template), router(2)])
    assert [report.error for report in reports] == ["", ""]
    simulated.settle()
    started = simulated.cloud.get("VM", 1)
    started.enter(Lcm.PROLOG)
    cloud = simulated.connect()

    def pass_time(seconds):
        if started.lcm_state == Lcm.PROLOG:
            started.enter(Lcm.RUNNING)
        simulated.settle()

    cloud.sleep = pass_time
    (report,) = converge(cloud, KINDS, [router(1)])
    assert report.error == ""
    assert vms(simulated) == {"edge-0": "RUNNING"}
