"""The seam to Salt for what is built and published; see :mod:`.bridge`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import bridge
from .errors import ArgumentError, OneError
from .kinds import registry
from .publication import Publication, publish

SOURCE = bridge.SOURCE


def published(module: Mapping[str, Any], kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``published`` state of a kind."""
    test = bool(module["__opts__"].get("test"))
    try:
        name, profile, timeout, declared = bridge.arguments(given)
        cloud = bridge.shared_cloud(module, profile)
        owner = declared.pop("owner", None) or cloud.account
        build, keep = declared.pop("build", None), declared.pop("keep", None)
        if build is None:
            raise ArgumentError("build: the name of what shall be published must be given.")
        values = bridge.looked_up(declared, module)
        wanted = Publication(registry()[kind], name, owner, build, keep, values, f"{SOURCE}/{owner}", timeout)
        report = publish(cloud, wanted, test)
    except OneError as error:
        return bridge.failure(given["name"], error)
    return report.as_state(name, test)
