"""Relations that two objects contain: states of both in one run show the same in a dry run, in either order."""

import pytest

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
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
