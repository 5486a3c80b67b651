"""Two teams on one cloud, as declared in the pillar: what each may use, tested as its users."""

import copy

import pytest
import yaml

from onecore.cloud.directory import GROUPS, NETWORKS, VDCS
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from onecore.model.vdcs import DEFAULT, lacking
from onecore.orchestration.isolation import isolation
from onecore.orchestration.users import build, prune
from onecore.wire.client import is_read
from tests.doubles.dying import Dying, PowerCut
from tests.doubles.pillars import merged
from tests.doubles.simulated import Simulated

TEAMS = """
shared:
  clusters: {blades: {}}
  hosts: {blade1: {im_mad: dummy, vm_mad: dummy, cluster: blades}}
  datastores: {fast: {type: SYSTEM_DS, tm_mad: ssh, clusters: [blades, default]}}
  groups:
    eole: {}
    reseau: {admins: [bob], quota: {vms: 9}, vdc: {hosts: [host01, host02, host03], datastores: [system, fast]}}
  networks:
    EOLE: {driver: bridge, bridge: br0, cidr: 192.168.230.0/24, first: 192.168.230.11, size: 200, permissions: "644"}
  acls: {templates: "@reseau TEMPLATE/@reseau USE+MANAGE"}
blueprints:
  eole:
    group: eole
    vlans: {first: 2, last: 999, phydev: eth1}
    networks: {dmz1: {vlan: 0, cidr: 10.1.3.0/24, first: 10.1.3.50, size: 9}}
  reseau:
    group: reseau
    vlans: {first: 1000, last: 1999, phydev: eth1}
    networks: {dmz1: {vlan: 0, cidr: 10.1.3.0/24, first: 10.1.3.50, size: 9}}
users:
  alice: {blueprint: eole, vlan_base: 100, password: alice-pw}
  bob: {blueprint: reseau, vlan_base: 1000, password: bob-pw}
"""
WHOSE = (None, "alice", "bob")
#: How the default VDC was, before anybody cared.
OPEN = "shared: {groups: {eole: {default_vdc: true}}}"


def config(more="{}"):
    """The pillar above with more said, as YAML."""
    return merged(yaml.safe_load(TEAMS), yaml.safe_load(more))


class World:
    """A cloud, and runs of everything that a pillar declares.

    call
        Makes a call as a user: ``call(method, *params, session="alice:alice-pw")``; raises for a refusal.
    connect
        Gives a run's view of the cloud, and what tells what it has written: ``(cloud, writes)``.
    """

    def __init__(self, call, connect):
        self.call, self.connect = call, connect

    def run(self, pillar, test=False, **settings):
        """By subject what was changed; and the reports of everything."""
        cloud, writes = self.connect()
        reports = [
            each for user in WHOSE for each in build(cloud, copy.deepcopy(pillar), user, test, **settings).reports
        ]
        assert [report.error for report in reports] == [""] * len(reports)
        assert not (test and writes())
        self.written = len(writes())
        return {report.subject: report.changes(test) for report in reports if report.pending}, reports

    def converge(self, pillar, **settings):
        """A dry run, the real one, and a second one; what was changed."""
        foreseen, _ = self.run(pillar, test=True, **settings)
        done, _ = self.run(pillar, **settings)
        assert done == foreseen
        assert (self.run(pillar, **settings)[0], self.written) == ({}, 0)
        return done

    def network(self, owner):
        """The number of a user's network dmz1."""
        cloud, _ = self.connect()
        return cloud.get(NETWORKS, "dmz1", owner).id

    def refuses(self, user, method, *params):
        """That a user is not let do something."""
        try:
            answer = self.call(method, *params, session=f"{user}:{user}-pw")
        except Exception as error:
            assert "Not authorized" in str(error) or "does not own a network" in str(error), error
            return True
        raise AssertionError(f"{user} may {method} {params}: {answer!r}")

    def kept_from(self, user, other, settle):
        """That a user can neither see nor use another one's network, by any way there is.

        settle
            Called with the number of a VM; returns when it runs.
        """
        own, theirs, session = self.network(user), self.network(other), f"{user}:{user}-pw"
        seen = self.call("one.vnpool.info", -2, -1, -1, session=session)
        assert f"<ID>{own}</ID><UID>" in seen and f"<ID>{theirs}</ID><UID>" not in seen
        assert "<NAME>EOLE</NAME>" in seen, "what is shared by its permissions is for everybody"
        self.refuses(user, "one.vn.info", theirs, False)
        self.refuses(user, "one.vn.reserve", theirs, "NAME=mine SIZE=1")
        self.refuses(user, "one.vn.chmod", theirs, 1, 1, 0, 1, 0, 0, 1, 0, 0)
        # A VM by the network's number, by its name and owner, by a template, by what is said beside a template.
        bare = "NAME=v CPU=0.1 MEMORY=64"
        by = {"number": f"NETWORK_ID={theirs}", "name": f'NETWORK="dmz1", NETWORK_UNAME="{other}"'}
        for nic in by.values():
            self.refuses(user, "one.vm.allocate", f"{bare} NIC=[{nic}]", True)
            template = self.call("one.template.allocate", f"NAME=t CPU=0.1 MEMORY=64 NIC=[{nic}]", session=session)
            self.refuses(user, "one.template.instantiate", template, "v", False, "", False)
            self.call("one.template.update", template, 'NIC=[NETWORK="dmz1"]', 1, session=session)
            self.refuses(user, "one.template.instantiate", template, "v", False, f"NIC=[{nic}]", False)
            vm = self.call("one.template.instantiate", template, "v", False, "", False, session=session)
            settle(vm)
            joined = self.call("one.vm.info", vm, False, session=session)
            assert f"<NETWORK_ID><![CDATA[{own}]]></NETWORK_ID>" in joined, "its own dmz1, by the same name"
            self.refuses(user, "one.vm.attachnic", vm, f"NIC=[{nic}]")
            self.call("one.vm.action", "terminate-hard", vm)
            self.call("one.template.delete", template, False, session=session)


@pytest.fixture
def simulated():
    return Simulated()


@pytest.fixture
def world(simulated):
    def connect():
        wire = simulated.wire()
        return simulated.connect(wire), lambda: wire.writes

    return World(simulated.call, connect)


@pytest.fixture
def running(simulated):
    """Waits until a VM runs."""

    def wait(vm):
        simulated.settle()
        assert "<LCM_STATE>3</LCM_STATE>" in simulated.call("one.vm.info", vm, False)

    return wait


def rows(world):
    """What keeps users apart, by user."""
    return {row["user"]: row for row in isolation(world.connect()[0])}


def test_neither_can_touch_what_the_other_has(world, running):
    done = world.converge(config())
    assert done["VDC eole"]["hosts"] == {"old": None, "new": ["ALL"]}
    assert done["VDC reseau"]["datastores"] == {"old": None, "new": ["fast", "system"]}
    assert done["group eole"]["default_vdc"] == {"old": None, "new": False}
    world.kept_from("alice", "bob", running)
    world.kept_from("bob", "alice", running)


def test_what_isolates_is_told(world):
    world.run(config())
    told = rows(world)
    assert told["alice"] == {
        "user": "alice",
        "groups": ["eole"],
        "vdcs": ["eole"],
        "isolated": True,
        "opened_by": [],
        "shared": ["virtual network EOLE of oneadmin"],
    }
    assert told["bob"]["isolated"] and told["bob"]["vdcs"] == ["reseau"]
    assert told["oneadmin"]["opened_by"] == ["administers the cloud"]


def test_what_opens_is_told(world):
    world.run(config(OPEN))
    bob = world.network("bob")
    opened = rows(world)["alice"]
    assert (opened["isolated"], opened["vdcs"]) == (False, ["default"])
    assert opened["opened_by"] == [
        "the ACL rule @eole NET/* USE #OpenNebula of the VDC default: virtual network dmz1 of bob"
    ]
    world.call("one.vn.chmod", bob, -1, -1, -1, -1, -1, -1, 1, -1, -1)
    assert rows(world)["alice"]["opened_by"][1] == "its permissions 604: virtual network dmz1 of bob"
    assert rows(world)["bob"]["opened_by"] == []
    # A cluster brings its networks along.
    world.run(config("shared: {groups: {reseau: {vdc: {clusters: [blades]}}}}"))
    (said,) = rows(world)["bob"]["opened_by"]
    assert "@reseau NET/%blades USE #OpenNebula of the VDC reseau: all future networks" in said


def test_a_group_that_was_there_before_is_moved_only_with_leave(world, running):
    world.run(config(OPEN))
    # Nobody says any more that it shall be there: it stays, and that is told.
    done, reports = world.run(config())
    assert list(done) == ["VDC eole"]
    (note,) = [report.note for report in reports if report.subject == "group eole"]
    assert "stays in the VDC default" in note and "disruption: allow" in note
    assert world.run(config())[0] == {}
    assert not rows(world)["alice"]["isolated"]
    # Somebody says that it shall not: then nothing is done without leave.
    said = config("shared: {groups: {eole: {default_vdc: false}}}")
    (report,) = build(world.connect()[0], said, None, test=False).reports
    assert "Set disruption: allow" in report.error
    # It had joined its own VDC before it left the default one, which shares its rules: it is put right.
    assert list(world.converge(config(), disruption="allow")) == ["group eole"]
    assert rows(world)["alice"]["isolated"]
    world.kept_from("alice", "bob", running)


def test_the_vdc_that_a_group_needs_no_more_is_pruned(world, running):
    world.run(config())
    opened, seen = config(OPEN), []
    for test in (True, False):
        cloud, writes = world.connect()
        parts = (build(cloud, opened, None, test, prune=True), prune(cloud, opened, test, prune=True))
        reports = [each for part in parts for each in part.reports]
        assert [each.error for each in reports] == [""] * len(reports)
        seen.append({each.subject: each.changes(test) for each in reports if each.pending})
        assert not (test and writes())
    assert seen[0] == seen[1]
    assert list(seen[0]) == ["group eole", "VDC eole"]
    # What both had in common, its hosts and datastores, it has of the default VDC.
    assert (rows(world)["alice"]["isolated"], rows(world)["alice"]["vdcs"]) == (False, ["default"])
    cloud, _ = world.connect()
    default = cloud.pool(VDCS).by_id[DEFAULT]
    assert lacking(cloud, default) == []
    assert prune(cloud, opened, False, prune=True).reports == []


def test_a_vdc_whose_place_a_new_one_takes_is_pruned(world):
    """The dry run knows what the new one gives the group."""
    extra = "shared: {groups: {ops: {}}, vdcs: {more: {groups: [ops], hosts: ALL, datastores: [default]}}}"
    world.run(config(extra))
    without, seen = config("shared: {groups: {ops: {}}}"), []
    for test in (True, False):
        cloud, _ = world.connect()
        parts = (build(cloud, without, None, test, prune=True), prune(cloud, without, test, prune=True))
        reports = [each for part in parts for each in part.reports]
        assert [each.error for each in reports] == [""] * len(reports)
        seen.append({each.subject: each.changes(test) for each in reports if each.pending})
    assert seen[0] == seen[1]
    assert list(seen[0]) == ["VDC ops", "VDC more"]


def test_a_vdc_without_which_a_group_would_lose_something_stays(world):
    world.run(config())
    cloud, _ = world.connect()
    report = remove(cloud, KINDS["onevdc"], "eole")
    assert "still has groups, which would lose their rights: eole" in report.error


def test_the_wrong_order_is_put_right(world, running):
    world.run(config(OPEN))
    world.run(config())
    cloud, _ = world.connect()
    world.call("one.vdc.delgroup", 0, cloud.get(GROUPS, "eole").id)
    assert list(world.converge(config())) == ["VDC eole"]
    world.kept_from("alice", "bob", running)


def test_a_rule_that_is_not_declared_any_more_goes_with_leave_alone(world):
    world.run(config())
    before = world.call("one.acl.info").count("<ACL>")
    without = config("shared: {acls: {templates: null}}")
    assert world.run(without)[0] == {}
    assert list(world.converge(without, prune=True)) == ["ACL rule @reseau TEMPLATE/@reseau USE+MANAGE #OpenNebula"]
    assert world.call("one.acl.info").count("<ACL>") == before - 1


def contents(simulated):
    return [each for each in simulated.content() if not each.startswith("ACL")], simulated.call("one.acl.info").count(
        "<ACL>"
    )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_interrupted_anywhere_the_next_run_completes_it(after):
    whole = Simulated()
    wire = whole.wire()
    build(whole.connect(wire), config(), None, test=False)
    expected = contents(whole)
    for at in (number for number, (method, _) in enumerate(wire.log, 1) if not is_read(method)):
        simulated = Simulated()
        with pytest.raises(PowerCut):
            build(simulated.connect(Dying(simulated.wire(), at, after)), config(), None, test=False)
        for _ in range(2):
            outcome = build(simulated.connect(), config(), None, test=False)
            assert [report.error for report in outcome.reports] == [""] * len(outcome.reports)
        assert contents(simulated) == expected, f"cut at call {at}: {wire.log[at - 1]}"
