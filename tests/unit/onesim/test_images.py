"""Images and VM templates of onesim: their states, what is refused, copies of both."""

import pytest

from .cloud import PASSWORD, refusal

READY, USED, DISABLED, LOCKED, ERROR, CLONE = 1, 2, 3, 4, 5, 6


def image(sim, path, oid=0):
    return sim.texts(path, "one.image.info", oid)[0]


def template(sim, path, oid=0):
    return sim.texts(f"TEMPLATE/{path}", "one.template.info", oid)


# --- images


def test_an_image_is_ready_only_later(sim):
    oid = sim.call("one.image.allocate", "NAME=new TYPE=OS PATH=/etc/hostname SIZE=8", 1)
    assert sim.image_state(oid) == LOCKED
    sim.settle()
    assert sim.image_state(oid) == READY


@pytest.mark.parametrize("verb", ["delete", "revert", "flatten"])
def test_no_image_has_a_number_below_zero(sim, verb):
    sim.call("one.user.allocate", "bob", PASSWORD, "core", [])
    assert refusal(sim, f"one.image.snapshot{verb}", -1, 0) == "Image does not exist"
    assert "Not authorized" in refusal(sim, f"one.image.snapshot{verb}", -1, 0, user="bob")


def test_an_image_that_the_datastore_does_not_make(sim):
    sim.fault('image fail="disk is full" times=1')
    oid = sim.disk_image("NAME=new TYPE=OS")
    assert sim.image_state(oid) == ERROR and "disk is full" in image(sim, "TEMPLATE/ERROR", oid)
    sim.call("one.image.enable", oid, True)
    assert sim.image_state(oid) == READY


@pytest.mark.parametrize(
    ("text", "datastore", "message"),
    [
        ("NAME=base TYPE=OS PATH=/a SIZE=1", 1, "Error allocating a new image. NAME is already taken by IMAGE 0."),
        ("NAME=x TYPE=KERNEL PATH=/a", 1, "IMAGES of type KERNEL, RAMDISK and CONTEXT cannot be registered"),
        ("NAME=x TYPE=OS PATH=/a", 2, "Only IMAGES of type KERNEL, RAMDISK and CONTEXT can be registered"),
        ("NAME=x TYPE=OS PATH=/a", 0, "New images can only be allocated in a files or image datastore."),
        ("NAME=x TYPE=NONE PATH=/a", 1, "Unknown type"),
        ("NAME=x TYPE=OS", 1, "Cannot parse image SIZE"),
    ],
)
def test_templates_that_make_no_image(sim, text, datastore, message):
    assert message in refusal(sim, "one.image.allocate", text, datastore)


def test_an_image_in_use_is_not_touched(sim):
    sim.vm()
    assert sim.image_state() == USED
    assert refusal(sim, "one.image.delete", 0) == "Cannot delete image. There are 1 VMs using it."
    assert "Image cannot be in state USED." in refusal(sim, "one.image.enable", 0, False)
    assert "Image cannot be in state USED." in refusal(sim, "one.image.persistent", 0, True)


def test_a_disabled_image_makes_no_vm(sim):
    sim.call("one.image.enable", 0, False)
    message = "DISK 0: Cannot acquire image 0, it is in state: DISABLED"
    assert refusal(sim, "one.vm.allocate", "CPU=1 MEMORY=64 DISK=[IMAGE_ID=0]") == message


@pytest.mark.parametrize(("persistent", "meanwhile"), [(False, USED), (True, CLONE)])
def test_a_copy_keeps_the_original_busy_for_a_while(sim, persistent, meanwhile):
    sim.call("one.image.persistent", 0, persistent)
    copy = sim.call("one.image.clone", 0, "copy", -1)
    assert (sim.image_state(), sim.image_state(copy)) == (meanwhile, LOCKED)
    assert "Cannot delete image. There are " in refusal(sim, "one.image.delete", 0)
    sim.settle()
    assert (sim.image_state(), sim.image_state(copy)) == (READY, READY)


def test_a_deleted_image_frees_its_name_and_quota(sim):
    oid = sim.user("alice", 1)
    sim.call("one.user.quota", oid, "DATASTORE=[ID=1,IMAGES=1,SIZE=-2]")
    sim.call("one.datastore.chmod", 1, -1, -1, -1, -1, -1, -1, 1, -1, -1)
    first = sim.disk_image("NAME=mine TYPE=OS", user="alice")
    over = refusal(sim, "one.image.allocate", "NAME=more TYPE=OS PATH=/a SIZE=1", 1, user="alice")
    assert "limit of 1 reached for IMAGES quota in DATASTORE with ID: 1" in over
    sim.call("one.image.delete", first, user="alice")
    sim.settle()
    assert sim.disk_image("NAME=mine TYPE=OS", user="alice") == first + 1


def test_type_and_persistence_change(sim):
    sim.call("one.image.persistent", 0, True)
    sim.call("one.image.chtype", 0, "DATABLOCK")
    assert (image(sim, "PERSISTENT"), image(sim, "TYPE")) == ("1", "2")


# --- templates


def test_updates_replace_or_merge(sim):
    sim.call("one.template.allocate", "NAME=t CPU=1 MEMORY=64 NIC=[NETWORK=a] NIC=[NETWORK=b]")
    sim.call("one.template.update", 0, "CPU=2 NIC=[NETWORK=c]", 1)
    assert template(sim, "CPU") == ["2"] and template(sim, "NIC/NETWORK") == ["c"] and template(sim, "MEMORY") == ["64"]
    sim.call("one.template.update", 0, "CPU=3", 0)
    assert template(sim, "CPU") == ["3"] and template(sim, "MEMORY") == []


def test_a_copy_with_images_of_its_own(sim):
    sim.call("one.template.allocate", "NAME=t CPU=1 MEMORY=64 DISK=[IMAGE_ID=0]")
    copy = sim.call("one.template.clone", 0, "copy", True)
    sim.settle()
    found = int(template(sim, "DISK/IMAGE_ID", copy)[0])
    assert image(sim, "NAME", found) == "copy-disk-0" and sim.image_state(found) == READY
    sim.call("one.template.delete", copy, True)
    sim.settle()
    assert sim.cloud.find("IMAGE", found) is None


def test_a_copy_that_fails(sim):
    """The daemon takes the template away again, but not the copies of images, which are not ready yet."""
    sim.call("one.template.allocate", "NAME=t CPU=1 MEMORY=64 DISK=[IMAGE_ID=0] DISK=[IMAGE_ID=9]")
    assert "Failed to clone images" in refusal(sim, "one.template.clone", 0, "copy", True)
    sim.settle()
    assert [thing.name for kind in ("TEMPLATE", "IMAGE") for thing in sim.cloud.pool(kind)] == [
        "t",
        "copy-disk-0",
        "base",
    ]


def test_rights_on_a_template_reach_its_images_if_asked(sim):
    sim.call("one.template.allocate", "NAME=t CPU=1 MEMORY=64 DISK=[IMAGE_ID=0]")
    sim.call("one.template.chmod", 0, -1, -1, -1, -1, -1, -1, 1, -1, -1, True)
    assert image(sim, "PERMISSIONS/OTHER_U") == "1"


def test_the_template_as_it_would_be_instantiated(sim):
    sim.call("one.template.allocate", f"NAME=t CPU=1 MEMORY=64 DISK=[IMAGE_ID=0] NIC=[NETWORK_ID={sim.net}]")
    extended = sim.xml("one.template.info", 0, True)
    assert (
        extended.findtext("TEMPLATE/DISK/SIZE") == image(sim, "SIZE")
        and extended.findtext("TEMPLATE/DISK/DATASTORE_ID") == "1"
    )


def test_a_caller_adds_to_a_template_only_with_the_right_to_make_some(sim):
    sim.call("one.template.allocate", "NAME=t CPU=1 MEMORY=64")
    sim.call("one.template.chmod", 0, -1, -1, -1, -1, -1, -1, 1, -1, -1, False)
    sim.user("alice", 1)
    vm = sim.call("one.template.instantiate", 0, "a", True, "ROLE=web", False, user="alice")
    assert sim.text(vm, "USER_TEMPLATE/ROLE") == "web" and sim.text(vm, "UNAME") == "alice"
    assert "restricted attribute" in refusal(
        sim, "one.template.instantiate", 0, "b", True, "NIC=[NETWORK_ID=0,MAC=02:00:00:00:00:01]", False, user="alice"
    )
