"""Publishes a build under its public name, and renames the previous version.

Each step leaves the cloud in a state from which the next run determines the remaining steps: no other data are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..basics.errors import (
    MissingError,
    OneError,
    RefusedError,
    TimedOutError,
    UnreachableError,
)
from ..basics.marks import BUILD, BUILD_ID, FORMERLY, MARK, PUBLISHED, STAMP, Mark
from ..basics.plan import Change, Desired
from ..basics.syntax import render
from ..cloud.procedure import Procedure, completed
from ..cloud.resource import Resource, permission_bits
from ..cloud.view import Cloud
from ..cloud.waiting import settled
from ..engine.item import Item
from ..engine.removal import removal
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..model.fields import alike, same_attribute
from ..model.writers import MERGE, REPLACE
from .declared import Publication, check, is_foreign, is_misnamed
from .versions import outdated, passing_name, retired, retired_name, stamp, strays

#: The words of reports for the changes of the previous version.
PREVIOUS = "previous"


@dataclass(frozen=True)
class Step:
    """One step of a plan: its description, and the function or procedure that carries it out.

    foresee
        Announces the step in a dry run.
    """

    changes: Sequence[Change]
    carry_out: Callable[[], Procedure | None]
    foresee: Callable[[], None] = lambda: None


def publish(cloud: Cloud, wanted: Publication, report: Report, test: bool = False) -> Procedure:
    """Give the build the name ``wanted.name``, unless it already has it.

    report
        Takes what is found and done.
    """
    check(wanted)
    steps = yield from _Plan(cloud, wanted, report, test).steps()
    report.planned += [change for step in steps for change in step.changes]
    report.action = "publish" if steps else "update" if report.planned else "none"
    for step in steps if test else []:
        step.foresee()
    for step in [] if test else steps:
        yield from completed(step.carry_out())
        report.done += step.changes


def has_steps_left(cloud: Cloud, wanted: Publication) -> Procedure:
    """Whether a publication has steps left; used by real runs, which must not keep the announcements of this check."""
    check(wanted)
    report = Report(wanted.kind, wanted.name, wanted.owner)
    with cloud.rehearsal():
        steps = yield from _Plan(cloud, wanted, report, test=True).steps()
    return bool(steps or report.planned)


class _Plan:
    """Plans the remaining steps of a publication."""

    def __init__(self, cloud: Cloud, wanted: Publication, report: Report, test: bool):
        self.cloud, self.wanted, self.report, self.test = cloud, wanted, report, test
        self.kind = wanted.kind

    def steps(self) -> Procedure:
        """The remaining steps; their requirements are met when they start."""
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

    def _refuse_foreign(self, current: Resource | None) -> None:
        if current is None or not is_foreign(self.wanted, current):
            return
        raise RefusedError(
            f"{self.kind.describe(current.name, current.owner)} exists (ID {current.id}) and was not created by these "
            "states: set adopt: true to publish in its place, or choose another name."
        )

    def _announced(self, current: Resource | None) -> list[Step]:
        """A dry run in which the build does not exist yet: only its name is known."""
        if current is not None:
            self.report.id = current.id

        def foresee() -> None:
            self.cloud.announce_other_name(self.kind, self.wanted.build, self.wanted.name, self.wanted.owner)

        return [Step([Change("name", self.wanted.build, self.wanted.name, "rename")], _nothing, foresee)]

    def _published(self, current: Resource | None) -> Procedure:
        """Without a build, the object with the public name must be the published build."""
        wanted = self.wanted
        if current is None or current.attributes.get(BUILD) != wanted.build:
            origin = "" if current is None else f", and {wanted.name} (ID {current.id}) was not published from it"
            raise MissingError(f"build: {self.kind.describe(wanted.build, wanted.owner)} does not exist{origin}.")
        self.report.id = current.id
        yield from self.prepare(current, wanted.values)
        return self.gone(current.id)

    def inherited(self, current: Resource | None) -> dict[str, Any]:
        """The declared arguments, and the group and permissions of the previous version."""
        access = {} if current is None else {"group": current.group, "permissions": current.permissions}
        return access | {name: value for name, value in self.wanted.values.items() if value is not None}

    def took_over(self, build: Resource, current: Resource | None, **more: str) -> Step:
        """The build gets the public name; if that fails, the previous version gets it back."""

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
        """Apply the declared arguments to an object under its current name."""
        desired = Desired(
            self.kind.cli,
            version.name,
            version.owner,
            values,
            # An object that an interrupted run was renaming already has the mark of its new name, and may get the name
            # at any moment.
            "" if self._is_on_its_way(version) else self.wanted.mark,
            adopt=self.wanted.adopt,
            # The user who declares a build gives it up.
            own=version.name == self.wanted.build or is_misnamed(self.wanted, version),
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
        """Write the attributes of a version, unless it has them already.

        name
            Its new name, if it is about to be renamed: its mark must contain it.
        of
            The original of a copy: a copy of another user's object is not ours either.
        """
        # Read again: the preparation may have written its mark.
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
        """The versions to remove once ``leaving`` is an earlier one, too; ``copy`` is its copy."""
        earlier = retired(self.cloud, self.kind, self.wanted.name, self.wanted.owner)
        versions = [*([leaving] if leaving is not None else []), *(each for each in earlier if each is not copy)]
        return outdated(self.cloud, self.kind, versions, self.wanted.keep, current)

    def gone(self, current: int) -> list[Step]:
        """The removal of outdated versions, and of copies that appeared after a timeout."""
        late = strays(self.cloud, self.kind, self.wanted.name, self.wanted.owner, self.wanted.mark)
        return self.removals("removed", [*self.outdated(current), *late])

    def removals(self, path: str, versions: Sequence[Resource]) -> list[Step]:
        """The removal of objects, in parallel."""
        changes = [Change(path, f"{each.name} (ID {each.id})", None, "remove") for each in versions]

        def foresee() -> None:
            for each in versions:
                self.cloud.announce_removal(self.kind, each.id)

        return [Step(changes, lambda: removal(self.cloud, self.kind, *versions), foresee)] if changes else []


def _nothing() -> None:
    """The step of a dry run, which does nothing."""


def _switch_image(plan: _Plan, build: Resource, current: Resource | None) -> Procedure:
    """Publish an image with two renames, since OpenNebula cannot exchange names.

    All slow steps come before the first rename: the data are complete, and permissions and marks are set.
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
    """A template keeps its ID and gets the build's content in one update; a copy keeps the previous content."""
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
    """A copy of the previous version, with its owner, group and permissions.

    A clone belongs to the account: one for another user gets a temporary name that no other object has.
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
    """The name of the copy of a version, and the copy itself if an interrupted run has created it."""
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
    """The update after which the public name means the build.

    The content of another user's template is in a copy by then, so the template gets our mark, like all published
    objects.
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
    """The stamp of the build; longer if an earlier version has the same one."""
    taken = {stamp(each) for each in retired(plan.cloud, TEMPLATE, plan.wanted.name, plan.wanted.owner)}
    made = stamp(build)
    return f"{made}-{build.id}" if made in {*taken, stamp(current)} else made


_SWITCH: dict[str, Callable[[_Plan, Resource, Resource | None], Procedure]] = {
    IMAGE.cli: _switch_image,
    TEMPLATE.cli: _switch_template,
}
