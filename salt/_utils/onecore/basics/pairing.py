"""Matches declared and existing items that have no names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Wanted = TypeVar("Wanted")
Present = TypeVar("Present")


def pairs(
    wanted: Sequence[Wanted], present: Sequence[Present], *alike: Callable[[Wanted, Present], bool]
) -> dict[int, int]:
    """The maximum matching: ``{index in wanted: index in present}``.

    An earlier pair is changed if that allows another one (augmenting paths), so that the result does not depend on the
    order.

    alike
        Whether two items can be a pair. Of several functions, the strictest comes first; its pairs are kept, unless an
        item would have no counterpart.
    """
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int], fits: Callable[[Wanted, Present], bool]) -> bool:
        fitting = [other for other, each in enumerate(present) if other not in tried and fits(wanted[index], each)]
        tried.update(fitting)
        # A free one first, or else one whose partner can be paired with another.
        place_of = next((other for other in fitting if other not in taken), None)
        if place_of is None:
            place_of = next((other for other in fitting if place(taken[other], tried, fits)), None)
        if place_of is not None:
            taken[place_of] = index
        return place_of is not None

    for notion in alike:
        for index in range(len(wanted)):
            if index not in taken.values():
                place(index, set(), notion)
    return {index: other for other, index in taken.items()}
