"""Declared values arrive in OpenNebula unchanged, and compare equal when they are read back."""

import pytest
from lxml import etree

from onecore.basics.syntax import from_element, normalise, render
from onecore.wire.client import Client

VALUES = {
    "QUOTES": 'say "hi", \\" and \'so\'',
    "SYNTAX": "[a, b] = # no comment",
    "LINES": "one\n  two\n\tthree",
    "WINDOWS": "one\r\ntwo\r\n",
    "ACCENTS": "é ü œ ☺ \u00a0no-break",
    "MARKUP": "<a>&amp;<![CDATA[ ]] >",
    "EMPTY": "",
    "BLANKS": "  around \n",
    "VECTOR": {"COMMA": 'x, y ] "z"', "EMPTY": "", "LINES": "é\nx"},
    "YES": True,
    "NUMBER": 5,
    "FRACTION": 0.5,
}


@pytest.fixture
def client(cloud, connection):
    return Client.from_config(connection(cloud))


@pytest.mark.parametrize("more", [{}, {"BACKSLASH": "C:\\dir\\"}], ids=["as text", "as XML"])
def test_values_arrive_unchanged(client, more):
    declared = {**VALUES, **more}
    client.call("one.user.update", 0, render(declared), 1)
    user = etree.fromstring(client.call("one.user.info", 0, False))
    stored = from_element(user.find("TEMPLATE"))
    assert {name: stored.get(name) for name in declared} == normalise(declared)
    assert client.writes == 1
