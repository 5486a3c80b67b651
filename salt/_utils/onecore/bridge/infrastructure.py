"""Whole infrastructures: their states, and the functions of the execution module about them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError, OneError
from ..basics.values import YES_NO, Choice, Integer, Type
from ..cloud.view import Cloud
from ..commands.default_quota import set_default_quota
from ..engine.report import comments, sentence
from ..orchestration import users as composite
from ..orchestration.arrivals import await_arrivals
from ..orchestration.isolation import isolation as tell_isolation
from ..orchestration.status import status as tell_status
from ..pillar.layers import ALLOW
from . import pillars
from .commands import command
from .loading import virtual as virtual
from .states import arguments, configuration, failure, log_failures, returned, shared_cloud

#: Arguments of the infrastructure states that override the pillar.
SETTINGS: dict[str, Type] = {
    "prune": YES_NO,
    "max_deletions": Integer(0),
    "adopt": YES_NO,
    "disruption": Choice("refuse", ALLOW),
}
_CONFIGURATION = "opennebula.configuration"
#: The exit status of `salt-call` and `salt` for a pillar with errors.
FAULTY = 1


# -- states -----------------------------------------------------------------------------------------------------------


def infrastructure(module: Mapping[str, Any], given: Mapping[str, Any], shared: bool = False) -> dict[str, Any]:
    """The states that create everything that is declared for one user, or for all users."""
    test = bool(module["__opts__"].get("test"))
    name = given["name"]
    try:
        _, profile, _, declared = arguments(given)
        settings = _settings(given, declared)
        config = _checked_configuration(module)
        outcome = composite.build(shared_cloud(module, profile), config, None if shared else name, test, **settings)
    except OneError as error:
        return failure(name, error)
    return _as_states(module, name, outcome, test)


def _settings(given: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a state that override the pillar."""
    refuse_unknown(declared, [name for name in SETTINGS if name in given])
    return {key: SETTINGS[key].wanted(key, value) for key, value in declared.items() if value is not None}


def default_quota(module: Mapping[str, Any], whose: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that sets the default quota of users or of groups."""
    test = bool(module["__opts__"].get("test"))
    try:
        name, profile, _, declared = arguments(given)
        refuse_unknown(declared, ("name", "quota", "profile"))
        report = set_default_quota(shared_cloud(module, profile), whose, declared.get("quota", {}), test)
    except OneError as error:
        return failure(given["name"], error)
    return returned(report, name, test)


def demolished(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that removes a user's infrastructure."""
    test = bool(module["__opts__"].get("test"))
    name = given["name"]
    try:
        _, profile, _, declared = arguments(given)
        settings = _settings(given, declared)
        if "max_deletions" not in settings:
            raise ArgumentError("max_deletions: must be given, as the number of objects that may be removed.")
        if name in declared_users(module):
            raise ArgumentError(f"The pillar still declares {name}: remove the user from opennebula:users first.")
        outcome = composite.demolish(shared_cloud(module, profile), name, test, settings["max_deletions"])
    except OneError as error:
        return failure(name, error)
    return _as_states(module, name, outcome, test)


def pruned(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that removes shared objects, and those of removed users, that are no longer declared."""
    test = bool(module["__opts__"].get("test"))
    name = given["name"]
    try:
        _, profile, _, declared = arguments(given)
        settings = _settings(given, declared)
        outcome = composite.prune(shared_cloud(module, profile), _checked_configuration(module), test, **settings)
    except OneError as error:
        return failure(name, error)
    return _as_states(module, name, outcome, test)


def arrived(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that waits until all objects have settled."""
    name = given["name"]
    try:
        _, profile, timeout, declared = arguments(given)
        refuse_unknown(declared, ("name", "timeout", "profile"))
        if module["__opts__"].get("test"):
            return {
                "name": name,
                "result": True,
                "changes": {},
                "comment": "A dry run changes nothing, so there is nothing to wait for.",
            }
        cloud = shared_cloud(module, profile)
        count, problems = await_arrivals(cloud, _checked_configuration(module), timeout)
    except OneError as error:
        return failure(name, error)
    said = f"Waited for {count} object{'s' if count != 1 else ''}." if count else "Nothing was under way."
    comment = "\n".join(sentence(problem) for problem in problems) or said
    return {"name": name, "result": not problems, "changes": {}, "comment": comment}


def validated(module: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The state that fails if the pillar has an error."""
    name = given["name"]
    try:
        refuse_unknown(arguments(given)[3], ("name", "profile"))
        _checked_configuration(module)
    except OneError as error:
        return failure(name, error)
    return {"name": name, "result": True, "changes": {}, "comment": "The pillar has no errors."}


def _checked_configuration(module: Mapping[str, Any]) -> dict[str, Any]:
    """The ``opennebula`` section with its secrets, checked once for each run; raises ArgumentError with all errors."""
    known = module["__context__"].setdefault(_CONFIGURATION, {})
    # A state in its own process must register the secrets itself.
    if os.getpid() not in known:
        try:
            known[os.getpid()] = pillars.checked(module)
        except OneError as error:
            known[os.getpid()] = error
    found = known[os.getpid()]
    if isinstance(found, OneError):
        raise found.with_traceback(None)
    return found


def _as_states(module: Mapping[str, Any], name: str, outcome: composite.Outcome, test: bool) -> dict[str, Any]:
    """The return value of one state, with a result for each object."""
    results = {report.result(test) for report in outcome.reports}
    counts = {word: number for word, number in outcome.counts().items() if number}
    changes = {word: counts[word] for word in ("created", "taken over", "changed", "removed") if word in counts}
    summary = ", ".join(f"{number} {'to be ' * (test and word in changes)}{word}" for word, number in counts.items())
    # Each object has a line of its own below, which is not always shown: not for a single state, nor for a state in its
    # own process. Important messages are therefore repeated here.
    grave = comments((each for each in outcome.reports if each.error or each.action == "remove" or each.note), test)
    state = {
        "name": name,
        "result": False if False in results else None if None in results else True,
        "changes": changes,
        "comment": "\n- ".join([f"{name}: {summary or 'no objects'}.", *grave]),
        "sub_state_run": [
            {
                **report.as_state(report.name, test),
                # In milliseconds. Objects wait in parallel: their sum may be more than the duration of the state.
                "duration": round(report.seconds * 1000, 3),
                "low": {
                    "state": report.kind.cli,
                    "fun": "absent" if report.action == "remove" else "present",
                    # The whole subject, since objects of all users have the same names.
                    "name": report.subject,
                    "__id__": report.subject,
                },
            }
            for report in outcome.reports
        ],
    }
    log_failures(state, outcome.reports, test)
    return state


# -- telling ----------------------------------------------------------------------------------------------------------


def declared_users(module: Mapping[str, Any]) -> list[str]:
    """The declared users; none if the configuration is invalid."""
    config = configuration(module)
    users = config.get("users") if isinstance(config, dict) else None
    return sorted(name for name in users if isinstance(name, str)) if isinstance(users, dict) else []


def faults(module: Mapping[str, Any]) -> list[str]:
    """All errors of the configuration; the exit status shows whether there are any."""
    found = pillars.faults(pillars.current(module))
    if found:
        module["__context__"]["retcode"] = FAULTY
    return found


def status(module: Mapping[str, Any], profile: str | None) -> list[dict[str, Any]]:
    """The existing objects of each user."""
    module = pillars.current(module)
    config = configuration(module)
    # The declared objects are not known if the pillar has errors.
    faulty = pillars.faults(module)
    declared = dict.fromkeys(declared_users(module)) if faulty else composite.declared_keys(config)
    return command(module, profile, lambda cloud: tell_status(cloud, declared))


def isolation(module: Mapping[str, Any], profile: str | None) -> list[dict[str, Any]]:
    """The isolation of users."""
    return command(pillars.current(module), profile, tell_isolation)


def plan(module: Mapping[str, Any], user: str | None, profile: str | None) -> dict[str, Any]:
    """The changes that the infrastructure states would make."""
    module = pillars.current(module)

    def work(cloud: Cloud) -> dict[str, Any]:
        config = pillars.checked(module)
        whose = [None, *declared_users(module)] if user is None else [user]
        found = {each or "shared": _differences(composite.build(cloud, config, each, test=True)) for each in whose}
        return {name: objects for name, objects in found.items() if objects}

    return command(module, profile, work)


def _differences(outcome: composite.Outcome) -> dict[str, Any]:
    return {
        # Two objects can have the same name, and even the same owner.
        report.subject if report.id is None else f"{report.subject} (ID {report.id})": (
            {"error": report.error} if report.error else report.changes(test=True)
        )
        for report in outcome.reports
        if report.error or report.pending
    }
