"""Several VMs of one declaration: more of them, fewer, none; in a lab, and as single objects."""

import copy

import pytest

from onecore.kinds.vm.kind import VM
from onecore.orchestration.lab_campaign import left_over, picked, run
from onecore.orchestration.lab_work import WORKS
from onecore.orchestration.users import build
from onecore.pillar.labs import chosen, machines
from tests.doubles.school import CONFIG
from tests.doubles.simulated import Simulated

pytest_plugins = ["tests.functional.driver"]


# -- in a lab ------------------------------------------------------------------------------------------------------


@pytest.fixture
def simulated():
    """A cloud with all that a lab needs."""
    simulated = Simulated()
    for user in (None, "alice"):
        assert build(simulated.connect(), CONFIG, user, test=False).counts()["failed"] == 0
    return simulated


def school(count):
    """The pillar with a lab of one VM and of several that come after it."""
    config = copy.deepcopy(CONFIG)
    lab = config["blueprints"]["eole"]["labs"]["school"]
    lab["web"] |= {"count": count, "snapshot": None}
    lab["db"]["snapshot"] = None
    return config


def work(simulated, name, found, test=False):
    """Do something with VMs of a lab: what became of each, and how many calls wrote."""
    wire = simulated.wire()
    outcome = run(simulated.connect(wire), [WORKS[name](each) for each in found], test)
    return {row["vm"]: row["outcome"] for row in outcome.rows()}, len(wire.writes)


def names(simulated):
    return sorted(vm.name for vm in simulated.connect().pool(VM))


def test_a_lab_of_several(simulated):
    """More are made, and what is not declared any more goes with its lab, or with `prune`."""
    two, three, one = (machines(chosen(school(count))) for count in (2, 3, 1))
    assert [each.desired.alike for each in three] == [1, 3, 3, 3]
    created = {"db": "created", "web-1": "created", "web-2": "created"}
    assert work(simulated, "build", two, test=True) == (created, 0)
    assert work(simulated, "build", two)[0] == created
    assert work(simulated, "build", two) == (dict.fromkeys(created, "as declared"), 0)
    assert work(simulated, "build", three)[0] == {**dict.fromkeys(created, "as declared"), "web-3": "created"}
    marks = {vm.name: str(vm.mark) for vm in simulated.connect().pool(VM)}
    assert marks["web-3"] == "eole/alice/onevm/web-3"

    assert work(simulated, "reset", picked(three, "web"), test=True)[0].keys() == {"web-1", "web-2", "web-3"}
    assert [each.name for each in picked(three, "web-2,db")] == ["db", "web-2"]
    left = left_over(simulated.connect(), "alice", "school", two)
    assert [each.name for each in left] == ["web-3"]
    assert work(simulated, "destroy", left)[0] == {"web-3": "removed"}

    for leave, expected in ((False, ["db", "web-1", "web-2"]), (True, ["db", "web-1"])):
        config = school(1)
        foreseen = build(simulated.connect(), config, "alice", test=True, prune=leave).counts()
        done = build(simulated.connect(), config, "alice", test=False, prune=leave).counts()
        assert foreseen == done and done["removed"] == int(leave)
        assert names(simulated) == expected
    assert work(simulated, "build", one) == ({"db": "as declared", "web-1": "as declared"}, 0)


# -- single objects ------------------------------------------------------------------------------------------------

SERVER = {"cpu": 0.1, "memory": 64, "permissions": "644"}


@pytest.fixture
def declare(drive, cloud, connection):
    """Salt with a pillar of so many VMs: ``declare(3)``."""

    def declared(count, said=None, **others):
        web = {"template": "server", "template_owner": "oneadmin", "count": count, **(said or {})}
        config = {
            "connection": connection(cloud),
            "prune": True,
            "shared": {"templates": {"server": SERVER}},
            "objects": {"onevm": {"web": web, **others}},
        }
        return drive(config, cloud)

    return declared


def vms(one):
    return sorted(row["name"] for row in one.run("onevm.list"))


def test_single_vms_of_one_declaration(declare):
    for count, before in ((2, 0), (3, 2)):
        made = declare(count).converge("opennebula.shared", name="everything")
        # The template comes with the first.
        assert made.changes == {"created": count - before + (before == 0)}
    one = declare(1)
    one.settled("opennebula.shared", name="everything")
    assert vms(one) == ["web-1", "web-2", "web-3"]
    assert one.refused("opennebula.pruned", name="Nothing more", max_deletions=1)
    gone = one.converge("opennebula.pruned", name="Nothing more")
    assert gone.changes == {"removed": 2}
    assert vms(one) == ["web-1"]
    declare(0).converge("opennebula.pruned", name="Nothing more")
    assert vms(one) == []


# -- what only one VM can have -------------------------------------------------------------------------------------


@pytest.fixture
def kept(declare):
    """A persistent image that the pillar does not declare, and a template with it."""
    one = declare(0)
    one.state("opennebula.shared", name="everything")
    one.state("oneimage.present", name="kept", datastore="default", size=8, persistent=True, type="DATABLOCK")
    disks = [{"image": "kept", "owner": "oneadmin"}]
    one.state("onetemplate.present", name="keeper", **SERVER, disks=disks)
    yield disks
    for name in ("first", "second"):
        one.state("onevm.absent", name=name)
    one.state("onetemplate.absent", name="keeper")
    one.state("oneimage.absent", name="kept")


@pytest.mark.parametrize("by_template", [False, True], ids=("disks", "template"))
def test_several_with_a_persistent_image(declare, kept, by_template):
    """None is made, and each is told why; one VM may have it."""
    said = {"template": "keeper"} if by_template else {"disks": kept}
    several = declare(2, said)
    before = several.writes(), vms(several)
    for test in (True, False):
        refused = several.state("opennebula.shared", name="everything", test=test)
        assert refused.result is False
        why = "image kept of oneadmin is persistent: only one VM can use it, not each of 2."
        assert refused.comment.count(f"{why} The same for 1 more: VM web-2 of oneadmin.") == 1
    assert (several.writes(), vms(several)) == before
    one = declare(1, said)
    one.converge("opennebula.shared", name="everything")
    declare(0).converge("opennebula.pruned", name="Nothing more")


@pytest.mark.parametrize("by_template", [False, True], ids=("disks", "template"))
def test_two_vms_with_one_persistent_image(declare, kept, by_template):
    """A dry run tells of the second what a real one does."""
    said = {"template": "keeper"} if by_template else {"template": "server", "disks": kept}
    two = declare(0, first=said, second=said)
    for test in (True, False):
        done = two.state("opennebula.shared", name="everything", test=test)
        assert done.result is False
        assert done.comment.count("image kept of oneadmin is persistent, and in use by VM") == 1
    assert vms(two) == ["first"]
