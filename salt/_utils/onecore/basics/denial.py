"""Why the system refuses a file: what failed, and for which user, since Salt may run as another one than its caller."""

from __future__ import annotations

import os
import pwd


def reason(error: OSError) -> str:
    """The end of a sentence such as ``… cannot be read: Permission denied for user salt``."""
    said = error.strerror or str(error)
    return f"{said} for user {_user()}" if isinstance(error, PermissionError) else said


def _user() -> str:
    """The user of this process."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
