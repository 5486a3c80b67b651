"""A cloud that outlives its process: the store, and how a new cloud starts."""

import pickle
import sqlite3
import threading
import time

import pytest

from onesim.cloud.store import Journal, Store, StoreError
from onesim.founding.bootstrap import bootstrap, empty_cloud
from onesim.founding.seed import Seeder, SeedError, read
from onesim.testing import running

from .cloud import PASSWORD, Cloud, Refused

POOLS = (
    "one.userpool.info", "one.grouppool.info", "one.acl.info", "one.clusterpool.info", "one.hostpool.info",
    "one.datastorepool.info", "one.zonepool.info", "one.vdcpool.info",
)  # fmt: skip
FILTERED = ("one.vnpool.info", "one.imagepool.info", "one.templatepool.info", "one.secgrouppool.info")
SEED = """
groups: [students, {name: staff, NOTE: teach}]
users:
  - {name: alice, password: secret, groups: [students, staff], EMAIL: alice@example.org}
clusters: [east]
hosts:
  - {name: node1, cluster: east}
networks:
  - name: lab
    owner: alice
    group: students
    permissions: 0640
    cluster: east
    VN_MAD: bridge
    BRIDGE: br0
    AR: [{TYPE: IP4, IP: 10.0.0.1, SIZE: 100}, {TYPE: ETHER, SIZE: 3}]
images:
  - {name: disk, TYPE: DATABLOCK, SIZE: 100, PERSISTENT: YES}
calls:
  - one.vn.hold: [0, 'LEASES=[IP="10.0.0.7"]']
  - one.user.enable: [2, NO]
"""


def everything(sim):
    """All pools of a cloud, as calls show them."""
    pools = {name: sim.call(name) for name in POOLS}
    return pools | {name: sim.call(name, -2, -1, -1) for name in FILTERED}


def stored(path, fresh=True):
    """A cloud on a store, new or as it was left."""
    cloud, store = empty_cloud(), Store(path)
    if fresh:
        cloud.journal = store
        with cloud.transaction():
            bootstrap(cloud, PASSWORD)
    else:
        cloud.restore(store)
    return Cloud(cloud)


def leave(sim):
    """Ends the store as a server that stops does; the cloud itself can go on."""
    sim.cloud.journal.close()
    sim.cloud.journal = Journal()


def seeded(text, tmp_path):
    sim, path = Cloud(bootstrap(empty_cloud(), PASSWORD, hosts=())), tmp_path / "seed.yaml"
    path.write_text(text)
    Seeder(sim.dispatcher, f"oneadmin:{PASSWORD}").sow(read(path))
    return sim


def used(sim):
    """Some calls of all kinds, refused ones too."""
    gid = sim.call("one.group.allocate", "students")
    uid = sim.user("alice", gid)
    sim.call("one.user.quota", uid, 'NETWORK=[ID="0",LEASES="5"]')
    net = sim.network("AR=[TYPE=IP4,IP=10.0.0.1,SIZE=20]")
    sim.call("one.vn.hold", net, 'LEASES=[IP="10.0.0.3"]')
    sim.call("one.vn.reserve", net, "SIZE=3 NAME=mine")
    sim.call("one.vn.allocate", "NAME=tagged VN_MAD=802.1Q PHYDEV=eth0 AUTOMATIC_VLAN_ID=YES", -1)
    sim.call("one.secgroup.allocate", "NAME=web RULE=[PROTOCOL=TCP,RULE_TYPE=inbound,RANGE=80]")
    sim.call("one.groupquota.update", 'VM=[VMS="7"]')
    sim.call("one.vn.delete", sim.network())
    for _ in range(2):
        with pytest.raises(Refused):
            sim.call("one.vn.allocate", "NAME=broken VN_MAD=bridge BRIDGE_TYPE=none", 99)


def test_a_cloud_is_there_again_as_it_was(tmp_path):
    first = stored(tmp_path / "store")
    used(first)
    leave(first)
    second = stored(tmp_path / "store", fresh=False)
    assert everything(second) == everything(first)
    first.settle(), second.settle()
    assert everything(second) == everything(first)
    assert second.call("one.groupquota.info") == first.call("one.groupquota.info")
    for sim in (first, second):
        sim.next = sim.network("VN_MAD=802.1Q PHYDEV=eth0 AUTOMATIC_VLAN_ID=YES")
    assert second.next == first.next
    assert second.call("one.vn.info", second.next) == first.call("one.vn.info", first.next)


def test_numbers_are_never_given_again(tmp_path):
    first = stored(tmp_path / "store")
    last = first.call("one.group.allocate", "gone")
    first.call("one.group.delete", last)
    leave(first)
    assert stored(tmp_path / "store", fresh=False).call("one.group.allocate", "new") == last + 1


def test_what_was_under_way_goes_on(tmp_path):
    first = stored(tmp_path / "store")
    net = first.call("one.vn.allocate", "NAME=lab VN_MAD=dummy BRIDGE=br0", -1)
    leave(first)
    second = stored(tmp_path / "store", fresh=False)
    assert second.texts("STATE", "one.vn.info", net) == ["2"]
    second.settle()
    assert second.texts("STATE", "one.vn.info", net) == ["1"]
    leave(second)
    assert not list(Store(tmp_path / "store").entries("pending"))


def test_no_password_is_kept_in_clear(tmp_path):
    sim = stored(tmp_path / "store")
    sim.user("alice")
    assert sim.answer("one.user.info", -1, user="alice")[0]
    sim.call("one.user.update", 2, "NOTE=new", 1)
    leave(sim)
    assert PASSWORD.encode() not in (tmp_path / "store").read_bytes()


def test_a_killed_server_loses_at_most_the_call_in_flight(tmp_path):
    answered = []
    with running("--store", tmp_path / "store") as server:

        def work():
            try:
                while True:
                    answered.append(server.call("one.group.allocate", f"group{len(answered)}"))
            except (OSError, EOFError):
                pass

        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(0.5)
        server.kill()
        worker.join()
    sim = stored(tmp_path / "store", fresh=False)
    kept = [group.oid for group in sim.cloud.pool("GROUP") if group.name.startswith("group")]
    assert len(answered) > 10
    assert sorted(kept)[: len(answered)] == answered and len(kept) - len(answered) in (0, 1)


def test_a_store_has_one_server_at_a_time(tmp_path):
    first = Store(tmp_path / "store")
    with pytest.raises(StoreError, match="locked"):
        Store(tmp_path / "store")
    first.close()
    Store(tmp_path / "store").close()


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "text").write_text("no database, but long enough to be taken for one" * 50)
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    for name in ("text", "other", "no/such/folder"):
        with pytest.raises(StoreError):
            Store(tmp_path / name)


class Trap:
    def __reduce__(self):
        return print, ("caught",)


@pytest.mark.parametrize("value", [pickle.dumps(Trap()), pickle.dumps(pickle.Unpickler), b"", b"nonsense"])
def test_a_store_runs_no_code(tmp_path, value, capsys):
    Store(tmp_path / "store").close()
    with sqlite3.connect(tmp_path / "store") as database:
        database.execute("INSERT INTO entry VALUES ('NET', 0, ?)", (value,))
    database.close()
    with pytest.raises(StoreError):
        list(Store(tmp_path / "store").entries("NET"))
    assert capsys.readouterr().out == ""


def test_a_commit_that_fails_is_made_up_for(tmp_path):
    store = Store(tmp_path / "store")
    store.put("setting", "bad", lambda: None)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        store.commit()
    store.put("setting", "bad", 1)
    store.put("setting", "good", 2)
    store.commit()
    assert dict(store.entries("setting")) == {"bad": 1, "good": 2}


def test_a_seed_makes_what_it_describes(tmp_path):
    sim = seeded(SEED, tmp_path)
    net = sim.cloud.get("NET", 0)
    assert (net.name, net.uname, net.gname, net.permissions, net.clusters) == ("lab", "alice", "students", 0o640, {100})
    assert [ar.size for ar in net.ranges] == [100, 3] and net.used == 1
    assert [host.name for host in sim.cloud.pool("HOST")] == ["node1"]
    alice = sim.cloud.get("USER", 2)
    assert (alice.groups, alice.template.get("EMAIL"), alice.enabled) == ({100, 101}, "alice@example.org", False)
    assert sim.cloud.get("IMAGE", 0).persistent and sim.texts("STATE", "one.image.info", 0) == ["1"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[1, 2]", "no sections"),
        ("nets: [x]", "nets: not one of"),
        ("groups: [a, a]", r"groups, entry 2: \[one.group.allocate\] NAME is already taken"),
        ("users: [{name: a, group: b}]", "users, entry 1: group: not one of driver, groups, name, password"),
        ("users: [{name: a, password: b, groups: [none]}]", "there is no group none"),
        ("networks: [{name: a, VN_MAD: dummy, BRIDGE: b, permissions: 0888}]", "not three octal digits"),
        ("networks: [[a]]", "networks, entry 1: neither a name nor attributes"),
        ("networks: [{name: a, 'B C': d}]", "networks, entry 1: B C: "),
        ("hosts: [{IM_MAD: a}]", "hosts, entry 1: no name"),
        ("calls: [{one.vn.hold: [x, y]}]", "calls, entry 1: one.vn.hold: invalid literal"),
        ("calls: [{one.vn.no: []}]", "calls, entry 1: one.vn.no: no method"),
        ("calls: [x]", "calls, entry 1: no call"),
        ("groups: [", "expected the node content"),
    ],
)
def test_a_seed_that_makes_no_sense_says_where(text, place, tmp_path):
    with pytest.raises(SeedError, match=place):
        seeded(text, tmp_path)


def test_a_seed_is_sown_once(tmp_path):
    (tmp_path / "seed").write_text(SEED)
    options = ("--seed", tmp_path / "seed", "--store", tmp_path / "store")
    for _ in range(2):
        with running(*options) as server:
            assert server.call("one.vnpool.info", -2, -1, -1).count("<VNET>") == 1
            assert server.counters() == {"one.vnpool.info": 1}
