"""From pillar to desired objects: single objects of any kind, declared with all their arguments.

They are neither part of a user's infrastructure, nor shared objects. An object that belongs to a declared user is
created with that user's other objects, any other one with the shared objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..basics.plan import SHARED, Desired
from ..basics.values import ADMINISTRATOR
from .counted import COUNT, alike, each_member
from .layers import LEAVES, leave, settings, without_nulls

#: The pillar's key, and the keys of an entry that identify its object.
SECTION, KEY = "objects", ("name", "owner")


def objects(config: Mapping[str, Any], user: str | None) -> list[Desired]:
    """The single objects that are created with those of ``user``, or with shared objects."""
    users = config.get("users") or {}

    def is_here(values: Mapping[str, Any]) -> bool:
        owner = values.get("owner")
        return owner == user if user is not None else owner not in users

    every = entries(config, is_here)
    return [declared(config, kind, label, without_nulls(values)) for kind, label, values in every]


def entries(
    config: Mapping[str, Any], is_meant: Callable[[Mapping[str, Any]], bool] = lambda values: True
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each selected object: the CLI name of its kind, its label, and its declaration.

    A declaration of several objects is returned several times, each with its own name.
    """
    for kind, labelled in (config.get(SECTION) or {}).items():
        for label, values in (labelled or {}).items():
            if values is None or not is_meant(values):
                continue
            for _, name, said in each_member({values.get("name") or label: values}):
                yield kind, label, {**said, "name": name}


def declared(config: Mapping[str, Any], kind: str, label: str, values: Mapping[str, Any]) -> Desired:
    """One single object as it is declared, without ``null`` values."""
    owner = values.get("owner")
    arguments = {key: value for key, value in values.items() if key not in (*KEY, COUNT, *LEAVES)}
    marked = f"{SHARED}/{owner or ADMINISTRATOR}"
    may = leave(values, settings(config, None))
    return Desired(kind, values.get("name", label), owner, arguments, marked, **may, alike=alike(values))
