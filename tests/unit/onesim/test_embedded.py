"""A cloud in the process of its test: called directly, described like a seed, settled on demand."""

import pytest
from lxml import etree

from onesim.embedded import Embedded
from onesim.errors import Fault
from onesim.founding.seed import SeedError


def state(embedded):
    return etree.fromstring(embedded.call("one.vn.info", 0)).findtext("STATE")


def test_what_is_under_way_happens_when_told():
    embedded = Embedded()
    assert embedded.call("one.vn.allocate", 'NAME="lab" VN_MAD="bridge"', -1) == 0
    assert state(embedded) == "2"
    embedded.settle()
    assert state(embedded) == "1"


def test_a_description_is_made_and_settles():
    embedded = Embedded()
    embedded.sow({"users": [{"name": "alice", "password": "pw"}], "networks": [{"name": "lab", "VN_MAD": "bridge"}]})
    assert state(embedded) == "1"
    assert "<NAME>alice</NAME>" in embedded.call("one.user.info", -1, session="alice:pw")
    with pytest.raises(SeedError, match="networks, entry 1"):
        embedded.sow({"networks": [{"name": "lab", "owner": "nobody", "VN_MAD": "bridge"}]})


def test_refusals():
    embedded = Embedded()
    with pytest.raises(RuntimeError, match="Error getting virtual network"):
        embedded.call("one.vn.info", 7)
    assert embedded.answer("one.vn.info", (embedded.session, 7))[:3] == [
        False,
        "[one.vn.info] Error getting virtual network [7].",
        0x400,
    ]
    with pytest.raises(Fault, match="not defined"):
        embedded.call("one.vn.nothing")
