"""Manual copies of a user's objects in the account's namespace: they contain the user's mark, and are not changed."""

import pytest
from lxml import etree

from onecore.basics.plan import Desired
from onecore.engine.converge import converge
from onecore.kinds.registry import KINDS
from onecore.orchestration.users import build, demolish
from tests.doubles.simulated import Simulated

POOLS = {
    "oneimage": ("one.imagepool.info", -2, -1, -1),
    "onetemplate": ("one.templatepool.info", -2, -1, -1),
    "onesecgroup": ("one.secgrouppool.info", -2, -1, -1),
    "onevntemplate": ("one.vntemplatepool.info", -2, -1, -1),
    "onevnet": ("one.vnpool.info", -2, -1, -1),
}
DECLARED = {
    "oneimage": {"datastore": "default", "type": "DATABLOCK", "size": 8},
    "onetemplate": {"cpu": 1, "memory": 64},
    "onesecgroup": {"rules": [{"protocol": "ALL", "direction": "inbound"}]},
    "onevntemplate": {"driver": "bridge", "bridge": "br0"},
    "onevnet": {"driver": "bridge", "bridge": "br0", "address_ranges": [{"ip": "10.0.0.1", "size": 9}]},
}
MORE = {"oneimage": [-1], "onetemplate": [False]}
WITH_GROUPS = {
    "blueprints": {"eole": {"prune": True, "security_groups": {"web": {"rules": {}}, "ssh": {"rules": {}}}}},
    "users": {"alice": {"blueprint": "eole"}},
}


def there(simulated, cli):
    """(number, name, owner) of each object."""
    method, *params = POOLS[cli]
    simulated.settle()
    found = etree.fromstring(simulated.call(method, *params))
    return {(int(each.findtext("ID")), each.findtext("NAME"), each.findtext("UNAME")) for each in found}


def run(simulated, *wanted, test=False):
    reports = converge(simulated.connect(), KINDS, wanted, test)
    assert [report.error for report in reports] == [""] * len(reports)
    return reports


@pytest.mark.parametrize("cli", DECLARED)
def test_it_is_not_handed_over_where_its_user_has_none(cli):
    simulated = Simulated()
    wanted = Desired(cli, "web", "alice", DECLARED[cli], "sls/alice")
    run(simulated, Desired("oneuser", "alice", None, {}))
    (report,) = run(simulated, wanted)
    prefix = KINDS[cli].prefix
    if cli == "onevnet":
        copy = simulated.call("one.vn.reserve", report.id, 'SIZE="3"\nNAME="web"')
        # A network with reservations cannot go: it becomes somebody else's.
        simulated.call("one.vn.update", report.id, 'SALT_MANAGED="none"', 1)
        simulated.call("one.vn.rename", report.id, "another")
    else:
        copy = simulated.call(f"{prefix}.clone", report.id, "web", *MORE.get(cli, []))
        simulated.settle()
        simulated.call(f"{prefix}.delete", report.id, *([False] if cli in MORE else []))
    assert (copy, "web", "oneadmin") in there(simulated, cli)
    (foreseen,) = run(simulated, wanted, test=True)
    (report,) = run(simulated, wanted)
    assert (report.action, report.changes(False)) == ("create", foreseen.changes(True))
    assert {(copy, "web", "oneadmin"), (report.id, "web", "alice")} <= there(simulated, cli)
    assert report.id != copy
    (report,) = run(simulated, wanted)
    assert report.action == "none"


@pytest.fixture
def with_a_copy():
    """A cloud in which oneadmin has a copy of a security group that alice has no longer; the number of the copy."""
    simulated = Simulated()
    assert all(not report.error for report in build(simulated.connect(), WITH_GROUPS, "alice", test=False).reports)
    number = next(number for number, name, _ in there(simulated, "onesecgroup") if name == "web")
    copy = simulated.call("one.secgroup.clone", number, "web")
    simulated.call("one.secgroup.delete", number)
    return simulated, copy


def test_it_stays_where_its_user_goes(with_a_copy):
    simulated, copy = with_a_copy
    reports = demolish(simulated.connect(), "alice", test=False, max_deletions=9).reports
    assert all(not report.error for report in reports)
    assert {each for each in there(simulated, "onesecgroup") if each[1] != "default"} == {(copy, "web", "oneadmin")}


def test_it_stays_where_nothing_of_that_name_is_declared_any_more(with_a_copy):
    simulated, copy = with_a_copy
    config = {**WITH_GROUPS, "blueprints": {"eole": {"prune": True, "security_groups": {"ssh": {"rules": {}}}}}}
    reports = build(simulated.connect(), config, "alice", test=False, max_deletions=9).reports
    assert all(not report.error for report in reports)
    assert (copy, "web", "oneadmin") in there(simulated, "onesecgroup")
