"""A disk of a VM is saved as an image and a template, which contain their origin."""

import pytest

pytest_plugins = ["tests.functional.driver"]

POWEROFF = "8"


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


@pytest.fixture
def machine(one):
    """Make a VM that is powered off, from a template of its own; returns its name."""

    def make(name, owner="alice"):
        if not any(row["name"] == "base" for row in one.run("oneimage.list")):
            base = {"datastore": "default", "type": "DATABLOCK", "size": 8, "permissions": "644"}
            one.converge("oneimage.present", name="base", **base)
            one.converge("oneimage.present", name="cd", **{**base, "type": "DATABLOCK"})
            one.run("oneimage.chtype", "cd", "CDROM")
        one.converge(
            "onetemplate.present",
            name=f"{name}-template",
            cpu=1,
            memory=64,
            permissions="644",
            disks=[
                {"image": "cd", "owner": "oneadmin"},
                {"image": "base", "owner": "oneadmin", "dev_prefix": "vd"},
            ],
            attributes={"OS": {"BOOT": "disk1,disk0", "ARCH": "x86_64"}, "SUPPORT": "team"},
        )
        made = one.state("onevm.present", name=name, owner=owner, template=f"{name}-template", memory=96)
        assert made.result, made.comment
        one.run("onevm.poweroff", name, owner=owner, hard=True)
        one.wait("onevm", POWEROFF, name, owner=owner)
        return name

    return make


@pytest.mark.parametrize("owner", ["alice", "oneadmin"])
def test_a_disk_becomes_an_image_and_a_template(one, machine, owner):
    vm = machine(f"build-{owner}", owner)
    wanted = {
        "name": vm,
        "owner": owner,
        "disk": 1,
        "image": "saved",
        "template": "saved",
        "version": "2.1",
        "build": "night-7",
        "labels": ["daily", "scribe"],
        "permissions": "640",
    }
    done = one.converge("onevm.saved", **wanted)
    assert done.changes == {"image": {"old": None, "new": "saved"}, "template": {"old": None, "new": "saved"}}
    image = one.show("oneimage", "saved", owner=owner)
    said = image["TEMPLATE"]
    assert (said["VERSION"], said["BUILD"], said["LABELS"]) == ("2.1", "night-7", "daily,scribe")
    assert said["PARENT"].startswith(f"{vm}-template ")
    template = one.show("onetemplate", "saved", owner=owner)["TEMPLATE"]
    assert template["DISK"] == {"IMAGE_ID": image["ID"], "DEV_PREFIX": "vd"}
    assert template["OS"] == {"ARCH": "x86_64"}
    assert (template["MEMORY"], template["SUPPORT"], template["VERSION"]) == ("96", "team", "2.1")
    assert one.show("onevm", vm, owner=owner)["STATE"] == POWEROFF
    for kind in ("oneimage", "onetemplate"):
        one.converge(f"{kind}.published", name=f"public-{owner}", build="saved", owner=owner)
    one.settled("onevm.saved", **wanted)
    one.converge("onevm.saved", **{**wanted, "version": "2.2"})


def test_a_running_vm_is_not_saved(one, machine):
    vm = machine("running")
    one.run("onevm.resume", vm, owner="alice")
    one.wait("onevm", "3", vm, owner="alice")
    assert "not powered off" in one.refused("onevm.saved", name=vm, owner="alice", image="x", disk=1)


def test_what_cannot_be_saved_is_refused(one, machine):
    vm = machine("refusing")
    refused = {"name": vm, "owner": "alice", "disk": 1}
    assert "must be given" in one.refused("onevm.saved", **refused)
    assert "did you mean 'image'" in one.refused("onevm.saved", imag="x", **refused)
    assert "does not exist" in one.refused("onevm.saved", name="nobody", image="x")
    assert "no disk 5" in one.refused("onevm.saved", **{**refused, "disk": 5}, image="x")
    one.converge("oneimage.present", name="taken", owner="alice", datastore="default", type="DATABLOCK", size=8)
    assert "exists and was not saved from" in one.refused("onevm.saved", image="taken", **refused)
    one.converge("onetemplate.present", name="taken", owner="alice", cpu=1, memory=64)
    assert "is of another image" in one.refused("onevm.saved", image="free", template="taken", **refused)
