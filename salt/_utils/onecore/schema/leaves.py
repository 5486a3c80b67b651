"""The single values of the pillar that are not arguments of states."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Any
from urllib.parse import urlsplit

from ..basics.errors import ArgumentError, ConfigurationError
from ..basics.plan import NO_BLUEPRINT
from ..basics.secrecy import SECRET_STORE
from ..basics.values import NUMBER
from ..model.acls import read
from ..model.context import arrives
from ..model.leaves import filled, name, of
from ..model.nodes import Leaf, Node
from ..wire.events import PORT, publisher

#: The length of an IPv6 prefix in which machines generate their own addresses.
SLAAC = 64
#: The accounts that OpenNebula creates itself.
RESERVED_USERS = ("oneadmin", "serveradmin")


def _not_reserved(value: str) -> None:
    if value in RESERVED_USERS:
        raise ArgumentError(f"{value} is an account of OpenNebula's own and cannot be one of these users")


def _of_a_blueprint(value: str) -> None:
    if value in NO_BLUEPRINT:
        raise ArgumentError(f"{value} is reserved for objects without a blueprint; choose another name")


def _cidr(value: str) -> None:
    address, slash, _ = value.partition("/")
    network = IPv4Network(value, strict=False)
    if not slash:
        raise ValueError
    if str(network.network_address) != address:
        raise ArgumentError(f"{value} is an address inside of a network; did you mean {network}?")


def _cidr6(value: str) -> None:
    if IPv6Network(value).prefixlen != SLAAC:
        raise ArgumentError(f"must have the prefix length {SLAAC}; declare address_ranges with ip6 for others")


def _role(value: str) -> None:
    filled(value)
    arrives("SALT_ROLE", value)


def _url(value: str) -> None:
    if urlsplit(value).scheme not in ("http", "https"):
        raise ValueError


def _publisher(value: str) -> None:
    try:
        publisher("", value)
    except ConfigurationError:
        raise ValueError from None


def stored_elsewhere(leaf: Node) -> Leaf:
    """The same, or the address of a secret that Salt fetches when it is needed."""
    assert isinstance(leaf, Leaf), "a secret is a text"

    def check(value: Any) -> None:
        if not (isinstance(value, str) and value.startswith(SECRET_STORE)):
            if not isinstance(value, leaf.classes):
                raise ValueError
            leaf.check(value)

    return Leaf(leaf.wants, (*leaf.classes, str), check, leaf.secret)


DECIMAL = of(NUMBER)
CIDR = Leaf("an IPv4 network with its prefix length, such as 192.168.0.0/24", (str,), _cidr)
CIDR6 = Leaf("an IPv6 network such as 2001:db8:0:1::/64", (str,), _cidr6)
URL = Leaf("the URL of an XML-RPC API, such as http://localhost:2633/RPC2", (str,), _url, secret=True)
PUBLISHER = Leaf(f"an address such as tcp://127.0.0.1:{PORT}", (str,), _publisher)
SECRET = Leaf("text", (str,), filled, secret=True)
#: A variable of a context.
ROLE = Leaf("text", (str,), _role)

USER_KEY = name("user", _not_reserved)
USER, GROUP, NETWORK, IMAGE, TEMPLATE, VM = map(name, ("user", "group", "network", "image", "template", "VM"))
SECURITY_GROUP, NETWORK_TEMPLATE, VM_GROUP = map(name, ("security group", "network template", "VM group"))
CLUSTER, HOST, DATASTORE, VDC = map(name, ("cluster", "host", "datastore", "VDC"))
#: An ACL rule, as the CLI writes it.
RULE = Leaf("an ACL rule such as '@eole NET/@eole USE'", (str,), read)
BLUEPRINT, SNAPSHOT = name("blueprint", _of_a_blueprint), name("snapshot")
