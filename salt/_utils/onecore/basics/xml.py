"""lxml, which parses OpenNebula's answers, and which is not part of Salt.

Where it is missing, plugins load anyway: so each call can say what to do about it.
"""

from __future__ import annotations

from typing import Any

from .errors import ConfigurationError


class Missing:
    """Stands for a package that cannot be imported; whatever is asked of it is a ConfigurationError.

    name
        Of the package.
    why
        What Python said.
    """

    def __init__(self, name: str, why: ImportError):
        self._said = f"{name} cannot be imported ({why}); install it for Salt's own Python"

    def __getattr__(self, asked: str) -> Any:
        raise ConfigurationError(self._said)


try:
    from lxml import etree as etree
except ImportError as error:
    etree = Missing("lxml", error)  # type: ignore[assignment]
