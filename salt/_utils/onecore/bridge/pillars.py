"""The pillar as Salt provides it: compiled again if it may be old, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.secrecy import masked
from ..orchestration import users as composite
from .states import configuration, looked_up, without_pillar


def current(module: Mapping[str, Any]) -> Mapping[str, Any]:
    """A module's ``globals()``, with the pillar as it is now.

    A minion keeps the pillar of its start, or of the last ``saltutil.refresh_pillar``, and a master may cache it; a
    run of states compiles it again. Whoever tells what such a run would do must not tell it of an old one. Without a
    master, ``salt-call`` has just compiled it.
    """
    opts = module["__opts__"]
    if opts.get("file_client") != "remote" or opts.get("master_type") == "disable":
        return module
    # Only here, since everything else in this package works without Salt.
    import salt.pillar

    # Plain: where a loop of events runs already, as in a minion's beacons, Salt asks the master in another thread, in
    # which its own views of these are of nothing.
    plain, grains = dict(opts), dict(module["__grains__"])
    compiler = salt.pillar.get_pillar(
        plain, grains, plain["id"], plain.get("saltenv"), pillarenv=plain.get("pillarenv")
    )
    # The master's cache, where it has one.
    compiler.clean_cache = True
    return {**module, "__pillar__": compiler.compile_pillar()}


def errors(pillar: Mapping[str, Any]) -> list[str]:
    """What Salt says of files that it could not make part of the pillar: the first line of each."""
    return [str(error).strip().partition("\n")[0] for error in pillar.get("_errors") or ()]


def faults(module: Mapping[str, Any]) -> list[str]:
    """Every fault of the ``opennebula`` section, and what keeps it from being all that was written."""
    unread = [f"pillar: {error}" for error in errors(module["__pillar__"])]
    config = configuration(module)
    return masked([*unread, *(composite.faults(config) if config else [f"opennebula: {without_pillar(module)}"])])


def checked(module: Mapping[str, Any]) -> dict[str, Any]:
    """The ``opennebula`` section with its secrets; raises ArgumentError with all faults that it has."""
    return looked_up(composite.faultless(configuration(module), faults(module)), module)
