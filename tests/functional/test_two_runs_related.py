"""Two runs of the same at once, of what is kept in something else: in VDCs, clusters, groups, and ACL rules."""

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


@pytest.mark.parametrize("seed", [100, 103, 118])
def test_three_runs_side_by_side(seed):
    """Here a second network of a name is removed by one run while another one is about to hand it over."""
    side_by_side("create", seed, "abc")


def side_by_side(story, seed, names):
    before, config = STORIES[story]
    alone = begun((*before, config))
    simulated, together = begun(before), Together(seed)
    done = together.run({who: lambda who=who: run(simulated, config, together.wire(simulated, who)) for who in names})
    assert [errors for _, errors in done.values()] == [[]] * len(names)
    again, errors = run(simulated, config)
    assert (again.writes, errors) == ([], [])
    assert content(simulated) == content(alone)


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
