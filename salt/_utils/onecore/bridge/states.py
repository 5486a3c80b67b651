"""The interface to Salt for modules and states.

Every function takes the caller's ``globals()``, where Salt puts ``__opts__``, ``__pillar__`` and ``__context__``. This
module makes no decisions about OpenNebula.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ..basics.errors import ArgumentError, ConfigurationError, OneError, did_you_mean
from ..basics.secrecy import KNOWN, SECRET_STORE, discreet, quoted
from ..basics.values import expected
from ..cloud.view import Cloud
from ..engine.report import Report, comments, sentence
from ..wire.client import Client
from .functions import injected
from .loading import virtual as virtual
from .loading import virtual_runner as virtual_runner
from .progress import watching
from .sharing import Notes

#: Arguments of every state that identify its object.
TEXTS = ("name", "owner", "source", "profile")
#: Master option: the minion whose pillar describes the cloud.
MINION = "opennebula_minion"
#: Environment variable that replaces the connection of the pillar, as for OpenNebula's own tools.
ENDPOINT = "ONE_XMLRPC"
_CLOUD, _TRIED = "opennebula.cloud", "opennebula.tried"
_log = discreet(__name__)


def configuration(module: Mapping[str, Any]) -> dict[str, Any]:
    """The ``opennebula`` section of the pillar, overridden by the minion's configuration, as plain data; registers its
    secrets.

    What of it is secret is known from now on.
    """
    merged = plain(module["__pillar__"].get("opennebula"))
    local = plain(module["__opts__"].get("opennebula"))
    if isinstance(merged, dict) and isinstance(local, dict):
        merged = {**merged, **local}
    elif merged is None:
        merged = local
    learn(merged)
    return merged


def plain(value: Any) -> Any:
    """A deep copy with built-in types: Salt's own mappings and lists may mask their contents when formatted."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def minion_of(module: Mapping[str, Any]) -> str:
    """The ID of the minion whose pillar was read; a master reads that of the minion in ``opennebula_minion``."""
    opts = module["__opts__"]
    named = opts.get(MINION) if opts.get("__role") == "master" else None
    return str(named or opts.get("id"))


def without_pillar(module: Mapping[str, Any]) -> str:
    """The error for a pillar that has no data for this project, and what to do, as a clause."""
    found = f"the pillar of {minion_of(module)} has no key opennebula"
    if module["__opts__"].get("__role") == "master" and not module["__opts__"].get(MINION):
        return f"{found}; set {MINION} in the master's configuration to the minion that has it"
    return f"{found}; assign the pillar to it in top.sls, and run saltutil.refresh_pillar"


def connect(module: Mapping[str, Any], profile: str | None = None) -> Cloud:
    """A new view of the configured cloud."""
    config = configuration(module)
    if not isinstance(config, dict):
        config = {}
    if not config and not os.environ.get(ENDPOINT):
        raise ConfigurationError(f"{without_pillar(module)}, or set {ENDPOINT} in the environment.")
    settings = config.get("connection") or {}
    _check_profile(profile)
    if profile is not None:
        profiles = config.get("profiles") or {}
        if not isinstance(profiles, dict):
            raise ConfigurationError("opennebula:profiles must be a dictionary of connections.")
        if profile not in profiles:
            near = did_you_mean(profile, profiles) or "."
            raise ConfigurationError(f"There is no profile {quoted(profile)} in opennebula:profiles{near}")
        settings = profiles[profile]
    if not isinstance(settings, dict):
        raise ConfigurationError("opennebula:connection must be a dictionary of settings.")
    return Cloud(Client.from_config(looked_up(settings, module)))


def _check_profile(profile: Any) -> None:
    """Raise ArgumentError for a value that is not the name of a profile."""
    if profile is not None and not isinstance(profile, str):
        raise expected("profile", "a text", profile)


def learn(declared: Any) -> None:
    """Register the secrets in declared data before anything is logged.

    The key ``secrets`` in it lists further keys whose values are secret.
    """
    if isinstance(declared, dict):
        names = declared.get("secrets")
        KNOWN.declare(name for name in (names if isinstance(names, list) else ()) if isinstance(name, str))
        KNOWN.learn({key: inner for key, inner in declared.items() if key != "secrets"})


def looked_up(value: Any, module: Mapping[str, Any]) -> Any:
    """A copy of plain data in which every address of a secret (``sdb://…``) is replaced by the secret."""
    if isinstance(value, dict):
        return {key: looked_up(inner, module) for key, inner in value.items()}
    if isinstance(value, list):
        return [looked_up(inner, module) for inner in value]
    if not (isinstance(value, str) and value.startswith(SECRET_STORE)):
        return value
    # Imported here, since everything else in this package works without Salt.
    import salt.utils.sdb

    try:
        secret = salt.utils.sdb.sdb_get(value, module["__opts__"])
    except Exception as error:  # each driver has exceptions of its own
        raise ConfigurationError(f"secret {value} could not be looked up: {type(error).__name__}.") from None
    if secret in (None, value):
        raise ConfigurationError(f"secret {value} could not be looked up: there is none.")
    KNOWN.remember(secret)
    return secret


def shared_cloud(module: Mapping[str, Any], profile: str | None = None) -> Cloud:
    """The view of the cloud of this run of states, so that each pool is read once for each run.

    Salt gives each run a context of its own. A state with ``parallel: True`` runs in its own process, which must not
    use its parent's connection, and after which its parent reads again.
    """
    _check_profile(profile)
    clouds = module["__context__"].setdefault(_CLOUD, {})
    key = (profile, os.getpid())
    if key not in clouds:
        notes = Notes(os.path.join(module["__opts__"]["cachedir"], "opennebula"))
        clouds[key] = connect(module, profile), notes
        clouds[key][0].tell, clouds[key][0].watch = notes.add, watching(module)
    cloud, notes = clouds[key]
    if notes.others():
        cloud.forget_all()
    # Salt first runs a state that is the ``prereq`` of another one with test=True.
    before = module["__context__"].pop(_TRIED, {})
    if key in before:
        cloud.rewind(before[key])
    if (module.get("__low__") or injected("__low__") or {}).get("__prereq__"):
        module["__context__"][_TRIED] = {key: cloud.rewind()}
    return cloud


def failure(name: str, error: OneError) -> dict[str, Any]:
    """The return value of a state that could not start."""
    return {"name": name, "result": False, "changes": {}, "comment": sentence(str(error))}


def returned(report: Report, name: str, test: bool) -> dict[str, Any]:
    """The return value of a state for one object."""
    state = report.as_state(name, test)
    log_failures(state, [report], test)
    return state


def log_failures(state: Mapping[str, Any], reports: Iterable[Report], test: bool) -> None:
    """Log why a state failed, one line for each reason, unless Salt does: it logs only changes."""
    if state["result"] is False and state["changes"]:
        for text in comments((report for report in reports if report.error), test):
            _log.error(text)


def arguments(given: Mapping[str, Any]) -> tuple[str, str | None, float | None, dict[str, Any]]:
    """Split a state function's ``locals()``: name, profile, timeout, and the declared arguments.

    Unknown arguments are in ``kwargs``. Salt would abort the whole run for one; here the declaration contains it, so
    that its check reports it with a suggestion.
    """
    declared = plain(dict(given))
    extra = {key: value for key, value in declared.pop("kwargs", {}).items() if not key.startswith("__")}
    learn({**declared, **extra})
    for key in TEXTS:
        if not isinstance(declared.get(key, ""), (str, type(None))):
            raise ArgumentError(f"{key}: must be a text, not {quoted(declared[key])}; put it in quotes.")
    name, profile, timeout = declared.pop("name"), declared.pop("profile", None), declared.pop("timeout", None)
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout <= 0):
        raise ArgumentError(f"timeout: must be a number of seconds, not {quoted(timeout)}.")
    return name, profile, timeout, {**declared, **extra}
