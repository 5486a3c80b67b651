"""NICs whose network OpenNebula's scheduler chooses, and the networks that their requirements allow.

The scheduler chooses any network that the VM's owner may use. Such a NIC is therefore safe only if its requirements
name networks or their owners. An attribute of a network cannot replace its ID or its owner: the scheduler reads those
first (VirtualNetworkXML.cc, release 7.4.0).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: A comparison with a number, a comparison with a text without wildcards, and operators.
_TOKEN = re.compile(r'\s*(?:(\w+)\s*(@>|!=|[=<>])\s*(-?[\d.]+|"[^"]*")|([()&|!]))', re.ASCII)
_NUMBER, _TEXT = re.compile(r'"\d+"|\d+', re.ASCII), re.compile(r'"[^"*?\[\\]+"')
#: The attributes that restrict the network, and how they are compared.
ID, UID, UNAME = "ID", "UID", "UNAME"
_FORMS = {ID: _NUMBER, UID: _NUMBER, UNAME: _TEXT}

#: Alternatives for the network: pairs of ``ID``, ``UID`` or ``UNAME`` and a value.
Bounds = frozenset[tuple[str, str]]
#: Name, operator and value of a comparison, or an operator.
_Token = tuple[str, str, str, str]
_END: _Token = ("", "", "", "")


def is_automatic(nic: Mapping[str, str]) -> bool:
    """Whether the scheduler has still to choose the network of a NIC."""
    return nic.get("NETWORK_MODE", "").lower() == "auto" and not nic.get("NETWORK_ID")


def bounds(requirements: str) -> Bounds | None:
    """The alternatives that requirements leave for the network of a NIC; ``None`` if they do not restrict it, or are
    invalid.
    """
    try:
        reader = _Reader(requirements.strip())
        found = reader.expression()
        return found if reader.next() is _END else None
    except _UnclearError:
        return None


class _UnclearError(Exception):
    """Invalid requirements, or requirements that OpenNebula evaluates in an order that people do not expect."""


class _Reader:
    """Parses requirements from left to right."""

    def __init__(self, text: str):
        self._text, self._position = text, 0
        self._ahead: _Token | None = None

    def next(self) -> _Token:
        """Consume and return the next token."""
        token, self._ahead = self._peek(), None
        return token

    def _peek(self) -> _Token:
        if self._ahead is None:
            self._ahead = self._read()
        return self._ahead

    def _read(self) -> _Token:
        if self._position == len(self._text):
            return _END
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            raise _UnclearError
        self._position = match.end()
        name, operator, value, sign = (each or "" for each in match.groups())
        return name, operator, value, sign

    def expression(self) -> Bounds | None:
        """The alternatives of an expression. OpenNebula reads ``a | b & c`` from left to right, unlike most people.

        OpenNebula reads ``a | b & c`` from left to right, and people do not.
        """
        found, before = self._operand(), ""
        while self._peek()[3] in ("&", "|"):
            sign = self.next()[3]
            if before not in ("", sign):
                raise _UnclearError
            before, other = sign, self._operand()
            found = _both(found, other) if sign == "&" else _either(found, other)
        return found

    def _operand(self) -> Bounds | None:
        name, operator, value, sign = self.next()
        if sign == "(":
            found = self.expression()
            if self.next()[3] != ")":
                raise _UnclearError
            return found
        if sign == "!":
            self._operand()
            return None
        if not name:
            raise _UnclearError
        binds = operator == "=" and name in _FORMS and _FORMS[name].fullmatch(value)
        return frozenset({(name, value.strip('"'))}) if binds else None


def _both(one: Bounds | None, other: Bounds | None) -> Bounds | None:
    return other if one is None else one


def _either(one: Bounds | None, other: Bounds | None) -> Bounds | None:
    return None if one is None or other is None else one | other
