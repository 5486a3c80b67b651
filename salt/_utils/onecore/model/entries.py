"""Arguments that are a set of vectors of a template: each entry has keys of its own, and no name.

Entries are compared by their meaning: their order and the notation of values make no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..basics.arguments import refuse_unknown
from ..basics.errors import ArgumentError, MissingError
from ..basics.plan import Change, Order
from ..basics.syntax import canonical
from ..basics.values import Type
from ..cloud.collection import Collection
from ..cloud.resource import Resource, Vector
from ..cloud.view import Cloud
from . import leaves
from .arguments import NONE, REQUIRED
from .fields import REMOVED, Field
from .nodes import Each, Key, Keys, Node
from .reading import Reading
from .vectors import labelled, lowered

#: The declared values of one entry, by key, in comparable form.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Word:
    """One key of an entry.

    type, doc, example
        Its type, its purpose (Markdown), and a value as YAML.
    attribute
        Its name in OpenNebula; ``None`` for a key that stands for others, or completes another one.
    refers
        The collection of the object that it names, if OpenNebula stores an ID; the key ``owner`` names its owner.
    only
        The key, and its values, with which this one is allowed: ``("protocol", ("TCP", "UDP"))``.
    """

    type: Type
    doc: str
    example: str
    attribute: str | None
    refers: Collection | None = None
    only: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Declared:
    """Declared entries.

    called
        Returns the name of an object, given its ID; one that a dry run has only announced has its name in place of an
        ID.
    """

    entries: tuple[Entry, ...]
    called: Callable[[Collection, Any], str] = lambda collection, number: str(number)


class Entries(Field):
    """Such an argument.

    attribute
        The name of the vectors in the template.
    what
        The name of an entry in messages.
    words, needs
        The keys of an entry, and the required ones.
    """

    attribute = what = ""
    words: ClassVar[Mapping[str, Word]] = {}
    needs: tuple[str, ...] = ()

    def __init__(self, name: str, **options: Any):
        super().__init__(name, **options)
        self.attribute_names = (self.attribute,)

    def own_node(self) -> Node:
        keys = {
            name: Key(leaves.of(word.type), word.doc, REQUIRED if name in self.needs else NONE, word.example)
            for name, word in self.words.items()
        }
        return Each(self.what, leaves.LABEL, Keys(f"a {self.what}", keys))

    # -- as declared -----------------------------------------------------------------------------------------------

    def wanted(self, value: Any) -> Declared:
        given = labelled(self.name, value, f"{self.what}s")
        return Declared(tuple(self.entry(f"{self.name}.{label}", each) for label, each in given))

    def entry(self, where: str, value: Any) -> Entry:
        """One declared entry in comparable form; ``where`` is its place, for an ArgumentError."""
        said = lowered(where, value)
        for name, word in self.words.items():
            stored = (word.attribute or "").lower()
            if stored in said and stored not in self.words:
                raise ArgumentError(f"{where}.{stored}: use {name} instead.")
        refuse_unknown(said, self.words, f"{where}.", "key")
        entry = {name: self.words[name].type.wanted(f"{where}.{name}", each) for name, each in said.items()}
        for fault in (*self._faults(entry), *self.faults(entry)):
            raise ArgumentError(f"{where}: {fault}")
        return self.spelled_out(where, entry)

    def _faults(self, entry: Entry) -> Iterator[str]:
        for name in self.needs:
            if name not in entry:
                yield f"{name} must be given: {self.words[name].type.wants}."
        for name, word in self.words.items():
            if word.only is not None and name in entry and entry.get(word.only[0]) not in word.only[1]:
                yield f"{name} is only for {word.only[0]} {' or '.join(word.only[1])}."

    def faults(self, entry: Entry) -> Iterable[str]:
        """Further errors of an entry, in sentences."""
        return ()

    def spelled_out(self, where: str, entry: Entry) -> Entry:
        """An entry in which keys that stand for others are replaced by these."""
        return entry

    def resolve(self, cloud: Cloud, wanted: Declared, order: Order) -> Declared:
        def called(collection: Collection, number: Any) -> str:
            found = cloud.pool(collection).by_id.get(number)
            return str(number) if found is None else collection.describe(found.name, found.owner)

        return Declared(tuple(self._resolved(cloud, each, order) for each in wanted.entries), called)

    def _resolved(self, cloud: Cloud, entry: Entry, order: Order) -> Entry:
        known = {name: value for name, value in entry.items() if self.words[name].attribute is not None}
        for name, collection in self._references(entry):
            owner = entry.get("owner", order.owner)
            if not cloud.exists(collection, entry[name], owner):
                raise MissingError(f"{self.name}: {collection.describe(entry[name], owner)} does not exist.")
            found = cloud.find(collection, entry[name], owner)
            known[name] = collection.describe(entry[name], owner) if found is None else found.id
        return known

    def _references(self, entry: Entry) -> Iterator[tuple[str, Collection]]:
        for name, word in self.words.items():
            if word.refers is not None and name in entry:
                yield name, word.refers

    # -- as OpenNebula keeps it ------------------------------------------------------------------------------------

    def contribute(self, wanted: Declared) -> dict[str, Any]:
        return {self.attribute: [self._written(each) for each in wanted.entries]} if wanted.entries else {}

    def _written(self, entry: Entry) -> dict[str, str]:
        return {self.words[name].attribute or "": canonical(value) for name, value in entry.items()}

    def read(self, vector: Vector) -> Entry:
        """A vector of the template with the keys of a declared entry, as far as they cover it."""
        stored = {name: (word, vector.get(word.attribute or "")) for name, word in self.words.items()}
        return {
            name: word.type.stored(text) if word.refers is None else vector.number(word.attribute or "")
            for name, (word, text) in stored.items()
            if text
        }

    def said(self, resource: Resource, reading: Reading) -> dict[str, Any] | None:
        entries = [self.read(each) for each in resource.vectors(f"TEMPLATE/{self.attribute}")]
        found = [self._entry_said(each, resource, reading) for each in entries]
        return {f"{self.what}{number}": each for number, each in enumerate(found, 1)} or None

    def _entry_said(self, entry: Entry, resource: Resource, reading: Reading) -> Entry:
        """An entry as it is declared, with names in place of IDs."""
        said: Entry = {}
        for name, value in entry.items():
            refers = self.words[name].refers
            if refers is None:
                said[name] = self.words[name].type.said(value)
                continue
            found = reading.cloud.pool(refers).by_id.get(value)
            if found is None:
                reading.left[self.name] = f"{refers.title} {value} does not exist"
                continue
            said[name] = found.name
            if found.owner != resource.owner and "owner" in self.words:
                said["owner"] = found.owner
        return said

    # -- compared --------------------------------------------------------------------------------------------------

    def changes(self, resource: Resource | None, wanted: Declared) -> Iterator[Change]:
        vectors = [] if resource is None else resource.vectors(f"TEMPLATE/{self.attribute}")
        present = tuple(self.read(each) for each in vectors)
        if {frozenset(each.items()) for each in present} != {frozenset(each.items()) for each in wanted.entries}:
            old, new = (self._shown(each, wanted.called) for each in (present, wanted.entries))
            yield self.change(self.name, old, new, self.contribute(wanted) or {self.attribute: REMOVED})

    def _shown(self, entries: Iterable[Entry], called: Callable[[Collection, Any], str]) -> list[Entry] | None:
        """Entries for people."""
        named = [(each, self._references(each)) for each in entries]
        return [
            {**each, **{name: called(collection, each[name]) for name, collection in references}}
            for each, references in named
        ] or None
