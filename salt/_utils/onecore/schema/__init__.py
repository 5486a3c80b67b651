"""The schema of the pillar key ``opennebula``, which is checked before the first write call.

`model.nodes` is what a schema is made of, walk.py holds data against it, and words.py says what is wrong. leaves.py has
the single values, objects.py and pillar.py the schema itself; checks.py and its neighbours find what is wrong only in
combination. `tools/pillar.py` writes the reference from it.
"""

from __future__ import annotations

from typing import Any

from .checks import cross_check
from .pillar import PILLAR
from .walk import Fault, Walk

__all__ = ["PILLAR", "Fault", "validate"]


def validate(config: Any) -> list[Fault]:
    """Every fault of the pillar key ``opennebula``, sorted by path; an empty list when all is well.

    config
        Its content: plain dictionaries, lists and single values. Anything else becomes a fault, never an exception.
    """
    walk = Walk()
    if config is None:
        walk.fault("", "the pillar has no key opennebula")
    sound = walk.sound(PILLAR, config)
    if isinstance(sound, dict):
        cross_check(sound, walk)
    return sorted(walk.faults)
