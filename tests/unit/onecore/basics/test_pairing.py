"""The maximum matching, independent of the order."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.pairing import pairs

edges = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)))


@given(edges)
def test_as_many_pairs_as_there_can_be(edges):
    found = pairs(range(4), range(4), lambda wanted, present: (wanted, present) in edges)
    assert set(found.items()) <= edges
    assert len(set(found.values())) == len(found)
    best = max(sum(pair in edges for pair in enumerate(order)) for order in itertools.permutations(range(4)))
    assert len(found) == best


def test_the_first_that_fits_comes_first():
    assert pairs("ab", "xyz", lambda wanted, present: True) == {0: 0, 1: 1}
    assert pairs("", "x", lambda wanted, present: True) == pairs("a", "", lambda wanted, present: True) == {}


@given(edges, edges)
def test_the_strictest_notion_comes_first_and_leaves_nothing_without_a_counterpart(strict, more):
    def alike(among):
        return lambda wanted, present: (wanted, present) in among

    found = pairs(range(4), range(4), alike(strict), alike(strict | more))
    assert set(found.items()) <= strict | more
    assert len(found) == len(pairs(range(4), range(4), alike(strict | more)))
    alone = pairs(range(4), range(4), alike(strict))
    assert found.keys() >= alone.keys()
    if len(alone) == len(found):
        assert found == alone
