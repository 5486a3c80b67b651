"""Which rules these states created: a rule has no attributes, so the account stores a list in its own attributes.

The note describes the rule. It is written before the rule is created, so that the next run recognizes a rule of an
interrupted one. A rule that existed before has no note, and is never removed.
"""

from __future__ import annotations

from ...basics.marks import RULE
from ...cloud.directory import ACLS
from ...cloud.view import Cloud
from ...model.notes import note_down, notes, take_away
from ...model.rules import Rule, present

#: Between the parts of a note.
_BETWEEN = "/"
#: A source and the rule that it created.
Note = tuple[str, Rule]


def noted(cloud: Cloud) -> list[Note]:
    """The rules that these states have created, or were about to create, with the source of each."""
    return list(_notes(cloud).values())


def _notes(cloud: Cloud) -> dict[str, Note]:
    """The same by name of the note."""
    read = {name: _read(text) for name, text in notes(cloud, RULE).items()}
    return {name: note for name, note in read.items() if note is not None}


def _read(text: str) -> Note | None:
    source, *parts = text.split(_BETWEEN)
    try:
        return source, Rule(*(int(part, 16) for part in parts))
    except (TypeError, ValueError):
        return None


def note(cloud: Cloud, source: str, rule: Rule) -> str:
    """Write the note of a rule about to be created, and remove outdated notes; returns the name of the new one."""
    before = _notes(cloud)
    if not all(each in present(cloud) for _, each in before.values()):
        # The pool does not contain the rules that this run has just created.
        cloud.forget(ACLS)
    over = [name for name, (_, each) in before.items() if each not in present(cloud)]
    return note_down(cloud, RULE, _BETWEEN.join((source, *(f"{part:x}" for part in rule))), over)


def strike(cloud: Cloud, rule: Rule) -> None:
    """Remove all notes of a rule that was deleted."""
    take_away(cloud, [name for name, (_, each) in _notes(cloud).items() if each == rule])
