"""The interface between pipelines and the runner `onepipeline`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..basics.errors import ArgumentError, RefusedError
from ..basics.values import YES_NO, Integer, Type
from ..cloud.campaign import Task
from ..cloud.view import Cloud
from ..orchestration import junit
from ..orchestration.pipeline_rehearsal import foresee
from ..orchestration.pipeline_work import Result, run
from ..pillar.labs import names
from ..pillar.pipelines import LIMIT, Stage, stages
from ..wire import events
from .pillars import checked
from .runners import Progress, alone, as_minion, command, failed_with, publisher_of, shown
from .states import connect


def listed(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The declared pipelines, a row for each stage of each module."""

    def body() -> Any:
        config = checked(as_minion(runner))
        names = sorted(config.get("pipelines") or {})
        return shown(runner, [_place(stage) for name in names for stage in stages(config, name)])

    return command(given, body)


def _place(stage: Stage) -> dict[str, Any]:
    place = {"pipeline": stage.pipeline, "module": stage.module, "stage": stage.name}
    return {**place, "publishes": stage.published if stage.publishes else None}


def work(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Run a pipeline; takes the runner function's ``locals()``."""
    return command(given, lambda: _work(runner, given))


def _work(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    test, pipeline = YES_NO.wanted("test", given["test"]), given["pipeline"]
    if not isinstance(pipeline, str):
        raise ArgumentError("pipeline: must be given")
    most = None if given["limit"] is None else Integer(1).wanted("limit", given["limit"])
    if given["junit"] is not None:
        junit.library()
    module = as_minion(runner)
    config = checked(module)
    wanted = stages(config, pipeline, names("module", given["module"]))
    build = Type().wanted("build", given["build"] or time.strftime("%Y%m%d"))
    cloud, begun = connect(module, given["profile"]), time.monotonic()
    if test:
        results = foresee(cloud, wanted, build)
    else:
        limit = most or config["pipelines"][pipeline].get("limit", LIMIT)
        address = publisher_of(config, given["profile"], cloud.client.endpoint)
        with (
            Progress(runner) as progress,
            events.listening(address) as pause,
            _only_run(runner, cloud, wanted) as pausing,
        ):
            results = run(cloud, wanted, build, limit, _teller(progress, wanted), pausing(pause))
    return _finish(runner, results, build, given, time.monotonic() - begun)


_Pause = Callable[[float], None]


@contextmanager
def _only_run(runner: Mapping[str, Any], cloud: Cloud, wanted: Sequence[Stage]) -> Iterator[Callable[[_Pause], _Pause]]:
    """While the block runs, no other run builds the same modules; refused if one does.

    The block gets the function for pauses, with which this run prolongs its notes.
    """
    modules = {f"pipeline {stage.pipeline}/{stage.module}": stage.module for stage in wanted}
    by_owner: dict[str, dict[str, None]] = {}
    for stage in wanted:
        by_owner.setdefault(stage.owner, {})[f"pipeline {stage.pipeline}/{stage.module}"] = None
    with alone(runner, cloud, "onepipeline.run", by_owner) as only:
        for name, who in only.busy.items():
            raise RefusedError(f"module {modules[name]} is busy with another run: {who}; nothing was done")
        # Data read before this run was the only one may be old.
        cloud.forget_all()
        yield only.pause


def _teller(progress: Progress, wanted: Sequence[Stage]) -> Callable[[Task, int], None]:
    by_key: dict[Hashable, Stage] = {stage.key: stage for stage in wanted}

    def tell(task: Task, over: int) -> None:
        stage = by_key[task.key]
        step = task.step or task.error or task.result or task.state
        text = f"{over}/{len(wanted)} {stage.module} {stage.name}: {step}"
        progress.step(text, **_place(stage), step=step, state=task.state, over=over, of=len(wanted))

    return tell


def _finish(
    runner: Mapping[str, Any],
    results: Sequence[Result],
    build: str,
    given: Mapping[str, Any],
    seconds: float,
) -> Any:
    pipeline, totals = given["pipeline"], dict(Counter(each.state for each in results))
    said = f"Pipeline {pipeline}, build {build}: " + (_numbered(totals) or "no stages")
    if given["junit"] is not None:
        junit.write(given["junit"], f"onepipeline.{pipeline}", [each.case() for each in results])
    made = {each.stage.published: _row(each) for each in results}
    result = {"build": build, "stages": made, "totals": {**totals, "seconds": round(seconds, 1)}}
    lost = [f"- {each.stage.published}: {each.said}" for each in results if each.state in ("failed", "skipped")]
    if lost:
        raise failed_with(runner, "\n".join([f"{said}.", *lost]), result)
    return shown(runner, result)


def _numbered(totals: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in totals.items())


def _row(result: Result) -> dict[str, Any]:
    place = {"module": result.stage.module, "stage": result.stage.name}
    return {**place, "state": result.state, "seconds": round(result.seconds, 1), "said": result.said}
