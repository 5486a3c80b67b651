"""Which rules these states have made: a rule has no attributes, so the account keeps a list of them in its own.

What is kept is what a rule means, and it is kept before the rule is made: a run that dies in between leaves nothing
that nobody knows. A rule that was there before is not on the list, and is never removed.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...basics.marks import RULES
from ...basics.syntax import render
from ...cloud.directory import ACLS, USERS
from ...cloud.view import Cloud
from ...model.rules import Rule, present
from ...model.writers import MERGE

#: Between the parts of a note, and between notes.
_BETWEEN, _NEXT = "/", " "
#: A source and the rule that it made.
Note = tuple[str, Rule]


def noted(cloud: Cloud) -> list[Note]:
    """The rules that these states have made, or were about to make, and what made each."""
    account = cloud.find(USERS, cloud.account)
    text = "" if account is None else account.attributes.get(RULES, "")
    return [note for each in str(text).split() if (note := _read(each)) is not None]


def _read(text: str) -> Note | None:
    source, *parts = text.split(_BETWEEN)
    try:
        return source, Rule(*(int(part, 16) for part in parts))
    except (TypeError, ValueError):
        return None


def note(cloud: Cloud, source: str, rule: Rule) -> None:
    """Note a rule that is about to be made, and forget those that are gone."""
    others = [each for each in noted(cloud) if each[1] != rule]
    if not all(each[1] in present(cloud) for each in others):
        # Those that this run has just made are not known yet.
        cloud.forget(ACLS)
    _write(cloud, [*(each for each in others if each[1] in present(cloud)), (source, rule)])


def strike(cloud: Cloud, rule: Rule) -> None:
    """Strike a rule out that is gone."""
    _write(cloud, [each for each in noted(cloud) if each[1] != rule])


def _write(cloud: Cloud, notes: Iterable[Note]) -> None:
    account = cloud.get(USERS, cloud.account)
    text = _NEXT.join(_BETWEEN.join((source, *(f"{part:x}" for part in rule))) for source, rule in notes)
    cloud.call("one.user.update", account.id, render({RULES: text}), MERGE)
    account.attributes[RULES] = text
