"""The schema of the pillar key ``opennebula``, which is checked before the first write call.

`model.nodes` contains the parts of a schema, walk.py compares data with it, and words.py has the texts of errors.
leaves.py has the single values, objects.py and pillar.py the schema itself; checks.py and the other modules check
combinations of values. `tools/pillar.py` generates the reference from it.
"""

from __future__ import annotations

from typing import Any

from .checks import cross_check
from .pillar import PILLAR
from .walk import Fault, Walk

__all__ = ["PILLAR", "Fault", "validate"]


def validate(config: Any) -> list[Fault]:
    """All errors in the pillar key ``opennebula``, sorted by path; an empty list if it is valid.

    config
        Its content: plain dictionaries, lists and single values. Any other content is an error in the list, never an
        exception.
    """
    walk = Walk()
    if config is None:
        walk.fault("", "the pillar has no key opennebula")
    sound = walk.sound(PILLAR, config)
    if isinstance(sound, dict):
        cross_check(sound, walk)
    return sorted(walk.faults)
