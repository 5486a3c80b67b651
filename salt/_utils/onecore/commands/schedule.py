"""Actions that OpenNebula runs on a VM at a certain time: ``onevm``'s scheduled actions and charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..basics.errors import ArgumentError, MissingError
from ..basics.secrecy import quoted
from ..basics.syntax import render
from ..cloud.collection import Collection
from ..cloud.resource import Vector
from ..cloud.view import Cloud
from ..model import schedule
from .objects import act, make, part_id, whole


def sched_list(cloud: Cloud, kind: Collection, target: Any, *, owner: str | None = None) -> list[dict[str, Any]]:
    """Return the scheduled actions of {a}, a dictionary each: ``id``, ``done`` (when it was done last, in seconds since
    1970, or -1), ``message``, and what :py:func:`sched_add` takes.

    Rights: USE on the {title}.

    {example} {whose}
    """
    return [_told(each) for each in whole(cloud, kind, target, owner).vectors(schedule.PATH)]


def _told(action: Vector) -> dict[str, Any]:
    said = {"id": action.number("ID"), **schedule.read(action)}
    return {**said, "done": action.number("DONE", -1), "message": action.get("MESSAGE") or None}


def sched_add(
    cloud: Cloud,
    kind: Collection,
    target: Any,
    action: Any,
    time: Any,
    args: Any = None,
    repeat: Any = None,
    days: Any = None,
    times: Any = None,
    until: Any = None,
    *,
    owner: str | None = None,
) -> int:
    """Schedule an action on {a}; returns the ID of the scheduled action. This corresponds to ``onevm poweroff
    --schedule``.

    action
        What is done: ``terminate``, ``terminate-hard``, ``undeploy``, ``undeploy-hard``, ``hold``, ``release``,
        ``stop``, ``suspend``, ``resume``, ``reboot``, ``reboot-hard``, ``poweroff``, ``poweroff-hard``,
        ``snapshot-create``, ``snapshot-revert``, ``snapshot-delete``, ``disk-snapshot-create``,
        ``disk-snapshot-revert``, ``disk-snapshot-delete`` or ``backup``.

    time
        When: a date and time (``2026-12-31T18:00``, in UTC unless it names its offset), seconds since 1970, or a time
        after the start of the VM (``+12h``, ``+3600``).

    args
        Arguments of the action, such as the name of a snapshot or the ID of a backup datastore, separated by commas.

    repeat
        ``weekly``, ``monthly``, ``yearly`` or ``hourly``. Defaults to once.

    days
        The days on which it is repeated, separated by commas: of the week from 0 (Sunday), of the month from 1, of the
        year from 0; or the number of hours in between.

    times
        The number of repetitions. By default it is repeated without limit.

    until
        The date and time after which it is not repeated, like ``time``.

    Rights: MANAGE on the {title}, and the rights for the action when it runs.

    {example} poweroff 2026-12-31T18:00 {whose}
    {example} snapshot-create +12h args=nightly repeat=weekly days="'1,3,5'" times=10
    """
    said = {"action": action, "time": time, "args": args, "repeat": repeat, "days": days, "times": times}
    return make(cloud, kind, target, owner, "schedadd", _template({**said, "until": until}))


def sched_update(
    cloud: Cloud, kind: Collection, target: Any, sched_id: Any, changes: Any, *, owner: str | None = None
) -> bool:
    """Change a scheduled action of {a}.

    sched_id
        Number of the scheduled action, as in :py:func:`sched_list`.

    changes
        The changed values, with the arguments of :py:func:`sched_add`; everything else stays.

    Rights: MANAGE on the {title}.

    {example} 0 "{{time: 2027-01-01T06:00}}" {whose}
    """
    if not isinstance(changes, Mapping):
        raise ArgumentError(f"changes: must be a dictionary of changes, not {quoted(changes)}.")
    number = part_id("sched_id", sched_id)
    every = whole(cloud, kind, target, owner).vectors(schedule.PATH)
    found = next((each for each in every if each.number("ID") == number), None)
    if found is None:
        raise MissingError(f"{kind.title} {target} has no scheduled action {number}.")
    after = schedule.rewritten(schedule.wanted("", {**schedule.read(found), **changes}))
    return act(cloud, kind, target, owner, "schedupdate", number, render({schedule.ATTRIBUTE: after}))


def sched_delete(cloud: Cloud, kind: Collection, target: Any, sched_id: Any, *, owner: str | None = None) -> bool:
    """Delete a scheduled action of {a}.

    sched_id
        Number of the scheduled action, as in :py:func:`sched_list`.

    Rights: MANAGE on the {title}.

    {example} 0 {whose}
    """
    return act(cloud, kind, target, owner, "scheddelete", part_id("sched_id", sched_id))


def create_chart(cloud: Cloud, kind: Collection, target: Any, actions: Any, *, owner: str | None = None) -> list[int]:
    """Give {a} a chart: several scheduled actions, each a time after its start; returns their numbers.

    actions
        The time of each action, by action as in :py:func:`sched_add`.

    Rights: MANAGE on the {title}.

    {example} "{{suspend: +8h, terminate: +2w}}" {whose}
    """
    if not isinstance(actions, Mapping) or not actions:
        raise ArgumentError(f"actions: must be a dictionary of actions with their times, not {quoted(actions)}.")
    templates = [_template({"action": action, "time": time}) for action, time in actions.items()]
    return [make(cloud, kind, target, owner, "schedadd", each) for each in templates]


def update_chart(
    cloud: Cloud, kind: Collection, target: Any, sched_id: Any, changes: Any, *, owner: str | None = None
) -> bool:
    """Change one action of a chart of {a}: the same as :py:func:`sched_update`.

    sched_id
        Number of the scheduled action, as in :py:func:`sched_list`.

    changes
        The changed values, with the arguments of :py:func:`sched_add`.

    Rights: MANAGE on the {title}.

    {example} 0 "{{time: +4h}}" {whose}
    """
    return sched_update(cloud, kind, target, sched_id, changes, owner=owner)


def delete_chart(cloud: Cloud, kind: Collection, target: Any, sched_id: Any, *, owner: str | None = None) -> bool:
    """Delete one action of a chart of {a}: the same as :py:func:`sched_delete`.

    sched_id
        Number of the scheduled action, as in :py:func:`sched_list`.

    Rights: MANAGE on the {title}.

    {example} 0 {whose}
    """
    return sched_delete(cloud, kind, target, sched_id, owner=owner)


def _template(said: Mapping[str, Any]) -> str:
    """A scheduled action in OpenNebula's terms."""
    return render({schedule.ATTRIBUTE: schedule.written(schedule.wanted("", said))})
