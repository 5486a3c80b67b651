"""The single values that the pillar has for arguments.

Their types (:mod:`~..basics.values`) do most of the validation. The pillar is stricter: a number or a boolean in
quotes, or a name without quotes, is nearly always a mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from typing import Any

from ..basics.addresses import MAC
from ..basics.errors import ArgumentError
from ..basics.syntax import canonical, normalise, unstorable
from ..basics.values import OCTAL, YES_NO, Choice, Integer, Megabytes, Name, Octal, Type, a, object_name
from .nodes import Each, Either, Leaf, Many


@singledispatch
def of(kind: Type) -> Leaf:
    """The node of an argument of this type in the schema of the pillar."""
    return TEXT if type(kind) is Type else Leaf(_wants(kind), kind.classes, lambda value: fit(kind, value))


@of.register
def _choice(kind: Choice) -> Leaf:
    return choice(*kind.words.values())


@of.register
def _name(kind: Name) -> Leaf:
    return name(kind.what)


@of.register
def _octal(kind: Octal) -> Leaf:
    def misread(value: Any) -> str:
        plain = isinstance(value, int) and not isinstance(value, bool)
        return f" (YAML reads 0{value:o} as {value}: put it in quotes)" if plain and 0 <= value < 0o1000 else ""

    return Leaf(_wants(kind), kind.classes, lambda value: fit(kind, value), hint=misread)


def _wants(kind: Type) -> str:
    return kind.wants.rstrip(",")


def fit(kind: Type, value: Any) -> None:
    """Raise ValueError for an invalid value of a type."""
    try:
        kind.wanted("", value)
    except ArgumentError:
        raise ValueError from None


def whole(low: int | None = None, high: int | None = None) -> Leaf:
    """A whole number."""
    return of(Integer(low, high))


def choice(*words: str) -> Leaf:
    """One of several words."""

    def check(value: str) -> None:
        if value not in words:
            raise ValueError

    return Leaf(f"one of {', '.join(words)}", (str,), check)


def storable(value: Any) -> None:
    """Raise ArgumentError for a single value that OpenNebula cannot store; the value is not quoted."""
    fault = unstorable(canonical(value))
    if fault:
        raise ArgumentError(fault)


def filled(value: str) -> None:
    """Raise ArgumentError for an empty text, or one that OpenNebula cannot store."""
    if not value.strip():
        raise ArgumentError("must not be empty")
    storable(value)


def name(what: str, check: Callable[[str], Any] = lambda value: value) -> Leaf:
    """The name of an object.

    what
        Its kind: "network".
    check
        Raises ArgumentError for further invalid names, besides those that OpenNebula refuses.
    """

    def checked(value: str) -> None:
        storable(value)
        try:
            object_name(what, value)
        except ArgumentError as error:
            raise ArgumentError(str(error).replace("The name", "the name", 1)) from None
        check(value)

    return Leaf(f"the name of {a(what)}", (str,), checked)


def attribute_name(value: str) -> None:
    """Raise ArgumentError for a text that cannot be the name of an attribute."""
    try:
        normalise({value: "x"})
    except ArgumentError:
        raise ArgumentError(
            "is no name of an attribute; use letters, digits and '_', no digit first and not XML"
        ) from None


def _ipv4(value: str) -> None:
    IPv4Address(value)


def _ipv6(value: str) -> None:
    if IPv6Address(value).scope_id is not None:
        raise ValueError


def _mask(value: str) -> None:
    if "." not in value or str(IPv4Network(f"0.0.0.0/{value}").netmask) != value:
        raise ValueError


def _addresses(value: str) -> None:
    if not [ip_address(word) for word in value.split()]:
        raise ValueError


TEXT = Leaf("text", (str,), storable)
FILLED = Leaf("text", (str,), filled)
BOOLEAN = of(YES_NO)
POSITIVE, COUNT = whole(1), whole(0)
SIZE = of(Megabytes())
PERMISSIONS = of(OCTAL)
MAC_ADDRESS = of(MAC)
IPV4 = Leaf("an IPv4 address, such as 192.168.0.1", (str,), _ipv4)
MASK = Leaf("a network mask, such as 255.255.255.0", (str,), _mask)
ADDRESSES = Leaf("IP addresses, separated by blanks", (str,), _addresses)
IPV6 = Leaf("an IPv6 address", (str,), _ipv6)
LABEL = Leaf("a label", (str,), filled)

#: The value of an attribute in OpenNebula; never quoted, since contexts contain passwords.
SCALAR = Leaf("text, a number, true or false", (str, int, float, bool), storable, secret=True)
ATTRIBUTE = Leaf("the name of an attribute", (str,), attribute_name)
VECTOR = Each("attribute", ATTRIBUTE, SCALAR, folded=True)
SINGLE_ATTRIBUTE_VALUE = Either((SCALAR, VECTOR), "text, a number, true or false, or a dictionary of these")
ATTRIBUTE_VALUE = Either(
    (SCALAR, VECTOR, Many(Either((SCALAR, VECTOR)))),
    "text, a number, true or false, a dictionary of these, or a list of all",
)
