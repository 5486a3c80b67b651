"""The seam between pipelines and the runner `onepipeline`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from . import events, junit
from .bridge import connect
from .bridge_lab import command
from .bridge_runner import Progress, as_minion, checked, failed, publisher_of
from .campaign import Task
from .errors import ArgumentError
from .pipeline import LIMIT, Stage, stages
from .pipeline_work import Result, foresee, run
from .values import YES_NO, Integer, Type


def listed(runner: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The declared pipelines, a row for each stage of each module."""

    def body() -> list[dict[str, Any]]:
        config = checked(as_minion(runner))
        return [_place(stage) for name in sorted(config.get("pipelines") or {}) for stage in stages(config, name)]

    return command(runner, body)


def _place(stage: Stage) -> dict[str, Any]:
    return {"pipeline": stage.pipeline, "module": stage.module, "stage": stage.name, "publishes": stage.published}


def work(runner: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Run a pipeline; takes the runner function's arguments."""
    return command(runner, lambda: _work(runner, given))


def _work(runner: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if given["pipeline"] is None:
        raise ArgumentError("pipeline: say which")
    if given["junit"] is not None:
        junit.library()
    module = as_minion(runner)
    config = checked(module)
    wanted = stages(config, given["pipeline"], _names(given["module"]))
    build = Type().wanted("build", given["build"] or time.strftime("%Y%m%d"))
    cloud = connect(module, given["profile"])
    progress = Progress(runner)
    if YES_NO.wanted("test", given["test"]):
        return _finish(foresee(cloud, wanted, build), build, given, progress)
    limit = given["limit"] or config["pipelines"][given["pipeline"]].get("limit", LIMIT)
    with events.listening(publisher_of(config, given["profile"], cloud.client.endpoint)) as pause:
        results = run(cloud, wanted, build, Integer(1).wanted("limit", limit), _teller(progress, wanted), pause)
    return _finish(results, build, given, progress)


def _names(given: Any) -> list[str] | None:
    if given is None:
        return None
    return [str(each) for each in given] if isinstance(given, list) else [each.strip() for each in given.split(",")]


def _teller(progress: Progress, wanted: list[Stage]) -> Callable[[Task], None]:
    by_key = {stage.key: stage for stage in wanted}

    def tell(task: Task) -> None:
        stage = by_key[task.key]
        step = f"waiting for {task.wait.what}" if task.wait is not None else task.error or task.result or task.state
        progress.step(f"{stage.module} {stage.name}: {step}", **_place(stage), step=step, state=task.state)

    return tell


def _finish(results: list[Result], build: str, given: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    if given["junit"] is not None:
        junit.write(given["junit"], f"onepipeline.{given['pipeline']}", [each.case() for each in results])
    totals = dict(Counter(each.state for each in results))
    said = ", ".join(f"{number} {state}" for state, number in totals.items())
    progress.line(f"pipeline {given['pipeline']}, build {build}: {said or 'no stages'}")
    lost = [each for each in results if each.state in ("failed", "skipped")]
    if lost:
        listing = "".join(f"\n- {each.stage.published}: {each.said}" for each in lost)
        raise failed(f"Pipeline {given['pipeline']}, build {build}: {said}.{listing}")
    rows = {
        each.stage.published: {"state": each.state, "said": each.said, "seconds": round(each.seconds, 1)}
        for each in results
    }
    return {"build": build, "stages": rows, "totals": totals}
