"""A dry run of a pipeline: each stage is tried on the cloud as it would be after the stages before it."""

from __future__ import annotations

from collections.abc import Sequence

from ..basics.plan import Desired, Order
from ..cloud.campaign import Campaign
from ..cloud.procedure import Procedure
from ..cloud.view import Cloud
from ..engine.item import Item
from ..engine.report import Report
from ..kinds.image import IMAGE
from ..kinds.template import TEMPLATE
from ..kinds.vm.kind import VM, template_attributes
from ..pillar.pipelines import Stage
from ..publishing.foreseen import Foreseen, announce_made
from ..publishing.foreseen import foresee as foresee_saved
from ..publishing.installing import install
from ..publishing.publication import publish
from ..publishing.saving import TO_BE_SAVED, inheritance
from .interruption import run_or_tell
from .pipeline_work import (
    Result,
    access,
    discarded,
    installation,
    is_published,
    machine,
    provenance,
    publications,
    refuse_others,
    require_group,
)

DONE, PLANNED = "done", "planned"


def foresee(cloud: Cloud, stages: Sequence[Stage], build: str) -> list[Result]:
    """The changes that a run would make, and the stages that it would refuse or skip; no writes."""
    cloud.pool(TEMPLATE)
    # One after the other, since each announces its objects for the next ones.
    campaign = Campaign(cloud, 1)
    keys = {stage.key for stage in stages}
    tasks = [
        campaign.add(each.key, _rehearse(cloud, each, build), [key for key in each.after if key in keys])
        for each in stages
    ]
    run_or_tell(campaign)
    return [
        Result(stage, *(task.result if task.state == DONE else (task.state, task.error)))
        for stage, task in zip(stages, tasks, strict=True)
    ]


def _rehearse(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    """Plan all steps of a stage; returns its state and a sentence."""
    refuse_others(cloud, stage)
    if is_published(cloud, stage, build):
        return DONE, f"{stage.published} is of build {build}"
    for kind, found in discarded(cloud, stage, build, False):
        for each in found:
            cloud.announce_removal(kind, each.id)
    require_group(cloud, stage)
    if cloud.find(TEMPLATE, stage.build, stage.owner) is None:
        yield from (_install if "iso" in stage.said else _save)(cloud, stage, build)
    for wanted in publications(stage) if stage.publishes else ():
        yield from publish(cloud, wanted, Report(wanted.kind, wanted.name, wanted.owner), test=True)
    return PLANNED, f"would make {stage.published}"


def _install(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    image = yield from install(cloud, installation(stage, build), Report(IMAGE, stage.build, stage.owner), test=True)
    content = inheritance(cloud.get(TEMPLATE, *stage.source).attributes)
    if image is None:
        announce_made(cloud, IMAGE, Desired(IMAGE.cli, stage.build, stage.owner, access(stage), stage.mark), {})
    announce_made(
        cloud,
        TEMPLATE,
        Desired(TEMPLATE.cli, stage.build, stage.owner, access(stage), stage.mark),
        {**content, "DISK": TO_BE_SAVED if image is None else {"IMAGE_ID": str(image.id)}, **provenance(stage, build)},
    )


def _save(cloud: Cloud, stage: Stage, build: str) -> Procedure:
    desired = machine(stage, build)
    if cloud.find(VM, stage.build, stage.owner) is None:
        item = Item(VM, desired)
        yield from item.run(cloud, test=True)
        order = item.order
    else:
        order = VM.order(desired, cloud.account)
    if not stage.publishes:
        return
    off = Order(order.desired, {**order.wanted, "power": "poweroff"})
    saved = Foreseen(
        off,
        template_attributes(cloud, order),
        stage.build,
        stage.build,
        0,
        provenance(stage, build),
        access(stage),
        stage.mark,
    )
    if cloud.find(IMAGE, stage.build, stage.owner) is None:
        foresee_saved(cloud, saved, Report(VM, stage.build, stage.owner))
    # A real run removes it after that.
    cloud.withdraw(VM, stage.build, stage.owner)
