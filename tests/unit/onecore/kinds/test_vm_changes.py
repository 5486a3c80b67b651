"""How changes reach a VM that exists: live, powered off, by a new VM, or not at all; sizes of disks."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.marks import RESTORE
from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.vm.changes import DiskSizes
from onecore.kinds.vm.kind import VM
from tests.doubles.fake_cloud import KINDS, described
from tests.doubles.fake_vms import cloud_of, cloud_with, vm
from tests.unit.onecore.verbs.test_rebuild import machine, setup

ALICE = described("oneuser", 2, "alice", GID=1, GNAME="users", GROUPS={"ID": [1]})


def present(cloud, test=False, **values):
    (report,) = converge(cloud, KINDS, [Desired("onevm", "web", "alice", values, "sls/alice")], test)
    return report


def sized(size, **options):
    content = machine(**options)
    for disk in content["TEMPLATE"]["DISK"]:
        disk["SIZE"] = size
    return content


def verbs(client):
    return [params[1] if method == "one.vm.action" else method for method, *params in map(_flat, client.writes)]


def _flat(write):
    return (write[0], None, write[1]) if write[0] == "one.vm.action" else write


def test_disks_grow_and_do_not_shrink():
    client, cloud = setup(sized("1024"))
    report = present(cloud, disks={1: "2G"})
    assert (report.error, report.changes(False)) == ("", {"disks:1": {"old": 1024, "new": 2048}})
    assert client.writes == [("one.vm.diskresize", 0, 1, "2048")]
    client.log.clear()
    assert present(cloud, disks={1: "2G", 0: 1024}).action == "none"
    assert "no disk smaller" in present(cloud, disks={0: 512}).error
    assert "no disk 7" in present(cloud, disks={7: 512}).error
    assert not client.writes


@pytest.mark.parametrize("given", [["2G"], {"a": 1}, {0: "big"}, {0: 1, "0": 2}, {-1: 5}])
def test_sizes_that_cannot_be(given):
    with pytest.raises(ArgumentError):
        DiskSizes("disks").wanted(given)


def test_a_new_vm_gets_its_sizes_from_the_start():
    client, cloud = setup(None)
    instantiate = client.answers["one.template.instantiate"]
    asked = []

    def noted(number, name, hold, text, persistent):
        asked.append(text)
        made = instantiate(number, name, hold, text, persistent)
        client.vm(made)["TEMPLATE"]["DISK"][1]["SIZE"] = "2048"
        return made

    client.answers["one.template.instantiate"] = noted
    report = present(cloud, template="web", template_owner="oneadmin", disks={1: "2G"})
    assert report.error == ""
    assert 'SIZE="2048"' in asked[0] and 'IMAGE="base"' in asked[0]
    assert "no disk 2" in present(cloud_of(client), disks={2: "2G"}).error


def test_live_reaches_it_as_it_is():
    client, cloud = setup(sized("1024"))
    assert present(cloud, memory=128, cpu=2, disks={0: 2048}).error == ""
    # One call for the capacity.
    assert verbs(client) == ["one.vm.resize", "one.vm.diskresize"]


def test_powered_off_meanwhile_just_once():
    client, cloud = setup(sized("1024"))
    report = present(cloud, on_change="poweroff", memory=128, disks={0: 2048})
    assert report.error == ""
    assert set(report.changes(False)) == {"memory", "disks:0"}
    assert verbs(client) == [
        "one.vm.update",
        "poweroff",
        "one.vm.resize",
        "one.vm.diskresize",
        "resume",
        "one.vm.update",
    ]
    assert client._power(0) == "running"
    assert RESTORE not in client.vm(0)["USER_TEMPLATE"]


def test_what_is_off_stays_off():
    client, cloud = setup(sized("1024", power="poweroff"))
    assert present(cloud, on_change="poweroff", memory=128).error == ""
    assert verbs(client) == ["one.vm.resize"]


def test_refused():
    client, cloud = setup(sized("1024"))
    for test in (True, False):
        assert present(cloud, test, on_change="refuse", memory=128).error == (
            "on_change: refuse lets nothing reach the VM, and this would: memory."
        )
    assert not client.writes
    assert present(cloud, on_change="refuse", memory=64, attributes={"NOTE": "mine"}).error == ""


@pytest.mark.parametrize("mark", ["", "sls/bob"])
def test_nobody_elses_vm_is_replaced(mark):
    content = sized("1024")
    content["USER_TEMPLATE"]["SALT_MANAGED"] = mark
    client, cloud = setup(content)
    for test in (True, False):
        said = present(cloud, test, on_change="redeploy", memory=128).error
        assert "would replace the VM because of memory" in said
        assert "was not created by these states" in said
    assert not client.writes


def test_a_replacement_is_announced():
    client, cloud = setup(sized("1024"))
    said = present(cloud, True, on_change="redeploy", memory=128).comment(True)
    assert said.endswith("redeploy replaces the VM by a new one, and what was written on its disks is lost.")
    assert "replaces" not in present(cloud_of(client), True, on_change="redeploy", memory=64).comment(True)
    assert not client.writes


def test_a_new_vm_takes_its_place():
    client, cloud = setup(sized("1024"))
    instantiate = client.answers["one.template.instantiate"]

    def with_memory(number, name, hold, text, persistent):
        made = instantiate(number, name, hold, text, persistent)
        client.vm(made)["TEMPLATE"]["MEMORY"] = client.vm(made)["USER_TEMPLATE"].pop("MEMORY")
        return made

    client.answers["one.template.instantiate"] = with_memory
    report = present(cloud, on_change="redeploy", memory=128)
    assert (report.error, report.id) == ("", 1)
    assert client.vm(1)["TEMPLATE"]["MEMORY"] == "128"
    assert client.vm(1)["TEMPLATE"]["NIC"][0]["IP"] == "10.0.0.7"
    assert set(cloud.pool(VM).by_id) == {1}


@pytest.mark.parametrize("power", ["running", "poweroff"])
def test_a_new_vm_is_brought_to_the_declared_power_state(power):
    client, cloud = setup(sized("1024", power=power))
    instantiate = client.answers["one.template.instantiate"]

    def with_memory(number, name, hold, text, persistent):
        made = instantiate(number, name, hold, text, persistent)
        client.vm(made)["TEMPLATE"]["MEMORY"] = client.vm(made)["USER_TEMPLATE"].pop("MEMORY")
        return made

    client.answers["one.template.instantiate"] = with_memory
    assert present(cloud, on_change="redeploy", memory=128, power=power).error == ""
    assert client._power(1) == power


def test_an_address_that_could_not_be_leased_again_is_told_while_the_old_vm_is_there():
    client, cloud = setup(sized("1024"))
    client.objects["onevnet"][9] = {**client.objects["onevnet"][9], "AR_POOL": {}}
    assert "lan of alice, so that OpenNebula cannot lease it" in present(cloud, on_change="redeploy", memory=128).error
    assert not client.writes


def test_many_are_powered_off_meanwhile_side_by_side():
    def looks(many):
        names = [f"vm{number}" for number in range(many)]
        client, cloud = cloud_with(*[vm(number, name) for number, name in enumerate(names)], oneuser=[ALICE])
        declared = {"on_change": "poweroff", "memory": 128}
        wanted = [Desired("onevm", name, "alice", declared, "sls/alice", adopt=True) for name in names]
        assert [report.error for report in converge(cloud, KINDS, wanted)] == [""] * many
        assert {each["TEMPLATE"]["MEMORY"] for each in client.objects["onevm"].values()} == {"128"}
        return client.looks

    assert looks(20) <= looks(2)
