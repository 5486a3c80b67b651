"""The objects of a run: found with indexes, without searching all of them each time."""

import pytest

from onecore.cloud.directory import GROUPS, NETWORKS
from onecore.cloud.pool import Pool
from tests.doubles.fake_cloud import resource

MARK = "eole/{}/onevnet/{}"


def network(number, name, owner="alice", **attributes):
    return resource("onevnet", number, name, owner=owner, TEMPLATE=attributes)


def marked(number, name, owner="alice", **more):
    return network(number, name, owner, SALT_MANAGED=MARK.format(owner, name), **more)


def vlan(each):
    return each.attribute("VLAN") or None


def ids(found):
    return sorted(each.id for each in found)


def test_names_belong_to_owners_where_the_kind_says_so():
    networks = Pool(NETWORKS, [network(1, "dmz"), network(2, "dmz", "bob")])
    assert ids(networks.named("dmz", "bob")) == [2]
    groups = Pool(GROUPS, [resource("onegroup", 100, "eole")])
    assert ids(groups.named("eole", None)) == ids(groups.named("eole", "whoever")) == [100]


def test_objects_are_found_by_whatever_a_function_says_of_them():
    pool = Pool(NETWORKS, [network(1, "a", VLAN="7"), network(2, "b", VLAN="7"), network(3, "c")])
    assert ids(pool.having(vlan, "7")) == [1, 2]
    assert pool.having(vlan, "8") == []


@pytest.mark.parametrize("asked_before", [True, False])
def test_what_is_found_follows_what_changes(asked_before):
    pool = Pool(NETWORKS, [network(1, "a", VLAN="7"), network(2, "b", VLAN="7")])
    if asked_before:
        pool.having(vlan, "7")
    pool.put(network(1, "a", VLAN="8"))
    pool.put(network(3, "c", VLAN="7"))
    pool.drop(2)
    assert ids(pool.having(vlan, "7")) == [3]
    assert ids(pool.having(vlan, "8")) == [1]
    pool.drop(2)
    assert ids(pool) == [1, 3]


def test_an_object_that_has_changed_since_it_came_goes_from_where_it_was_put():
    pool = Pool(NETWORKS, [marked(1, "a")])
    assert ids(pool.marked(("onevnet", "alice", "a"))) == [1]
    pool.by_id[1].rename("b")
    pool.drop(1)
    assert pool.marked(("onevnet", "alice", "a")) == pool.named("a", "alice") == []


def test_marks():
    pool = Pool(NETWORKS, [marked(1, "a"), marked(2, "b"), marked(3, "a", "bob"), network(4, "c")])
    assert ids(pool.marked(("onevnet", "alice", "a"))) == [1]
    assert ids(pool.marked_for("alice")) == [1, 2]
    assert pool.marked_for("carol") == []


def test_each_object_is_looked_at_once_however_often_somebody_asks():
    looked = []

    def by(each):
        looked.append(each.id)
        return each.name

    pool = Pool(NETWORKS, [network(number, f"n{number}") for number in range(50)])
    for number in range(50):
        assert ids(pool.having(by, f"n{number}")) == [number]
    assert sorted(looked) == list(range(50))
