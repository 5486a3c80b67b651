"""Users, groups and virtual data centres of onesim."""

import pytest

from .cloud import PASSWORD, Cloud, refusal


@pytest.fixture
def sim():
    sim = Cloud()
    sim.students, sim.staff = (sim.call("one.group.allocate", name) for name in ("students", "staff"))
    sim.alice = sim.user("alice", sim.students)
    return sim


def groups(sim, uid):
    """A user's main group and all his groups, as both sides tell it."""
    user = sim.cloud.get("USER", uid)
    members = {group.oid for group in sim.cloud.pool("GROUP") if uid in group.users}
    assert members == user.groups
    return user.gid, members


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (("alice", "x", "core"), "NAME is already taken by USER 2."),
        (("", "x", "core"), "Invalid NAME, it cannot be empty."),
        (("a b", "x", "core"), "Invalid NAME, char ' ' is not allowed."),
        (("bob", "", "core"), "Invalid password, it cannot be empty."),
        (("bob", "x y", "core"), "Invalid password, character ' ' is not allowed."),
        (("x" * 129, "x", "core"), "Invalid NAME, max length is 128 chars."),
        (("bob", "x" * 257, "core"), "Password is longer than max allowed length."),
    ],
)
def test_who_is_no_user(sim, params, message):
    assert refusal(sim, "one.user.allocate", *params, []).startswith(message)


def test_where_a_user_belongs(sim):
    assert groups(sim, sim.user("bob", sim.students, sim.staff)) == (sim.students, {sim.students, sim.staff})
    assert groups(sim, sim.user("carol")) == (1, {1})
    assert refusal(sim, "one.user.allocate", "dave", "x", "core", [99]) == "Error getting group [99]."


def test_another_main_group(sim):
    sim.call("one.user.chgrp", sim.alice, sim.staff)
    assert groups(sim, sim.alice) == (sim.staff, {sim.staff})
    sim.call("one.user.addgroup", sim.alice, sim.students)
    sim.call("one.user.chgrp", sim.alice, sim.students)
    assert groups(sim, sim.alice) == (sim.students, {sim.students, sim.staff})


def test_further_groups(sim):
    sim.call("one.user.addgroup", sim.alice, sim.staff)
    assert refusal(sim, "one.user.addgroup", sim.alice, sim.staff) == "User is already in this group"
    assert refusal(sim, "one.user.delgroup", sim.alice, sim.students) == "Cannot remove user from the primary group"
    sim.call("one.user.delgroup", sim.alice, sim.staff)
    assert refusal(sim, "one.user.delgroup", sim.alice, sim.staff) == "User is not part of this group"


def test_a_password_changes_at_once(sim):
    assert sim.answer("one.user.info", -1, user="alice")[0]
    sim.call("one.user.passwd", sim.alice, "other", user="alice")
    assert not sim.answer("one.user.info", -1, user="alice")[0]
    sim.call("one.user.passwd", sim.alice, PASSWORD)
    assert sim.answer("one.user.info", -1, user="alice")[0]
    assert "MANAGE USER [0]" in refusal(sim, "one.user.passwd", 0, "mine", user="alice")


def test_a_driver_without_passwords_here_lets_nobody_in(sim):
    sim.call("one.user.chauth", sim.alice, "public", "")
    assert not sim.answer("one.user.info", -1, user="alice")[0]
    sim.call("one.user.chauth", sim.alice, "core", PASSWORD)
    assert sim.answer("one.user.info", -1, user="alice")[0]


def test_a_group_with_members_stays(sim):
    assert f"Group {sim.students} is not empty." in refusal(sim, "one.group.delete", sim.students)
    sim.call("one.user.delete", sim.alice)
    sim.call("one.group.delete", sim.students)
    assert sim.cloud.find("GROUP", sim.students) is None


@pytest.mark.parametrize(("method", "oid"), [("one.group.delete", 0), ("one.group.delete", 1), ("one.user.delete", 0)])
def test_what_the_daemon_needs_stays(sim, method, oid):
    assert "annot" in refusal(sim, method, oid)


def test_a_group_admin_manages_his_people(sim):
    bob = sim.user("bob", sim.students)
    assert refusal(sim, "one.user.update", bob, "NOTE=x", 1, user="alice")
    sim.call("one.group.addadmin", sim.students, sim.alice)
    sim.call("one.user.update", bob, "NOTE=x", 1, user="alice")
    assert sim.call("one.user.allocate", "carol", "x", "core", [sim.students], user="alice")
    sim.call("one.group.deladmin", sim.students, sim.alice)
    assert refusal(sim, "one.user.update", bob, "NOTE=y", 1, user="alice")


def test_who_sees_which_users(sim):
    sim.user("bob", sim.staff)
    assert sim.texts("USER/NAME", "one.userpool.info", user="alice") == ["alice"]
    assert sim.texts("USER/NAME", "one.userpool.info") == ["bob", "alice", "serveradmin", "oneadmin"]


def test_a_vdc_lets_its_groups_use_its_resources(sim):
    for group in (sim.students, sim.staff):
        sim.call("one.vdc.delgroup", 0, group)
    net = sim.network()
    seen = "VNET/ID", "one.vnpool.info", -2, -1, -1
    assert sim.texts(*seen, user="alice") == []
    vdc = sim.call("one.vdc.allocate", "NAME=lab", -1)
    sim.call("one.vdc.addgroup", vdc, sim.students)
    sim.call("one.vdc.addvnet", vdc, 0, net)
    assert sim.texts(*seen, user="alice") == [str(net)]
    sim.call("one.vdc.delete", vdc)
    assert sim.texts(*seen, user="alice") == []
    assert all("NET/#" not in rule.text() for rule in sim.cloud.acl.in_order())
