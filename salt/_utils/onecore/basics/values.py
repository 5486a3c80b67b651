"""Types of declared values: which values are valid, and the comparable form of declared and stored values.

A type converts a declared value to that form with :meth:`Type.wanted`, raising :class:`~.errors.ArgumentError` with a
sentence that begins with the argument's name, and a stored text with :meth:`Type.stored`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from .errors import ArgumentError
from .secrecy import quoted
from .syntax import canonical, unsendable, unstorable

YES = {"YES", "TRUE", "1"}
NO = {"NO", "FALSE", "0", ""}

#: Characters OpenNebula refuses in the name of an object (PoolObjectSQL.cc, release 7.4.0).
FORBIDDEN_IN_NAMES = "&|:\\\";/'#{}$<>\t\n\v\f\r"
#: Further ones for some kinds (User.cc, Group.cc).
FORBIDDEN_BESIDES = {"user": " ", "group": " "}
LONGEST_NAME = 128
#: The administrator of a cloud, and the owner of shared objects.
ADMINISTRATOR = "oneadmin"

#: The highest numbers of VLANs (0 and 4095 have other meanings) and of VXLANs.
HIGHEST_VLAN, HIGHEST_VXLAN = 4094, 2**24 - 1

#: The largest number that OpenNebula can store.
LARGEST = 2**63 - 1
#: The largest size in MB and the largest number of CPUs, since OpenNebula also computes in bytes and in hundredths.
LARGEST_SIZE, LARGEST_SHARE = LARGEST // 1024**2, (2**31 - 1) // 100
#: The number of digits of a decimal number that OpenNebula stores.
DIGITS = 6

#: The factor of each unit of size, in MB.
UNITS = {"": 1, "M": 1, "MB": 1, "G": 1024, "GB": 1024, "T": 1024**2, "TB": 1024**2}


def expected(where: str, wants: str, value: Any) -> ArgumentError:
    """The error for a value of the wrong type; it does not quote the value, which may contain a secret."""
    return ArgumentError(f"{where}: must be {wants.rstrip(',')}, not {_sort(value)}.")


#: The names of YAML types in messages.
_SORTS: dict[type, str] = {
    type(None): "nothing",
    bool: "a boolean",
    dict: "a dictionary",
    float: "a number",
    int: "a number",
    list: "a list",
    str: "a text",
    tuple: "a list",
}


def _sort(value: Any) -> str:
    return _SORTS.get(type(value)) or a(type(value).__name__)


def a(noun: str) -> str:
    """``noun`` with its article."""
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


class Type:
    """Any text."""

    wants = "a text"
    #: The YAML types of its values in the pillar, which is strict: other types are nearly always a mistake.
    classes: tuple[type, ...] = (str,)

    def wanted(self, name: str, value: Any) -> Any:
        if isinstance(value, (Mapping, list, tuple, set)):
            raise self.refusal(name, value)
        try:
            text = canonical(value)
        except ArgumentError:
            raise self.refusal(name, value) from None
        fault = unstorable(text)
        if fault:
            raise ArgumentError(f"{name} {fault}.")
        return text

    def stored(self, text: str) -> Any:
        return canonical(text)

    def said(self, value: Any) -> Any:
        """A value in comparable form, as a person would write it in the pillar."""
        return value

    def refusal(self, name: str, value: Any) -> ArgumentError:
        if not isinstance(value, (str, int, float)):
            hint = "; put it in quotes" if isinstance(value, date) else ""
            return ArgumentError(f"{name}: must be {self.wants.rstrip(',')}, not {_sort(value)}{hint}.")
        seen = str(value).lower() if isinstance(value, bool) else quoted(value)
        return ArgumentError(f"{name}: must be {self.wants.rstrip(',')}, not {seen}.")


class Secret(Type):
    """A text that is never shown, and never normalized: its blanks and line ends may matter."""

    def wanted(self, name: str, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise self.refusal(name, value)
        fault = unsendable(str(value))
        if fault:
            raise ArgumentError(f"{name} {fault}.")
        return str(value)

    def refusal(self, name: str, value: Any) -> ArgumentError:
        return expected(name, self.wants, value)


class Integer(Type):
    """A whole number, as text or number, between ``low`` and ``high``; not larger than OpenNebula can store."""

    classes = (int,)

    def __init__(self, low: int | None = None, high: int | None = None):
        self.low, self.high = low, high
        bounds = "" if low is None else f" of {low} or more" if high is None else f" from {low} to {high}"
        self.wants = f"a whole number{bounds}"

    def wanted(self, name: str, value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refusal(name, value)
        if (self.low is not None and value < self.low) or value > (LARGEST if self.high is None else self.high):
            raise self.refusal(name, value)
        return value

    def stored(self, text: str) -> int | None:
        try:
            return int(text)
        except (TypeError, ValueError):
            return None


class Number(Type):
    """A positive decimal number, as CPU shares; 1, 1.0 and "1.00" are equal.

    OpenNebula stores six digits, so that numbers which differ only in later digits are equal as well.
    """

    wants = "a positive number"
    classes = (int, float)

    def wanted(self, name: str, value: Any) -> str:
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            raise self.refusal(name, value) from None
        if isinstance(value, bool) or not number.is_finite() or not 0 < number <= LARGEST_SHARE:
            raise self.refusal(name, value)
        return self._plain(number)

    def stored(self, text: str) -> str | None:
        try:
            return self._plain(Decimal(text))
        except (InvalidOperation, TypeError):
            return None

    def said(self, value: str) -> int | float:
        return float(value) if "." in value else int(value)

    @staticmethod
    def _plain(number: Decimal) -> str:
        text = f"{Context(prec=DIGITS).plus(number):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class YesNo(Type):
    """A boolean; OpenNebula's YES and NO, 1 and 0."""

    wants = "true or false"
    classes = (bool,)

    def wanted(self, name: str, value: Any) -> bool:
        word = str(value).strip().upper()
        if word not in YES | (NO - {""}):
            raise self.refusal(name, value)
        return word in YES

    def stored(self, text: str) -> bool:
        return (text or "").strip().upper() in YES


class Megabytes(Type):
    """A size: MB as a number, or a text such as ``512M``, ``64G``, ``1T``; with ``special`` also 0, -1 and -2."""

    wants = "a size in MB, or a text such as 512M or 64G,"
    classes = (int, str)

    def __init__(self, special: bool = False):
        self.special = special

    def wanted(self, name: str, value: Any) -> int:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", str(value).strip())
        if self.special and str(value).strip() in ("-1", "-2"):
            return int(value)
        if isinstance(value, bool) or not match or match[2].upper() not in UNITS:
            raise self.refusal(name, value)
        size = Decimal(match[1]) * UNITS[match[2].upper()]
        if size != int(size) or size > LARGEST_SIZE or (size == 0 and not self.special):
            raise self.refusal(name, value)
        return int(size)

    def stored(self, text: str) -> int | None:
        return Integer().stored(text)

    def said(self, value: int) -> int | str:
        if value < 1024 or value % 1024:
            return value
        return f"{value // 1024**2}T" if value % 1024**2 == 0 else f"{value // 1024}G"


class Choice(Type):
    """One of several words, regardless of case."""

    def __init__(self, *words: str):
        self.words = {word.upper(): word for word in words}
        self.wants = "one of " + ", ".join(words)

    def wanted(self, name: str, value: Any) -> str:
        word = self.words.get(str(value).strip().upper())
        if word is None:
            raise self.refusal(name, value)
        return word

    def stored(self, text: str) -> str:
        return self.words.get((text or "").strip().upper(), text)


class Octal(Type):
    """Permissions as the CLI writes them: three digits from 0 to 7, owner, group and others."""

    wants = 'three octal digits in quotes, such as "640",'
    classes = (str, int)

    def wanted(self, name: str, value: Any) -> str:
        # YAML reads 0640 as the number 416. Such numbers are below 600, so larger ones were written without a leading
        # 0.
        misread = isinstance(value, bool) or (isinstance(value, int) and value < 600)
        if misread or not re.fullmatch(r"[0-7]{3}", str(value).strip()):
            raise self.refusal(name, value)
        return str(value).strip()


class Name(Type):
    """The name of an object.

    what
        Its type: "network".
    """

    def __init__(self, what: str):
        self.what, self.wants = what, f"the name of {a(what)}"

    def wanted(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refusal(name, value)
        return object_name(self.what, value)


class Words(Type):
    """Words in order, such as names of hosts: a list, or a text in which blanks separate them."""

    wants = "a list of words, or a text with blanks between them,"
    classes = (str, list)

    def wanted(self, name: str, value: Any) -> str:
        words = [super(Words, self).wanted(name, each) for each in (value if isinstance(value, list) else [value])]
        if isinstance(value, list) and any(not word or word.split() != [word] for word in words):
            raise self.refusal(name, value)
        return " ".join(" ".join(words).split())

    def stored(self, text: str) -> str:
        return " ".join(text.split())


class Lines(Type):
    """Texts in order, each on its own line: a list, or a text."""

    wants = "a text, or a list of texts,"
    classes = (str, list)

    def wanted(self, name: str, value: Any) -> str:
        lines = [super(Lines, self).wanted(name, each) for each in (value if isinstance(value, list) else [value])]
        return "\n".join(lines)


class Numbers(Type):
    """Numbers whose order does not matter, as a list or separated by commas: ``0,1,5``.

    what
        The numbered items: "disks".
    """

    classes = (str, int, list)

    def __init__(self, what: str):
        self.wants = f"numbers of {what}, separated by commas,"

    def wanted(self, name: str, value: Any) -> str:
        words = value if isinstance(value, (list, tuple)) else str(value).split(",")
        if isinstance(value, bool) or not all(re.fullmatch(r"\s*\d{1,9}\s*", str(word), re.ASCII) for word in words):
            raise self.refusal(name, value)
        return self._joined(words)

    def stored(self, text: str) -> str:
        words = (text or "").split(",")
        return self._joined(words) if all(word.strip().isdecimal() for word in words) else text

    @staticmethod
    def _joined(words: Iterable[Any]) -> str:
        return ",".join(map(str, sorted({int(word) for word in words})))


TEXT, YES_NO, NUMBER, OCTAL = Type(), YesNo(), Number(), Octal()
POSITIVE = Integer(1)
#: Numbers of CPUs.
CPUS = Integer(1, 2**31 - 1)
VXLAN = Integer(1, HIGHEST_VXLAN)


def object_name(what: str, name: Any) -> str:
    """``name`` as a valid name of an OpenNebula object.

    Raises
        ArgumentError, naming the character or the length that OpenNebula refuses.
    """
    if not isinstance(name, str):
        raise ArgumentError(f"The name of {a(what)} must be a text, not {quoted(name)}; put it in quotes.")
    if not name:
        raise ArgumentError(f"The name of {a(what)} must not be empty.")
    if name != name.strip():
        raise ArgumentError(f"The name of {a(what)} must not begin or end with a blank: {quoted(name)}.")
    forbidden = FORBIDDEN_IN_NAMES + FORBIDDEN_BESIDES.get(what, "")
    bad = sorted({char for char in name if char in forbidden or unsendable(char)})
    if bad:
        chars = " ".join(repr(char) for char in bad)
        raise ArgumentError(f"OpenNebula does not allow {chars} in the name of {a(what)}: {quoted(name)}.")
    if len(name.encode()) > LONGEST_NAME:
        raise ArgumentError(f"The name of {a(what)} may have {LONGEST_NAME} bytes at most: {name[:32]!r}…")
    return name
