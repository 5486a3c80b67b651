"""Plain data as readable YAML: short values on one line, quotes only where YAML needs them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 132
INDENT = "  "
#: Texts that YAML and people read as nothing else.
_PLAIN = re.compile(r"[A-Za-z_/$][A-Za-z0-9_./$+@-]*(?: [A-Za-z0-9_./$+@-]+)*", re.ASCII)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?", re.ASCII)
_SIZE = re.compile(r"[1-9]\d*[MGT]", re.ASCII)
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}
#: Characters that Jinja, with which Salt renders these files first, would interpret.
_OF_JINJA = ("{{", "{%", "{#")


def document(data: Mapping[str, Any], blocks: frozenset[str], header: str = "") -> str:
    """A file.

    blocks
        Keys whose dictionaries and lists always have a line for each entry.
    header
        Comment lines at its top.
    """
    text = header + "".join(line + "\n" for line in lines(data, blocks))
    return f"#!yaml\n{text}" if any(each in text for each in _OF_JINJA) else text


def comment(text: str) -> str:
    """Comment lines."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def lines(data: Mapping[str, Any], blocks: frozenset[str], depth: int = 0) -> Iterator[str]:
    """The lines of a dictionary."""
    indent = INDENT * depth
    for key, value in data.items():
        begin = f"{indent}{scalar(str(key))}:"
        short = None if key in blocks and value else flow(value)
        if isinstance(value, str) and _is_literal(value):
            yield f"{begin} |{'' if value.endswith(chr(10)) else '-'}"
            yield from (f"{indent}{INDENT}{line}".rstrip() for line in value.splitlines())
        elif short is not None and len(begin) + 1 + len(short) <= WIDTH:
            yield f"{begin} {short}"
        elif isinstance(value, Mapping) and value:
            yield begin
            yield from lines(value, blocks, depth + 1)
        elif isinstance(value, list) and value:
            yield begin
            yield from _items(value, blocks, depth + 1)
        else:
            yield f"{begin} {flow(value, whole=True)}"


def _items(values: list[Any], blocks: frozenset[str], depth: int) -> Iterator[str]:
    indent = INDENT * depth
    for value in values:
        short = flow(value)
        if short is None or len(indent) + 2 + len(short) > WIDTH:
            inner = list(lines(value, blocks, depth + 1)) if isinstance(value, Mapping) and value else []
            if inner:
                yield f"{indent}- {inner[0].lstrip()}"
                yield from inner[1:]
                continue
            short = flow(value, whole=True)
        yield f"{indent}- {short}"


def flow(value: Any, whole: bool = False) -> str | None:
    """A value on one line; ``None`` for a value that would be hard to read.

    whole
        Whether to return it in any case.
    """
    if isinstance(value, Mapping):
        inner = [(scalar(str(key)), flow(each, whole)) for key, each in value.items()]
        return (
            None
            if any(each is None for _, each in inner)
            else f"{{{', '.join(f'{key}: {each}' for key, each in inner)}}}"
        )
    if isinstance(value, list):
        entries = [flow(each, whole) for each in value]
        return None if None in entries else f"[{', '.join(map(str, entries))}]"
    if isinstance(value, str):
        return None if _is_literal(value) and not whole else scalar(value)
    return (
        {True: "true", False: "false", None: "null"}[value] if isinstance(value, bool) or value is None else repr(value)
    )


def scalar(text: str) -> str:
    """A text, in quotes if necessary."""
    if _ADDRESS.fullmatch(text) or _SIZE.fullmatch(text):
        return text
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # A text in JSON is valid in YAML, except for invisible characters.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)


def _is_literal(text: str) -> bool:
    """Whether a text is written as a literal block."""
    each = text.split("\n")
    body = each[:-1] if text.endswith("\n") else each
    return (
        len(each) > 1
        and all(line == line.rstrip() and line.isprintable() for line in each)
        and bool(body[0])
        and not body[0].startswith(" ")
        and bool(body[-1])
    )
