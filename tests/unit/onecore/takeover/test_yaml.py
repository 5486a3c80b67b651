"""YAML as a person would write it, and as YAML reads it back."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from onecore.takeover.yaml import document

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\x85\u2028\u2029"), max_size=12)
DATA = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXTS, DATA, max_size=4))
def test_it_is_read_back(data):
    assert yaml.safe_load(document(data, frozenset())) == (data or None)


TRAPS = [
    "yes",
    "No",
    "640",
    "0640",
    "1e3",
    "22:30",
    "1_000",
    "2026-12-31",
    "~",
    "a: b",
    "a #b",
    "- a",
    "x ",
    "",
    "null",
]
TRAPS += ["=", "line\nline\n", "a\n\nb", " a\nb", "a\n\n", "{{ x }}", "é\u00a0b", "02:00:c0:a8:00:0a", "10.0.0.0/24"]
TRAPS += ["8000-8010", "@x", "\ttab", "a\\", "'", "?", "|", "802.1Q", "64G", "1.5", "<<"]


@pytest.mark.parametrize("text", TRAPS)
def test_texts_stay_texts(text):
    assert yaml.safe_load(document({"a": text, "b": [text, {text: text}], "c": {"x": text}}, frozenset("c"))) == {
        "a": text,
        "b": [text, {text: text}],
        "c": {"x": text},
    }


def test_short_things_stand_on_a_line():
    data = {"networks": {"dmz": {"vlan": 8, "cidr": "10.1.3.0/24", "permissions": "640"}}}
    assert document(data, frozenset({"networks"})) == (
        'networks:\n  dmz: {vlan: 8, cidr: 10.1.3.0/24, permissions: "640"}\n'
    )
