"""The beacon of drift: an event for each new difference, and none for reported ones."""

import importlib.util

import pytest

from tests.conftest import REPOSITORY

ROW = {"user": "alice", "object": "virtual network dmz of alice", "part": "dns", "found": "a", "declared": "b"}
WELL = {"drift": [], "failures": [], "objects": 1, "retcode": 0}
DRIFTED = {**WELL, "drift": [ROW], "retcode": 2}


@pytest.fixture
def beacon():
    spec = importlib.util.spec_from_file_location("drift_beacon", REPOSITORY / "salt/_beacons/opennebula_drift.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__context__ = {}

    def tell(found, *config):
        def drift(**given):
            module.__context__["retcode"] = 2
            if isinstance(found, Exception):
                raise found
            return found

        module.__salt__ = {"opennebula.drift": drift}
        told = module.beacon(list(config))
        assert "retcode" not in module.__context__
        return [event["tag"] for event in told]

    tell.module = module
    return tell


def test_what_is_new_is_told_once(beacon):
    assert [beacon(each) for each in (WELL, DRIFTED, DRIFTED, WELL, WELL)] == [[], ["drift"], [], ["none"], []]


def test_each_time_where_that_is_asked_for(beacon):
    always = {"emit": "always"}
    assert [beacon(each, always) for each in (WELL, DRIFTED, DRIFTED, WELL)] == [[], ["drift"], ["drift"], []]


def test_a_failure_is_told_and_ends_nothing(beacon):
    assert beacon(RuntimeError("no answer")) == ["failure"]
    assert beacon({**WELL, "failures": [{"error": "refused"}]}) == ["failure"]
    assert beacon(WELL) == ["none"]


@pytest.mark.parametrize(
    ("config", "valid"),
    [
        ([{"interval": 60}, {"emit": "always"}], True),
        ([], True),
        ([{"emit": "never"}], False),
        ([{"emits": "always"}], False),
        ("x", False),
    ],
)
def test_its_configuration_is_checked(beacon, config, valid):
    assert beacon.module.validate(config)[0] is valid
