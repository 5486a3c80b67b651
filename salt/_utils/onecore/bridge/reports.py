"""The return of a run of states as text."""

from __future__ import annotations

import json
from typing import Any

from salt.exceptions import CommandExecutionError

from ..basics.denial import reason
from ..basics.errors import ArgumentError, OneError
from ..basics.secrecy import quoted
from ..engine.report import sentence
from .output import as_text


def report(source: Any) -> str:
    """The report of a run of states, as the outputter shows it.

    source
        Its return, or the path of a JSON file with it.
    """
    try:
        data = _read(source) if isinstance(source, str) else source
        text = as_text(data)
        if text is None:
            raise ArgumentError("source: must be the return of state.apply, as data or as a JSON file")
    except OneError as error:
        raise CommandExecutionError(sentence(str(error))) from None
    return text


def _read(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError as error:
        raise ArgumentError(f"source: {quoted(path)} cannot be read: {reason(error)}") from None
    except ValueError:
        raise ArgumentError(f"source: {quoted(path)} is not JSON; write it with state.apply --out=json") from None
