"""A cloud that exists: what modules and runners tell of it, and write down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import schema
from ..basics.errors import ArgumentError
from ..basics.values import YES_NO
from ..cloud.view import Cloud
from ..kinds.registry import KINDS
from ..takeover.export import export as written_down
from ..takeover.export import write
from ..takeover.survey import Filters
from . import runners
from .commands import command
from .pillars import current
from .states import configuration

#: Which minion's, or the master's, configuration tells where the cloud is.
Module = Mapping[str, Any]


def export(module: Module, given: Mapping[str, Any]) -> dict[str, Any]:
    """A cloud as files of a pillar; written below ``dir``, or else returned.

    given
        The function's arguments.
    """
    filters = Filters(*(words(given[name]) for name in ("user", "group", "kind", "name")))
    unknown = [kind for kind in filters.kinds if kind not in KINDS]
    if unknown:
        raise ArgumentError(f"kind: there is no {unknown[0]}; known are {', '.join(KINDS)}.")
    force = YES_NO.wanted("force", given["force"])
    # What is secret by what the pillar says must not be written down.
    configuration(current(module))

    def work(cloud: Cloud) -> dict[str, Any]:
        found = written_down(cloud, faults, filters)
        if given["dir"] is None:
            return {**found.summary, "files": found.files}
        write(found.files, str(given["dir"]), force)
        return found.summary

    return command(module, given["profile"], work)


def faults(config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Path and words of each fault of a pillar."""
    return [(fault.path, fault.message) for fault in schema.validate(config)]


def words(value: Any) -> tuple[str, ...]:
    """Names or patterns: a list, or a text in which commas separate them; none for nothing."""
    if value is None:
        return ()
    every = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return tuple(filter(None, (str(each).strip() for each in every)))


def run(runner: Module, given: Mapping[str, Any], work: Callable[[Module, Mapping[str, Any]], Any]) -> Any:
    """The runner function of a command of this module.

    work
        The command; takes a module's ``globals()`` and what was given.
    """
    return runners.command(given, lambda: work(runners.as_minion(runner), given))
