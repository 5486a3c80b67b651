"""Administrators of shared groups who are themselves declared in the pillar."""

import pytest

from onecore.kinds.group import GROUP
from onecore.kinds.user import USER
from onecore.orchestration.users import build
from tests.doubles.simulated import Simulated

USERS = ("alice", "bob")
WHOSE = (None, *USERS)


def config(*admins):
    return {
        "shared": {"groups": {"eole": {"admins": list(admins)}, "dev": {"admins": ["alice"]}}},
        "blueprints": {"eole": {"group": "eole"}},
        "users": {name: {"blueprint": "eole"} for name in USERS},
    }


def run(simulated, pillar, test=False):
    """{subject: changes} of everything, in the order of a highstate, and the calls that wrote."""
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    reports = [report for user in WHOSE for report in build(cloud, pillar, user, test).reports]
    assert [report.error for report in reports] == [""] * len(reports)
    return {report.subject: report.changes(test) for report in reports if report.pending}, [
        method for method, *_ in wire.writes
    ]


def administrators(simulated, group):
    found = simulated.connect().get(GROUP, group)
    return found.ids("ADMINS")


@pytest.mark.parametrize("admins", [("alice",), ("alice", "bob")])
def test_they_come_with_the_first_run(admins):
    simulated = Simulated()
    pillar = config(*admins)
    planned, _ = run(simulated, pillar, test=True)
    done, _ = run(simulated, pillar)
    assert done == planned
    assert planned["user alice"]["administers"] == {"old": None, "new": ["eole", "dev"]}
    assert run(simulated, pillar) == ({}, [])
    assert len(administrators(simulated, "eole")) == len(admins)
    assert len(administrators(simulated, "dev")) == 1


def test_they_go_with_the_group():
    simulated = Simulated()
    run(simulated, config("alice", "bob"))
    done, writes = run(simulated, config("bob"))
    assert list(done) == ["group eole"] and writes == ["one.group.deladmin"]
    assert run(simulated, config("bob")) == ({}, [])


def test_who_is_neither_there_nor_to_come_is_a_fault():
    simulated = Simulated()
    report, its_vdc = build(simulated.connect(), config("carol"), None, test=False).reports
    assert "group eole does not exist" in its_vdc.error
    assert report.error == "admins: user carol does not exist. Nothing else was started."


def test_somebody_elses_account_of_that_name_gets_no_rights():
    simulated, pillar = Simulated(), config("alice", "bob")
    run(simulated, config("alice"))
    simulated.call("one.user.delete", next(each.id for each in simulated.connect().pool(USER) if each.name == "bob"))
    number = simulated.call("one.user.allocate", "bob", "pw", "core", [])
    for test in (True, False):
        reports = [each for user in WHOSE for each in build(simulated.connect(), pillar, user, test).reports]
        errors = [each.error for each in reports if each.error]
        assert [error.partition(" (ID")[0] for error in errors] == ["user bob exists"]
    members = simulated.connect().get(GROUP, "eole").ids("USERS")
    assert number not in (*administrators(simulated, "eole"), *members)
    # Once the account may be taken over, it becomes one.
    done = [each for user in WHOSE for each in build(simulated.connect(), pillar, user, False, adopt=True).reports]
    assert [each.error for each in done if each.error] == []
    assert number in administrators(simulated, "eole")
