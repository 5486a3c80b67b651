"""What is wanted, what would change, and how a change is shown.

Everything here is plain data: no network, no Salt. A dry run and a real run render the same plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .syntax import canonical


@dataclass(frozen=True)
class Desired:
    """One object as declared.

    kind
        CLI name of its kind, for example ``onevnet``.
    name, owner
        Its key. ``owner`` is ``None`` for kinds whose names are unique in the whole cloud, and for
        "the account that converges".
    values
        The arguments of the kind's ``present`` state; an argument that is ``None`` or left out is not managed.
    managed
        ``<source>/<owner>``, what created the object and for whom; kept in its attribute ``SALT_MANAGED``.
    adopt
        Whether an object that exists without that mark is taken over.
    """

    kind: str
    name: str
    owner: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    managed: str = ""
    adopt: bool = False


@dataclass(frozen=True)
class Change:
    """One difference between an object and its declaration.

    path
        Where, in the words of the state's arguments (``vlan_id``, ``address_ranges:lan``).
    old, new
        Both sides as a person may see them; a secret is masked before it comes here.
    writer
        Which of the kind's writers carries it out; changes of one writer share its call.
    write
        What that writer needs to know, in OpenNebula's words.
    disruptive
        Whether carrying it out touches running VMs.
    """

    path: str
    old: Any
    new: Any
    writer: str
    write: Any = None
    disruptive: bool = False


#: Names whose values are shown to nobody.
_SECRET = re.compile(r"passw|passphrase|secret|token|private_?key|credential", re.IGNORECASE)
HIDDEN = "********"


def render(changes: Iterable[Change]) -> dict[str, dict[str, Any]]:
    """Salt's ``changes``: ``{path: {"old": …, "new": …}}`` with plain values."""
    return {change.path: both_shown(change) for change in changes}


def both_shown(change: Change) -> dict[str, Any]:
    """Both sides of a change as a person may see them; two hidden ones are still told apart."""
    old, new = shown(change.old, change.path), shown(change.new, change.path)
    return {"old": old, "new": f"{HIDDEN} (another)" if old == new == HIDDEN else new}


def shown(value: Any, name: str = "") -> Any:
    """A value as ``changes`` shows it: plain and serialisable; nothing and empty are both ``None``.

    name
        What the value is called; a secret is hidden by its name.
    """
    if isinstance(value, Mapping):
        return {str(key): shown(inner, f"{name}:{key}") for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(inner, name) for inner in value]
    if value is None or value == "":
        return None
    if _SECRET.search(name):
        return HIDDEN
    return value if isinstance(value, (bool, int, float)) else canonical(value)


def by_writer(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """The changes of each writer, in the order in which the writers first appear."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.writer, []).append(change)
    return grouped
