"""Publishes a build under its public name, and renames the version before it.

Each step leaves the cloud in a state that tells the next run what is left to do: nothing is remembered elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..basics.errors import (
    ArgumentError,
    MissingError,
    OneError,
    RefusedError,
    TimedOutError,
    UnreachableError,
)
from ..basics.marks import BUILD, BUILD_ID, FORMERLY, MARK, PUBLISHED, STAMP, Mark
from ..basics.plan import Change, Desired
from ..basics.syntax import render
from ..basics.values import Integer, object_name
from ..cloud.campaign import Procedure, completed
from ..cloud.resource import Resource, permission_bits
from ..cloud.view import Cloud
from ..cloud.waiting import settled
from ..engine.item import Item
from ..engine.removal import removal
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..model.fields import alike, same_attribute
from ..model.kind import Kind
from ..model.writers import MERGE, REPLACE
from .versions import outdated, passing_name, retired, retired_name, stamp, strays

#: How reports call what happens to the version before.
PREVIOUS = "previous"
_KEEP = Integer(0)


@dataclass(frozen=True)
class Publication:
    """What is to be published.

    name, owner
        What users know it by, and whose it is; the build belongs to the same owner.
    build
        The name of the build.
    keep
        How many earlier versions stay even when nothing uses them; ``None`` keeps them all.
    values
        Further arguments of the kind's ``present`` state. Group and permissions are those of the version before,
        unless they are declared.
    mark
        ``<source>/<owner>``, for the attribute ``SALT_MANAGED``.
    timeout
        Seconds to wait until the build is ready; each kind has a time of its own.
    adopt
        Whether something that has the public name, and was not published by these states, may give it up.
    """

    kind: Kind
    name: str
    owner: str
    build: str
    keep: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    mark: str = ""
    timeout: float | None = None
    adopt: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a plan: what a person sees of it, and what carries it out, be it a procedure.

    foresee
        Announces it in a dry run.
    """

    changes: Sequence[Change]
    carry_out: Callable[[], Procedure | None]
    foresee: Callable[[], None] = lambda: None


def publish(cloud: Cloud, wanted: Publication, report: Report, test: bool = False) -> Procedure:
    """Make the build be what ``wanted.name`` means; nothing to do when it already is.

    report
        Takes what is found and done.
    """
    _check(wanted)
    steps = yield from _Plan(cloud, wanted, report, test).steps()
    report.planned += [change for step in steps for change in step.changes]
    report.action = "publish" if steps else "update" if report.planned else "none"
    for step in steps if test else []:
        step.foresee()
    for step in [] if test else steps:
        yield from completed(step.carry_out())
        report.done += step.changes


def is_left_undone(cloud: Cloud, wanted: Publication) -> Procedure:
    """Whether something is left to do for a publication; in a real run, which is to know nothing of this look."""
    _check(wanted)
    report = Report(wanted.kind, wanted.name, wanted.owner)
    with cloud.rehearsal():
        steps = yield from _Plan(cloud, wanted, report, test=True).steps()
    return bool(steps or report.planned)


def _check(wanted: Publication) -> None:
    object_name(wanted.kind.title, wanted.name)
    object_name("build", wanted.build)
    if wanted.keep is not None:
        _KEEP.wanted("keep", wanted.keep)
    if wanted.name == wanted.build:
        raise ArgumentError("name and build are the same: give the build to publish under that name.")


class _Plan:
    """Finds out what is left to do for a publication."""

    def __init__(self, cloud: Cloud, wanted: Publication, report: Report, test: bool):
        self.cloud, self.wanted, self.report, self.test = cloud, wanted, report, test
        self.kind = wanted.kind

    def steps(self) -> Procedure:
        """The steps that are left; what has to come before all of them is done by then."""
        wanted, kind = self.wanted, self.kind
        build = self.cloud.find(kind, wanted.build, wanted.owner)
        current = self.cloud.find(kind, wanted.name, wanted.owner)
        self._refuse_foreign(current)
        if build is None and self.test and self.cloud.announced(kind, wanted.build, wanted.owner):
            return self._announced(current)
        if build is None:
            return (yield from self._published(current))
        if kind.settled is not None and not self.test:
            yield settled(kind, build.id, kind.describe(build.name, build.owner), wanted.timeout)
            build = self.cloud.get(kind, wanted.build, wanted.owner)
        return (yield from _SWITCH[kind.cli](self, build, current))

    def _is_misnamed(self, current: Resource) -> bool:
        """Whether a write of the time when it was a build has come late: its mark names that, and it says so itself."""
        wanted, mark = self.wanted, Mark.of(self.wanted.mark, self.kind.cli, self.wanted.build)
        origin = {PUBLISHED: wanted.name, BUILD: wanted.build, MARK: str(mark)}
        return mark is not None and all(current.attributes.get(name) == said for name, said in origin.items())

    def _refuse_foreign(self, current: Resource | None) -> None:
        if current is None or current.is_marked or self.wanted.adopt or self._is_misnamed(current):
            return
        raise RefusedError(
            f"{self.kind.describe(current.name, current.owner)} exists (ID {current.id}) and was not created by these "
            "states: set adopt: true to publish in its place, or choose another name."
        )

    def _announced(self, current: Resource | None) -> list[Step]:
        """A dry run in which the build is only going to exist: what is known of it is its name."""
        if current is not None:
            self.report.id = current.id

        def foresee() -> None:
            self.cloud.announce_other_name(self.kind, self.wanted.build, self.wanted.name, self.wanted.owner)

        return [Step([Change("name", self.wanted.build, self.wanted.name, "rename")], _nothing, foresee)]

    def _published(self, current: Resource | None) -> Procedure:
        """Without a build, what has the name must have been made from it."""
        wanted = self.wanted
        if current is None or current.attributes.get(BUILD) != wanted.build:
            origin = "" if current is None else f", and {wanted.name} (ID {current.id}) was not published from it"
            raise MissingError(f"build: {self.kind.describe(wanted.build, wanted.owner)} does not exist{origin}.")
        self.report.id = current.id
        yield from self.prepare(current, wanted.values)
        return self.gone(current.id)

    def inherited(self, current: Resource | None) -> dict[str, Any]:
        """What is declared, and from the version before what decides who may use it."""
        access = {} if current is None else {"group": current.group, "permissions": current.permissions}
        return access | {name: value for name, value in self.wanted.values.items() if value is not None}

    def took_over(self, build: Resource, current: Resource | None, **more: str) -> Step:
        """The build gets the public name; if it may not, the version before gets it back."""

        def rename() -> None:
            self.mark(build, {PUBLISHED: self.wanted.name, BUILD: self.wanted.build, **more}, self.wanted.name)
            try:
                self.rename(build, self.wanted.name)
            except (UnreachableError, TimedOutError):
                raise
            except OneError:
                self._restore(current)
                raise
            self.known(build.id, *([current.id] if current is not None else []))

        def foresee() -> None:
            self.cloud.announce_name(self.kind, build.id, self.wanted.name)

        return Step([Change("name", self.wanted.build, self.wanted.name, "rename")], rename, foresee)

    def _restore(self, current: Resource | None) -> None:
        if current is not None:
            self.rename(current, self.wanted.name)
            self.known(current.id)
            self.report.done = [change for change in self.report.done if change.field != PREVIOUS]

    def prepare(self, version: Resource, values: Mapping[str, Any]) -> Procedure:
        """Give an object its declared arguments while it still has the name it has."""
        desired = Desired(
            self.kind.cli,
            version.name,
            version.owner,
            values,
            # What a run that died was renaming has the mark of its name to come already, and may get that any moment.
            "" if self._is_on_its_way(version) else self.wanted.mark,
            adopt=self.wanted.adopt,
            # Who names a build hands it over.
            own=version.name == self.wanted.build or self._is_misnamed(version),
        )
        item = Item(self.kind, desired)
        try:
            yield from item.run(self.cloud, self.test, self.wanted.timeout)
        finally:
            self.report.planned += item.report.planned
            self.report.done += item.report.done

    def _is_on_its_way(self, version: Resource) -> bool:
        mark = version.mark
        return mark is not None and version.name != self.wanted.name and mark.name == self.wanted.name

    def mark(
        self, version: Resource, attributes: Mapping[str, Any], name: str = "", of: Resource | None = None
    ) -> None:
        """Write attributes that say what a version is, unless it says so already.

        name
            What it is about to be called, where it gets another name: its mark has to name it.
        of
            What it is a copy of: a copy of what somebody else made is no more ours than that.
        """
        # As it is now: what prepared it may have written its mark again.
        version = self.cloud.pool(self.kind).by_id.get(version.id, version)
        if of is not None:
            foreign = of.mark is None or of.mark.adopted or not of.is_marked
        else:
            foreign = not version.is_marked and version.name == self.wanted.name
        own = version.mark if version.is_marked else None
        made = own or Mark.of(self.wanted.mark, self.kind.cli, version.name, adopted=foreign)
        if name and made is not None:
            attributes = {**attributes, **made.for_name(name, version.id, version.name)}
        missing = {name: value for name, value in attributes.items() if version.attributes.get(name) != value}
        if missing:
            self.cloud.call(f"{self.kind.prefix}.update", version.id, render(missing), MERGE)

    def rename(self, version: Resource, name: str) -> None:
        self.cloud.call(f"{self.kind.prefix}.rename", version.id, name)

    def known(self, *numbers: int) -> None:
        """Read objects again."""
        self.cloud.refresh(self.kind, numbers)

    def outdated(self, current: int, leaving: Resource | None = None, copy: Resource | None = None) -> list[Resource]:
        """Which versions are to go once ``leaving`` is an earlier one, too; ``copy`` is the same again."""
        earlier = retired(self.cloud, self.kind, self.wanted.name, self.wanted.owner)
        versions = [*([leaving] if leaving is not None else []), *(each for each in earlier if each is not copy)]
        return outdated(self.cloud, self.kind, versions, self.wanted.keep, current)

    def gone(self, current: int) -> list[Step]:
        """The removal of versions that are to go, and of copies that came when nobody waited for them any more."""
        late = strays(self.cloud, self.kind, self.wanted.name, self.wanted.owner, self.wanted.mark)
        return self.removals("removed", [*self.outdated(current), *late])

    def removals(self, path: str, versions: Sequence[Resource]) -> list[Step]:
        """The removal of objects, all at once."""
        changes = [Change(path, f"{each.name} (ID {each.id})", None, "remove") for each in versions]

        def foresee() -> None:
            for each in versions:
                self.cloud.announce_removal(self.kind, each.id)

        return [Step(changes, lambda: removal(self.cloud, self.kind, *versions), foresee)] if changes else []


def _nothing() -> None:
    """What a dry run carries out."""


def _switch_image(plan: _Plan, build: Resource, current: Resource | None) -> Procedure:
    """An image's name changes hands in two renames, since OpenNebula has nothing for both at once.

    All that takes time comes before the first: the data is there, and access and marks are set.
    """
    name = plan.wanted.name
    plan.report.id = build.id
    yield from plan.prepare(build, {"persistent": False} | plan.inherited(current))
    steps = [plan.took_over(build, current)]
    if current is not None:
        aside = retired_name(plan.cloud, IMAGE, current, name)

        def retire() -> None:
            plan.mark(build, {PUBLISHED: name, BUILD: build.name})
            plan.mark(current, {PUBLISHED: name}, aside)
            plan.rename(current, aside)

        def foresee() -> None:
            plan.cloud.announce_name(IMAGE, current.id, aside)

        steps.insert(0, Step([_previous(f"{name} (ID {current.id})", aside, "rename")], retire, foresee))
    return steps + plan.removals("removed", plan.outdated(build.id, current))


def _switch_template(plan: _Plan, build: Resource, current: Resource | None) -> Procedure:
    """A template keeps its ID and gets the build's content in one update; a copy of it keeps what it was."""
    if current is None:
        plan.report.id = build.id
        yield from plan.prepare(build, plan.inherited(None))
        return [plan.took_over(build, None, **{BUILD_ID: str(build.id), STAMP: stamp(build)})]
    plan.report.id = current.id
    access = {key: value for key, value in plan.inherited(current).items() if key in ("group", "permissions")}
    yield from plan.prepare(current, access)
    steps = plan.removals("build", [build])
    if current.attributes.get(BUILD_ID) == str(build.id):
        return steps + plan.gone(current.id)
    aside, copy = _copied(plan.cloud, current, plan.wanted.name)
    gone = plan.outdated(current.id, current, copy)
    steps.insert(0, _update(plan, build, current))
    if current not in gone:
        steps.insert(0, _copy(plan, current, aside, copy))
    return steps + plan.removals("removed", [each for each in gone if each is not current])


def _copy(plan: _Plan, current: Resource, aside: str, copy: Resource | None) -> Step:
    """A copy of the version before, with its owner, group and permissions.

    A clone belongs to the account: one for another user passes through under a name that nobody else has.
    """
    cloud = plan.cloud

    def clone() -> None:
        passing = aside if current.owner == cloud.account else passing_name(current.owner, aside)
        number = copy.id if copy is not None else cloud.call("one.template.clone", current.id, passing, False)
        plan.known(number)
        made = cloud.pool(TEMPLATE).by_id[number]
        plan.mark(made, {PUBLISHED: plan.wanted.name}, aside, of=current)
        if made.permissions != current.permissions:
            cloud.call("one.template.chmod", number, *permission_bits(current.permissions), False)
        if (made.uid, made.gid) != (current.uid, current.gid):
            cloud.call("one.template.chown", number, current.uid, current.gid)
        if made.name != aside:
            plan.rename(made, aside)
        plan.known(number)

    return Step([_previous(f"{plan.wanted.name} (ID {current.id})", aside, "clone")], clone)


def _previous(name: str, aside: str, writer: str) -> Change:
    return Change(PREVIOUS, name, aside, writer, field=PREVIOUS)


def _copied(cloud: Cloud, current: Resource, name: str) -> tuple[str, Resource | None]:
    """What the copy of a version is called, and the copy, if an interrupted run has made it already."""
    aside = f"{name}-{stamp(current)}"
    for owner, called in (
        (current.owner, aside),
        (current.owner, passing_name(current.owner, aside)),
        (cloud.account, passing_name(current.owner, aside)),
    ):
        found = cloud.find(TEMPLATE, called, owner)
        if found is not None and _content(found) == _content(current):
            return aside, found
    return retired_name(cloud, TEMPLATE, current, name), None


def _content(template: Resource) -> dict[str, Any]:
    return {key: value for key, value in template.attributes.items() if key not in (PUBLISHED, MARK, FORMERLY)}


def _update(plan: _Plan, build: Resource, current: Resource) -> Step:
    """The one update after which the public name means the build.

    What somebody else made is in a copy by then, so that the template is marked as ours, like all that is published.
    """
    wanted = plan.wanted
    order = TEMPLATE.order(Desired(TEMPLATE.cli, wanted.name, wanted.owner, wanted.values, wanted.mark), wanted.owner)
    origin = {BUILD: build.name, BUILD_ID: str(build.id), STAMP: _new_stamp(plan, build, current)}
    inherited = {name: value for name, value in build.attributes.items() if name != FORMERLY}
    content = {**inherited, **TEMPLATE.contribution(order), PUBLISHED: wanted.name, **origin}
    names = sorted({*current.attributes, *content})
    changes = [
        Change(each, *alike(current.attributes.get(each), content.get(each)), "update")
        for each in names
        if not same_attribute(current.attributes.get(each), content.get(each))
    ]

    def update() -> None:
        plan.cloud.call("one.template.update", current.id, render(content), REPLACE)
        plan.known(current.id)

    return Step(changes, update)


def _new_stamp(plan: _Plan, build: Resource, current: Resource) -> str:
    """The build's stamp; longer when an earlier version of the same second has it."""
    taken = {stamp(each) for each in retired(plan.cloud, TEMPLATE, plan.wanted.name, plan.wanted.owner)}
    made = stamp(build)
    return f"{made}-{build.id}" if made in {*taken, stamp(current)} else made


_SWITCH: dict[str, Callable[[_Plan, Resource, Resource | None], Procedure]] = {
    IMAGE.cli: _switch_image,
    TEMPLATE.cli: _switch_template,
}
