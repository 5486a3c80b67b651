"""The progress of long runs."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from ..basics.secrecy import discreet, masked
from ..cloud.campaign import Campaign, Task

_log = discreet(__name__)


class MovingLine:
    """One line that is overwritten on a terminal; in a file, a line for each message."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._moves = stream.isatty()
        self._shown = False

    def tell(self, text: str) -> None:
        """Show a line in place of the last one."""
        if not self._moves:
            print(text, file=self._stream, flush=True)
            return
        width = shutil.get_terminal_size().columns
        first = text.splitlines()[0] if text else ""
        # Move to the beginning of the line, and clear the rest of the last one.
        print(f"\r\x1b[K{first[: width - 1]}", end="", file=self._stream, flush=True)
        self._shown = True

    def clear(self) -> None:
        """Clear the line, so that other output can follow."""
        if self._shown:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
            self._shown = False


#: Seconds without output at the beginning of a run, and between two lines, events and log records.
SILENCE, LINES, EVENTS, RECORDS = 2.0, 0.1, 2.0, 10.0


class Watch:
    """Shows the progress of a long run of states.

    line
        The line on a terminal; ``None`` without a terminal.
    fire
        Fires an event on Salt's bus, given its data; ``None`` if there is no bus.
    """

    def __init__(self, line: MovingLine | None, fire: Callable[[dict[str, Any]], Any] | None):
        self._line, self._fire = line, fire
        begun = time.monotonic() + SILENCE
        self._line_due, self._event_due = begun, begun
        self._record_due = begun - SILENCE + RECORDS

    def __call__(self, campaign: Campaign, task: Task) -> None:
        """Process a change of a campaign's task."""
        now, over, of = time.monotonic(), campaign.over, len(campaign.tasks)
        if self._line is not None and over == of:
            self._line.clear()
        if now < min(self._line_due, self._event_due):
            return
        step = task.step or task.state
        text = masked(f"{over}/{of} {task.subject}: {step}")
        if self._line is not None and over < of and now >= self._line_due:
            self._line.tell(text)
            self._line_due = now + LINES
        if now >= self._event_due:
            self._event_due = now + EVENTS
            self._tell_bus({"object": task.subject, "step": step, "done": over, "total": of, "message": text})
        if now >= self._record_due:
            self._record_due = now + RECORDS
            _log.info("%s", text)

    def _tell_bus(self, data: dict[str, Any]) -> None:
        if self._fire is None:
            return
        try:
            self._fire(masked(data))
        except Exception as error:  # whatever Salt's transports raise: the run matters, its progress does not
            _log.debug("no event was sent: %s", error)
            self._fire = None


def watching(module: Mapping[str, Any]) -> Watch:
    """The watcher of a run of states: for a terminal if ``salt-call`` runs in one, and for a master if there is one."""
    opts = module["__opts__"]
    at_terminal = opts.get("__cli") == "salt-call" and sys.stderr.isatty()
    return Watch(MovingLine(sys.stderr) if at_terminal else None, _bus(module))


def _bus(module: Mapping[str, Any]) -> Callable[[dict[str, Any]], Any] | None:
    opts = module["__opts__"]
    if opts.get("file_client") == "local" or opts.get("master_type") == "disable" or opts.get("__role") != "minion":
        return None
    return lambda data: module["__salt__"]["event.fire_master"](data, f"opennebula/progress/{opts['id']}")
