"""Virtual network templates through Salt: the states, and the commands of ``onevntemplate``."""

import pytest

pytest_plugins = ["tests.functional.driver"]

PRIVATE = {"driver": "dummy", "bridge": "br0", "address_ranges": {"pool": {"ip": "10.0.0.10", "size": 9}}}


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def test_declared_changed_renamed_and_removed(one):
    made = one.converge("onevntemplate.present", name="first", owner="alice", permissions="644", **PRIVATE)
    assert "was created (ID" in made.comment
    more = {"pool": {"ip": "10.0.0.10", "size": 12}, "more": {"ip": "10.0.0.50", "size": 2}}
    one.converge("onevntemplate.present", name="first", owner="alice", address_ranges=more, security_groups=["default"])
    one.converge("onevntemplate.renamed", name="second", source="first", owner="alice")
    shown = one.show("onevntemplate", "second", owner="alice")["TEMPLATE"]
    assert [each["SIZE"] for each in shown["AR"]] == ["12", "2"]
    one.converge(
        "onevntemplate.present", name="second", owner="alice", address_ranges={}, bridge="", attributes={"X": 1}
    )
    one.converge("onevntemplate.present", name="second", owner="alice", attributes={"X": None}, security_groups=[])
    shown = one.show("onevntemplate", "second", owner="alice")["TEMPLATE"]
    assert shown.keys() - {"SALT_FORMERLY"} == {"VN_MAD", "SALT_MANAGED"}
    one.converge("onevntemplate.absent", name="second", owner="alice")
    one.settled("onevntemplate.absent", name="second", owner="alice")


def test_networks_are_made_from_it_for_a_user(one):
    one.converge("onevntemplate.present", name="private", permissions="644", security_groups=[], **PRIVATE)
    number = one.run("onevntemplate.instantiate", "private", "lan", as_user="alice", extra={"GATEWAY": "10.0.0.1"})
    made = one.wait("onevnet", 1, number)
    assert (made["UNAME"], made["GNAME"], made["NAME"]) == ("alice", "users", "lan")
    assert (made["AR_POOL"]["AR"]["IP"], made["TEMPLATE"]["GATEWAY"]) == ("10.0.0.10", "10.0.0.1")
    # It came with a copy of the template's mark, which says nothing of it.
    assert "was not created by these states" in one.refused(
        "onevnet.present", name="lan", owner="alice", dns="10.0.0.1"
    )
    one.converge("onevnet.present", name="lan", owner="alice", dns="10.0.0.1", adopt=True)
    assert "with as_user=" in one.refusal("onevntemplate.instantiate", "private", "x", extra={"AS_UID": 2})
    one.run("onevnet.delete", number)
    one.converge("onevntemplate.absent", name="private")


def test_a_network_is_declared_from_it(one):
    one.converge("onevntemplate.present", name="private", permissions="644", **PRIVATE)
    said = {"template": "private", "owner": "oneadmin"}
    made = one.converge("onevnet.present", name="lan", owner="alice", template=said, dns="10.0.0.1", group="users")
    assert "was created (ID" in made.comment
    shown = one.show("onevnet", "lan", owner="alice")
    assert (shown["AR_POOL"]["AR"]["IP"], shown["TEMPLATE"]["DNS"]) == ("10.0.0.10", "10.0.0.1")
    one.converge("onevnet.present", name="lan", owner="alice", template=said, dns="10.0.0.2")
    one.converge("onevnet.absent", name="lan", owner="alice")
    one.converge("onevntemplate.present", name="private", permissions="600")
    refused = one.state("onevnet.present", name="lan", owner="alice", template=said)
    assert "Not authorized to perform USE" in refused.comment
    one.converge("onevntemplate.absent", name="private")


def test_the_commands(one):
    number = one.run("onevntemplate.create", "t", {"VN_MAD": "dummy", "BRIDGE": "br0"})
    one.run("onevntemplate.update", "t", {"DNS": "10.0.0.1"})
    one.run("onevntemplate.chmod", "t", "644")
    copy = one.run("onevntemplate.clone", "t", "t2")
    one.run("onevntemplate.chown", copy, "alice", "users")
    one.run("onevntemplate.rename", copy, "t3")
    rows = {row["id"]: (row["name"], row["owner"]) for row in one.run("onevntemplate.list")}
    assert (rows[number], rows[copy]) == (("t", "oneadmin"), ("t3", "alice"))
    one.run("onevntemplate.lock", "t")
    assert "is locked" in one.refused("onevntemplate.present", name="t", adopt=True, dns="10.0.0.2")
    one.run("onevntemplate.unlock", "t")
    assert one.run("onevntemplate.delete", number) is one.run("onevntemplate.delete", copy) is True
