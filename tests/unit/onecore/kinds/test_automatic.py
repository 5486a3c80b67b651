"""The networks from which the scheduler can choose because of requirements."""

import pytest

from onecore.kinds.vm.automatic import bounds, is_automatic


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("ID = 3", {("ID", "3")}),
        (" ID=3|ID = 4 ", {("ID", "3"), ("ID", "4")}),
        ('ID = "3"', {("ID", "3")}),
        ('UNAME = "alice"', {("UNAME", "alice")}),
        ('UNAME = "alice" & NAME = "lan*"', {("UNAME", "alice")}),
        ('NAME != "x" & (ID = 3 | UID = 2) & TRAFFIC_TYPE = "public"', {("ID", "3"), ("UID", "2")}),
        ('(ID = 3 & NAME = "a") | (ID = 4 & !(NAME = "b"))', {("ID", "3"), ("ID", "4")}),
        ("((ID = 3))", {("ID", "3")}),
    ],
)
def test_what_binds(requirements, expected):
    assert bounds(requirements) == expected


@pytest.mark.parametrize(
    "requirements",
    [
        *("", 'NAME = "lan"', "ID != 3", "ID > 3", "ID @> 3", "!ID = 3", "!(ID = 3)", 'ID = 3 | NAME = "lan"'),
        # Read from left to right, it would be bound; read as people do, it would not.
        'NAME = "lan" | ID = 3 & ID = 3',
        'ID = 3 & NAME = "lan" | ID = 4',
        *('UNAME = "*"', 'UNAME = "al?ce"', 'UNAME = "[a]lice"', "UNAME = alice", 'ID = "3*"', "ID = 3.0", "id = 3"),
        *("ID = 3 &", "ID = 3)", "(ID = 3", "ID = 3 ID = 4", "ID", "= 3", "ID = 3 ; x", "(", "&"),
    ],
)
def test_what_does_not(requirements):
    assert bounds(requirements) is None


def test_a_network_that_is_chosen_is_a_network():
    assert is_automatic({"NETWORK_MODE": "AUTO", "NETWORK": "lan"})
    assert not is_automatic({"NETWORK_MODE": "auto", "NETWORK_ID": "3"}) and not is_automatic({"NETWORK": "lan"})
