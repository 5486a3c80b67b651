"""The part of the pillar's schema for pipelines, and their cross-checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.values import ADMINISTRATOR
from ..kinds.image import IMAGE
from ..kinds.vm.kind import VM
from ..model import leaves as a
from ..model.arguments import NONE, REQUIRED
from ..model.nodes import Each, Key, Keys
from ..pillar.pipelines import KEEP, LIMIT, STAGE_TIMEOUT, circle, merge
from . import leaves as our
from .objects import keys, rights
from .walk import Walk
from .words import below, did_you_mean

STAGE = Keys(
    "a stage",
    {
        "from": Key(a.FILLED, "The stage whose published template the VM is created from.", NONE, "Fresh"),
        "iso": Key(our.IMAGE, "The CD-ROM image that the VM installs itself from.", NONE, "debian-12-netinst"),
        "iso_owner": Key(our.USER, "Owner of the CD-ROM image.", ADMINISTRATOR, "oneadmin"),
        "template": Key(our.TEMPLATE, "The template of the VM, for a stage without `from`.", NONE, "installer"),
        "template_owner": Key(our.USER, "Owner of the template.", ADMINISTRATOR, "oneadmin"),
        "datastore": Key(a.FILLED, "Datastore of the disk of an installation.", NONE, "default"),
        "size": Key(a.SIZE, "Size of the disk of an installation.", NONE, "20G"),
        "publish": Key(
            a.BOOLEAN, "Whether its disk is published as image and template; false for tests.", "true", "false"
        ),
        "timeout": Key(a.POSITIVE, "Time limit of the stage.", str(STAGE_TIMEOUT), "3600", "seconds"),
        **keys(VM, "context", doc="Context variables of the VM.", example="{ACTION: upgrade}"),
        **rights(IMAGE, '"644"'),
        **keys(IMAGE, "attributes", example="{LABELS: daily}"),
    },
)

PIPELINE = Keys(
    "a pipeline",
    {
        "owner": Key(our.USER, "Owner of the images, templates and VMs.", ADMINISTRATOR, "nightly"),
        "limit": Key(a.POSITIVE, "Maximum number of VMs at the same time.", str(LIMIT), "40"),
        "keep": Key(a.COUNT, "Number of earlier versions that are kept even if nothing uses them.", str(KEEP), "3"),
        "stages": Key(
            Each("stage", a.name("stage"), STAGE, removable=False),
            "The stages of each module, by name.",
            REQUIRED,
            "{Fresh: {iso: debian, template: installer, datastore: default, size: 20G}, Daily: {from: Fresh}}",
        ),
        "modules": Key(
            Each("module", a.name("module"), Each("stage", a.name("stage"), STAGE)),
            "The modules, by name, each with what differs from `stages`, by stage. A stage is published as "
            "`<module>-<stage>`.",
            REQUIRED,
            "{scribe: {}, horus: {Fresh: {size: 40G}}}",
        ),
    },
)

PIPELINES = Each("pipeline", a.name("pipeline"), PIPELINE)


def check_pipelines(pipelines: Mapping[str, Any], walk: Walk) -> None:
    """Check that each stage of each module has one source, and that there is an order."""
    for name, pipeline in pipelines.items():
        for key in ("stages", "modules"):
            if not pipeline.get(key):
                walk.require(below("pipelines", name, key), "is required")
        for module, special in (pipeline.get("modules") or {}).items():
            _check_module(name, module, special or {}, pipeline.get("stages") or {}, walk)


def _check_module(
    pipeline: str, module: str, special: Mapping[str, Any], declared: Mapping[str, Any], walk: Walk
) -> None:
    for stage in special:
        if stage not in declared:
            path = below("pipelines", pipeline, "modules", module, stage)
            walk.fault(path, f"is not a stage of the pipeline{did_you_mean(stage, declared)}")
    stages = merge(declared, special)
    for stage, said in stages.items():
        own = ("modules", module) if special.get(stage) else ("stages",)
        _check_stage(below("pipelines", pipeline, *own, stage), said, stages, walk)
    around = circle(stages)
    if around:
        walk.fault(below("pipelines", pipeline, "stages"), f"are circular: {' from '.join(around)}")


def _check_stage(path: str, said: Mapping[str, Any], stages: Mapping[str, Mapping[str, Any]], walk: Walk) -> None:
    if "from" in said:
        for other in ("iso", "template"):
            if other in said:
                walk.fault(below(path, other), "conflicts with from; declare one of the two")
        source = said["from"]
        if source not in stages:
            walk.fault(below(path, "from"), f"is not a stage of the pipeline{did_you_mean(source, stages)}")
        elif stages[source].get("publish") is False:
            walk.fault(below(path, "from"), f"names {source}, which publishes nothing")
        return
    needed = ("template", "datastore", "size") if "iso" in said else ("template",)
    for key in needed:
        if key not in said:
            walk.require(below(path, key), "is required" if "iso" in said else "is required, or else from")
