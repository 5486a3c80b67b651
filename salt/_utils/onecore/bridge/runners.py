"""The interface to Salt's runners, which have no minion's pillar, and show their progress.

Every function takes the runner's ``globals()``, where Salt puts ``__opts__`` and ``__jid_event__``.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ConfigurationError, OneError
from ..basics.locks import held, station
from ..basics.secrecy import masked
from ..cloud.view import Cloud
from ..engine.report import sentence
from ..orchestration import exclusion
from ..orchestration.interruption import INTERRUPTIONS
from ..wire.events import publisher
from .pillars import errors
from .progress import MovingLine
from .states import MINION

#: The outputter for these runners (``salt/_output``).
OUTPUTTER = "opennebula"
#: The runners of this project.
RUNNERS = frozenset({"onegateway", "onelab", "onepipeline", "onevm", "opennebula"})


def command(given: Mapping[str, Any], body: Callable[[], Any]) -> Any:
    """Run the body of a runner function; any error becomes an exception that Salt shows as one sentence.

    given
        The function's ``locals()``. Unknown arguments are in ``kwargs``, and refused: otherwise Salt would show the
        function's documentation, and exit with 0.
    """
    try:
        refuse_unknown(
            (name for name in given["kwargs"] if not name.startswith("__")),
            [name for name in given if name != "kwargs"],
        )
        return masked(body())
    except OneError as error:
        raise failed(sentence(str(error))) from None
    except INTERRUPTIONS:
        raise failed("Interrupted: run again to complete it.") from None


def as_minion(runner: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments for functions of this package that expect a module's ``globals()``, with the pillar of the master.

    It is the pillar of the minion in the master option ``opennebula_minion``, or else of the master itself. The
    master's own option ``opennebula`` takes precedence, like that of a minion.
    """
    opts = runner["__opts__"]
    return {"__opts__": opts, "__pillar__": _pillar(opts), "__context__": {}}


def _pillar(opts: Mapping[str, Any]) -> Mapping[str, Any]:
    # Imported here, since everything else in this package works without Salt.
    import salt.pillar
    import salt.utils.minions

    minion = opts.get(MINION) or opts["id"]
    _, grains, _ = salt.utils.minions.get_minion_data(minion, opts)
    compiler = salt.pillar.Pillar(opts, grains or {"id": minion}, minion, opts.get("saltenv") or "base")
    pillar = compiler.compile_pillar()
    if errors(pillar):
        raise ConfigurationError(f"The pillar of {minion} cannot be compiled: {'; '.join(errors(pillar))}")
    return pillar


def publisher_of(config: Mapping[str, Any], profile: str | None, endpoint: str) -> str:
    """The address at which events of the cloud are published."""
    settings = (config.get("connection") if profile is None else config["profiles"][profile]) or {}
    return publisher(endpoint, settings.get("events"))


def _bus_of_a_master(runner: Mapping[str, Any]) -> Any:
    """Salt's bus, unless no master runs: Salt has tried to connect already, and each further attempt would take a
    second.
    """
    bus = _bus(runner)
    return bus if getattr(bus and bus.event, "cpush", True) else None


def _bus(runner: Mapping[str, Any]) -> Any:
    """Salt's bus in this job; Salt leaves a weak reference to the bus of a finished job."""
    bus = runner.get("__jid_event__")
    try:
        return bus if bus is not None and bus.event is not None else None
    except ReferenceError:
        return None


def shown(runner: Mapping[str, Any], result: Any) -> Any:
    """The return value of a runner function, with which ``salt-run`` uses the outputter of this project.

    ``--out=json``, other outputters, orchestrations and the API get ``result`` alone.
    """
    asked = str(runner["__opts__"].get("fun") or "").partition(".")[0]
    return {"outputter": OUTPUTTER, "data": result} if asked in RUNNERS else result


class Progress:
    """Shows the progress: one line on a terminal, a line for each step in a log, and events on Salt's bus.

    All output goes to standard error: standard output contains the return value of the runner, which may be JSON.
    """

    def __init__(self, runner: Mapping[str, Any]):
        self._line = None if runner["__opts__"].get("quiet") else MovingLine(sys.stderr)
        self._bus = _bus_of_a_master(runner)
        self._begun = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._line is not None:
            self._line.clear()

    def step(self, text: str, **data: Any) -> None:
        """Report one step to people and programs.

        data
            The data of the event, of plain values.
        """
        if self._line is not None:
            self._line.tell(masked(f"[{time.monotonic() - self._begun:6.1f} s] {text}"))
        self._fire(masked({**data, "message": text}))

    def _fire(self, data: Mapping[str, Any]) -> None:
        if not self._bus:
            return
        from salt.utils.event import tagify

        # Bypass the wrapper around the bus, which would also print the event on standard output.
        if not self._bus.event.fire_event(dict(data), tagify("progress", base=self._bus.base), timeout=1000):
            # Without a running master there are no subscribers: do not try, and wait, for each step.
            self._bus = None


@dataclass
class Alone:
    """The names that a run has reserved.

    busy
        The names on which other runs work, each with their description.
    prolong
        Prolongs the notes of the run; to be called regularly.
    """

    busy: dict[str, str]
    prolong: Callable[[], None]

    def pause(self, pause: Callable[[float], None]) -> Callable[[float], None]:
        """A pause in which the run prolongs its notes."""

        def prolonging(seconds: float) -> None:
            self.prolong()
            pause(seconds)

        return prolonging


@contextmanager
def alone(runner: Mapping[str, Any], cloud: Cloud, work: str, names: Mapping[str, Iterable[str]]) -> Iterator[Alone]:
    """Reserve names while a block runs, against runs of this master and of others.

    work
        The work, for example ``onelab.rebuild``.
    names
        The names, by owner.
    """
    folder = os.path.join(runner["__opts__"]["cachedir"], "opennebula")
    said = f"{work}, process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}"
    every = {f"{cloud.client.endpoint} {name}": name for some in names.values() for name in some}
    with held(folder, every, said) as taken:
        busy = {every[key]: who for key, who in taken.items()}
        free = {user: [name for name in some if name not in busy] for user, some in names.items()}
        free = {user: some for user, some in free.items() if some}
        with exclusion.held(cloud, free, station(folder), f"{said}, on {socket.gethostname()}") as holding:
            yield Alone({**busy, **holding.busy}, holding.prolong)


def failed_with(runner: Mapping[str, Any], message: str, result: Mapping[str, Any]) -> Exception:
    """The exception of a runner that failed with a result: Salt returns its message and ``result`` together."""
    bus = _bus(runner)
    if bus is not None:
        _answer(bus, masked(shown(runner, {**result, "error": message})))
    return failed(message)


def _answer(bus: Any, answer: Mapping[str, Any]) -> None:
    """Replace the exception's text in Salt's next event, which is the runner's return.

    Salt then prints the same data, as JSON on request, and passes them to an orchestration.
    """

    def fire_event(data: dict[str, Any], tag: str) -> None:
        del bus.fire_event
        data["return"] = answer
        bus.fire_event(data, tag)

    bus.fire_event = fire_event


def failed(message: str) -> Exception:
    """The exception of a runner that Salt shows as a message only, with the exit status 1."""
    from salt.exceptions import CommandExecutionError, NotImplemented

    # Salt shows any other exception of a runner with its traceback.
    return type("RunnerFailed", (CommandExecutionError, NotImplemented), {})(masked(message))
