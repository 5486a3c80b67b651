"""Which networks use which VLANs, and which VLANs are free."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from ..cloud.directory import NETWORKS
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from ..model.vlans import further, shares
from . import svg
from .topology import addresses

COLUMNS = ("device", "vlan", "last", "network", "owner", "id", "addresses")
#: Characters that begin a formula in a spreadsheet.
_FORMULAS = ("=", "+", "-", "@", "\t")
#: Sizes in pixels, VLANs in a row of the map, and lines in a column of the legend.
_CELL, _ACROSS, _MARGIN, _LEFT, _LEGEND = 12, 64, 16, 52, 44
_SHARED = "#d33333"


class Space(NamedTuple):
    """The VLANs of a device that a blueprint assigns."""

    device: str
    first: int
    last: int
    blueprint: str


def used(cloud: Cloud) -> list[dict[str, Any]]:
    """A row for each VLAN of a network, or each range of VLANs of a trunk; sorted by device and VLAN.

    Each has device, VLAN, last VLAN of the range, name, owner, ID, addresses, whether it is a reservation, and whether
    it shares the VLAN on purpose, as reservations do with their network.
    """
    rows = [
        {
            "device": device,
            "vlan": first,
            "last": last,
            "network": each.name,
            "owner": each.owner,
            "id": each.id,
            "addresses": addresses(each),
            "reserved": bool(each.text("PARENT_NETWORK_ID")),
            "shares": bool(each.text("PARENT_NETWORK_ID")) or (trunk and shares(each)),
        }
        for each in cloud.pool(NETWORKS)
        for device, first, last, trunk in _numbers(each)
    ]
    return sorted(rows, key=lambda row: (row["device"], row["vlan"], row["id"]))


def _numbers(network: Resource) -> Iterator[tuple[str, int, int, bool]]:
    """The VLANs of a network: device, first and last number, and whether a trunk carries them."""
    for path in ("VLAN_ID", "OUTER_VLAN_ID"):
        if network.text(path):
            yield network.text("PHYDEV") or network.text("BRIDGE"), network.number(path), network.number(path), False
    for each in further(network):
        yield each.device, each.first, each.last, each.trunk


def free(rows: Iterable[Mapping[str, Any]], spaces: Iterable[Space]) -> list[dict[str, Any]]:
    """The VLANs that no network uses, as ranges that do not overlap, each with the blueprints that may use it.

    A trunk that carries VLANs of others on purpose takes none of them.
    """
    taken: dict[str, set[int]] = {}
    for row in rows:
        if row["reserved"] or not row["shares"]:
            taken.setdefault(row["device"], set()).update(every(row))
    return [
        {"device": device, "first": start, "last": end, "size": end - start + 1, "blueprints": names}
        for device, first, last, names in _split(spaces)
        for start, end in _gaps(taken.get(device, set()), first, last)
    ]


def every(row: Mapping[str, Any]) -> range:
    """The VLANs of a row."""
    return range(row["vlan"], row["last"] + 1)


def _split(spaces: Iterable[Space]) -> Iterator[tuple[str, int, int, list[str]]]:
    """The ranges of blueprints, split where another range begins or ends."""
    for device, group in groupby(sorted(spaces), key=lambda each: each.device):
        met = list(group)
        edges = sorted({each.first for each in met} | {each.last + 1 for each in met})
        for first, following in pairwise(edges):
            names = sorted({each.blueprint for each in met if each.first <= first and following <= each.last + 1})
            if names:
                yield device, first, following - 1, names


def _gaps(taken: set[int], first: int, last: int) -> Iterator[tuple[int, int]]:
    start = first
    for number in sorted(each for each in taken if first <= each <= last):
        if number > start:
            yield start, number - 1
        start = number + 1
    if start <= last:
        yield start, last


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header line; a value that a spreadsheet would take for a formula is written as text."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row[column]) for column in COLUMNS] for row in rows)
    return sheet.getvalue()


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def picture(rows: Sequence[Mapping[str, Any]], spaces: Iterable[Space] = (), highest: int = 4094) -> str:
    """A map of all VLANs of each device: a square for each, in its owner's colour; red if two networks share one, grey
    if a blueprint may still use it."""
    by_device: dict[str, dict[int, list[Mapping[str, Any]]]] = {}
    for row in rows:
        for number in every(row):
            if number <= highest:
                by_device.setdefault(row["device"], {}).setdefault(number, []).append(row)
    given: dict[str, list[Space]] = {}
    for space in spaces:
        given.setdefault(space.device, []).append(space)
    colours = svg.distinct_colours(sorted({row["owner"] for row in rows}))
    parts, top, wide = [], float(_MARGIN), 0.0
    for device in sorted(by_device.keys() | given.keys()):
        numbers, mine = by_device.get(device, {}), sorted(given.get(device, ()))
        vacant = free([row for networks in numbers.values() for row in networks], mine)
        parts.append(svg.text(_MARGIN, top + 12, _title(device, numbers, vacant), "title"))
        parts += [*_axes(top + 24, highest), *_vacant(vacant, top + 40), *_taken(numbers, colours, top + 40)]
        legend, across, down = _legend(numbers, mine, colours, top + 40)
        parts += legend
        wide, top = max(wide, across), top + 40 + max(_CELL * (highest // _ACROSS + 1), down) + 2 * _MARGIN
    return svg.document(wide + _MARGIN, top, "VLANs", parts)


def _title(device: str, numbers: Mapping[int, Any], vacant: Sequence[Mapping[str, Any]]) -> str:
    left = sum(each["size"] for each in vacant)
    return f"VLANs of {device or 'no device'}: {len(numbers)} in use" + (f", {left} free" if vacant else "")


def _place(number: int, top: float) -> dict[str, object]:
    """The position of the square of a VLAN."""
    return {
        "x": _LEFT + _CELL * (number % _ACROSS) + 1,
        "y": top + _CELL * (number // _ACROSS) + 1,
        "width": _CELL - 2,
        "height": _CELL - 2,
    }


def _axes(top: float, highest: int) -> Iterator[str]:
    """The frame, the first VLAN of every second row, and the offset that is added to it."""
    rows = highest // _ACROSS + 1
    yield svg.element("rect", x=_LEFT, y=top + 16, width=_CELL * _ACROSS, height=_CELL * rows, class_="frame")
    for row in range(0, rows, 2):
        yield svg.text(_LEFT - 6, top + 16 + _CELL * row + 10, row * _ACROSS, "small", "end")
    for more in range(0, _ACROSS, 8):
        yield svg.text(_LEFT + _CELL * more + 1, top + 11, f"+{more}", "small")


def _vacant(ranges: Iterable[Mapping[str, Any]], top: float) -> Iterator[str]:
    """Free ranges, one element for each row of the map: a square for each VLAN would make the file large."""
    for each in ranges:
        told = svg.hint(f"VLAN {each['first']} to {each['last']}: free for {', '.join(each['blueprints'])}")
        for row in range(each["first"] // _ACROSS, each["last"] // _ACROSS + 1):
            start, end = max(each["first"], row * _ACROSS), min(each["last"], (row + 1) * _ACROSS - 1)
            place = {**_place(start, top), "width": _CELL * (end - start + 1) - 2}
            yield svg.element("rect", told, class_="free", **place)


def _taken(numbers: Mapping[int, Sequence[Mapping[str, Any]]], colours: Mapping[str, str], top: float) -> Iterator[str]:
    for number, networks in numbers.items():
        apart = [each for each in networks if not each["shares"]]
        told = svg.hint(f"VLAN {number}: " + "; ".join(f"{each['network']} of {each['owner']}" for each in networks))
        fill = _SHARED if len(apart) > 1 else colours[networks[0]["owner"]]
        yield svg.element("rect", told, fill=fill, **_place(number, top))


def _legend(
    numbers: Mapping[int, Sequence[Mapping[str, Any]]],
    spaces: Sequence[Space],
    colours: Mapping[str, str],
    top: float,
) -> tuple[list[str], float, float]:
    """The meaning of each colour, in as many columns as needed; returns its right edge and its height as well."""
    owned: dict[str, list[int]] = {}
    for number, networks in sorted(numbers.items()):
        for each in networks:
            owned.setdefault(each["owner"], []).append(number)
    entries = [
        (colours[owner], f"{owner}: {spans(mine)}") for owner, mine in sorted(owned.items(), key=lambda each: each[1])
    ]
    if any(sum(not each["shares"] for each in networks) > 1 for networks in numbers.values()):
        entries.insert(0, (_SHARED, "two networks on one VLAN"))
    entries += [("", f"free for {each.blueprint}: within {each.first}-{each.last}") for each in spaces]
    parts, x = [], float(_LEFT + _CELL * _ACROSS + _MARGIN)
    for start in range(0, len(entries), _LEGEND):
        shown = entries[start : start + _LEGEND]
        for place, (colour, word) in enumerate(shown):
            look: dict[str, object] = {"fill": colour} if colour else {"class_": "free"}
            parts.append(svg.element("rect", x=x, y=top + 16 * place, width=10, height=10, **look))
            parts.append(svg.text(x + 16, top + 16 * place + 9, word))
        x += 16 + max(len(word) for _, word in shown) * 7 + _MARGIN
    return parts, x, 16.0 * min(len(entries), _LEGEND)


def spans(numbers: Iterable[int]) -> str:
    """Numbers as a short text, with three ranges at most: ``100-124, 130``."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    told = [str(first) if first == last else f"{first}-{last}" for first, last in ranges]
    return ", ".join(told if len(told) <= 3 else [*told[:3], "…"])
