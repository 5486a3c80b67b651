"""Default quotas, limits of objects of any owner and of clusters, and tokens one by one, through Salt."""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def there(module_cloud):
    """alice, and two more clusters."""
    module_cloud.call("one.user.allocate", "alice", "pw", "core", [])
    for name in ("north", "south"):
        module_cloud.call("one.cluster.allocate", name)


@pytest.mark.parametrize("cli", ["oneuser", "onegroup"])
def test_the_default_quota(one, cli):
    limits = {"vms": 5, "cpu": 3, "datastores": {"default": {"size": "1G"}}}
    one.converge(f"{cli}.default_quota", name="defaults", quota=limits)
    one.converge(f"{cli}.default_quota", name="defaults", quota={"vms": 6})
    told = one.run(f"{cli}.defaultquota")
    assert (told["VM_QUOTA"]["VM"]["VMS"], told["VM_QUOTA"]["VM"]["CPU"]) == ("6", "3")
    taken = {"vms": None, "cpu": -2, "datastores": {"default": None}}
    one.converge(f"{cli}.default_quota", name="defaults", quota=taken)
    assert "has no default for clusters" in one.refused(
        f"{cli}.default_quota", name="defaults", quota={"clusters": {"north": {"vms": 1}}}
    )
    assert "-1 is the default" in one.refused(f"{cli}.default_quota", name="defaults", quota={"vms": -1})
    assert "unknown limit, did you mean 'vms'" in one.refused(f"{cli}.default_quota", name="x", quota={"vsm": 1})
    assert one.run(f"{cli}.defaultquota", {"vms": 9}) is True
    assert one.run(f"{cli}.defaultquota", "VM=[VMS=-2]") is True
    one.settled(f"{cli}.default_quota", name="defaults", quota={"vms": None})


def test_a_network_of_another_owner(one):
    one.converge("onevnet.present", name="lan", owner="alice", driver="dummy", bridge="br0")
    said = {"networks": {"alice": {"network": "lan", "owner": "alice", "leases": 3}}}
    one.converge("oneuser.present", name="bob", password="pw", quota=said)
    assert (
        one.show("oneuser", "bob")["NETWORK_QUOTA"]["NETWORK"]["ID"] == one.show("onevnet", "lan", owner="alice")["ID"]
    )
    one.converge(
        "oneuser.present", name="bob", quota={"networks": {"alice": {**said["networks"]["alice"], "leases": -1}}}
    )
    missing = {"networks": {"x": {"network": "lan", "owner": "bob", "leases": 3}}}
    assert "virtual network lan of bob does not exist" in one.refused("oneuser.present", name="bob", quota=missing)


def test_clusters(one, module_cloud):
    said = {"vms": 9, "clusters": {"north": {"vms": 2}, "both": {"clusters": ["default", "south"], "memory": "1G"}}}
    if module_cloud.call("one.system.version").startswith("6."):
        assert "to the whole cloud" in one.refused("oneuser.present", name="carol", password="pw", quota=said)
        return
    one.converge("oneuser.present", name="carol", password="pw", quota=said)
    more = {"clusters": {"north": {"vms": 2, "cpu": 4}, "both": {"clusters": ["south", "default"], "memory": None}}}
    one.converge("oneuser.present", name="carol", quota=more)
    one.settled("oneuser.present", name="carol", quota={"vms": 9, "clusters": {"north": {"vms": 2, "cpu": 4}}})
    one.converge("oneuser.present", name="carol", quota={"clusters": {"north": None}})


def test_tokens_one_by_one(one):
    one.state("oneuser.present", name="dave", password="pw")
    first, second = (one.run("oneuser.token_create", "dave", seconds=600) for _ in range(2))
    told = one.run("oneuser.token_list", "dave")
    assert sorted(each["token"] for each in told) == sorted([first[:8], second[:8]])
    assert {each["group"] for each in told} == {"users"} and all(each["expires"] > 0 for each in told)
    assert "has no token" in one.refusal("oneuser.token_delete", "dave", "zz")
    assert one.run("oneuser.token_delete", "dave", first[:8]) is True
    assert [each["token"] for each in one.run("oneuser.token_list", "dave")] == [second[:8]]
    assert one.run("oneuser.token_delete_all", "dave") is True
    assert one.run("oneuser.token_list", "dave") == []


def test_the_pillar_has_the_default_quota(drive, connection, module_cloud):
    shared = {"default_quota": {"users": {"vms": 7}, "groups": {"vms": 70}}}
    one = drive({"connection": connection(module_cloud), "shared": shared}, module_cloud)
    dry = one.state("opennebula.shared", test=True, name="everybody")
    assert (dry.result, dry.changes) == (None, {"changed": 2})
    real = one.state("opennebula.shared", name="everybody")
    assert (real.result, real.changes) == (True, {"changed": 2}), real.comment
    one.settled("opennebula.shared", name="everybody")
    assert one.run("onegroup.defaultquota")["VM_QUOTA"]["VM"]["VMS"] == "70"
    assert one.run("opennebula.plan") == {}
