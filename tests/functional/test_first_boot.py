"""Snapshots are taken of disks from which nothing has started, or of a guest that has reported that it is ready."""

import pytest

from onecore.kinds.registry import KINDS
from onecore.orchestration.users import faults
from tests.chaos.stories import example, highstate, lab
from tests.chaos.world import World, timeless
from tests.doubles.pillars import merged

VM = KINDS["onevm"]


def pillar(**said):
    """The example for alice, with a lab of one VM."""
    machine = {"template": "server", "networks": ["dmz1"], "snapshot": "initial", **said}
    config = example(("alice",))
    config["blueprints"]["eole"]["labs"] = {"school": {"web": machine}}
    return config


def built(config):
    """What the wire was told as the lab was built, and the VM as it is then."""
    world = World()
    with timeless() as clock:
        assert highstate(config)(world, clock, None) == []
        wire = world.wire()
        assert lab(config, "build")(world, clock, wire) == []
    return wire.writes, world.connect().get(VM, "web", "alice")


def actions(writes):
    return [each[1] if each[0] == "one.vm.action" else each[0].rpartition(".")[2] for each in writes]


def test_nothing_starts_before_the_snapshot_is_there():
    writes, vm = built(pillar())
    snapshots = ["disksnapshotcreate"] * 2
    assert actions(writes)[-6:] == ["poweroff-hard", *snapshots, "updateconf", "update", "resume"]
    assert 'BOOT="nic0"' in writes[0][4]
    assert vm.text("TEMPLATE/OS/BOOT") == "disk0"
    assert not vm.text("USER_TEMPLATE/SALT_FIRST_BOOT")


def test_the_order_of_the_template_comes_back():
    config = pillar()
    config["shared"]["templates"]["server"]["attributes"] = {"OS": {"ARCH": "x86_64", "BOOT": "disk0,nic0"}}
    _, vm = built(config)
    assert (vm.text("TEMPLATE/OS/BOOT"), vm.text("TEMPLATE/OS/ARCH")) == ("disk0,nic0", "x86_64")


def test_a_guest_that_has_reported_is_asked_to_power_off():
    writes, vm = built(pillar(ready="context-report"))
    assert actions(writes)[-4:] == ["poweroff", "disksnapshotcreate", "disksnapshotcreate", "resume"]
    assert not vm.text("TEMPLATE/OS/BOOT")


def test_a_vm_that_is_made_anew_gets_its_snapshot_in_the_same_way():
    config = pillar()
    world = World()
    with timeless() as clock:
        for chapter in (highstate(config), lab(config, "build")):
            assert chapter(world, clock, None) == []
        number = world.connect().get(VM, "web", "alice").id
        for disk in (0, 1):
            # OpenNebula keeps the active one.
            world.call("one.vm.disksnapshotcreate", number, disk, "later")
            world.settle()
            world.call("one.vm.disksnapshotdelete", number, disk, 0)
            world.settle()
        wire = world.wire()
        assert lab(config, "rebuild")(world, clock, wire) == []
    vm = world.connect().get(VM, "web", "alice")
    assert actions(wire.writes)[:3] == ["update", "updateconf", "recover"]
    assert vm.text("TEMPLATE/OS/BOOT") == "disk0"
    assert {each["NAME"] for _, each in vm.nested("SNAPSHOTS", "SNAPSHOT")} >= {"initial"}


@pytest.mark.parametrize("ready", ["running", None])
def test_a_guest_of_which_nobody_knows_that_it_is_ready(ready):
    said = {"snapshot_taken": "ready", **({"ready": ready} if ready else {})}
    (fault,) = faults(merged(pillar(), {"blueprints": {"eole": {"labs": {"school": {"web": said}}}}}))
    assert "snapshot_taken: it is not known when the guest is ready" in fault
