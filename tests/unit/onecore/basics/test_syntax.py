import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from onecore.basics.errors import ArgumentError
from onecore.basics.syntax import canonical, escape, from_element, normalise, parse, render, unstorable
from tests.doubles.templates import READ, REFUSED


@pytest.mark.parametrize(("text", "attributes"), READ)
def test_reads_what_opennebula_reads(text, attributes):
    assert parse(text) == attributes


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_refuses_what_opennebula_refuses_and_says_where(text, sentence):
    with pytest.raises(ArgumentError) as caught:
        parse(text)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("declared", "stored"),
    [
        ("text", "text"),
        ("", ""),
        (True, "YES"),
        (False, "NO"),
        (0, "0"),
        (-5, "-5"),
        (2.0, "2"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        ("  a\tb \n", "a\tb"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("\u00a0no-break\u2003", "\u00a0no-break\u2003"),
    ],
)
def test_canonical(declared, stored):
    assert canonical(declared) == stored
    assert canonical(stored) == stored


@pytest.mark.parametrize("value", [None, [], {}, b"x", float("nan"), float("inf"), datetime.date(2025, 1, 1)])
def test_canonical_refuses_what_is_no_single_value(value):
    with pytest.raises(ArgumentError, match="not a text, a number or a boolean"):
        canonical(value)


def test_renders_text():
    attributes = {
        "vn_mad": "802.1Q",
        "vlan_id": 101,
        "automatic": False,
        "note": 'say "hi" to [all], é☺\nand\\more',
        "nic": [{"network": "dmz1"}, {"network": "academie", "model": "virtio"}],
        "empty": "",
        "gone": {},
        "none": [],
    }
    assert render(attributes) == (
        'VN_MAD="802.1Q"\nVLAN_ID="101"\nAUTOMATIC="NO"\n'
        'NOTE="say \\"hi\\" to [all], é☺\nand\\more"\n'
        'NIC=[NETWORK="dmz1"]\nNIC=[NETWORK="academie", MODEL="virtio"]\n'
        'EMPTY=""\nGONE=[]'
    )


def test_renders_xml_when_a_value_ends_in_a_backslash():
    attributes = {"path": "C:\\", "empty": "", "gone": {}, "v": {"a": "<&\"'", "b": ""}}
    assert render(attributes) == (
        "<TEMPLATE><PATH><![CDATA[C:\\]]></PATH><EMPTY><![CDATA[]]></EMPTY><GONE><_/></GONE>"
        "<V><A><![CDATA[<&\"']]></A><B><![CDATA[]]></B></V></TEMPLATE>"
    )
    assert parse(render(attributes)) == {"PATH": "C:\\", "EMPTY": "", "GONE": {}, "V": {"A": "<&\"'", "B": ""}}


def test_nothing_renders_as_nothing():
    assert render({}) == ""


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"A": "secret]]>x"}, "attribute A contains ']]>', which OpenNebula cannot store"),
        ({"V": {"B": "secret]]>x"}}, "attribute V/B contains ']]>'"),
        ({"A": ["x", "secret\x00"]}, "attribute A contains the character U+0000"),
        ({"A": "secret\ufffe"}, "U+FFFE"),
        ({"A": "secret\ud800"}, "U+D800"),
        ({"A": None}, "attribute A is nothing, not a text"),
        ({"A": {"B": ["x"]}}, "attribute A/B is a list, not a text"),
        ({"A": {"B": {"C": "x"}}}, "attribute A/B is a dict, not a text"),
        ({"A": [["x"]]}, "attribute A is a list"),
        ({"1A": "x"}, "'1A' is no name"),
        ({"A-B": "x"}, "'A-B' is no name"),
        ({"é": "x"}, "'é' is no name"),
        ({"": "x"}, "'' is no name"),
        ({"A\n": "x"}, "is no name"),
        ({1: "x"}, "1 is no name"),
        ({"V": {"1A": "x"}}, "attribute V: '1A' is no name"),
        ({"xmlthing": "x"}, "would rename it to ONE_XMLTHING"),
        ({"a": "x", "A": "y"}, "A is given twice"),
        ({"V": {"b": "x", "B": "y"}}, "attribute V: B is given twice"),
        ("A=b", "the attributes must be a dictionary, not a str"),
    ],
)
def test_refuses_what_would_not_arrive_unchanged(attributes, sentence):
    with pytest.raises(ArgumentError) as caught:
        render(attributes)
    assert sentence in str(caught.value)
    assert "secret" not in str(caught.value)


def test_escape():
    assert escape('a "b" \\c') == 'a \\"b\\" \\c'
    with pytest.raises(ArgumentError, match="backslash"):
        escape("C:\\")


def test_unstorable_is_none_for_what_arrives():
    assert unstorable("any ]] > text\n\té☺\ufffd") is None


def test_from_element_gives_the_shape_of_parse():
    element = etree.fromstring(
        "<TEMPLATE><A><![CDATA[x]]></A><E><![CDATA[]]></E><N><I><![CDATA[1]]></I><J/></N><N><I>2</I></N></TEMPLATE>"
    )
    assert from_element(element) == {"A": "x", "E": "", "N": [{"I": "1", "J": ""}, {"I": "2"}]}


characters = st.one_of(
    st.sampled_from("\"\\]>[<,=#\n\r\t &'é☺\u00a0\u0085"),
    st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF),
)
texts = st.text(characters, max_size=12).filter(lambda text: unstorable(canonical(text)) is None)
scalars = st.one_of(texts, st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
names = st.from_regex(r"[A-Z_][A-Z0-9_]{0,5}", fullmatch=True).filter(lambda name: not name.startswith("XML"))
vectors = st.dictionaries(names, scalars, max_size=4)
values = st.one_of(scalars, vectors)
templates = st.dictionaries(names, st.one_of(values, st.lists(values, max_size=3)), max_size=5)


@given(templates)
def test_what_is_rendered_reads_back(attributes):
    assert parse(render(attributes)) == normalise(attributes)


@given(templates)
def test_what_is_rendered_as_xml_reads_back(attributes):
    attributes["LAST"] = "forces XML\\"
    template = render(attributes)
    assert template.startswith("<")
    assert parse(template) == normalise(attributes)


@given(templates)
def test_normal_form_is_stable(attributes):
    assert normalise(normalise(attributes)) == normalise(attributes)


scraps = st.sampled_from(['A="b"', "=", '"', "\\", "#", ",", "[", "]", "<", " ", "\n", "é", "V=[C="])


@given(st.lists(scraps).map("".join))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        parse(text)
    except ArgumentError as err:
        assert "line" in str(err)
