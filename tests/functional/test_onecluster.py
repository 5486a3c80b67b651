"""Clusters through Salt: the states, and the commands of ``onecluster``."""

import pytest

pytest_plugins = ["tests.functional.driver"]

LAN = {"driver": "dummy", "bridge": "br0"}


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    """alice."""
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def members(one, name):
    """The numbers of a cluster's hosts, datastores and networks."""
    shown = one.show("onecluster", name)
    return {part: (shown[part] or {}).get("ID") for part in ("HOSTS", "DATASTORES", "VNETS")}


def test_declared_renamed_and_removed(one):
    one.state("onevnet.present", name="lan", owner="alice", **LAN)
    made = one.converge(
        "onecluster.present",
        name="racks",
        hosts=["host01"],
        datastores=["default"],
        networks=[{"network": "lan", "owner": "alice"}],
        reserved_cpu="-100%",
    )
    assert "was created (ID" in made.comment
    assert members(one, "racks") == {"HOSTS": "0", "DATASTORES": "1", "VNETS": "0"}
    one.converge("onecluster.renamed", name="blades", source="racks")
    assert one.show("onecluster", "blades")["TEMPLATE"]["SALT_MANAGED"] == "sls/oneadmin/onecluster/blades"
    assert "still has 1 host, 1 datastore, 1 virtual network" in one.refused("onecluster.absent", name="blades")
    one.converge("onecluster.present", name="blades", hosts=[], datastores=[], networks=[], reserved_cpu="")
    one.converge("onecluster.absent", name="blades")
    one.settled("onecluster.absent", name="blades")


def test_the_default_cluster_stays(one):
    assert "was not created by these states" in one.refused("onecluster.absent", name="default")
    assert "cannot be removed" in one.refused("onecluster.absent", name="default", unmanaged=True)


def test_a_host_that_two_clusters_exchange_ends_where_it_is_declared(one):
    one.state("onecluster.present", name="a", hosts=["host01", "host02"])
    one.state("onecluster.present", name="b", hosts=[])
    for _ in range(2):
        one.state("onecluster.present", name="b", hosts=["host02"])
        one.state("onecluster.present", name="a", hosts=["host01"])
    one.settled("onecluster.present", name="a", hosts=["host01"])
    one.settled("onecluster.present", name="b", hosts=["host02"])


def test_the_commands(one):
    number = one.run("onecluster.create", "hand")
    assert one.run("onecluster.rename", "hand", "made") is True
    one.run("onecluster.update", "made", {"RESERVED_MEM": "10%"})
    one.state("onevnet.present", name="dmz", owner="alice", **LAN)
    for verb, part in (("addhost", "host03"), ("adddatastore", "system"), ("addvnet", "dmz")):
        assert one.run(f"onecluster.{verb}", "made", part) is True
    assert members(one, "made")["HOSTS"] == "2"
    assert "is in cluster made" in one.refusal("onecluster.delhost", "default", "host03")
    for verb, part in (("delhost", "host03"), ("deldatastore", "system"), ("delvnet", "dmz")):
        assert one.run(f"onecluster.{verb}", number, part) is True
    assert set(members(one, "made").values()) == {None}
    assert one.run("onecluster.delete", "made") is True
    for verb in ("optimize", "planexecute", "plandelete"):
        assert f"cluster.{verb}" in one.refusal(f"onecluster.{verb}", "default")
