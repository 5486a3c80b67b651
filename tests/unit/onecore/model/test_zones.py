"""The zone of the endpoint, with any answer."""

from types import SimpleNamespace

import pytest
from lxml import etree

from onecore.basics.errors import AnswerError
from onecore.model.zones import here, zone


class Cloud:
    """A cloud with zones of these numbers, and a daemon with this configuration."""

    def __init__(self, *zones, config="<OPENNEBULA_CONFIGURATION/>"):
        self.zones, self.config = {number: f"zone {number}" for number in zones}, config

    def pool(self, collection):
        return SimpleNamespace(by_id=self.zones)

    def read_element(self, method):
        return etree.fromstring(self.config)


def configured(text):
    return f"<X><FEDERATION><ZONE_ID>{text}</ZONE_ID></FEDERATION></X>"


def test_one_zone():
    assert here(Cloud(100)) == 100


def test_several_zones():
    cloud = Cloud(0, 100, config=configured(100))
    assert (here(cloud), zone(cloud, None)) == (100, "zone 100")


@pytest.mark.parametrize("config", ["<X/>", configured(""), configured("two"), configured("-1")])
def test_a_configuration_that_does_not_say(config):
    with pytest.raises(AnswerError, match=r"without a number in FEDERATION/ZONE_ID\.$"):
        here(Cloud(config=config))


def test_a_zone_that_is_not_in_the_pool():
    with pytest.raises(AnswerError, match="without zone 7, to which the endpoint belongs"):
        zone(Cloud(0, 100, config=configured(7)), None)
