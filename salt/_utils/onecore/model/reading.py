"""The inverse: existing objects, written as the declaration that would change nothing.

Each field contributes its part (:meth:`~.fields.Field.said`). Values that cannot be declared are omitted and noted with
the reason, so that the reader knows what the declaration does not contain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..basics.secrecy import KNOWN, SECRET_STORE
from ..cloud.view import Cloud

_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
IS_SECRET = "it is secret, and secrets are never exported"


@dataclass
class Reading:
    """One object that is being read.

    left
        The omitted values, by path, with the reason.
    """

    cloud: Cloud
    left: dict[str, str] = field(default_factory=dict)

    def may_say(self, path: str, name: str, value: Any) -> bool:
        """Whether a value may be written; otherwise, notes the reason.

        name
            Its name, which can show that it is secret.
        """
        if is_secret(name, value):
            self.left[path] = IS_SECRET
        elif refers_to_a_store(value):
            self.left[path] = f"a text that begins with {SECRET_STORE} would be looked up in a secret store"
        else:
            return True
        return False


#: Values that are secret by their form: a password in a URL, a private key, the default of a password input.
_SHOWS = re.compile(
    r"""://[^/?\#@\s:]*:[^/?\#@\s]+@
      | -----BEGIN\ (?:[A-Z0-9]+\ )*PRIVATE\ KEY
      | ^[MO]\|password\|[^|]*\|[^|]*\|.""",
    re.VERBOSE,
)
#: Values of switches: TOKEN = "YES" in a context requests a token for OneGate, and is not one.
_SWITCHES = {"YES", "NO", "TRUE", "FALSE"}


def is_secret(name: str, value: Any) -> bool:
    """Whether a value, or a part of it, is secret by its name, its form or its content."""
    if value in ("", None) or str(value).upper() in _SWITCHES:
        return False
    if isinstance(value, Mapping):
        return KNOWN.is_named(name) or any(is_secret(str(key), inner) for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return any(is_secret(name, inner) for inner in value)
    return KNOWN.is_named(name) or KNOWN.holds(value) or _SHOWS.search(str(value)) is not None


def refers_to_a_store(value: Any) -> bool:
    """Whether a text, or any in a mapping or a list, looks like the address of a secret."""
    if isinstance(value, Mapping):
        return any(map(refers_to_a_store, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(refers_to_a_store, value))
    return isinstance(value, str) and value.startswith(SECRET_STORE)


def plain(value: Any) -> Any:
    """A value of a template, with numbers in place of their texts."""
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
