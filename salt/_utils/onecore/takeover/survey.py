"""The objects of a cloud as declarations that change nothing.

Each declaration is verified: it is compared like in a run, up to the first write (:func:`planned`). Arguments that the
engine would change or refuse are omitted with the reason (:func:`fit`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from ..basics.errors import OneError, one_line
from ..basics.marks import PUBLISHED
from ..basics.plan import SINGLE, Change, Desired
from ..basics.secrecy import masked
from ..cloud.directory import ACLS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..engine.item import Item
from ..model.kind import Kind
from ..model.ownership import OWNER, Managed
from ..model.reading import Reading
from .implied import implied

#: Objects that every OpenNebula has, by ID; they get no mark.
FOUNDED: Mapping[str, frozenset[int]] = {
    "oneuser": frozenset({0, 1}),
    "onegroup": frozenset({0, 1}),
    "onesecgroup": frozenset({0}),
    "onecluster": frozenset({0}),
    "onedatastore": frozenset({0, 1, 2}),
    "onevdc": frozenset({0}),
    "onezone": frozenset({0}),
    "oneacl": frozenset({0, 1, 2}),
}
_MANAGED = "managed"
#: The attribute of a VM that belongs to a lab.
LAB = "SALT_LAB"


@dataclass(frozen=True)
class Filters:
    """Filters of objects; each is a list of patterns such as ``alice`` or ``web*``, empty for all.

    users
        Owners, and the users themselves.
    groups
        Groups of objects.
    kinds
        CLI names.
    names
        Names of objects.
    """

    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def take(self, kind: Kind, resource: Resource, name: str) -> bool:
        """Whether the filters include an object of this name."""
        owner = resource.name if kind.cli == "oneuser" else resource.owner or ""
        group = resource.name if kind.cli == "onegroup" else resource.group
        return (
            _among(owner, self.users)
            and _among(group, self.groups)
            and _among(kind.cli, self.kinds)
            and _among(name, self.names)
        )


def _among(text: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)


@dataclass(eq=False)
class Found:
    """One object.

    name
        Its name in a declaration.
    values
        Its declaration, without its owner; empty if there is none.
    left
        The omitted arguments, by path, with the reason.
    reason
        Why it cannot be declared at all; empty if it can.
    """

    kind: Kind
    resource: Resource
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def owner(self) -> str | None:
        """The owner in its key."""
        return self.resource.owner if self.kind.per_owner else None

    @property
    def subject(self) -> str:
        """Its name for people."""
        return self.kind.describe(self.name, self.owner)


def survey(cloud: Cloud, kinds: Iterable[Kind], filters: Filters | None = None) -> list[Found]:
    """Every object of these kinds that the filters include, ordered by kind and ID."""
    chosen = filters or Filters()
    return [
        look(cloud, kind, resource)
        for kind in kinds
        if _among(kind.cli, chosen.kinds)
        for resource in sorted(cloud.pool(kind), key=lambda each: each.id)
        if chosen.take(kind, resource, (kind.called(cloud, resource) or "") if chosen.names else "")
    ]


def look(cloud: Cloud, kind: Kind, resource: Resource) -> Found:
    """One object as a declaration."""
    found = Found(kind, resource, resource.name or resource.text("STRING"), reason=_no_matter(cloud, kind, resource))
    if found.reason:
        return found
    name = kind.called(cloud, resource)
    if name is None:
        found.reason = "it cannot be declared completely"
        return found
    found.name = name
    try:
        found.values = _said(kind, resource, Reading(cloud, found.left))
    except OneError as error:
        found.reason = masked(str(error))
    if len(cloud.pool(kind).named(found.name, found.owner)) > 1:
        fit(cloud, found)
    return found


def _no_matter(cloud: Cloud, kind: Kind, resource: Resource) -> str:
    """Why an object is not declared, whatever its attributes are; mostly empty."""
    if resource.id in FOUNDED.get(kind.cli, ()):
        return "every OpenNebula has it"
    if kind.is_part(resource):
        return "it is part of another object"
    if resource.attribute(PUBLISHED):
        return f"it is a version of {one_line(resource.attribute(PUBLISHED))}, which a pipeline publishes"
    if resource.attribute(LAB):
        return f"it belongs to lab {one_line(resource.attribute(LAB))}, which onelab builds"
    return implied(cloud, resource, FOUNDED["onegroup"]) if kind.cli == ACLS.cli else ""


def _said(kind: Kind, resource: Resource, reading: Reading) -> dict[str, Any]:
    found = {
        each.name: value
        for each in kind.arguments
        if each is not OWNER and each.is_for_the_pillar and (value := each.said(resource, reading)) is not None
    }
    # Of two mutually exclusive arguments, keep the one from which the other is derived.
    return {name: value for name, value in found.items() if not found.get(kind.argument(name).excludes)}


def fit(cloud: Cloud, found: Found) -> bool:
    """Omit arguments that a run would change or refuse; returns whether there was any, or all were refused."""
    before = len(found.values)
    _fit(cloud, found)
    if found.reason:
        found.values = {}
    return bool(found.reason) or len(found.values) < before


def _fit(cloud: Cloud, found: Found) -> None:
    for _ in range(len(found.values) + 1):
        try:
            differing = planned(cloud, found.kind, desired(found, found.values))
        except OneError as error:
            if not _leave_faulty(cloud, found):
                found.reason = masked(str(error))
                return
            continue
        if not differing:
            return
        # Several of them can belong to one argument.
        for change in {each.field: each for each in reversed(differing)}.values():
            if found.values.pop(change.field, None) is None:
                found.reason = f"a run would change its {change.path}"
                return
            # A reason that is already noted is the cause.
            found.left.setdefault(change.field, f"it cannot be declared in comparable form ({change.path})")


def _leave_faulty(cloud: Cloud, found: Found) -> bool:
    """Omit the arguments that are invalid together with the others; returns whether some, but not all, were omitted."""
    taken: dict[str, Any] = {}
    faulty: dict[str, str] = dict.fromkeys(found.values, "")
    before = len(faulty) + 1
    # An argument can permit earlier ones, as the lock of an object does: invalid arguments are tried again.
    while len(faulty) < before:
        before = len(faulty)
        for name in list(faulty):
            more = {**taken, name: found.values[name]}
            try:
                planned(cloud, found.kind, desired(found, more))
            except OneError as error:
                faulty[name] = masked(str(error))
            else:
                taken = more
                del faulty[name]
    if not taken:
        return False
    found.values = {name: value for name, value in found.values.items() if name in taken}
    found.left = {**faulty, **found.left}
    return bool(faulty)


def desired(found: Found, values: Mapping[str, Any]) -> Desired:
    """The declaration of an object that is taken over."""
    owner = found.owner
    return Desired(found.kind.cli, found.name, owner, values, f"{SINGLE}/{owner or 'oneadmin'}", adopt=True)


def planned(cloud: Cloud, kind: Kind, wanted: Desired) -> list[Change]:
    """The changes that a run would make to an object, except its mark."""
    # Whether an interrupted run was creating it would take a call to find out, and only changes the mark.
    item = Item(kind, replace(wanted, own=True))
    with cloud.rehearsal():
        item.plan(cloud)
    marks = {each.name for each in kind.fields if isinstance(each, Managed)}
    return [change for change in item.report.planned if change.field not in marks]


def rows(found: Iterable[Found]) -> Iterator[dict[str, str]]:
    """The objects and parts that are not exported, one row each, with the reason."""
    for each in found:
        if each.reason:
            yield {"object": each.subject, "id": str(each.resource.id), "part": "", "reason": each.reason}
        for path, why in each.left.items():
            yield {"object": each.subject, "id": str(each.resource.id), "part": path, "reason": why}
