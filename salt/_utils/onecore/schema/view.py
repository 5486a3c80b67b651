"""One user's infrastructure for the cross-checks: the values, and where they were declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from .words import below

#: Stands for the user of a blueprint that nobody uses yet; no user is called so.
NOBODY = ""


@dataclass(frozen=True)
class View:
    """One user's infrastructure, or a blueprint that nobody uses yet.

    user
        ``None`` for a blueprint.
    own, blueprint, whole
        What is said of the user, what is said in the blueprint, and the one over the other.
    blamed
        Paths at which something was found wrong, and left out of the data.
    """

    user: str | None
    blueprint_name: str
    own: Mapping[str, Any]
    blueprint: Mapping[str, Any]
    whole: Mapping[str, Any]
    blamed: Set[str]

    @property
    def networks(self) -> Mapping[str, Any]:
        return self.whole.get("networks", {})

    @property
    def has_gateway(self) -> bool:
        return self.whole.get("gateway") is not None

    @property
    def gateway(self) -> Mapping[str, Any]:
        """What is said of the gateway, if there is one."""
        return self.whole["gateway"]

    def path(self, *keys: str) -> str:
        """Where something is declared, or where it would be best declared: what all users lack, at the blueprint."""
        at_user = below("users", self.user, *keys)
        if self.says(*keys) or at_user in self.blamed:
            return at_user
        at_blueprint = below("blueprints", self.blueprint_name, *keys)
        for depth in range(len(keys), 0, -1):
            if _found(self.blueprint, keys[:depth]) not in (None, _NOTHING):
                return at_blueprint
            if self.says(*keys[:depth]):
                return at_user
        return at_blueprint

    def says(self, *keys: str) -> bool:
        """Whether something is declared at the user."""
        return self.user is not None and _found(self.own, keys) is not _NOTHING

    def at(self, *keys: str) -> Any:
        """What holds for a key, or ``None``."""
        found = _found(self.whole, keys)
        return None if found is _NOTHING else found


_NOTHING = object()


def _found(layer: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        if not isinstance(layer, dict) or key not in layer:
            return _NOTHING
        layer = layer[key]
    return layer
