"""The default quota of users or of groups, which applies if their own quota sets no limit."""

from __future__ import annotations

from typing import Any

from ..basics.errors import ArgumentError
from ..cloud.directory import CLUSTERS
from ..cloud.resource import Resource
from .limits import DEFAULT, UNLIMITED
from .quota import Limit, Quota
from .reading import Reading


class DefaultQuota(Quota):
    """The limits of a default quota: there is no default below it, so that each is either a limit or unlimited."""

    unset = UNLIMITED
    doc = (
        "Limits as in a user's ``quota``, but without those of clusters; -2 is no limit, and so is ``null``. A limit "
        "that is not given stays unchanged."
    )

    def wanted(self, value: Any) -> list[Limit]:
        found = super().wanted(value)
        for each in found:
            if each.kind is CLUSTERS:
                raise ArgumentError(f"{each.path}: OpenNebula has no default for clusters.")
            if str(each.value) == str(DEFAULT):
                raise ArgumentError(f"{each.path}: -1 is the default, which is declared here; set -2 for no limit.")
        return found

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        return _limited(super().said(resource, reading) or {}) or None


def _limited(said: dict[str, Any]) -> dict[str, Any]:
    """A quota without its unlimited values."""
    inner = {name: _limited(each) if isinstance(each, dict) else each for name, each in said.items()}
    return {name: each for name, each in inner.items() if each not in ({}, UNLIMITED, str(UNLIMITED))}


QUOTA = DefaultQuota("quota", writer=None)
