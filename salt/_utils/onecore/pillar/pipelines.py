"""Declared pipelines: the stages of each module, and the stage that each one is based on.

Pure functions over the content of the pillar key ``opennebula``, which `schema.validate` has accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean
from ..basics.plan import PIPELINE
from ..basics.values import ADMINISTRATOR
from . import layers

#: The maximum number of parallel VMs of a pipeline, and the number of earlier versions to keep.
LIMIT, KEEP = 10, 1
#: The timeout of a stage, in seconds.
STAGE_TIMEOUT = 7200


@dataclass(frozen=True)
class Stage:
    """One stage of one module.

    owner
        The owner of its images, templates and VMs.
    said
        Its settings in the pillar: those of the pipeline for the stage, overridden by those of the module.
    keep
        How many earlier versions of its published objects to keep.
    """

    pipeline: str
    module: str
    name: str
    owner: str
    said: Mapping[str, Any] = field(repr=False)
    keep: int = KEEP

    @property
    def key(self) -> str:
        return self.published

    @property
    def published(self) -> str:
        """The name of the published template and image."""
        return published(self.module, self.name)

    @property
    def publishes(self) -> bool:
        """Whether it publishes an image and a template."""
        return self.said.get("publish", True)

    @property
    def build(self) -> str:
        """The name of the unpublished objects, and of the VM that creates them."""
        return f"{self.published}-build"

    @property
    def after(self) -> tuple[str, ...]:
        """Keys of the stages on which it depends."""
        return (published(self.module, self.said["from"]),) if "from" in self.said else ()

    @property
    def source(self) -> tuple[str, str]:
        """Name and owner of the template of its VM."""
        if "from" in self.said:
            return self.after[0], self.owner
        return self.said["template"], self.said.get("template_owner", ADMINISTRATOR)

    @property
    def mark(self) -> str:
        """The SALT_MANAGED of all objects that it creates."""
        return f"{PIPELINE}/{self.owner}"


def published(module: str, stage: str) -> str:
    """The published name of a stage of a module."""
    return f"{module}-{stage}"


def stages(config: Mapping[str, Any], name: str, modules: Iterable[str] | None = None) -> list[Stage]:
    """The stages of a pipeline, each after its source.

    modules
        Names of modules; ``None`` for all.

    Raises
        ArgumentError when there is no such pipeline or module.
    """
    declared = config.get("pipelines") or {}
    pipeline = _named("pipeline", name, declared)
    known = pipeline.get("modules") or {}
    wanted = list(known) if modules is None else list(modules)
    found = []
    for module in wanted:
        merged = merge(pipeline["stages"], _named("module", module, known))
        for stage in order(merged):
            owner, keep = pipeline.get("owner", ADMINISTRATOR), pipeline.get("keep", KEEP)
            found.append(Stage(name, module, stage, owner, merged[stage], keep))
    return found


def _named(what: str, name: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
    if name not in known:
        raise ArgumentError(f"There is no {what} {name} in the pillar{did_you_mean(name, known) or '.'}")
    return known[name] or {}


def merge(stages: Mapping[str, Any], module: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The settings of each stage of one module; ``null`` removes a setting of the pipeline."""
    return {
        name: layers.merge(layers.without_nulls(said or {}), module.get(name) or {}) for name, said in stages.items()
    }


def order(merged: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The names of stages, each after its source.

    Raises
        CycleError when there is no such order.
    """
    graph = {name: [said["from"]] if said.get("from") in merged else [] for name, said in merged.items()}
    return list(TopologicalSorter(graph).static_order())


def circle(merged: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Stages that depend on each other; empty if there are none."""
    try:
        order(merged)
    except CycleError as error:
        return list(error.args[1])
    return []
