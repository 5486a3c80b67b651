"""The scheduled actions of a VM: a complete list, compared and changed action by action."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...basics.errors import ArgumentError
from ...basics.pairing import pairs
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...cloud.directory import VMS
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import leaves, schedule
from ...model.fields import Field
from ...model.nodes import Each, Node
from ...model.reading import Reading
from ...model.vectors import labelled

_ADD, _UPDATE, _DELETE = "schedadd", "schedupdate", "scheddelete"


@dataclass(frozen=True)
class Declared:
    """Declared actions, and a function that finds those of a VM: a pool contains only their IDs."""

    actions: tuple[Mapping[str, Any], ...]
    find: Callable[[Resource], Sequence[Vector]] = lambda vm: ()


class ScheduledActions(Field):
    """The argument ``scheduled_actions``: a complete list; an action that is not declared is deleted.

    A past action that does not repeat is done: it is not created again.
    """

    doc = (
        "All scheduled actions, by label: ``action`` (``poweroff``, ``snapshot-create``, ``backup`` "
        "and more), ``time`` (a date and time, or one after its start such as ``+12h``), ``args`` of the action; "
        "``repeat`` (``weekly``, ``monthly``, ``yearly``, ``hourly``) on ``days``, so many ``times`` or ``until`` a "
        "time. They replace those of the template. A past action is not created again."
    )
    otherwise = "that of the template"
    example = "{night: {action: poweroff, time: 2026-12-01T20:00, repeat: weekly, days: [1, 2, 3, 4, 5]}}"
    attribute_names = (schedule.ATTRIBUTE,)

    def own_node(self) -> Node:
        return Each("scheduled action", leaves.LABEL, schedule.ACTION)

    def wanted(self, value: Any) -> Declared:
        given = labelled(self.name, value, "scheduled actions")
        return Declared(tuple(schedule.wanted(f"{self.name}.{label}", each) for label, each in given))

    def resolve(self, cloud: Cloud, wanted: Declared, order: Order) -> Declared:
        return Declared(wanted.actions, partial(_actions, cloud))

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for number, each in enumerate(_actions(reading.cloud, resource), 1):
            label = f"action{number}"
            try:
                said = schedule.read(each)
            except ArgumentError as error:
                reading.left[f"{self.name}:{label}"] = str(error)
                return None
            if not reading.may_say(f"{self.name}:{label}", "args", said.get("args")):
                # Either all of them are declared, or none.
                return None
            found[label] = said
        return found or None

    def contribute(self, wanted: Declared) -> dict[str, Any]:
        actions = [schedule.written(each) for each in wanted.actions if not _is_over(each)]
        return {schedule.ATTRIBUTE: actions} if actions else {}

    def changes(self, resource: Resource | None, wanted: Declared) -> Iterator[Change]:
        if resource is None:
            yield from (self._change(None, each, ()) for each in wanted.actions if not _is_over(each))
            return
        present, born = wanted.find(resource), resource.moment("STIME")

        def same(each: Mapping[str, Any], old: Vector) -> bool:
            return schedule.same(each, old, born)

        def alike(each: Mapping[str, Any], old: Vector) -> bool:
            return each["action"] == old.get("ACTION") and not _is_over(each)

        found = pairs(wanted.actions, present, same, alike)
        for index, each in enumerate(wanted.actions):
            old = present[found[index]] if index in found else None
            if old is None and not _is_over(each):
                yield self._change(None, each, (_ADD, schedule.written(each)))
            elif old is not None and not same(each, old):
                yield self._change(old, each, (_UPDATE, old.number("ID"), schedule.rewritten(each)))
        for place, old in enumerate(present):
            if place not in found.values():
                yield self._change(old, None, (_DELETE, old.number("ID")))

    def _change(self, old: Vector | None, new: Mapping[str, Any] | None, write: tuple[Any, ...]) -> Change:
        present = None if old is None else schedule.read(old)
        action = new["action"] if new is not None else (present or {})["action"]
        return self.change(f"{self.name}:{action}", present, None if new is None else dict(new), write)


def _actions(cloud: Cloud, vm: Resource) -> Sequence[Vector]:
    if not vm.ids("SCHED_ACTIONS"):
        return ()
    return list(cloud.whole(VMS, vm).vectors(schedule.PATH))


def _is_over(action: Mapping[str, Any]) -> bool:
    """Whether an action runs once, at a time in the past."""
    moment = action["time"]
    return "repeat" not in action and isinstance(moment, int) and moment < time.time()


def write_schedule(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Add, change and delete scheduled actions with one call each."""
    for change in changes:
        verb, *argument = change.write
        params = [render({schedule.ATTRIBUTE: each}) if isinstance(each, dict) else each for each in argument]
        cloud.call(f"one.vm.{verb}", resource.id, *params)


SCHEDULED_ACTIONS = ScheduledActions("scheduled_actions", writer="schedule")
