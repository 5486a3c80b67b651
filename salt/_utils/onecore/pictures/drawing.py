"""Topologies as SVG and as DOT."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from . import svg
from .topology import Lane, Machine, Topology

#: Sizes in pixels: of a network's label and line, of a VM's column, and of the heading.
LABEL, ROW, COLUMN, HEAD = 240, 34, 132, 84
_MARGIN, _PASSAGES, _ARROW = 16, 120, 7
_RUNNING, _STOPPED, _FAILED = "#2a9d4b", "#999999", "#d33333"


def picture(topologies: Sequence[Topology], title: str) -> str:
    """All topologies in one SVG, one below the other."""
    parts, top, width = [], float(_MARGIN), 0.0
    for each in topologies:
        drawn, wide, high = _one(each)
        parts.append(svg.element("g", "\n".join(drawn), transform=f"translate({_MARGIN} {top:g})"))
        top, width = top + high + _MARGIN, max(width, wide)
    arrow = svg.element("path", d=f"M0 0L{_ARROW} {_ARROW / 2:g}L0 {_ARROW}z", fill="#2a7a2a")
    size: dict[str, object] = {"markerWidth": _ARROW, "markerHeight": _ARROW, "refX": _ARROW, "refY": _ARROW / 2}
    marker = svg.element("marker", arrow, id="arrow", orient="auto", **size)
    return svg.document(width + 2 * _MARGIN, top, title, [svg.element("defs", marker), *parts])


def _one(topology: Topology) -> tuple[list[str], float, float]:
    """One topology: its elements, its width and its height."""
    rows = {lane.id: HEAD + ROW * number for number, lane in enumerate(topology.lanes)}
    machines = [each for each in topology.machines if each.addresses]
    right = LABEL + COLUMN * max(len(machines), 1)
    passages = _passages(topology, right)
    wide = right + (_PASSAGES if passages else 0)
    alone = [each.name for each in topology.machines if not each.addresses]
    parts = [svg.text(0, 16, topology.user, "title"), svg.text(0, 34, _counted(topology, alone), "small")]
    for lane in topology.lanes:
        parts += _lane(lane, topology.user, rows[lane.id], right)
    for number, machine in enumerate(machines):
        parts += _machine(machine, LABEL + COLUMN * number + COLUMN / 2, rows)
    return [*parts, *passages], wide, HEAD + ROW * len(topology.lanes)


def _counted(topology: Topology, alone: Sequence[str]) -> str:
    said = f"{len(topology.lanes)} networks, {len(topology.machines)} VMs"
    return f"{said}; without a network: {', '.join(alone)}" if alone else said


def _lane(lane: Lane, user: str, y: float, right: float) -> Iterator[str]:
    whose = "" if lane.owner == user else f" of {lane.owner}"
    groups = f" · {', '.join(lane.groups)}" if lane.groups else ""
    yield svg.text(0, y - 3, f"{lane.name}{whose}", "strong")
    yield svg.text(0, y + 10, f"{lane.where}{groups}", "small")
    colour = svg.hue(lane.name) if lane.owner == user else "#888888"
    yield svg.element("line", x1=LABEL - 40, y1=y, x2=right, y2=y, class_="lane", stroke=colour)


def _machine(machine: Machine, x: float, rows: Mapping[int, float]) -> Iterator[str]:
    """A box at the top, and a line down to each network of the VM."""
    joined = {rows[number]: said for number, said in machine.addresses.items() if number in rows}
    if joined:
        yield svg.element("line", x1=x, y1=64.0, x2=x, y2=max(joined), class_="wire")
    yield svg.element("rect", x=x - COLUMN / 2 + 6, y=42, width=COLUMN - 12, height=24, rx=4, class_="box")
    colour = _RUNNING if machine.state == "RUNNING" else _FAILED if "FAILURE" in machine.state else _STOPPED
    tooltip = svg.hint(f"VM {machine.id} {machine.name}: {machine.state}")
    yield svg.element("circle", tooltip, cx=x - COLUMN / 2 + 16, cy=54, r=4, fill=colour)
    yield svg.text(x - COLUMN / 2 + 26, 58, _short(machine.name, 15))
    for y, said in joined.items():
        yield svg.element("circle", svg.hint(said), cx=x, cy=y, r=5, class_="box")
        yield svg.text(x + 7, y - 4, _short(said, 16), "small")


def _passages(topology: Topology, right: float) -> list[str]:
    """An arrow for each pair of networks with allowed traffic."""
    rows = {lane.name: HEAD + ROW * number for number, lane in enumerate(topology.lanes)}
    parts = []
    drawn = [each for each in topology.passages if each.source in rows and each.target in rows]
    for number, each in enumerate(drawn):
        start, end = rows[each.source], rows[each.target]
        bend = right + 14 + number * (_PASSAGES - 24) / max(len(drawn), 1)
        way = f"M{right:g} {start:g}C{bend:g} {start:g} {bend:g} {end - 3:g} {right + 2:g} {end - 3:g}"
        tooltip = svg.hint(f"{each.source} → {each.target}: {each.what}")
        parts.append(svg.element("path", tooltip, d=way, class_="pass", marker_end="url(#arrow)"))
    return parts


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


# -- DOT --------------------------------------------------------------------------------------------------------------


def dot(topologies: Sequence[Topology]) -> str:
    """All topologies in the language of Graphviz."""
    lines = ["digraph opennebula {", "  rankdir=LR; node [fontname=Helvetica]; edge [fontname=Helvetica, fontsize=10];"]
    seen: set[int] = set()
    for number, each in enumerate(topologies):
        lines.append(f"  subgraph cluster_{number} {{ label={_quoted(each.user)};")
        lines += [f"    {line}" for line in _nodes(each, seen)]
        lines.append("  }")
        lines += [f"  {line}" for line in _edges(each)]
    return "\n".join([*lines, "}", ""])


def _nodes(topology: Topology, seen: set[int]) -> Iterator[str]:
    for lane in topology.lanes:
        if lane.id not in seen:
            seen.add(lane.id)
            label = _quoted(f"{lane.name}\n{lane.where}")
            yield f"net{lane.id} [shape=box, label={label}];"
    for machine in topology.machines:
        yield f"vm{machine.id} [shape=ellipse, label={_quoted(machine.name)}];"


def _edges(topology: Topology) -> Iterator[str]:
    known = {lane.id for lane in topology.lanes}
    for machine in topology.machines:
        for number, said in machine.addresses.items():
            if number in known:
                yield f"vm{machine.id} -> net{number} [dir=none, label={_quoted(said)}];"
    numbers = {lane.name: lane.id for lane in topology.lanes if lane.owner == topology.user}
    for each in topology.passages:
        if each.source in numbers and each.target in numbers:
            ends = f"net{numbers[each.source]} -> net{numbers[each.target]}"
            yield f"{ends} [style=dashed, color=darkgreen, label={_quoted(each.what)}];"


def _quoted(text: str) -> str:
    """A string of DOT, which has the same rules for quotes and line ends as JSON."""
    return json.dumps(text, ensure_ascii=False)
