"""Parses an XML-RPC answer while it is read.

Reading stops as soon as the answer cannot be OpenNebula's: the server controls neither its size nor the cost of
parsing.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from ..basics.errors import AnswerError, ApiError, one_line
from ..basics.xml import etree
from .failure import Failure

#: The maximum number of elements of an answer; OpenNebula's have some twenty.
MOST_ELEMENTS = 64
#: The minimum number of bytes of an answer for each element, and for each equals sign, in its text: an element takes
#: some hundred bytes of memory, and an attribute more. The pools of OpenNebula are far from both limits.
PER_ELEMENT, PER_EQUALS_SIGN = 48, 96
#: The number of bytes that are unpacked, and parsed, at once.
PIECE = 2**16

CUT = "sent an incomplete answer"
MALFORMED = "answered with malformed XML-RPC"

_HEAD = 1024
_INTEGERS = {"i4", "int", "i8", "i1", "i2"}
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,20}\s*", re.ASCII)


def too_large(largest: int) -> Failure:
    """Return the Failure of an answer of more than `largest` bytes."""
    return Failure(
        AnswerError,
        f"gave an answer of more than {largest >> 20} MB; if it is OpenNebula's, raise connection:max_answer",
        unknown=True,
    )


def unpacked(pieces: Iterable[bytes], encoding: str, largest: int) -> Iterator[bytes]:
    """Yield the content of a response that comes in `pieces` (bytes), decoded according to its header Content-Encoding.

    Content of more than `largest` bytes raises a Failure before it is unpacked.
    """
    if encoding.strip().lower() in ("gzip", "x-gzip", "deflate"):
        pieces = _inflated(pieces)
    elif encoding.strip().lower() not in ("", "identity"):
        raise _packed()
    left = largest
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise too_large(largest)
        yield piece


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        for piece in pieces:
            while piece and not inflater.eof:
                yield inflater.decompress(piece, PIECE)
                piece = inflater.unconsumed_tail
        while not inflater.eof and (rest := inflater.decompress(b"", PIECE)):
            yield rest
    except zlib.error:
        raise _packed() from None
    if not inflater.eof:
        raise Failure(AnswerError, CUT, transient=True, unknown=True)


def _packed() -> Failure:
    return Failure(AnswerError, "gave an answer that cannot be unpacked", transient=True, unknown=True)


def read_answer(pieces: Iterable[bytes], largest: int) -> Any:
    """Return the value of an XML-RPC response, which for OpenNebula is [ok, body, code, …].

    pieces: its content (bytes), as it comes; largest: its maximum size in bytes. lxml reads a pool of 6 MB several
    times faster than xmlrpc.client's own parser. Entities stay off: nothing in an XML-RPC response declares any.
    """
    root = _parsed(pieces, largest)
    fault = root.find("fault/value")
    try:
        if fault is not None:
            raise _fault(_value(fault))
        value = _value(root.find("params/param/value"))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Failure(AnswerError, MALFORMED, unknown=True) from None
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            _refuse_crowded(text, largest)
    return value


def _parsed(pieces: Iterable[bytes], largest: int) -> Any:
    parser = etree.XMLPullParser(
        ("start",), huge_tree=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    head, elements, equals_signs = b"", 0, 0
    try:
        for piece in pieces:
            head += piece[: _HEAD - len(head)]
            equals_signs += piece.count(b"=")
            parser.feed(piece)
            elements += sum(1 for _ in parser.read_events())
            # Before its first element a document could contain unlimited declarations.
            begun = elements or len(head) < _HEAD
            if not begun or elements > MOST_ELEMENTS or equals_signs > largest // PER_EQUALS_SIGN:
                raise Failure(AnswerError, MALFORMED if elements else _seen(head), unknown=True)
        root = parser.close()
    except etree.XMLSyntaxError:
        raise Failure(AnswerError, _seen(head), unknown=True) from None
    if root.tag != "methodResponse" or root.getroottree().docinfo.internalDTD is not None:
        raise Failure(AnswerError, _seen(head), unknown=True)
    return root


def _refuse_crowded(text: str, largest: int) -> None:
    """Raise a Failure for a text that as XML would need far more memory than OpenNebula's pools."""
    elements = text.count("<") - text.count("</") - text.count("<!")
    if elements > largest // PER_ELEMENT or text.count("=") > largest // PER_EQUALS_SIGN:
        raise too_large(largest)


def _value(element: Any) -> Any:
    if not len(element):
        return element.text or ""
    typed = element[0]
    kind, text = typed.tag, typed.text or ""
    if kind == "string":
        return text
    if kind in _INTEGERS:
        return _whole(text)
    if kind == "boolean":
        return {"0": False, "1": True}[text.strip()]
    if kind == "array":
        return [_value(item) for item in typed.find("data")]
    if kind == "struct":
        return {member.find("name").text: _value(member.find("value")) for member in typed}
    raise ValueError(kind)


def _whole(text: str) -> int:
    # Python is slow with millions of digits, and accepts more digits than XML-RPC.
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _fault(value: Any) -> Failure:
    """A fault means that the server did not run the method: the call itself was wrong."""
    return Failure(ApiError, one_line(str(value["faultString"])), code=int(value["faultCode"]))


def _seen(content: bytes) -> str:
    start = content.lstrip().lower()
    if not start:
        return "gave an empty answer"
    if start.startswith((b"<!doctype html", b"<html")):
        return "answered with an HTML page; is this OpenNebula's XML-RPC address, with the path /RPC2?"
    if start.startswith((b"<?xml", b"<methodresponse")):
        return "gave an answer that is truncated or damaged"
    return "answered with something that is not XML-RPC"
