"""The settings of each user: those of the user take precedence over those of the blueprint.

Dictionaries are merged key by key, lists and single values replace, and ``null`` removes an inherited value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.errors import ArgumentError, did_you_mean

#: Settings that limit a run; the nearest declaration applies.
DEFAULT_SETTINGS: dict[str, Any] = {"prune": False, "max_deletions": 5, "adopt": False, "disruption": "refuse"}
#: Settings that an object can declare itself.
LEAVES = ("adopt", "disruption")
ALLOW = "allow"


def users(config: Mapping[str, Any]) -> list[str]:
    """The names of the declared users, sorted."""
    return sorted(config.get("users") or {})


def settings(config: Mapping[str, Any], user: str | None = None) -> dict[str, Any]:
    """The limits of a run: ``{"prune", "max_deletions", "adopt", "disruption"}``; the nearest declaration applies.

    user
        The user; ``None`` for shared objects.
    """
    layers = [config] if user is None else [config, *_layers(config, user)]
    result = dict(DEFAULT_SETTINGS)
    for layer in layers:
        for key in layer.keys() & DEFAULT_SETTINGS.keys():
            result[key] = DEFAULT_SETTINGS[key] if layer[key] is None else layer[key]
    return result


def leave(values: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The settings for an existing object: its own, or those around it."""
    adopt, disruption = (values.get(key, said[key]) for key in LEAVES)
    return {"adopt": adopt, "disruption": disruption == ALLOW}


def given_leave(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same settings, from those of a whole run; without the ones that are not declared."""
    found = {"adopt": said["adopt"]} if "adopt" in said else {}
    return {**found, "disruption": said["disruption"] == ALLOW} if "disruption" in said else found


def effective(config: Mapping[str, Any], user: str) -> dict[str, Any]:
    """All settings of a user: those of the blueprint, overridden by those of the user."""
    return combined(*_layers(config, user))


def _layers(config: Mapping[str, Any], user: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    declared = config.get("users") or {}
    if user not in declared:
        raise ArgumentError(f"the pillar declares no user {user}{did_you_mean(user, declared)}")
    own = declared[user]
    return config["blueprints"][own["blueprint"]], own


def combined(blueprint: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A user over a blueprint: ``{"networks": …, "gateway": …, …}`` without nulls, ``lan`` as a dictionary."""
    whole = merge(without_nulls(blueprint), own)
    if "gateway" in whole:
        whole["gateway"]["lan"] = _lan(blueprint.get("gateway") or {}, own.get("gateway") or {})
    return whole


def merge(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``inherited``: dictionaries key by key, anything else replaces, ``None`` takes away."""
    result = dict(inherited)
    for key, value in own.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = without_nulls(value)
    return result


def without_nulls(value: Any) -> Any:
    """A copy of nested dictionaries and lists in which every key has a value."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def shared_section(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A section of shared objects, without nulls."""
    section: dict[str, Any] = without_nulls((config.get("shared") or {}).get(name) or {})
    return section


def _lan(inherited: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, str | None]:
    """``lan`` of a gateway over that of another: ``{network: its address there, None for the network's own}``.

    Merged separately, since null is a value here.
    """
    below = inherited.get("lan")
    lan = own.get("lan") if "lan" in own else below
    if not isinstance(lan, dict):
        return dict.fromkeys(lan or ())
    return {**below, **lan} if isinstance(below, dict) else dict(lan)
