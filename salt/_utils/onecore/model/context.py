"""The context of VMs: what is declared must arrive in the guest unchanged.

OpenNebula changes a text with a ``$`` that is not a variable (see :mod:`~..basics.variables`). The context packages
accept some variables in base64 as well: such texts are encoded automatically. All others are refused before the call.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..basics.errors import ArgumentError, RefusedError
from ..basics.plan import Change, Order
from ..basics.syntax import canonical
from ..basics.variables import FILES, Names, replaced, variables
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves
from .digests import NOT_SEEN, gathered, knows, noted
from .nodes import Each, Node
from .reading import Reading, plain
from .vectors import Vector, mapping, vector

#: Variables that the context packages also accept in base64, and the name of that form (one-apps, context-linux).
CARRIED = {name: f"{name}_BASE64" for name in ("START_SCRIPT", "PASSWORD", "CRYPTED_PASSWORD")}
_CARRIERS = {carrier: name for name, carrier in CARRIED.items()}
#: Variables that OpenNebula encrypts (VM_ENCRYPTED_ATTR in oned.conf, release 7.4.0).
ENCRYPTED = frozenset({"PASSWORD"})
#: Attributes of VMs and of their templates that it encrypts as well.
ENCRYPTED_ATTRIBUTES = ("ONEAPP_ONEKS_CLUSTER_SPEC",)
#: The variable with a list of files, in a syntax of its own.
FILES_DS = "FILES_DS"
#: A variable that OpenNebula adds. If it is the last one of a context, OpenNebula may drop a backslash at its end.
_LAST_BUT = "TARGET"
#: A variable whose value only OpenNebula knows.
_NUMBERED = "DISK_ID"
#: Variables that OpenNebula derives from the NICs of a VM.
_OF_A_NIC = re.compile(r"ETH\d+_")
#: The variables that OpenNebula replaces.
_UNMISTAKABLE = re.compile(r"\$(?:USER|NETWORK|IMAGE|NIC|NIC_ALIAS|DISK|FILE)\[", re.IGNORECASE)

#: The documentation of texts in a context.
CONTEXT_TEXTS = (
    "A text with any other ``$`` would be changed: ``START_SCRIPT``, ``PASSWORD`` and ``CRYPTED_PASSWORD`` are "
    f"encoded in base64 automatically, and other variables are refused. ``PASSWORD`` is encrypted: {NOT_SEEN}."
)

#: The names of the attributes that a VM will have; ``None`` if they are not known yet.
FindNames = Callable[[Cloud, Order], "Names | None"]


def declared(where: str, value: Any) -> dict[str, str]:
    """A context as declared: upper-case names, texts as values; an empty text for ``null``, which removes a variable.

    Raises ArgumentError for a text that OpenNebula changes for every VM, whatever its attributes.

    Raises
        ArgumentError for a text that arrives from no VM as it is, whatever attributes that has.
    """
    given = {key: "" if inner is None else inner for key, inner in mapping(where, value).items()}
    texts = vector(where, given)
    for name, carrier in CARRIED.items():
        if texts.get(name) and texts.get(carrier):
            raise ArgumentError(f"{where}:{name} and {where}:{carrier} are the same variable: declare one of them.")
    for name, text in texts.items():
        refuse_mangled(f"{where}:{name}", name, text)
    return texts


def refuse_mangled(where: str, name: str, text: str, names: Names | None = None) -> None:
    """Raise ArgumentError for a text that OpenNebula would change, and that is not encoded in base64."""
    fault = mangled(name, text, names)
    if fault:
        raise ArgumentError(f"{where}: {fault}.")


def mangled(name: str, text: str, names: Names | None = None) -> str:
    """Why a text would be changed, and an alternative; the text is not quoted, since it may be a secret."""
    if name == _NUMBERED and text:
        return "OpenNebula sets it itself, to the number of the disk that the context is on"
    if name == FILES_DS:
        wanted = 'must be a list such as $FILE[IMAGE="init.sh"] $FILE[IMAGE_ID=3]'
        return wanted if text and not FILES.fullmatch(text) else ""
    foreign = _is_foreign(text, names)
    if foreign and name not in CARRIED:
        return (
            "OpenNebula takes each '$' for the start of a variable, such as $NAME or $NIC[IP], and one in this text "
            f"is no variable, so OpenNebula would change the text. Declare {name}_BASE64 with the text in base64, "
            "and let the guest decode it"
        )
    if foreign and _UNMISTAKABLE.search(text):
        return (
            "it contains variables of OpenNebula and other '$' characters, and OpenNebula replaces all or none. "
            "Declare separate context variables for the former, and use these"
        )
    if name > _LAST_BUT and (len(text) - len(text.rstrip("\\"))) % 2:
        return f"OpenNebula loses the backslash at its end. Declare {name}_BASE64 instead"
    return ""


def arrives(name: str, value: Any) -> None:
    """Raise ArgumentError for a value that OpenNebula would change, as far as the value alone shows that."""
    fault = mangled(name.upper(), canonical(value))
    if fault:
        raise ArgumentError(fault)


#: The node of a context in the schema of the pillar.
VARIABLES = Each("variable", leaves.ATTRIBUTE, leaves.SCALAR, folded=True, check=arrives)


def _is_foreign(text: str, names: Names | None) -> bool:
    """Whether a ``$`` in a text is not a variable of OpenNebula."""
    found = variables(text)
    return found is None or not all(each.may_be_meant(names) for each in found)


def arriving(where: str, texts: Mapping[str, str], find: Callable[[], Names | None]) -> dict[str, str]:
    """A declared context in the form that arrives unchanged; writing one form of a variable removes the other.

    Raises
        ArgumentError for a text that would not.
    """
    names = find() if any("$" in text for text in texts.values()) else None
    found: dict[str, str] = {}
    for name, text in texts.items():
        refuse_mangled(f"{where}:{name}", name, text, names)
        carrier = CARRIED.get(name)
        if carrier is None or carrier in texts:
            found[name] = text
        elif _is_foreign(text, names):
            found |= {name: "", carrier: base64.b64encode(text.encode()).decode()}
        else:
            found |= {name: text, carrier: ""}
    return found


def refuse_kept(path: str, names: Iterable[str]) -> None:
    """Raise RefusedError for variables that OpenNebula does not change in the context of an existing VM.

    path
        The path of their declaration.
    """
    for name in names:
        if _OF_A_NIC.match(name):
            raise RefusedError(f"{path}: OpenNebula derives it from the NIC of an existing VM; change the NIC.")
        if name == _LAST_BUT:
            raise RefusedError(f"{path}: OpenNebula cannot change the context device of an existing VM.")


#: Attributes in which OpenNebula replaces variables when it creates a VM, and only then.
_REPLACED_ONCE = ("SCHED_REQUIREMENTS", "REQUIREMENTS")


def refuse_unread(name: str, value: Any) -> None:
    """Raise ArgumentError for requirements with a ``$`` that OpenNebula would read as a variable."""
    if name.upper() in _REPLACED_ONCE and isinstance(value, str) and _is_foreign(value, None):
        raise ArgumentError(
            "OpenNebula takes each '$' for the start of a variable, and one in this text is no variable; write the "
            "text without it"
        )


def refuse_replaced(name: str, value: Any) -> None:
    """The same for an existing VM, in whose requirements OpenNebula replaces no variables."""
    if name.upper() in _REPLACED_ONCE and isinstance(value, str) and variables(value) != []:
        raise ArgumentError("OpenNebula replaces variables only when it creates a VM; declare it in the template")


def is_hidden(name: str, text: str) -> bool:
    """Whether a text cannot be read back: OpenNebula encrypts it, or replaces variables in it."""
    return bool(text) and (name in ENCRYPTED or name == FILES_DS or in_vm(text, 0) is None)


def in_vm(text: str, number: int) -> str | None:
    """The text in the VM of that ID; ``None`` for one with variables whose values may change."""
    return replaced(text, {"$VMID": str(number)})


def note(name: str, text: str) -> dict[str, Any]:
    """The digest of a declared text that cannot be read back."""
    kept = text if is_hidden(name, text) else None
    return noted(f"CONTEXT_{name}", kept, secret=name in ENCRYPTED)


def known(resource: Resource, name: str, text: str) -> bool:
    """Whether a text that cannot be read back is the one that was written last."""
    return knows(resource, f"CONTEXT_{name}", text, secret=name in ENCRYPTED)


class TemplateContext(Vector):
    """The context of a template, compared and written whole: it contains variables as declared.

    find_names
        Returns the names of the attributes that its VMs will have.
    """

    looks_at_others = True

    def __init__(self, name: str, find_names: FindNames, **options: Any):
        super().__init__(name, **options)
        self.find_names = find_names

    def own_node(self) -> Node:
        return VARIABLES

    def wanted(self, value: Any) -> dict[str, str]:
        said = {key: inner for key, inner in mapping(self.name, value).items() if inner is not None}
        return declared(self.name, said)

    def resolve(self, cloud: Cloud, wanted: dict[str, str], order: Order) -> dict[str, str]:
        found = arriving(self.name, wanted, lambda: self.find_names(cloud, order))
        return {name: text for name, text in found.items() if text or wanted.get(name) == ""}

    def _said(self, found: Any, resource: Resource, reading: Reading) -> Any:
        hidden = sorted(name for name in ENCRYPTED & found.keys() if found[name])
        if hidden:
            reading.left[self.name] = f"OpenNebula encrypts {', '.join(hidden)}, so it cannot be exported"
            return None
        return {name: plain(text) for name, text in found.items() if text}

    def contribute(self, wanted: dict[str, str]) -> dict[str, Any]:
        encrypted = (note(name, wanted[name]) for name in sorted(ENCRYPTED & wanted.keys()) if wanted[name])
        return gathered([super().contribute(wanted), *encrypted])

    def changes(self, resource: Resource | None, wanted: dict[str, str]) -> Iterator[Change]:
        for change in super().changes(resource, wanted):
            notes = (note(name, wanted.get(name, "")) for name in sorted(ENCRYPTED))
            yield replace(change, write=gathered([change.write, *notes]))

    def _comparable(self, resource: Resource | None, old: Any, wanted: dict[str, str]) -> Any:
        """The current context; an encrypted value counts as the declared one if that was written last."""
        if resource is None or not isinstance(old, Mapping):
            return old
        there = [name for name in ENCRYPTED & old.keys() & wanted.keys() if old[name] and wanted[name]]
        return {**old, **{name: wanted[name] for name in there if known(resource, name, wanted[name])}}


def decoded(text: str) -> str:
    """The decoded text of base64; the text itself if it is not base64."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def readable(name: str, texts: Mapping[str, str]) -> str:
    """The text of a variable for people, in either of its two forms."""
    carrier = CARRIED.get(name)
    return (decoded(texts[carrier]) if carrier and texts.get(carrier) else "") or texts.get(name, "")


def forms(texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The names in a context, the two forms of a variable counting as one."""
    every = set(texts)
    for name in texts:
        if _CARRIERS.get(name) not in every:
            yield (name, CARRIED[name]) if CARRIED.get(name) in every else (name,)
