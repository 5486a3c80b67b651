"""The commands of ``onevm``, and ``onetemplate instantiate``."""

import pytest

pytest_plugins = ["tests.functional.driver"]

PENDING, HOLD, ACTIVE, POWEROFF = 1, 2, 3, 8


@pytest.fixture(scope="module", autouse=True)
def ground(one):
    """alice and bob with a network lan each, one for everybody, and a template with a disk and a NIC on lan."""
    for name in ("alice", "bob"):
        one.state("oneuser.present", name=name, password="pw", group="users")
        ranges = {"lan": {"ip": "10.0.0.1", "size": 100}}
        one.state("onevnet.present", name="lan", owner=name, driver="dummy", bridge=name, address_ranges=ranges)
    ranges = {"a": {"ip": "192.168.230.1", "size": 100}}
    one.state("onevnet.present", name="EOLE", driver="dummy", bridge="e", permissions="644", address_ranges=ranges)
    one.state("oneimage.present", name="root", datastore="default", type="OS", size=64, permissions="644")
    one.state("oneimage.present", name="data", owner="alice", datastore="default", type="DATABLOCK", size=16)
    one.state(
        "onetemplate.present",
        name="base",
        cpu=0.1,
        memory=64,
        disks=[{"image": "root", "owner": "oneadmin"}],
        nics=[{"network": "lan"}],
        context={"network": "YES"},
        permissions="644",
    )


@pytest.fixture
def vm(one, request):
    """The name of a running VM of alice."""
    name = f"vm-{request.node.name}"
    number = one.run("onetemplate.instantiate", "base", name=name, as_user="alice")
    arrived(one, number, 3)
    return name


def arrived(one, vm, lcm_state, seconds=10):
    """Wait until a VM is active and in a state of its life cycle."""
    one.wait_for(lambda: one.show("onevm", vm), lambda shown: shown["LCM_STATE"] == str(lcm_state), seconds)


def entries(value):
    """A repeated element as a list."""
    return value if isinstance(value, list) else [value] if value else []


def test_list_and_show(one, vm):
    (row,) = [row for row in one.run("onevm.list", owner="alice") if row["name"] == vm]
    assert (row["owner"], row["group"], row["state"]) == ("alice", "users", "RUNNING")
    shown = one.show("onevm", vm)
    assert shown["HISTORY_RECORDS"]["HISTORY"]["HOSTNAME"].startswith("host0")
    assert one.show("onevm", row["id"])["NAME"] == vm
    assert one.refusal("onevm.show", "nothing", owner="alice") == "VM nothing of alice does not exist."


def test_power(one, vm):
    for verb, state in (("poweroff", 8), ("resume", 3), ("suspend", 5), ("resume", 3), ("stop", 4), ("resume", 3)):
        assert one.run(f"onevm.{verb}", vm) is True
        one.wait("onevm", state, vm)
        if state == ACTIVE:
            arrived(one, vm, 3)
    assert "not available for state RUNNING" in one.refusal("onevm.resume", vm)
    one.run("onevm.reboot", vm, hard=True)
    one.run("onevm.undeploy", vm, hard=True)
    one.wait("onevm", 9, vm)
    one.run("onevm.terminate", vm, hard=True)
    one.gone("onevm", vm)


def test_a_vm_waits_on_hold_until_it_is_deployed(one):
    number = one.run("onetemplate.instantiate", "base", name="waiting", hold=True, as_user="alice")
    assert one.show("onevm", number)["STATE"] == str(HOLD)
    one.run("onevm.deploy", number, "host02", datastore="system")
    arrived(one, number, 3)
    assert one.show("onevm", number)["HISTORY_RECORDS"]["HISTORY"]["HOSTNAME"] == "host02"
    assert "host nowhere does not exist" in one.refusal("onevm.deploy", number, "nowhere").lower()


def test_a_vm_is_migrated_and_rescheduled(one, vm):
    here = entries(one.show("onevm", vm)["HISTORY_RECORDS"]["HISTORY"])[-1]["HOSTNAME"]
    there = "host03" if here != "host03" else "host01"
    one.run("onevm.migrate", vm, there, live=True)
    arrived(one, vm, 3)
    assert entries(one.show("onevm", vm)["HISTORY_RECORDS"]["HISTORY"])[-1]["HOSTNAME"] == there
    one.run("onevm.resched", vm)
    one.run("onevm.unresched", vm)


def test_recovery(one, vm):
    one.run("onevm.recover", vm, "recreate")
    one.wait_for(lambda: one.show("onevm", vm), lambda shown: shown["LCM_STATE"] == "3")
    one.run("onevm.recover", vm, "delete")
    one.gone("onevm", vm)
    assert "one of failure, success" in one.refusal("onevm.recover", vm, "again")


def test_capacity_configuration_and_attributes(one, vm):
    one.run("onevm.poweroff", vm, hard=True)
    one.wait("onevm", POWEROFF, vm)
    one.run("onevm.resize", vm, cpu=0.2, memory="128M")
    template = one.show("onevm", vm)["TEMPLATE"]
    assert (template["CPU"], template["MEMORY"]) == ("0.2", "128")
    one.run("onevm.updateconf", vm, {"CONTEXT": {"WHO": 'a "b"'}})
    context = one.show("onevm", vm)["TEMPLATE"]["CONTEXT"]
    assert (context["WHO"], context["NETWORK"]) == ('a "b"', "YES")
    one.run("onevm.update", vm, {"NOTE": "x"})
    assert one.show("onevm", vm)["USER_TEMPLATE"]["NOTE"] == "x"
    assert "cpu, vcpu or memory" in one.refusal("onevm.resize", vm)
    assert "memory" in one.refusal("onevm.resize", vm, memory="much").lower()


def test_owner_group_permissions_name_and_lock(one, vm):
    one.run("onevm.chmod", vm, "640")
    one.run("onevm.chgrp", vm, "oneadmin")
    shown = one.show("onevm", vm)
    assert (shown["PERMISSIONS"]["GROUP_U"], shown["GNAME"]) == ("1", "oneadmin")
    one.run("onevm.chown", vm, "bob", "users")
    one.run("onevm.rename", vm, f"{vm}-2", owner="bob")
    one.run("onevm.lock", f"{vm}-2", level="manage")
    assert one.show("onevm", f"{vm}-2")["LOCK"]["LOCKED"] == "2"
    one.run("onevm.unlock", f"{vm}-2")


def test_disks_are_attached_resized_saved_and_detached(one, vm):
    one.run("onevm.disk_attach", vm, "data")
    arrived(one, vm, 3)
    one.run("onevm.disk_attach", vm, attributes={"type": "fs", "format": "raw", "size": 8})
    arrived(one, vm, 3)
    disks = entries(one.show("onevm", vm)["TEMPLATE"]["DISK"])
    assert [disk.get("IMAGE") for disk in disks] == ["root", "data", None]
    one.run("onevm.disk_resize", vm, 0, "128M")
    one.wait_for(lambda: one.show("onevm", vm), lambda shown: shown["LCM_STATE"] == "3")
    assert entries(one.show("onevm", vm)["TEMPLATE"]["DISK"])[0]["SIZE"] == "128"
    number = one.run("onevm.disk_saveas", vm, 0, f"{vm}-saved")
    assert one.wait("oneimage", 1, number)["NAME"] == f"{vm}-saved"
    arrived(one, vm, 3)
    # The context is a disk as well, and took number 1.
    one.run("onevm.disk_detach", vm, int(disks[1]["DISK_ID"]))
    arrived(one, vm, 3)
    assert len(entries(one.show("onevm", vm)["TEMPLATE"]["DISK"])) == 2
    assert "Specify the image" in one.refusal("onevm.disk_attach", vm)


def test_snapshots_of_a_disk(one, vm):
    one.run("onevm.poweroff", vm, hard=True)
    one.wait("onevm", POWEROFF, vm)
    number = one.run("onevm.disk_snapshot_create", vm, 0, "clean")
    one.wait("onevm", POWEROFF, vm)
    (snapshot,) = one.run("onevm.disk_snapshot_list", vm, 0)
    assert (snapshot["ID"], snapshot["NAME"]) == (str(number), "clean")
    one.run("onevm.disk_snapshot_rename", vm, 0, number, "golden")
    assert one.run("onevm.disk_snapshot_list", vm, 0)[0]["NAME"] == "golden"
    one.run("onevm.disk_snapshot_revert", vm, 0, number)
    one.wait("onevm", POWEROFF, vm)
    assert one.refusal("onevm.disk_snapshot_delete", vm, 0, 99)
    assert one.run("onevm.disk_snapshot_list", vm, 5) == []


def test_snapshots_of_a_vm(one, vm):
    number = one.run("onevm.snapshot_create", vm, "before")
    arrived(one, vm, 3)
    (snapshot,) = one.run("onevm.snapshot_list", vm)
    assert (snapshot["SNAPSHOT_ID"], snapshot["NAME"]) == (str(number), "before")
    one.run("onevm.snapshot_revert", vm, number)
    arrived(one, vm, 3)
    one.run("onevm.snapshot_delete", vm, number)
    arrived(one, vm, 3)
    assert one.run("onevm.snapshot_list", vm) == []


def test_nics_join_networks_of_the_owner_or_shared_ones(one, vm):
    one.run("onevm.nic_attach", vm, "lan", attributes={"ip": "10.0.0.77"})
    arrived(one, vm, 3)
    one.run("onevm.nic_attach", vm, "EOLE", network_owner="oneadmin")
    arrived(one, vm, 3)
    nics = entries(one.show("onevm", vm)["TEMPLATE"]["NIC"])
    assert [nic["NETWORK"] for nic in nics] == ["lan", "lan", "EOLE"]
    assert nics[1]["IP"] == "10.0.0.77"
    assert nics[1]["NETWORK_ID"] == one.show("onevnet", "lan", owner="alice")["ID"]
    one.run("onevm.nic_update", vm, 1, {"inbound_avg_bw": 1024})
    arrived(one, vm, 3)
    assert entries(one.show("onevm", vm)["TEMPLATE"]["NIC"])[1]["INBOUND_AVG_BW"] == "1024"
    one.run("onevm.nic_detach", vm, 1)
    arrived(one, vm, 3)
    assert len(entries(one.show("onevm", vm)["TEMPLATE"]["NIC"])) == 2


def test_nics_join_no_other_users_network(one, vm):
    foreign = int(one.show("onevnet", "lan", owner="bob")["ID"])
    writes = one.writes()
    for how in ({"network": foreign}, {"network": "lan", "network_owner": "bob"}):
        for shared in (False, True):
            assert "is not shared with alice" in one.refusal("onevm.nic_attach", vm, shared=shared, **how)
    told = one.refusal("onevm.nic_attach", vm, "lan", attributes={"network_id": foreign})
    assert "NETWORK_ID" in told
    assert one.writes() == writes


def test_instantiate_for_another_user(one):
    number = one.run("onetemplate.instantiate", "base", name="hers", as_user="alice", extra='NOTE="x"', hold=True)
    shown = one.show("onevm", number)
    assert (shown["UNAME"], shown["GNAME"], shown["NAME"], shown["USER_TEMPLATE"]["NOTE"]) == (
        "alice",
        "users",
        "hers",
        "x",
    )
    assert shown["TEMPLATE"]["NIC"]["NETWORK_ID"] == one.show("onevnet", "lan", owner="alice")["ID"]
    unnamed = one.run("onetemplate.instantiate", "base", as_user="bob", hold=True)
    assert one.show("onevm", unnamed)["NAME"] == f"base-{unnamed}"


def test_instantiate_joins_no_other_users_network(one):
    foreign = one.show("onevnet", "lan", owner="bob")["ID"]
    writes = one.writes()
    for nic in ({"network_id": foreign}, {"NETWORK": "lan", "network_uname": "bob"}, {"Network_Mode": "auto"}):
        for name in ("NIC", "nic_alias"):
            assert one.refusal("onetemplate.instantiate", "base", as_user="alice", extra={name: [nic]}, shared=True)
    told = one.refusal("onetemplate.instantiate", "base", as_user="alice", extra=f'nic=[network_id="{foreign}"]')
    assert "is not shared with alice" in told
    assert "as_user=" in one.refusal("onetemplate.instantiate", "base", extra={"as_uid": 3})
    assert "as_user=" in one.refusal("onetemplate.instantiate", "base", as_group="users")
    assert "lan of oneadmin does not exist" in one.refusal("onetemplate.instantiate", "base")
    assert one.writes() == writes


def test_nothing_is_copied_for_a_vm_that_cannot_be_made_of_it(one):
    before = one.run("onetemplate.list"), one.run("oneimage.list")
    said = one.refusal("onetemplate.instantiate", "base", name="kept", as_user="alice", persistent=True)
    assert "cannot create a VM of alice from these copies" in said
    assert (one.run("onetemplate.list"), one.run("oneimage.list")) == before
