"""Security groups through Salt: the states, and the commands of ``onesecgroup``."""

import pytest

pytest_plugins = ["tests.functional.driver"]

HTTP = {"protocol": "TCP", "direction": "inbound", "ports": [80, 443]}
LAN = {"driver": "dummy", "bridge": "br0", "address_ranges": [{"ip": "10.0.0.1", "size": 9}]}


@pytest.fixture(scope="module", autouse=True)
def users(module_cloud):
    """alice and bob."""
    return [module_cloud.call("one.user.allocate", name, "pw", "core", []) for name in ("alice", "bob")]


def test_declared_renamed_and_removed(one):
    made = one.converge("onesecgroup.present", name="www", owner="alice", rules={"http": HTTP}, description="servers")
    assert "was created (ID" in made.comment
    one.converge("onesecgroup.renamed", name="web", source="www", owner="alice")
    one.settled("onesecgroup.present", name="web", owner="alice", rules=[HTTP])
    shown = one.show("onesecgroup", "web", owner="alice")
    assert shown["TEMPLATE"]["RULE"] == {"PROTOCOL": "TCP", "RULE_TYPE": "inbound", "RANGE": "80,443"}
    assert shown["TEMPLATE"]["SALT_MANAGED"] == "sls/alice/onesecgroup/web"
    one.converge("onesecgroup.absent", name="web", owner="alice")
    one.settled("onesecgroup.absent", name="web", owner="alice")


def test_one_that_a_network_names_stays(one):
    one.converge("onesecgroup.present", name="lan", owner="alice", rules=[])
    one.converge("onevnet.present", name="lan", owner="alice", security_groups=["lan", "default"], **LAN)
    assert "is in use by virtual network lan of alice" in one.refused("onesecgroup.absent", name="lan", owner="alice")


def test_the_commands(one):
    rule = {"PROTOCOL": "TCP", "RULE_TYPE": "inbound", "RANGE": "22"}
    number = one.run("onesecgroup.create", "ssh", {"RULE": [rule]})
    one.run("onesecgroup.update", "ssh", {"DESCRIPTION": "shells"})
    one.run("onesecgroup.chmod", "ssh", "644")
    copy = one.run("onesecgroup.clone", "ssh", "ssh2")
    one.run("onesecgroup.chown", copy, "bob", "users")
    one.run("onesecgroup.rename", "ssh2", "ssh3", owner="bob")
    assert one.show("onesecgroup", "ssh3", owner="bob")["TEMPLATE"]["DESCRIPTION"] == "shells"
    rows = {row["name"]: row for row in one.run("onesecgroup.list")}
    assert {key: rows["ssh"][key] for key in ("id", "owner", "state")} == {
        "id": number,
        "owner": "oneadmin",
        "state": "READY",
    }
    assert one.run("onesecgroup.commit", "ssh") is one.run("onesecgroup.commit", "ssh", all_vms=True) is True
    assert one.run("onesecgroup.delete", copy) is True


def test_a_nic_is_attached_with_security_groups_by_name(one):
    one.state("onesecgroup.present", name="web", owner="alice", rules=[HTTP])
    one.converge("onevnet.present", name="dmz", owner="alice", security_groups=[], **LAN)
    one.converge("onetemplate.present", name="t", cpu=1, memory=64, permissions="644")
    one.converge("onevm.present", name="v", owner="alice", template="t", template_owner="oneadmin")
    vm = int(one.show("onevm", "v", owner="alice")["ID"])
    one.run("onevm.nic_attach", vm, "dmz", attributes={"security_groups": ["web"]})
    number = one.show("onesecgroup", "web", owner="alice")["ID"]
    assert one.show("onevm", vm)["TEMPLATE"]["NIC"]["SECURITY_GROUPS"] == number
    said = one.refusal("onevm.nic_attach", vm, "dmz", attributes={"SECURITY_GROUPS": "wbe"})
    assert "security group wbe of alice does not exist" in said
    assert "use onevm.sg_attach and onevm.sg_detach" in one.refusal(
        "onevm.nic_update", vm, 0, {"security_groups": ["web"]}
    )
