r"""OpenNebula template text, `NAME="value"` and `NAME=[A="x", B="y"]`: written, read and compared.

Attributes are a plain dictionary: a name maps to a text, to a dictionary of texts (a vector), or to a list of these
where the attribute is repeated. OpenNebula changes them as follows (release 7.4.0, verified with its own parser):

* Names become upper case. A name that is not an XML name is renamed (`1A` to `ONE_1A`), or breaks the whole object if
it
  stands inside a vector (src/common, include/Attribute.h).
* Values lose blanks around them (7.x), and carriage returns turn into line feeds when the object is read as XML.
* Between quotes only `\"` is an escape. So a value that ends in a backslash swallows its closing quote; as XML,
  which is accepted wherever text is, it arrives (src/parsers/template_parser.l, Template::from_xml).
* `]]>`, characters that XML forbids and those beyond U+FFFF cannot be stored: values are kept in CDATA sections, and
  the daemon's XML-RPC library knows no surrogates. The lexer refuses `]]>`
  in the first line of a value only; further down, or as XML, it passes and the object's XML is broken, so that
  OpenNebula refuses to write it or loses the value.
* An empty vector, `X=[]`, erases X where attributes are merged, and vanishes from a stored object with its next write.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from .errors import ArgumentError
from .secrecy import quoted
from .xml import etree

#: The value of an attribute: a text, or a vector.
Value = str | dict[str, str]

# The characters that C's isspace() strips; str.strip() would also strip no-break spaces.
BLANKS = " \t\n\v\f\r"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_TAKEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


def canonical(value: Any) -> str:
    """Return the text under which a declared value (str, int, float, bool) and a stored one compare equal.

    true is YES and false NO; numbers have no exponent and no useless decimals; line ends are LF and surrounding
    blanks are gone. Raises ArgumentError for anything else.
    """
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)
    if isinstance(value, bool):
        return "YES" if value else "NO"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    raise ArgumentError(f"is {_kind(value)}, not a text, a number or a boolean")


def unsendable(text: str) -> str | None:
    """Return why `text` cannot be sent to OpenNebula (a phrase), or None if it can.

    Its XML-RPC library refuses a whole call for a character beyond U+FFFF, such as an emoji.
    """
    bad = _NOT_TAKEN.search(text)
    if bad is None:
        return None
    number = ord(bad.group())
    why = "and OpenNebula takes none beyond U+FFFF" if number > 0xFFFF else "which XML cannot carry"
    return f"contains the character U+{number:04X}, {why}"


def unstorable(text: str) -> str | None:
    """Return why OpenNebula cannot store `text` unchanged (a phrase), or None if it can."""
    if "]]>" in text:
        return "contains ']]>', which OpenNebula cannot store (it keeps values in CDATA); encode it, e.g. as base64"
    return unsendable(text)


def normalise(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `attributes` as OpenNebula would return them: names in upper case, values canonical, one item unlisted.

    Raises ArgumentError, naming the attribute and never its value, for what OpenNebula cannot store unchanged.
    """
    normal: dict[str, Any] = {}
    for name, value in _named(attributes, "the attributes").items():
        if name.startswith("XML"):
            raise ArgumentError(f"attribute {name}: OpenNebula would rename it to ONE_{name}; choose another name")
        items = [_item(name, item) for item in (value if isinstance(value, list | tuple) else [value])]
        if items:
            normal[name] = items[0] if len(items) == 1 else items
    return normal


def render(attributes: Mapping[str, Any]) -> str:
    """Return the template for `attributes` (mapping of name to str, int, float, bool, mapping or list of these).

    It is text, or XML if a value ends in a backslash. `parse(render(x)) == normalise(x)`. Raises as `normalise`.
    """
    pairs = list(_pairs(normalise(attributes)))
    leaves = [leaf for _, value in pairs for leaf in (value.values() if isinstance(value, dict) else [value])]
    if any(leaf.endswith("\\") for leaf in leaves):
        return f"<TEMPLATE>{''.join(_as_xml(*pair) for pair in pairs)}</TEMPLATE>"
    return "\n".join(_as_text(*pair) for pair in pairs)


def escape(text: str) -> str:
    r"""Return `text` as it is written between the quotes of template text; it must not end in a backslash."""
    if text.endswith("\\"):
        raise ArgumentError("a value that ends in a backslash cannot be written as template text")
    return text.replace('"', '\\"')


def parse(text: str) -> dict[str, Any]:
    """Return the attributes of a template, text or XML, as OpenNebula itself reads it.

    Raises ArgumentError with the line and column of the fault.
    """
    pairs = _xml_pairs(text) if text.startswith("<") else _Scanner(text).pairs()
    return _gathered((_stored_name(name), _trimmed(value)) for name, value in pairs)


def from_element(element: Any) -> dict[str, Any]:
    """Return the attributes below an lxml element such as <TEMPLATE>, like `parse`, values as stored.

    An empty vector cannot be distinguished from an empty text there, and is returned as "".
    """
    return _gathered((child.tag, _content(child)) for child in element)


def _content(element: Any) -> Value:
    return {item.tag: item.text or "" for item in element} if len(element) else element.text or ""


def _gathered(pairs: Iterable[tuple[str, Value]]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name, value in pairs:
        if name not in attributes:
            attributes[name] = value
        elif isinstance(attributes[name], list):
            attributes[name].append(value)
        else:
            attributes[name] = [attributes[name], value]
    return attributes


def _pairs(normal: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for name, value in normal.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _named(mapping: Any, what: str) -> dict[str, Any]:
    """Return the mapping with its names checked and in upper case."""
    if not isinstance(mapping, Mapping):
        raise ArgumentError(f"{what} must be a dictionary, not {_kind(mapping)}")
    named: dict[str, Any] = {}
    for name, value in mapping.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ArgumentError(f"{what}: {quoted(name)} is no name; use letters, digits and '_', and no digit first")
        if name.upper() in named:
            raise ArgumentError(f"{what}: {name.upper()} is given twice, in upper and in lower case")
        named[name.upper()] = value
    return named


def _item(name: str, value: Any) -> Value:
    if isinstance(value, Mapping):
        return {key: _leaf(f"{name}/{key}", leaf) for key, leaf in _named(value, f"attribute {name}").items()}
    return _leaf(name, value)


def _leaf(path: str, value: Any) -> str:
    try:
        text = canonical(value)
    except ArgumentError as err:
        raise ArgumentError(f"attribute {path} {err}") from None
    fault = unstorable(text)
    if fault:
        raise ArgumentError(f"attribute {path} {fault}")
    return text


def _as_text(name: str, value: Value) -> str:
    if isinstance(value, dict):
        return f"{name}=[{', '.join(_as_text(*pair) for pair in value.items())}]"
    return f'{name}="{escape(value)}"'


def _as_xml(name: str, value: Value) -> str:
    if not isinstance(value, dict):
        return f"<{name}><![CDATA[{value}]]></{name}>"
    # Only a child without text makes an empty vector; <X></X> would not be an attribute at all.
    return f"<{name}>{''.join(_as_xml(*pair) for pair in value.items()) or '<_/>'}</{name}>"


def _stored_name(name: str) -> str:
    upper = _upper(name)
    return f"ONE_{upper}" if not re.match(r"[A-Za-z_]", name) or name.startswith("XML") else upper


def _upper(name: str) -> str:
    """Upper case as in C: a name in XML may contain letters that only Python would change."""
    return re.sub(r"[a-z]+", lambda match: match.group().upper(), name)


def _trimmed(value: Value) -> Value:
    return {key: canonical(leaf) for key, leaf in value.items()} if isinstance(value, dict) else canonical(value)


def _xml_pairs(text: str) -> Iterator[tuple[str, Value]]:
    parser = etree.XMLParser(strip_cdata=False, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as err:
        line, column = err.position
        raise ArgumentError(f"template as XML, line {line}, column {column}: malformed") from None
    except UnicodeEncodeError:
        raise ArgumentError("template as XML: it contains a character that XML cannot carry") from None
    for element in root:
        if len(element):
            yield element.tag, {item.tag: item.text for item in element if item.text is not None}
        elif element.text is not None:
            yield element.tag, element.text


_SHOWN = {
    "empty": "'=' and nothing after it",
    "equal": "'='",
    "comma": "','",
    "close": "']'",
    "open": "'['",
    "cdata": "']]>', which OpenNebula cannot store,",
    "value": "a value",
    "name": "a name",
    None: "the end",
}


class _Scanner:
    """Reads template text like OpenNebula's lexer: the longest match first, and text without a match is skipped."""

    _PLAIN = re.compile(
        r"""[ \t]*\#.*\n
          | (?P<empty>[ \t]*=[ \t]*\n)
          | (?P<equal>[ \t]*=[ \t]*)
          | (?P<comma>[ \t\n]*,[ \t\n]*)
          | (?P<close>[ \t\n]*\][ \t\n]*)
          | [ \t\n]+
          | (?P<name>[A-Za-z0-9_]+)
          | [^ ]""",
        re.VERBOSE,
    )
    _VALUE = (
        ("open", re.compile(r"[ \t]*\[[ \t\n]*")),
        ("cdata", re.compile(r".*\]\]>.*")),
        ("quoted", re.compile(r'"(?:[^"]*\\")*[^"]*"')),
        ("bare", re.compile(r"[^=# \t\n,\[\]]+")),
    )

    def __init__(self, text: str):
        self.text = text
        self.start = self.end = 0
        self.in_value = False

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """Yield (name, text or dictionary) for each attribute."""
        while name := self._take("name", None)[1]:
            kind, text = self._take("equal", "empty")
            if kind == "empty":
                yield name, ""
                continue
            kind, text = self._take("value", "open")
            yield name, text if kind == "value" else self._vector()

    def _vector(self) -> dict[str, str]:
        vector: dict[str, str] = {}
        kind, name = self._take("name", "close")
        while kind == "name":
            self._take("equal")
            vector.setdefault(_upper(name), self._take("value")[1])
            kind, _ = self._take("comma", "close")
            if kind == "comma":
                kind, name = self._take("name")
        return vector

    def _take(self, *wanted: str | None) -> tuple[str | None, str]:
        """Return type and text of the next token, which must have one of the types `wanted`; (None, "") is the end."""
        kind, text = self._next()
        if kind not in wanted:
            line = self.text.count("\n", 0, self.start) + 1
            column = self.start - self.text.rfind("\n", 0, self.start)
            expected = " or ".join(_SHOWN[item] for item in wanted if item)
            raise ArgumentError(
                f"template text, line {line}, column {column}: {_SHOWN[kind]} stands where {expected} is expected"
            )
        return kind, text

    def _next(self) -> tuple[str | None, str]:
        while self.end < len(self.text):
            self.start = self.end
            kind, text = self._value() if self.in_value else self._plain()
            if kind is not None:
                return kind, text
        self.start = self.end
        return None, ""

    def _plain(self) -> tuple[str | None, str]:
        match = self._PLAIN.match(self.text, self.end)
        assert match is not None, "some rule matches any character"
        self.end = match.end()
        self.in_value = match.lastgroup == "equal"
        return match.lastgroup, match.group()

    def _value(self) -> tuple[str | None, str]:
        kind: str | None = None
        end = self.end
        for candidate, pattern in self._VALUE:
            match = pattern.match(self.text, self.end)
            if match and match.end() > end:
                kind, end = candidate, match.end()
        text = self.text[self.end : end]
        self.end = max(end, self.end + 1)
        self.in_value = kind is None
        if kind in ("quoted", "bare"):
            return "value", (text[1:-1] if kind == "quoted" else text).replace('\\"', '"')
        return kind, text
