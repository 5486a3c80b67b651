"""Tells the other processes of a run that one of them may have changed the cloud.

A state with ``parallel: True`` runs in its own process. The process that continues with the other states does not see
its changes, and would repeat or miss them. Each process therefore writes a note to a file after its calls, and reads
again if it finds a note of another one.
"""

from __future__ import annotations

import os
from contextlib import suppress

_RECORD = 8
#: The size in bytes above which a run starts a new file.
_LARGE = 1 << 16


class Notes:
    """The notes of all processes that share a folder.

    folder
        The folder of the notes; it is created if necessary. If that fails, all processes always read again.
    """

    def __init__(self, folder: str):
        self._file: int | None = None
        with suppress(OSError):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            path = os.path.join(folder, "at-the-cloud")
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            if os.fstat(self._file).st_size > _LARGE:
                os.ftruncate(self._file, 0)
        self._read = 0 if self._file is None else os.fstat(self._file).st_size

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def add(self) -> None:
        """Note that this process has made calls."""
        if self._file is not None:
            with suppress(OSError):
                os.write(self._file, os.getpid().to_bytes(_RECORD, "big"))

    def others(self) -> bool:
        """Whether another process may have made calls since the last check."""
        if self._file is None:
            return True
        size, before = os.fstat(self._file).st_size, self._read
        self._read = size
        if size < before:
            return True
        found = os.pread(self._file, size - before, before)
        own = os.getpid().to_bytes(_RECORD, "big")
        return found != own * (len(found) // _RECORD)
