"""Case files: existing objects, a declaration, and the expected result, readable without Python.

    there:                      # in every case of the file; a description as onesim's --seed takes it
      users: [{name: alice}]
    cases:
      a network gets another VLAN:
        there:                  # in this case, after the above
          networks: [{name: dmz1, owner: alice, VN_MAD: 802.1Q, PHYDEV: eth1, VLAN_ID: 100}]
        declared: {name: dmz1, owner: alice, vlan_id: 101}
        changes: {vlan_id: {old: 100, new: 101}}
        calls:
          - one.vn.update: [0, 'VLAN_ID="101"', 1]
        comment: "Virtual network dmz1 of alice was changed (ID 0): vlan_id. This reaches running VMs."

``declared`` holds the arguments of the kind's ``present`` state. An existing object with the declared name was created
by these states, unless the case contains ``foreign: true``; then ``adopt: true`` takes it over. ``faults`` are rules
for onesim's --fault. ``changes``, and ``calls`` with all writes, are empty by default. A failing run has ``error``, the
whole sentence, in place of ``comment``, and ``planned`` if a dry run shows changes. ``…`` in a text stands for random
or time-dependent text.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from onecore.basics.plan import Desired
from onecore.kinds.registry import KINDS

ANYTHING = "…"
_KEYS = {"there", "faults", "declared", "adopt", "foreign", "disruption"}
_KEYS |= {"planned", "changes", "calls", "comment", "error"}


@dataclass(frozen=True)
class Case:
    """One case of a kind."""

    kind: str
    title: str
    declared: Mapping[str, Any]
    #: Descriptions of existing objects, which are created one after the other.
    there: tuple[Mapping[str, Any], ...] = ()
    #: Rules for onesim's --fault.
    faults: tuple[str, ...] = ()
    adopt: bool = False
    #: Whether the existing object of the declared name was created by somebody else.
    foreign: bool = False
    #: Whether disruptive changes are allowed.
    disruption: bool = False
    changes: Mapping[str, Any] = field(default_factory=dict)
    planned: Mapping[str, Any] | None = None
    calls: tuple[Mapping[str, list[Any]], ...] = ()
    comment: str = ""
    error: str = ""

    @property
    def foreseen(self) -> Mapping[str, Any]:
        """The expected result of a dry run."""
        return self.changes if self.planned is None else self.planned

    @property
    def refused(self) -> bool:
        """Whether the declaration is refused without a write."""
        return bool(self.error) and not self.calls

    def desired(self, account: str) -> Desired:
        """The declaration, as the state of the kind passes it."""
        key = ("name", "owner") if KINDS[self.kind].per_owner else ("name",)
        values = {name: value for name, value in self.declared.items() if name not in key}
        owner = self.declared.get("owner") if "owner" in key else None
        leave = {"adopt": self.adopt, "disruption": self.disruption}
        return Desired(self.kind, self.declared["name"], owner, values, f"sls/{owner or account}", **leave)


def read(path: pathlib.Path) -> list[Case]:
    """The cases of a file, which has the name of its kind, optionally followed by a hyphen and a topic."""
    text = path.read_text(encoding="utf-8")
    # A seed contains only texts: 640, YES and 802.1Q are not converted.
    plain, typed = yaml.load(text, yaml.BaseLoader), yaml.safe_load(text)
    found = []
    for title, case in typed["cases"].items():
        unknown = case.keys() - _KEYS
        if unknown or ("comment" in case) == ("error" in case):
            raise ValueError(f"{path.name}: {title!r}: unknown {sorted(unknown)}, or not just one of comment and error")
        there = (plain.get("there"), plain["cases"][title].get("there"))
        rest = {key: value for key, value in case.items() if key != "there"}
        found.append(Case(path.stem.partition("-")[0], title, there=tuple(filter(None, there)), **rest))
    return found


def settled_on(expected: Any, seen: Any) -> Any:
    """``seen``, with ``…`` in the places where ``expected`` has it, for a comparison."""
    if isinstance(expected, Mapping) and isinstance(seen, Mapping):
        return {key: settled_on(expected.get(key), value) for key, value in seen.items()}
    if isinstance(expected, (list, tuple)) and isinstance(seen, (list, tuple)):
        more = [None] * (len(seen) - len(expected))
        return [settled_on(*pair) for pair in zip([*expected, *more], seen, strict=False)]
    if isinstance(expected, str) and isinstance(seen, str):
        pattern = ".*".join(map(re.escape, expected.split(ANYTHING)))
        return expected if re.fullmatch(pattern, seen, re.DOTALL) else seen
    return seen
