"""Two parallel runs with objects inside of others: in VDCs, clusters, groups, and ACL rules."""

import re

import pytest
from lxml import etree

from onecore.basics.errors import OneError
from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.engine.removal import remove
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build, faults, prune
from tests.doubles.relations import EDITED, FEWER, RELATED
from tests.doubles.simulated import Simulated, Wire, plain
from tests.doubles.together import Together

STORIES = {
    "create": ((), RELATED),
    "edit": ((RELATED,), EDITED),
    "back": ((RELATED, EDITED), RELATED),
    "remove": ((RELATED,), FEWER),
}
ROUNDS = {"create": (1, 3, 4), "edit": (1, 2, 13), "back": (13, 14, 16), "remove": (10, 14, 24)}
MORE_POOLS = {"one.vrouterpool.info": (-2, -1, -1), "one.vmgrouppool.info": (-2, -1, -1)}
#: Which of a range's addresses a NIC has leased is told by the one who came first.
HARDWARE = re.compile(r"\b02(:[0-9a-f]{2}){5}\b")


def run(simulated, config, wire=None):
    """A highstate; returns its wire and what failed."""
    wire = wire or simulated.wire()
    cloud, errors = simulated.connect(wire), []
    for user in (None, *config["users"]):
        errors += failures(lambda user=user: build(cloud, config, user, test=False, max_deletions=100))
    return wire, errors + failures(lambda: prune(cloud, config, test=False, max_deletions=100))


def failures(work):
    try:
        return [report.comment(False) for report in work().reports if report.error]
    except OneError as error:
        return [str(error)]


def content(simulated):
    more = (each for method, params in MORE_POOLS.items() for each in etree.fromstring(simulated.call(method, *params)))
    return sorted(HARDWARE.sub("?", text) for text in [*simulated.content(), *map(plain, more)])


def begun(chapters):
    """A cloud in which these pillars have been carried out."""
    simulated = Simulated()
    simulated.settle()
    for config in chapters:
        settled(simulated, config)
    return simulated


def settled(simulated, config):
    """Carry out a pillar twice: the second run has nothing to do."""
    assert faults(config) == []
    assert run(simulated, config)[1] == []
    again, errors = run(simulated, config)
    assert (again.writes, errors) == ([], [])


@pytest.mark.parametrize(("story", "seed"), [(story, seed) for story, seeds in ROUNDS.items() for seed in seeds])
def test_two_runs_side_by_side(story, seed):
    side_by_side(story, seed, "ab")


@pytest.mark.parametrize(
    ("story", "seed"), [("create", 100), ("create", 103), ("create", 118), ("edit", 18), ("edit", 40)]
)
def test_three_runs_side_by_side(story, seed):
    """Here a second network of a name is removed by one run while another one is about to hand it over."""
    side_by_side(story, seed, "abc")


def side_by_side(story, seed, names):
    before, config = STORIES[story]
    alone = begun((*before, config))
    simulated, together = begun(before), Together(seed)
    done = together.run({who: lambda who=who: run(simulated, config, together.wire(simulated, who)) for who in names})
    assert [errors for _, errors in done.values()] == [[]] * len(names)
    again, errors = run(simulated, config)
    assert (again.writes, errors) == ([], [])
    assert content(simulated) == content(alone)


# -- what another run has put in the place of what was to go -----------------------------------------------------------

GROUP = {"front": {"policy": "ANTI_AFFINED"}, "db": {}}
NEW_GROUP = {"front": {}, "cache": {}}


def declared(kind, name, owner=None, **values):
    return Desired(kind, name, owner, values, "sls/oneadmin", disruption=True)


def a_network(name="lan", *first):
    ranges = [{"ip": f"10.{number}.0.1", "size": 9} for number in first or (0,)]
    return declared("onevnet", name, driver="bridge", bridge="br0", address_ranges=ranges)


def a_machine(*networks):
    return declared("onevm", "v", template="t", nics=[{"network": name} for name in networks])


TEMPLATE = declared("onetemplate", "t", cpu=1, memory=64)
NUMBERED = {
    # The role that comes gets the number of the one that goes.
    "a role": (
        [declared("onevmgroup", "web", roles=GROUP, anti_affined=[["front", "db"]])],
        declared("onevmgroup", "web", roles=NEW_GROUP, anti_affined=[], affined=[["front", "cache"]]),
    ),
    "an address range": ([a_network("lan", 0, 1)], a_network("lan", 0, 2)),
    "a NIC": (
        [TEMPLATE, *(a_network(name, n) for n, name in enumerate(("lan", "dmz", "new"))), a_machine("lan", "dmz")],
        a_machine("lan", "new"),
    ),
}


@pytest.mark.parametrize("story", NUMBERED)
def test_what_another_run_has_put_in_the_place_of_what_was_to_go_stays(story):
    before, wanted = NUMBERED[story]
    simulated = Simulated()
    assert [report.error for report in converge(simulated.connect(), KINDS, before)] == [""] * len(before)
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    cloud.pool(KINDS[wanted.kind])
    (first,) = converge(simulated.connect(), KINDS, [wanted])
    (second,) = converge(cloud, KINDS, [wanted])
    assert (first.error, second.error, wire.writes) == ("", "", [])
    assert (second.changes(False), second.action) == ({}, "none")
    assert second.comment(False).endswith("Another run was changing it at the same time.")


@pytest.mark.parametrize("kind", ["onevnet", "onetemplate"])
def test_a_name_that_was_taken_a_moment_ago_is_free_by_the_time_it_is_looked_for(kind):
    """An object of another user passes under the same name; it has been handed over, or is gone, at the next look."""
    values = {"onevnet": {"driver": "bridge", "bridge": "br0"}, "onetemplate": {"cpu": 1, "memory": 64}}[kind]
    simulated = Simulated()
    converge(simulated.connect(), KINDS, [Desired("oneuser", "alice", None, {})])
    prefix = KINDS[kind].prefix
    template = {"onevnet": 'NAME="lan" VN_MAD="bridge" BRIDGE="br0"', "onetemplate": 'NAME="lan"'}[kind]

    class Passing(Wire):
        """The name is taken just when it is asked for, and is not a moment later."""

        times = 3

        def reply(self, method, params):
            if method != f"{prefix}.allocate" or not self.times:
                return super().reply(method, params)
            self.times -= 1
            where = [-1] if kind == "onevnet" else []
            other = simulated.call(f"{prefix}.allocate", template, *where)
            simulated.settle()
            try:
                return super().reply(method, params)
            finally:
                simulated.call(f"{prefix}.delete", other, *([] if kind == "onevnet" else [False]))
                simulated.settle()

    (report,) = converge(
        simulated.connect(Passing(simulated)), KINDS, [Desired(kind, "lan", "alice", values, "sls/alice")]
    )
    assert (report.error, report.action) == ("", "create")


RULES = [f"@users {kind}/@users USE" for kind in ("NET", "IMAGE")]


def rule(simulated, text, wire=None):
    (report,) = converge(simulated.connect(wire), KINDS, [Desired("oneacl", text, None, {}, "sls/oneadmin")])
    return report


class Meanwhile(Wire):
    """A wire on which something else happens right before a call, once."""

    def __init__(self, simulated, method, work):
        super().__init__(simulated)
        self.method, self.work = method, work

    def reply(self, method, params):
        if method == self.method and self.work is not None:
            work, self.work = self.work, None
            work()
        return super().reply(method, params)


def test_rules_that_two_runs_make_at_the_same_time_are_both_ours():
    simulated = Simulated()
    wire = Meanwhile(simulated, "one.user.update", lambda: rule(simulated, RULES[0]))
    assert rule(simulated, RULES[1], wire).error == ""
    for text in RULES:
        assert remove(simulated.connect(), KINDS["oneacl"], text).error == ""


def test_a_rule_that_somebody_makes_at_the_same_time_is_theirs():
    simulated = Simulated()

    def theirs():
        users = "0x200000001"
        simulated.call("one.acl.addrule", users, "0x4200000001", "0x1", "0x100000000")

    report = rule(simulated, RULES[0], Meanwhile(simulated, "one.acl.addrule", theirs))
    assert (report.error, report.action) == ("", "none")
    assert "was not created by these states" in remove(simulated.connect(), KINDS["oneacl"], RULES[0]).error


def test_who_reads_a_group_before_it_is_made_does_not_leave_it_in_the_default_vdc():
    """Another run makes the group after this one has read what the default VDC has, and dies before it is out of it."""
    simulated = Simulated()
    config = {"shared": {"groups": {"eole": {}}}}
    other = Meanwhile(simulated, "one.vdc.delgroup", _dies)

    def made():
        with pytest.raises(Died):
            build(simulated.connect(other), config, None, test=False)

    wire = Meanwhile(simulated, "one.group.allocate", made)
    assert [report.error for report in build(simulated.connect(wire), config, None, test=False).reports] == ["", ""]
    default = etree.fromstring(simulated.call("one.vdc.info", 0))
    assert [each.text for each in default.iterfind("GROUPS/ID")] == ["1"]


class Died(BaseException):
    """The process of a run ends."""


def _dies():
    raise Died


class Outrun(Wire):
    """A wire on which another run makes each call of one method a moment earlier."""

    def __init__(self, simulated, method):
        super().__init__(simulated)
        self.simulated, self.method = simulated, method

    def reply(self, method, params):
        if method == self.method:
            self.simulated.call(method, *params[1:])
        return super().reply(method, params)


@pytest.mark.parametrize(
    ("method", "kind", "values"),
    [
        ("one.group.addadmin", "oneuser", {"groups": ["staff"], "administers": ["staff"]}),
        ("one.group.addadmin", "onegroup", {"admins": ["bob"]}),
        ("one.user.addgroup", "oneuser", {"groups": ["staff"]}),
        ("one.vdc.addgroup", "onevdc", {"groups": ["staff"]}),
        ("one.vdc.addhost", "onevdc", {"hosts": ["host01"]}),
        ("one.cluster.adddatastore", "onecluster", {"datastores": ["files"]}),
    ],
)
def test_another_run_makes_somebody_a_member(method, kind, values):
    simulated = Simulated()
    for made, name in (("onegroup", "staff"), ("oneuser", "bob"), (kind, "it")):
        (report,) = converge(simulated.connect(), KINDS, [Desired(made, name, None, {}, "sls/oneadmin")])
        assert not report.error
    wanted = [Desired(kind, "it", None, values, "sls/oneadmin")]
    (report,) = converge(simulated.connect(Outrun(simulated, method)), KINDS, wanted)
    assert report.error == ""
    cloud = simulated.connect()
    (again,) = converge(cloud, KINDS, wanted)
    assert (again.error, again.pending, cloud.client.writes) == ("", False, 0)
