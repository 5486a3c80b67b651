"""Simulates states of a dry run that run in their own processes, since these announce nothing to it.

A state with ``parallel: True`` has a process of its own, which has none of the announcements of earlier states; later
states have none of its announcements. Salt gives every state a list of all states of its run, and which of these have
started. If a dry run misses an object, it therefore compares these states itself, without writes.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from .functions import injected

#: The prefix of a value that Salt computes when it runs the state.
_SLOT = "__slot__:"


def begun_elsewhere(kinds: Container[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The ``present`` states of this run that have started, and that this process does not know: CLI name of the
    kind, and arguments. A state with ``parallel: True`` does not know other states, and they do not know it.

    kinds
        The state modules to include.
    """
    # Imported here, since everything else works without Salt.
    from salt.state import STATE_INTERNAL_KEYWORDS

    running, alone = injected("__running__") or {}, bool((injected("__low__") or {}).get("parallel"))
    for low in injected("__lowstate__") or ():
        if low["state"] not in kinds or low["fun"] != "present" or not _has_begun(low, running):
            continue
        if not alone and not low.get("parallel"):
            continue
        given = {key: value for key, value in low.items() if key not in STATE_INTERNAL_KEYWORDS or key == "name"}
        if not any(isinstance(value, str) and value.startswith(_SLOT) for value in given.values()):
            yield low["state"], {key: value for key, value in given.items() if not key.startswith("__")}


def _has_begun(low: Mapping[str, Any], running: Mapping[str, Any]) -> bool:
    """Whether a state has started, and has not failed as far as is known."""
    tag = "_|-".join(str(low[key]) for key in ("state", "__id__", "name", "fun"))
    return tag in running and running[tag].get("result") is not False
