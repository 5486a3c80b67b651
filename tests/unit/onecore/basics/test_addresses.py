"""Addresses as numbers, regardless of their type."""

import pytest

from onecore.basics.addresses import number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", 0x0A000001),
        ("fe80::1", 0xFE80 << 112 | 1),
        ("02:00:0A:00:00:01", 0x02000A000001),
        ("", None),
        ("0x", None),
        ("02:00:0a:00:00", None),
        ("a\nb", None),
    ],
)
def test_an_address_is_a_number_and_another_text_is_none(text, expected):
    assert number(text) == expected
