"""One user's infrastructure as the cross-checks see it: what holds, and where it was said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .walk import below


@dataclass(frozen=True)
class View:
    """One user's infrastructure, or a blueprint that nobody uses yet.

    user
        ``None`` for a blueprint.
    own, blueprint, whole
        What is said of the user, what is said in the blueprint, and the one over the other.
    """

    user: str | None
    blueprint_name: str
    own: Mapping[str, Any]
    blueprint: Mapping[str, Any]
    whole: Mapping[str, Any]

    @property
    def networks(self) -> Mapping[str, Any]:
        return self.whole.get("networks", {})

    @property
    def gateway(self) -> Mapping[str, Any] | None:
        return self.whole.get("gateway")

    def path(self, *keys: str) -> str:
        """Where something is declared: at the user if anything is said of it there, else at the blueprint."""
        if self.says(*keys):
            return below("users", self.user, *keys)
        return below("blueprints", self.blueprint_name, *keys)

    def says(self, *keys: str) -> bool:
        """Whether something is declared at the user."""
        layer: Any = self.own
        for key in keys:
            if not isinstance(layer, dict) or key not in layer:
                return False
            layer = layer[key]
        return self.user is not None
