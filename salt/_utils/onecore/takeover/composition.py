"""A pillar that describes the objects of a survey, and that a run would take over without a change.

The short form is tried first. If the pillar's schema or the engine finds a difference, the object is declared
separately, with all its arguments. If that differs, too, it is not exported, and the reason is noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..basics.errors import OneError
from ..basics.plan import Desired
from ..basics.secrecy import masked
from ..cloud.view import Cloud
from ..kinds.registry import KINDS
from ..pillar.infrastructure import NETWORK, expand
from ..pillar.layers import users
from ..pillar.objects import objects
from ..pillar.shared import owners, shared
from .lanes import Lane, declared
from .places import NATURAL, NOWHERE, SINGLE, Plan, plan
from .survey import Found, fit, planned

#: Validates a pillar: returns path and text of each error.
Judge = Callable[[Mapping[str, Any]], Iterable[tuple[str, str]]]
Key = tuple[str, "str | None", str]
#: An argument, after the path of its object.
_ARGUMENT = re.compile(r"\.([a-z0-9_]+)")


@dataclass
class Composition:
    """The result.

    plan
        The pillar, and the place of each object in it.
    demoted
        Objects that are declared separately, with the reason.
    """

    plan: Plan
    demoted: list[tuple[Found, str]]


def compose(cloud: Cloud, found: Sequence[Found], judge: Judge) -> Composition:
    """The pillar of the exported objects; those that it cannot contain have a reason afterwards."""
    _omit_invalid(found, judge)
    demoted = {id(each): (each, why) for each, why in _on_one_vlan(found)}
    level = dict.fromkeys(demoted, NATURAL + 1)
    fitted: set[int] = set()
    while True:
        result = plan(found, level)
        wrong = _wrong(cloud, result, found, judge)
        if not wrong:
            return Composition(result, [pair for key, pair in demoted.items() if level[key] < NOWHERE])
        for each, why in wrong.values():
            if id(each) not in fitted:
                fitted.add(id(each))
                if fit(cloud, each):
                    continue
            here = level[id(each)] = level.get(id(each), NATURAL) + 1
            if here >= NOWHERE:
                each.reason = why
            demoted[id(each)] = (each, why)


def _omit_invalid(found: Sequence[Found], judge: Judge) -> None:
    """Omit the arguments that are invalid in the pillar, wherever the object is declared, with the reason."""
    single = plan(found, dict.fromkeys(map(id, found), SINGLE))
    for path, words in judge(single.config):
        place = single.place(path)
        argument = _ARGUMENT.match(path[len(place) :])
        for each in single.places.get(place, ()):
            if argument is not None and each.values.pop(argument[1], None) is not None:
                each.left.setdefault(argument[1], words)


def _on_one_vlan(found: Iterable[Found]) -> Iterator[tuple[Found, str]]:
    """Networks on the VLAN of another one, with the reason to declare each separately: users of blueprints are
    isolated.
    """
    holders: dict[Lane, Found] = {}
    for each in found:
        lane = declared(each.values) if each.kind.cli == NETWORK else None
        holder = each if lane is None else holders.setdefault(lane, each)
        if holder is not each:
            yield each, f"it is on the same VLAN as {holder.subject}"


def _wrong(cloud: Cloud, result: Plan, found: Sequence[Found], judge: Judge) -> dict[int, tuple[Found, str]]:
    """Objects that cannot stay in their place, by identity, each with the reason."""
    wrong: dict[int, tuple[Found, str]] = {}
    for path, words in judge(result.config):
        blamed = result.at(path) or _everything(result)
        for each in blamed:
            wrong.setdefault(id(each), (each, f"{path}: {words}"))
    if wrong:
        return wrong
    known: dict[Key, Found] = {(each.kind.cli, each.owner, each.name): each for each in found if not each.reason}
    for wanted in every(result.config):
        kind = KINDS[wanted.kind]
        there = known.get((wanted.kind, wanted.owner if kind.per_owner else None, wanted.name))
        if there is None:
            continue
        try:
            differing = planned(cloud, kind, replace(wanted, adopt=True))
        except OneError as error:
            wrong[id(there)] = (there, masked(str(error)))
            continue
        if differing:
            wrong[id(there)] = (there, f"a run would change its {differing[0].path}")
    return wrong


def _everything(result: Plan) -> list[Found]:
    return [each for found in result.places.values() for each in found]


def every(config: Mapping[str, Any]) -> Iterator[Desired]:
    """All objects that a pillar declares, each once."""
    owning = set(owners(config))
    accounts = {("oneuser", name) for name in owning}
    yield from (each for each in shared(config) if (each.kind, each.name) not in accounts)
    yield from objects(config, None)
    for user in users(config):
        yield from expand(config, user)
        yield from objects(config, user)
