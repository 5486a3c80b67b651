"""The objects that the groups of a VDC may use: some or all of a type, by zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...basics.arguments import refuse_unknown
from ...basics.errors import ArgumentError, MissingError
from ...basics.plan import Change, Order
from ...basics.values import a, expected, object_name
from ...cloud.directory import ZONES
from ...cloud.resource import Resource
from ...cloud.view import Cloud
from ...model import leaves
from ...model.arguments import REQUIRED
from ...model.fields import Field, Reference
from ...model.nodes import Each, Either, Key, Keys, Many, Node, Plain
from ...model.reading import Reading
from ...model.vdcs import EVERY, EVERY_NUMBER, SORTS
from ...model.zones import here, zone

#: A declared object: its name and owner, or its ID, which is all that is known of objects in other zones.
Object = tuple[str, "str | None"] | int


@dataclass(frozen=True)
class Share:
    """Declared objects of one type in one zone.

    zone
        Its number.
    label
        The name of the zone in paths of changes; empty for the zone of the endpoint.
    numbers
        The declared objects, each with its ID; ``None`` for objects that a dry run has only announced.
    called
        Returns the description of an object, given its ID.
    """

    zone: int
    label: str
    numbers: Mapping[str, int | None]
    called: Callable[[int], str]


class Shares(Field):
    """An argument with objects of one type: the list of a zone is complete; a zone that is not named is not changed."""

    def __init__(self, name: str, **options: Any):
        super().__init__(name, **options)
        self.sort = SORTS[name]
        self.attribute_names = (name.upper(),)

    # -- as declared -----------------------------------------------------------------------------------------------

    def own_node(self) -> Node:
        listed = self._listed()
        wants = f"{EVERY}, a list of names, or a dictionary of these by zone"
        return Either((*listed, Each("zone", leaves.name("zone"), Either(listed))), wants)

    def _listed(self) -> tuple[Plain, ...]:
        word = self._word
        one: list[Plain] = [leaves.name(word), leaves.COUNT]
        if self.sort.kind.per_owner:
            keys = {
                word: Key(leaves.name(word), "Its name.", REQUIRED, "EOLE"),
                "owner": Key(leaves.name("user"), "Its owner.", "the account's", "oneadmin"),
            }
            one.append(Keys(a(word), keys))
        return leaves.name(word), Many(Either(tuple(one), f"the name of {a(word)}"))

    @property
    def _word(self) -> str:
        return self.name.removesuffix("s")

    def wanted(self, value: Any) -> dict[str | None, tuple[Object, ...]]:
        if isinstance(value, Mapping) and self._word not in value:
            found = {object_name("zone", name): each for name, each in value.items() if each is not None}
            return {name: self._objects(f"{self.name}.{name}", each) for name, each in found.items()}
        return {None: self._objects(self.name, value)}

    def _objects(self, where: str, value: Any) -> tuple[Object, ...]:
        if isinstance(value, (str, Mapping)) or (isinstance(value, int) and not isinstance(value, bool)):
            value = [value]
        if not isinstance(value, (list, tuple)):
            raise expected(where, f"{EVERY} or a list of names", value)
        found = dict.fromkeys(self._object(f"{where}[{number}]", each) for number, each in enumerate(value))
        if EVERY_NUMBER in found and len(found) > 1:
            raise ArgumentError(f"{where}: {EVERY} stands for all objects; do not list others beside it.")
        return tuple(found)

    def _object(self, where: str, value: Any) -> Object:
        if value == EVERY:
            return EVERY_NUMBER
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        if isinstance(value, Mapping) and self.sort.kind.per_owner:
            refuse_unknown(value, (self._word, "owner"), f"{where}.", "key")
            owner = value.get("owner")
            return object_name(self._word, value.get(self._word)), None if owner is None else object_name("user", owner)
        return object_name(self._word, value), None

    def references(self, wanted: Mapping[str | None, tuple[Object, ...]]) -> Iterator[Reference]:
        yield from (Reference(ZONES, name, None, self.name) for name in wanted if name is not None)
        for each in wanted.get(None, ()):
            if not isinstance(each, int):
                yield Reference(self.sort.kind, *each, self.name)

    # -- on a cloud ------------------------------------------------------------------------------------------------

    def resolve(self, cloud: Cloud, wanted: Mapping[str | None, tuple[Object, ...]], order: Order) -> list[Share]:
        return [self._share(cloud, name, objects) for name, objects in wanted.items()]

    def _share(self, cloud: Cloud, name: str | None, objects: tuple[Object, ...]) -> Share:
        this, number = here(cloud), zone(cloud, name).id
        own = number == this

        def called(number: int) -> str:
            found = cloud.pool(self.sort.kind).by_id.get(number) if own and number >= 0 else None
            known = EVERY if number == EVERY_NUMBER else f"ID {number}"
            return known if found is None else self._called(cloud, found.name, found.owner)

        numbers: dict[str, int | None] = {}
        for each in objects:
            if isinstance(each, int):
                if own and each >= 0 and each not in cloud.pool(self.sort.kind).by_id:
                    raise MissingError(f"{self.name}: {self.sort.kind.title} {each} does not exist.")
                numbers[called(each)] = each
            elif not own:
                raise ArgumentError(f"{self.name}.{name}: only numbers and {EVERY} are possible for another zone.")
            else:
                found = cloud.find(self.sort.kind, each[0], each[1] or cloud.account)
                numbers[self._called(cloud, *each)] = None if found is None else found.id
        return Share(number, "" if own else str(name), numbers, called)

    def _called(self, cloud: Cloud, name: str, owner: str | None) -> str:
        return f"{name} of {owner}" if self.sort.kind.per_owner and owner not in (None, cloud.account) else name

    def said(self, resource: Resource, reading: Reading) -> Any:
        held: dict[int, list[int]] = {}
        for number, each in self.sort.held(resource):
            held.setdefault(number, []).append(each)
        this, zones = here(reading.cloud), reading.cloud.pool(ZONES).by_id
        found: dict[str, Any] = {}
        for number, objects in sorted(held.items()):
            if number not in zones:
                reading.left[self.name] = f"zone {number} does not exist, or this account cannot see it"
                return None
            found[zones[number].name] = self._objects_said(reading.cloud, objects, number == this)
        return found.get(zones[this].name) if held.keys() <= {this} else found

    def _objects_said(self, cloud: Cloud, numbers: list[int], own: bool) -> Any:
        """Objects of a zone as they are declared: by ID if they have no name here."""
        if EVERY_NUMBER in numbers:
            return EVERY
        known = cloud.pool(self.sort.kind).by_id if own else {}
        return [self._object_said(cloud, known[each]) if each in known else each for each in sorted(numbers)]

    def _object_said(self, cloud: Cloud, found: Resource) -> Any:
        if not self.sort.kind.per_owner or found.owner == cloud.account:
            return found.name
        return {self._word: found.name, "owner": found.owner}

    def changes(self, resource: Resource | None, wanted: list[Share]) -> Iterator[Change]:
        held = [] if resource is None else list(self.sort.held(resource))
        for share in wanted:
            present = {number for zone_number, number in held if zone_number == share.zone}
            numbers = set(share.numbers.values())
            added = sorted(number for number in numbers if number is not None and number not in present)
            if present != numbers:
                path = f"{self.name}:{share.label}" if share.label else self.name
                old = sorted(map(share.called, present))
                write = (share.zone, added, sorted(present - numbers))
                yield self.change(path, old or None, sorted(share.numbers) or None, write)
