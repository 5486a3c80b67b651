"""XML-RPC: requests parsed like in the daemon's library, except for entities, and answers written."""

import re

from lxml import etree

from onesim.api.dispatch import Long
from onesim.errors import FAULT_PARSE, Fault

DEEPEST = 64  # levels of values
LOWEST, HIGHEST = -(2**31), 2**31 - 1
_PARSER_OPTIONS = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
_INTEGER = re.compile(r"([+-]?[0-9]+)(.*)", re.DOTALL)
_BEYOND_PLANE = re.compile("[\U00010000-\U0010ffff]")


def read_call(body):
    """(method name, parameters) of a request body; raises Fault."""
    root = _parsed(body)
    if root.tag != "methodCall":
        raise _malformed(f"XML-RPC call should be a <methodCall> element.  Instead, we have a <{root.tag}> element.")
    name, params = root.find("methodName"), root.find("params")
    if name is None:
        raise _malformed("Expected <methodCall> to have child <methodName>")
    if len(root) > 1 + (params is not None):
        raise _malformed(
            "<methodCall> has extraneous children, other than <methodName> and <params>.  "
            f"Total child count = {len(root)}"
        )
    return _text(name), [_read_param(param) for param in (() if params is None else params)]


def _parsed(body):
    try:
        root = etree.fromstring(body, etree.XMLParser(huge_tree=len(body) > 5_000_000, **_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _malformed(f"Call is not valid XML.  {getattr(error, 'msg', error)}") from error
    if root.getroottree().docinfo.doctype:
        raise _malformed("Call has a document type declaration, which is not taken here.")
    return root


def _malformed(text):
    return Fault(FAULT_PARSE, f"Call XML not a proper XML-RPC call.  {text}")


def _text(element):
    """The text of an element; refuses text that the daemon's library considers invalid UTF-8."""
    text = element.text or ""
    strange = _BEYOND_PLANE.search(text)
    if strange:
        raise _malformed(
            f"{len(text.encode())}-byte supposed UTF-8 string is not valid UTF-8.  UTF-8 string contains a character "
            f"not in the Basic Multilingual Plane (first byte 0xffffff{strange.group().encode()[0]:x})"
        )
    return text


def _expect(tag, element):
    if element.tag != tag:
        raise _malformed(f"Expected element of type <{tag}>, found <{element.tag}>")


def _read_param(param):
    _expect("param", param)
    if len(param) != 1:
        raise _malformed(f"Expected <param> to have 1 children, found {len(param)}")
    _expect("value", param[0])
    return _read(param[0], DEEPEST)


def _read(value, levels):
    """The content of a <value>; types that no method uses are returned as bytes."""
    if not levels:
        raise _malformed("Nested data structure too deep.")
    if not len(value):
        return _text(value)
    if len(value) > 1:
        raise _malformed(f"<value> has {len(value)} child elements.  Only zero or one make sense.")
    element = value[0]
    if element.tag == "array":
        return _read_array(element, levels - 1)
    if element.tag == "struct":
        return dict(_read_member(member, levels - 1) for member in element)
    if len(element):
        raise _malformed(
            "The child of a <value> element is neither <array> nor <struct>, "
            f"but has {len(element)} child elements of its own."
        )
    if element.tag not in _SCALARS:
        raise _malformed(f"Unknown value type -- XML element is named <{element.tag}>")
    return _SCALARS[element.tag](element)


def _read_array(array, levels):
    if len(array) != 1 or array[0].tag != "data":
        raise _malformed(f"<array> element has {len(array)} children.  Only one <data> makes sense.")
    for item in array[0]:
        if item.tag != "value":
            raise _malformed(f"<data> element has <{item.tag}> child.  Only <value> makes sense.")
    return [_read(item, levels) for item in array[0]]


def _read_member(member, levels):
    if len(member) != 2:
        raise _malformed(f"<member> element has {len(member)} children.  Only one <name> and one <value> make sense.")
    name, value = member.find("name"), member.find("value")
    for tag, part in (("name", name), ("value", value)):
        if part is None:
            raise _malformed(f"<member> has no <{tag}> child")
    return _text(name), _read(value, levels)


def _integer(element):
    tag, text = element.tag, element.text or ""
    if not text:
        raise _malformed(f"<{tag}> XML element content is empty")
    if text[0].isspace():
        raise _malformed(f"<{tag}> content '{text}' starts with white space")
    found = _INTEGER.fullmatch(text)
    if not found or found[2]:
        raise _malformed(f"<{tag}> value '{text}' contains non-numerical junk: '{found[2] if found else text}'")
    return int(found[1])


def _small_integer(element):
    number = _integer(element)
    if number < LOWEST:
        raise _malformed(f"<{element.tag}> value {number} is below the range allowed by XML-RPC (minimum is {LOWEST})")
    if number > HIGHEST:
        raise _malformed(f"<{element.tag}> value {number} is above the range allowed by XML-RPC (maximum is {HIGHEST})")
    return number


def _boolean(element):
    text = element.text or ""
    if text not in ("0", "1"):
        raise _malformed(
            f"<boolean> XML element content must be either '0' or '1' according to XML-RPC.  This one has '{text}'"
        )
    return text == "1"


def _double(element):
    text = element.text or ""
    try:
        return float(text)
    except ValueError:
        raise _malformed(f"<double> element value '{text}' is not a valid floating point number.") from None


_SCALARS = {
    **dict.fromkeys(("int", "i4", "i2", "i1"), _small_integer),
    **dict.fromkeys(
        ("i8", "{http://ws.apache.org/xmlrpc/namespaces/extensions}i8"), lambda element: Long(_integer(element))
    ),
    "boolean": _boolean,
    "double": _double,
    "string": _text,
    "nil": lambda element: None,
    **dict.fromkeys(("base64", "dateTime.iso8601"), lambda element: _text(element).encode()),
}


def write_answer(value):
    """The body of an answer."""
    return _response(f"<params>\r\n<param>{_write(value)}</param>\r\n</params>")


def write_fault(fault):
    """The body of a fault."""
    return _response(f"<fault>{_write({'faultCode': fault.code, 'faultString': fault.text})}</fault>")


def _response(content):
    head = '<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n'
    return f"{head}{content}\r\n</methodResponse>\r\n".encode(errors="replace")


def _write(value):
    if isinstance(value, bool):
        return f"<value><boolean>{value:d}</boolean></value>"
    if isinstance(value, Long):
        return f"<value><i8>{value:d}</i8></value>"
    if isinstance(value, int):
        return f"<value><i4>{value}</i4></value>"
    if isinstance(value, float):
        return f"<value><double>{value}</double></value>"
    if isinstance(value, (list, tuple)):
        items = "".join([_write(item) + "\r\n" for item in value])
        return f"<value><array><data>\r\n{items}</data></array></value>"
    if isinstance(value, dict):
        members = "".join(
            f"<member><name>{_escape(name)}</name>{_write(item)}</member>" for name, item in value.items()
        )
        return f"<value><struct>{members}</struct></value>"
    return f"<value><string>{_escape(value)}</string></value>"


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#x0d;")
