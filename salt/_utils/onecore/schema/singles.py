"""Cross-checks of single objects: each is declared once in the whole pillar."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.plan import Desired
from ..basics.values import ADMINISTRATOR
from ..cloud.directory import VMS
from ..kinds.registry import KINDS
from ..pillar.infrastructure import NETWORK, SECURITY_GROUP
from ..pillar.layers import effective, without_nulls
from ..pillar.objects import SECTION, declared, entries
from ..pillar.shared import KINDS as SHARED
from .counted import check_counted
from .persistent import Persistent
from .vmgroups import check_role
from .walk import Walk
from .words import below

USER = "oneuser"
#: The beginning of an error that names its argument, such as ``rules.web``.
_ARGUMENT = re.compile(r"[a-z][a-z0-9_]*([.\[][^ ]*)?$")
#: The sections of a user, by kind.
_OF_A_USER = {NETWORK: "networks", SECURITY_GROUP: "security_groups"}
#: Kind, owner and name of an object; the owner of an object without one, or of one of the account, is oneadmin.
Key = tuple[str, str, str]


def check_single(config: Mapping[str, Any], walk: Walk) -> None:
    """Add an error for each single object that is also declared elsewhere."""
    if not config.get(SECTION):
        return
    persistent = Persistent(config)
    for label, values in ((config.get(SECTION) or {}).get(VMS.cli) or {}).items():
        if values is not None:
            said, path = without_nulls(values), below(SECTION, VMS.cli, label)
            name, owner = said.get("name", label), said.get("owner", ADMINISTRATOR)
            check_counted(path, name, said, owner, persistent, walk)
            check_role(said, partial(below, path), walk)
    seen = dict(_elsewhere(config))
    for kind, label, values in entries(config):
        key = kind, values.get("owner") or ADMINISTRATOR, values.get("name") or label
        path = below(SECTION, kind, label)
        other = seen.setdefault(key, path)
        if other != path:
            walk.fault(path, f"is declared in {other} already")
        _check_declaration(declared(config, kind, label, without_nulls(values)), path, walk)


def _check_declaration(desired: Desired, path: str, walk: Walk) -> None:
    """Add the errors of a declaration as a whole: missing parts, and an invalid name."""
    # An invalid part was left out, and a value of an SDB URI is not known yet.
    if "sdb://" in repr(desired.values) or any(fault.path.startswith(path) for fault in walk.faults):
        return
    try:
        order = KINDS[desired.kind].order(desired, ADMINISTRATOR)
        KINDS[desired.kind].check_declared(order.wanted)
    except ArgumentError as error:
        place, said, text = str(error).removesuffix(".").partition(": ")
        inside = bool(said) and _ARGUMENT.match(place)
        walk.fault(f"{path}.{place}" if inside else path, text if inside else str(error).removesuffix("."))


def _elsewhere(config: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    """The shared objects and those of users, each with its path."""
    for section, kind in SHARED:
        for name, values in ((config.get("shared") or {}).get(section) or {}).items():
            yield (kind, (values or {}).get("owner") or ADMINISTRATOR, name), below("shared", section, name)
    for user in config.get("users") or {}:
        yield (USER, ADMINISTRATOR, user), below("users", user)
        if (config["users"][user] or {}).get("blueprint") not in (config.get("blueprints") or {}):
            continue
        whole = effective(config, user)
        for kind, section in _OF_A_USER.items():
            yield from (((kind, user, name), below("users", user, section, name)) for name in whole.get(section) or {})
