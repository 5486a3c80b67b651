"""Which rules these states created: a rule has no attributes, so the account stores a list in its own attributes.

What is noted is what a rule means, and it is noted before the rule is made: a run that dies in between leaves nothing
that nobody knows. A rule that was there before has no note, and is never removed.
"""

from __future__ import annotations

from ...basics.marks import RULE
from ...cloud.directory import ACLS
from ...cloud.view import Cloud
from ...model.notes import note_down, notes, take_away
from ...model.rules import Rule, present

#: Between the parts of a note.
_BETWEEN = "/"
#: A source and the rule that it made.
Note = tuple[str, Rule]


def noted(cloud: Cloud) -> list[Note]:
    """The rules that these states have made, or were about to make, and what made each."""
    return list(_notes(cloud).values())


def _notes(cloud: Cloud) -> dict[str, Note]:
    """The same by the name of the note."""
    read = {name: _read(text) for name, text in notes(cloud, RULE).items()}
    return {name: note for name, note in read.items() if note is not None}


def _read(text: str) -> Note | None:
    source, *parts = text.split(_BETWEEN)
    try:
        return source, Rule(*(int(part, 16) for part in parts))
    except (TypeError, ValueError):
        return None


def note(cloud: Cloud, source: str, rule: Rule) -> str:
    """Note a rule that is about to be made, and forget those that are gone; returns the name of the note."""
    before = _notes(cloud)
    if not all(each in present(cloud) for _, each in before.values()):
        # Those that this run has just made are not known yet.
        cloud.forget(ACLS)
    over = [name for name, (_, each) in before.items() if each not in present(cloud)]
    return note_down(cloud, RULE, _BETWEEN.join((source, *(f"{part:x}" for part in rule))), over)


def strike(cloud: Cloud, rule: Rule) -> None:
    """Take away all notes of a rule that is gone."""
    take_away(cloud, [name for name, (_, each) in _notes(cloud).items() if each == rule])
