"""Topologies as SVG: a line for each network, a column for each VM, and the traffic that the gateway allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from . import svg
from .topology import Lane, Machine, Passage, Topology

#: Sizes in pixels: of a network's label and line, of a VM's column (least and most), and of the space above them.
LABEL, ROW, COLUMN, WIDEST, HEAD = 200, 34, 132, 300, 84
#: The height of the small text, and the maximum width of a character; the same for the text in boxes and titles.
_LINE, _SMALL, _TEXT = 12, 6.2, 7.6
_MARGIN, _GAP, _TRACK, _RADIUS, _ARROW = 20, 44, 10, 5, 7
#: The aspect ratio of a picture of many users: that of a sheet of paper in landscape format.
_PAPER = 1.414
#: How many column heights are tried, and how long a text may be.
_LIMITS, _LONGEST = 200, 60
_RUNNING, _STOPPED, _FAILED, _FOREIGN = "#2a9d4b", "#999999", "#d33333", "#888888"


def picture(topologies: Sequence[Topology], title: str) -> str:
    """All topologies in one SVG, side by side and one below the other."""
    blocks = [_block(each) for each in topologies]
    columns = _columns(blocks)
    parts = [svg.text(_MARGIN, _MARGIN + 12, title, "title")] if len(blocks) > 1 else []
    top = _MARGIN + (28 if parts else 0)
    left, bottom = float(_MARGIN), float(top)
    for column in columns:
        y = float(top)
        for drawn, _, high in column:
            parts.append(svg.element("g", "\n".join(drawn), transform=f"translate({left:g} {y:g})"))
            y += high + _GAP
        left, bottom = left + max(wide for _, wide, _ in column) + _GAP, max(bottom, y - _GAP)
    legend, wide = _legend(bottom + 24)
    return svg.document(max(left - _GAP, wide) + _MARGIN, bottom + 24 + _MARGIN, title, [*parts, *legend])


# -- the place of each user -------------------------------------------------------------------------------------------

Block = tuple[list[str], float, float]


def _columns(blocks: Sequence[Block]) -> list[list[Block]]:
    """Blocks in columns, in order from top to bottom, so that the picture comes closest to the shape of a sheet."""
    if not blocks:
        return []
    highest, all_in_one = max(high for _, _, high in blocks), sum(high + _GAP for _, _, high in blocks)
    limits = [highest + step * (all_in_one - highest) / _LIMITS for step in range(_LIMITS + 1)]
    # Of several limits with the same number of columns, the first one fills the columns most evenly.
    arranged = {len(columns): columns for columns in (_filled(blocks, limit) for limit in reversed(limits))}
    return min(arranged.values(), key=lambda columns: abs(_shape(columns) - _PAPER))


def _filled(blocks: Sequence[Block], limit: float) -> list[list[Block]]:
    """Columns that are no higher than ``limit``."""
    columns: list[list[Block]] = []
    room = -1.0
    for block in blocks:
        if room < block[2]:
            columns.append([])
            room = limit
        columns[-1].append(block)
        room -= block[2] + _GAP
    return columns


def _shape(columns: Sequence[Sequence[Block]]) -> float:
    wide = sum(max(wide for _, wide, _ in column) + _GAP for column in columns)
    return wide / max(sum(high + _GAP for _, _, high in column) for column in columns)


# -- one user ---------------------------------------------------------------------------------------------------------


def _block(topology: Topology) -> Block:
    """One topology: its elements, its width and its height."""
    told = {lane.id: [_passage_text(each) for each in _passages_from(topology, lane)] for lane in topology.lanes}
    rows, high = {}, float(HEAD)
    for lane in topology.lanes:
        height = max(ROW, _LINE * len(told[lane.id]) + 8)
        rows[lane.id] = high + (height - ROW) / 2
        high += height
    machines = [each for each in topology.machines if each.addresses]
    label, column = _label(topology), _column(machines)
    right = label + column * max(len(machines), 1)
    tracks, beside = _tracks(topology, rows, right)
    alone = [each.name for each in topology.machines if not each.addresses]
    head = _counted(topology, alone)
    parts = [svg.text(0, 16, topology.user, "title"), svg.text(0, 34, head, "small")]
    for lane in topology.lanes:
        parts += _lane(lane, topology.user, rows[lane.id], label, right)
        lines, y = told[lane.id], rows[lane.id]
        first = y + 3 - (len(lines) - 1) * _LINE / 2
        parts += [svg.text(beside, first + _LINE * number, line, "small") for number, line in enumerate(lines)]
    for number, machine in enumerate(machines):
        parts += _machine(machine, label + column * (number + 0.5), column, rows)
    longest = max((len(line) for lines in told.values() for line in lines), default=0)
    wide = max(beside + longest * _SMALL, len(head) * _SMALL, len(topology.user) * _TEXT * 1.3)
    return [*parts, *tracks], wide, high - ROW / 2 + 12


def _passages_from(topology: Topology, lane: Lane) -> list[Passage]:
    return [each for each in topology.passages if topology.lane(each.source) is lane]


def _passage_text(passage: Passage) -> str:
    return _short(f"→ {passage.target}: {passage.what}", _LONGEST)


def _label(topology: Topology) -> float:
    """The width of the names of the networks."""
    widest = [len(_name(each, topology.user)) * _TEXT for each in topology.lanes]
    widest += [len(_where(each)) * _SMALL for each in topology.lanes]
    return min(max([LABEL - 24.0, *widest]), 2 * LABEL) + 24


def _column(machines: Sequence[Machine]) -> float:
    """The width of a VM's column, for its name and for its addresses."""
    widest = [len(each.name) * _TEXT + 44 for each in machines]
    widest += [len(said) * _SMALL + 16 for each in machines for said in each.addresses.values()]
    return min(max([COLUMN, *widest]), WIDEST)


def _counted(topology: Topology, alone: Sequence[str]) -> str:
    said = ", ".join(
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((len(topology.lanes), "network"), (len(topology.machines), "VM"))
    )
    return f"{said}; without a network: {', '.join(alone)}" if alone else said


def _name(lane: Lane, user: str) -> str:
    return _short(lane.name if lane.owner == user else f"{lane.name} of {lane.owner}", 48)


def _where(lane: Lane) -> str:
    return _short(f"{lane.where} · {', '.join(lane.groups)}" if lane.groups else lane.where, _LONGEST)


def _lane(lane: Lane, user: str, y: float, label: float, right: float) -> Iterator[str]:
    yield svg.text(0, y - 3, _name(lane, user), "strong")
    yield svg.text(0, y + 10, _where(lane), "small")
    yield svg.element("line", x1=label - 12, y1=y, x2=right, y2=y, class_="lane", stroke=_colour(lane, user))


def _colour(lane: Lane, user: str) -> str:
    return svg.hue(lane.name) if lane.owner == user else _FOREIGN


def _machine(machine: Machine, x: float, column: float, rows: Mapping[int, float]) -> Iterator[str]:
    """A box on top, and a wire down to each network of the VM. Addresses are on the right of the wire."""
    joined = {rows[number]: said for number, said in machine.addresses.items() if number in rows}
    left, x = x - column / 2 + 6, x - column / 2 + 16
    if joined:
        yield svg.element("line", x1=x, y1=64.0, x2=x, y2=max(joined), class_="wire")
    yield svg.element("rect", x=left, y=42, width=column - 12, height=24, rx=4, class_="box")
    colour = _RUNNING if machine.state == "RUNNING" else _FAILED if "FAILURE" in machine.state else _STOPPED
    told = svg.hint(f"VM {machine.id} {machine.name}: {machine.state}")
    yield svg.element("circle", told, cx=x, cy=54, r=4, fill=colour)
    yield svg.text(x + 10, 58, _short(machine.name, int((column - 40) / _TEXT)))
    for y, said in joined.items():
        yield svg.element("circle", svg.hint(said), cx=x, cy=y, r=5, class_="box")
        yield svg.text(x + 8, y - 4, _short(said, int((column - 8) / _SMALL)), "small")


def _tracks(topology: Topology, rows: Mapping[int, float], right: float) -> tuple[list[str], float]:
    """An arrow for each pair of networks between which traffic may pass, and the x position to the right of them."""
    ends = ((topology.lane(each.source), topology.lane(each.target)) for each in topology.passages)
    pairs = sorted(
        {(a.id, b.id) for a, b in ends if a and b and a is not b},
        key=lambda pair: (abs(rows[pair[0]] - rows[pair[1]]), rows[pair[0]]),
    )
    beside = right + 14 + (_TRACK * len(pairs) + 6 if pairs else 0)
    heights = _heights(pairs, rows)
    lanes = {each.id: each for each in topology.lanes}
    parts = []
    for number, (source, target) in enumerate(pairs):
        start, end = heights[(source, target, "out")], heights[(source, target, "in")]
        x, colour = right + 14 + _TRACK * number, _colour(lanes[source], topology.user)
        bow = _RADIUS if end > start else -_RADIUS
        way = (
            f"M{right:g} {start:g}H{x - _RADIUS:g}Q{x:g} {start:g} {x:g} {start + bow:g}V{end - bow:g}"
            f"Q{x:g} {end:g} {x - _RADIUS:g} {end:g}H{right + _ARROW:g}"
        )
        told = "; ".join(
            f"{each.source} → {each.target}: {each.what}"
            for each in topology.passages
            if topology.lane(each.source) is lanes[source] and topology.lane(each.target) is lanes[target]
        )
        head = f"M{right + 1:g} {end:g}l{_ARROW} {-_ARROW / 2:g}v{_ARROW}z"
        parts.append(svg.element("path", svg.hint(told), d=way, class_="pass", stroke=colour))
        parts.append(svg.element("path", d=head, fill=colour))
    return parts, beside


def _heights(pairs: Sequence[tuple[int, int]], rows: Mapping[int, float]) -> dict[tuple[int, int, str], float]:
    """The height at which each arrow leaves a network and arrives at another, one below the other."""
    ends = [(source, target, (source, target, "out")) for source, target in pairs]
    ends += [(target, source, (source, target, "in")) for source, target in pairs]
    # The target decides the order, so that arrows of one network do not cross right beside it.
    ends.sort(key=lambda end: (rows[end[0]], rows[end[1]], end[2][2]))
    found = {}
    for lane, there in groupby(ends, key=lambda end: end[0]):
        met = list(there)
        step = min(6.0, (ROW - 10) / max(len(met) - 1, 1))
        for number, (_, _, key) in enumerate(met):
            found[key] = rows[lane] + (number - (len(met) - 1) / 2) * step
    return found


def _legend(y: float) -> tuple[list[str], float]:
    """The meaning of the symbols, and the width of the legend."""
    parts, x = [], float(_MARGIN)
    for colour, word in ((_RUNNING, "running"), (_STOPPED, "not running"), (_FAILED, "failed")):
        parts += [svg.element("circle", cx=x + 4, cy=y - 3, r=4, fill=colour), svg.text(x + 13, y, word, "small")]
        x += 28 + len(word) * _SMALL
    for word in ("○ NIC with its address", "→ allowed by the gateway"):
        parts.append(svg.text(x, y, word, "small"))
        x += 15 + len(word) * _SMALL
    return parts, x


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
