"""Several VMs of one declaration: ``web: {count: 3}`` stands for ``web-1``, ``web-2`` and ``web-3``.

Each is a separate VM, with its own name and mark, so that only the pillar knows of counts: a lower count leaves
undeclared VMs, and a higher one declares new ones. A VM keeps its number, even if ``count`` is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: The key with the number of VMs, and its maximum.
COUNT, MOST = "count", 1000


def members(name: str, said: Mapping[str, Any]) -> list[str]:
    """The names of the VMs of a declaration: its own name without a count."""
    count = said.get(COUNT)
    return [name] if count is None else [f"{name}-{number}" for number in range(1, count + 1)]


def each_member(declared: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each VM of some declarations: the name of the declaration, the name of the VM, and the declaration."""
    for name, said in declared.items():
        yield from ((name, member, said) for member in members(name, said))


def alike(said: Mapping[str, Any]) -> int:
    """The number of VMs of a declaration."""
    return said.get(COUNT, 1)
