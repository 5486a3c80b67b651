"""Objects that only a pillar or only a cloud has."""

import pytest

from onecore.takeover.composition import every
from onecore.takeover.orphans import LEFT, MISSING, orphans
from tests.doubles import clouds
from tests.doubles.existing import applied, exported
from tests.doubles.simulated import Simulated

RULE = "@guests TEMPLATE/* USE"


@pytest.fixture
def administered():
    simulated = Simulated()
    clouds.administered(simulated.call, simulated.settle)
    simulated.settle()
    return simulated


def found(simulated, config):
    return [(row["what"], row["object"]) for row in orphans(simulated.connect(), every(config))]


def test_what_is_taken_over_is_neither_missing_nor_left(administered):
    config = exported(administered).config
    applied(administered.connect(), config)
    assert found(administered, config) == []


def test_acl_rules_that_are_missing_or_left(administered):
    without = {"shared": {"groups": {"guests": {"default_vdc": True}}}}
    config = {"shared": {**without["shared"], "acls": {"use": RULE}}}
    assert found(administered, config) == [(MISSING, f"ACL rule {RULE}")]
    applied(administered.connect(), {**config, "adopt": True})
    assert found(administered, config) == []
    # It is told with the zone that it is for.
    assert found(administered, without) == [(LEFT, f"ACL rule {RULE} #OpenNebula")]
