"""Rebuilding VMs: the choice of the strategy with its reason, and a new VM in place of another."""

import re

import pytest

from onecore.basics.errors import AllocateError
from onecore.basics.marks import REDEPLOY
from onecore.kinds.vm.kind import VM
from onecore.verbs.rebuild import REBUILT
from onecore.verbs.verb import perform
from tests.doubles.fake_cloud import described
from tests.doubles.fake_vms import FakeVms, cloud_of, vm, with_snapshots

USERS = [
    described("oneuser", 0, "oneadmin", GID=0, GNAME="oneadmin", GROUPS={"ID": [0]}),
    described("oneuser", 2, "alice", GID=1, GNAME="users", GROUPS={"ID": [1]}),
]
GROUPS = [described("onegroup", 1, "users")]
IMAGES = [described("oneimage", 7, "base", owner="alice"), described("oneimage", 8, "data", owner="alice")]
DISKS = [{"IMAGE": "base", "IMAGE_ID": 7}, {"IMAGE": "data", "IMAGE_ID": 8}]
RANGE = {"AR_ID": 0, "TYPE": "IP4", "IP": "10.0.0.1", "SIZE": 50}
NETWORK = described("onevnet", 9, "lan", owner="alice", STATE=1, AR_POOL={"AR": RANGE})
NIC = {"NIC_ID": 0, "NETWORK_ID": 9, "NETWORK": "lan", "IP": "10.0.0.7", "MAC": "02:00:0a:00:00:07"}


def template(number=3, name="web", **content):
    content = {"CPU": "1", "MEMORY": "64", "DISK": DISKS, **content}
    return described("onetemplate", number, name, owner="oneadmin", mode="644", TEMPLATE=content)


def machine(disks=None, attributes=None, **options):
    content = vm(USER_TEMPLATE={"SALT_MANAGED": "sls/alice", **(attributes or {})}, **options)
    content["TEMPLATE"] |= {
        "NIC": [NIC],
        "CONTEXT": {"ROLE": "gw", "ETH0_IP": "10.0.0.7", "DISK_ID": "2", "TOKEN": "x"},
    }
    if disks is not None:
        content["TEMPLATE"]["DISK"] = disks
    return content


def setup(content, templates=None, images=IMAGES):
    pools = {"oneuser": USERS, "onegroup": GROUPS, "onevnet": [NETWORK], "oneimage": images}
    fake = FakeVms(*([content] if content else []), onetemplate=templates or [template()], **pools)
    return fake, cloud_of(fake)


def rebuild(cloud, test=False, **given):
    (report,) = perform(cloud, REBUILT, [("web", "alice")], given, test)
    return report


@pytest.mark.parametrize(
    ("content", "templates", "images", "said"),
    [
        (with_snapshots(machine(), ["initial"]), None, IMAGES, "reverted, since template and images are the same"),
        (with_snapshots(machine(), ["initial"], disks=[0]), None, IMAGES, "recreated, since.*disk 1 has no snapshot"),
        (machine(STATE=3, LCM_STATE=36), None, IMAGES, "recreated, since it is in state BOOT_FAILURE"),
        (machine(attributes={"SALT_STAMP": "1"}), [template(SALT_STAMP="2")], IMAGES, "redeployed, since template has"),
        (
            with_snapshots(machine(), ["initial"]),
            [template(DISK=[{"IMAGE": "base", "IMAGE_UNAME": "alice"}])],
            [described("oneimage", 12, "base", owner="alice")],
            "redeployed, since disk 0 has a newer version",
        ),
        (
            machine(disks=[{"DISK_ID": 0, "IMAGE_ID": 7, "TYPE": "FILE"}]),
            None,
            IMAGES,
            "redeployed, since disk 1 has a newer version",
        ),
    ],
)
def test_auto_takes_the_fastest_way_and_tells_why(content, templates, images, said):
    fake, cloud = setup(content, templates, images)
    with cloud.rehearsal():
        dry = rebuild(cloud, test=True)
    assert not fake.writes
    real = rebuild(cloud)
    assert (real.error, real.note) == ("", dry.note)

    assert re.search(said, real.note)
    assert real.changes(False) == dry.changes(True) != {}
    assert fake._power(real.id) == "running"


def test_a_persistent_disk_without_snapshot_cannot_be_brought_back():
    content = machine()
    content["TEMPLATE"]["DISK"][1]["PERSISTENT"] = "YES"
    fake, cloud = setup(content)
    assert rebuild(cloud).error == (
        "disk 1 is the persistent image image1: only a snapshot could bring its content back"
    )
    assert not fake.writes


@pytest.mark.parametrize("strategy", ["recreate", "redeploy"])
def test_a_persistent_disk_keeps_its_content_and_that_is_told(strategy):
    content = machine()
    content["TEMPLATE"]["DISK"][1]["PERSISTENT"] = "YES"
    fake, cloud = setup(content)
    dry = rebuild(cloud, test=True, strategy=strategy)
    assert (fake.writes, dry.error) == ([], "")
    assert dry.note == f"strategy: {strategy}; disk 1 is the persistent image image1, and keeps its content"
    assert rebuild(cloud, strategy=strategy).note == dry.note


@pytest.mark.parametrize("test", [True, False])
def test_nothing_is_made_anew_where_all_content_would_stay(test):
    content = machine()
    for disk in content["TEMPLATE"]["DISK"]:
        disk["PERSISTENT"] = "YES"
    fake, cloud = setup(content)
    assert rebuild(cloud, test, strategy="recreate").error == (
        "disk 0 is the persistent image image0: a recreated VM would have the same content; only a snapshot could "
        "bring other content back"
    )
    assert not fake.writes


def test_a_broken_vm_is_made_anew_though_all_content_stays():
    content = machine(STATE=3, LCM_STATE=36)
    for disk in content["TEMPLATE"]["DISK"]:
        disk["PERSISTENT"] = "YES"
    fake, cloud = setup(content)
    assert rebuild(cloud, strategy="recreate").error == ""
    assert fake._power(0) == "running"


def test_a_template_that_is_gone_must_be_named():
    fake, cloud = setup(machine(), [template(5, "web")])
    assert "(ID 3) no longer exists" in rebuild(cloud).error
    assert not fake.writes
    assert rebuild(cloud, template="web", template_owner="oneadmin").error == ""


def test_an_image_that_is_gone_is_told_before_anything_is_done():
    fake, cloud = setup(machine(), [template(DISK=[{"IMAGE": "gone"}])])
    assert rebuild(cloud).error == "template web needs image gone, which does not exist"
    assert not fake.writes


def test_a_new_vm_takes_name_owner_and_addresses():
    content = machine(attributes={"NOTE": "mine", "VERSION": "1", "ERROR": "old"})
    fake, cloud = setup(content, [template(VERSION="2", CONTEXT={"TOKEN": "y"})])
    report = rebuild(cloud, strategy="redeploy")
    assert (report.error, report.id) == ("", 1)
    new = fake.vm(1)
    assert new["NAME"] == "web"
    assert new["TEMPLATE"]["NIC"] == [{"NIC_ID": 0, "NETWORK_ID": "9", "IP": "10.0.0.7"}]
    assert new["TEMPLATE"]["CONTEXT"] == {"TOKEN": "y", "ROLE": "gw"}
    made = {"SALT_MANAGED": new["USER_TEMPLATE"]["SALT_MANAGED"], "SALT_RELEASE": "YES"}
    assert new["USER_TEMPLATE"] == {"NOTE": "mine", **made}
    assert [method for method, *_ in fake.writes][:3] == [
        "one.vm.update",
        "one.vm.action",
        "one.template.instantiate",
    ]


def test_a_run_that_was_cut_short_is_completed():
    fake, cloud = setup(machine())
    plan = REBUILT.plan(cloud, cloud.pool(VM).by_id[0], {"strategy": "redeploy"})
    procedure = plan.carry_out(lambda change: None)
    next(procedure)
    procedure.close()
    fake._end(0)
    cloud = cloud_of(fake)
    report = rebuild(cloud)
    assert (report.error, report.id) == ("", 1)
    assert "An interrupted run" in report.note
    assert fake.vm(1)["TEMPLATE"]["NIC"][0]["IP"] == "10.0.0.7"
    assert REDEPLOY not in fake.vm(1)["USER_TEMPLATE"]


def test_a_successor_that_cannot_be_made_is_made_by_the_next_run():
    fake, cloud = setup(machine())
    instantiate = fake.answers["one.template.instantiate"]
    fake.answers["one.template.instantiate"] = AllocateError("quota of VMs exceeded")
    report = rebuild(cloud, strategy="redeploy")
    assert report.error == (
        "VM 0 no longer exists, and its successor could not be created: quota of VMs exceeded; correct that and run "
        "again"
    )
    assert report.changes(False) == {}
    fake.answers["one.template.instantiate"] = instantiate
    assert rebuild(cloud_of(fake)).error == ""


def test_a_vm_that_was_removed_on_purpose_stays_away():
    fake, _ = setup(machine())
    fake._end(0)
    assert rebuild(cloud_of(fake)).error == "VM web of alice does not exist."
    assert not fake.writes


def test_a_foreign_network_is_refused_while_the_old_vm_is_there():
    foreign = template(NIC_ALIAS=[{"NETWORK": "lan", "NETWORK_UNAME": "bob", "PARENT": "NIC0"}])
    fake, cloud = setup(machine(), [foreign])
    assert rebuild(cloud, strategy="redeploy").error
    assert not fake.writes
