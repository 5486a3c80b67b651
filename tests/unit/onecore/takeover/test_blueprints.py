"""The common part of users, and the differences of each."""

from hypothesis import given
from hypothesis import strategies as st

from onecore.pillar.layers import merge
from onecore.takeover.blueprints import common, deduce, difference, with_offsets

KEYS = st.sampled_from("abcd")
WHOLES = st.recursive(
    st.dictionaries(KEYS, st.integers(0, 2) | st.text("xy", max_size=2), max_size=4),
    lambda inner: st.dictionaries(KEYS, inner | st.integers(0, 2), max_size=4),
    max_leaves=8,
)


@given(WHOLES, WHOLES)
def test_both_together_say_what_there_is(inherited, whole):
    assert merge(inherited, difference(inherited, whole)) == whole


@given(st.lists(WHOLES, max_size=5))
def test_whatever_most_say_each_is_merge(wholes):
    blueprint = common(wholes)
    for whole in wholes:
        assert merge(blueprint, difference(blueprint, whole)) == whole


def user(base, *names, group="eole", **more):
    link = {"driver": "802.1Q", "phydev": "eth1"}
    networks = {name: {"vlan_id": base + offset, **link} for offset, name in enumerate(names)}
    return {"group": group, "networks": networks, **more}


def test_a_user_without_a_like_is_said_whole():
    (sort,) = deduce({"alice": user(100, "a", "b")})
    assert (sort.name, sort.blueprint) == ("single", {})
    assert sort.users["alice"]["networks"]["a"] == {"vlan_id": 100, "driver": "802.1Q", "phydev": "eth1"}


def test_users_without_a_network_in_common_are_not_of_one_sort():
    first, second = deduce({"a": user(1, "x"), "b": user(2, "x"), "c": user(3, "y"), "d": user(4, "y")})
    assert [set(each.users) for each in (first, second)] == [{"a", "b"}, {"c", "d"}]
    assert [first.name, second.name] == ["eole", "eole-2"]


def test_vlans_at_random_are_each_users_own():
    numbers = {"a": (7, 90), "b": (15, 3), "c": (40, 41)}
    users = {
        name: {"networks": {"x": {"vlan_id": one}, "y": {"vlan_id": other}}} for name, (one, other) in numbers.items()
    }
    found = with_offsets(users)
    assert {name: each["networks"]["y"] for name, each in found.items()} == {
        "a": {"vlan_id": 90},
        "b": {"vlan_id": 3},
        "c": {"vlan_id": 41},
    }


def test_a_blueprint_keeps_the_name_that_marks_say():
    (sort,) = deduce({"a": user(1, "x"), "b": user(2, "x")}, {"a": "lycee"})
    assert (sort.name, sort.users["b"]["blueprint"]) == ("lycee", "lycee")
