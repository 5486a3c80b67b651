r"""The variables in the context of a VM: which texts OpenNebula replaces, and which it leaves as they are.

OpenNebula parses each text of a context when a VM is created or gets another context, and replaces variables by their
values (src/parsers/vm_var_parser.l, release 7.4.0; verified on 7.4.0 and 6.10.0):

    $NAME                         an attribute of the VM
    $NIC[IP]                      an item of a vector of the VM; of its owner for USER
    $NETWORK[GATEWAY, NIC_ID="0"] an item of the vector with that key; of the network or the image for NETWORK and IMAGE

Any other text after a `$` is read as an unknown variable, which is empty: `s3c$ret` arrives as `s3c`. If the text
cannot be parsed, as in `a$` or `${HOME}`, no VM is created. `\$` is not changed, and keeps its backslash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Attributes that OpenNebula gives every VM.
MADE = frozenset({"CPU", "GID", "GNAME", "MEMORY", "NAME", "TEMPLATE", "TEMPLATE_ID", "UID", "UNAME", "VMID"})
#: Vectors that OpenNebula adds to VMs, or that do not belong to the VM itself.
MADE_VECTORS = frozenset({"DISK", "GRAPHICS", "NIC", "NIC_ALIAS", "OS", "USER"})
#: Vectors of other objects, and the keys that select one of these: without a key there is none.
_CHOSEN = {"NETWORK": ("NETWORK", "NETWORK_ID", "NIC_ID"), "IMAGE": ("IMAGE", "IMAGE_ID")}

_PLAIN = re.compile(r"(?:[^$\\]|\\.|\\\Z)+", re.DOTALL)
_FORM = re.compile(
    r"""\$(?P<name>[A-Za-z0-9_]+)
        (?P<vector> \[[ \t]*(?P<item>[A-Za-z0-9_]+)
            (?: [ \t]*,[ \t]*(?P<key>[A-Za-z0-9_]+)[ \t]*=[ \t]*(?:"[^"]*"|[A-Za-z0-9]+) )?
        [ \t]*\] )?
        (?! [ \t]*[=,\]] | [\[\nA-Za-z0-9_] )""",
    re.VERBOSE,
)
_CAPITALS = re.compile(r"[A-Z_][A-Z0-9_]*")
_FILE = (
    r'\$FILE\[[ \t]*IMAGE(?:_ID)?[ \t]*=[ \t]*(?:"[^"]*"|[A-Za-z0-9]+)(?:[ \t]*,[ \t]*IMAGE_U(?:NAME|ID)[ \t]*='
    r'[ \t]*(?:"[^"]*"|[A-Za-z0-9]+))?[ \t]*\]'
)
#: A list of files: only these, separated by one character.
FILES = re.compile(rf"{_FILE}(?:[^$\[\nA-Za-z0-9_=,\]]?{_FILE})*")


@dataclass(frozen=True)
class Variable:
    """A text that OpenNebula reads as a variable.

    text
        The whole text.
    name
        The name of the attribute, as written.
    item, key
        For a vector: its item, and the key that selects it.
    """

    text: str
    name: str
    item: str = ""
    key: str = ""

    @property
    def is_vector(self) -> bool:
        return bool(self.item)

    def may_be_meant(self, names: Names | None) -> bool:
        """Whether it is a known variable.

        Attributes are written in capitals here: OpenNebula ignores case, but a `$cpu` is usually not meant as a
        variable.

        names
            The attributes of the VM; ``None`` if they are not known yet.
        """
        if not self.is_vector:
            known = names is None or self.name in names.texts
            return bool(_CAPITALS.fullmatch(self.name)) and (self.name in MADE or known)
        name = self.name.upper()
        if name in _CHOSEN:
            return self.key.upper() in _CHOSEN[name]
        return name in MADE_VECTORS or names is None or name in names.vectors


@dataclass(frozen=True)
class Names:
    """The names of the attributes that a VM has, or will have: those of texts and those of vectors."""

    texts: frozenset[str]
    vectors: frozenset[str]

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Names:
        """The names of these attributes; a user input (USER_INPUTS) becomes an attribute."""
        vectors = {name for name, value in attributes.items() if isinstance(value, (Mapping, list, tuple))}
        asked = attributes.get("USER_INPUTS")
        texts = (attributes.keys() - vectors) | (asked.keys() if isinstance(asked, Mapping) else set())
        return cls(frozenset(texts), frozenset(vectors))


def variables(text: str) -> list[Variable] | None:
    """All texts that OpenNebula reads as variables; ``None`` if it cannot parse the text."""
    parts = _parts(text)
    return None if parts is None else [part for part in parts if isinstance(part, Variable)]


def replaced(text: str, values: Mapping[str, str]) -> str | None:
    """The text with its variables replaced; ``None`` if it contains others than ``$NAME`` of these."""
    parts = [part if isinstance(part, str) else values.get(part.text) for part in _parts(text) or ()]
    found = [part for part in parts if part is not None]
    return "".join(found) if len(found) == len(parts) else None


def _parts(text: str) -> list[str | Variable] | None:
    found: list[str | Variable] = []
    end = 0
    while end < len(text):
        match = _PLAIN.match(text, end) or _FORM.match(text, end)
        if match is None:
            return None
        end = match.end()
        if match.re is _PLAIN:
            found.append(match.group())
            continue
        found.append(Variable(match.group(), match["name"], match["item"] or "", match["key"] or ""))
        # A character that ends a variable is literal, including a backslash, which does not escape a following `$`.
        if text[end : end + 1] not in ("", "$"):
            found.append(text[end])
            end += 1
    return found
