"""The texts of ACL rules of several zones."""

from types import SimpleNamespace

import pytest

from onecore.cloud.directory import NETWORKS, USERS, ZONES
from onecore.model.acls import spelled
from onecore.model.rules import ONE, TYPES, USE, Rule
from tests.unit.onecore.model.test_zones import Cloud, configured


class Federated(Cloud):
    """Zone 0 of two, with a user and a network that bear the number 7."""

    account = "oneadmin"

    def pool(self, collection):
        named = {USERS: "ann", NETWORKS: "lan"}
        if collection is ZONES:
            return SimpleNamespace(by_id={0: resource("here"), 100: resource("far")})
        return SimpleNamespace(by_id={7: resource(named[collection])})


def resource(name):
    return SimpleNamespace(name=name, owner="oneadmin")


@pytest.mark.parametrize(("zone", "text"), [(0, "#ann NET/#lan USE #here"), (100, "#ann NET/#7 USE #far")])
def test_an_object_of_another_zone_has_no_name_here(zone, text):
    rule = Rule(ONE | 7, TYPES["NET"] | ONE | 7, USE, ONE | zone)
    assert spelled(Federated(config=configured(0)), rule) == text
