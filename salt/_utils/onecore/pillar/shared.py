"""From pillar to desired objects: what there is for everyone.

Pure functions over the content of the pillar key ``opennebula``, which `schema.validate` has found free of faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..basics.plan import SHARED, Desired
from ..basics.values import ADMINISTRATOR
from .infrastructure import NETWORK, SECURITY_GROUP, account, after_their_networks
from .layers import LEAVES, effective, leave, settings, users, without_nulls
from .networks import link, spelled_out

TEMPLATE = "onetemplate"
KINDS = (
    ("groups", "onegroup"),
    ("security_groups", SECURITY_GROUP),
    ("networks", NETWORK),
    ("images", "oneimage"),
    ("templates", TEMPLATE),
)


def shared(config: Mapping[str, Any]) -> list[Desired]:
    """The objects for everyone, in the order to make them: groups, security groups, networks, images, templates.

    What belongs to one of the users comes after the account of that user, and templates come last.
    """
    every, owning = _objects(config), owners(config)
    templates = [each for each in every if each.kind == TEMPLATE]
    own = [each for each in every if each.owner in owning and each not in templates]
    first = [each for each in every if each not in own and each not in templates]
    accounts = [account(config, user, effective(config, user)) for user in owning]
    return after_their_networks([*first, *accounts, *own, *templates])


def owners(config: Mapping[str, Any]) -> list[str]:
    """The users to whom shared objects belong, sorted."""
    found = {each.owner for each in _objects(config)}
    return [name for name in users(config) if name in found]


def _objects(config: Mapping[str, Any]) -> list[Desired]:
    sections, said = without_nulls(config.get("shared") or {}), settings(config)
    return [
        replace(_object(kind, name, values), **leave(values, said))
        for section, kind in KINDS
        for name, values in sections.get(section, {}).items()
    ]


def _object(kind: str, name: str, values: Mapping[str, Any]) -> Desired:
    if kind == "onegroup":
        return Desired(kind, name, None, _arguments(values), f"{SHARED}/{ADMINISTRATOR}")
    owner = values.get("owner", ADMINISTRATOR)
    if kind == NETWORK:
        return Desired(kind, name, owner, {**spelled_out(values), **link(values, {})}, f"{SHARED}/{owner}")
    return Desired(kind, name, owner, _arguments(values), f"{SHARED}/{owner}")


def _arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in ("owner", *LEAVES)}
