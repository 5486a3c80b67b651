"""The number of tested interruptions: a sample, or with ``EVERY=1`` all of them."""

import os
from collections.abc import Sequence
from typing import Any

EVERY = int(os.environ.get("EVERY", "4"))


def sampled(places: Sequence[Any]) -> Sequence[Any]:
    """Every n-th of some places, including the first."""
    return places[::EVERY]
