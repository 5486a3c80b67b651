"""The commands of ``onevnet``."""

import pytest

pytest_plugins = ["tests.functional.driver"]

READY, ERROR = 1, 5


@pytest.fixture(scope="module", autouse=True)
def users(module_cloud):
    """alice and bob, of group eole."""
    group = module_cloud.call("one.group.allocate", "eole")
    return [module_cloud.call("one.user.allocate", name, "pw", "core", [group]) for name in ("alice", "bob")]


@pytest.fixture
def vnet(one, request):
    """The name of a network of oneadmin with one address range."""
    name = request.node.name.removeprefix("test_").replace("[", "-").replace("]", "")
    attributes = {"VN_MAD": "dummy", "BRIDGE": "b", "AR": {"TYPE": "IP4", "IP": "10.0.0.1", "SIZE": 10}}
    one.run("onevnet.create", name, attributes)
    one.wait("onevnet", READY, name)
    return name


def range_of(one, vnet, **named):
    """The one address range of a network."""
    return one.show("onevnet", vnet, **named)["AR_POOL"]["AR"]


def test_list_tells_every_network_by_number(one, vnet):
    rows = one.run("onevnet.list")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    (row,) = [row for row in rows if row["name"] == vnet]
    assert {key: row[key] for key in ("owner", "group", "state", "managed")} == {
        "owner": "oneadmin",
        "group": "oneadmin",
        "state": "READY",
        "managed": None,
    }
    assert one.run("onevnet.list", owner="alice") == []


def test_show_tells_everything_by_name_or_number(one, vnet):
    by_name = one.show("onevnet", vnet)
    assert one.show("onevnet", int(by_name["ID"])) == by_name
    assert by_name["PERMISSIONS"]["OWNER_U"] == "1"
    assert by_name["AR_POOL"]["AR"]["LEASES"] is None
    one.run("onevnet.hold", vnet, "10.0.0.3")
    assert range_of(one, vnet)["LEASES"]["LEASE"]["IP"] == "10.0.0.3"


def test_what_does_not_exist_is_told_in_a_sentence(one):
    assert one.refusal("onevnet.show", "nowhere") == "Virtual network nowhere does not exist."
    assert "nowhere of alice does not exist" in one.refusal("onevnet.rename", "nowhere", "x", owner="alice")
    assert "4711" in one.refusal("onevnet.show", 4711)
    assert "must be a name or an ID" in one.refusal("onevnet.show", 1.5)
    assert "must be a text" in one.refusal("onevnet.show", "x", owner=5)


def test_a_name_finds_the_accounts_own_network_first(one, vnet):
    one.state("onevnet.present", name=vnet, owner="alice", driver="dummy", bridge="b")
    assert one.show("onevnet", vnet)["UNAME"] == "oneadmin"
    assert one.show("onevnet", vnet, owner="alice")["UNAME"] == "alice"
    one.run("onevnet.chown", vnet, "bob")
    assert one.refusal("onevnet.show", vnet)
    one.run("onevnet.rename", vnet, f"{vnet}-bobs", owner="bob")
    assert one.show("onevnet", vnet)["UNAME"] == "alice"


def test_a_name_that_several_users_have_is_no_guess(one):
    for owner in ("alice", "bob"):
        one.state("onevnet.present", name="twice", owner=owner, driver="dummy", bridge="b")
    told = one.refusal("onevnet.show", "twice")
    assert "alice, bob" in told
    assert "owner=" in told


def test_create_takes_a_mapping_or_text(one):
    number = one.run("onevnet.create", "as-text", 'VN_MAD="dummy"\nBRIDGE="b"\nNOTE="a \\"b\\""', cluster="default")
    one.wait("onevnet", READY, "as-text")
    assert one.show("onevnet", number)["TEMPLATE"]["NOTE"] == 'a "b"'
    assert "NAME is already taken" in one.refusal("onevnet.create", "as-text", {"VN_MAD": "dummy", "BRIDGE": "b"})
    assert "cluster nowhere does not exist" in one.refusal("onevnet.create", "x", {}, cluster="nowhere").lower()
    assert "line" in one.refusal("onevnet.create", "x", "NO TEMPLATE").lower()
    assert "mapping" in one.refusal("onevnet.create", "x", 5)


def test_delete_takes_anybodys_network(one, vnet):
    one.run("onevnet.chown", vnet, "alice")
    assert one.run("onevnet.delete", vnet, owner="alice") is True
    one.gone("onevnet", vnet)


def test_ranges_are_added_updated_and_removed(one, vnet):
    one.run("onevnet.addar", vnet, {"IP": "10.0.1.1", "SIZE": 5, "note": "x"})
    assert [each["TYPE"] for each in range_of(one, vnet)] == ["IP4", "IP4"]
    one.run("onevnet.updatear", vnet, 1, {"SIZE": 7})
    second = range_of(one, vnet)[1]
    assert (second["SIZE"], second["IP"], second["NOTE"]) == ("7", "10.0.1.1", "x")
    one.run("onevnet.updatear", vnet, 1, {"SIZE": 6}, append=False)
    assert "NOTE" not in range_of(one, vnet)[1]
    assert "has no address range 9" in one.refusal("onevnet.updatear", vnet, 9, {"SIZE": 7})
    one.run("onevnet.hold", vnet, "10.0.1.2")
    assert one.refusal("onevnet.rmar", vnet, 1)
    one.run("onevnet.rmar", vnet, 1, force=True)
    assert range_of(one, vnet)["AR_ID"] == "0"


def test_addresses_are_held_and_released(one, vnet):
    mac = range_of(one, vnet)["MAC"]
    for _ in range(2):
        one.run("onevnet.hold", vnet, mac)
        one.run("onevnet.hold", vnet, "10.0.0.5", ar_id=0)
    assert one.show("onevnet", vnet)["USED_LEASES"] == "2"
    for _ in range(2):
        one.run("onevnet.release", vnet, mac)
        one.run("onevnet.release", vnet, "10.0.0.5")
    assert one.show("onevnet", vnet)["USED_LEASES"] == "0"
    assert "in use" in one.refusal("onevnet.hold", vnet, "10.9.9.9")
    assert "address" in one.refusal("onevnet.hold", vnet, "ten").lower()


def test_addresses_are_reserved_and_given_back(one, vnet):
    number = one.run("onevnet.reserve", vnet, 3, name=f"{vnet}-mine")
    one.wait("onevnet", READY, number)
    assert one.show("onevnet", number)["PARENT_NETWORK_ID"] == one.show("onevnet", vnet)["ID"]
    assert one.run("onevnet.reserve", vnet, 2, into=f"{vnet}-mine", address="10.0.0.9", ar_id=0) == number
    ranges = range_of(one, number)
    assert [each["SIZE"] for each in ranges] == ["3", "2"]
    one.run("onevnet.free", number, int(ranges[1]["AR_ID"]))
    assert range_of(one, number)["SIZE"] == "3"
    assert "either name" in one.refusal("onevnet.reserve", vnet, 3)
    assert "size" in one.refusal("onevnet.reserve", vnet, 0, name="x").lower()


def test_addresses_are_added_to_somebody_elses_reservation(one, vnet):
    for user in ("bob", "alice"):
        number = one.run("onevnet.reserve", vnet, 3, name="theirs")
        one.wait("onevnet", READY, number)
        one.run("onevnet.chown", number, user)
    assert "alice, bob" in one.refusal("onevnet.reserve", vnet, 2, into="theirs")
    assert one.run("onevnet.reserve", vnet, 2, into="theirs", into_owner="alice") == number
    assert [each["SIZE"] for each in range_of(one, number)] == ["3", "2"]
    assert "specify into as well" in one.refusal("onevnet.reserve", vnet, 2, name="x", into_owner="alice")


def test_attributes_are_merged_or_replaced(one, vnet):
    one.run("onevnet.update", vnet, {"DNS": "1.1.1.1"})
    one.run("onevnet.update", vnet, 'GATEWAY="10.0.0.254"')
    template = one.show("onevnet", vnet)["TEMPLATE"]
    assert (template["DNS"], template["GATEWAY"], template["BRIDGE"]) == ("1.1.1.1", "10.0.0.254", "b")
    one.run("onevnet.update", vnet, {"VN_MAD": "dummy", "DNS": "9.9.9.9"}, append=False)
    template = one.show("onevnet", vnet)["TEMPLATE"]
    assert template["DNS"] == "9.9.9.9"
    assert "GATEWAY" not in template


def test_owner_group_permissions_name_and_lock(one, vnet):
    one.run("onevnet.chmod", vnet, 640)
    assert one.show("onevnet", vnet)["PERMISSIONS"]["GROUP_U"] == "1"
    one.run("onevnet.chgrp", vnet, "users")
    assert one.show("onevnet", vnet)["GNAME"] == "users"
    one.run("onevnet.chown", vnet, "alice", group="eole")
    held = one.show("onevnet", vnet, owner="alice")
    assert (held["UNAME"], held["GNAME"]) == ("alice", "eole")
    one.run("onevnet.rename", vnet, f"{vnet}-2", owner="alice")
    assert one.show("onevnet", f"{vnet}-2")["ID"] == held["ID"]
    one.run("onevnet.lock", f"{vnet}-2", level="manage")
    assert one.show("onevnet", f"{vnet}-2")["LOCK"]["LOCKED"] == "2"
    one.run("onevnet.unlock", f"{vnet}-2")
    assert "LOCK" not in one.show("onevnet", f"{vnet}-2")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (("onevnet.chmod", "x", 0o640), "three octal digits"),
        (("onevnet.lock", "x", "some"), "one of use, manage, admin, all"),
        (("onevnet.recover", "x", "again"), "one of failure, success, delete, retry"),
        (("onevnet.rename", "x", "a:b"), "does not allow ':'"),
        (("onevnet.chown", "x", "nobody"), "user nobody does not exist"),
        (("onevnet.chgrp", "x", "nobodies"), "group nobodies does not exist"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(one, call, told):
    writes = one.writes()
    assert told in one.refusal(*call).lower()
    assert one.writes() == writes


def test_recover_removes_a_broken_network(one):
    number = one.run("onevnet.create", "broken", {"VN_MAD": "dummy", "BRIDGE": "b", "AR": {"TYPE": "NO"}})
    one.wait("onevnet", ERROR, number)
    one.run("onevnet.recover", number, "delete")
    one.gone("onevnet", "broken")


def test_a_profile_names_another_account(drive, module_cloud, connection, users):
    lab = connection(module_cloud, username="alice", password="pw")
    one = drive({"connection": connection(module_cloud), "profiles": {"lab": lab}}, module_cloud)
    one.state("onevnet.present", name="mine", owner="alice", driver="dummy", bridge="b")
    assert one.run("onevnet.rename", "mine", "ours", profile="lab") is True
    one.state("onevnet.present", name="his", owner="bob", driver="dummy", bridge="b")
    assert "Not authorized" in one.refusal("onevnet.delete", "his", owner="bob", profile="lab")
    assert "did you mean 'lab'?" in one.refusal("onevnet.list", profile="lap")


def test_an_address_that_a_vm_has_is_neither_held_nor_released(one, vnet):
    one.state("onetemplate.present", name="bare", cpu=0.1, memory=64)
    one.state("onevm.present", name="holder", template="bare", nics=[{"network": vnet, "ip": "10.0.0.1"}])
    number = one.show("onevm", "holder")["ID"]
    for verb in ("hold", "release"):
        told = one.refusal(f"onevnet.{verb}", vnet, "10.0.0.1")
        assert told.startswith(f"10.0.0.1 on virtual network {vnet} of oneadmin is leased to VM {number} holder of")
    assert one.show("onevnet", vnet)["USED_LEASES"] == "1"
    one.converge("onevm.absent", name="holder")
