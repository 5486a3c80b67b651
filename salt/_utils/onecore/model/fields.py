"""The fields of a kind: how each one is declared, read, compared and written.

A field belongs to one argument of the kind's ``present`` state. It answers three questions: what is declared
(:meth:`Field.wanted`), what belongs into the template of a new object (:meth:`Field.contribute`), and how an existing
object differs (:meth:`Field.changes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..basics.errors import ArgumentError, RefusedError, one_line
from ..basics.plan import Change, Order
from ..basics.syntax import canonical, normalise
from ..basics.values import TEXT, Type
from ..cloud.collection import Collection
from ..cloud.resource import Resource
from ..cloud.view import Cloud
from . import leaves
from .arguments import Argument
from .nodes import Node
from .reading import Reading

#: The effects of a changed value on an existing object.
FIXED = "cannot be changed; the state fails"
IN_PLACE = "changed in place"
DISRUPTIVE = "changed in place; needs ``disruption: allow`` if it affects running VMs"

#: Merging an empty vector into a template removes the attribute of that name (Template::merge, release 7.4.0).
REMOVED: dict[str, str] = {}


@dataclass(frozen=True)
class Reference:
    """Another object to which a declaration refers.

    owner
        ``None`` means the account.
    why
        The place of the reference in the declaration.
    """

    kind: Collection
    name: str
    owner: str | None
    why: str


class Field(Argument):
    """One argument of a kind's ``present`` state.

    writer
        The writer that changes it on an existing object; ``None`` if it cannot be changed.
    required
        Whether a new object requires it.
    disruptive
        Whether a change affects running VMs.
    severs
        Whether a change separates running VMs from new ones, since OpenNebula does not push it to them.
    holds
        Whether the objects that it names cannot be removed as long as an object names them.
    told
        Its documentation; see :class:`~.arguments.Argument`.
    """

    attribute_names: tuple[str, ...] = ()
    #: The value if nothing is declared; ``None``, as for most fields, if there is none.
    unsaid: Any = None
    #: Further collections that contain data of an object for this field.
    kept_in: tuple[Collection, ...] = ()
    #: The collection of the object that a new one is created from, if declared.
    source: Collection | None = None
    #: Whether it depends on other fields, so that it is resolved after them.
    looks_at_others = False
    #: Writers that some of its changes need in place of its own.
    other_writers: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        writer: str | None = "update",
        required: bool = False,
        disruptive: bool = False,
        severs: bool = False,
        holds: bool = False,
        **documentation: Any,
    ):
        super().__init__(name, **documentation)
        self.writer, self.required, self.disruptive, self.severs = writer, required, disruptive, severs
        self.holds = holds
        self.needed = "Needed to create it." if required else ""

    @property
    def effect(self) -> str:
        if self.writer is None:
            return FIXED
        return DISRUPTIVE if self.disruptive or self.severs else IN_PLACE

    def wanted(self, value: Any) -> Any:
        """The declared value in comparable form; raises ArgumentError."""
        return value if self.type is None else self.type.wanted(self.name, value)

    def consequences(self) -> Iterator[str]:
        yield from super().consequences()
        if self.writer is None:
            yield "It cannot be changed afterwards."
        if self.disruptive:
            yield "A change reaches running VMs."
        if self.severs:
            yield "Running VMs keep the old one until their NICs are attached again."

    def references(self, wanted: Any) -> Iterable[Reference]:
        """The objects that must exist for it."""
        return ()

    def origins(self, wanted: Any) -> Iterable[Reference]:
        """The objects that a new object is created from."""
        return ()

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Any:
        """The declared value in terms of this cloud, with IDs in place of names.

        :meth:`contribute` and :meth:`changes` get the result; the declared value is kept as well.
        """
        return wanted

    def contribute(self, wanted: Any) -> dict[str, Any]:
        """Attributes for the template of a new object."""
        return {}

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        """How ``resource`` (``None``: a new object) differs from the declared value."""
        raise NotImplementedError(type(self).__name__)

    def said(self, resource: Resource, reading: Reading) -> Any:
        """The current value as a declaration, so that :meth:`changes` finds no difference; ``None`` if there is none.

        reading
            Notes what cannot be declared, and why.
        """
        return None

    def foresee(self, cloud: Cloud, name: str, resource: Resource | None, change: Change) -> None:
        """In a dry run, show an announced change in the copies of other objects that contain it as well.

        name
            The name of ``resource``, which is ``None`` for an object that would be created.
        """

    def change(self, path: str, old: Any, new: Any, write: Any = None, **how: bool) -> Change:
        """A change of this field; ``how`` contains ``disruptive`` or ``late``."""
        how = {"disruptive": self.disruptive, **how}
        return Change(path, old, new, self.writer or "", write, field=self.name, **how)

    def refuse_fixed(self, resource: Resource | None, old: Any, new: Any) -> None:
        if self.writer is None and resource is not None:
            raise RefusedError(
                f"{self.name} cannot be changed from {_said(old)} to {_said(new)} on an existing object; "
                "remove the object and create it again, or declare the present value."
            )


def _said(value: Any) -> str:
    return "nothing" if value in ("", None) else str(value).lower() if isinstance(value, bool) else one_line(str(value))


class Attribute(Field):
    """An argument that is one attribute of the object's template.

    attribute
        Its name in OpenNebula; defaults to the argument's in capitals.
    path
        Its path in the object, unless it is in the template.
    template
        Whether it is also written through the template; otherwise its writer gets the value itself.

    erasable
        Whether an empty text removes it from the template.
    usual
        The default of a new object, which is not exported.
    """

    def __init__(
        self,
        name: str,
        kind: Type = TEXT,
        attribute: str = "",
        path: str = "",
        template: bool = True,
        erasable: bool = True,
        usual: Any = None,
        **options: Any,
    ):
        super().__init__(name, **options)
        self.type: Type = kind
        self.usual = usual
        self.attribute = attribute or name.upper()
        self.path = path or f"TEMPLATE/{self.attribute}"
        self.template = template
        self.erasable = erasable and template and not self.required and self.writer == "update"
        self.attribute_names = (self.attribute,)

    def own_node(self) -> Node:
        return leaves.FILLED if self.type is TEXT and not self.erasable else super().own_node()

    def wanted(self, value: Any) -> Any:
        # OpenNebula strips blanks around a text, so that a text of blanks is empty.
        wanted = "" if value == "" else self.type.wanted(self.name, value)
        if wanted == "" and not self.erasable:
            raise ArgumentError(f"{self.name} must not be empty; to leave it as it is, do not declare it.")
        return wanted

    def contribute(self, wanted: Any) -> dict[str, Any]:
        return {self.attribute: canonical(wanted)} if self.template and wanted != "" else {}

    def read(self, resource: Resource) -> Any:
        text = resource.text(self.path)
        return self.type.stored(text) if text else ""

    def said(self, resource: Resource, reading: Reading) -> Any:
        value = self.read(resource)
        if value in ("", None) or value == self.usual or not reading.may_say(self.name, self.name, value):
            return None
        return self.type.said(value)

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        old = "" if resource is None else self.read(resource)
        if old != wanted:
            self.refuse_fixed(resource, old, wanted)
            write = (self.contribute(wanted) or {self.attribute: REMOVED}) if self.template else wanted
            yield self.change(self.name, old, wanted, write)


def stored_form(where: str, name: str, value: Any) -> Any:
    """The value of an attribute as OpenNebula stores it: a text, a mapping of texts, or a list of either.

    Raises
        ArgumentError, which begins with ``where``, for what OpenNebula cannot keep unchanged.
    """
    if value is None:
        return ""
    entries = [_filled(each) for each in value] if isinstance(value, (list, tuple)) else _filled(value)
    try:
        return normalise({name: entries}).get(name.upper(), "")
    except ArgumentError as error:
        raise ArgumentError(f"{where}: {error}.") from None


def _filled(value: Any) -> Any:
    """A vector without the items that are ``null``, and any other value as it is."""
    if not isinstance(value, Mapping):
        return value
    return {key: inner for key, inner in value.items() if inner is not None}


def same_attribute(old: Any, new: Any) -> bool:
    """Whether two attribute values are equal; a list with one entry equals the entry."""

    def entries(value: Any) -> list[Any]:
        every = value if isinstance(value, list) else [value]
        return [
            {key: canonical(inner) for key, inner in entry.items()} if isinstance(entry, Mapping) else canonical(entry)
            for entry in every
            if entry not in ("", None) and entry != {}
        ]

    return entries(old) == entries(new)


def alike(old: Any, new: Any) -> tuple[Any, Any]:
    """Both sides of a change as lists if one of them is a list: OpenNebula does not distinguish an entry and a list of
    one.
    """
    if isinstance(old, list) or isinstance(new, list):
        old, new = (side if isinstance(side, list) or not side else [side] for side in (old, new))
    return old, new
