"""Desired objects, changes, and how changes are shown.

Everything here is plain data: no network, no Salt. A dry run and a real run render the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .secrecy import HIDDEN, KNOWN, masked
from .syntax import canonical

#: Sources of marks that stand for no blueprint: the states of single objects, objects for all users, and pipelines.
SINGLE, SHARED, PIPELINE = NO_BLUEPRINT = "sls", "shared", "pipeline"


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
        ``<source>/<owner>``, what created the object (a blueprint, or one of the sources above) and for whom; kept
        in its mark, with which object it is.
    adopt
        Whether an object that exists, and that these states did not create, is taken over.
    own
        Whether an object that exists without a mark is known to be ours by other means.
    disruption
        Whether changes that disturb what runs may be carried out.
    alike
        How many objects the same declaration stands for, this one among them.
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
    """A declaration on its way to becoming an object: what a kind's functions work on.

    wanted
        The declared values by field name, in the form that compares.
    resolved
        The same in terms of one cloud, where a field needs that: with the numbers of what is named.
    alone
        What no other object can use beside this one, each by the CLI name of its kind, its owner and its name.
    """

    desired: Desired
    wanted: dict[str, Any] = field(repr=False)
    resolved: dict[str, Any] = field(default_factory=dict, repr=False)
    alone: set[tuple[str, str | None, str]] = field(default_factory=set, repr=False)

    @property
    def name(self) -> str:
        return self.desired.name

    @property
    def owner(self) -> str | None:
        return self.desired.owner

    @property
    def user(self) -> str:
        """The owner, where objects of the kind have one."""
        assert self.owner is not None, "a kind whose objects have owners completes it"
        return self.owner

    def due(self, name: str) -> Any:
        """What a field compares with: its value, in terms of the cloud as soon as that is known."""
        return self.resolved.get(name, self.wanted[name])


@dataclass(frozen=True)
class Change:
    """One difference between an object and its declaration.

    path
        Where, for people, in the words of the state's arguments (``vlan_id``, ``address_ranges:lan``).
    old, new
        Both sides. What is secret by its name is masked where they are shown; a password does not come here.
    writer
        Which of the kind's writers carries it out; changes of one writer share its call.
    write
        What that writer needs to know, in OpenNebula's words.
    disruptive
        Whether carrying it out touches running VMs.
    late
        Whether it must wait for what is declared after its object: that still uses what would go.
    field
        What it is a change of, for programs: the name of the argument (``vlan_id``, ``address_ranges``).
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
    """Salt's ``changes``: ``{path: {"old": …, "new": …}}`` with plain values; a path that comes again is numbered."""
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


def shown(value: Any, name: str = "", before: Any = None, after: Any = None) -> Any:
    """A value as ``changes`` shows it: plain and serialisable, without secrets; nothing and empty are both ``None``.

    name
        What the value is called; a secret is hidden by its name.
    before
        The value that it takes the place of; two hidden values are still distinguished.
    after
        The value that takes its place; what a secret takes the place of was one too.
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
