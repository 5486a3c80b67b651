"""Hosts through Salt: the states, and the commands of ``onehost``."""

pytest_plugins = ["tests.functional.driver"]

DUMMY = {"im_mad": "dummy", "vm_mad": "dummy"}


def listed(one, name):
    """A host's row in the list of all."""
    return next(row for row in one.run("onehost.list") if row["name"] == name)


def test_declared_renamed_and_removed(one):
    one.state("onecluster.present", name="blades")
    made = one.converge("onehost.present", name="n1", cluster="blades", status="disabled", reserved_cpu="-50%", **DUMMY)
    assert "was created (ID" in made.comment
    assert one.show("onehost", "n1")["CLUSTER"] == "blades"
    assert listed(one, "n1")["state"] == "DISABLED"
    one.converge("onehost.renamed", name="node1", source="n1")
    one.converge("onehost.present", name="node1", cluster="default", status="enabled", reserved_cpu="")
    one.wait("onehost", 2, "node1")
    one.settled("onehost.present", name="node1", cluster="default", status="enabled", **DUMMY)
    one.converge("onehost.absent", name="node1")
    one.settled("onehost.absent", name="node1")


def test_taken_out_of_service_and_back(one):
    one.state("onehost.present", name="out", **DUMMY)
    one.wait("onehost", 2, "out")
    for state in ("disabled", "offline", "enabled"):
        one.converge(f"onehost.{state}", name="out")
        one.settled("onehost.present", name="out", status=state)
    assert "was not created by these states" in one.refused("onehost.disabled", name="host01")
    one.converge("onehost.disabled", name="host01", adopt=True)
    one.converge("onehost.enabled", name="host01")
    assert "im_mad and vm_mad must be given" in one.refused("onehost.offline", name="nowhere")


def test_one_with_vms_stays(one):
    one.state("onehost.present", name="busy", **DUMMY)
    one.state("onetemplate.present", name="t", cpu=1, memory=64)
    number = one.run("onetemplate.instantiate", "t", "v", hold=True)
    one.wait("onehost", 2, "busy")
    one.run("onevm.deploy", number, "busy")
    one.wait("onevm", 3, number)
    said = one.refused("onehost.absent", name="busy")
    assert f"still has 1 VM (VM {number} v of oneadmin)" in said


def test_the_commands(one):
    number = one.run("onehost.create", "hand", "dummy", "dummy", cluster="default")
    one.wait("onehost", 2, "hand")
    for verb, state in (("disable", "DISABLED"), ("offline", "OFFLINE"), ("enable", "INIT")):
        assert one.run(f"onehost.{verb}", "hand") is True
        assert listed(one, "hand")["state"] in (state, "MONITORED")
    one.run("onehost.update", "hand", {"NOTE": "x"})
    one.run("onehost.rename", number, "by-hand")
    assert one.show("onehost", "by-hand")["TEMPLATE"]["NOTE"] == "x"
    assert one.run("onehost.monitoring", "by-hand") in ("", None)
    assert one.run("onehost.flush", "by-hand") == []
    assert listed(one, "by-hand")["state"] == "DISABLED"
    assert one.run("onehost.delete", "by-hand") is True
