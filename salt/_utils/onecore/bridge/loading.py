"""The checks of every plugin in ``__virtual__``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
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


def virtual_runner(name: str, api: int, opts: Mapping[str, Any]) -> Any:
    """The same for a runner.

    Salt keeps a file of each job of a runner, in a folder that only a master makes (3008.3): where none ever ran,
    salt-run would fail with a traceback before it comes to the runner. So it is made here, which is just before that.
    """
    with suppress(OSError):
        os.makedirs(os.path.join(opts["cachedir"], "proc"), exist_ok=True)
    return virtual(name, api)
