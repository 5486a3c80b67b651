"""Compares data with a schema.

It never raises: invalid values become a `Fault` and are removed from the result, so that the result has the declared
structure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..basics.errors import ArgumentError
from ..model.nodes import Each, Keys, Leaf, Many, Node, choices, holds
from .words import again, below, hint, mismatch, nearest, same_but_for_capitals, seen

#: The text that Salt 3008 shows in place of pillar values.
MASKED = "*" * 10
#: The placeholder for a value that is completely invalid.
UNSOUND = object()


@dataclass(frozen=True, order=True)
class Fault:
    """One error: its path (``users.alice.vlan_base``), and its text, a clause."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    @property
    def whole(self) -> str:
        """The same, from the top of the pillar."""
        return f"opennebula{'.' if self.path else ''}{self.path}: {self.message}"


@dataclass
class Walk:
    """One pass over some data.

    faults
        The errors.
    blamed
        The paths with reported errors, including those of misspelled keys.
    """

    faults: set[Fault] = field(default_factory=set)
    blamed: set[str] = field(default_factory=set)

    def fault(self, path: str, message: str) -> None:
        self.faults.add(Fault(path, message))
        self.blamed.add(path)

    def require(self, path: str, message: str, *related: str) -> None:
        """Add an error about a missing value, unless it is only missing because it was invalid.

        related
            Other possible paths of the value.
        """
        if self.blamed.isdisjoint((path, *related)):
            self.fault(path, message)

    def sound(self, node: Node, value: Any, path: str = "") -> Any:
        """``value`` without parts that do not fit ``node``; `UNSOUND` if nothing is left."""
        if value is None:
            return None
        if isinstance(value, str) and value == MASKED:
            self.fault(path, "is hidden: Salt has replaced it with asterisks")
            return UNSOUND
        match = next((each for each in choices(node) if holds(each, value)), None)
        if match is None:
            self.fault(path, mismatch(node, value))
            return UNSOUND
        return getattr(self, f"_{type(match).__name__.lower()}")(match, value, path)

    def _leaf(self, leaf: Leaf, value: Any, path: str) -> Any:
        try:
            leaf.check(value)
        except ArgumentError as error:
            self.fault(path, str(error).removesuffix("."))
        except ValueError:
            self.fault(path, mismatch(leaf, value))
        else:
            return value
        return UNSOUND

    def _many(self, many: Many, value: list[Any], path: str) -> list[Any]:
        found = []
        for number, each in enumerate(value):
            where = f"{path}[{number}]"
            if each is None:
                self.fault(where, mismatch(many.item, None))
            else:
                found.append(self.sound(many.item, each, where))
        return [each for each in found if each is not UNSOUND]

    def _keys(self, keys: Keys, value: dict[Any, Any], path: str) -> dict[str, Any]:
        found = {}
        for key, inner in value.items():
            node = keys.node(key)
            if node is None:
                self._unknown(keys, key, path)
            else:
                found[key] = self.sound(node, inner, below(path, key))
        return {key: inner for key, inner in found.items() if inner is not UNSOUND}

    def _unknown(self, keys: Keys, key: Any, path: str) -> None:
        if not isinstance(key, str):
            self.fault(below(path, key), f"a key must be text; found {seen(key)}{hint(None, key)}")
            return
        near = nearest(key, keys.fields)
        rest = f"did you mean {near}?" if near else f"known are {', '.join(keys.fields)}"
        self.fault(below(path, key), f"unknown key; {rest}")
        if near:
            self.blamed.add(below(path, near))

    def _each(self, each: Each, value: dict[Any, Any], path: str) -> dict[str, Any]:
        found = {}
        for key, inner in value.items():
            where = below(path, key)
            if not isinstance(key, str):
                self.fault(where, f"the name of a {each.what} must be text; found {seen(key)}{hint(None, key)}")
            elif inner is None and not each.removable:
                self.fault(where, f"must be {each.item.wants}; found nothing ({{}} is one without details)")
            elif self._leaf(each.name, key, where) is not UNSOUND:
                found[key] = self._entry(each, key, inner, where)
        if each.folded:
            for key, other in same_but_for_capitals(found):
                self.fault(below(path, key), again(other))
        return {key: inner for key, inner in found.items() if inner is not UNSOUND}

    def _entry(self, each: Each, key: str, value: Any, path: str) -> Any:
        found = self.sound(each.item, value, path)
        if found is None or found is UNSOUND:
            return found
        try:
            each.check(key, found)
        except ArgumentError as error:
            self.fault(path, str(error).removesuffix("."))
            return UNSOUND
        return found
