"""Tables: sentences are wrapped, other long values are truncated."""

from onecore.takeover.tables import LONGEST, table


def test_a_sentence_is_wrapped():
    finding = "the vlan of each network is added to the base of its user, which is not declared at all"
    rows = [{"check": "pillar", "finding": finding, "cure": "set it"}]
    head, first, second = table(rows, ("check", "finding", "cure"))
    assert head.split() == ["CHECK", "FINDING", "CURE"]
    assert first.startswith("pillar  the vlan of each") and first.endswith("  set it")
    assert f"{first[8:].removesuffix('set it').strip()} {second.strip()}" == finding


def test_another_value_is_cut():
    (_, line) = table([{"found": "x" * 100, "declared": "y" * 100}], ("found", "declared"))
    assert line == f"{'x' * (LONGEST - 1)}…  {'y' * 100}"
