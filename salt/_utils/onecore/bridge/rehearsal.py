"""What a dry run cannot see: states of its run that are tried in a process of their own, and announce nothing to it.

A state with ``parallel: True`` has a process of its own, and so has none of what the states before it have announced;
those after it have none of what it would make. Salt tells every state which ones its run consists of, and which of
these have begun. So a dry run that misses something goes through the others by itself, which writes nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from .functions import injected

#: How a value begins that Salt works out only when it runs the state.
_SLOT = "__slot__:"


def begun_elsewhere(kinds: Container[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The states ``present`` of this run that have begun already, or are done, and of which this process knows nothing:
    CLI name of the kind, and arguments. One with ``parallel: True`` knows of none, and the others of none of those.

    kinds
        The state modules that count.
    """
    # Only here, since everything else works without Salt.
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
    """Whether a state has begun, and has not failed as far as is known."""
    tag = "_|-".join(str(low[key]) for key in ("state", "__id__", "name", "fun"))
    return tag in running and running[tag].get("result") is not False
