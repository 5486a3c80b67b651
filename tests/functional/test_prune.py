"""What no longer stands in the pillar for all users, or as a single object of theirs, goes; in one run."""

import copy

import pytest

from onecore.basics.marks import transit_name
from onecore.orchestration.users import build, prune
from tests.doubles.simulated import Simulated
from tests.functional.test_copies_by_hand import there

CONFIG = {
    "prune": True,
    "blueprints": {"eole": {"networks": {"lan": {"driver": "bridge", "bridge": "br0", "cidr": "10.0.0.0/24"}}}},
    "users": {"alice": {"blueprint": "eole"}},
    "objects": {
        "oneimage": {"vol": {"owner": "alice", "datastore": "default", "type": "DATABLOCK", "size": 8}},
        "onetemplate": {"web": {"owner": "alice", "cpu": 1, "memory": 64}},
    },
}
WAITING = transit_name("alice", "vol")


@pytest.fixture
def simulated():
    simulated = Simulated()
    for user in (None, "alice"):
        reports = build(simulated.connect(), CONFIG, user, test=False).reports
        assert [each.error for each in reports if each.error] == []
    return simulated


def pruned(simulated, config, test=False):
    reports = prune(simulated.connect(), config, test, max_deletions=9).reports
    assert [each.error for each in reports if each.error] == []
    return [each.subject for each in reports]


def waits(simulated):
    """An image of alice is left on its way to her."""
    mark = 'SALT_MANAGED="shared/alice/oneimage/vol"'
    return simulated.call("one.image.allocate", f'NAME="{WAITING}"\nTYPE="DATABLOCK"\nSIZE="8"\n{mark}', 1)


def test_single_objects_go_before_the_user_who_owns_them(simulated):
    gone = {key: value for key, value in CONFIG.items() if key != "objects"} | {"users": {}}
    foreseen = pruned(simulated, gone, test=True)
    assert pruned(simulated, gone) == foreseen
    assert foreseen[-1] == "user alice"
    assert pruned(simulated, gone) == []
    assert there(simulated, "oneimage") == there(simulated, "onetemplate") == there(simulated, "onevnet") == set()


def test_a_second_one_that_is_left_on_its_way_goes(simulated):
    number = waits(simulated)
    (vol,) = (each for each, name, _ in there(simulated, "oneimage") if name == "vol")
    copied = simulated.call("one.image.clone", vol, "vol", -1)
    assert pruned(simulated, CONFIG) == [f"image {WAITING} of oneadmin"]
    numbers = {number for number, _, _ in there(simulated, "oneimage")}
    assert (number in numbers, copied in numbers, len(numbers)) == (False, True, 2)


def test_what_is_on_its_way_stays_as_long_as_it_is_declared(simulated):
    simulated.call("one.image.delete", next(iter(there(simulated, "oneimage")))[0], False)
    number = waits(simulated)
    assert pruned(simulated, CONFIG) == []
    assert there(simulated, "oneimage") == {(number, WAITING, "oneadmin")}
    undeclared = copy.deepcopy(CONFIG)
    del undeclared["objects"]["oneimage"]
    assert pruned(simulated, undeclared) == [f"image {WAITING} of oneadmin"]
    assert there(simulated, "oneimage") == set()


def test_a_copy_that_was_begun_beside_another_one_goes(simulated):
    """The run that created it was interrupted before it gave it its mark, and another run has created the object."""
    config = copy.deepcopy(CONFIG)
    config["objects"]["oneimage"]["second"] = {
        "owner": "alice",
        "datastore": "default",
        "clone_from": {"image": "vol", "owner": "alice"},
    }
    (vol,) = (each for each, name, _ in there(simulated, "oneimage") if name == "vol")
    begun = simulated.call("one.image.clone", vol, transit_name("alice", "second"), -1)
    simulated.settle()
    # As long as there is no other one, the next run completes it.
    assert pruned(simulated, config) == []
    simulated.call("one.image.rename", begun, "mine")
    reports = build(simulated.connect(), config, "alice", test=False).reports
    reports += build(simulated.connect(), config, None, test=False).reports
    assert [each.error for each in reports if each.error] == []
    simulated.call("one.image.rename", begun, transit_name("alice", "second"))
    assert pruned(simulated, config, test=True) == [f"image {transit_name('alice', 'second')} of oneadmin"]
    assert pruned(simulated, config) == [f"image {transit_name('alice', 'second')} of oneadmin"]
    assert {name for _, name, _ in there(simulated, "oneimage")} == {"vol", "second"}
