"""Datastores through Salt: the states, and the commands of ``onedatastore``."""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    """alice."""
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def test_declared_renamed_and_removed(one):
    san = {"ds_mad": "fs", "tm_mad": "fs_lvm_ssh", "disk_type": "BLOCK", "limit": "2T", "clusters": ["default"]}
    made = one.converge("onedatastore.present", name="lun", owner="alice", permissions="644", **san)
    assert "was created (ID" in made.comment
    one.converge("onedatastore.renamed", name="san", source="lun")
    one.settled("onedatastore.present", name="san", **san)
    one.converge("onedatastore.present", name="san", owner="oneadmin", limit="")
    # It is whose it is by its name alone, so that it may be given away and taken back.
    one.converge("onedatastore.absent", name="san")
    one.settled("onedatastore.absent", name="san")


def test_one_with_images_stays(one):
    one.state("onedatastore.present", name="used", ds_mad="dummy", tm_mad="dummy")
    one.state("oneimage.present", name="disk", datastore="used", type="DATABLOCK", size="1G")
    assert "still has 1 image" in one.refused("onedatastore.absent", name="used")


def test_what_its_driver_lacks_is_told_before_anything_is_made(one):
    said = one.refused("onedatastore.present", name="rbd", ds_mad="ceph", tm_mad="ceph", disk_type="RBD")
    assert "The driver ceph needs bridge_list, pool_name, ceph_host, ceph_user, ceph_secret" in said


def test_the_commands(one):
    one.state("onecluster.present", name="blades")
    number = one.run("onedatastore.create", "hand", {"TYPE": "SYSTEM_DS", "TM_MAD": "ssh"}, "blades")
    assert one.show("onedatastore", "hand")["CLUSTERS"]["ID"] == one.show("onecluster", "blades")["ID"]
    states = {}
    for verb in ("disable", "enable"):
        assert one.run(f"onedatastore.{verb}", "hand") is True
        states[verb] = next(row["state"] for row in one.run("onedatastore.list") if row["id"] == number)
    assert states == {"disable": "DISABLED", "enable": "READY"}
    one.run("onedatastore.update", "hand", {"LIMIT_MB": 1000})
    one.run("onedatastore.chmod", "hand", "644")
    one.run("onedatastore.chown", "hand", "alice", "users")
    one.run("onedatastore.chgrp", "hand", "oneadmin")
    one.run("onedatastore.rename", "hand", "made")
    shown = one.show("onedatastore", "made")
    assert (shown["UNAME"], shown["GNAME"], shown["TEMPLATE"]["LIMIT_MB"]) == ("alice", "oneadmin", "1000")
    assert one.run("onedatastore.delete", number) is True
