"""The resource usage of VMs and its cost, as data; and unused objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.lifetime import seconds_of
from ..basics.secrecy import quoted
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, TEMPLATES, USERS, VMS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from .objects import find, identified, optional, tree

#: The parameters for all users, and for an unlimited time.
_EVERYBODY, _UNBOUND = -2, -1


def monitoring(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> list[dict[str, Any]]:
    """Return the monitoring data of {a}, the oldest first, each a dictionary in OpenNebula's terms.

    Rights: USE on the {title}.

    {example} {whose} --out=json
    """
    found = cloud.read_element(f"{kind.prefix}.monitoring", find(cloud, kind, target, owner).id)
    return [tree(each) for each in found]


def accounting(
    cloud: Cloud, kind: Collection, user: Any = None, group: Any = None, start: Any = None, end: Any = None
) -> list[dict[str, Any]]:
    """Return the resource usage of VMs: for each time that a VM was on a host ``vm``, ``name``, ``owner``, ``group``,
    ``host``, ``start`` and ``end`` (in seconds since 1970, ``None`` if it is still there), ``cpu``, ``memory`` (in MB)
    and ``disk`` (in MB).

    user
        Name or ID of the user whose VMs to include. Defaults to all VMs that the account may see.

    group
        Name or ID of the group whose VMs to include. Defaults to any.

    start
        The date, or the date and time, after which it counts. Defaults to the beginning.

    end
        The date, or the date and time, before which it counts. Defaults to now.

    Rights: USE on the VMs.

    user=alice start=2026-11-01 end=2026-12-01 --out=json
    """
    whose = _EVERYBODY if user is None else identified(cloud, USERS, user)
    wanted = optional(cloud, GROUPS, group)
    records = cloud.read_element("one.vmpool.accounting", whose, _moment("start", start), _moment("end", end))
    found = [_record(each) for each in records.iterfind("HISTORY")]
    return [each for gid, each in found if group is None or gid == wanted]


def _record(history: Any) -> tuple[int, dict[str, Any]]:
    """A record, and the ID of its group."""

    def text(path: str) -> str:
        return history.findtext(path) or ""

    vm = history.find("VM")
    disks = [each.findtext("SIZE") or "0" for each in vm.iterfind("TEMPLATE/DISK")] if vm is not None else []
    said = {
        "vm": int(text("VM/ID") or -1),
        "name": text("VM/NAME"),
        "owner": text("VM/UNAME"),
        "group": text("VM/GNAME"),
        "host": text("HOSTNAME"),
        "start": int(text("STIME") or 0),
        "end": int(text("ETIME") or 0) or None,
        "cpu": float(text("VM/TEMPLATE/CPU") or 0),
        "memory": int(text("VM/TEMPLATE/MEMORY") or 0),
        "disk": sum(int(each) for each in disks if each.isdigit()),
    }
    return int(text("VM/GID") or -1), said


def showback(
    cloud: Cloud, kind: Collection, user: Any = None, start: Any = None, end: Any = None
) -> list[dict[str, Any]]:
    """Return the cost of VMs by month, each a dictionary in OpenNebula's terms. It is computed by
    :py:func:`calculate_showback` before.

    user
        Name or ID of the user whose VMs to include. Defaults to all VMs that the account may see.

    start
        The first month, ``2026-11``. Defaults to the first month with data.

    end
        The last month. Defaults to the last month with data.

    Rights: USE on the VMs.

    user=alice start=2026-01 end=2026-12 --out=json
    """
    whose = _EVERYBODY if user is None else identified(cloud, USERS, user)
    records = cloud.read_element("one.vmpool.showback", whose, *_month("start", start), *_month("end", end))
    return [tree(each) for each in records]


def calculate_showback(cloud: Cloud, kind: Collection, start: Any = None, end: Any = None) -> bool:
    """Compute the cost of VMs by month; earlier results for these months are replaced.

    start
        The first month, ``2026-11``. Defaults to the first month with data.

    end
        The last month. Defaults to this one.

    Rights: a member of group ``oneadmin``.

    start=2026-11 end=2026-11
    """
    cloud.call("one.vmpool.calculateshowback", *_month("start", start), *_month("end", end))
    return True


def _moment(name: str, value: Any) -> int:
    if value is None:
        return _UNBOUND
    text = value.isoformat() if isinstance(value, date) else str(value)
    found = int(text) if re.fullmatch(r"\d{1,12}", text, re.ASCII) else seconds_of(text)
    if found is None:
        raise ArgumentError(f"{name}: must be a date such as 2026-12-31, not {quoted(text)}.")
    return found


def _month(name: str, value: Any) -> tuple[int, int]:
    """Month and year, as parameters of the calls."""
    if value is None:
        return _UNBOUND, _UNBOUND
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", str(value), re.ASCII)
    if found is None:
        raise ArgumentError(f"{name}: must be a month such as 2026-11, not {quoted(value)}.")
    return int(found[2]), int(found[1])


# -- what nothing uses ---------------------------------------------------------------------------------------------

#: The vectors of a template that refer to objects of a kind, and their attributes.
_NAMED_BY = {"oneimage": (("DISK",), "IMAGE"), "onevnet": (("NIC", "NIC_ALIAS"), "NETWORK")}
_BACKUP = 6


def orphans(cloud: Cloud, kind: Collection) -> list[dict[str, Any]]:
    """Return the {title}s that no template refers to and no VM uses, among those that the account may see: for each
    ``id``, ``name`` and ``owner``. Templates that the account may not see are not considered.

    Rights: USE on the listed objects.

    --out=json
    """
    vectors, word = _NAMED_BY[kind.cli]
    named = {key for each in cloud.pool(TEMPLATES) for key in _named(cloud, each, vectors, word)}
    used = {key for each in cloud.pool(VMS) for key in _named(cloud, each, vectors, word)}
    return [
        {"id": each.id, "name": each.name, "owner": each.owner}
        for each in sorted(cloud.pool(kind), key=lambda each: each.id)
        if {each.id, (each.owner, each.name)}.isdisjoint(named | used) and not _is_backup(kind, each)
    ]


def _named(cloud: Cloud, holder: Resource, vectors: tuple[str, ...], word: str) -> Iterator[Any]:
    """The objects to which a template or a VM refers: by ID, or by owner and name."""
    for vector in vectors:
        for each in holder.vectors(f"TEMPLATE/{vector}"):
            if each.get(f"{word}_ID", "").isdigit():
                yield each.number(f"{word}_ID")
            elif each.get(word):
                owner = cloud.numbered(USERS, each.get(f"{word}_UID", ""))
                yield (owner.name if owner else each.get(f"{word}_UNAME") or holder.owner, each[word])


def _is_backup(kind: Collection, each: Resource) -> bool:
    return kind.cli == "oneimage" and each.number("TYPE") == _BACKUP
