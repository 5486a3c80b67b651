"""Labs in the pillar: their VMs, and the order of these."""

import pytest
import yaml

from onecore.basics.errors import ArgumentError
from onecore.pillar.infrastructure import expand
from onecore.pillar.labs import LAB, chosen, labs_of, machines, names
from onecore.schema import validate
from tests.doubles.pillars import merged

CONFIG = yaml.safe_load("""
blueprints:
  eole:
    group: eole
    vlans: {first: 2, last: 4094, phydev: eth1}
    networks: {dmz1: {vlan: 1, cidr: 10.1.3.0/24}}
    labs:
      school:
        web: {template: debian, networks: [dmz1], after: [database], context: {ROLE: web}}
        database: {template: debian, template_owner: bob, networks: [dmz1], ready: context-report, ready_timeout: 60}
      empty: {}
users:
  alice: {blueprint: eole, vlan_base: 100}
  bob:
    blueprint: eole
    vlan_base: 130
    labs:
      empty: null
      school: {web: {memory: 2G}, client: {template: windows, power: poweroff, attributes: {ROOM: 3}}}
      bench: {load: {template: debian}}
""")


def found(user=None, lab=None):
    return [(each.user, each.name) for each in chosen(CONFIG, user, lab)]


def machine(user, lab, name):
    return next(each for each in machines(chosen(CONFIG, user, lab)) if each.name == name)


def test_a_vm_as_the_state_would_be_told():
    web = machine("alice", "school", "web")
    assert (web.desired.kind, web.desired.name, web.desired.owner) == ("onevm", "web", "alice")
    assert (web.desired.managed, web.desired.adopt) == ("eole/alice", False)
    assert web.desired.values == {
        "template": "debian",
        "template_owner": "oneadmin",
        "nics": [{"network": "dmz1"}],
        "context": {"ROLE": "web"},
        "attributes": {LAB: "school"},
        "group": "eole",
        "power": "running",
    }
    assert (web.after, web.ready, web.timeout) == (("database",), "running", 600)


COUNTED = """
blueprints:
  eole: {labs: {school: {web: {count: 2, after: [db]}, db: {template: debian, count: 2}, last: {after: [web, db]}}}}
users: {alice: {blueprint: eole}, bob: {blueprint: eole, labs: {school: {web: {count: null}, db: {count: 0}}}}}
"""


def test_one_declaration_of_several_vms():
    """Each has a name of its own, and what comes after them comes after all."""
    config = yaml.safe_load(COUNTED)
    alices, bobs = (machines(labs_of(config, user)) for user in ("alice", "bob"))
    assert [each.name for each in alices] == ["db-1", "db-2", "web-1", "web-2", "last"]
    assert {each.after for each in alices if each.declared == "web"} == {("db-1", "db-2")}
    assert alices[-1].after == ("web-1", "web-2", "db-1", "db-2")
    assert alices[2].desired.name == "web-1" and "count" not in alices[2].desired.values
    assert [(each.name, each.after) for each in bobs] == [("web", ()), ("last", ("web",))]


def leave(config):
    """The VMs of alice's lab that may be disturbed."""
    return {each.name for each in machines(labs_of(config, "alice")) if each.desired.disruption}


@pytest.mark.parametrize(
    ("more", "may"),
    [
        ({}, set()),
        ({"disruption": "allow"}, {"web", "database"}),
        ({"users": {"alice": {"disruption": "allow"}}}, {"web", "database"}),
        (
            {"blueprints": {"eole": {"disruption": "allow", "labs": {"school": {"web": {"disruption": "refuse"}}}}}},
            {"database"},
        ),
        ({"blueprints": {"eole": {"labs": {"school": {"web": {"disruption": "allow"}}}}}}, {"web"}),
    ],
)
def test_the_nearest_says_whether_a_vm_may_be_disturbed(more, may):
    config = merged(CONFIG, more)
    assert leave(config) == may
    assert validate(config) == []
    assert not any("disruption" in each.desired.values for each in machines(labs_of(config, "alice")))


def test_a_guest_is_told_to_report():
    database = machine("alice", "school", "database")
    assert database.desired.values["context"] == {"REPORT_READY": "YES"}
    assert database.desired.values["template_owner"] == "bob"
    assert (database.ready, database.timeout) == ("context-report", 60)


def test_a_user_refines_a_lab_of_the_blueprint():
    assert machine("bob", "school", "web").desired.values["memory"] == "2G"
    client = machine("bob", "school", "client")
    assert client.desired.values["attributes"] == {"ROOM": 3, LAB: "school"}
    assert client.desired.values["power"] == "poweroff"


def test_vms_begin_after_what_they_need():
    (school,) = [lab for lab in labs_of(CONFIG, "alice") if lab.name == "school"]
    assert [each.name for each in school.machines] == ["database", "web"]


def test_labs_are_chosen_by_user_and_name():
    assert found() == [("alice", "empty"), ("alice", "school"), ("bob", "bench"), ("bob", "school")]
    assert found("bob") == [("bob", "bench"), ("bob", "school")]
    assert found(lab="school") == [("alice", "school"), ("bob", "school")]
    assert found("bob,alice", ["school", "bench"]) == [("bob", "bench"), ("bob", "school"), ("alice", "school")]


@pytest.mark.parametrize(
    ("user", "lab", "said"),
    [
        ("alcie", None, "the pillar declares no user alcie, did you mean 'alice'?"),
        (None, "shcool", "The pillar declares no lab shcool, did you mean 'school'?"),
        ("alice", "bench", "The pillar declares for alice no lab bench."),
        ({"alice": 1}, None, "user: must be a name, names separated by commas, or a list of names"),
        ("alice,", None, "user: must be a name"),
        (None, 5, "lab: must be a name"),
    ],
)
def test_labs_that_are_not_there(user, lab, said):
    with pytest.raises(ArgumentError, match="^" + said.replace("?", r"\?").replace(".", r"\.")):
        chosen(CONFIG, user, lab)


def test_no_labs_at_all():
    with pytest.raises(ArgumentError, match="The pillar declares no labs"):
        chosen({"blueprints": {"b": {}}, "users": {"eve": {"blueprint": "b"}}})


def test_a_name_given_twice_counts_once():
    assert names("lab", "a, b,a") == ["a", "b"]


def test_labs_are_no_part_of_the_infrastructure_itself():
    assert [each.kind for each in expand(CONFIG, "alice")] == ["oneuser", "onevnet"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("ping", ("ping", None, "ready")),
        ({"port": 22}, ("port", 22, "ready")),
        (None, ("running", None, "before-boot")),
    ],
)
def test_when_a_vm_is_ready_and_gets_its_snapshot(said, found):
    config = {
        "blueprints": {"eole": {"labs": {"school": {"web": {"template": "debian", "ready": said}}}}},
        "users": {"alice": {"blueprint": "eole"}},
    }
    (web,) = machines(labs_of(config, "alice"))
    assert (web.ready, web.port, web.taken) == found
