"""VM groups through Salt: the states, the commands of ``onevmgroup``, and templates that name one."""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def test_declared_changed_renamed_and_removed(one):
    roles = {"a": {"policy": "ANTI_AFFINED", "host_affined": ["host01"]}, "b": {}, "c": {}}
    made = one.converge("onevmgroup.present", name="first", owner="alice", roles=roles, anti_affined=[["b", "c"]])
    assert "was created (ID" in made.comment
    one.converge("onevmgroup.renamed", name="web", source="first", owner="alice")
    other = {"a": {}, "c": {"host_anti_affined": ["host02"]}, "d": {"policy": "AFFINED"}}
    one.converge("onevmgroup.present", name="web", owner="alice", roles=other, affined=[["a", "d"]], anti_affined=[])
    one.converge("onevmgroup.present", name="web", owner="alice", description="servers", attributes={"TEAM": "web"})
    one.converge("onevmgroup.present", name="web", owner="alice", description="", attributes={"TEAM": None})
    one.converge("onevmgroup.present", name="web", owner="alice", roles={"a": {}}, affined=[])
    one.converge("onevmgroup.present", name="web", owner="alice", permissions="640", roles={})
    one.converge("onevmgroup.absent", name="web", owner="alice")
    one.settled("onevmgroup.absent", name="web", owner="alice")


def test_a_template_puts_vms_into_the_group_of_whoever_instantiates(one):
    roles = {"front": {"policy": "ANTI_AFFINED"}, "db": {}}
    one.converge("onevmgroup.present", name="web", owner="alice", roles=roles)
    place = {"group": "web", "role": "front"}
    one.converge("onetemplate.present", name="t", cpu=1, memory=64, permissions="644", vm_group=place)
    number = one.run("onetemplate.instantiate", "t", name="v", as_user="alice", hold=True)
    shown = {role["NAME"]: role for role in one.show("onevmgroup", "web", owner="alice")["ROLES"]["ROLE"]}
    assert shown["front"]["VMS"] == str(number)
    said = one.refused("onevmgroup.present", name="web", owner="alice", roles={"front": {}, "db": {}})
    assert f"VM {number} v of alice has the role" in said
    one.converge("onevmgroup.present", name="web", owner="alice", roles={**roles, "more": {}})
    assert f"is in use by VM {number} v of alice" in one.refused("onevmgroup.absent", name="web", owner="alice")
    one.converge("onetemplate.present", name="t", vm_group={})
    one.run("onevm.terminate", number, hard=True)
    one.wait_for(lambda: one.show("onevm", number)["STATE"], lambda state: state == "6")
    one.converge("onevmgroup.absent", name="web", owner="alice")


def test_the_commands(one):
    number = one.run("onevmgroup.create", "g", {"ROLE": [{"NAME": "a"}]})
    one.run("onevmgroup.role_add", "g", "b", {"POLICY": "AFFINED"})
    one.run("onevmgroup.role_update", "g", "b", {"NAME": "c", "POLICY": ""})
    one.run("onevmgroup.update", "g", {"AFFINED": "a,c"})
    assert "does not exist" in one.refusal("onevmgroup.role_delete", "x", "a")
    assert "has no role b" in one.refusal("onevmgroup.role_delete", "g", "b")
    assert "are not defined" in one.refusal("onevmgroup.role_delete", "g", "c")
    one.run("onevmgroup.update", "g", "AFFINED=[]")
    one.run("onevmgroup.role_delete", "g", 0)
    assert one.show("onevmgroup", number)["ROLES"]["ROLE"]["NAME"] == "c"
    one.run("onevmgroup.chmod", "g", "644")
    one.run("onevmgroup.chown", "g", "alice", "users")
    one.run("onevmgroup.rename", number, "h")
    assert [(row["name"], row["owner"]) for row in one.run("onevmgroup.list") if row["id"] == number] == [
        ("h", "alice")
    ]
    one.run("onevmgroup.lock", number)
    assert "is locked" in one.refused("onevmgroup.absent", name="h", owner="alice", unmanaged=True)
    one.run("onevmgroup.unlock", number)
    assert one.run("onevmgroup.delete", number) is True
