"""Tables for people: as wide as a terminal, whatever is in them."""

import pytest

from onecore.basics.tables import LONGEST, WIDTH, table


def test_what_fits_stays_in_one_line():
    rows = [{"user": "alice", "vlans": ["100", "101"], "gateway": None}, {"user": "bob", "vlans": [], "gateway": ""}]
    assert table(rows, ("user", "vlans", "gateway")) == [
        "USER   VLANS     GATEWAY",
        "alice  100, 101  -",
        "bob    -         -",
    ]


def test_the_widest_column_gives_way():
    finding = "the vlan of each network is added to the base of its user, which is not declared at all in this pillar"
    head, *lines = table([{"check": "pillar", "finding": finding, "cure": "set it"}], ("check", "finding", "cure"))
    assert head.split() == ["CHECK", "FINDING", "CURE"]
    assert lines[0].startswith("pillar  the vlan of each") and lines[0].endswith("  set it")
    assert " ".join(line[8:].removesuffix("set it").strip() for line in lines) == finding


@pytest.mark.parametrize("word", ["x" * 300, "some words " * 30, "VM+NET+IMAGE/" * 20])
def test_nothing_is_wider_than_a_terminal(word):
    rows = [{"a": word, "b": word, "c": "short", "d": word}]
    assert max(map(len, table(rows, ("a", "b", "c", "d")))) <= WIDTH
    assert max(map(len, table(rows, ("a", "b"), 60))) <= 60


def test_a_value_that_would_fill_pages_is_cut():
    (_, *lines) = table([{"found": "x" * 10_000}], ("found",))
    assert "".join(lines) == f"{'x' * (LONGEST - 1)}…"
