"""Replaces IDs in OpenNebula's messages: `virtual network 0` becomes `virtual network dmz1 of alice`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from .collection import Collection
from .directory import EVERY, NETWORKS, TEMPLATES, VMS
from .resource import Resource

#: The collection of each name that OpenNebula uses for objects (PoolObjectSQL.cc and the texts of the calls, 7.4.0).
_WORDS = {
    **{word.lower(): each for each in EVERY for word in (each.title, each.element)},
    "net": NETWORKS,
    "virtual machine": VMS,
    "virtual machine template": TEMPLATES,
    "vm template": TEMPLATES,
}
_NUMBERED = re.compile(
    rf"\b(?P<word>{'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))}) (?P<open>\[?)(?P<number>\d+)\b\]?",
    re.IGNORECASE,
)

#: By collection, the known objects by ID.
Known = Callable[[Collection], Mapping[int, Resource]]


def named(text: str, known: Known) -> str:
    """A text of OpenNebula with the names of known objects in place of IDs."""

    def name(match: re.Match[str]) -> str:
        kind = _WORDS[match["word"].lower()]
        found = known(kind).get(int(match["number"]))
        if found is None:
            return match[0]
        closing = "" if match["open"] or not match[0].endswith("]") else "]"
        return f"{kind.describe(found.name, found.owner)} (ID {found.id}){closing}"

    return _NUMBERED.sub(name, text)


def listed(kind: Collection, numbers: Iterable[int], known: Mapping[int, Resource]) -> str:
    """Objects by ID, with their names if known: ``VM 46 gateway of alice, VM 47``."""

    def one(number: int) -> str:
        found = known.get(number)
        if found is None:
            return f"{kind.title} {number}"
        owner = f" of {found.owner}" if kind.per_owner and found.owner else ""
        return f"{kind.title} {number} {found.name}{owner}"

    return ", ".join(map(one, sorted(numbers)))
