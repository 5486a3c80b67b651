"""Teams in the pillar: groups, their VDCs, ACL rules, and default hosts and datastores."""

import pytest
import yaml

from onecore.pillar.shared import owners, shared

ALL = {"clusters": [], "hosts": "ALL", "datastores": "ALL", "networks": []}


def objects(text):
    """What a pillar's ``shared`` comes to: by kind and name, the values."""
    config = {"shared": yaml.safe_load(text), "users": {"alice": {"blueprint": "b"}}, "blueprints": {"b": {}}}
    return {(each.kind, each.name): dict(each.values) for each in shared(config)}


@pytest.mark.parametrize(
    ("said", "has"),
    [
        ("{}", ALL),
        ("{vdc: {}}", ALL),
        ("{default_vdc: false}", ALL),
        ("{vdc: {hosts: [host01]}}", {**ALL, "hosts": ["host01"]}),
        ("{vdc: {networks: [EOLE]}}", {**ALL, "networks": ["EOLE"]}),
        ("{vdc: {clusters: [blades]}}", {"clusters": ["blades"], "hosts": [], "datastores": [], "networks": []}),
        ("{vdc: {clusters: [b], datastores: ALL}}", {**ALL, "clusters": ["b"], "hosts": []}),
        ("{default_vdc: true}", None),
        ("{default_vdc: true, vdc: {hosts: [host01]}}", {**ALL, "hosts": ["host01"]}),
    ],
)
def test_a_group_has_a_vdc_of_its_own(said, has):
    found = objects(f"groups: {{eole: {said}}}")
    assert found.get(("onevdc", "eole")) == (None if has is None else {"groups": ["eole"], **has})
    assert "vdc" not in found["onegroup", "eole"]


def test_a_group_that_a_vdc_lists_has_no_other():
    found = objects("groups: {eole: {}, staff: {}}\nvdcs: {school: {groups: [eole], hosts: ALL}}")
    assert [name for kind, name in found if kind == "onevdc"] == ["school", "staff"]
    assert found["onevdc", "school"] == {"groups": ["eole"], "hosts": "ALL"}


@pytest.mark.parametrize(("said", "means"), [("{}", "unless it has members"), ("{default_vdc: false}", False)])
def test_a_group_is_out_of_the_default_vdc(said, means):
    assert objects(f"groups: {{eole: {said}}}")["onegroup", "eole"] == {"default_vdc": means}


def test_everything_comes_after_what_it_names():
    found = objects(
        """
        acls: {a: "@eole NET/@eole USE", b: "@eole NET/@eole USE", c: null}
        vdcs: {school: {groups: [eole], hosts: ALL}}
        templates: {t: {cpu: 1}}
        networks: {EOLE: {driver: bridge, clusters: [blades]}}
        groups: {eole: {}}
        hosts: {host01: {cluster: blades, adopt: true}}
        datastores: {san: {owner: alice, clusters: [blades]}}
        clusters: {blades: {}}
        """
    )
    assert [name for _, name in found] == [
        "blades",
        "san",
        "host01",
        "eole",
        "EOLE",
        "t",
        "school",
        "@eole NET/@eole USE",
    ]
    assert found["onedatastore", "san"] == {"owner": "alice", "clusters": ["blades"]}
    assert found["onehost", "host01"] == {"cluster": "blades"}


def test_a_user_of_whom_a_rule_speaks_is_made_with_what_is_for_everyone():
    config = {
        "shared": {"acls": {"a": "#alice NET/* USE", "b": "#root NET/* USE", "c": "@g USER/#carol USE *"}},
        "users": {name: {"blueprint": "b"} for name in ("alice", "bob", "carol")},
        "blueprints": {"b": {}},
    }
    assert owners(config) == ["alice", "carol"]
    assert [each.kind for each in shared(config)] == ["oneuser", "oneuser", "oneacl", "oneacl", "oneacl"]
