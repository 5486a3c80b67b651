"""What the execution module of whole infrastructures tells: what is declared, its faults, what exists, what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud.view import Cloud
from ..orchestration import users as composite
from ..orchestration.status import status as tell_status
from .commands import command
from .states import configuration, looked_up


def declared_users(module: Mapping[str, Any]) -> list[str]:
    """The users that the configuration declares; none when it is not what it should be."""
    config = configuration(module)
    users = config.get("users") if isinstance(config, dict) else None
    return sorted(name for name in users if isinstance(name, str)) if isinstance(users, dict) else []


def faults(module: Mapping[str, Any]) -> list[str]:
    """Every fault of the configuration."""
    return composite.faults(configuration(module))


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
