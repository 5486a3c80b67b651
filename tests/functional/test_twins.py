"""Objects without unique names, VMs and virtual routers: each exists once."""

import re

import pytest

from onecore.basics.errors import UnreachableError
from onecore.basics.plan import Desired
from onecore.cloud import vm_states
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.wire.transport import Failure
from tests.doubles.dying import Dying, PowerCut
from tests.doubles.samples import sampled
from tests.doubles.simulated import Simulated, Wire
from tests.doubles.together import Together

ROUNDS = range(12)
THERE = {
    "groups": ["eole"],
    "users": [{"name": "alice", "password": "pw", "groups": ["users", "eole"]}],
    "networks": [
        {
            "name": "lan",
            "owner": "alice",
            "VN_MAD": "bridge",
            "AR": {"TYPE": "IP4", "IP": "10.0.0.1", "SIZE": "99"},
        }
    ],
    "templates": [
        {"name": "server", "permissions": "604", "CPU": "0.1", "MEMORY": "64"},
        {"name": "router", "permissions": "604", "CPU": "0.1", "MEMORY": "64", "VROUTER": "YES"},
    ],
    "calls": [{"one.acl.addrule": ["0x200000064", "0x121429400000000", "0x8", "0x400000000"]}],
}
ANY, FIXED = {"network": "lan"}, {"network": "lan", "ip": "10.0.0.5"}
OF_ONEADMIN = {"template_owner": "oneadmin"}
DECLARED = {
    "a VM": ("onevm", {"template": "server", "nics": [ANY], **OF_ONEADMIN}),
    "a VM with an address": ("onevm", {"template": "server", "nics": [FIXED], **OF_ONEADMIN}),
    "a VM on hold": ("onevm", {"template": "server", "power": "hold", **OF_ONEADMIN}),
    "a VM nobody waits for": ("onevm", {"template": "server", "wait": False, **OF_ONEADMIN}),
    "a router": ("onevrouter", {"template": "router", "vms": 2, "nics": [ANY], **OF_ONEADMIN}),
    "a router with an address": (
        "onevrouter",
        {"template": "router", "nics": [{**FIXED, "floating_ip": True}], **OF_ONEADMIN},
    ),
}


@pytest.fixture(params=DECLARED)
def declared(request):
    cli, values = DECLARED[request.param]
    return Desired(cli, "it", "alice", values, "sls/alice")


def cloud_with(*more):
    simulated = Simulated()
    for description in (THERE, *more):
        simulated.sow(description)
    simulated.settle()
    return simulated


def present(simulated, declared, wire=None, test=False):
    wire = wire or simulated.wire()
    (report,) = converge(simulated.connect(wire), KINDS, [declared], test)
    return report, wire.writes


def found(simulated):
    """What there is, by kind: the names, and in which power state."""
    simulated.settle()
    cloud = simulated.connect()
    vms = [(each.name, vm_states.power(each)) for each in cloud.pool(KINDS["onevm"])]
    return sorted(vms), [(each.name, each.owner) for each in cloud.pool(KINDS["onevrouter"])]


def expected(declared):
    simulated = cloud_with()
    report, _ = present(simulated, declared)
    assert report.error == ""
    return found(simulated)


def refuse_unsettled(simulated, declared, left):
    report, writes = present(simulated, declared)
    assert (report.error, report.action, writes, found(simulated)) == ("", "none", [], left)


@pytest.mark.parametrize("seed", ROUNDS)
def test_two_runs_at_once(declared, seed):
    simulated, together = cloud_with(), Together(seed)
    reports = together.run(
        {who: lambda who=who: present(simulated, declared, together.wire(simulated, who))[0] for who in "ab"}
    )
    assert [report.error for report in reports.values()] == ["", ""]
    assert found(simulated) == expected(declared)
    assert any(report.action == "create" for report in reports.values())
    refuse_unsettled(simulated, declared, found(simulated))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_run_dies_at_any_call(declared, after):
    left = expected(declared)
    simulated = cloud_with()
    wire = simulated.wire()
    present(simulated, declared, wire)
    for number in sampled(range(1, len(wire.log) + 1)):
        simulated = cloud_with()
        with pytest.raises(PowerCut):
            present(simulated, declared, Dying(simulated.wire(), number, after))
        planned, writes = present(simulated, declared, test=True)
        assert writes == []
        report, _ = present(simulated, declared)
        assert (report.error, report.changes(False)) == ("", planned.changes(True))
        refuse_unsettled(simulated, declared, left)


class Late(Wire):
    """A wire on which one call is answered by nothing, and takes effect when it is told to."""

    def __init__(self, simulated, method):
        super().__init__(simulated)
        self.simulated, self.method, self.held = simulated, method, None

    def reply(self, method, params):
        if method == self.method and self.held is None:
            self.held = params
            raise Failure(UnreachableError, "reset the connection", unknown=True)
        return super().reply(method, params)

    def come(self):
        return self.simulated.answer(self.method, self.held)


@pytest.mark.parametrize("title", [title for title in DECLARED if "an address" not in title])
def test_a_call_takes_effect_after_the_next_run(title):
    cli, values = DECLARED[title]
    declared = Desired(cli, "it", "alice", values, "sls/alice")
    simulated, left = cloud_with(), expected(declared)
    method = "one.template.instantiate" if cli == "onevm" else "one.vrouter.allocate"
    late = Late(simulated, method)
    assert "reset the connection" in present(simulated, declared, late)[0].error
    assert present(simulated, declared)[0].error == ""
    assert late.come()[0] is True
    planned, writes = present(simulated, declared, test=True)
    assert (writes, list(planned.changes(True))) == ([], ["duplicate"])
    report, _ = present(simulated, declared)
    assert (report.error, report.changes(False)) == ("", planned.changes(True))
    refuse_unsettled(simulated, declared, left)


def test_a_network_that_came_late_is_told():
    """It stays where it was allocated, under the account, and bears the mark of the one that its owner has."""
    declared = Desired("onevnet", "net", "alice", {"driver": "bridge"}, "sls/alice")
    simulated = cloud_with()
    late = Late(simulated, "one.vn.allocate")
    assert "reset the connection" in present(simulated, declared, late)[0].error
    assert present(simulated, declared)[0].error == ""
    number = late.come()[1]
    report, writes = present(simulated, declared)
    assert (report.result(False), writes) == (True, [])
    assert report.comment(False).endswith(
        f"A call that took effect late, or another run, has created it again (ID {number} of oneadmin): remove that."
    )


def test_what_older_versions_made_twice_is_told():
    declared = Desired("onevm", "it", "alice", DECLARED["a VM"][1], "sls/alice")
    twin = {"name": "it", "owner": "alice", "template": "server", "SALT_MANAGED": "sls/alice/onevm/it"}
    simulated = cloud_with({"vms": [twin, twin]})
    simulated.settle()
    report, writes = present(simulated, declared)
    assert writes == []
    assert report.error == (
        "VM it of alice exists 2 times (ID 0, 1), since several runs created it at the same time: "
        "remove the younger one (ID 1), or the one that is not in use, and run again."
    )


# -- what OpenNebula compares by name, and in no transaction with making it -----------------------------------------

NAMED = {
    "onetemplate": ("one.template.allocate", {"cpu": 0.1, "memory": 64}, "TEMPLATE"),
    "onevntemplate": ("one.vntemplate.allocate", {"driver": "bridge"}, "VNTEMPLATE"),
}


class Overtaken(Wire):
    """A wire on which an object of that name was made a moment ago, right before or right after the comparison."""

    def __init__(self, simulated, method, pool, elder=True):
        super().__init__(simulated)
        self.simulated, self.method, self.pool, self.elder = simulated, method, pool, elder

    def reply(self, method, params):
        if method != self.method:
            return super().reply(method, params)
        done = [] if not self.elder else [self._other(params[1])]
        answer = super().reply(method, params)
        done += [] if self.elder else [self._other(params[1])]
        for number, name in done:
            self.simulated.cloud.get(self.pool, number).name = name
        self.method = ""
        return answer

    def _other(self, text):
        name = re.search('NAME="([^"]*)"', text)[1]
        return self.simulated.call(self.method, text.replace(f'NAME="{name}"', 'NAME="other"', 1)), name


def overtaken(cli, owner, elder):
    method, values, pool = NAMED[cli]
    simulated = cloud_with()
    declared = Desired(cli, "it", owner, values, f"sls/{owner or 'oneadmin'}")
    report, _ = present(simulated, declared, Overtaken(simulated, method, pool, elder))
    return simulated, declared, report


@pytest.mark.parametrize("cli", NAMED)
def test_who_comes_second_removes_its_own(cli):
    simulated, declared, report = overtaken(cli, None, elder=True)
    there = [each.id for each in simulated.connect().pool(KINDS[cli]) if each.name == "it"]
    assert (report.error, [report.id]) == ("", there)
    report, writes = present(simulated, declared)
    assert (report.error, report.pending, writes) == ("", False, [])


@pytest.mark.parametrize("cli", NAMED)
def test_who_came_second_and_died_is_cleared_away(cli):
    simulated, declared, report = overtaken(cli, None, elder=False)
    assert report.error == ""
    report, writes = present(simulated, declared)
    assert (report.error, len(writes)) == ("", 1)
    report, writes = present(simulated, declared)
    assert (report.error, report.pending, writes) == ("", False, [])
    assert [each.name for each in simulated.connect().pool(KINDS[cli])].count("it") == 1


def test_a_copy_of_a_template_is_no_twin():
    simulated = cloud_with()
    declared = Desired("onetemplate", "it", "alice", NAMED["onetemplate"][1], "sls/alice")
    report, _ = present(simulated, declared)
    simulated.call("one.template.clone", report.id, "copy", False)
    simulated.call("one.template.clone", report.id, "it", False)
    report, writes = present(simulated, declared)
    assert (report.error, report.pending, writes) == ("", False, [])
    assert sum(each.name in ("it", "copy") for each in simulated.connect().pool(KINDS["onetemplate"])) == 3
