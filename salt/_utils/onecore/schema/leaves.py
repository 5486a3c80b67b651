"""The single values that occur in the pillar.

What the types of the states' arguments (`values`) know is left to them. The pillar is stricter about classes: a
number or a boolean in quotes, or a name without them, is nearly always a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from ..basics.errors import ArgumentError, ConfigurationError
from ..basics.lifetime import Lifetime
from ..basics.marks import MARK
from ..basics.plan import NO_BLUEPRINT
from ..basics.secrecy import SECRET_STORE
from ..basics.syntax import canonical, normalise, unstorable
from ..basics.values import MAC, NUMBER, OCTAL, Integer, Megabytes, Type, object_name
from ..kinds.registry import KINDS
from ..model.fields import Attributes
from ..model.quota import DEFAULT, UNLIMITED
from ..wire.events import PORT, publisher
from .nodes import Leaf
from .words import mismatch

#: The accounts that OpenNebula makes for itself.
RESERVED_USERS = ("oneadmin", "serveradmin")
#: Blanks that OpenNebula refuses in passwords (User.cc, release 7.4.0).
PASSWORD_BLANKS = re.compile(r"[ \t\n\v\f\r]")
PUBLIC_KEY = re.compile(r"(.+ )?(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+( .*)?")
LARGEST = 2**63 - 1


def of(kind: Type, *classes: type) -> Leaf:
    """What a state's argument of this type accepts, as long as it is of one of these classes."""
    return Leaf(kind.wants.rstrip(","), classes, lambda value: _fit(kind, value))


def _fit(kind: Type, value: Any) -> None:
    try:
        kind.wanted("", value)
    except ArgumentError:
        raise ValueError from None


def whole(low: int | None = None, high: int | None = None) -> Leaf:
    """A whole number; without an upper bound, one that OpenNebula can hold."""
    kind = Integer(low, LARGEST if high is None else high)
    return Leaf(Integer(low, high).wants, (int,), lambda value: _fit(kind, value))


def choice(*words: str) -> Leaf:
    """One of some words."""

    def check(value: str) -> None:
        if value not in words:
            raise ValueError

    return Leaf(f"one of {', '.join(words)}", (str,), check)


def storable(value: Any) -> None:
    """Raise ArgumentError for a single value that OpenNebula cannot store; the value is not quoted."""
    fault = unstorable(canonical(value))
    if fault:
        raise ArgumentError(fault)


def _filled(value: str) -> None:
    if not value.strip():
        raise ArgumentError("must not be empty")
    storable(value)


def name(what: str, check: Callable[[str], Any] = lambda value: value) -> Leaf:
    """The name of an object.

    what
        Its kind: "network".
    check
        Raises ArgumentError for names that are refused besides those that OpenNebula refuses.
    """

    def checked(value: str) -> None:
        storable(value)
        try:
            object_name(what, value)
        except ArgumentError as error:
            raise ArgumentError(str(error).replace("The name", "the name", 1)) from None
        check(value)

    return Leaf(f"the name of {'an' if what[0] in 'aeio' else 'a'} {what}", (str,), checked)


def _not_reserved(value: str) -> None:
    if value in RESERVED_USERS:
        raise ArgumentError(f"{value} is an account of OpenNebula's own and cannot be one of these users")


def _of_a_blueprint(value: str) -> None:
    if value in NO_BLUEPRINT:
        raise ArgumentError(f"{value} marks what no blueprint made; choose another name")


def _attribute_name(value: str) -> None:
    try:
        normalise({value: "x"})
    except ArgumentError:
        raise ArgumentError(
            "is no name of an attribute; use letters, digits and '_', no digit first and not XML"
        ) from None


def free_attribute(cli: str) -> Leaf:
    """The name of an attribute that no argument of the kind (its CLI name) stands for."""
    reserved = next(each for each in KINDS[cli].fields if isinstance(each, Attributes)).reserved

    def check(value: str) -> None:
        _attribute_name(value)
        if value.upper() == MARK:
            raise ArgumentError("is kept by the states themselves")
        if value.upper() in reserved:
            raise ArgumentError(f"has a key of its own, {reserved[value.upper()]}; use that")

    return Leaf("the name of an attribute", (str,), check)


def _ipv4(value: str) -> None:
    IPv4Address(value)


def _ipv6(value: str) -> None:
    if IPv6Address(value).scope_id is not None:
        raise ValueError


def _mask(value: str) -> None:
    if "." not in value or str(IPv4Network(f"0.0.0.0/{value}").netmask) != value:
        raise ValueError


def _cidr(value: str) -> None:
    address, slash, _ = value.partition("/")
    network = IPv4Network(value, strict=False)
    if not slash:
        raise ValueError
    if str(network.network_address) != address:
        raise ArgumentError(f"{value} is an address inside of a network; did you mean {network}?")


def _addresses(value: str) -> None:
    if not [ip_address(word) for word in value.split()]:
        raise ValueError


def _cpu_limit(value: float) -> None:
    if value not in (0, DEFAULT, UNLIMITED):
        _fit(NUMBER, value)


def _permissions(value: int | str) -> None:
    try:
        _fit(OCTAL, value)
    except ValueError:
        misread = isinstance(value, int) and 0 <= value < 0o1000
        hint = f" (YAML reads 0{value:o} as {value}: put it in quotes)" if misread else ""
        raise ArgumentError(mismatch(PERMISSIONS, value) + hint) from None


def _password(value: str) -> None:
    if not value or PASSWORD_BLANKS.search(value):
        raise ArgumentError("must not be empty nor contain blanks, which OpenNebula refuses")
    storable(value)


def _public_keys(value: str) -> None:
    """One key a line, as in authorized_keys."""
    if "PRIVATE KEY" in value:
        raise ArgumentError("is a private key; give the public one (from the file that ends in .pub)")
    lines = [line for line in value.splitlines() if line.strip()]
    if not lines or not all(PUBLIC_KEY.fullmatch(line.strip()) for line in lines):
        raise ValueError
    storable(value)


def _url(value: str) -> None:
    if urlsplit(value).scheme not in ("http", "https"):
        raise ValueError


def _publisher(value: str) -> None:
    try:
        publisher("", value)
    except ConfigurationError:
        raise ValueError from None


def stored_elsewhere(leaf: Leaf) -> Leaf:
    """The same, or the address of a secret that Salt fetches when it is needed."""

    def check(value: Any) -> None:
        if not (isinstance(value, str) and value.startswith(SECRET_STORE)):
            if not isinstance(value, leaf.classes):
                raise ValueError
            leaf.check(value)

    return Leaf(leaf.wants, (*leaf.classes, str), check, leaf.secret)


TEXT = Leaf("text", (str,), storable)
FILLED = Leaf("text", (str,), _filled)
BOOLEAN = Leaf("true or false", (bool,))
POSITIVE = whole(1)
COUNT = whole(0)
DECIMAL = of(NUMBER, int, float)
SIZE = of(Megabytes(), int, str)
LIMIT = whole(UNLIMITED)
SIZE_LIMIT = of(Megabytes(special=True), int, str)
CPU_LIMIT = Leaf("a number of CPUs, 0, -1 or -2", (int, float), _cpu_limit)
PERMISSIONS = Leaf(OCTAL.wants.rstrip(","), (str, int), _permissions)
LIFETIME = of(Lifetime(), str, date)
MAC_ADDRESS = of(MAC, str)
IPV4 = Leaf("an IPv4 address, such as 192.168.0.1", (str,), _ipv4)
MASK = Leaf("a network mask, such as 255.255.255.0", (str,), _mask)
CIDR = Leaf("an IPv4 network with its prefix length, such as 192.168.0.0/24", (str,), _cidr)
ADDRESSES = Leaf("IP addresses, separated by blanks", (str,), _addresses)
IPV6 = Leaf("an IPv6 address", (str,), _ipv6)
URL = Leaf("the URL of an XML-RPC API, such as http://localhost:2633/RPC2", (str,), _url, secret=True)
PUBLISHER = Leaf(f"an address such as tcp://127.0.0.1:{PORT}", (str,), _publisher)
SECRET = Leaf("text", (str,), _filled, secret=True)
PASSWORD = Leaf("text", (str,), _password, secret=True)
PUBLIC_KEYS = Leaf("public SSH keys, one a line, each as in authorized_keys", (str,), _public_keys, secret=True)

#: What an attribute of OpenNebula's may hold; never quoted, since contexts hold passwords.
SCALAR = Leaf("text, a number, true or false", (str, int, float, bool), storable, secret=True)
ATTRIBUTE = Leaf("the name of an attribute", (str,), _attribute_name)

USER = name("user")
USER_KEY = name("user", _not_reserved)
GROUP, NETWORK, IMAGE, TEMPLATE = name("group"), name("network"), name("image"), name("template")
VM, CLUSTER, DATASTORE = name("VM"), name("cluster"), name("datastore")
BLUEPRINT, SNAPSHOT = name("blueprint", _of_a_blueprint), name("snapshot")
LABEL = Leaf("a label", (str,), _filled)
DISK = of(Integer(0), str)
