"""Shared objects that belong to a user of the same pillar."""

from onecore.cloud.directory import GROUPS, USERS
from onecore.orchestration.users import build
from tests.doubles.simulated import Simulated

CONFIG = {
    "shared": {
        "groups": {"eole": {}, "dev": {}, "staff": {"admins": ["bob"]}},
        "networks": {
            "EOLE": {"driver": "bridge", "first": "192.168.230.11", "size": 9, "permissions": "604"},
            "hers": {"driver": "bridge", "owner": "bob", "first": "10.9.0.2", "size": 9, "permissions": "604"},
        },
        "images": {"disk": {"datastore": "default", "type": "DATABLOCK", "size": 8, "owner": "bob"}},
        "templates": {"server": {"cpu": 0.1, "memory": 64, "disks": [{"image": "disk", "owner": "bob"}]}},
    },
    "blueprints": {
        "eole": {
            "group": "eole",
            "groups": ["dev"],
            "quota": {"vms": 5, "networks": {"EOLE": 3}},
            "vlans": {"driver": "bridge"},
            "networks": {"lan": {}},
        }
    },
    "users": {"alice": {"blueprint": "eole"}, "bob": {"blueprint": "eole"}},
}


def run(simulated, test=False):
    """{subject: changes} of what differs, and the calls that wrote."""
    wire = simulated.wire()
    cloud = simulated.connect(wire)
    reports = [report for user in (None, "alice", "bob") for report in build(cloud, CONFIG, user, test).reports]
    assert [report.error for report in reports if report.error] == []
    return {report.subject: report.changes(test) for report in reports if report.pending}, wire.writes


def test_the_owner_comes_first_and_once():
    simulated = Simulated()
    planned, _ = run(simulated, test=True)
    done, _ = run(simulated)
    assert done == planned
    subjects = list(done)
    assert subjects.index("virtual network EOLE of oneadmin") < subjects.index("user bob")
    assert subjects.index("user bob") < subjects.index("virtual network hers of bob") < subjects.index("user alice")
    assert run(simulated) == ({}, [])


def test_who_administers_a_group_is_a_member_whatever_else_is_declared():
    simulated = Simulated()
    run(simulated)
    (bob,) = [each for each in simulated.connect().pool(USERS) if each.name == "bob"]
    groups = {each.id: each.name for each in simulated.connect().pool(GROUPS)}
    assert {groups[number] for number in bob.ids("GROUPS")} == {"eole", "dev", "staff"}
