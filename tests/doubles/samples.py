"""How many of the places where a run can be disturbed are tried: a sample, or with ``EVERY=1`` all of them."""

import os
from collections.abc import Sequence
from typing import Any

EVERY = int(os.environ.get("EVERY", "4"))


def sampled(places: Sequence[Any]) -> Sequence[Any]:
    """Every so many of some places, the first among them."""
    return places[::EVERY]
