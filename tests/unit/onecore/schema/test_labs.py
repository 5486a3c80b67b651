"""What is wrong with the labs of a pillar."""

import pytest
import yaml

from onecore.schema import validate
from tests.doubles.pillars import merged

PILLAR = yaml.safe_load("""
blueprints:
  eole:
    vlans: {first: 2, last: 4094, phydev: eth1}
    networks: {academie: {vlan: 0, cidr: 192.168.0.0/24}, dmz1: {vlan: 1}}
    gateway: {template: gateway, lan: [academie]}
    labs:
      school:
        database: {template: debian, networks: [dmz1]}
        web: {template: debian, nics: [{network: dmz1}], after: [database], ready: context-report}
users:
  alice: {blueprint: eole, vlan_base: 100}
  bob: {blueprint: eole, vlan_base: 130}
""")
SCHOOL = "blueprints.eole.labs.school"


def faults(more):
    return [str(fault) for fault in validate(merged(PILLAR, yaml.safe_load(more)))]


def in_school(more):
    return faults(f"{{blueprints: {{eole: {{labs: {{school: {more}}}}}}}}}")


def test_the_pillar_itself_is_sound():
    assert faults("{}") == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("{web: {template: null}}", [f"{SCHOOL}.web.template: is required"]),
        (
            "{web: {nics: null, networks: [dmz2]}}",
            [f"{SCHOOL}.web.networks: there is no network dmz2; did you mean dmz1?"],
        ),
        (
            "{web: {nics: [{ip: 10.0.0.1}, {network: dmz2}]}}",
            [f"{SCHOOL}.web.nics[1].network: there is no network dmz2; did you mean dmz1?"],
        ),
        ("{web: {nics: [{network: EOLE, owner: oneadmin, shared: true}]}}", []),
        ("{web: {networks: [dmz1]}}", [f"{SCHOOL}.web.nics: conflicts with networks; give one of the two"]),
        (
            "{web: {after: [databse]}}",
            [f"{SCHOOL}.web.after: there is no VM databse in lab school; did you mean database?"],
        ),
        (
            "{database: {after: [web]}}",
            [f"{SCHOOL}.database.after: goes around in a circle: database after web after database"],
        ),
        ("{web: {after: [web]}}", [f"{SCHOOL}.web.after: goes around in a circle: web after web"]),
        (
            "{web: {ready: soon}}",
            [f"{SCHOOL}.web.ready: must be one of running, context-report; found the text 'soon'"],
        ),
        ("{web: {attributes: {lab: x}}}", [f"{SCHOOL}.web.attributes.LAB: is kept by the labs themselves"]),
        (
            "{web: {attributes: {os: {arch: x86_64}}}}",
            [f"{SCHOOL}.web.attributes.os: has a key of its own, os; use that"],
        ),
        (
            "{gateway: {template: debian}}",
            [f"{SCHOOL}.gateway: is also the name of the gateway; a user has each name once"],
        ),
        ("{web: {expires: 2026-12-31}, database: {expires: 12h}}", []),
        (
            "{web: {expires: soon}}",
            [
                f"{SCHOOL}.web.expires: must be an age such as 12h or 7d, or a date such as 2026-12-31; "
                "found the text 'soon'"
            ],
        ),
        ("{web: {tempalte: x}}", [f"{SCHOOL}.web.tempalte: unknown key; did you mean template?"]),
        ("{'web;': {template: x}}", None),
        ("{'': {template: x}}", None),
    ],
)
def test_faults_of_a_blueprint_are_said_once(more, expected):
    found = in_school(more)
    assert found == expected if expected is not None else len(found) == 1 and found[0].startswith(SCHOOL)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "{bench: {web: {template: debian}}}",
            ["users.alice.labs.bench.web: is also the name of a VM of lab school; a user has each name once"],
        ),
        (
            "{school: {database: null}}",
            ["users.alice.labs.school.database: null takes away a VM that after of web still names"],
        ),
        (
            "{school: {databse: null}}",
            [
                "users.alice.labs.school.databse: null takes nothing away: the blueprint has no such VM; "
                "did you mean database?"
            ],
        ),
        (
            "{shcool: null}",
            ["users.alice.labs.shcool: null takes nothing away: the blueprint has no such lab; did you mean school?"],
        ),
        ("{school: null}", []),
        ("{school: {web: {context: {role: a, ROLE: b}}}}", None),
    ],
)
def test_faults_of_a_user_are_said_at_the_user(more, expected):
    found = faults(f"{{users: {{alice: {{labs: {more}}}}}}}")
    assert found == expected if expected is not None else len(found) == 1 and found[0].startswith("users.alice.labs")


def test_a_network_that_a_user_takes_away():
    assert faults("{users: {alice: {networks: {dmz1: null}}}}") == [
        "users.alice.networks.dmz1: null takes away a network that VM database still names"
    ]
