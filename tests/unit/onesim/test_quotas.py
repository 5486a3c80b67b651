"""Quotas of onesim: limits, defaults, what is charged and given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesim.errors import ActionError
from onesim.rights import quotas
from onesim.rights.quotas import Exceeded, Quotas
from onesim.text.templates import Template

from .cloud import Cloud, Refused

NET, STORE = quotas.NETWORK, quotas.DATASTORE
IMAGES = st.lists(st.tuples(st.sampled_from("01"), st.integers(0, 1000)), max_size=12)


def limited(text, is_default=False):
    found = Quotas(is_default)
    found.set_limits(Template.parse(text))
    return found


def nics(*networks):
    return Template(("NIC", {"NETWORK_ID": str(network)}) for network in networks)


def image(size, store="1"):
    return Template.of(DATASTORE=store, SIZE=str(size))


@pytest.fixture
def sim():
    """alice in the group students, and a network of hers with 20 addresses."""
    sim = Cloud()
    sim.gid = sim.call("one.group.allocate", "students")
    sim.uid = sim.user("alice", sim.gid)
    sim.net = sim.network("AR=[TYPE=IP4,IP=10.0.0.1,SIZE=20]")
    return sim


def reserve(sim, size, name):
    """A reservation of alice's."""
    sim.call("one.vn.chmod", sim.net, 1, 1, 1, 1, 0, 0, 1, 0, 0)
    return sim.call("one.vn.reserve", sim.net, f"SIZE={size} NAME={name}", user="alice")


def used(sim, method="one.user.info", oid=None):
    path = "NETWORK_QUOTA/NETWORK/LEASES_USED"
    return sim.texts(path, method, sim.uid if oid is None else oid)


def test_a_limit_holds_to_the_last_lease():
    found = limited('NETWORK=[ID="0",LEASES="2"]')
    found.charge(NET, nics(0, 0), Quotas(True))
    with pytest.raises(Exceeded, match="limit of 2 reached for LEASES quota in NETWORK with ID: 0"):
        found.charge(NET, nics(0), Quotas(True))
    found.release(NET, nics(0))
    found.charge(NET, nics(0), Quotas(True))


def test_a_charge_is_all_or_nothing():
    found = limited('NETWORK=[ID="1",LEASES="0"]')
    before = found.xml()
    with pytest.raises(Exceeded):
        found.charge(NET, nics(0, 0, 1), Quotas(True))
    assert found.xml() == before


def test_defaults_hold_where_nothing_is_said():
    defaults = limited('NETWORK=[ID="0",LEASES="1"]', is_default=True)
    for text, possible in (
        ("", False),
        ('NETWORK=[ID="0",LEASES="-1"]', False),
        ('NETWORK=[ID="0",LEASES="-2"]', True),
    ):
        found = limited(text)
        found.charge(NET, nics(0), defaults)
        if possible:
            found.charge(NET, nics(0), defaults)
        else:
            with pytest.raises(Exceeded):
                found.charge(NET, nics(0), defaults)


@given(IMAGES)
def test_what_is_given_back_leaves_nothing(images):
    found = Quotas()
    for store, size in images:
        found.charge(STORE, image(size, store), Quotas(True))
    assert {entry["ID"]: float(entry["SIZE_USED"]) for entry in found.datastore.entries} == {
        store: sum(size for other, size in images if other == store) for store in {store for store, _ in images}
    }
    for store, size in images:
        found.release(STORE, image(size, store))
    assert found.xml() == Quotas().xml()


@pytest.mark.parametrize(
    "text",
    ['NETWORK=[ID="0",LEASES="-3"]', 'NETWORK=[ID="x",LEASES="1"]', 'DATASTORE=[ID="0",SIZE="much",IMAGES="-9"]'],
)
def test_malformed_limits(text):
    with pytest.raises(ActionError, match="Negative limits or bad format in quota"):
        limited(text)


def test_a_limit_lifted_leaves_no_trace():
    found = limited('NETWORK=[ID="0",LEASES="5"]')
    found.set_limits(Template.parse('NETWORK=[ID="0",LEASES="-1"]'))
    assert found.xml() == Quotas().xml()


def test_a_reservation_is_charged_and_given_back(sim):
    net = reserve(sim, 3, "mine")
    assert used(sim) == used(sim, "one.group.info", sim.gid) == ["3"]
    sim.settle()
    sim.call("one.vn.delete", net)
    sim.settle()
    assert used(sim) == used(sim, "one.group.info", sim.gid) == []


def test_who_is_over_his_quota_gets_nothing(sim):
    sim.call("one.user.quota", sim.uid, f'NETWORK=[ID="{sim.net}",LEASES="3"]')
    reserve(sim, 2, "first")
    with pytest.raises(Refused, match=rf"user \[{sim.uid}\] limit of 3 reached for LEASES quota in NETWORK"):
        reserve(sim, 2, "second")
    assert used(sim) == ["2"]
    assert sim.texts("USED_LEASES", "one.vn.info", sim.net) == ["2"]


def test_the_group_pays_too(sim):
    sim.call("one.group.quota", sim.gid, f'NETWORK=[ID="{sim.net}",LEASES="1"]')
    with pytest.raises(Refused, match=rf"group \[{sim.gid}\] limit of 1 reached"):
        reserve(sim, 2, "mine")
    assert used(sim) == []


def test_usage_moves_with_its_owner(sim):
    net = reserve(sim, 2, "mine")
    sim.settle()
    bob = sim.user("bob")
    sim.call("one.vn.chown", net, bob, -1)
    assert (used(sim), used(sim, oid=bob)) == ([], ["2"])
    assert used(sim, "one.group.info", sim.gid) == ["2"]


def test_oneadmin_pays_for_nothing(sim):
    sim.call("one.vn.reserve", sim.net, "SIZE=4 NAME=free")
    assert used(sim, oid=0) == []


def test_default_quotas_are_set_by_administrators(sim):
    with pytest.raises(Refused):
        sim.call("one.userquota.update", f'NETWORK=[ID="{sim.net}",LEASES="1"]', user="alice")
    sim.call("one.userquota.update", f'NETWORK=[ID="{sim.net}",LEASES="1"]')
    with pytest.raises(Refused, match="limit of 1 reached"):
        reserve(sim, 2, "mine")
