"""The comments of infrastructure states: failed objects with reasons, and planned and completed removals."""

import logging

import pytest

BLUEPRINT = {"vlans": {"driver": "bridge"}, "networks": {"lan": {}, "dmz": {"clusters": ["nowhere"]}}}
SOUND = {"vlans": {"driver": "bridge"}, "networks": {"lan": {}, "dmz": {}}}
REASON = "virtual network dmz of alice: clusters: cluster nowhere does not exist."
SLS = """
whole:
  opennebula.infrastructure:
    - name: alice
    - parallel: {parallel}
"""


@pytest.fixture
def declare(cloud, connection, pillar):
    """Write the pillar: ``declare(the blueprint)``."""

    def write(blueprint, **more):
        users = {"alice": {"blueprint": "eole"}}
        config = {"connection": connection(cloud), "blueprints": {"eole": blueprint}, "users": users, **more}
        pillar({"opennebula": config})

    return write


@pytest.mark.parametrize("test", [True, False])
def test_a_state_by_itself_names_each_failed_object(declare, loaders, caplog, test):
    declare(BLUEPRINT)
    (whole,) = loaders.modules.state.single("opennebula.infrastructure", "alice", test=test).raw.values()
    assert whole["result"] is False
    (told,) = whole["comment"].split("\n- ")[1:]
    assert told == f"{REASON[0].upper()}{REASON[1:]} Nothing else was started."
    logged = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert len([text for text in logged if REASON[1:] in text]) == 1, logged


@pytest.mark.parametrize("parallel", ["true", "false"])
def test_a_state_in_a_process_of_its_own_does_too(declare, loaders, state_tree, parallel):
    declare(BLUEPRINT)
    (state_tree / "whole.sls").write_text(SLS.format(parallel=parallel))
    whole = next(each for each in loaders.modules.state.apply("whole") if each.comment.startswith("alice:"))
    assert REASON[1:] in whole.comment


def test_what_goes_is_named(declare, loaders):
    declare(SOUND)
    assert loaders.states.opennebula.infrastructure("alice").result is True
    declare({**SOUND, "networks": {"lan": {}}}, prune=True)
    planned = loaders.states.opennebula.infrastructure("alice", test=True)
    assert planned.comment.split("\n- ")[0] == "alice: 1 to be removed, 2 as declared."
    assert "Virtual network dmz of alice would be removed (ID" in planned.comment
    done = loaders.states.opennebula.infrastructure("alice")
    assert "Virtual network dmz of alice was removed (ID" in done.comment
