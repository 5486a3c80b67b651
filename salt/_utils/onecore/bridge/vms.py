"""The interface to Salt for the states of existing VMs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..basics.values import YES_NO, Integer
from ..engine.report import Report
from ..model.ownership import OWNER
from ..verbs.expiry import remove_expired
from ..verbs.plans import VERBS
from ..verbs.rebuild import REBUILT
from ..verbs.verb import Verb, perform
from .functions import EXTRA
from .kinds import PROFILE, States
from .loading import virtual as virtual
from .loading import virtual_runner as virtual_runner
from .runners import Progress, as_minion, command, failed_with, shown
from .states import connect, plain, shared_cloud

_VERBS = {**VERBS, "rebuilt": REBUILT}


class VmStates(States):
    """The states of VMs: those of every kind, and those of existing VMs."""

    def verb(self, name: str) -> Callable[..., dict[str, Any]]:
        """The state of that name, of an existing VM."""
        verb = _VERBS[name]
        taken = [OWNER, *verb.options, PROFILE]
        return self._made(name, [self._which()], taken, verb.doc, verb.example, partial(self._perform, verb))

    def _perform(self, verb: Verb, given: Mapping[str, Any]) -> Report:
        declared = plain(dict(given))
        extra = {key: value for key, value in declared.pop(EXTRA).items() if not key.startswith("__")}
        name, owner, profile = (declared.pop(key) for key in ("name", "owner", "profile"))
        cloud = shared_cloud(self._module, profile)
        (report,) = perform(cloud, verb, [(name, owner)], {**declared, **extra}, self._test)
        return report


def expire(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Remove expired VMs; takes the runner function's ``locals()`` and returns a row for each VM."""
    return command(given, lambda: _expire(runner, given))


def _expire(runner: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    test = YES_NO.wanted("test", given["test"])
    most = None if given["limit"] is None else Integer(1).wanted("limit", given["limit"])
    cloud = connect(as_minion(runner), given["profile"])
    with Progress(runner) as progress:
        reports = remove_expired(cloud, test, most, tell=lambda report, task: _tell(progress, report, task.state))
    rows = [
        {"id": report.id, "owner": report.owner, "name": report.name, "comment": report.comment(test)}
        for report in reports
    ]
    wrong = [report.comment(test) for report in reports if report.error]
    if wrong:
        said = "\n".join([f"{len(wrong)} of {len(reports)} VMs could not be removed:", *wrong])
        raise failed_with(runner, said, {"vms": rows})
    return shown(runner, rows)


def _tell(progress: Progress, report: Report, state: str) -> None:
    progress.step(f"{report.subject}: {state}", id=report.id, owner=report.owner, name=report.name, state=state)
