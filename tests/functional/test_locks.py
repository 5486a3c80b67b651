"""Declared locks, which apply to everybody except the declaration itself."""

import pytest

pytest_plugins = ["tests.functional.driver"]

KINDS = {
    "onevnet": ({"driver": "dummy", "bridge": "br0"}, {"dns": "10.0.0.1"}),
    "onevntemplate": ({"driver": "bridge"}, {"dns": "10.0.0.1"}),
    "onevmgroup": ({}, {"roles": {"a": {}}}),
    "onetemplate": ({"cpu": 1, "memory": 64}, {"memory": 128}),
    "oneimage": ({"datastore": "default", "type": "DATABLOCK", "size": 1}, {"description": "x"}),
    "onevm": ({"template": "t", "template_owner": "oneadmin", "power": "hold"}, {"attributes": {"X": "1"}}),
}


@pytest.fixture(scope="module", autouse=True)
def what_vms_are_made_of(module_cloud):
    module_cloud.call("one.user.allocate", "alice", "pw", "core", [])
    number = module_cloud.call("one.template.allocate", 'NAME="t" CPU=1 MEMORY=64')
    module_cloud.call("one.template.chmod", number, -1, -1, -1, -1, -1, -1, 1, -1, -1, False)


@pytest.mark.parametrize(("cli", "declared", "changed"), [(cli, *each) for cli, each in KINDS.items()], ids=KINDS)
def test_a_declared_lock(one, cli, declared, changed):
    key = {"name": "locked", "owner": "alice"}
    one.converge(f"{cli}.present", **key, locked="USE", **declared)
    assert "is locked" in one.refused(f"{cli}.present", **key, **changed)
    one.converge(f"{cli}.present", **key, **changed, locked="USE")
    assert one.show(cli, "locked", owner="alice")["LOCK"]["LOCKED"] == "1"
    assert "is locked" in one.refused(f"{cli}.absent", **key)
    one.converge(f"{cli}.present", **key, locked="MANAGE")
    one.converge(f"{cli}.present", **key, locked="NONE")
    one.converge(f"{cli}.absent", **key)
