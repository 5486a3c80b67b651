"""The argument ``attributes``, for attributes without an argument of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..basics.errors import ArgumentError
from ..basics.marks import DIGESTS, MARK
from ..basics.plan import ANOTHER, HIDDEN, Change
from ..basics.values import expected
from ..cloud.resource import Resource
from . import leaves
from .digests import NOT_SEEN, gathered, knows, noted
from .fields import IN_PLACE, REMOVED, Field, alike, same_attribute, stored_form
from .nodes import Each, Leaf, Node
from .reading import Reading, plain

_KEPT_BY_US = "the states set it themselves"
#: Attributes of every object that cannot be declared, and the message that refuses each.
_NOBODYS = {
    MARK: _KEPT_BY_US,
    DIGESTS: _KEPT_BY_US,
    "NAME": "it is the name of the object, not an attribute",
}
#: The message that refuses an attribute which OpenNebula sets.
SET_ITSELF = "OpenNebula sets it itself"
#: Attributes that OpenNebula writes into any object, and the prefixes of our own.
_TOLD, _OURS = ("ERROR", "SCHED_MESSAGE"), "SALT_"
_NUMBERS = re.compile(r"[\d,\s]*", re.ASCII)


class Attributes(Field):
    """The argument ``attributes``: all attributes that OpenNebula allows and that have no argument of their own.

    Each is compared separately; undeclared attributes are not changed. A vector or a repeated attribute is compared and
    written whole. ``null`` removes an attribute.

    reserved
        The fields with attributes of their own.
    repeats
        Whether OpenNebula stores repeated attributes for this kind.
    encrypted
        Attributes that OpenNebula encrypts: their values cannot be compared, so a digest of the declared value is
        stored beside them (see :mod:`.digests`).
    live
        Attributes whose changes affect running VMs.
    elsewhere
        Attributes that OpenNebula stores elsewhere, or sets itself: an update of them has no effect. For each, the
        message that refuses it, with an alternative.
    check
        Called with name and value; raises ArgumentError if OpenNebula would change the value.
    """

    example = "{DESCRIPTION: made by Salt}"

    def __init__(
        self,
        reserved: Iterable[Field] = (),
        repeats: bool = True,
        encrypted: Iterable[str] = (),
        live: Iterable[str] = (),
        elsewhere: Mapping[str, str] | None = None,
        check: Callable[[str, Any], None] = lambda name, value: None,
        name: str = "attributes",
        **options: Any,
    ):
        super().__init__(name, **options)
        self.repeats, self.elsewhere = repeats, {**(elsewhere or {}), **_NOBODYS}
        self.encrypted, self.live, self.check = frozenset(encrypted), frozenset(live), check
        self.doc = " ".join(self._told())
        self.reserved = {attribute: field.name for field in reserved for attribute in field.attribute_names}

    def _told(self) -> Iterator[str]:
        repeated = ", a list for a repeated attribute" if self.repeats else ""
        yield f"Any other attribute, by name: a text, a dictionary for a vector{repeated}."
        yield "In a state, ``null`` removes it."
        if self.encrypted:
            names = " and ".join(f"``{name}``" for name in sorted(self.encrypted))
            yield f"OpenNebula encrypts {names}: {NOT_SEEN}."
        for reason in dict.fromkeys(why for name, why in self.elsewhere.items() if name not in _NOBODYS):
            names = ", ".join(f"``{name}``" for name, why in self.elsewhere.items() if why == reason)
            yield f"Refused are {names}: {reason}."

    @property
    def effect(self) -> str:
        names = ", ".join(f"``{name}``" for name in sorted(self.live))
        return f"{IN_PLACE}; {names} need ``disruption: allow``" if names else IN_PLACE

    def own_node(self) -> Node:
        name = Leaf(leaves.ATTRIBUTE.wants, (str,), self._free)
        value = leaves.ATTRIBUTE_VALUE if self.repeats else leaves.SINGLE_ATTRIBUTE_VALUE
        return Each("attribute", name, value, folded=True, check=self.check)

    def _free(self, name: str) -> None:
        """Raise ArgumentError for an invalid name, or one that cannot be declared here."""
        leaves.attribute_name(name)
        if name.upper() in self.elsewhere:
            raise ArgumentError(f"cannot be declared here: {self.elsewhere[name.upper()]}")
        if name.upper() in self.reserved:
            raise ArgumentError(f"has a key of its own, {self.reserved[name.upper()]}; use that")

    def wanted(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise expected(self.name, "a dictionary of attributes", value)
        found: dict[str, Any] = {}
        for key, inner in value.items():
            name = self._name(key)
            if name in found:
                raise ArgumentError(f"{self.name}: {name} is given twice, in upper and in lower case.")
            found[name] = self._value(key, inner)
        return found

    def _name(self, key: Any) -> str:
        name = str(key).upper()
        if name in self.elsewhere:
            raise ArgumentError(f"{self.name}.{key}: {self.elsewhere[name]}.")
        if name in self.reserved:
            raise ArgumentError(f"{self.name}.{key}: use {self.reserved[name]} instead.")
        return name

    def _value(self, key: Any, value: Any) -> Any:
        found = stored_form(f"{self.name}.{key}", str(key), value)
        if isinstance(found, list) and not self.repeats:
            raise ArgumentError(f"{self.name}.{key}: OpenNebula keeps only one value of an attribute here.")
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, Mapping) and not _NUMBERS.fullmatch(each.get("SECURITY_GROUPS", "")):
                raise ArgumentError(f"{self.name}.{key}: SECURITY_GROUPS contains IDs; OpenNebula ignores names.")
        try:
            self.check(str(key), found)
        except ArgumentError as error:
            raise ArgumentError(f"{self.name}.{key}: {error}.") from None
        return found

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        found = {}
        for name, value in resource.attributes.items():
            taken = name in self.reserved or name in self.elsewhere or name in _TOLD or name.startswith(_OURS)
            path = f"{self.name}:{name}"
            if taken or not value:
                continue
            if name in self.encrypted:
                reading.left[path] = "OpenNebula encrypts it, so it cannot be exported"
            elif reading.may_say(path, name, value) and self._can_be_said(path, name, value, reading):
                found[name] = plain(value)
        return found or None

    def _can_be_said(self, path: str, name: str, value: Any, reading: Reading) -> bool:
        try:
            leaves.attribute_name(name)
            self._value(name, value)
        except ArgumentError as error:
            reading.left[path] = str(error)
            return False
        return True

    def contribute(self, wanted: dict[str, Any]) -> dict[str, Any]:
        given = {key: value for key, value in wanted.items() if value not in ("", {}, [])}
        hidden = [key for key, value in given.items() if self._hidden(key, value)]
        return gathered([given, *(noted(key, given[key], secret=True) for key in hidden)])

    def changes(self, resource: Resource | None, wanted: dict[str, Any]) -> Iterator[Change]:
        for key, new in wanted.items():
            old = "" if resource is None else resource.attributes.get(key, "")
            if self._hidden(key, new):
                yield from self._unreadable(resource, key, old, new)
            elif not same_attribute(old, new):
                yield self.change(key, *alike(old, new), {key: new or REMOVED}, disruptive=key in self.live)

    def _hidden(self, key: str, new: Any) -> bool:
        return key in self.encrypted and isinstance(new, str)

    def _unreadable(self, resource: Resource | None, key: str, old: Any, new: str) -> Iterator[Change]:
        """The change of an attribute that OpenNebula encrypts; its value is never shown."""
        if (not old and not new) or (resource is not None and old and new and knows(resource, key, new, secret=True)):
            return
        sides = (HIDDEN if old else None, (ANOTHER if old else HIDDEN) if new else None)
        yield self.change(key, *sides, {key: new or REMOVED, **noted(key, new or None, secret=True)})
