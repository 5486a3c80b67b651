"""The seam to Salt for the states of VMs that exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.errors import OneError
from ..basics.values import YES_NO, Integer
from ..engine.report import Report
from ..verbs.expiry import remove_expired
from ..verbs.plans import VERBS
from ..verbs.rebuild import REBUILT
from ..verbs.verb import perform
from .runners import Progress, as_minion, command, failed_with
from .states import connect, failure, plain, returned, shared_cloud

_VERBS = {**VERBS, "rebuilt": REBUILT}


def state(module: Mapping[str, Any], verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Any state of a VM that exists.

    verb
        Its name.
    given
        The state function's ``locals()``.
    """
    test = bool(module["__opts__"].get("test"))
    declared = plain(dict(given))
    extra = {key: value for key, value in declared.pop("kwargs", {}).items() if not key.startswith("__")}
    name, owner, profile = declared.pop("name"), declared.pop("owner", None), declared.pop("profile", None)
    try:
        cloud = shared_cloud(module, profile)
        (report,) = perform(cloud, _VERBS[verb], [(name, owner)], {**declared, **extra}, test)
    except OneError as error:
        return failure(name, error)
    return returned(report, name, test)


def expire(runner: Mapping[str, Any], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Remove VMs whose time is over; takes the runner function's ``locals()`` and returns a row for each VM."""
    return command(given, lambda: _expire(runner, given))


def _expire(runner: Mapping[str, Any], given: Mapping[str, Any]) -> list[dict[str, Any]]:
    test, progress = YES_NO.wanted("test", given["test"]), Progress(runner)
    most = None if given["limit"] is None else Integer(1).wanted("limit", given["limit"])
    cloud = connect(as_minion(runner), given["profile"])
    reports = remove_expired(cloud, test, most, tell=lambda report, task: _tell(progress, report, task.state))
    rows = [
        {"id": report.id, "owner": report.owner, "name": report.name, "comment": report.comment(test)}
        for report in reports
    ]
    wrong = [report.comment(test) for report in reports if report.error]
    if wrong:
        said = "\n".join([f"{len(wrong)} of {len(reports)} VMs could not be removed:", *wrong])
        raise failed_with(runner, said, {"vms": rows})
    return rows


def _tell(progress: Progress, report: Report, state: str) -> None:
    progress.step(f"{report.subject}: {state}", id=report.id, owner=report.owner, name=report.name, state=state)
