"""Networks that are reserved from networks of the same pillar, and images that are copies of its images: in one run."""

import itertools

import pytest

from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build, demolish, faults, prune
from tests.doubles.simulated import Simulated

LAN = {"driver": "bridge", "bridge": "br0", "cidr": "10.0.0.0/24", "first": "10.0.0.5", "size": 50}
CONFIG = {
    "shared": {
        "networks": {"first": {"reserved_from": {"network": "UP", "size": 4}}, "UP": LAN},
        "images": {
            "third": {"datastore": "default", "clone_from": "second"},
            "second": {"datastore": "default", "clone_from": "disk"},
            "disk": {"datastore": "default", "type": "DATABLOCK", "size": 8},
        },
    },
    "blueprints": {
        "eole": {
            "networks": {
                "part": {"reserved_from": {"network": "lan", "owner": "alice", "size": 4}},
                "lan": {**LAN, "bridge": "br1"},
                "uplink": {"reserved_from": {"network": "UP", "size": 2}},
            }
        }
    },
    "users": {"alice": {"blueprint": "eole"}},
}
NOTHING = {"prune": True, "shared": {}, "users": {}}


def run(simulated, test=False):
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    every = [build(cloud, CONFIG, user, test).reports for user in (None, "alice")]
    reports = list(itertools.chain(*every))
    assert [report.comment(test) for report in reports if report.error] == []
    return [report.changes(test) for report in reports if report.pending], len(wire.writes)


def left(simulated):
    simulated.settle()
    cloud = simulated.connect()
    return [each.name for cli in ("onevnet", "oneimage", "oneuser") for each in cloud.pool(KINDS[cli])]


@pytest.fixture
def simulated():
    simulated = Simulated()
    assert faults(CONFIG) == []
    foreseen, writes = run(simulated, test=True)
    assert writes == 0
    assert run(simulated)[0] == foreseen
    assert run(simulated) == ([], 0)
    return simulated


def test_what_is_undeclared_goes_in_one_run_too(simulated):
    for test in (True, False):
        reports = prune(simulated.connect(), NOTHING, test, max_deletions=99).reports
        assert [report.error for report in reports] == [""] * 9
    assert left(simulated) == ["serveradmin", "oneadmin"]


def test_nothing_is_left_of_a_user(simulated):
    for test in (True, False):
        reports = demolish(simulated.connect(), "alice", test, max_deletions=99).reports
        assert [report.error for report in reports] == [""] * 4
    assert "alice" not in left(simulated)


def test_images_that_are_made_from_each_other_each_say_what_they_lack():
    images = {name: {"datastore": "default", "clone_from": other} for name, other in (("a", "b"), ("b", "a"))}
    config = {"shared": {"images": images}}
    reports = build(Simulated().connect(), config, None, test=False).reports
    said = [f"clone_from: image {name} of oneadmin does not exist" for name in ("b", "a")]
    assert [report.error.partition(".")[0] for report in reports] == said
