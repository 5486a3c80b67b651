"""Desired objects, changes, and how changes are shown.

Everything here is plain data: no network, no Salt. A dry run and a real run render the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import one_line
from .secrecy import HIDDEN, KNOWN, masked
from .syntax import canonical

#: Sources of marks without a blueprint: states of single objects, shared objects, and pipelines.
SINGLE, SHARED, PIPELINE = NO_BLUEPRINT = "sls", "shared", "pipeline"


@dataclass(frozen=True)
class Desired:
    """One object as declared.

    kind
        CLI name of its kind, for example ``onevnet``.
    name, owner
        Its key. ``owner`` is ``None`` for kinds whose names are unique in the whole cloud, and for the account.
    values
        The arguments of the kind's ``present`` state; an argument that is ``None`` or missing is not managed.
    managed
        ``<source>/<owner>``, the source of the object (a blueprint, or one of the sources above) and the user; both are
        stored in its mark.
    adopt
        Whether an existing object that these states did not create is taken over.
    own
        Whether an existing object without a mark is known to be ours for another reason.
    disruption
        Whether changes that disturb running VMs are allowed.
    alike
        The number of objects of the same declaration, including this one.
    """

    kind: str
    name: str
    owner: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    managed: str = ""
    adopt: bool = False
    own: bool = False
    disruption: bool = False
    alike: int = 1


@dataclass
class Order:
    """A declaration during a run, on which the functions of a kind work.

    wanted
        The declared values by field name, in comparable form.
    resolved
        The same in terms of one cloud, if a field needs that: with IDs in place of names.
    alone
        Objects that only one object can use, each by the CLI name of its kind, its owner and its name.
    uses
        By argument, objects that cannot be removed as long as this one uses them: collection, owner and name of each.
    """

    desired: Desired
    wanted: dict[str, Any] = field(repr=False)
    resolved: dict[str, Any] = field(default_factory=dict, repr=False)
    alone: set[tuple[str, str | None, str]] = field(default_factory=set, repr=False)
    uses: dict[str, list[tuple[Any, str | None, str]]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return self.desired.name

    @property
    def owner(self) -> str | None:
        return self.desired.owner

    @property
    def user(self) -> str:
        """The owner, if objects of the kind have one."""
        assert self.owner is not None, "a kind whose objects have owners completes it"
        return self.owner

    def due(self, name: str) -> Any:
        """The value with which a field compares: resolved if possible."""
        return self.resolved.get(name, self.wanted[name])


@dataclass(frozen=True)
class Change:
    """One difference between an object and its declaration.

    path
        The place, in terms of the state's arguments (``vlan_id``, ``address_ranges:lan``).
    old, new
        Both sides. Secrets are masked by name when they are shown; passwords are never included.
    writer
        The writer of the kind that carries it out; changes of one writer share its call.
    write
        The data for that writer, in OpenNebula's terms.
    disruptive
        Whether it affects running VMs.
    late
        Whether it must wait for objects declared later, which still use the part to be removed.
    field
        The name of the argument, for programs (``vlan_id``, ``address_ranges``).
    """

    path: str
    old: Any
    new: Any
    writer: str
    write: Any = None
    disruptive: bool = False
    late: bool = False
    field: str = ""

    def __repr__(self) -> str:
        return f"<Change of {self.path}: {both_shown(self)}>"


ANOTHER = f"{HIDDEN} (another)"


def render(changes: Iterable[Change]) -> dict[str, dict[str, Any]]:
    """Salt's ``changes``: ``{path: {"old": …, "new": …}}`` with plain values; repeated paths are numbered."""
    sides: dict[str, dict[str, Any]] = {}
    times: Counter[str] = Counter()
    for change in changes:
        times[change.path] += 1
        number = times[change.path]
        sides[change.path if number == 1 else f"{change.path} ({number})"] = both_shown(change)
    return sides


def both_shown(change: Change) -> dict[str, Any]:
    """Both sides of a change, with secrets masked."""
    return {
        "old": shown(change.old, change.path, after=change.new),
        "new": shown(change.new, change.path, before=change.old),
    }


def one_side(value: Any) -> str:
    """One side of a change, formatted like those of :func:`both_shown`, for a sentence."""
    return "nothing" if value in (None, "") else one_line(repr(value))


def shown(value: Any, name: str = "", before: Any = None, after: Any = None) -> Any:
    """A value as ``changes`` shows it: plain and serialisable, without secrets; nothing and empty are both ``None``.

    name
        The name of the value; a secret is masked by its name.
    before
        The value that it replaces; two masked values are still distinguished.
    after
        The value that replaces it; a value that a secret replaces is secret, too.
    """
    if isinstance(value, Mapping):
        return {
            str(key): shown(inner, f"{name}:{key}", _part(before, key), _part(after, key))
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [shown(inner, name, after=after) for inner in value]
    if value is None or value == "":
        return None
    if KNOWN.is_named(name) or any(KNOWN.holds(text) for text in _leaves(after)):
        return ANOTHER if before and (before != value or value == HIDDEN) else HIDDEN
    if isinstance(value, (bool, int, float)):
        return value
    text = masked(canonical(value))
    return ANOTHER if text == HIDDEN and before and before != value else text


def _part(value: Any, key: Any) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None


def _leaves(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def by_writer(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """The changes by writer, in the order of their first change."""
    grouped: dict[str, list[Change]] = {}
    for change in changes:
        grouped.setdefault(change.writer, []).append(change)
    return grouped
