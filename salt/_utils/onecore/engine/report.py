"""The outcome for one object in a real or a dry run; all output is generated from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..basics.errors import SettleError, one_line
from ..basics.plan import Change, both_shown, one_side, render
from ..basics.secrecy import masked
from ..cloud.resource import Resource
from ..model.kind import Kind

_SAID = {
    "none": ("is as declared{id}.", "is as declared{id}."),
    "gone": ("does not exist, as declared.", "does not exist, as declared."),
    "create": ("would be created.", "was created{id}."),
    "adopt": ("would be taken over{id}: {paths}.", "was taken over{id}: {paths}."),
    "update": ("would be changed{id}: {paths}.", "was changed{id}: {paths}."),
    "publish": ("would be published{id}: {paths}.", "was published{id}: {paths}."),
    "install": ("would be installed{id}.", "was installed{id}."),
    "save": ("would be saved{id}: {paths}.", "was saved{id}: {paths}."),
    "remove": ("would be removed{id}.", "was removed{id}."),
}
#: The longest error, in characters.
LONGEST = 1500
_SETTING = re.compile(r"(opennebula:)?connection:[a-z_]")


def sentence(text: str) -> str:
    """``text`` as a sentence: with a full stop, without secrets, and capitalized unless it begins with a setting."""
    text = masked(text)
    text = text if _SETTING.match(text) else text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def _bounded(text: str) -> str:
    """An error on one line of limited length: it may contain text of OpenNebula's answer."""
    text = masked(text)
    return one_line(text, LONGEST) if "\n" in text or len(text) > LONGEST else text


@dataclass
class Report:
    """The outcome for one object.

    action
        ``none``, ``gone``, ``create``, ``adopt``, ``update``, ``publish``, ``save``, ``install`` or ``remove``.
    planned, done
        The differences, and those that were corrected.
    error
        One sentence; empty without an error.
    note
        A note for the user, as a sentence: why it was done this way.
    disturbs
        Whether it failed since it would disturb running VMs, and disruption is not allowed.
    unmakeable
        Whether it does not exist and can never be created as declared.
    seconds
        Its duration, including waits.
    """

    kind: Kind
    name: str
    owner: str | None = None
    action: str = "none"
    id: int | None = None
    planned: list[Change] = field(default_factory=list)
    done: list[Change] = field(default_factory=list)
    error: str = ""
    note: str = ""
    disturbs: bool = False
    unmakeable: bool = False
    seconds: float = 0.0

    @property
    def subject(self) -> str:
        """The object for people."""
        return self.kind.describe(self.name, self.owner)

    @property
    def pending(self) -> bool:
        """Whether there are, or were, differences."""
        return self.action not in ("none", "gone")

    def changes(self, test: bool) -> dict[str, Any]:
        """Salt's ``changes``: the planned or the completed ones."""
        if test:
            return {} if self.error else render(self.planned)
        return render(self.done)

    def result(self, test: bool) -> bool | None:
        """Salt's ``result``."""
        if self.error:
            return False
        return None if test and self.pending else True

    def comment(self, test: bool) -> str:
        """The comment, as one sentence."""
        if self.error:
            said = _bounded(self.error if self.subject in self.error else f"{self.subject}: {self.error}")
        else:
            number = f" (ID {self.id})" if self.id is not None else ""
            paths = ", ".join(change.path for change in self.planned)
            said = f"{self.subject} {_SAID[self.action][0 if test else 1].format(id=number, paths=paths)}"
            if self.action in ("update", "adopt") and any(change.disruptive for change in self.planned):
                said += " This reaches running VMs."
        return f"{sentence(said)} {sentence(self.note)}" if self.note else sentence(said)

    def refuse_remaining(self, left: Sequence[Change], resource: Resource) -> None:
        """Raise SettleError with the changes that are left although all were carried out; they do not count as done."""
        paths = {change.path for change in left}
        self.done = [change for change in self.done if change.path not in paths]
        sides = [(change.path, both_shown(change)) for change in left]
        said = "; ".join(f"{path} is {one_side(each['old'])}, not {one_side(each['new'])}" for path, each in sides)
        reason = f" OpenNebula reports: {resource.error}" if resource.error else ""
        raise SettleError(f"{self.subject} is still not as declared: {said}.{reason}")

    def as_state(self, name: str, test: bool) -> dict[str, Any]:
        """The return value of a state function."""
        return {
            "name": name,
            "result": self.result(test),
            "changes": self.changes(test),
            "comment": self.comment(test),
        }


def comments(reports: Iterable[Report], test: bool) -> list[str]:
    """The comments of several objects. An error that several have is one comment, with the names of the others."""
    alike: dict[tuple[str, str], list[Report]] = {}
    for report in reports:
        shared = report.error and not report.note and report.subject not in report.error
        alike.setdefault((report.error, "" if shared else report.subject), []).append(report)
    return [
        f"{first.comment(test)} The same for {len(others)} more: {', '.join(each.subject for each in others)}."
        if others
        else first.comment(test)
        for first, *others in alike.values()
    ]
