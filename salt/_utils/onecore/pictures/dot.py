"""Topologies in the language of Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from .topology import Lane, Topology

_BEGINNING = """
digraph opennebula {
  rankdir=LR; nodesep=0.15; ranksep=1;
  node [fontname=Helvetica, fontsize=11]; edge [fontname=Helvetica, fontsize=9];
""".strip()


def dot(topologies: Sequence[Topology]) -> str:
    """All topologies: a cluster for each user; networks of other owners are outside of the clusters."""
    lines = [_BEGINNING]
    users = {each.user for each in topologies}
    shared = {lane.id: lane for each in topologies for lane in each.lanes if lane.owner not in users}
    lines += [f"  {_network(lane, f'{lane.name} of {lane.owner}')}" for lane in shared.values()]
    for number, each in enumerate(topologies):
        lines.append(f"  subgraph cluster_{number} {{ label={_quoted(each.user)}; fontname=Helvetica; color=gray;")
        lines += [f"    {line}" for line in _nodes(each)]
        lines.append("  }")
    return "\n".join([*lines, *(f"  {line}" for each in topologies for line in _edges(each)), "}", ""])


def _nodes(topology: Topology) -> Iterator[str]:
    for lane in topology.lanes:
        if lane.owner == topology.user:
            yield _network(lane, lane.name)
    for machine in topology.machines:
        yield f"vm{machine.id} [shape=ellipse, label={_quoted(machine.name)}];"


def _network(lane: Lane, name: str) -> str:
    label = _quoted(f"{name}\n{lane.where}")
    return f"net{lane.id} [shape=box, label={label}];"


def _edges(topology: Topology) -> Iterator[str]:
    known = {lane.id for lane in topology.lanes}
    for machine in topology.machines:
        for number, said in machine.addresses.items():
            if number in known:
                yield f"vm{machine.id} -> net{number} [dir=none, label={_quoted(said)}];"
    for each in topology.passages:
        source, target = topology.lane(each.source), topology.lane(each.target)
        if source and target:
            yield f"net{source.id} -> net{target.id} [style=dashed, color=darkgreen, label={_quoted(each.what)}];"


def _quoted(text: str) -> str:
    """A string of DOT, which has the same rules for quotes and line ends as JSON."""
    return json.dumps(text, ensure_ascii=False)
