"""Users whose names have a meaning in Salt, in a whole highstate."""

import pytest

#: Keys of an SLS that are no state, what Salt leaves out of one, and names of states that exist.
NAMES = ("include", "extend", "exclude", "__x", "__id__", "opennebula", "on", "1", "alice.x", "0644")
BLUEPRINT = {"vlans": {"driver": "bridge"}, "networks": {"lan": {}}}


@pytest.fixture
def declared(cloud, connection, pillar):
    users = {name: {"blueprint": "eole"} for name in NAMES}
    pillar({"opennebula": {"connection": connection(cloud), "blueprints": {"eole": BLUEPRINT}, "users": users}})


def test_every_user_is_made_whatever_the_name(declared, loaders):
    results = loaders.modules.state.apply("opennebula")
    assert not [each.comment for each in results if each.result is not True]
    owners = {row["owner"] for row in loaders.modules.onevnet.list()}
    assert owners == set(NAMES)
    assert not [each for each in loaders.modules.state.apply("opennebula") if each.changes]
