"""The seam to Salt: what modules and states hand over, and what they get back.

Every function takes the caller's ``globals()``, for that is where Salt puts ``__opts__``, ``__pillar__`` and
``__context__``. Nothing here decides anything about OpenNebula.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..basics.errors import ArgumentError, ConfigurationError, OneError, did_you_mean
from ..basics.plan import SINGLE, Desired
from ..basics.secrecy import KNOWN, SECRET_STORE, masked
from ..basics.values import YES_NO, Integer, Type
from ..cloud.view import Cloud
from ..engine.converge import converge
from ..engine.removal import remove
from ..engine.renaming import rename
from ..engine.report import sentence
from ..kinds.registry import KINDS
from ..model.kind import Kind
from ..orchestration import users as composite
from ..orchestration.status import status as tell_status
from ..wire.client import Client
from .loading import virtual as virtual

#: Arguments of the infrastructure states that override what the pillar says.
SETTINGS: dict[str, Type] = {"prune": YES_NO, "max_deletions": Integer(0)}
#: Arguments of every state that name something.
TEXTS = ("name", "owner", "source", "profile")
_CLOUD, _CONFIGURATION = "opennebula.cloud", "opennebula.configuration"


def configuration(module: Mapping[str, Any]) -> dict[str, Any]:
    """The ``opennebula`` section: the pillar's, with the minion's configuration over it, as plain data.

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
    """A deep copy as built-in types: Salt's own mappings and lists may hide what they hold when formatted."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def connect(module: Mapping[str, Any], profile: str | None = None) -> Cloud:
    """A fresh view of the cloud that the configuration names."""
    config = configuration(module)
    if not isinstance(config, dict):
        config = {}
    settings = config.get("connection") or {}
    if profile is not None:
        profiles = config.get("profiles") or {}
        if profile not in profiles:
            near = did_you_mean(profile, profiles) or "."
            raise ConfigurationError(f"There is no profile {profile!r} in opennebula:profiles{near}")
        settings = profiles[profile]
    if not isinstance(settings, dict):
        raise ConfigurationError("opennebula:connection: settings by name are wanted.")
    return Cloud(Client.from_config(looked_up(settings, module)))


def learn(declared: Any) -> None:
    """Know what of declared data is secret before anything is said about it.

    ``secrets`` in it names keys whose values are secret, whatever they are called.
    """
    if isinstance(declared, dict):
        names = declared.get("secrets")
        KNOWN.declare(name for name in (names if isinstance(names, list) else ()) if isinstance(name, str))
        KNOWN.learn({key: inner for key, inner in declared.items() if key != "secrets"})


def looked_up(value: Any, module: Mapping[str, Any]) -> Any:
    """A copy of plain data in which every address of a secret (``sdb://…``) has become the secret."""
    if isinstance(value, dict):
        return {key: looked_up(inner, module) for key, inner in value.items()}
    if isinstance(value, list):
        return [looked_up(inner, module) for inner in value]
    if not (isinstance(value, str) and value.startswith(SECRET_STORE)):
        return value
    # Only here, since everything else in this package works without Salt.
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
    """The cloud as this run of states knows it, so that each pool is read once a run.

    Salt gives each run a context of its own. A state with ``parallel: True`` runs in a process of its own,
    which must not use its parent's connection.
    """
    clouds = module["__context__"].setdefault(_CLOUD, {})
    key = (profile, os.getpid())
    if key not in clouds:
        clouds[key] = connect(module, profile)
    return clouds[key]


def failure(name: str, error: OneError) -> dict[str, Any]:
    """The return value of a state that could not even begin."""
    return {"name": name, "result": False, "changes": {}, "comment": sentence(str(error))}


def arguments(given: Mapping[str, Any]) -> tuple[str, str | None, float | None, dict[str, Any]]:
    """Split a state function's ``locals()``: name, profile, timeout, and what is declared.

    Arguments the function does not know arrive in ``kwargs``. Salt would abort the whole run for one; here it
    stays with the declaration, whose check names it and what may have been meant.
    """
    declared = plain(dict(given))
    extra = {key: value for key, value in declared.pop("kwargs", {}).items() if not key.startswith("__")}
    learn({**declared, **extra})
    for key in TEXTS:
        if not isinstance(declared.get(key, ""), (str, type(None))):
            raise ArgumentError(f"{key}: a text is wanted, not {declared[key]!r}; put it in quotes.")
    name, profile, timeout = declared.pop("name"), declared.pop("profile", None), declared.pop("timeout", None)
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout <= 0):
        raise ArgumentError(f"timeout: seconds are wanted, not {timeout!r}.")
    return name, profile, timeout, {**declared, **extra}


def present(module: Mapping[str, Any], kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``present`` state of a kind."""
    test = bool(module["__opts__"].get("test"))
    try:
        name, profile, timeout, declared = arguments(given)
        cloud = shared_cloud(module, profile)
        owner = declared.pop("owner", None) if KINDS[kind].per_owner else None
        mark = f"{SINGLE}/{owner or cloud.account}"
        desired = Desired(kind, name, owner, looked_up(declared, module), mark)
        (report,) = converge(cloud, KINDS, [desired], test, timeout)
    except OneError as error:
        return failure(given["name"], error)
    return report.as_state(name, test)


def absent(
    module: Mapping[str, Any], cli: str, given: Mapping[str, Any], gentle: Kind | None = None
) -> dict[str, Any]:
    """The ``absent`` state of a kind.

    gentle
        The same kind, removed more gently, where ``hard: false`` asks for it.
    """
    test = bool(module["__opts__"].get("test"))
    try:
        name, profile, _, declared = arguments(given)
        kind = KINDS[cli]
        owner = declared.pop("owner", None) if kind.per_owner else None
        unmanaged = YES_NO.wanted("unmanaged", declared.pop("unmanaged", None) or False)
        if gentle is not None and not YES_NO.wanted("hard", declared.pop("hard", True)):
            kind = gentle
        _refuse_unknown(declared, ("name", "owner", "unmanaged", "profile"))
        report = remove(shared_cloud(module, profile), kind, name, owner, unmanaged, test)
    except OneError as error:
        return failure(given["name"], error)
    return report.as_state(name, test)


def renamed(module: Mapping[str, Any], kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``renamed`` state of a kind."""
    test = bool(module["__opts__"].get("test"))
    try:
        name, profile, _, declared = arguments(given)
        source, owner = declared.pop("source", None), declared.pop("owner", None)
        _refuse_unknown(declared, ("name", "source", "owner", "profile"))
        report = rename(shared_cloud(module, profile), KINDS[kind], source, name, owner, test)
    except OneError as error:
        return failure(given["name"], error)
    return report.as_state(name, test)


def infrastructure(module: Mapping[str, Any], given: Mapping[str, Any], shared: bool = False) -> dict[str, Any]:
    """The states that make everything declared for one user, or for everybody."""
    test = bool(module["__opts__"].get("test"))
    name = given["name"]
    try:
        _, profile, _, declared = arguments(given)
        settings = _settings(declared)
        config = _checked_configuration(module)
        outcome = composite.build(shared_cloud(module, profile), config, None if shared else name, test, **settings)
    except OneError as error:
        return failure(name, error)
    return _as_states(module, name, outcome, test)


def _settings(declared: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown({key: value for key, value in declared.items() if key not in SETTINGS}, tuple(SETTINGS))
    return {key: SETTINGS[key].wanted(key, value) for key, value in declared.items() if value is not None}


def demolished(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that leaves nothing of a user's infrastructure."""
    test = bool(module["__opts__"].get("test"))
    name = given["name"]
    try:
        _, profile, _, declared = arguments(given)
        settings = _settings(declared)
        if name in ((configuration(module) or {}).get("users") or {}):
            raise ArgumentError(f"The pillar still declares {name}: take the user out of opennebula:users first.")
        outcome = composite.demolish(shared_cloud(module, profile), name, test, settings["max_deletions"])
    except OneError as error:
        return failure(name, error)
    return _as_states(module, name, outcome, test)


def arrived(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that waits for everything that is under way."""
    name = given["name"]
    try:
        _, profile, timeout, declared = arguments(given)
        _refuse_unknown(declared, ("timeout", "profile"))
        if module["__opts__"].get("test"):
            return {"name": name, "result": True, "changes": {}, "comment": "A dry run starts nothing to wait for."}
        cloud = shared_cloud(module, profile)
        count, problems = composite.await_arrivals(cloud, _checked_configuration(module), timeout)
    except OneError as error:
        return failure(name, error)
    said = f"Waited for {count} object{'s' if count != 1 else ''}." if count else "Nothing was under way."
    comment = "\n".join(sentence(problem) for problem in problems) or said
    return {"name": name, "result": not problems, "changes": {}, "comment": comment}


def validated(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that fails when the pillar has a fault."""
    name = given["name"]
    try:
        _checked_configuration(module)
    except OneError as error:
        return failure(name, error)
    return {"name": name, "result": True, "changes": {}, "comment": "The pillar has no fault."}


def _checked_configuration(module: Mapping[str, Any]) -> dict[str, Any]:
    """The ``opennebula`` section, validated once a run; raises ArgumentError with all its faults."""
    known = module["__context__"]
    if _CONFIGURATION not in known:
        config = configuration(module)
        known[_CONFIGURATION] = (config, composite.faults(config))
    config, faults = known[_CONFIGURATION]
    return looked_up(composite.faultless(config, faults), module)


def _as_states(module: Mapping[str, Any], name: str, outcome: composite.Outcome, test: bool) -> dict[str, Any]:
    """One state's return value, with a result of its own for each object."""
    results = {report.result(test) for report in outcome.reports}
    counts = {word: number for word, number in outcome.counts().items() if number}
    changes = {word: counts[word] for word in ("created", "changed", "removed") if word in counts}
    told = ", ".join(f"{number} {'to be ' * (test and word in changes)}{word}" for word, number in counts.items())
    return {
        "name": name,
        "result": False if False in results else None if None in results else True,
        "changes": changes,
        "comment": f"{name}: {told or 'no objects'}.",
        "sub_state_run": [
            {
                **report.as_state(report.name, test),
                "low": {
                    "state": report.kind.cli,
                    "fun": "absent" if report.action == "remove" else "present",
                    # The whole subject, since every user has objects of the same names.
                    "name": report.subject,
                    "__id__": report.subject,
                },
            }
            for report in outcome.reports
        ],
    }


def _refuse_unknown(left: Mapping[str, Any], known: tuple[str, ...]) -> None:
    if left:
        raise ArgumentError(" ".join(f"Unknown argument {name}{did_you_mean(name, known) or '.'}" for name in left))


def command(module: Mapping[str, Any], profile: str | None, work: Callable[[Cloud], Any]) -> Any:
    """Run the body of an execution function; whatever goes wrong becomes a CommandExecutionError."""
    # Only here, since everything else in this package works without Salt.
    from salt.exceptions import CommandExecutionError

    try:
        return masked(work(connect(module, profile)))
    except OneError as error:
        raise CommandExecutionError(sentence(str(error))) from None


def declared_users(module: Mapping[str, Any]) -> list[str]:
    """The users that the configuration declares; none when it is not what it should be."""
    config = configuration(module)
    users = config.get("users") if isinstance(config, dict) else None
    return sorted(name for name in users if isinstance(name, str)) if isinstance(users, dict) else []


def faults(module: Mapping[str, Any]) -> list[str]:
    """Every fault of the configuration."""
    return masked(composite.faults(configuration(module)))


def status(module: Mapping[str, Any], profile: str | None) -> list[dict[str, Any]]:
    """What exists for each user."""
    return command(module, profile, lambda cloud: tell_status(cloud, declared_users(module)))


def plan(module: Mapping[str, Any], user: str | None, profile: str | None) -> dict[str, Any]:
    """What the infrastructure states would change."""

    def work(cloud: Cloud) -> dict[str, Any]:
        config = configuration(module)
        config = looked_up(composite.faultless(config, composite.faults(config)), module)
        whose = [None, *declared_users(module)] if user is None else [user]
        found = {each or "shared": _differences(composite.build(cloud, config, each, test=True)) for each in whose}
        return {name: objects for name, objects in found.items() if objects}

    return command(module, profile, work)


def _differences(outcome: composite.Outcome) -> dict[str, Any]:
    return {
        f"{report.kind.title} {report.name}": {"error": report.error} if report.error else report.changes(test=True)
        for report in outcome.reports
        if report.error or report.pending
    }
