"""The interface to Salt for the page of a cloud."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ..basics.errors import ArgumentError, AuthorizationError
from ..basics.secrecy import masked, quoted
from ..basics.values import YES_NO
from ..cloud.view import Cloud
from ..engine.report import Report, sentence
from ..orchestration import users as composite
from ..orchestration.lab_campaign import status as status_of_labs
from ..orchestration.status import status
from ..pictures import sheets, vlans
from ..pictures.findings import audit, drift
from ..pictures.leases import leases
from ..pictures.page import page as rendered
from ..pictures.sheets import Sheet
from ..pillar import layers
from ..pillar.labs import labs_of, machines
from ..takeover.audit import audit as holes
from . import pillars
from .commands import command
from .infrastructure import declared_users
from .pictures import spaces, write
from .states import configuration


def page(module: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """A cloud as a page of HTML, written to a file; takes the function's ``locals()``."""
    module = pillars.current(module)

    def work(cloud: Cloud) -> str:
        path, title = (_text(name, given[name]) for name in ("path", "title"))
        compared = YES_NO.wanted("drift", given["drift"])
        faults, made = pillars.faults(module), time.time()
        every = _sheets(cloud, module, bool(faults))
        if compared:
            # Last, since a dry run announces its changes to the view of the cloud.
            every.append(drift({} if faults else _dry_run(cloud, pillars.checked(module)), bool(faults)))
        called = title or urlsplit(cloud.client.endpoint).hostname or "OpenNebula"
        return write(path, rendered(list(map(_discreet, every)), masked(called), made, masked(_notices(faults))))

    return command(module, given["profile"], work)


def _text(name: str, value: Any) -> str:
    if value is None and name == "title":
        return ""
    if not isinstance(value, str) or not value:
        raise ArgumentError(f"{name}: must be a text, not {quoted(value)}")
    return value


def _sheets(cloud: Cloud, module: Mapping[str, Any], faulty: bool) -> list[Sheet]:
    """The sheets of the existing objects.

    faulty
        Whether the pillar has errors, so that the declared objects are not known.
    """
    said = configuration(module) or {}
    config: Mapping[str, Any] = {} if faulty else said
    declared = dict.fromkeys(declared_users(module)) if faulty else composite.declared_keys(config)
    blueprints = {user: each["blueprint"] for user, each in (config.get("users") or {}).items()}
    labs = {user: labs_of(config, user) for user in layers.users(config)}
    wanted = machines(lab for each in labs.values() for lab in each)
    used = vlans.used(cloud)
    return [
        sheets.users(cloud, status(cloud, declared), blueprints, {user: len(each) for user, each in labs.items()}),
        sheets.networks(cloud),
        sheets.machines(cloud),
        sheets.labs(status_of_labs(cloud, wanted), faulty),
        leases(cloud),
        sheets.vlans(cloud, used, vlans.free(used, spaces(said))),
        _audit(cloud),
    ]


def _audit(cloud: Cloud) -> Sheet:
    """The isolation problems, if this account may read the ACL rules."""
    try:
        return audit(holes(cloud))
    except AuthorizationError as error:
        return audit((), sentence(str(error)))


def _dry_run(cloud: Cloud, config: Mapping[str, Any]) -> dict[str, Sequence[Report]]:
    """The result of a dry run, by user."""
    whose = (None, *layers.users(config))
    return {each or "shared": composite.build(cloud, config, each, test=True).reports for each in whose}


def _discreet(sheet: Sheet) -> Sheet:
    """A sheet without secrets: masked in its cells, since the text of the page is also a program."""
    return replace(sheet, rows=masked(sheet.rows))


def _notices(faults: Sequence[str]) -> list[str]:
    if not faults:
        return []
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return [f"The pillar has errors, so nothing that it declares is shown: {faults[0]}{more}"]
