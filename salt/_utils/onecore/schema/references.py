"""The error for a reference to a network that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from .view import View
from .walk import Walk
from .words import did_you_mean


def check_named(view: View, name: str, namer: str, path: str, known: Iterable[str], walk: Walk) -> bool:
    """Check that there is a network that something names; returns whether there is.

    namer
        What names it, as a person says it: ``gateway.lan``.
    path, known
        Where it is named, and what might have been meant.
    """
    if name in view.networks:
        return True
    if view.says("networks", name):
        walk.fault(view.path("networks", name), f"null takes away a network that {namer} still names")
    elif walk.blamed.isdisjoint({view.path("networks", name), view.path("networks")}):
        # Else it is there, and something was found wrong with it.
        walk.fault(path, f"there is no network {name}{did_you_mean(name, known)}")
    return False
