"""The work for one stage of a pipeline: a VM runs, its disk becomes an image and a template, both are published.

All objects of a stage contain the build of the pipeline. A run that is started again with the same build therefore
continues where the previous one stopped, and a run with another build removes unfinished objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..basics.errors import RefusedError, SettleError
from ..basics.marks import BUILD, BUILD_ID
from ..basics.plan import Desired
from ..basics.values import ADMINISTRATOR
from ..cloud import vm_states
from ..cloud.campaign import Campaign, Task
from ..cloud.directory import GROUPS
from ..cloud.procedure import Procedure, Turn
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..engine.item import Item
from ..engine.removal import removal
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.kind import VM
from ..kinds.vm.power import power
from ..model.kind import Kind
from ..pillar.pipelines import STAGE_TIMEOUT, Stage
from ..publishing.declared import Publication, is_foreign
from ..publishing.installing import FAILED, Installation, finished, install
from ..publishing.publication import has_steps_left, publish
from ..publishing.saving import SAVED_VM, VERSION, Saving, inheritance, make_template, save
from ..publishing.versions import ORIGIN, passing_name
from .interruption import run_or_tell
from .junit import Case


@dataclass
class Result:
    """The result of a stage.

    state
        ``done``, ``failed`` or ``skipped``; ``planned`` in a dry run with changes.
    said
        One sentence.
    """

    stage: Stage
    state: str
    said: str = ""
    seconds: float = 0.0

    def case(self) -> Case:
        """The result as a JUnit test case."""
        stage = self.stage
        field = {"failed": "failure", "skipped": "skipped"}.get(self.state, "said")
        return Case(f"{stage.pipeline}.{stage.module}", stage.name, round(self.seconds, 3), **{field: self.said})


def run(
    cloud: Cloud,
    stages: Sequence[Stage],
    build: str,
    limit: int | None = None,
    tell: Callable[[Task, int], None] = lambda task, over: None,
    pause: Callable[[float], None] | None = None,
) -> list[Result]:
    """Run stages in parallel, each after its source was published.

    build
        The name of this build; part of the provenance of all created objects.
    limit
        The maximum number of parallel VMs.
    tell
        Called after each step, with a task of the campaign and the number of finished ones.

    Returns a result for each stage. A failure stops only the stages that depend on it; an interruption stops all.
    """
    # First of all: an endpoint that is down is reported once, and not for each stage.
    cloud.pool(TEMPLATE)
    campaign = Campaign(cloud, limit, lambda task: tell(task, campaign.over), pause)
    keys = {stage.key for stage in stages}
    tasks = [campaign.add(each.key, work(cloud, each, build), [k for k in each.after if k in keys]) for each in stages]
    run_or_tell(campaign)
    return [
        Result(stage, task.state, task.error or task.result or "", task.seconds)
        for stage, task in zip(stages, tasks, strict=True)
    ]


def work(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    """All steps of a stage; returns a sentence."""
    refuse_others(cloud, stage)
    yield from _complete_begun(cloud, stage)
    done = is_published(cloud, stage, build)
    for kind, found in discarded(cloud, stage, build, done):
        if found:
            yield from removal(cloud, kind, *found)
    if done:
        if (yield from _is_left_undone(cloud, stage)):
            yield from _publish(cloud, stage)
        return f"{stage.published} is of build {build} already"
    require_group(cloud, stage)
    if cloud.find(TEMPLATE, stage.build, stage.owner) is None:
        yield from _make(cloud, stage, build)
    vm = cloud.find(VM, stage.build, stage.owner)
    if vm is not None:
        yield from removal(cloud, VM, vm)
    if not stage.publishes:
        return "passed"
    yield from _publish(cloud, stage)
    return f"published {stage.published}"


def refuse_others(cloud: Cloud, stage: Stage) -> None:
    """Raise RefusedError for an object that has a name of this stage and was created by something else.

    A stage saves, renames and removes the objects of these names.
    """
    for kind, found in _others(cloud, stage):
        subject = f"{kind.describe(found.name, found.owner)} (ID {found.id})"
        raise RefusedError(f"{subject} has a name of this stage, and was not created by it: rename or remove it.")


def require_group(cloud: Cloud, stage: Stage) -> None:
    """Raise MissingError if the group of the published objects does not exist, before a VM runs for hours."""
    if stage.publishes and "group" in stage.said:
        cloud.require(GROUPS, stage.said["group"], None, "group")


def _others(cloud: Cloud, stage: Stage) -> Iterator[tuple[Kind, Resource]]:
    for wanted in publications(stage) if stage.publishes else ():
        found = cloud.find(wanted.kind, stage.published, stage.owner)
        if found is not None and is_foreign(wanted, found):
            yield wanted.kind, found
    for kind in (VM, IMAGE, TEMPLATE):
        found = cloud.find(kind, stage.build, stage.owner)
        if found is not None and not _is_of(cloud, stage, kind, found):
            yield kind, found


def _is_of(cloud: Cloud, stage: Stage, kind: Kind, found: Resource) -> bool:
    """Whether a stage created an object that has the name of its build."""
    if found.managed == stage.mark and found.ours:
        return True
    # The image of a disk has no mark until it is completely saved.
    vms = _made(cloud, stage, VM) if kind is IMAGE else ()
    return any(each.id == found.id for vm in vms for each in _saved_from(cloud, stage, vm))


def _make(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    """Run the VM of the stage, and save its disk."""
    if "iso" in stage.said:
        image = yield from install(cloud, installation(stage, build), Report(IMAGE, stage.build, stage.owner))
        yield from _template_of(cloud, stage, build, image)
        return
    left = cloud.find(VM, stage.build, stage.owner)
    try:
        vm = yield from _finished(cloud, stage, build)
    except SettleError:
        if left is None or left.id in cloud.pool(VM).by_id:
            raise
        # The run that left it had just asked it to terminate.
        vm = yield from _finished(cloud, stage, build)
    if stage.publishes:
        vm = yield from power(cloud, vm, "poweroff")
        yield from _save(cloud, stage, build, vm)


def _finished(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    """The VM of the stage, when its guest has finished."""
    vm = yield from _boot(cloud, stage, build)
    return (yield finished(vm, stage.said.get("timeout", STAGE_TIMEOUT)))


def is_published(cloud: Cloud, stage: Stage, build: str) -> bool:
    found = cloud.find(TEMPLATE, stage.published, stage.owner)
    return stage.publishes and found is not None and found.attributes.get(ORIGIN) == build


def provenance(stage: Stage, build: str) -> dict[str, Any]:
    return {**stage.said.get("attributes", {}), ORIGIN: build, VERSION: build}


def access(stage: Stage) -> dict[str, Any]:
    return {key: stage.said[key] for key in ("group", "permissions") if key in stage.said}


def discarded(cloud: Cloud, stage: Stage, build: str, done: bool) -> Iterator[tuple[Kind, list[Resource]]]:
    """Objects of another build, a failed VM, and, after the publication, late objects of this build: to be removed, in
    this order.
    """
    vms = [each for each in _made(cloud, stage, VM) if done or _is_over(each, build)]
    images = [each for each in _made(cloud, stage, IMAGE) if done or _stale(each, build)]
    templates = [each for each in _made(cloud, stage, TEMPLATE) if done or _stale(each, build)]
    # A saved image contains only its VM at first: so it is removed before the VM.
    yield IMAGE, [each for vm in vms for each in _saved_from(cloud, stage, vm)]
    yield VM, vms
    # Objects of the published build are removed at the end of its publication.
    yield TEMPLATE, [each for each in templates if _stale(each, build) or not _is_published(cloud, stage, each)]
    yield IMAGE, images


def _complete_begun(cloud: Cloud, stage: Stage) -> Procedure:
    """Complete an interrupted publication of any build: the previous version may have lost its name."""
    for wanted in publications(stage):
        build = cloud.find(wanted.kind, stage.build, stage.owner)
        if build is not None and build.mark is not None and build.mark.name == stage.published:
            with (yield _turn()):
                yield from publish(cloud, wanted, Report(wanted.kind, wanted.name, wanted.owner))


def _made(cloud: Cloud, stage: Stage, kind: Kind) -> list[Resource]:
    """The unpublished objects of a kind for a stage, including those that wait for handover."""
    names = (stage.build, f"install-{stage.build}") if kind is VM else (stage.build,)
    found = [each for name in names for each in cloud.pool(kind).marked((kind.cli, stage.owner, name))]
    there = [each for each in found if each.owner == stage.owner or kind.awaits_handover(cloud.account, each)]
    return [each for each in there if each.mark and each.mark.managed == stage.mark and not each.mark.adopted]


def _saved_from(cloud: Cloud, stage: Stage, vm: Resource) -> list[Resource]:
    """The image of a VM's disk, while only its name and its origin identify it."""
    names = (stage.build, passing_name(stage.owner, stage.build))
    found = [each for each in cloud.pool(IMAGE) if each.name in names and each.mark is None]
    return [each for each in found if each.attributes.get(SAVED_VM) == str(vm.id)]


def _is_published(cloud: Cloud, stage: Stage, template: Resource) -> bool:
    current = cloud.find(TEMPLATE, stage.published, stage.owner)
    return current is not None and current.attributes.get(BUILD_ID) == str(template.id)


def _is_left_undone(cloud: Cloud, stage: Stage) -> Procedure:
    """Whether steps of an interrupted publication are left."""
    for wanted in publications(stage):
        current = cloud.find(wanted.kind, stage.published, stage.owner)
        build = cloud.find(wanted.kind, stage.build, stage.owner)
        begun = build is not None or (current is not None and current.attributes.get(BUILD) == stage.build)
        if begun and (yield from has_steps_left(cloud, wanted)):
            return True
    return False


def _stale(made: Resource, build: str) -> bool:
    return made.attributes.get(ORIGIN) != build


def _is_over(vm: Resource, build: str) -> bool:
    """Whether a VM is of no use for a build: it belongs to another one, has failed, or is being removed."""
    broken = bool(vm.text(f"USER_TEMPLATE/{FAILED}")) or VM.is_broken(vm)
    return _stale(vm, build) or broken or vm_states.state(vm) in vm_states.SETTLED.passing


def installation(stage: Stage, build: str) -> Installation:
    said = stage.said
    name, owner = stage.source
    return Installation(
        stage.build,
        stage.owner,
        said["iso"],
        name,
        said["datastore"],
        said["size"],
        iso_owner=said.get("iso_owner", ADMINISTRATOR),
        template_owner=owner,
        context=said.get("context", {}),
        timeout=said.get("timeout", STAGE_TIMEOUT),
        values={**access(stage), "attributes": provenance(stage, build)},
        mark=stage.mark,
    )


def _template_of(cloud: Cloud, stage: Stage, build: str, image: Resource) -> Procedure:
    """The template for an installed disk, derived from that of the VM that installed it."""
    content = {**inheritance(cloud.get(TEMPLATE, *stage.source).attributes), "DISK": {"IMAGE_ID": str(image.id)}}
    yield from make_template(cloud, stage.build, stage.owner, stage.mark, {**content, **provenance(stage, build)})


def _boot(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    """The VM of the stage, new or from an interrupted run of this build."""
    vm = cloud.find(VM, stage.build, stage.owner)
    if vm is not None and vm_states.power(vm) != "hold":
        return vm
    return (yield from Item(VM, machine(stage, build)).run(cloud))


def machine(stage: Stage, build: str) -> Desired:
    """The VM of a stage."""
    name, owner = stage.source
    values = {
        "template": name,
        "template_owner": owner,
        "context": stage.said.get("context", {}),
        # Wait for the guest's report later; here only until the VM runs.
        "wait": False,
        "attributes": {ORIGIN: build},
    }
    return Desired(VM.cli, stage.build, stage.owner, values, stage.mark)


def _save(cloud: Cloud, stage: Stage, build: str, vm: Resource) -> Procedure:
    saving = Saving(
        vm,
        stage.build,
        stage.build,
        parent=cloud.get(TEMPLATE, *stage.source),
        provenance=provenance(stage, build),
        values=access(stage),
        mark=stage.mark,
    )
    yield from save(cloud, saving, Report(VM, vm.name, vm.owner))


def _publish(cloud: Cloud, stage: Stage) -> Procedure:
    """The image first: the template refers to it by ID, so that no user is affected in between."""
    with (yield _turn()):
        for kind in (IMAGE, TEMPLATE, VM):
            # A pipeline runs for hours: read again which versions are in use.
            cloud.forget(kind)
        images, templates = publications(stage)
        # Once more: an earlier version of the image may be unused after an earlier template was removed.
        for wanted in (images, templates, images):
            yield from publish(cloud, wanted, Report(wanted.kind, wanted.name, wanted.owner))


def _turn() -> Turn:
    """One publication at a time, since each checks the versions of the others."""
    return Turn("publication", "another stage's publication")


def publications(stage: Stage) -> list[Publication]:
    said = (stage.published, stage.owner, stage.build, stage.keep, access(stage), stage.mark)
    return [Publication(kind, *said) for kind in (IMAGE, TEMPLATE)]
