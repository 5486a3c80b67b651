"""What is wanted, what would change, and how a change is shown.

Everything here is plain data: no network, no Salt. A dry run and a real run render the same plan.
"""

from __future__ import annotations

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


def render(changes: Iterable[Change]) -> dict[str, dict[str, Any]]:
    """Salt's ``changes``: ``{path: {"old": …, "new": …}}`` with plain values."""
    return {change.path: {"old": shown(change.old), "new": shown(change.new)} for change in changes}


def shown(value: Any) -> Any:
    """A value as ``changes`` shows it: plain and serialisable; nothing and empty are both ``None``."""
    if isinstance(value, Mapping):
        return {str(key): shown(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(inner) for inner in value]
    if value is None or value == "":
        return None
    return value if isinstance(value, (bool, int, float)) else canonical(value)


def by_writer(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """The changes of each writer, in the order in which the writers first appear."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.writer, []).append(change)
    return grouped
