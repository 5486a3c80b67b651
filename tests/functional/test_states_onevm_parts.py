"""The parts of a VM in states: NICs and aliases, disks, configuration, scheduled actions, a role.

Each test goes through a life: made, left alone, changed, emptied. The driver sees to it that dry runs tell what then
happens, and that second runs write nothing.
"""

import pytest

pytest_plugins = ["tests.functional.driver"]


@pytest.fixture(scope="module", autouse=True)
def ground(one):
    one.state("oneuser.present", name="alice", password="pw", group="users")
    for number, name in enumerate(("lan", "dmz")):
        ranges = {"a": {"ip": f"10.0.{number}.1", "size": 100}}
        one.state("onevnet.present", name=name, owner="alice", driver="dummy", bridge=name, address_ranges=ranges)
    for name in ("root", "data", "more"):
        one.state("oneimage.present", name=name, owner="alice", datastore="default", type="DATABLOCK", size=8)
    one.state("onetemplate.present", name="base", cpu=0.1, memory=64, context={"network": "YES"}, permissions="644")


@pytest.fixture
def vm(one):
    """Declare a VM of alice's, which is gone after the test; its NICs, disks and the like."""
    named = {"name": "web", "owner": "alice"}

    def declare(**arguments):
        return one.converge("onevm.present", **named, template="base", **arguments)

    declare.named = {**named, "template": "base"}
    yield declare
    one.state("onevm.absent", **named)


def parts(one, name):
    """The vectors of a name in the VM's template."""
    found = one.show("onevm", "web")["TEMPLATE"].get(name) or []
    return found if isinstance(found, list) else [found]


def test_the_life_of_a_nic(one, vm):
    vm(nics=[{"network": "lan", "model": "e1000", "inbound_avg_bw": 100}, {"network": "dmz"}])
    lan, dmz = parts(one, "NIC")
    one.settled("onevm.present", **vm.named, nics=[{"network": "lan"}, {"network": "dmz"}])

    # What OpenNebula can change, it changes.
    vm(nics=[{"network": "lan", "inbound_avg_bw": 200}, {"network": "dmz", "outbound_avg_bw": 50}])
    vm(nics=[{"network": "lan", "inbound_avg_bw": None}, {"network": "dmz", "outbound_avg_bw": None}])
    assert [nic["NIC_ID"] for nic in parts(one, "NIC")] == [lan["NIC_ID"], dmz["NIC_ID"]]

    # Anything else takes leave.
    another = {**vm.named, "nics": [{"network": "lan"}, {"network": "dmz", "model": "virtio"}]}
    said = one.refused("onevm.present", **another)
    assert "nics:dmz (attached again) from {'MODEL': None} to {'MODEL': 'virtio'}. Set disruption: allow" in said
    one.converge("onevm.present", **another, disruption="allow")
    assert [nic["IP"] for nic in parts(one, "NIC")] == [lan["IP"], dmz["IP"]]
    assert [nic.get("MODEL") for nic in parts(one, "NIC")] == ["e1000", "virtio"]

    # Their order too.
    swapped = {**vm.named, "nics": [{"network": "dmz"}, {"network": "lan"}]}
    assert "disruption: allow" in one.refused("onevm.present", **swapped)
    one.settled("onevm.present", **swapped, nic_order="any")
    one.converge("onevm.present", **swapped, disruption="allow")
    assert [nic["NETWORK"] for nic in parts(one, "NIC")] == ["dmz", "lan"]
    vm(nics=[])
    assert parts(one, "NIC") == []


def test_the_life_of_an_alias(one, vm):
    vm(nics=[{"network": "lan", "aliases": [{"network": "lan", "ip": "10.0.0.50"}]}])
    one.settled("onevm.present", **vm.named, nics=[{"network": "lan"}])
    vm(nics=[{"network": "lan", "aliases": [{"network": "lan"}, {"network": "dmz", "ip": "10.0.1.50"}]}])
    assert [each["IP"] for each in parts(one, "NIC_ALIAS")] == ["10.0.0.50", "10.0.1.50"]
    vm(nics=[{"network": "lan", "model": "virtio"}], disruption="allow")
    assert [each["IP"] for each in parts(one, "NIC_ALIAS")] == ["10.0.0.50", "10.0.1.50"]
    done = vm(nics=[{"network": "dmz"}], disruption="allow")
    (gone,) = [each["old"] for each in done.changes.values() if each["new"] is None]
    assert gone["aliases"] == ["10.0.0.50", "10.0.1.50"]
    assert parts(one, "NIC_ALIAS") == []


def test_a_vm_made_anew_has_its_nics_and_aliases_again(one, vm):
    vm(nics=[{"network": "lan", "note": "mine", "aliases": [{"network": "dmz", "note": "too"}]}])
    before = [(nic["IP"], nic["NOTE"]) for name in ("NIC", "NIC_ALIAS") for nic in parts(one, name)]
    vm(memory=128, on_change="redeploy")
    after = [(nic["IP"], nic["NOTE"]) for name in ("NIC", "NIC_ALIAS") for nic in parts(one, name)]
    assert after == before


def test_the_life_of_a_disk(one, vm):
    vm(disks=[{"image": "root"}, {"type": "swap", "size": 10}])
    vm(disks=[{"image": "root", "size": 16}, {"type": "swap", "size": 10}, {"image": "data"}])
    less = {**vm.named, "disks": [{"image": "root"}, {"type": "swap", "size": 10}]}
    assert "disks:disk 3" in one.refused("onevm.present", **less)
    one.converge("onevm.present", **less, disruption="allow")
    # In the place of another.
    vm(disks=[{"image": "more"}, {"type": "swap", "size": 10}], disruption="allow")
    assert {disk["TARGET"]: disk.get("IMAGE") for disk in parts(one, "DISK")} == {"sda": "more", "sdb": None}
    assert "would come last" in one.refused("onevm.present", **vm.named, disks=[{"image": "root"}, {"image": "more"}])


def test_the_life_of_a_configuration(one, vm):
    vm(os={"machine": "q35"}, graphics={"type": "vnc", "listen": "127.0.0.1"}, tpm={"model": "tpm-crb"})
    done = vm(os={"machine": "pc", "arch": "x86_64"}, cpu_model={"model": "host-passthrough"})
    assert "when it is powered off and on" in done.comment
    vm(graphics={"listen": None}, backup_config={"mode": "INCREMENT", "keep_last": 3})
    vm(os={"arch": None}, on_change="poweroff")
    (graphics,) = parts(one, "GRAPHICS")
    assert (graphics["TYPE"], graphics.get("LISTEN")) == ("vnc", None)
    assert "redeploy" in one.refused("onevm.present", **vm.named, tpm={"model": "tpm-tis"})


def test_the_life_of_scheduled_actions(one, vm):
    night = {"action": "poweroff", "time": "2050-01-01T20:00", "repeat": "weekly", "days": [1, 5]}
    vm(scheduled_actions={"night": night, "end": {"action": "terminate", "time": "+2w"}})
    vm(scheduled_actions={"night": {**night, "days": [2]}, "copy": {"action": "snapshot-create", "time": "+1d"}})
    assert {each["action"] for each in one.run("onevm.sched_list", "web")} == {"poweroff", "snapshot-create"}
    vm(scheduled_actions={})
    assert one.run("onevm.sched_list", "web") == []


def test_the_life_of_a_role(one, vm):
    one.cloud.call("one.vmgroup.allocate", 'NAME="apart" ROLE=[NAME="db"] ROLE=[NAME="web"]')
    one.cloud.call("one.vmgroup.chmod", 0, 1, 1, 0, 1, 0, 0, 1, 0, 0)
    vm(vmgroup="apart", vmgroup_role="db")
    vm(vmgroup="apart", vmgroup_role="web")
    vm(vmgroup="")
    assert parts(one, "VMGROUP") == []


def test_a_vm_that_no_host_takes_as_it_is(one, vm):
    """It gets its place by being changed: nobody waits for it before."""
    much = {**vm.named, "cpu": 1000}
    one.state("onevm.present", **much, wait=False)
    one.converge("onevm.present", **{**much, "cpu": 500}, wait=False)
    said = vm(cpu=0.5, memory=32, os={"arch": "x86_64"}, nics=[{"network": "lan"}])
    assert "PENDING" not in said.comment
    assert one.show("onevm", "web")["LCM_STATE"] == "3"


@pytest.mark.parametrize("on_change", ["poweroff", "redeploy"])
def test_another_way_to_a_vm_that_no_host_takes(one, vm, on_change):
    one.state("onevm.present", **vm.named, cpu=1000, wait=False)
    vm(cpu=0.5, on_change=on_change)
    assert one.show("onevm", "web")["LCM_STATE"] == "3"
