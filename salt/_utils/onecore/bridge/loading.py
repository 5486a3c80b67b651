"""The checks of every plugin in ``__virtual__``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .. import API


def virtual(name: str, api: int) -> Any:
    """The return value of a module's ``__virtual__``.

    api
        The version of this package that the module requires. Salt refreshes modules while a process runs, but not the
        modules that they import.
    """
    if api != API:
        return (False, f"{name} needs version {api} of onecore and found {API}: restart the minion after syncing.")
    return name


def virtual_runner(name: str, api: int, opts: Mapping[str, Any]) -> Any:
    """The same for a runner.

    Salt stores a file for each job of a runner, in a folder that only a master creates (3008.3): without it, salt-run
    would fail with a traceback before it runs the runner. The folder is therefore created here, just before that.
    """
    with suppress(OSError):
        os.makedirs(os.path.join(opts["cachedir"], "proc"), exist_ok=True)
    return virtual(name, api)
