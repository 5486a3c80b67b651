"""Locks, so that two runs on one machine never work on the same object."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

from .denial import reason
from .errors import ConfigurationError


@contextmanager
def held(folder: str, names: Iterable[str], said: str) -> Iterator[dict[str, str]]:
    """Lock names while the block runs; the kernel releases them when the process ends for any reason.

    folder
        The folder of the lock files; it is created if necessary.
    said
        The description of this run for others.

    Yields the names that other runs have locked, each with their description.

    Raises
        ConfigurationError if the folder cannot be written.
    """
    busy: dict[str, str] = {}
    with ExitStack() as stack:
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            for name in names:
                file = stack.enter_context(open(_path(folder, name), "a+"))
                file.seek(0)
                if not _taken(file, said):
                    busy[name] = file.read().strip() or "another run"
        except OSError as error:
            raise ConfigurationError(f"Locks cannot be kept in {folder}: {reason(error)}.") from None
        yield busy


def station(folder: str) -> str:
    """The common name of all runs with locks in a folder; it is generated once."""
    path = os.path.join(folder, "station")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with suppress(FileExistsError), open(path, "x") as file:
            file.write(secrets.token_hex(8))
        with open(path) as file:
            return file.read().strip() or secrets.token_hex(8)
    except OSError as error:
        raise ConfigurationError(f"Locks cannot be kept in {folder}: {reason(error)}.") from None


def _path(folder: str, name: str) -> str:
    # Names can be longer than file names, and contain other characters.
    return os.path.join(folder, f"{hashlib.sha256(name.encode()).hexdigest()}.lock")


def _taken(file: IO[str], said: str) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    file.truncate(0)
    file.write(said)
    file.flush()
    return True
