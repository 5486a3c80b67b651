"""How the master gets the data for a gateway's part of the pillar."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from ..orchestration.gateway_part import part_of, user_of


def pillar_of(module: Mapping[str, Any], minion_id: str, source: str, minions: str) -> dict[str, Any]:
    """``{"gateway": part}`` for the minion of a gateway, an empty dictionary for any other."""
    if minion_id == source or not fnmatchcase(minion_id, minions):
        return {}
    compiled = _compiled(module["__opts__"], source)
    if compiled.get("_errors"):
        return {"gateway": {"faults": [f"the pillar of {source} cannot be compiled; see the master's log"]}}
    config = compiled.get("opennebula")
    user = user_of(config, minion_id)
    return {} if user is None else {"gateway": part_of(config, user)}


def _compiled(opts: Mapping[str, Any], minion_id: str) -> dict[str, Any]:
    # Imported here, since everything else in this package works without Salt.
    import salt.pillar

    environment = opts.get("pillarenv") or opts.get("saltenv") or "base"
    return salt.pillar.Pillar(dict(opts), {"id": minion_id}, minion_id, environment).compile_pillar(ext=False)
