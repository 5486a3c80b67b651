"""Images that are copies of others, through Salt."""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def base(one):
    """alice, and an image that everybody can use."""
    one.cloud.call("one.user.allocate", "alice", "pw", "core", [])
    size = {"datastore": "default", "type": "DATABLOCK", "size": 1}
    one.converge("oneimage.present", name="base", permissions="644", description="the base", **size)


def test_a_copy_is_made_changed_and_removed(one):
    said = {"image": "base", "owner": "oneadmin"}
    made = one.converge(
        "oneimage.present", name="mine", owner="alice", clone_from=said, persistent=True, description=""
    )
    assert "was created (ID" in made.comment
    shown = one.show("oneimage", "mine", owner="alice")
    assert (shown["SIZE"], shown["PERSISTENT"]) == ("1", "1")
    assert shown["TEMPLATE"]["SALT_MANAGED"] == "sls/alice/oneimage/mine"
    one.converge("oneimage.present", name="mine", owner="alice", clone_from=said, persistent=False)
    one.converge("oneimage.absent", name="mine", owner="alice")
    one.settled("oneimage.present", name="base", description="the base")


def test_one_that_an_interrupted_run_left_behind_is_finished(one):
    from onecore.basics.marks import transit_name

    number = one.run("oneimage.clone", "base", transit_name("oneadmin", "copy"))
    one.wait("oneimage", 1, number)
    one.converge("oneimage.present", name="copy", clone_from="base", attributes={"X": "1"})
    assert one.show("oneimage", "copy")["ID"] == str(number)
    one.converge("oneimage.absent", name="copy")


def test_what_cannot_be(one):
    assert "does not exist" in one.refused("oneimage.present", name="copy", clone_from="other")
    assert "leave it out" in one.refused("oneimage.present", name="copy", clone_from="base", size=2)


def test_an_image_with_snapshots_stays_what_it_is(one):
    size = {"datastore": "default", "type": "DATABLOCK", "size": 1}
    one.converge("oneimage.present", name="data", persistent=True, **size)
    one.converge("onetemplate.present", name="t", cpu=1, memory=64, disks=[{"image": "data"}])
    one.converge("onevm.present", name="v", template="t")
    number = int(one.show("onevm", "v")["ID"])
    one.run("onevm.disk_snapshot_create", number, 0, "first")
    one.wait_for(lambda: one.run("onevm.disk_snapshot_list", number, 0), lambda found: len(found) == 1)
    one.wait_for(lambda: one.show("onevm", number)["LCM_STATE"], lambda state: state == "3")
    one.converge("onevm.absent", name="v")
    one.wait("oneimage", 1, "data")
    assert "cannot change it for an image with snapshots" in one.refused(
        "oneimage.present", name="data", persistent=False
    )
    assert "cannot be of type CDROM" in one.refused("oneimage.present", name="data", type="CDROM")
    assert "cannot copy an image that has snapshots" in one.refused("oneimage.present", name="copy", clone_from="data")


def test_a_vm_with_an_image_of_its_own(one):
    """What OpenNebula's persistent instantiation makes, declared: the image is the owner's, and outlives the VM."""
    image = {"name": "own-disk-0", "owner": "alice", "clone_from": {"image": "base", "owner": "oneadmin"}}
    server = {"owner": "alice", "template": "server", "template_owner": "oneadmin"}
    one.converge("onetemplate.present", name="server", cpu=1, memory=64, permissions="644", disks=[{"image": "base"}])
    disks = [{"image": "own-disk-0"}]
    before = one.writes()
    assert one.state("onevm.present", name="own", **server, disks=disks).result is False
    assert one.writes() == before
    for name in ("own", "second"):
        one.converge("oneimage.present", **{**image, "name": f"{name}-disk-0"}, persistent=True)
        one.converge("onevm.present", name=name, **server, disks=[{"image": f"{name}-disk-0"}])
    disk = one.show("onevm", "own", owner="alice")["TEMPLATE"]["DISK"]
    assert (disk["IMAGE"], disk["PERSISTENT"]) == ("own-disk-0", "YES")
    said = one.refused("onevm.present", name="third", **server, disks=disks)
    assert "is persistent, and in use by VM" in said
    said = one.refused("onevm.rebuilt", name="own", owner="alice", strategy="recreate")
    assert "disk 0 is the persistent image own-disk-0: a recreated VM would have the same content" in said
    one.converge("onevm.absent", name="own", owner="alice")
    one.wait("oneimage", 1, "own-disk-0", owner="alice")
    one.converge("onevm.present", name="own", **server, disks=disks)
    for name in ("own", "second"):
        one.converge("onevm.absent", name=name, owner="alice")
        one.wait("oneimage", 1, f"{name}-disk-0", owner="alice")
        one.converge("oneimage.absent", name=f"{name}-disk-0", owner="alice")


def test_copies_by_opennebula_are_refused(one):
    said = one.refused("onevm.present", name="own", owner="alice", template="server", persistent=True)
    assert "create each image with oneimage.present with clone_from and persistent: true" in said
