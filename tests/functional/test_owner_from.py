"""Objects that one user gives up to another."""

import pytest

pytest_plugins = ["tests.functional.driver"]

KINDS = {
    "onevnet": {"driver": "bridge", "bridge": "br0"},
    "onesecgroup": {},
    "onevmgroup": {},
    "onetemplate": {"cpu": 1, "memory": 64},
    "oneimage": {"datastore": "default", "type": "DATABLOCK", "size": 1},
    "onevm": {"template": "t", "template_owner": "oneadmin", "power": "hold"},
}


@pytest.fixture(scope="module", autouse=True)
def users(module_cloud):
    """alice and bob, and what their VMs are made from."""
    for name in ("alice", "bob"):
        module_cloud.call("one.user.allocate", name, "pw", "core", [])
    number = module_cloud.call("one.template.allocate", 'NAME="t" CPU=1 MEMORY=64')
    module_cloud.call("one.template.chmod", number, -1, -1, -1, -1, -1, -1, 1, -1, -1, False)


@pytest.mark.parametrize(("cli", "declared"), KINDS.items(), ids=KINDS)
def test_given_up(one, cli, declared):
    one.converge(f"{cli}.present", name="mine", owner="bob", **declared)
    number = one.show(cli, "mine", owner="bob")["ID"]
    one.converge(f"{cli}.present", name="mine", owner="alice", owner_from="bob", **declared)
    assert one.show(cli, "mine", owner="alice")["ID"] == number
    one.settled(f"{cli}.present", name="mine", owner="alice", **declared)
    one.settled(f"{cli}.absent", name="mine", owner="bob")
    one.converge(f"{cli}.absent", name="mine", owner="alice")


def test_what_somebody_made_by_hand_takes_leave(one):
    number = one.run("onesecgroup.create", "theirs", {})
    one.run("onesecgroup.chown", number, "bob")
    said = one.refused("onesecgroup.present", name="theirs", owner="alice", owner_from="bob")
    assert "was not created by these states" in said
    one.converge("onesecgroup.present", name="theirs", owner="alice", owner_from="bob", adopt=True)
    assert "was not created by these states" in one.refused("onesecgroup.absent", name="theirs", owner="alice")
