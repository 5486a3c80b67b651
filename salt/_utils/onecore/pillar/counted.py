"""Several VMs of one declaration: ``web: {count: 3}`` stands for ``web-1``, ``web-2`` and ``web-3``.

Each is a VM of its own, with a name and a mark of its own, so that nothing beyond the pillar knows of counting: fewer
are VMs that are not declared any more, and more are new ones. A number stays with its VM, also where ``count`` is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: The key that says how many, and how many there may be.
COUNT, MOST = "count", 1000


def members(name: str, said: Mapping[str, Any]) -> list[str]:
    """The names of the VMs that a declaration stands for: its own, where it counts none."""
    count = said.get(COUNT)
    return [name] if count is None else [f"{name}-{number}" for number in range(1, count + 1)]


def each_member(declared: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each VM of some declarations: the name it is declared by, its own, and its declaration."""
    for name, said in declared.items():
        yield from ((name, member, said) for member in members(name, said))


def alike(said: Mapping[str, Any]) -> int:
    """How many VMs a declaration stands for."""
    return said.get(COUNT, 1)
