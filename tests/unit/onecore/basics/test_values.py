"""Types of declared values: what they accept, and that a stored value compares equal to the declared one."""

import datetime
import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onecore.basics.addresses import ADDRESS, CIDR, IPV4, IPV6, MAC, Ports
from onecore.basics.errors import ArgumentError
from onecore.basics.syntax import canonical, unstorable
from onecore.basics.values import (
    CPUS,
    LONGEST_NAME,
    NUMBER,
    OCTAL,
    POSITIVE,
    TEXT,
    YES_NO,
    Choice,
    Integer,
    Lines,
    Megabytes,
    Name,
    Numbers,
    Secret,
    object_name,
)

SIZE, LIMIT = Megabytes(), Megabytes(special=True)
DRIVER, PORTS = Choice("kvm", "LXC"), Ports(most=5)


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (TEXT, "text", "text"),
        (TEXT, "two\r\nlines ", "two\nlines"),
        (TEXT, 5, "5"),
        (TEXT, 0.5, "0.5"),
        (TEXT, True, "YES"),
        (POSITIVE, "12", 12),
        (POSITIVE, " 12 ", 12),
        (Integer(-2), -2, -2),
        (NUMBER, 1, "1"),
        (NUMBER, 1.0, "1"),
        (NUMBER, "1.50", "1.5"),
        (NUMBER, "10", "10"),
        (NUMBER, 1e-3, "0.001"),
        (YES_NO, True, True),
        (YES_NO, "yes", True),
        (YES_NO, 0, False),
        (YES_NO, "No", False),
        (SIZE, 512, 512),
        (SIZE, "512", 512),
        (SIZE, "512M", 512),
        (SIZE, "64G", 65536),
        (SIZE, "1.5 GB", 1536),
        (SIZE, "1t", 1024**2),
        (LIMIT, -1, -1),
        (LIMIT, "-2", -2),
        (DRIVER, "KVM", "kvm"),
        (DRIVER, "lxc", "LXC"),
        (OCTAL, "640", "640"),
        (OCTAL, 640, "640"),
        (OCTAL, "007", "007"),
        (ADDRESS, "192.168.0.1", "192.168.0.1"),
        (ADDRESS, "2001:DB8:0::1", "2001:db8::1"),
        (IPV4, " 10.0.0.1", "10.0.0.1"),
        (IPV6, "FE80:0::1", "fe80::1"),
        (NUMBER, "0.3333333333", "0.333333"),
        (NUMBER, 0.1 + 0.2, "0.3"),
        (NUMBER, 1000000, "1000000"),
        (CPUS, "2", 2),
        (Lines(), ["one", "two "], "one\ntwo"),
        (Lines(), "one\r\ntwo", "one\ntwo"),
        (Lines(), [], ""),
        (Numbers("CPUs"), [3, "1", 1], "1,3"),
        (Numbers("CPUs"), "3, 1", "1,3"),
        (Numbers("CPUs"), 2, "2"),
        (MAC, "02:00:C0:A8:00:0A", "02:00:c0:a8:00:0a"),
        (PORTS, 80, "80"),
        (PORTS, "443, 80:80", "80,443"),
        (PORTS, [8000, "8001-8010", "22:23"], "22:23,8000:8010"),
        (PORTS, "0-65535", "0:65535"),
        (Name("network"), "lan", "lan"),
    ],
)
def test_accepted(kind, value, wanted):
    assert kind.wanted("it", value) == wanted
    assert kind.stored(canonical(wanted)) == wanted


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TEXT, {"a": 1}),
        (TEXT, ["a"]),
        (TEXT, "a]]>b"),
        (TEXT, "bell\a"),
        (POSITIVE, 0),
        (POSITIVE, "1.5"),
        (POSITIVE, True),
        (POSITIVE, ""),
        (Integer(1, 4), 5),
        (NUMBER, 0),
        (NUMBER, -1),
        (NUMBER, "nan"),
        (NUMBER, "inf"),
        (NUMBER, True),
        (NUMBER, "much"),
        (YES_NO, "perhaps"),
        (YES_NO, ""),
        (YES_NO, 2),
        (SIZE, -1),
        (SIZE, "0.3M"),
        (SIZE, "64Gi"),
        (SIZE, True),
        (LIMIT, -3),
        (DRIVER, "qemu"),
        (OCTAL, 0o640),
        (OCTAL, 0o777),
        (OCTAL, 64),
        (OCTAL, "648"),
        (OCTAL, "0640"),
        (OCTAL, True),
        (ADDRESS, "192.168.0"),
        (ADDRESS, "192.168.0.0/24"),
        (ADDRESS, "fe80::1%eth0"),
        (IPV4, "fe80::1"),
        (IPV6, "10.0.0.1"),
        (IPV6, "fe80::1%eth0"),
        (TEXT, datetime.date(2026, 1, 1)),
        (TEXT, None),
        (POSITIVE, 2**63),
        (CPUS, 2**31),
        (Lines(), ["a", ["b"]]),
        (Numbers("CPUs"), "0-3"),
        (Numbers("CPUs"), True),
        (Numbers("CPUs"), [1.5]),
        (MAC, "02-00-c0-a8-00-0a"),
        (MAC, "02:00:c0:a8:00"),
        (PORTS, 65536),
        (PORTS, "23-22"),
        (PORTS, []),
        (PORTS, "http"),
        (PORTS, [True]),
        (PORTS, [1, 3, 5, 7, "9-10"]),
        (CIDR, "10.0.0.1/24"),
        (CIDR, "lan"),
        (Name("network"), 7),
    ],
)
def test_refused(kind, value):
    with pytest.raises(ArgumentError, match=r"^it\b"):
        kind.wanted("it", value)


def test_a_date_is_told_apart():
    with pytest.raises(ArgumentError, match=r"^it: must be a text, not a date; put it in quotes\.$"):
        TEXT.wanted("it", datetime.date(2026, 1, 1))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_texts_compare_equal_when_they_come_back(text):
    if unstorable(text):
        return
    wanted = TEXT.wanted("it", text)
    assert TEXT.stored(wanted) == wanted


@given(st.decimals(min_value="0.001", max_value="1000000", places=3))
def test_numbers_compare_equal_however_they_are_written(number):
    wanted = NUMBER.wanted("it", str(number))
    assert wanted == NUMBER.stored(f"{number}000") == NUMBER.wanted("it", float(number))


@given(st.integers(1, 10**6), st.sampled_from(["M", "G", "T", "MB", "GB", "TB", "m", "g", ""]))
def test_sizes_are_megabytes(number, unit):
    factor = {"": 1, "M": 1, "G": 1024, "T": 1024**2}[unit.upper().rstrip("B")]
    assert SIZE.wanted("it", f"{number}{unit}") == number * factor


@given(st.ip_addresses())
def test_addresses_compare_as_addresses(address):
    wanted = ADDRESS.wanted("it", str(address))
    spelled = str(address) if address.version == 4 else address.exploded.upper()
    assert ADDRESS.stored(spelled) == wanted
    assert ipaddress.ip_address(wanted) == address


@pytest.mark.parametrize("kind", [POSITIVE, NUMBER, SIZE, ADDRESS, MAC, OCTAL, YES_NO, DRIVER])
@pytest.mark.parametrize("text", ["", "???", "-", "1.2.3"])
def test_whatever_is_stored_can_be_read(kind, text):
    assert kind.stored(text) != kind.wanted("it", _SOMETHING[kind])


_SOMETHING = {POSITIVE: 1, NUMBER: 1, SIZE: 1, ADDRESS: "10.0.0.1", MAC: "02:00:00:00:00:00", OCTAL: "600"}
_SOMETHING |= {YES_NO: True, DRIVER: "kvm"}


@pytest.mark.parametrize("value", ["pass word", " padded ", "trailing\\", "line\r\nfeed", "YES", "ünï"])
def test_a_secret_stays_as_it_is(value):
    assert Secret().wanted("password", value) == value


def test_a_secret_may_be_a_number():
    assert Secret().wanted("password", 1234) == "1234"


@pytest.mark.parametrize("value", [["hunter2"], {"a": "hunter2"}, True, 1.5, "hunter2\0"])
def test_a_refused_secret_is_not_shown(value):
    with pytest.raises(ArgumentError, match=r"^password") as caught:
        Secret().wanted("password", value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["dmz1", "vsiege-nt1", "é" * (LONGEST_NAME // 2), "a b", "a.b@c"])
def test_names(name):
    assert object_name("virtual network", name) == name


@pytest.mark.parametrize("char", [*"&|:\\\";/'#{}$<>\t\n", "\x01", "\ufffe", "\U0001f600"])
def test_forbidden_in_names(char):
    with pytest.raises(ArgumentError, match="in the name of a virtual network"):
        object_name("virtual network", f"dmz{char}1")


@pytest.mark.parametrize("kind", ["user", "group"])
def test_no_blanks_in_accounts(kind):
    with pytest.raises(ArgumentError, match=f"does not allow ' ' in the name of a {kind}"):
        object_name(kind, "a b")


@pytest.mark.parametrize("name", ["", " dmz", "dmz ", "é" * (LONGEST_NAME // 2) + "x", 12, None, ["dmz"]])
def test_no_names(name):
    with pytest.raises(ArgumentError, match="name of a virtual network"):
        object_name("virtual network", name)


@given(st.sets(st.integers(0, 30), min_size=1))
def test_ports_are_joined_where_they_adjoin(ports):
    text = Ports(most=99).wanted("it", sorted(ports, reverse=True))
    spans = [[int(end) for end in span.split(":")] for span in text.split(",")]
    assert {port for span in spans for port in range(span[0], span[-1] + 1)} == ports
    assert all(one[-1] + 1 < other[0] for one, other in itertools.pairwise(spans))


def test_ports_that_nobody_can_read_are_left_as_they_are():
    assert Ports(most=5).stored("all") == "all"


def test_all_addresses_of_a_network():
    assert CIDR.wanted("it", " 10.0.0.0/24") == ipaddress.ip_network("10.0.0.0/24")
