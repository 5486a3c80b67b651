"""The commands of ``oneuser`` and ``onegroup``."""

import re

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def networks(module_cloud):
    """The network that quotas are about."""
    return module_cloud.call("one.vn.allocate", 'NAME="public"\nVN_MAD="dummy"\nBRIDGE="b"', 0)


@pytest.fixture
def group(one, request):
    """The name of a new group."""
    one.run("onegroup.create", f"g-{request.node.name}")
    return f"g-{request.node.name}"


@pytest.fixture
def user(one, group, request):
    """The name of a new user of that group."""
    one.run("oneuser.create", f"u-{request.node.name}", "pw-of-user", groups=group)
    return f"u-{request.node.name}"


def logs_in(cloud, name, password):
    """Whether OpenNebula lets a user in."""
    try:
        return cloud.call("one.user.info", -1, False, session=f"{name}:{password}") is not None
    except RuntimeError:
        return False


def test_lists(one, user, group):
    (row,) = [row for row in one.run("oneuser.list") if row["name"] == user]
    assert row == {"id": row["id"], "name": user, "group": group, "managed": None}
    (row,) = [row for row in one.run("onegroup.list") if row["name"] == group]
    assert row == {"id": row["id"], "name": group, "managed": None}


def test_the_members_of_a_group_may_create_what_it_says(one):
    for name, resources, types in (
        ("many", None, "VM+IMAGE+TEMPLATE"),
        ("few", "VM+image", "VM+IMAGE/"),
        ("none", [], ""),
    ):
        number = one.run("onegroup.create", name, resources=resources)
        found = re.findall(rf"<STRING>@{number} (\S+) CREATE", one.cloud.call("one.acl.info"))
        assert len(found) == bool(types)
        assert "".join(found).startswith(types)
    assert "did you mean" in one.refusal("onegroup.create", "x", resources=["IMAGES"])
    assert "does not exist" in one.refusal("onegroup.show", "x")


def test_show_hides_secrets(one, user):
    one.run("oneuser.login", user)
    shown = one.show("oneuser", user)
    assert shown["PASSWORD"] == "********"
    assert shown["TEMPLATE"]["TOKEN_PASSWORD"] == "********"
    assert shown["LOGIN_TOKEN"]["TOKEN"] == "********"
    assert shown["NAME"] == user
    assert one.show("oneuser", int(shown["ID"])) == shown


def test_a_user_is_created_in_its_groups(one, group):
    number = one.run("oneuser.create", "grouped", "pw", groups=[group, "users"])
    shown = one.show("oneuser", number)
    assert shown["GNAME"] == group
    assert len(shown["GROUPS"]["ID"]) == 2
    assert "group nobodies does not exist" in one.refusal("oneuser.create", "x", "pw", groups="nobodies").lower()
    assert "NAME is already taken" in one.refusal("oneuser.create", "grouped", "pw")


def test_password_and_driver(one, user):
    one.run("oneuser.passwd", user, "another-pw")
    assert logs_in(one.cloud, user, "another-pw")
    one.run("oneuser.chauth", user, "ldap", "cn=x")
    assert one.show("oneuser", user)["AUTH_DRIVER"] == "ldap"
    one.run("oneuser.chauth", user, "core", 12345678)
    assert logs_in(one.cloud, user, "12345678")
    assert "password" in one.refusal("oneuser.passwd", user, ["x-secret"]).lower()
    assert "x-secret" not in one.refusal("oneuser.passwd", user, ["x-secret"])


def test_groups_of_a_user(one, user, group):
    one.run("oneuser.addgroup", user, "users")
    assert len(one.show("oneuser", user)["GROUPS"]["ID"]) == 2
    assert "already in this group" in one.refusal("oneuser.addgroup", user, "users")
    one.run("oneuser.delgroup", user, "users")
    assert one.refusal("oneuser.delgroup", user, group)
    one.run("oneuser.chgrp", user, "users")
    assert one.show("oneuser", user)["GNAME"] == "users"


def test_a_user_is_disabled_and_enabled(one, user):
    one.run("oneuser.disable", user)
    assert not logs_in(one.cloud, user, "pw-of-user")
    one.run("oneuser.enable", user)
    assert logs_in(one.cloud, user, "pw-of-user")


@pytest.mark.parametrize("cli", ["oneuser", "onegroup"])
def test_quotas_by_name_or_as_text(one, user, group, cli):
    target = user if cli == "oneuser" else group
    one.run(f"{cli}.quota", target, {"vms": 3, "memory": "2G", "networks": {"public": 5}})
    one.run(f"{cli}.quota", target, {"vms": 4})
    shown = one.show(cli, target)
    assert (shown["VM_QUOTA"]["VM"]["VMS"], shown["VM_QUOTA"]["VM"]["MEMORY"]) == ("4", "2048")
    assert shown["NETWORK_QUOTA"]["NETWORK"]["LEASES"] == "5"
    one.run(f"{cli}.quota", target, 'VM=[VMS="7"]')
    assert one.show(cli, target)["VM_QUOTA"]["VM"]["VMS"] == "7"
    writes = one.writes()
    one.run(f"{cli}.quota", target, {"vms": 7})
    assert one.writes() == writes
    assert "did you mean 'vms'?" in one.refusal(f"{cli}.quota", target, {"vm": 5})
    assert "nowhere" in one.refusal(f"{cli}.quota", target, {"networks": {"nowhere": 5}})


@pytest.mark.parametrize("cli", ["oneuser", "onegroup"])
def test_attributes(one, user, group, cli):
    target = user if cli == "oneuser" else group
    one.run(f"{cli}.update", target, {"A": 'say "hi"', "B": "2"})
    one.run(f"{cli}.update", target, 'B="3"')
    template = one.show(cli, target)["TEMPLATE"]
    assert (template["A"], template["B"]) == ('say "hi"', "3")
    one.run(f"{cli}.update", target, {"C": "4"}, append=False)
    template = one.show(cli, target)["TEMPLATE"]
    assert "A" not in template
    assert template["C"] == "4"


def test_umask(one, user):
    one.run("oneuser.umask", user, "137")
    assert one.show("oneuser", user)["TEMPLATE"]["UMASK"] == "137"
    assert "three octal digits" in one.refusal("oneuser.umask", user, "none")


def test_tokens(one, user, group, caplog):
    token = one.run("oneuser.login", user, seconds=60)
    assert logs_in(one.cloud, user, token)
    assert logs_in(one.cloud, "oneadmin", one.run("oneuser.login", "oneadmin", seconds=-1))
    narrow = one.run("oneuser.login", user, group=group)
    assert logs_in(one.cloud, user, narrow)
    assert token not in caplog.text
    one.run("oneuser.token_delete_all", user)
    assert not logs_in(one.cloud, user, token)
    assert "seconds" in one.refusal("oneuser.login", user, seconds=0).lower()


def test_administrators_of_a_group(one, user, group):
    one.run("onegroup.addadmin", group, user)
    assert one.show("onegroup", group)["ADMINS"]["ID"] == one.show("oneuser", user)["ID"]
    one.run("onegroup.deladmin", group, user)
    assert one.show("onegroup", group)["ADMINS"] is None
    assert "user nobody does not exist" in one.refusal("onegroup.addadmin", group, "nobody").lower()


def test_vlan_rules_of_a_group(one, group):
    one.run("onegroup.vlan", group, {"VLAN_RULE": {"SCOPE": "VLAN_ID", "RANGE": "100-199"}})
    assert "100" in str(one.show("onegroup", group))


def test_deletion(one, user, group):
    assert one.refusal("onegroup.delete", group)
    assert one.run("oneuser.delete", user) is True
    assert one.run("onegroup.delete", group) is True
    assert one.refusal("oneuser.show", user) == f"User {user} does not exist."
    assert "does not exist" in one.refusal("onegroup.show", group)
