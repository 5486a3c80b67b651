"""Secret values, and how they are masked in all output: changes, comments, tables, events, logs.

A value is secret by name (that of a password, a token, a key, or one that the pillar declares secret) or by source (a
secret store, or a place in the pillar with such a name). A value that is secret by source is masked wherever it occurs,
in longer texts, too, and in the notations of OpenNebula, XML, JSON, Python and base64.

Texts of fewer than eight characters are masked only as separate words. Texts of fewer than four characters, numbers of
fewer than six digits, and common words such as `yes` and `oneadmin` are not masked by content, since the output would
be unreadable without any protection. They are masked by name only.

A process never forgets a secret: masking too much does no harm.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

HIDDEN = "********"
#: The maximum length of a quoted value in a sentence.
LONGEST_QUOTED = 120
#: The prefix of the address of a secret in a secret store.
SECRET_STORE = "sdb://"

#: Names of secret values. A public key is not secret, and OpenNebula's KEYMAP is not a key.
_NAMED = re.compile(
    r"""passw | passphrase | pwd | secret | token | credential
      | (private|api|access)[_ -]?key
      | (?<![a-z])(pass|psk|dsn)s?(?![a-z])
      | (?<!public)(?<!public[_ -])(?<![a-z])key$""",
    re.IGNORECASE | re.VERBOSE,
)
SHORTEST, SHORTEST_PART, SHORTEST_NUMBER, SHORTEST_LINE = 4, 8, 6, 16
_KNOWN_TO_ALL = {"true", "false", "none", "null", "auto", "default", "root", "admin", "user", "guest", "test"}
_KNOWN_TO_ALL |= {"localhost", "oneadmin", "serveradmin", "opennebula", "password", "secret", "changeme"}
#: Keys with mappings whose names go to OpenNebula.
_PLACES = ("context", "attributes")


class Secrets:
    """The names and values that are secret."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        # By prefix, each notation of a value, and whether it is masked only as a separate word.
        self._forms: dict[str, dict[str, bool]] = {}

    def declare(self, names: Iterable[str]) -> None:
        """Add names whose values are secret, regardless of capitals."""
        self._names.update(name.upper() for name in names)

    def is_named(self, name: str) -> bool:
        """Whether the value of this name, the last part of a path with colons, is secret."""
        return _NAMED.search(name) is not None or name.rpartition(":")[2].upper() in self._names

    def remember(self, value: Any) -> None:
        """Add a value, or every value in a mapping or a list."""
        for text in _texts(value):
            if not _is_striking(text):
                continue
            alone = len(text.strip()) < SHORTEST_PART
            for form in _written(text):
                self._forms.setdefault(form[:SHORTEST], {})[form] = alone

    def learn(self, declared: Any, key: str = "", place: str = "") -> None:
        """Register the secret values of declared data: by name, and those from a secret store."""
        if isinstance(declared, Mapping):
            for name, inner in declared.items():
                self.learn(inner, str(name), key)
        elif isinstance(declared, (list, tuple)):
            for inner in declared:
                self.learn(inner, key, place)
        elif isinstance(declared, str) and declared.startswith(SECRET_STORE):
            # The former value is secret, too, and not registered.
            if key.isupper() or place in _PLACES:
                self.declare([key])
        elif self.is_named(key):
            self.remember(declared)

    def holds(self, value: Any) -> bool:
        """Whether a text is, or contains, a secret value."""
        return isinstance(value, str) and self.strike(value) != value

    def strike(self, text: str) -> str:
        """The text without secret values."""
        if not self._forms:
            return text
        starts = self._forms.keys() & {text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1)}
        found = {form: alone for start in starts for form, alone in self._forms[start].items() if form in text}
        for form in sorted(found, key=len, reverse=True):
            if found[form]:
                text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)
            else:
                text = text.replace(form, HIDDEN)
        return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield str(value)


def _is_striking(text: str) -> bool:
    """Whether a value is specific enough to be masked in other text."""
    word = text.strip()
    if word.isdecimal():
        return len(word) >= SHORTEST_NUMBER
    # Asterisks replace a secret.
    return len(word) >= SHORTEST and word.lower() not in _KNOWN_TO_ALL and set(word) != {"*"}


def _written(text: str) -> set[str]:
    """All encodings in which a value may appear."""
    lines = [line.strip() for line in text.splitlines()] if "\n" in text.strip() else []
    plain = {text, text.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE)}
    quoted = {form for each in plain for form in (repr(each)[1:-1], json.dumps(each)[1:-1], each.replace('"', '\\"'))}
    escaped = {form for each in plain for form in (escape(each), escape(each, {'"': "&quot;", "'": "&apos;"}))}
    encoded = {base64.b64encode(each.encode(errors="replace")).decode() for each in (text, text.strip())}
    return {form for form in plain | quoted | escaped | encoded if len(form) >= SHORTEST}


#: The secrets of this process.
KNOWN = Secrets()


def quoted(value: Any) -> str:
    """A user's value as quoted in a sentence: without secrets, and truncated if it is long."""
    seen = masked(value)
    if isinstance(seen, str):
        return repr(seen) if len(seen) <= LONGEST_QUOTED else f"{seen[:LONGEST_QUOTED]!r}…"
    text = repr(seen)
    return text if len(text) <= LONGEST_QUOTED else f"{text[:LONGEST_QUOTED]}…"


def masked(data: Any) -> Any:
    """Plain data without secret values; the keys of dictionaries stay as they are."""
    if isinstance(data, str):
        return KNOWN.strike(data)
    if isinstance(data, Mapping):
        return {key: masked(inner) for key, inner in data.items()}
    if isinstance(data, (list, tuple)):
        return [masked(inner) for inner in data]
    return data


class _Discretion(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        return True


def discreet(name: str) -> logging.Logger:
    """The logger of that name, which masks secrets."""
    log = logging.getLogger(name)
    log.addFilter(_Discretion(name))
    return log
