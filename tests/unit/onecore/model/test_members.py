"""Arguments that list other objects: clusters of a network, groups of a user, administrators of a group."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.plan import Desired, render
from onecore.kinds.group import GROUP
from onecore.kinds.user import USER
from onecore.kinds.vnet.kind import VNET
from tests.doubles.fake_cloud import FakeCloud, cloud_of, described, resource


def pool(cli, **numbers):
    return [described(cli, number, name) for name, number in numbers.items()]


CLUSTERS = pool("onecluster", default=0, lab=100, qa=101)
GROUPS = pool("onegroup", users=1, eole=100, dev=101, qa=102)
GROUPS[1]["USERS"] = {"ID": [2]}
USERS = pool("oneuser", alice=2, bob=3)


def plan(kind, existing, **values):
    """What would be done, and what is: the changes and the writes of all writers in their order."""
    fake = FakeCloud(onecluster=CLUSTERS, onegroup=GROUPS, oneuser=USERS)
    cloud = cloud_of(fake)
    order = kind.order(Desired(kind.cli, "it", None, values), "oneadmin")
    kind.resolve(order, cloud)
    changes = kind.changes(order, existing)
    for name, write in kind.writers.items():
        ours = [change for change in changes if change.writer == name]
        if ours and existing is not None:
            write(cloud, existing, ours, order)
    return render(changes), fake.writes


def network(*clusters):
    return resource("onevnet", 7, CLUSTERS={"ID": list(clusters)})


def user(primary, *groups):
    name = next(each["NAME"] for each in GROUPS if each["ID"] == primary)
    return resource("oneuser", 2, "alice", GID=primary, GNAME=name, GROUPS={"ID": [primary, *groups]})


def test_as_declared():
    assert plan(VNET, network(0, 100), clusters=["lab", "default"]) == ({}, [])
    assert plan(VNET, network(100), clusters="lab") == ({}, [])
    assert plan(VNET, network(), clusters=[]) == ({}, [])


def test_a_list_is_complete():
    shown, writes = plan(VNET, network(0, 100), clusters=["qa", "lab", "qa"])
    assert shown == {"clusters": {"old": ["default", "lab"], "new": ["lab", "qa"]}}
    assert writes == [("one.cluster.addvnet", 101, 7), ("one.cluster.delvnet", 0, 7)]


def test_what_has_no_name_any_more_is_shown_by_number():
    shown, _ = plan(VNET, network(55), clusters=[])
    assert shown == {"clusters": {"old": ["ID 55"], "new": None}}


@pytest.mark.parametrize(
    ("clusters", "said"),
    [
        ({"lab": None}, "clusters: must be a list of names, not a dictionary"),
        ([1], "name of a cluster"),
        ("", "must not be empty"),
    ],
)
def test_lists_that_cannot_be(clusters, said):
    with pytest.raises(ArgumentError, match=said):
        plan(VNET, network(), clusters=clusters)


def test_administrators_become_members_first():
    group = resource("onegroup", 100, "eole", USERS={"ID": [2]}, ADMINS={"ID": [9]})
    shown, writes = plan(GROUP, group, admins=["alice", "bob"], resources=[])
    assert shown == {"admins": {"old": ["ID 9"], "new": ["alice", "bob"]}}
    assert writes == [
        ("one.user.addgroup", 3, 100),
        ("one.group.addadmin", 100, 2),
        ("one.group.addadmin", 100, 3),
        ("one.group.deladmin", 100, 9),
    ]


def test_administrators_who_have_joined_since_the_pool_was_read():
    shown, writes = plan(GROUP, resource("onegroup", 100, "eole"), admins=["alice"], resources=[])
    assert shown["admins"]["new"] == ["alice"]
    assert writes == [("one.group.addadmin", 100, 2)]


def test_secondary_groups():
    assert plan(USER, user(100, 101), groups=["dev"]) == ({}, [])
    shown, writes = plan(USER, user(100, 101), groups=["qa"])
    assert shown == {"groups": {"old": ["dev"], "new": ["qa"]}}
    assert writes == [("one.user.addgroup", 2, 102), ("one.user.delgroup", 2, 101)]


def test_the_primary_group_may_be_listed_too():
    assert plan(USER, user(100), groups=["eole"]) == ({}, [])
    assert plan(USER, user(100), group="eole", groups=["eole"]) == ({}, [])


def test_a_new_primary_group_takes_the_place_of_the_old():
    """OpenNebula takes the user out of the old one, unless the new one was a secondary group before."""
    shown, writes = plan(USER, user(100), group="dev", groups=[])
    assert shown == {"group": {"old": "eole", "new": "dev"}}
    assert writes == [("one.user.chgrp", 2, 101)]


def test_a_secondary_group_becomes_the_primary():
    shown, writes = plan(USER, user(100, 101), group="dev", groups=[])
    assert shown == {"group": {"old": "eole", "new": "dev"}, "groups": {"old": ["eole"], "new": None}}
    assert writes == [("one.user.chgrp", 2, 101), ("one.user.delgroup", 2, 100)]


def test_primary_and_secondary_group_change_places():
    shown, writes = plan(USER, user(100, 101), group="dev", groups=["eole"])
    assert shown == {"group": {"old": "eole", "new": "dev"}}
    assert writes == [("one.user.chgrp", 2, 101)]


def test_the_old_primary_group_stays_as_a_secondary_one():
    shown, writes = plan(USER, user(100), group="dev", groups=["eole", "qa"])
    assert shown == {
        "group": {"old": "eole", "new": "dev"},
        "groups": {"old": None, "new": ["eole", "qa"]},
    }
    assert writes == [("one.user.chgrp", 2, 101), ("one.user.addgroup", 2, 100), ("one.user.addgroup", 2, 102)]


def test_a_new_user_is_shown_without_its_primary_group_among_the_others():
    shown, _ = plan(USER, None, group="eole", groups=["eole", "dev"])
    assert shown["groups"] == {"old": None, "new": ["dev"]}
