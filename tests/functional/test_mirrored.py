"""Relations that two objects contain: states of both in one run show the same in a dry run, in either order."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build, faults
from tests.doubles.simulated import Simulated

HOST = {"im_mad": "dummy", "vm_mad": "dummy", "status": "offline"}
STORE, LAN = {"ds_mad": "dummy", "tm_mad": "dummy"}, {"driver": "bridge", "bridge": "br0"}
EMPTY = [
    ("onegroup", "team", {"default_vdc": False}),
    ("oneuser", "alice", {"group": "users"}),
    ("onecluster", "rack", {}),
    ("onehost", "node", HOST),
    ("onedatastore", "store", STORE),
    ("onevnet", "lan", LAN),
]
MINE, BOTH = {"clusters": ["rack"]}, {"clusters": ["default", "rack"]}
ALL = {"groups": ["team"], "datastores": "ALL"}
PAIRS = {
    "administrator": [("onegroup", "team", {"admins": ["alice"]}), ("oneuser", "alice", {"administers": ["team"]})],
    "administrator-is-member": [
        ("onegroup", "team", {"admins": ["alice"]}),
        ("oneuser", "alice", {"groups": ["team"]}),
    ],
    "host": [("onecluster", "rack", {"hosts": ["node"]}), ("onehost", "node", {"cluster": "rack"})],
    "datastore": [("onecluster", "rack", {"datastores": ["store"]}), ("onedatastore", "store", BOTH)],
    "datastore-moved": [("onecluster", "rack", {"datastores": ["store"]}), ("onedatastore", "store", MINE)],
    "network": [("onecluster", "rack", {"networks": ["lan"]}), ("onevnet", "lan", BOTH)],
    "network-moved": [("onecluster", "rack", {"networks": ["lan"]}), ("onevnet", "lan", MINE)],
}
#: One of two VDCs that share ACL rules gives up a group, or what it gives the group.
SHARED = {
    "group": [("onevdc", "one", {"groups": []}), ("onevdc", "two", ALL)],
    "objects": [("onevdc", "one", {"groups": ["team"], "datastores": []}), ("onevdc", "two", ALL)],
    "fewer": [("onevdc", "one", {"groups": ["team"], "datastores": ["default"]}), ("onevdc", "two", ALL)],
}


def declare(simulated, declared, test=False):
    """What a run of these states says, by object, and the calls that wrote."""
    wire = simulated.wire()
    desired = [Desired(kind, name, None, values, "sls/oneadmin", disruption=True) for kind, name, values in declared]
    reports = converge(simulated.connect(wire), KINDS, desired, test)
    assert [each.error for each in reports if each.error] == []
    return {each.subject: (each.action, each.changes(test)) for each in reports}, wire.writes


@pytest.mark.parametrize("reverse", [False, True], ids=["", "reversed"])
@pytest.mark.parametrize("pair", [*PAIRS, *SHARED])
def test_a_dry_run_shows_what_the_run_does(pair, reverse):
    simulated, states = Simulated(), {**PAIRS, **SHARED}[pair][:: -1 if reverse else 1]
    declare(simulated, EMPTY)
    if pair in SHARED:
        declare(simulated, [("onevdc", name, ALL) for name in ("one", "two")])
    foreseen, writes = declare(simulated, states, test=True)
    assert writes == []
    assert declare(simulated, states)[0] == foreseen
    again, writes = declare(simulated, states)
    assert ({action for action, _ in again.values()}, writes) == ({"none"}, [])


NEW = {
    "administrator": [
        EMPTY[1],
        ("onegroup", "new", {"admins": ["alice"]}),
        ("oneuser", "alice", {"administers": ["new"]}),
    ],
    "administrator-first": [
        ("onegroup", "new", {}),
        ("oneuser", "bob", {"administers": ["new"]}),
        ("onegroup", "new", {"admins": ["bob"]}),
    ],
    "administrator-is-member": [
        EMPTY[1],
        ("onegroup", "new", {"admins": ["alice"]}),
        ("oneuser", "alice", {"groups": ["new"]}),
    ],
    "host": [EMPTY[3], ("onecluster", "new", {"hosts": ["node"]}), ("onehost", "node", {"cluster": "new"})],
    "host-first": [
        ("onecluster", "new", {}),
        ("onehost", "node2", {**HOST, "cluster": "new"}),
        ("onecluster", "new", {"hosts": ["node2"]}),
    ],
    "network": [
        EMPTY[5],
        ("onecluster", "new", {"networks": ["lan"]}),
        ("onevnet", "lan", {"clusters": ["default", "new"]}),
    ],
    "network-first": [
        ("onecluster", "new", {}),
        ("onevnet", "lan2", {**LAN, "clusters": ["default", "new"]}),
        ("onecluster", "new", {"networks": ["lan2"]}),
    ],
    "datastore": [
        EMPTY[4],
        ("onedatastore", "store2", STORE),
        ("onecluster", "new", {"datastores": ["store"]}),
        ("onedatastore", "store", {"clusters": ["default", "new"]}),
    ],
}


@pytest.mark.parametrize("chain", NEW)
def test_states_that_create_one_of_both(chain):
    simulated = Simulated()
    declare(simulated, EMPTY)
    runs = []
    for test in (True, False, False):
        cloud, told = simulated.connect(), []
        for kind, name, values in NEW[chain]:
            desired = Desired(kind, name, None, values, "sls/oneadmin", disruption=True)
            (report,) = converge(cloud, KINDS, [desired], test)
            told.append((report.subject, report.error, report.action, report.changes(test)))
        runs.append(told)
    assert runs[0] == runs[1]
    assert {action for _, _, action, _ in runs[2]} == {"none"}


def test_a_new_team_of_a_known_user():
    simulated = Simulated()
    config = {
        "blueprints": {"eole": {"group": "eole"}},
        "shared": {"groups": {"eole": {}}},
        "users": {"alice": {"blueprint": "eole", "password": "alice-pw"}},
    }
    for teams in ({}, {"new": {"admins": ["alice"]}}):
        config["shared"]["groups"] |= teams
        config["users"]["alice"]["groups"] = list(teams)
        assert faults(config) == []
        told = [
            {
                report.subject: (report.error, report.action, report.changes(test))
                for user in (None, "alice")
                for report in build(cloud, config, user, test).reports
            }
            for test in (True, False)
            for cloud in [simulated.connect()]
        ]
        assert told[0] == told[1]
