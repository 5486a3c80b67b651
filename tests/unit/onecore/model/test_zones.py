"""Which of several zones this is: as the daemon's configuration tells, or an answer that tells nothing."""

from functools import partial
from types import SimpleNamespace

import pytest
from lxml import etree

from onecore.basics.errors import AnswerError
from onecore.cloud.view import Cloud
from onecore.model.zones import here


@pytest.mark.parametrize(("said", "expected"), [("<ZONE_ID>100</ZONE_ID>", 100), ("<ZONE_ID>7</ZONE_ID>", 0), ("", 0)])
def test_of_several_zones_the_configuration_tells_which(said, expected):
    zones = {number: SimpleNamespace(id=number) for number in (0, 100)}
    cloud = SimpleNamespace(pool=lambda kind: SimpleNamespace(by_id=zones))
    cloud.numbered = partial(Cloud.numbered, cloud)
    cloud.told = lambda method: etree.fromstring(f"<OPENNEBULA><FEDERATION>{said}</FEDERATION></OPENNEBULA>")
    if expected:
        assert here(cloud) == expected
    else:
        with pytest.raises(AnswerError, match="no zone"):
            here(cloud)
