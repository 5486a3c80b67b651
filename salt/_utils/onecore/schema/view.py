"""One user's infrastructure for the cross-checks: the values, and the paths of their declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from .words import below

#: The placeholder for the user of a blueprint without users; no user can have this name.
NOBODY = ""


@dataclass(frozen=True)
class View:
    """One user's infrastructure, or a blueprint without users.

    user
        ``None`` for a blueprint.
    own, blueprint, whole
        The settings of the user, those of the blueprint, and the merged ones.
    blamed
        Paths with errors, whose values are not in the data.
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
        """The settings of the gateway, if there are any."""
        return self.whole["gateway"]

    def path(self, *keys: str) -> str:
        """The path of a declaration, or the best place for it: for values that all users lack, in the blueprint."""
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
        """Whether the user declares something."""
        return self.user is not None and _found(self.own, keys) is not _NOTHING

    def at(self, *keys: str) -> Any:
        """The value of a key, or ``None``."""
        found = _found(self.whole, keys)
        return None if found is _NOTHING else found


_NOTHING = object()


def _found(layer: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        if not isinstance(layer, dict) or key not in layer:
            return _NOTHING
        layer = layer[key]
    return layer
