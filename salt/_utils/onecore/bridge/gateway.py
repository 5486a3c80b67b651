"""The interface to Salt on a gateway, for its module and its state.

Every function takes the caller's ``globals()``, where Salt puts ``__opts__``, ``__grains__``,
``__pillar__`` and ``__salt__``.
"""

from __future__ import annotations

import difflib
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..basics.errors import ArgumentError, OneError
from ..basics.values import expected
from ..gateway import dnsmasq, firewall, managers, network
from ..gateway.deployment import Deployment, check, present, remove
from ..gateway.masters import Master, cut_off
from ..gateway.model import Model, build, refusal
from ..gateway.nics import known_nics
from ..gateway.pieces import Dnsmasq, Firewall, Manager, Network, Networkd, NetworkManager, Piece, WaitOnline
from ..gateway.system import Failed, System


def system_of(module: Mapping[str, Any]) -> System:
    """The machine, with Salt's functions for services."""
    return System({name: _guarded(module["__salt__"][f"service.{name}"]) for name in ("restart", "stop", "status")})


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of Salt that fails like a command."""
    # Imported here, since everything else in this package works without Salt.
    from salt.exceptions import SaltException

    def guarded(*args: Any) -> Any:
        try:
            return function(*args)
        except SaltException as error:
            raise Failed(str(error)) from None

    return guarded


def model_of(module: Mapping[str, Any], system: System) -> Model:
    """The gateway of the pillar on this machine; raises ArgumentError with all errors."""
    part = module["__pillar__"].get("gateway")
    macs = {link["name"]: link["mac"] for link in system.interfaces()}
    context = (module["__grains__"].get("opennebula") or {}).get("interfaces") or ()
    return build(part if isinstance(part, Mapping) else None, known_nics(macs, context))


def pieces_of(model: Model, system: System) -> list[Piece]:
    """The gateway's configuration on this machine, in the order of loading."""
    every = (
        Firewall(firewall.render(model)),
        Networkd(managers.networkd(model)),
        WaitOnline(managers.wait_online(model)),
        NetworkManager(managers.network_manager(model)),
        Network(network.render(model)),
        Dnsmasq(dnsmasq.render(model)),
    )
    return [piece for piece in every if _is_needed(piece, system)]


def _is_needed(piece: Piece, system: System) -> bool:
    """Whether a file has an effect on this machine, or had one."""
    if isinstance(piece, WaitOnline) and not piece.text and system.read(piece.path) is None:
        return False
    return not isinstance(piece, (Manager, WaitOnline)) or system.exists(piece.folder)


def masters_of(module: Mapping[str, Any], declared: Any) -> list[Master]:
    """Addresses and ports of the minion's masters.

    declared
        Names or addresses, if they differ from the minion's configuration.
    """
    opts = module["__opts__"]
    if declared is None:
        declared = [] if opts.get("file_client") == "local" else opts.get("master")
    names = [declared] if isinstance(declared, str) else declared or []
    if not isinstance(names, (list, tuple)):
        raise expected("masters", "a name or an address, or a list of them", names)
    ports = (int(opts.get("publish_port", 4505)), int(opts.get("master_port", 4506)))
    return [(address, port) for name in names for address in _addresses(str(name)) for port in ports]


def _addresses(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        # Python refuses names that cannot be any.
        return []
    return sorted({str(each[4][0]) for each in found})


def checked(module: Mapping[str, Any], system: System, masters: Iterable[Master]) -> Model:
    """The model, without known errors."""
    model = model_of(module, system)
    towards = {address: system.interface_towards(address) for address, _ in masters}
    faults = list(cut_off(model, masters, {address: dev for address, dev in towards.items() if dev}))
    if faults:
        raise ArgumentError(refusal(faults))
    return model


def configured(module: Mapping[str, Any], name: str, masters: Any = None) -> dict[str, Any]:
    """The state that activates the configuration."""
    answer: dict[str, Any] = {"name": name, "result": True, "changes": {}, "comment": "The gateway is as declared."}
    try:
        system, whom = system_of(module), masters_of(module, masters)
        deployment = Deployment(system, pieces_of(checked(module, system, whom), system), whom)
        pending = deployment.pending()
        changes = {name: _difference(*sides) for name, sides in pending.items()}
        if not pending:
            return answer
        if module["__opts__"].get("test"):
            return {**answer, "result": None, "changes": changes, "comment": f"Would change: {', '.join(pending)}."}
        deployment.run(pending)
    except OneError as error:
        return {**answer, "result": False, "comment": str(error)}
    return {**answer, "changes": changes, "comment": f"Changed: {', '.join(pending)}."}


def _difference(old: str, new: str) -> dict[str, str] | str:
    if "\n" not in old + new:
        return {"old": old, "new": new}
    return "\n".join(difflib.unified_diff(old.splitlines(), new.splitlines(), "old", "new", lineterm=""))


def absent(module: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The state that removes the configuration."""
    answer: dict[str, Any] = {"name": name, "result": True, "changes": {}, "comment": "There is nothing to remove."}
    system = system_of(module)
    found = {piece.name: {"old": piece.path, "new": ""} for piece in present(system)}
    if not found:
        return answer
    if module["__opts__"].get("test"):
        return {**answer, "result": None, "changes": found, "comment": f"Would remove: {', '.join(found)}."}
    try:
        remove(system)
    except OneError as error:
        return {**answer, "result": False, "comment": str(error)}
    return {**answer, "changes": found, "comment": f"Removed: {', '.join(found)}."}


def validated(module: Mapping[str, Any], name: str, masters: Any = None) -> dict[str, Any]:
    """The state that fails if the gateway has an error, including errors that only the installed tools find."""
    answer: dict[str, Any] = {"name": name, "result": True, "changes": {}, "comment": "The gateway has no errors."}
    try:
        system = system_of(module)
        pieces = pieces_of(checked(module, system, masters_of(module, masters)), system)
        check(system, [piece for piece in pieces if piece.tool and system.has(piece.tool)])
    except OneError as error:
        return {**answer, "result": False, "comment": str(error)}
    return answer


def rendered(module: Mapping[str, Any]) -> dict[str, str]:
    """The configuration by path."""
    from salt.exceptions import CommandExecutionError

    system = system_of(module)
    try:
        return {piece.path: piece.text for piece in pieces_of(model_of(module, system), system)}
    except OneError as error:
        raise CommandExecutionError(str(error)) from None
