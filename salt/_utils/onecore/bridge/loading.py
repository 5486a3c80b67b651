"""What every plugin asks before it lets Salt load it."""

from __future__ import annotations

from typing import Any

from .. import API


def virtual(name: str, api: int) -> Any:
    """What a module's ``__virtual__`` returns.

    api
        The version of this package that the module was written for. Salt refreshes modules while a process
        runs, but not what they import.
    """
    if api != API:
        return (False, f"{name} needs version {api} of onecore and found {API}: restart the minion after syncing.")
    return name
