"""Held addresses, each with a note about its use.

OpenNebula stores no note with a held address, nor who has held it. The network therefore stores the declared addresses
in an attribute: an address that is no longer declared is released, and one that somebody else holds is not changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...basics.errors import ArgumentError, RefusedError
from ...basics.marks import HOLDS, MARK
from ...basics.plan import Change, Order
from ...basics.syntax import render
from ...basics.values import TEXT, expected
from ...cloud.directory import NETWORKS
from ...cloud.resource import Resource, Vector
from ...cloud.view import Cloud
from ...model import leaves
from ...model.fields import REMOVED, Field
from ...model.nodes import Each, Node
from ...model.reading import Reading
from ...model.writers import MERGE
from .addresses import LEASABLE, Span, address, in_use, spans
from .leases import Wish, taken
from .ranges import after_changes, match

#: The value shown for an address that somebody else holds.
_HELD = "held"


class Holds(Field):
    """The argument ``holds``: a note by address."""

    attribute_names = (HOLDS,)
    other_writers = ("releases",)
    doc = (
        "Addresses that VMs never get, each with a note about its use: IP or MAC addresses of the network's ranges. "
        "An address that is no longer declared is released; one that was held manually stays. In a state, ``null`` "
        "releases an address in any case."
    )
    example = '{10.1.3.7: printer, 10.1.3.8: "the old switch"}'

    def own_node(self) -> Node:
        return Each("held address", LEASABLE, leaves.FILLED)

    def wanted(self, value: Any) -> dict[str, str | None]:
        if not isinstance(value, Mapping):
            raise expected(self.name, "a dictionary of notes by address", value)
        found: dict[str, str | None] = {}
        for key, note in value.items():
            where = f"{self.name}.{key}"
            said = None if note is None else TEXT.wanted(where, note)
            if said == "":
                raise ArgumentError(f"{where}: must have a note about its use.")
            found[address(where, key)[1]] = said
        return found

    def said(self, resource: Resource, reading: Reading) -> dict[str, str] | None:
        used, noted = in_use(resource), recorded(resource)
        own = {each: note for each, note in noted.items() if used.get(each)}
        found = {each: note for each, note in own.items() if reading.may_say(f"{self.name}:{each}", self.name, note)}
        ranges = list(resource.vectors("AR_POOL/AR"))
        # An address can be written in several ways; the notes contain one of them.
        known = {_place(ranges, each) for each in own}
        for each in (each for each, held in used.items() if held):
            place = _place(ranges, each)
            if place not in known:
                known.add(place)
                reading.left[f"{self.name}:{each}"] = "it is held manually, and its purpose is unknown"
        return found or None

    def changes(self, resource: Resource | None, wanted: dict[str, str | None]) -> Iterator[Change]:
        used, noted = ({}, {}) if resource is None else (in_use(resource), recorded(resource))
        for each in (each for each in noted if each not in wanted):
            yield self._change(each, noted[each], None, "release" if used.get(each) else None)
        for each, note in wanted.items():
            held = bool(used.get(each))
            old = noted.get(each, _HELD) if held else None
            if old != note:
                yield self._change(each, old, note, None if held and note else "hold" if note else "release")
            elif note is None and each in noted:
                yield self._change(each, noted[each], None, None)

    def _change(self, each: str, old: str | None, new: str | None, verb: str | None) -> Change:
        change = self.change(f"{self.name}:{each}", old, new, (verb, each))
        return change if new else replace(change, writer="releases")


def _place(ranges: Iterable[Vector], each: str) -> tuple[int, int] | None:
    """Where an address is: the range, and its position in it."""
    for number, one in enumerate(ranges):
        for span in spans([one]):
            position = span.position(each)
            if position is not None:
                return number, position
    return None


def _key(each: str) -> str:
    """The key of an address in the attribute, which consists of letters and digits."""
    sort, text = address("", each)
    return f"{sort}_{text.replace('.', '_').replace(':', '_')}"


def recorded(resource: Resource) -> dict[str, str]:
    """The notes in a network, by address; notes that were copied from another network do not count."""
    kept = resource.attributes.get(HOLDS)
    if not isinstance(kept, Mapping) or (resource.attributes.get(MARK) and not resource.managed):
        return {}
    between = {"IP": ".", "IP6": ":", "MAC": ":"}
    sides = ((*key.split("_", 1), note) for key, note in kept.items())
    return {text.replace("_", between[sort]).lower(): note for sort, text, note in sides if sort in between}


def write_holds(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Hold and release addresses, and store the declared ones in the attribute."""
    for change in changes:
        _call(cloud, resource, *change.write)
    notes = {_key(each): note for each, note in order.wanted["holds"].items() if note is not None}
    cloud.call("one.vn.update", resource.id, render({HOLDS: notes or REMOVED}), MERGE)


def write_releases(cloud: Cloud, resource: Resource, changes: list[Change], order: Order) -> None:
    """Release addresses before their ranges are removed."""
    for change in changes:
        _call(cloud, resource, *change.write)
    gone = {each for _, each in (change.write for change in changes)}
    notes = {_key(each): note for each, note in recorded(resource).items() if each not in gone}
    cloud.call("one.vn.update", resource.id, render({HOLDS: notes or REMOVED}), MERGE)


def _call(cloud: Cloud, resource: Resource, verb: str | None, each: str) -> None:
    if verb is not None:
        cloud.call(f"one.vn.{verb}", resource.id, render({"LEASES": dict([address("", each)])}))


def refuse_unholdable(cloud: Cloud, order: Order, resource: Resource | None) -> None:
    """Raise an error for an address that will be in no range, or is in use."""
    present = [] if resource is None else list(resource.vectors("AR_POOL/AR"))
    ranges = after_changes(order.wanted["address_ranges"], present) if "address_ranges" in order.wanted else present
    used = {} if resource is None else in_use(resource)
    for each, note in order.wanted["holds"].items():
        sort, _ = address("", each)
        # The addresses that OpenNebula generates for a reservation or a new range are not known yet.
        made_up = any("AR_ID" not in one for one in ranges) and sort != "IP"
        known = not made_up and (resource is not None or "reserved_from" not in order.wanted)
        if note is not None and known and not any(each in span for span in spans(ranges)):
            raise ArgumentError(f"holds.{each}: the address is not in a range of the network.")
        if note is not None and resource is not None and used.get(each) is False:
            subject = f"{each} on {NETWORKS.describe(resource.name, resource.owner)} is in use"
            raise RefusedError(f"{taken(cloud, Wish(resource.id, sort, each)) or subject}.")


def refuse_lost(order: Order, resource: Resource) -> None:
    """Raise RefusedError for a range that would be removed, or shrunk, although it contains a held address."""
    held = [each for each, is_held in in_use(resource).items() if is_held]
    if not held:
        return
    found, left = match(order.wanted["address_ranges"], list(resource.vectors("AR_POOL/AR")))
    cut = [(old, each.attributes["SIZE"]) for each, old in found if old is not None]
    for old, size in (*cut, *((each, 0) for each in left)):
        # An address can be written in several ways; it is held or released by one of them.
        of_the_range = list(spans([old]))
        going = set(_positions(of_the_range, released(order, resource)))
        for place in sorted({*_positions(of_the_range, held)} - going):
            if place >= size:
                raise RefusedError(
                    f"address_ranges: {of_the_range[0].at(place)} is held, and its range would be removed. Release "
                    "it first, or declare the range with a sufficient size."
                )


def _positions(of_the_range: list[Span], addresses: Iterable[str]) -> Iterator[int]:
    places = (span.position(each) for span in of_the_range for each in addresses)
    return (place for place in places if place is not None)


def released(order: Order, resource: Resource) -> set[str]:
    """Addresses that are no longer declared."""
    wanted = order.wanted.get("holds", {})
    return {each for each in (*recorded(resource), *wanted) if wanted.get(each) is None and "holds" in order.wanted}


def release_own(cloud: Cloud, resource: Resource) -> None:
    """Release all addresses that were held by declaration."""
    used = in_use(resource)
    for each in recorded(resource):
        if used.get(each):
            _call(cloud, resource, "release", each)
