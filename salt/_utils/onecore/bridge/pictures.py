"""The interface to Salt for pictures of a cloud, and for the lists of the same data."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..basics.denial import reason
from ..basics.errors import ArgumentError, MissingError, did_you_mean
from ..basics.secrecy import masked
from ..basics.values import Choice, object_name
from ..cloud.view import Cloud
from ..orchestration.gateway_part import part_of
from ..pictures import dot, drawing, vlans
from ..pictures.topology import owners, topologies
from .commands import command
from .output import as_text
from .pillars import current
from .states import configuration

_DATA, _TABLE, _CSV, _SVG, _DOT = "data", "table", "csv", "svg", "dot"


def topology(module: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The networks and VMs of users as a picture; takes the function's ``locals()``."""
    module = current(module)

    def work(cloud: Cloud) -> str:
        kind = Choice(_SVG, _DOT).wanted("format", given["format"])
        users = _whose(cloud, given["user"], given["group"])
        config = configuration(module)
        found = topologies(cloud, users, {user: part_of(config, user) for user in users})
        title = ", ".join(users) if len(users) <= 3 else f"{len(users)} users"
        title = f"group {given['group']}: {title}" if given["group"] else title
        return _written(given["path"], dot.dot(found) if kind == _DOT else drawing.picture(found, title))

    return command(module, given["profile"], work)


def _whose(cloud: Cloud, user: str | None, group: str | None) -> Sequence[str]:
    known = owners(cloud, group)
    if user is None:
        if not known:
            raise MissingError(f"group: no network of group {group} exists" if group else "there is no network")
        return known
    if object_name("user", user) not in known:
        raise MissingError(f"user: {user} owns no network that this account can see{did_you_mean(user, known)}")
    return [user]


def vlan_map(module: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """The used VLANs; takes the function's ``locals()``."""
    module = current(module)

    def work(cloud: Cloud) -> Any:
        kind = Choice(_DATA, _TABLE, _CSV, _SVG).wanted("format", given["format"])
        rows, given_out = vlans.used(cloud), spaces(configuration(module))
        data = {"used": rows, "free": vlans.free(rows, given_out)}
        if kind == _DATA:
            if given["path"] is not None:
                raise ArgumentError("path: only format table, csv and svg are written to a file")
            return data
        renderings: dict[str, Callable[[], str]] = {
            _TABLE: lambda: as_text(data) or "",
            _CSV: lambda: vlans.as_csv(rows),
            _SVG: lambda: vlans.picture(rows, given_out),
        }
        return _written(given["path"], renderings[kind]())

    return command(module, given["profile"], work)


def spaces(config: Any) -> list[vlans.Space]:
    """The VLAN ranges of blueprints."""
    blueprints = config.get("blueprints") if isinstance(config, dict) else None
    found = []
    for name, each in blueprints.items() if isinstance(blueprints, dict) else ():
        said = each.get("vlans") if isinstance(each, dict) else None
        if isinstance(said, dict) and all(isinstance(said.get(key), int) for key in ("first", "last")):
            found.append(vlans.Space(str(said.get("phydev") or ""), said["first"], said["last"], str(name)))
    return found


def _written(path: str | None, text: str) -> str:
    """The text without secrets, or the path to which it was written."""
    return text if path is None else write(path, masked(text))


def write(path: str, text: str) -> str:
    """Write a file; returns its path."""
    try:
        # A parallel reader, such as a web server, sees the old file or the new one.
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(f"{path}.new", path)
    except OSError as error:
        raise ArgumentError(f"path: {path} cannot be written: {reason(error)}") from None
    return path
