"""Arguments of a VM that no other kind has, but for its changes and its NICs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...basics.plan import Change
from ...basics.syntax import canonical
from ...basics.values import YES_NO, Choice, object_name
from ...cloud import vm_states as vm_states
from ...cloud.resource import Resource
from ...model import leaves
from ...model.fields import Field
from ...model.nodes import Node
from ...model.vectors import ENCRYPTED, Vector, mapping, vector


class AtCreation(Field):
    """An argument that matters only while the VM is made: the name of an object."""

    def own_node(self) -> Node:
        return leaves.name(self.name)

    def wanted(self, value: Any) -> str:
        return object_name(self.name, value)

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted)


class Wait(Field):
    """Whether a run waits until the VM has reached its power state."""

    type = YES_NO
    doc = "Whether to wait until new VMs are there."
    otherwise = "``true``"
    example = "false"

    def changes(self, resource: Resource | None, wanted: bool) -> Iterator[Change]:
        return iter(())


class Power(Field):
    """The power state; a VM that is on its way there counts as there."""

    type = Choice(*vm_states.POWER)
    other_writers = ("power_first",)

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = None if resource is None else vm_states.power(resource)
        if old != wanted:
            if old is not None:
                steps(old, wanted)
            # One that is off takes every other change, one that sleeps takes none.
            first = wanted == "poweroff" or old not in ("running", "poweroff")
            yield replace(self.change(self.name, old, wanted, wanted), writer="power_first" if first else self.writer)


def steps(old: str, new: str) -> list[str]:
    """The power states to pass through from one to another."""
    steps = vm_states.way(old, new)
    if not steps:
        raise RefusedError(f"power: OpenNebula has no way from {old} to {new}.")
    return steps


#: A text of a context that OpenNebula can read (src/parsers/vm_var_parser.l, release 7.4.0).
_READABLE = re.compile(
    r"""(?: [^$\\] | \\. | \\$
          | \$[A-Za-z0-9_]+ (?: \[[ \t]*[A-Za-z0-9_]+ (?: [ \t]*,[ \t]*[A-Za-z0-9_]+[ \t]*=[ \t]*
                                                       (?: "[^"]*" | [A-Za-z0-9]+ ) )? [ \t]*\] )?
            (?! [ \t]*[=,\]] | [\[\nA-Za-z0-9_] )
        )*""",
    re.VERBOSE | re.DOTALL,
)


class Context(Vector):
    """The context: each declared key is compared by itself, the others are left alone.

    OpenNebula replaces ``$NAME`` and the like when it makes the context, and encrypts ``PASSWORD``. Such a value
    cannot be compared afterwards: it is written once, at creation.
    """

    def own_node(self) -> Node:
        return leaves.VARIABLES

    def wanted(self, value: Any) -> dict[str, str]:
        # null empties a key: OpenNebula merges contexts and cannot take one out.
        given = {key: "" if inner is None else inner for key, inner in mapping(self.name, value).items()}
        found = vector(self.name, given)
        for key, text in found.items():
            if not _READABLE.fullmatch(text):
                raise ArgumentError(
                    f"{self.name}:{key}: OpenNebula takes each '$' for the begin of a variable, such as $NAME or "
                    "$NIC[IP], and cannot read one in this text; encode the text, e.g. as base64."
                )
        return found

    def contribute(self, wanted: dict[str, str]) -> dict[str, Any]:
        return {}

    def changes(self, resource: Resource | None, wanted: dict[str, str]) -> Iterator[Change]:
        for key, new in wanted.items():
            old = "" if resource is None else resource.text(f"TEMPLATE/CONTEXT/{key}")
            # What a variable stands for may be nothing; a password is there or not.
            written = resource is not None if "$" in new else bool(old) if key in ENCRYPTED else False
            if canonical(old) != new and not written:
                yield self.change(f"{self.name}:{key}", old, new, {key: new})
