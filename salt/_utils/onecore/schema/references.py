"""The error for a reference to a network that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

from .view import View
from .walk import Walk
from .words import did_you_mean


def check_named(view: View, name: str, namer: str, path: str, known: Iterable[str], walk: Walk) -> bool:
    """Check that a referenced network exists; returns whether it does.

    namer
        The name of the reference for people: ``gateway.lan``.
    path, known
        The path of the reference, and the names for suggestions.
    """
    if name in view.networks:
        return True
    if view.says("networks", name):
        walk.fault(view.path("networks", name), f"null removes a network that {namer} still names")
    elif walk.blamed.isdisjoint({view.path("networks", name), view.path("networks")}):
        # Otherwise it exists, and has an error.
        walk.fault(path, f"there is no network {name}{did_you_mean(name, known)}")
    return False
