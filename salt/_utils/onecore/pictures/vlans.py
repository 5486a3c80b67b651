"""Used and free VLANs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..cloud.directory import NETWORKS
from ..cloud.view import Cloud
from . import svg
from .topology import addresses

COLUMNS = ("device", "vlan", "network", "owner", "id", "addresses")
#: The characters with which a formula begins in a spreadsheet.
_FORMULAS = ("=", "+", "-", "@", "\t")
_CELL, _ACROSS, _MARGIN = 12, 64, 16


def used(cloud: Cloud) -> list[dict[str, Any]]:
    """A row for each network with a VLAN: device, number, name, owner, ID, addresses, and whether it is a reservation,
    which shares the VLAN of its network; by device and number.
    """
    rows = [
        {
            "device": each.text("PHYDEV") or each.text("BRIDGE"),
            "vlan": each.number(path),
            "network": each.name,
            "owner": each.owner,
            "id": each.id,
            "addresses": addresses(each),
            "reserved": bool(each.text("PARENT_NETWORK_ID")),
        }
        for each in cloud.pool(NETWORKS)
        for path in ("VLAN_ID", "OUTER_VLAN_ID")
        if each.text(path)
    ]
    return sorted(rows, key=lambda row: (row["device"], row["vlan"], row["id"]))


def free(rows: Iterable[Mapping[str, Any]], bounds: Iterable[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """The unused numbers, as ranges.

    bounds
        Device, first and last number of each range of VLANs in the pillar.
    """
    taken: dict[str, set[int]] = {}
    for row in rows:
        taken.setdefault(row["device"], set()).add(row["vlan"])
    return [
        {"device": device, "first": start, "last": end, "size": end - start + 1}
        for device, first, last in sorted(set(bounds))
        for start, end in _gaps(taken.get(device, set()), first, last)
    ]


def _gaps(taken: set[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    start = first
    for number in sorted(each for each in taken if first <= each <= last):
        if number > start:
            yield start, number - 1
        start = number + 1
    if start <= last:
        yield start, last


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header line; values that a spreadsheet would read as a formula become texts."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[column]) for column in COLUMNS] for row in rows)
    return sheet.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def picture(rows: Sequence[Mapping[str, Any]], highest: int = 4094) -> str:
    """A map of all numbers of each device: a square each, in the colour of its owner; red if two networks share it."""
    by_device: dict[str, dict[int, list[Mapping[str, Any]]]] = {}
    for row in rows:
        if row["vlan"] <= highest:
            by_device.setdefault(row["device"], {}).setdefault(row["vlan"], []).append(row)
    parts, top = [], float(_MARGIN)
    for device, numbers in sorted(by_device.items()):
        parts.append(svg.text(_MARGIN, top + 12, f"{device}: {len(numbers)} VLANs in use", "title"))
        drawn, high = _device(numbers, top + 24, highest)
        parts += [*drawn, *_legend(numbers, top + 24)]
        top += 24 + max(high, 16 * len(_owners(numbers))) + _MARGIN
    return svg.document(_CELL * _ACROSS + 260, top, "VLANs", parts)


def _device(numbers: Mapping[int, Sequence[Mapping[str, Any]]], top: float, highest: int) -> tuple[list[str], float]:
    rows = highest // _ACROSS + 1
    frame = svg.element("rect", x=_MARGIN, y=top, width=_CELL * _ACROSS, height=_CELL * rows, class_="frame")
    cells = [frame]
    for number, networks in numbers.items():
        apart = [each for each in networks if not each["reserved"]]
        users = "; ".join(f"{each['network']} of {each['owner']}" for each in networks)
        cells.append(
            svg.element(
                "rect",
                svg.hint(f"VLAN {number}: {users}"),
                x=_MARGIN + _CELL * (number % _ACROSS) + 1,
                y=top + _CELL * (number // _ACROSS) + 1,
                width=_CELL - 2,
                height=_CELL - 2,
                fill="#d33333" if len(apart) > 1 else svg.hue(networks[0]["owner"]),
            )
        )
    return cells, float(_CELL * rows)


def _owners(numbers: Mapping[int, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """How many VLANs each owner has."""
    found: dict[str, int] = {}
    for networks in numbers.values():
        for each in networks:
            found[each["owner"]] = found.get(each["owner"], 0) + 1
    return dict(sorted(found.items()))


def _legend(numbers: Mapping[int, Sequence[Mapping[str, Any]]], top: float) -> Iterator[str]:
    x = _MARGIN * 2 + _CELL * _ACROSS
    for place, (owner, count) in enumerate(_owners(numbers).items()):
        yield svg.element("rect", x=x, y=top + 16 * place, width=10, height=10, fill=svg.hue(owner))
        yield svg.text(x + 16, top + 16 * place + 9, f"{owner} ({count})")
