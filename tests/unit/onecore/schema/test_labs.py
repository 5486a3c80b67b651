"""Errors in the labs of a pillar."""

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
        ("{web: {networks: [dmz1]}}", [f"{SCHOOL}.web.nics: conflicts with networks; declare one of the two"]),
        (
            "{web: {after: [databse]}}",
            [f"{SCHOOL}.web.after: there is no VM databse in lab school; did you mean database?"],
        ),
        (
            "{database: {after: [web]}}",
            [f"{SCHOOL}.database.after: is circular: database after web after database"],
        ),
        ("{web: {after: [web]}}", [f"{SCHOOL}.web.after: is circular: web after web"]),
        (
            "{web: {ready: soon}}",
            [f"{SCHOOL}.web.ready: must be one of running, context-report, ping; found the text 'soon'"],
        ),
        ("{web: {ready: ping}, database: {ready: {port: 5432}, snapshot: initial, snapshot_taken: ready}}", []),
        (
            "{web: {ready: {port: 0}}}",
            [f"{SCHOOL}.web.ready.port: must be a whole number from 1 to 65535; found the number 0"],
        ),
        ("{web: {ready: {}}}", [f"{SCHOOL}.web.ready.port: is required"]),
        ("{web: {ready: {port: null}}}", [f"{SCHOOL}.web.ready.port: is required"]),
        ("{web: {ready: {prot: 22}}}", [f"{SCHOOL}.web.ready.prot: unknown key; did you mean port?"]),
        ("{web: {attributes: {lab: x}}}", [f"{SCHOOL}.web.attributes.LAB: is set by the labs themselves"]),
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
        ("{web: {count: 3}, more: {template: debian, count: 0, after: [web]}}", []),
        ("{web: {count: 1, nics: [{network: dmz1, ip: 10.1.3.60}]}}", []),
        (
            "{web: {count: 2, nics: [{network: dmz1, IP6: 'fe80::1', "
            "aliases: [{network: dmz1, MAC: '02:00:00:00:00:01'}]}]}}",
            [
                f"{SCHOOL}.web.nics[0].{where} cannot be the address of each of 2 VMs: leave it out, and OpenNebula "
                "gives each one of its own, or declare each VM by a name of its own"
                for where in ("IP6: fe80::1", "aliases[0].MAC: 02:00:00:00:00:01")
            ],
        ),
        (
            "{web: {count: 3}, web-2: {template: debian}}",
            [f"{SCHOOL}.web-2: is also the name of a VM of lab school; a user has each name once"],
        ),
        (
            "{web-2: {template: debian}, more: {template: debian, count: 2}, more-2: {template: debian}}",
            [f"{SCHOOL}.more-2: is also the name of a VM of lab school; a user has each name once"],
        ),
        (
            "{web: {count: 2, context: {SALT_MINION_ID: web}}}",
            [
                f"{SCHOOL}.web.context.SALT_MINION_ID: web cannot be that of each of 2 VMs: write $NAME, which stands "
                "for the name of each, or declare each VM by a name of its own"
            ],
        ),
        ("{web: {count: -1}}", [f"{SCHOOL}.web.count: must be a whole number from 0 to 1000; found the number -1"]),
        (f"{{{'w' * 127}: {{template: debian, count: 2}}}}", None),
        ("{web: {after: [database-1]}, database: {count: 1}}", None),
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
            "{bench: {web: {template: debian, count: 0}, load: {template: debian, count: 2}, load-1: {template: b}}}",
            ["users.alice.labs.bench.load-1: is also the name of a VM of lab bench; a user has each name once"],
        ),
        (
            "{school: {database: null}}",
            ["users.alice.labs.school.database: null removes a VM that after of web still names"],
        ),
        (
            "{school: {databse: null}}",
            [
                "users.alice.labs.school.databse: null removes nothing: the blueprint has no such VM; "
                "did you mean database?"
            ],
        ),
        (
            "{shcool: null}",
            ["users.alice.labs.shcool: null removes nothing: the blueprint has no such lab; did you mean school?"],
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
        "users.alice.networks.dmz1: null removes a network that VM database still names"
    ]
