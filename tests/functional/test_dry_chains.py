"""States of one run that build on each other: each dry run shows what the run then does, state by state."""

import json
import re

import pytest

ALICE, BASE = {"owner": "alice"}, {"template": "server", "template_owner": "oneadmin"}
FOUNDED = [
    ("oneuser.present", {"name": "alice", "password": "alice-pw"}),
    (
        "onevnet.present",
        {"name": "lan", **ALICE, "driver": "fw", "address_ranges": {"a": {"ip": "10.0.0.10", "size": 6}}},
    ),
    (
        "oneimage.present",
        {"name": "base", "datastore": "default", "type": "DATABLOCK", "size": 8, "permissions": "644"},
    ),
    (
        "onetemplate.present",
        {
            "name": "server",
            "cpu": 0.1,
            "memory": 64,
            "permissions": "644",
            "disks": [{"image": "base", "owner": "oneadmin"}],
            "nics": [{"network": "lan"}],
        },
    ),
]
MADE = [*FOUNDED, ("onevm.present", {"name": "build", **ALICE, **BASE})]
OFF = ("onevm.powered_off", {"name": "build", **ALICE})
SAVED = [
    ("onevm.saved", {"name": "build", **ALICE, "image": "saved", "template": "saved", "version": "1"}),
    ("onevm.present", {"name": "from-saved", **ALICE, "template": "saved", "template_owner": "alice"}),
]
PUBLISHED = [
    ("oneimage.published", {"name": "golden", **ALICE, "build": "saved"}),
    ("onetemplate.published", {"name": "golden", **ALICE, "build": "saved"}),
    ("onevm.present", {"name": "from-golden", **ALICE, "template": "golden", "template_owner": "alice"}),
]
SNAPSHOTS = [
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "initial"}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "later"}),
    ("onevm.reverted", {"name": "build", **ALICE, "snapshot": "initial"}),
    ("onevm.snapshot_absent", {"name": "build", **ALICE, "snapshot": "later"}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "later"}),
    ("onevm.snapshot_keep", {"name": "build", **ALICE, "keep": 0}),
]
SYSTEM = [
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "warm", "system": True}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "warm", "system": True}),
    ("onevm.reverted", {"name": "build", **ALICE, "snapshot": "warm", "system": True}),
    ("onevm.snapshot_absent", {"name": "build", **ALICE, "snapshot": "warm", "system": True}),
    ("onevm.reverted", {"name": "build", **ALICE, "snapshot": "warm", "system": True}),
]
REBUILT = [
    ("onevm.rebuilt", {"name": "build", **ALICE}),
    SNAPSHOTS[0],
    ("onevm.rebuilt", {"name": "build", **ALICE}),
    ("onevm.rebuilt", {"name": "build", **ALICE, "strategy": "recreate", "power": "poweroff"}),
    SNAPSHOTS[0],
    ("onevm.rebuilt", {"name": "build", **ALICE, "strategy": "redeploy"}),
    SNAPSHOTS[0],
]
WITH_DISKS = {
    "disks": [{"image": "base", "owner": "oneadmin"}, {"TYPE": "fs", "size": 64}],
    "power": "poweroff",
    "memory": 64,
}
DISKS = [
    ("onevm.present", {"name": "build", **ALICE, **BASE, **WITH_DISKS}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "a", "disks": [0]}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "b", "disks": [1]}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "c", "system": True}),
    ("onevm.present", {"name": "build", **ALICE, "power": "poweroff"}),
    ("onevm.present", {"name": "build", **ALICE, "memory": 96}),
    ("onetemplate.absent", {"name": "server"}),
    ("onevm.snapshot_present", {"name": "build", **ALICE, "snapshot": "d"}),
    ("onevm.reverted", {"name": "build", **ALICE, "snapshot": "d", "power": "running"}),
    ("onevm.renamed", {"name": "other", "source": "build", **ALICE}),
    ("onevm.reverted", {"name": "other", **ALICE, "snapshot": "a"}),
    ("onevm.suspended", {"name": "other", **ALICE}),
]
GONE = ("onevm.absent", {"name": "build", **ALICE})
ANEW = ("onevm.present", {"name": "build", **ALICE, **BASE, "memory": 96})
POWER = [
    ("onevm.present", {"name": "build", **ALICE, **BASE, "power": "suspended"}),
    ("onevm.running", {"name": "build", **ALICE}),
    ("onevm.present", {"name": "build", **ALICE, **BASE, "power": "poweroff"}),
    ("onevm.present", {"name": "build", **ALICE, **BASE, "power": "undeployed"}),
    ("onevm.running", {"name": "build", **ALICE}),
]
TWICE = [
    ("onevnet.present", {"name": "dmz", **ALICE, "driver": "fw", "attributes": {"A": "1"}}),
    ("onevnet.present", {"name": "dmz", **ALICE, "driver": "fw", "attributes": {"A": "2"}}),
    ("onevnet.present", {"name": "dmz", **ALICE, "driver": "fw"}),
    ("onevnet.present", {"name": "dmz", **ALICE, "dns": "1.1.1.1"}),
    ("onevnet.renamed", {"name": "zone", "source": "dmz", **ALICE}),
    ("onevnet.present", {"name": "zone", **ALICE, "driver": "fw", "attributes": {"A": "2"}}),
    ("onevnet.absent", {"name": "dmz", **ALICE}),
    ("onevnet.absent", {"name": "zone", **ALICE}),
    ("onevnet.absent", {"name": "zone", **ALICE}),
    ("onevnet.present", {"name": "zone", **ALICE, "driver": "fw"}),
]
WITHOUT = [
    ("onetemplate.absent", {"name": "server"}),
    ("onevm.present", {"name": "late", **ALICE, **BASE}),
    ("onetemplate.absent", {"name": "server"}),
]
#: What a VM uses, and what an image and a network use.
HELD = [
    ("onecluster.present", {"name": "blades"}),
    ("onegroup.present", {"name": "eole"}),
    ("oneuser.present", {"name": "bob", "password": "bob-pw", "group": "eole"}),
    ("onesecgroup.present", {"name": "web", **ALICE, "rules": []}),
    ("onesecgroup.present", {"name": "db", "rules": [], "permissions": "644"}),
    (
        "onetemplate.present",
        {"name": "guarded", "cpu": 1, "memory": 64, "nics": [{"network": "lan", "security_groups": ["db"]}]},
    ),
    ("onevmgroup.present", {"name": "front", **ALICE, "roles": {"web": {}}}),
    ("onevnet.present", {"name": "dmz", **ALICE, "driver": "fw", "security_groups": ["web"], "clusters": ["blades"]}),
    (
        "onevm.present",
        {"name": "build", **ALICE, **BASE, "vmgroup": "front", "vmgroup_role": "web"},
    ),
]
UNDER = [
    ("onevnet.absent", {"name": "lan", **ALICE}),
    ("oneimage.absent", {"name": "base"}),
    ("onevmgroup.absent", {"name": "front", **ALICE}),
    ("onesecgroup.absent", {"name": "web", **ALICE}),
    ("onesecgroup.absent", {"name": "db"}),
    ("onecluster.absent", {"name": "blades"}),
    ("onegroup.absent", {"name": "eole"}),
    ("oneuser.absent", {"name": "alice"}),
    ("onetemplate.absent", {"name": "server"}),
]
FREED = [
    GONE,
    ("onetemplate.absent", {"name": "guarded"}),
    ("onevnet.absent", {"name": "dmz", **ALICE}),
    ("oneuser.absent", {"name": "bob"}),
    *UNDER,
]
RENAMED = [
    *MADE,
    ("oneimage.renamed", {"name": "former", "source": "base"}),
    ("oneimage.absent", {"name": "former"}),
    ("onevm.absent", {"name": "build", **ALICE}),
    ("oneimage.absent", {"name": "former"}),
]
MOVED = [
    (
        "onevnet.present",
        {"name": "dmz", **ALICE, "driver": "fw", "address_ranges": {"a": {"ip": "10.1.0.10", "size": 6}}},
    ),
    ("onevm.present", {"name": "build", **ALICE, **BASE, "nics": [{"network": "dmz"}], "disruption": "allow"}),
    ("onevnet.absent", {"name": "dmz", **ALICE}),
    ("onevnet.absent", {"name": "lan", **ALICE}),
]


def lan(name="lan", **changed):
    return ("onevnet.present", {"name": name, **ALICE, "driver": "fw", **changed})


A, B = {"ip": "10.0.0.10", "size": 6}, {"ip": "10.9.0.10", "size": 4}
ON_B = ("onevm.present", {"name": "build", **ALICE, **BASE, "nics": [{"network": "lan", "ip": "10.9.0.10"}]})
ON_A = ("onevm.present", {"name": "build", **ALICE, **BASE, "nics": [{"network": "lan", "ip": "10.0.0.15"}]})
TWO = lan(address_ranges={"a": A, "b": B})


def part(name="part", size=6):
    return lan(name, reserved_from={"network": "lan", "owner": "alice", "size": size})


WIDENED = [*FOUNDED, TWO, ON_A]
RANGES = [
    (ON_B[0], {**ON_B[1], "disruption": "allow"}),
    lan(address_ranges={"a": {**A, "size": 5}, "b": B}),
    lan(address_ranges={"b": B}),
    (ON_A[0], {**ON_A[1], "disruption": "allow"}),
    lan(address_ranges={"a": A}),
]
FREE = [part(), ("onevm.absent", {"name": "build", **ALICE}), part()]


@pytest.fixture
def apply(opennebula, state_tree):
    """Apply states in order: the result of each."""

    def run(states, test):
        low = {f"{at:02}": {function: [given, {"order": at + 1}]} for at, (function, given) in enumerate(states)}
        (state_tree / "chain.sls").write_text(f"#!json\n{json.dumps(low)}")
        returned = {each.id: each for each in opennebula.modules.state.apply("chain", test=test)}
        return [returned[name] for name in sorted(low)]

    return run


def plain(result):
    """What both runs must say; a dry run knows no ID of what is yet to be made."""
    return json.loads(re.sub(r" \(ID \d+\)", "", json.dumps(result.changes))), result.result is False


@pytest.mark.parametrize(
    ("before", "chain"),
    [
        ([], [*MADE, OFF, *SAVED]),
        ([], [*MADE, OFF, *SAVED, *PUBLISHED, GONE]),
        (MADE, [OFF, *SAVED, *PUBLISHED, GONE, ANEW]),
        (MADE, [*SNAPSHOTS, OFF, *SAVED, GONE]),
        (MADE, SAVED),
        ([], [*MADE, *SAVED]),
        (MADE, POWER),
        (FOUNDED, TWICE),
        (FOUNDED, WITHOUT),
        ([], [*FOUNDED, *WITHOUT]),
        ([*MADE, OFF, *SAVED], [*PUBLISHED, GONE]),
        ([], [*FOUNDED, *HELD, *UNDER]),
        (FOUNDED, [*HELD, *UNDER]),
        ([*FOUNDED, *HELD], UNDER),
        ([], [*FOUNDED, *HELD, *FREED]),
        ([], RENAMED),
        (FOUNDED, RENAMED[len(FOUNDED) :]),
        (MADE, MOVED),
        ([], [*MADE, *SNAPSHOTS, OFF, *SAVED, GONE]),
        (FOUNDED, [MADE[-1], *SNAPSHOTS]),
        (MADE, SYSTEM),
        ([], [*MADE, *SYSTEM]),
        (MADE, REBUILT),
        (FOUNDED, [MADE[-1], *REBUILT]),
        ([], [*MADE, *REBUILT]),
        ([], [*FOUNDED, *DISKS]),
        (FOUNDED, DISKS),
        (WIDENED, RANGES[:2]),
        (WIDENED, RANGES[:3:2]),
        (WIDENED, [RANGES[1]]),
        (WIDENED, FREE),
        (WIDENED, [RANGES[0], part()]),
        ([*FOUNDED, TWO, part()], [("onevnet.absent", {"name": "part", **ALICE}), lan(address_ranges={"b": B})]),
        (
            [*FOUNDED, lan(address_ranges={"a": A}, holds={"10.0.0.15": "printer"})],
            [part(), lan(holds={}), part()],
        ),
        (FOUNDED, [part(size=4), part("other", 3), part("other", 2)]),
        ([*FOUNDED, part(size=3)], [part(), part("other", 1)]),
        (FOUNDED, [part(size=4), ("onevnet.absent", {"name": "part", **ALICE}), part("other", 4)]),
    ],
    ids=[
        "made-off-saved",
        "made-saved-published-gone",
        "off-saved-published-gone-made-again",
        "snapshots",
        "running-is-not-saved",
        "new-and-running-is-not-saved",
        "power",
        "one-object-several-times",
        "removed-and-needed",
        "made-removed-and-needed",
        "published-afterwards",
        "made-and-what-it-uses-removed",
        "made-of-what-is-there-and-that-removed",
        "there-and-what-it-uses-removed",
        "made-and-all-removed",
        "made-and-its-image-renamed-and-removed",
        "made-of-an-image-that-is-renamed-and-removed",
        "moved-and-both-networks-removed",
        "made-snapshots",
        "made-of-what-is-there-and-snapshots",
        "system-snapshots",
        "made-and-system-snapshots",
        "rebuilt",
        "made-of-what-is-there-and-rebuilt",
        "made-and-rebuilt",
        "made-with-disks-and-reverted",
        "made-of-what-is-there-with-disks-and-reverted",
        "moved-and-range-shrunk",
        "moved-and-range-removed",
        "range-in-use-shrunk",
        "removed-and-reserved",
        "moved-and-reserved",
        "reservation-and-range-removed",
        "released-and-reserved",
        "reserved-more-than-there-is",
        "grown-to-all-there-is",
        "reserved-removed-and-reserved",
    ],
)
def test_a_dry_run_of_a_chain_shows_what_the_run_does(apply, before, chain):
    if before:
        assert all(each.result for each in apply(before, test=False))
    dry, real = apply(chain, test=True), apply(chain, test=False)
    for state, said, done in zip(chain, dry, real, strict=True):
        assert plain(said) == plain(done), (state, said.comment, done.comment)


# No ID is the name of another state's object: Salt 3006 takes such a state for its own prerequisite, and recurses.
PREREQ = """
build is powered off:
  onevm.powered_off:
    - {name: build, owner: alice}
    - prereq: [{onevm: "build is put back"}]
build is put back:
  onevm.reverted:
    - {name: build, owner: alice, snapshot: initial, power: running}
template first:
  onetemplate.present:
    - {cpu: 0.1, memory: 64}
    - prereq: [{onetemplate: then another}]
then another:
  onetemplate.present:
    - {cpu: 0.2, memory: 64}
"""


def test_what_is_tried_as_prereq_is_carried_out_afterwards(apply, opennebula, state_tree):
    """Salt tries a state first when another one has it as ``prereq``, in a dry run as well as in a real one."""
    assert all(each.result for each in apply([*MADE, SNAPSHOTS[0]], test=False))
    (state_tree / "prereq.sls").write_text(PREREQ)
    dry, real = (
        {each.id: each for each in opennebula.modules.state.apply("prereq", test=test)} for test in (True, False)
    )
    assert all(each.changes for each in dry.values())
    assert {name: (plain(each), each.result) for name, each in real.items()} == {
        name: (plain(each), True) for name, each in dry.items()
    }
    assert opennebula.modules.onevm.show("build", owner="alice")["LCM_STATE"] == "3"
