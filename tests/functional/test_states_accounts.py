"""Users and groups: declared, changed field by field, removed, refused."""

import pytest

pytest_plugins = ["tests.functional.driver"]


def logs_in(cloud, name, password):
    """Whether OpenNebula lets a user in."""
    try:
        return cloud.call("one.user.info", -1, False, session=f"{name}:{password}") is not None
    except RuntimeError:
        return False


@pytest.fixture(scope="module", autouse=True)
def groups(module_cloud):
    """Groups staff and testers, and two networks of oneadmin."""
    for name in ("staff", "testers"):
        module_cloud.call("one.group.allocate", name)
    for name in ("public", "other"):
        module_cloud.call("one.vn.allocate", f'NAME="{name}"\nVN_MAD="dummy"\nBRIDGE="b"', 0)


# -- groups ------------------------------------------------------------------------------------------------------


def test_a_group_is_created(one):
    declared = {"quota": {"vms": 100, "memory": "256G"}, "attributes": {"contact": "alice"}}
    made = one.converge("onegroup.present", name="eole", **declared)
    assert made.changes["quota:memory"] == {"old": None, "new": 262144}
    group = one.show("onegroup", "eole")
    assert (group["TEMPLATE"]["CONTACT"], group["TEMPLATE"]["SALT_MANAGED"]) == ("alice", "sls/oneadmin/onegroup/eole")
    assert group["VM_QUOTA"]["VM"]["VMS"] == "100"


def test_administrators_of_a_group_are_a_complete_list(one):
    for name in ("ada", "bea"):
        one.converge("oneuser.present", name=name, password="pw")
    one.converge("onegroup.present", name="led", admins=["ada"])
    changed = one.converge("onegroup.present", name="led", admins=["bea"])
    assert changed.changes == {"admins": {"old": ["ada"], "new": ["bea"]}}
    group = one.show("onegroup", "led")
    assert group["ADMINS"]["ID"] == one.show("oneuser", "bea")["ID"]
    assert set(group["USERS"]["ID"]) == {one.show("oneuser", name)["ID"] for name in ("ada", "bea")}
    one.converge("onegroup.present", name="led", admins=[])


def test_the_members_of_a_group_may_create_what_it_declares(one):
    made = one.converge("onegroup.present", name="makers", resources=["VM", "image"])
    assert made.changes["resources"] == {"old": None, "new": ["VM", "IMAGE"]}
    calls = one.writes()
    one.converge("onegroup.present", name="makers", resources="VM+IMAGE+TEMPLATE")
    assert one.writes() == calls + 1
    assert one.converge("onegroup.present", name="makers", resources=[]).changes["resources"]["new"] is None
    one.settled("onegroup.present", name="makers")
    assert "did you mean" in one.refused("onegroup.present", name="makers", resources=["IMAGES"])


def test_one_limit_changes_and_the_others_stay(one):
    one.converge("onegroup.present", name="limited", quota={"vms": 10, "cpu": 4, "networks": {"public": 5}})
    calls = one.writes()
    changed = one.converge("onegroup.present", name="limited", quota={"vms": 20})
    assert changed.changes == {"quota:vms": {"old": 10, "new": 20}}
    assert one.writes() == calls + 1
    group = one.show("onegroup", "limited")
    assert group["VM_QUOTA"]["VM"]["VMS"] == "20"
    assert group["VM_QUOTA"]["VM"]["CPU"] == "4"
    assert group["NETWORK_QUOTA"]["NETWORK"]["LEASES"] == "5"


def test_an_attribute_of_a_group_changes(one):
    one.converge("onegroup.present", name="described", attributes={"a": "1", "b": "2"})
    one.converge("onegroup.present", name="described", attributes={"a": "3"})
    one.converge("onegroup.present", name="described", attributes={"b": None})
    template = one.show("onegroup", "described")["TEMPLATE"]
    assert template["A"] == "3"
    assert not template.get("B")


def test_a_group_is_removed_when_it_is_ours_and_empty(one):
    one.converge("onegroup.present", name="going")
    one.converge("oneuser.present", name="member", password="pw", group="staff", groups=["going"])
    sentence = one.refused("onegroup.absent", name="going")
    assert "still has 1 user" in sentence
    assert "member" in sentence
    one.converge("oneuser.present", name="member", groups=[])
    one.converge("onegroup.absent", name="going")
    assert "carries no SALT_MANAGED" in one.refused("onegroup.absent", name="testers")


# -- users -------------------------------------------------------------------------------------------------------


def test_a_user_is_created(one):
    made = one.converge(
        "oneuser.present",
        name="alice",
        password="first",
        group="staff",
        groups=["testers"],
        ssh_public_key="ssh-ed25519 AAAA alice@here",
        quota={"vms": 30, "cpu": 8.5, "memory": "64G", "datastores": {"default": {"size": "100G", "images": 5}}},
        attributes={"email": "alice@example.org"},
    )
    assert made.changes["password"] == {"old": None, "new": "********"}
    user = one.show("oneuser", "alice")
    assert (user["GNAME"], user["ENABLED"], user["AUTH_DRIVER"]) == ("staff", "1", "core")
    assert len(user["GROUPS"]["ID"]) == 2
    assert user["TEMPLATE"]["SSH_PUBLIC_KEY"] == "ssh-ed25519 AAAA alice@here"
    assert user["TEMPLATE"]["SALT_MANAGED"] == "sls/oneadmin/oneuser/alice"
    assert user["VM_QUOTA"]["VM"]["MEMORY"] == "65536"
    assert user["DATASTORE_QUOTA"]["DATASTORE"]["SIZE"] == "102400"
    assert logs_in(one.cloud, "alice", "first")


CHANGES = {
    "password": ("another", None),
    "group": ("testers", {"old": "staff", "new": "testers"}),
    "groups": (["testers"], {"old": None, "new": ["testers"]}),
    "enabled": (False, {"old": True, "new": False}),
    "ssh_public_key": ("ssh-rsa BBBB", {"old": "ssh-rsa AAAA", "new": "ssh-rsa BBBB"}),
    "auth_driver": ("ldap", {"old": "core", "new": "ldap"}),
    "quota": ({"vms": 40}, {"old": 30, "new": 40}),
    "attributes": ({"email": "x@example.org"}, {"old": "a@example.org", "new": "x@example.org"}),
}
PATHS = {"quota": "quota:vms", "attributes": "EMAIL"}


@pytest.mark.parametrize("field", CHANGES)
def test_one_field_of_a_user_changes_and_nothing_else(one, field):
    declared = {
        "password": "secret-of-old",
        "group": "staff",
        "ssh_public_key": "ssh-rsa AAAA",
        "quota": {"vms": 30, "cpu": 2},
        "attributes": {"email": "a@example.org", "phone": "1"},
    }
    one.converge("oneuser.present", name=f"of-{field}", **declared)
    value, change = CHANGES[field]
    changed = one.converge("oneuser.present", name=f"of-{field}", **{field: value})
    path = PATHS.get(field, field)
    assert list(changed.changes) == [path]
    if change:
        assert changed.changes[path] == change
    rest = {name: each for name, each in declared.items() if name != field}
    one.settled("oneuser.present", name=f"of-{field}", **rest)


def test_a_password_is_set_once_and_never_shown(one):
    one.converge("oneuser.present", name="secretive", password="hunter2-old")
    assert logs_in(one.cloud, "secretive", "hunter2-old")
    changed = one.converge("oneuser.present", name="secretive", password="hunter2-new")
    assert logs_in(one.cloud, "secretive", "hunter2-new")
    told = f"{changed.changes}{changed.comment}{one.show('oneuser', 'secretive')}{one.run('oneuser.list')}"
    assert "hunter2" not in told
    assert set(changed.changes) == {"password"}
    assert "hunter2" not in str(one.state("oneuser.present", name="secretive", password=["hunter2"]).comment)


def test_a_user_without_a_declared_password_gets_one_that_nobody_knows(one):
    one.converge("oneuser.present", name="tokens-only")
    assert not logs_in(one.cloud, "tokens-only", "")
    token = one.run("oneuser.login", "tokens-only", seconds=60)
    assert logs_in(one.cloud, "tokens-only", token)


def test_a_user_is_removed_when_it_is_ours_and_owns_nothing(one):
    one.converge("oneuser.present", name="leaver", password="pw")
    one.converge("onevnet.present", name="lan", owner="leaver", driver="dummy", bridge="b")
    sentence = one.refused("oneuser.absent", name="leaver")
    assert "still owns 1 virtual network" in sentence
    one.converge("onevnet.absent", name="lan", owner="leaver")
    one.converge("oneuser.absent", name="leaver")
    one.settled("oneuser.absent", name="leaver")
    one.cloud.call("one.user.allocate", "by-hand", "pw", "core", [])
    assert "carries no SALT_MANAGED" in one.refused("oneuser.absent", name="by-hand")
    one.converge("oneuser.absent", name="by-hand", unmanaged=True)


BAD = {
    "password": [],
    "auth_driver": {"a": 1},
    "group": ["staff"],
    "groups": {"staff": True},
    "enabled": "sometimes",
    "ssh_public_key": {"a": "b"},
    "quota": 5,
    "attributes": "a=b",
}


@pytest.mark.parametrize("field", BAD)
def test_a_bad_value_is_refused_by_name(one, field):
    assert field in one.refused("oneuser.present", name="bad", **{field: BAD[field]})


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"quota": {"vm": 5}}, "quota:vm: unknown limit, did you mean 'vms'?"),
        ({"quota": {"memory": "lots"}}, "quota:memory"),
        ({"quota": {"vms": -3}}, "quota:vms"),
        ({"quota": {"networks": 5}}, "quota:networks"),
        ({"quota": {"networks": {"nowhere": 5}}}, "virtual network nowhere of oneadmin does not exist"),
        ({"quota": {"networks": {"public": {"lease": 5}}}}, "did you mean 'leases'?"),
        ({"group": "nobodies"}, "group nobodies does not exist"),
        ({"groups": ["staff", "nobodies"]}, "group nobodies does not exist"),
        ({"passwrd": "x"}, "Unknown argument passwrd, did you mean 'password'?"),
        ({"password": ""}, "password"),
        ({"password": "a b"}, "no blanks in it with the auth_driver core"),
        ({"name": "a b"}, "OpenNebula does not allow ' ' in the name of a user"),
        ({"owner": "bob"}, "Unknown argument owner"),
        ({"timeout": 5}, "Unknown argument timeout"),
    ],
)
def test_a_wrong_declaration_is_refused_in_a_sentence(one, declared, told):
    assert told in one.refused("oneuser.present", **{"name": "bad", **declared})


def test_a_wrong_group_is_refused_in_a_sentence(one):
    assert "user nobody does not exist" in one.refused("onegroup.present", name="bad", admins=["nobody"])
    assert "admins" in one.refused("onegroup.present", name="bad", admins={"a": 1})
    assert "did you mean 'quota'" in one.refused("onegroup.present", name="bad", quotas={})
    assert "name of a group" in one.refused("onegroup.present", name="a:b")


@pytest.mark.parametrize("name", ["present", "absent"])
def test_names_must_be_texts(one, name):
    for arguments in ({"name": 2024}, {"name": "x", "profile": ["lab"]}):
        assert "put it in quotes" in one.refused(f"oneuser.{name}", **arguments)
    assert "owner: must be a text" in one.refused(f"onevnet.{name}", name="x", owner=5).lower()


def test_a_user_can_begin_disabled_and_authenticated_elsewhere(one):
    one.converge("oneuser.present", name="björn", auth_driver="ldap", password="cn=Björn, ou=here", enabled=False)
    user = one.show("oneuser", "björn")
    assert (user["AUTH_DRIVER"], user["ENABLED"]) == ("ldap", "0")


def test_users_are_found_by_their_whole_name(one):
    one.converge("oneuser.present", name="max", password="pw")
    one.converge("oneuser.present", name="maximilian", password="pw")
    one.converge("oneuser.absent", name="max")
    assert one.show("oneuser", "maximilian")["NAME"] == "maximilian"
