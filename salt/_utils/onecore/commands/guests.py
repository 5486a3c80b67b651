"""Commands that the guest agent runs inside of guests which are not minions; from OpenNebula 7.2 on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import partial
from typing import Any

from ..basics.errors import ArgumentError, SettleError
from ..basics.secrecy import quoted
from ..basics.values import Number
from ..cloud.campaign import alone
from ..cloud.collection import Collection
from ..cloud.procedure import Procedure, Wait
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .objects import act, find

_PATH = "TEMPLATE/QEMU_GA_EXEC"
_ENDED = {"DONE", "ERROR", "CANCELLED"}
#: The default timeout of a command in a guest, in seconds.
_PATIENCE = 60


def exec_(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    command: Any,
    stdin: Any = None,
    timeout: Any = _PATIENCE,
    *,
    owner: str | None = None,
) -> dict[str, Any]:
    """Run a command in the guest of {a} that runs, with its agent, and wait for its end: for guests that are not
    minions. Returns ``status`` (``DONE``, ``ERROR`` or ``CANCELLED``), ``return_code``, ``stdout`` and ``stderr``.
    OpenNebula stores the command and its output in the VM's template, which everybody with access to the VM can read:
    use no secrets.

    command
        The command.

    stdin
        Its standard input. Defaults to nothing.

    timeout
        How long to wait for its end, in seconds; with ``0`` it returns as soon as OpenNebula has accepted it.

    Rights: MANAGE on the {title}.

    {example} "cat /etc/os-release" {whose}
    {example} "tee /etc/motd" stdin=welcome timeout=10
    """
    if not isinstance(command, str) or not command.strip():
        raise ArgumentError(f"command: must be a text, not {quoted(command)}.")
    given = base64.b64encode(("" if stdin is None else str(stdin)).encode()).decode()
    return _ended(cloud, kind, target, owner, timeout, "exec", command, given)


def exec_retry(
    cloud: Cloud, kind: Collection, target: Any, timeout: Any = _PATIENCE, *, owner: str | None = None
) -> dict[str, Any]:
    """Run the last command in the guest of {a} again; returns what :py:func:`exec` does.

    timeout
        How long to wait for its end, in seconds; with ``0`` it returns as soon as OpenNebula has accepted it.

    Rights: MANAGE on the {title}.

    {example} {whose}
    """
    return _ended(cloud, kind, target, owner, timeout, "retryexec")


def exec_cancel(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> bool:
    """Cancel the running command in the guest of {a}.

    Rights: MANAGE on the {title}.

    {example} {whose}
    """
    return act(cloud, kind, target, owner, "cancelexec")


def _ended(
    cloud: Cloud, kind: Collection, target: Any, owner: str | None, timeout: Any, verb: str, *params: str
) -> dict[str, Any]:
    patience = float(Number().wanted("timeout", timeout)) if timeout not in (0, "0") else 0
    vm = find(cloud, kind, target, owner)
    act(cloud, kind, vm.id, None, verb, *params)
    return alone(cloud, _awaited(kind, vm, patience)) if patience else _told({})


def _awaited(kind: Collection, vm: Resource, patience: float) -> Procedure:
    now = yield Wait(kind, vm.id, partial(_has_ended, vm), "the command in the guest to end", patience)
    return _told(next(now.vectors(_PATH), {}))


def _has_ended(vm: Resource, now: Resource | None) -> bool:
    if now is None:
        raise SettleError(f"VM {vm.name} no longer exists")
    return now.text(f"{_PATH}/STATUS") in _ENDED


def _told(found: Mapping[str, str]) -> dict[str, Any]:
    code = found.get("RETURN_CODE", "")
    return {
        "status": found.get("STATUS") or "EXECUTING",
        "return_code": int(code) if code.lstrip("-").isdigit() else None,
        "stdout": _text(found.get("STDOUT", "")),
        "stderr": _text(found.get("STDERR", "")),
    }


def _text(packed: str) -> str:
    """The decoded text of base64; the text itself if it is not base64."""
    try:
        return base64.b64decode(packed, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return packed
