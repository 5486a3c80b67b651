"""Security groups as OpenNebula stores them: IDs in a text."""

import pytest

from onecore.basics.errors import ArgumentError
from onecore.basics.plan import Change
from onecore.model import nics, secgroups


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0,100", {0, 100}), (" 100 , 0", {0, 100}), ("", set()), (None, set()), ("web", set()), ("web,7", {7})],
)
def test_what_is_no_number_is_skipped(text, numbers):
    assert secgroups.numbers(text) == numbers


def test_of_two_the_first_counts():
    assert secgroups.numbers(["100", "0"]) == {100}


def test_they_are_found_in_vectors_too():
    template = {
        "SECURITY_GROUPS": "1",
        "NIC": [{"SECURITY_GROUPS": "2,3"}, {"NETWORK": "4"}],
        "NIC_DEFAULT": {"SECURITY_GROUPS": "5"},
        "NOTE": "6",
    }
    assert secgroups.held(template) == {1, 2, 3, 5}


def test_names_are_texts():
    assert secgroups.wanted("it", ["web", "default", "web"]).names == ("web", "default")
    assert secgroups.wanted("it", "web").names == ("web",)
    assert secgroups.wanted("it", []).names == ()
    for wrong in (7, [7], {"web": 1}, [""], ["a/b"]):
        with pytest.raises(ArgumentError):
            secgroups.wanted("it", wrong)


@pytest.mark.parametrize(
    ("write", "in_place", "disturbs", "going"),
    [
        ((nics.REGROUP, (0, [], [])), True, False, ""),
        ((nics.LIMIT, (0, {}, {})), True, False, ""),
        ((nics.DETACH, 3), False, False, "3"),
        ((nics.ANEW, (3, {}, [])), False, True, "3"),
        ((nics.ATTACH, ({}, [])), False, False, ""),
        ({"MEMORY": "1"}, False, False, ""),
        (None, False, False, ""),
    ],
)
def test_what_becomes_of_a_nic(write, in_place, disturbs, going):
    change = Change("it", None, None, "machine", write)
    assert (nics.in_place(change), nics.disturbs(change), nics.going(change)) == (in_place, disturbs, going)
