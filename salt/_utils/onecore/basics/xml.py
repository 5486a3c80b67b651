"""lxml, which parses OpenNebula's answers, and which is not part of Salt.

Plugins load without it, so that each call can report what to do.
"""

from __future__ import annotations

from typing import Any

from .errors import ConfigurationError


class Missing:
    """Replaces a package that cannot be imported; any use of it is a ConfigurationError.

    name
        The name of the package.
    why
        The message of Python.
    """

    def __init__(self, name: str, why: ImportError):
        self._said = f"{name} cannot be imported ({why}); install it for Salt's own Python"

    def __getattr__(self, asked: str) -> Any:
        raise ConfigurationError(self._said)


try:
    from lxml import etree as etree
except ImportError as error:
    etree = Missing("lxml", error)  # type: ignore[assignment]
