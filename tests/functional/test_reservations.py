"""Reservations, held addresses, and broken networks, in Salt."""

import pytest

pytest_plugins = ["tests.functional.driver"]

EOLE = {
    "driver": "dummy",
    "bridge": "br0",
    "address_ranges": {"a": {"ip": "10.0.0.1", "size": 20}, "b": {"ip": "10.1.0.1", "size": 20}},
}


@pytest.fixture(scope="module", autouse=True)
def alice(module_cloud):
    return module_cloud.call("one.user.allocate", "alice", "pw", "core", [])


def test_a_reservation(one):
    one.converge("onevnet.present", name="EOLE", permissions="644", holds={"10.0.0.2": "the router"}, **EOLE)
    said = {"network": "EOLE", "owner": "oneadmin", "size": 4, "first": "10.1.0.5"}
    made = one.converge("onevnet.present", name="lab", owner="alice", reserved_from=said, dns="10.0.0.9")
    assert "was created (ID" in made.comment
    holds = {"10.1.0.6": "printer"}
    one.converge("onevnet.present", name="lab", owner="alice", reserved_from={**said, "size": 6}, holds=holds)
    shown = one.show("onevnet", "lab", owner="alice")
    assert [each["SIZE"] for each in shown["AR_POOL"]["AR"]] == ["4", "2"]
    assert shown["TEMPLATE"]["SALT_HOLDS"] == {"IP_10_1_0_6": "printer"}
    assert "cannot shrink it" in one.refused("onevnet.present", name="lab", owner="alice", reserved_from=said)
    assert "is in use" in one.refused("onevnet.absent", name="EOLE")
    one.converge("onevnet.absent", name="lab", owner="alice")
    one.converge("onevnet.absent", name="EOLE")


@pytest.mark.parametrize("given", [False, True])
def test_one_that_an_interrupted_run_left_behind_is_finished(one, given):
    """Also if no addresses are left for another one, and if its owner has it already."""
    from onecore.basics.marks import transit_name

    one.converge("onevnet.present", name="EOLE", holds={"10.1.0.2": "x"}, **EOLE)
    one.run("onevnet.reserve", "EOLE", 20, name=transit_name("alice", "lab"))
    said = {"name": "lab", "owner": "alice", "reserved_from": {"network": "EOLE", "size": 20}}
    if given:
        # It is given to its owner with its mark.
        one.run("onevnet.update", transit_name("alice", "lab"), {"SALT_MANAGED": "sls/alice/onevnet/lab"})
        one.run("onevnet.chown", transit_name("alice", "lab"), "alice")
    one.converge("onevnet.present", **said)
    assert [row["name"] for row in one.run("onevnet.list") if row["name"].startswith("salt-")] == []
    one.converge("onevnet.absent", name="lab", owner="alice")
    one.converge("onevnet.absent", name="EOLE")


def test_one_that_does_not_fit_is_refused_beforehand(one):
    network = {"network": "EOLE", "owner": "oneadmin"}
    one.converge("onevnet.present", name="EOLE", holds={"10.0.0.8": "x", "10.1.0.15": "y"}, **EOLE)
    for wanted, why in [
        ({"size": 15}, "has 15 consecutive free addresses; the largest number is 14."),
        ({"size": 6, "first": "10.1.0.10"}, "has 5 free addresses from 10.1.0.10 on, and 6 are needed."),
    ]:
        said = {"name": "lab", "owner": "alice", "reserved_from": {**network, **wanted}}
        assert why in one.refused("onevnet.present", **said)
    said = {"name": "lab", "owner": "alice", "reserved_from": {**network, "size": 14}}
    one.converge("onevnet.present", **said)
    assert "the largest number is 12." in one.refused(
        "onevnet.present", **{**said, "reserved_from": {**network, "size": 27}}
    )
    one.converge("onevnet.absent", name="lab", owner="alice")
    one.converge("onevnet.absent", name="EOLE")


def test_addresses_are_held_and_released(one):
    holds = {"10.0.0.3": "printer", "02:00:0a:01:00:04": "camera"}
    one.converge("onevnet.present", name="lan", owner="alice", holds=holds, **EOLE)
    assert "is held" in one.refused(
        "onevnet.present", name="lan", owner="alice", address_ranges={"a": EOLE["address_ranges"]["a"]}
    )
    one.run("onevnet.hold", "lan", "10.0.0.9", owner="alice")
    one.converge("onevnet.present", name="lan", owner="alice", holds={"10.0.0.3": "copier", "10.0.0.4": "switch"})
    one.settled("onevnet.present", name="lan", owner="alice", holds={"10.0.0.3": "copier", "10.0.0.4": "switch"})
    one.converge("onevnet.present", name="lan", owner="alice", holds={"10.0.0.9": None})
    one.settled("onevnet.present", name="lan", owner="alice", holds={})
    assert one.show("onevnet", "lan", owner="alice")["USED_LEASES"] == "0"
    # What was held by declaration goes with its network; what was held by hand keeps it.
    one.converge("onevnet.present", name="lan", owner="alice", holds={"10.0.0.3": "printer"})
    one.run("onevnet.hold", "lan", "10.0.0.9", owner="alice")
    assert "1 lease" in one.refused("onevnet.absent", name="lan", owner="alice")
    one.run("onevnet.release", "lan", "10.0.0.9", owner="alice")
    one.converge("onevnet.absent", name="lan", owner="alice")


def test_one_in_error_is_brought_on(one):
    number = one.run(
        "onevnet.create", "bad", {"VN_MAD": "dummy", "BRIDGE": "b", "AR": {"TYPE": "IP4", "IP": "999", "SIZE": 1}}
    )
    one.wait("onevnet", 5, number)
    ranges = [{"ip": "10.0.0.1", "size": 4}]
    said = one.refused("onevnet.present", name="bad", adopt=True, address_ranges=ranges)
    assert "is in state ERROR" in said
    one.converge("onevnet.present", name="bad", adopt=True, recover=True, address_ranges=ranges)
    one.settled("onevnet.present", name="bad", address_ranges=ranges)
    one.converge("onevnet.absent", name="bad", unmanaged=True)
