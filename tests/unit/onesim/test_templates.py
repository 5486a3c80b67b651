"""How onesim reads, changes and writes templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from onecore.basics import syntax as salt_syntax
from onecore.basics.errors import ArgumentError
from onesim.text.syntax import ParseError, parse
from onesim.text.templates import Template
from tests.doubles.templates import READ, REFUSED

NAMES = st.from_regex(r"[A-WYZ][A-Z0-9_]{0,8}", fullmatch=True)
PRINTABLE = st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"\\]\ufffe\uffff')
VALUES = st.text(PRINTABLE, min_size=1).map(str.strip).filter(bool)
VECTORS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)
ATTRIBUTES = st.lists(st.tuples(NAMES, VALUES | VECTORS), max_size=6)
# Pieces whose combinations bring the scanner into all of its states.
PIECES = [
    "A", "B1", "x", '"', "\\", "=", "[", "]", ",", " ", "\n", "\t", "\r", "#", "]]>", "-", ";", "é", "XML", "1",
    'A="b"', 'V=[B="c"]',
]  # fmt: skip
SCRAPS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
XML_SCRAPS = st.recursive(
    st.sampled_from(["", "x", "<![CDATA[y]]>", "&lt;", " ", "<!-- no -->"]),
    lambda inner: st.lists(st.tuples(st.sampled_from(["A", "b", "V_1", "x-y"]), inner), max_size=4).map(
        lambda pairs: "".join(f"<{name}>{value}</{name}>" for name, value in pairs)
    ),
    max_leaves=8,
)


def gathered(template):
    """{name: value, or a list of several}."""
    found = {}
    for name, value in template:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def read(text):
    """What onesim reads, or None for what it refuses."""
    try:
        return gathered(Template.parse(text))
    except ParseError:
        return None


def read_by_salt(text):
    try:
        return salt_syntax.parse(text)
    except ArgumentError:
        return None


def as_text(name, value):
    if isinstance(value, str):
        return f'{name}="{value}"'
    return f"{name}=[{', '.join(as_text(*item) for item in value.items())}]"


@pytest.mark.parametrize(("text", "attributes"), READ)
def test_reads_what_opennebula_reads(text, attributes):
    assert read(text) == attributes


@pytest.mark.parametrize("text", [text for text, _ in REFUSED])
def test_refuses_what_opennebula_refuses(text):
    assert read(text) is None


@given(SCRAPS)
def test_both_parsers_of_this_project_agree(text):
    assert read(text) == read_by_salt(text)


@given(XML_SCRAPS)
def test_both_parsers_of_this_project_agree_on_xml(body):
    assert read(f"<T>{body}</T>") == read_by_salt(f"<T>{body}</T>")


@given(st.text())
def test_any_text_is_read_or_refused(text):
    read(text)
    read(f"<T>{text}</T>")


@given(ATTRIBUTES)
def test_reads_back_what_is_written_as_text(attributes):
    written = "\n".join(as_text(name, value) for name, value in attributes)
    assert gathered(Template.parse(written)) == gathered(Template(attributes))


@given(ATTRIBUTES)
def test_reads_back_what_is_written_as_xml(attributes):
    template = Template(attributes)
    assert template.representable()
    etree.fromstring(template.xml())
    assert gathered(Template.parse(template.xml())) == gathered(template)


@given(ATTRIBUTES, ATTRIBUTES)
def test_a_merge_replaces_whole_attributes_and_happens_once(first, second):
    merged, other = Template(first), Template(second)
    merged.merge(other)
    assert gathered(merged) == gathered(Template(first)) | gathered(other)
    again = merged.copy()
    again.merge(other)
    assert list(again) == list(merged)


@given(ATTRIBUTES)
def test_a_copy_shares_nothing(attributes):
    template = Template(attributes)
    twin = template.copy()
    for vector in [value for _, value in twin if isinstance(value, dict)]:
        vector.clear()
    twin.add("MORE", "x")
    assert gathered(template) == gathered(Template(attributes))


def test_an_empty_vector_in_a_merge_takes_the_attribute_away():
    template = Template.parse('A="1" V=[B="2"]')
    template.merge(Template.parse("V=[]"))
    assert list(template) == [("A", "1")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A", "syntax error, unexpected $end, expecting EQUAL or EQUAL_EMPTY at line 0, columns 1:2"),
        ("this is not = [ a template", "syntax error, unexpected VARIABLE, expecting EQUAL or EQUAL_EMPTY at line 0"),
        ('\n\nA="1"\n]', "syntax error, unexpected CBRACKET, expecting $end at line 3, columns 8:10"),
        ('V=[A="1", ]', "syntax error, unexpected CBRACKET, expecting VARIABLE at line 0, columns 11:12"),
        ('É="1"', "syntax error, unexpected EQUAL, expecting $end at line 0, columns 3:4"),
    ],
)
def test_refusals_say_where(text, message):
    with pytest.raises(ParseError) as refusal:
        parse(text)
    assert message in str(refusal.value)


@pytest.mark.parametrize("text", ["<T>", "<T/><T/>", "<!DOCTYPE T [<!ENTITY e 'x'>]><T><A>&e;</A></T>", "<T>&e;</T>"])
def test_xml_with_faults_or_entities_is_refused(text):
    with pytest.raises(ParseError, match="XML Template malformed"):
        Template.parse(text)


@pytest.mark.parametrize("value", ["a]]>b", "\x01", "\ud800"])
def test_what_xml_cannot_hold_is_not_representable(value):
    assert not Template([("A", value)]).representable()
    assert not Template([("V", {"A": value})]).representable()


def test_numbers_and_booleans():
    template = Template.parse('I="12" N="1.5" Y="yes" T="x" V=[I="3"]')
    assert template.integer("I") == 12
    assert template.number("N") == 1.5
    assert template.integer("T") is template.integer("V") is template.number("none") is None
    assert template.yes("Y") and not template.yes("T")
