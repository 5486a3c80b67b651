"""The seam to Salt for the states of VMs that exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .bridge import failure, plain, shared_cloud
from .errors import OneError
from .rebuild import REBUILT
from .vm_plans import VERBS
from .vm_verbs import perform

_VERBS = {**VERBS, "rebuilt": REBUILT}


def state(module: Mapping[str, Any], verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Any state of a VM that exists.

    verb
        Its name.
    given
        The state function's ``locals()``.
    """
    test = bool(module["__opts__"].get("test"))
    declared = plain(dict(given))
    extra = {key: value for key, value in declared.pop("kwargs", {}).items() if not key.startswith("__")}
    name, owner, profile = declared.pop("name"), declared.pop("owner", None), declared.pop("profile", None)
    try:
        cloud = shared_cloud(module, profile)
        (report,) = perform(cloud, _VERBS[verb], [(name, owner)], {**declared, **extra}, test)
    except OneError as error:
        return failure(name, error)
    return report.as_state(name, test)
