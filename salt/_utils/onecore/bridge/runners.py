"""The interface to Salt's runners, which have no minion's pillar, and show their progress.

Every function takes the runner's ``globals()``, for that is where Salt puts ``__opts__`` and ``__jid_event__``.
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

#: The outputter that comes with these runners (``salt/_output``).
OUTPUTTER = "opennebula"
#: The runners of this project.
RUNNERS = frozenset({"onegateway", "onelab", "onepipeline", "onevm", "opennebula"})


def command(given: Mapping[str, Any], body: Callable[[], Any]) -> Any:
    """Run the body of a runner function; whatever goes wrong becomes an exception that Salt shows as one sentence.

    given
        The function's ``locals()``. What it knows no argument for is in ``kwargs``, and refused: left to itself, Salt
        would show the function's documentation, and exit with 0.
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
    """What the functions of this package take that ask for a module's ``globals()``, with the pillar of the master.

    It is that of the minion which the master option ``opennebula_minion`` names, or else of the master itself. The
    master's own option ``opennebula`` comes before it, as a minion's does.
    """
    opts = runner["__opts__"]
    return {"__opts__": opts, "__pillar__": _pillar(opts), "__context__": {}}


def _pillar(opts: Mapping[str, Any]) -> Mapping[str, Any]:
    # Only here, since everything else in this package works without Salt.
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
    """Where events of the cloud are published."""
    settings = (config.get("connection") if profile is None else config["profiles"][profile]) or {}
    return publisher(endpoint, settings.get("events"))


def _bus_of_a_master(runner: Mapping[str, Any]) -> Any:
    """Salt's bus, unless no master runs: Salt has tried it once already, and each further try would take a second."""
    bus = _bus(runner)
    return bus if getattr(bus and bus.event, "cpush", True) else None


def _bus(runner: Mapping[str, Any]) -> Any:
    """Salt's bus, as this job has it; Salt leaves a weak reference to that of a job that is over."""
    bus = runner.get("__jid_event__")
    try:
        return bus if bus is not None and bus.event is not None else None
    except ReferenceError:
        return None


def shown(runner: Mapping[str, Any], result: Any) -> Any:
    """What a runner function returns, so that ``salt-run`` shows it with the outputter of this project.

    ``--out=json`` and other outputters get ``result`` alone, and so do orchestrations and the API.
    """
    asked = str(runner["__opts__"].get("fun") or "").partition(".")[0]
    return {"outputter": OUTPUTTER, "data": result} if asked in RUNNERS else result


class Progress:
    """Tells what is going on: one line that moves on a terminal, a line each in a log, an event each on Salt's bus.

    All of it goes to standard error: standard output belongs to what the runner returns, which may be JSON.
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
        """Tell people and programs of one step.

        data
            What the event carries, of plain values.
        """
        if self._line is not None:
            self._line.tell(masked(f"[{time.monotonic() - self._begun:6.1f} s] {text}"))
        self._fire(masked({**data, "message": text}))

    def _fire(self, data: Mapping[str, Any]) -> None:
        if not self._bus:
            return
        from salt.utils.event import tagify

        # Past the wrapper around the bus, which would print the event on standard output as well.
        if not self._bus.event.fire_event(dict(data), tagify("progress", base=self._bus.base), timeout=1000):
            # Nobody is there, as without a running master: do not try, and wait, for each step.
            self._bus = None


@dataclass
class Alone:
    """What a run has to itself.

    busy
        The names that other runs work on, each with what its run says of itself.
    prolong
        Says that the run continues; to be called from time to time.
    """

    busy: dict[str, str]
    prolong: Callable[[], None]

    def pause(self, pause: Callable[[float], None]) -> Callable[[float], None]:
        """A pause in which the run says so."""

        def prolonging(seconds: float) -> None:
            self.prolong()
            pause(seconds)

        return prolonging


@contextmanager
def alone(runner: Mapping[str, Any], cloud: Cloud, work: str, names: Mapping[str, Iterable[str]]) -> Iterator[Alone]:
    """Keep other runs away while a block runs, those of this master and of others.

    work
        What is done, for example ``onelab.rebuild``.
    names
        What it is done to, by the user whose it is.
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
    """The exception for a runner to raise that got somewhere: Salt returns what it says, and ``result``, as one."""
    bus = _bus(runner)
    if bus is not None:
        _answer(bus, masked(shown(runner, {**result, "error": message})))
    return failed(message)


def _answer(bus: Any, answer: Mapping[str, Any]) -> None:
    """Let Salt's next event, which is the runner's return, have an answer in place of an exception's text.

    The same data is what Salt then prints, as JSON if so asked, and hands to an orchestration.
    """

    def fire_event(data: dict[str, Any], tag: str) -> None:
        del bus.fire_event
        data["return"] = answer
        bus.fire_event(data, tag)

    bus.fire_event = fire_event


def failed(message: str) -> Exception:
    """The exception for a runner to raise, which Salt shows as this message alone and makes the exit status 1."""
    from salt.exceptions import CommandExecutionError, NotImplemented

    # Salt shows every other exception of a runner with its traceback.
    return type("RunnerFailed", (CommandExecutionError, NotImplemented), {})(masked(message))
