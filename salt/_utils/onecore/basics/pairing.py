"""Matches declared and existing things that have no names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Wanted = TypeVar("Wanted")
Present = TypeVar("Present")


def pairs(
    wanted: Sequence[Wanted], present: Sequence[Present], *alike: Callable[[Wanted, Present], bool]
) -> dict[int, int]:
    """As many pairs as there can be: ``{index in wanted: index in present}``.

    What was paired first gives way to the next where it fits elsewhere too (augmenting paths), so that things that
    all have their counterpart are all found, whatever their order.

    alike
        What can be a pair. Of several notions the strictest comes first, and what it pairs stays so, unless something
        would go without a counterpart.
    """
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int], fits: Callable[[Wanted, Present], bool]) -> bool:
        fitting = [other for other, each in enumerate(present) if other not in tried and fits(wanted[index], each)]
        tried.update(fitting)
        # A free one first; else one whose partner finds another.
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
