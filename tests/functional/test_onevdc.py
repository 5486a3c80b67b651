"""VDCs through Salt: the states, and the commands of ``onevdc``."""

import re

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def eole(module_cloud):
    """The number of the group eole."""
    return module_cloud.call("one.group.allocate", "eole")


def rules(one, group):
    """The ACL rules that are for a group, as OpenNebula writes them."""
    every = re.findall("<STRING>(.*?)</STRING>", one.cloud.call("one.acl.info"))
    return [each for each in every if each.startswith(f"@{group} ")]


def test_declared_renamed_and_removed(one, eole):
    one.cloud.call("one.vdc.delgroup", 0, eole)
    made = one.converge("onevdc.present", name="dc", groups=["eole"], hosts="ALL", datastores=["default", "system"])
    assert "was created (ID" in made.comment
    assert len(rules(one, eole)) == 3
    one.converge("onevdc.renamed", name="centre", source="dc")
    one.settled("onevdc.present", name="centre", groups=["eole"], hosts={"OpenNebula": "ALL"})
    assert "still has groups" in one.refused("onevdc.absent", name="centre")
    one.converge("onevdc.present", name="centre", groups=[])
    assert rules(one, eole) == []
    one.converge("onevdc.absent", name="centre")
    one.settled("onevdc.absent", name="centre")


def test_a_group_that_leaves_the_default_vdc_too_late_is_put_in_again(one, eole):
    declared = {"name": "late", "groups": ["eole"], "hosts": "ALL", "datastores": "ALL"}
    one.cloud.call("one.vdc.addgroup", 0, eole)
    one.state("onevdc.present", **declared)
    one.run("onevdc.delgroup", "default", "eole")
    assert rules(one, eole) == []
    healed = one.converge("onevdc.present", **declared)
    assert list(healed.changes) == ["groups:eole"]
    assert len(rules(one, eole)) == 2
    one.state("onevdc.present", name="late", groups=[])


def test_the_commands(one, eole):
    number = one.run("onevdc.create", "hand", {"NOTE": "x"})
    one.state("onevnet.present", name="lan", driver="dummy", bridge="br0")
    one.run("onevdc.addgroup", "hand", "eole")
    parts = {"cluster": "default", "host": "host01", "datastore": "default", "vnet": "lan"}
    for sort, name in parts.items():
        assert one.run(f"onevdc.add{sort}", "hand", name) is True
    shown = one.show("onevdc", "hand")
    assert shown["HOSTS"]["HOST"] == {"ZONE_ID": "0", "HOST_ID": "0"}
    assert shown["VNETS"]["VNET"]["VNET_ID"] == "0"
    for sort, name in parts.items():
        assert one.run(f"onevdc.del{sort}", number, name, zone="OpenNebula") is True
    assert one.run("onevdc.addhost", "hand", "ALL") is True
    assert one.show("onevdc", "hand")["HOSTS"]["HOST"]["HOST_ID"] == "-10"
    assert "zone elsewhere does not exist" in one.refusal("onevdc.addhost", "hand", "host01", zone="elsewhere").lower()
    one.run("onevdc.delgroup", "hand", "eole")
    one.run("onevdc.update", "hand", {"NOTE": "y"})
    one.run("onevdc.rename", "hand", "made")
    assert one.run("onevdc.delete", "made") is True
