"""The pillar as Salt provides it: compiled again if it may be old, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.secrecy import masked
from ..orchestration import users as composite
from .states import configuration, looked_up, without_pillar


def current(module: Mapping[str, Any]) -> Mapping[str, Any]:
    """A module's ``globals()``, with the current pillar.

    A minion keeps the pillar of its start, or of the last ``saltutil.refresh_pillar``, and a master may cache it; a run
    of states compiles it again. Functions that report the changes of such a run must use the same pillar. Without a
    master, ``salt-call`` has just compiled it.
    """
    opts = module["__opts__"]
    if opts.get("file_client") != "remote" or opts.get("master_type") == "disable":
        return module
    # Imported here, since everything else in this package works without Salt.
    import salt.pillar

    # Plain data: with a running event loop, as in a minion's beacons, Salt asks the master in another thread, in which
    # its own views of these are empty.
    plain, grains = dict(opts), dict(module["__grains__"])
    compiler = salt.pillar.get_pillar(
        plain, grains, plain["id"], plain.get("saltenv"), pillarenv=plain.get("pillarenv")
    )
    # The master's cache, if it has one.
    compiler.clean_cache = True
    return {**module, "__pillar__": compiler.compile_pillar()}


def errors(pillar: Mapping[str, Any]) -> list[str]:
    """Salt's errors about pillar files that it could not render: the first line of each."""
    return [str(error).strip().partition("\n")[0] for error in pillar.get("_errors") or ()]


def faults(module: Mapping[str, Any]) -> list[str]:
    """All errors of the ``opennebula`` section, and errors of files that it could not include."""
    unread = [f"pillar: {error}" for error in errors(module["__pillar__"])]
    config = configuration(module)
    return masked([*unread, *(composite.faults(config) if config else [f"opennebula: {without_pillar(module)}"])])


def checked(module: Mapping[str, Any]) -> dict[str, Any]:
    """The ``opennebula`` section with its secrets; raises ArgumentError with all its errors."""
    return looked_up(composite.faultless(configuration(module), faults(module)), module)
