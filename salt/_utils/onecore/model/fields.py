"""What a kind of object consists of: how each part is declared, read, compared and written.

A field belongs to one argument of the kind's ``present`` state. It answers three questions: what does the
declaration ask for (:meth:`Field.wanted`), what does it put into the template of a new object
(:meth:`Field.contribute`), and how does an existing object differ (:meth:`Field.changes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..basics.errors import ArgumentError, RefusedError
from ..basics.marks import MARK, Mark
from ..basics.plan import SINGLE, Change, Order
from ..basics.syntax import canonical, normalise
from ..basics.values import OCTAL, TEXT, Type, object_name
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS
from ..cloud.resource import Resource, permission_bits
from ..cloud.view import Cloud
from . import leaves
from .arguments import Argument
from .nodes import Node
from .reading import Reading

#: What happens to an existing object when a declared value changes.
FIXED = "cannot be changed; the state fails"
IN_PLACE = "changed in place"
DISRUPTIVE = "changed in place; needs ``disruption: allow`` where it affects running VMs"

#: An empty vector, merged into a template, takes the attribute of that name out of it (Template::merge, release 7.4.0).
REMOVED: dict[str, str] = {}


@dataclass(frozen=True)
class Reference:
    """Another object that a declaration counts on.

    owner
        ``None`` means the converging account.
    why
        Where it is named, in the words of the declaration.
    """

    kind: Collection
    name: str
    owner: str | None
    why: str


class Field(Argument):
    """One argument of a kind's ``present`` state.

    writer
        Which of its kind's writers changes it on an existing object; ``None`` when nothing can.
    required
        Whether a new object cannot be made without it.
    disruptive
        Whether a change reaches running VMs.
    told
        What people are told of it; see :class:`~.arguments.Argument`.
    """

    attribute_names: tuple[str, ...] = ()
    #: What is wanted where nothing is declared; ``None``: nothing, as for most.
    unsaid: Any = None
    #: Writers that some of its changes want in place of its own.
    other_writers: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        writer: str | None = "update",
        required: bool = False,
        disruptive: bool = False,
        **told: Any,
    ):
        super().__init__(name, **told)
        self.writer, self.required, self.disruptive = writer, required, disruptive
        self.needed = "Needed to create it." if required else ""

    @property
    def effect(self) -> str:
        if self.writer is None:
            return FIXED
        return DISRUPTIVE if self.disruptive else IN_PLACE

    def wanted(self, value: Any) -> Any:
        """The declared value in the form that compares; raises ArgumentError."""
        return value if self.type is None else self.type.wanted(self.name, value)

    def consequences(self) -> Iterator[str]:
        yield from super().consequences()
        if self.writer is None:
            yield "It cannot be changed afterwards."
        if self.disruptive:
            yield "A change reaches running VMs."

    def references(self, wanted: Any) -> Iterable[Reference]:
        """The objects that must exist for it."""
        return ()

    def resolve(self, cloud: Cloud, wanted: Any, order: Order) -> Any:
        """What is wanted in terms of this cloud: names that are kept as numbers find their numbers here.

        What comes of it stands beside what is wanted, and is what :meth:`contribute` and :meth:`changes` get.
        """
        return wanted

    def contribute(self, wanted: Any) -> dict[str, Any]:
        """Attributes for the template of a new object."""
        return {}

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        """How ``resource`` (``None``: an object yet to be made) differs from what is wanted."""
        raise NotImplementedError(type(self).__name__)

    def said(self, resource: Resource, reading: Reading) -> Any:
        """What there is, as it is declared, so that :meth:`changes` finds none; ``None`` where there is nothing to say.

        reading
            Takes down what cannot be said, and why.
        """
        return None

    def change(self, path: str, old: Any, new: Any, write: Any = None, **how: bool) -> Change:
        """A change of this field; ``how`` says whether it is ``disruptive`` or ``late``."""
        how = {"disruptive": self.disruptive, **how}
        return Change(path, old, new, self.writer or "", write, field=self.name, **how)

    def refuse_fixed(self, resource: Resource | None, old: Any, new: Any) -> None:
        if self.writer is None and resource is not None:
            raise RefusedError(
                f"{self.name} cannot be changed from {_said(old)} to {_said(new)} on an existing object; "
                "remove the object and make it again, or declare what is there."
            )


def _said(value: Any) -> str:
    return "nothing" if value in ("", None) else str(value).lower() if isinstance(value, bool) else str(value)


class Attribute(Field):
    """An argument that is one attribute of the object's template.

    attribute
        Its name in OpenNebula; defaults to the argument's in capitals.
    path
        Where it is read, when that is not the template.
    template
        Whether it is also written through the template; otherwise its writer gets the value itself.

    erasable
        Whether an empty text takes away what the template holds.
    usual
        What a new object has where nothing is declared, so that nobody writes it down.
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
        if value != "":
            return self.type.wanted(self.name, value)
        if not self.erasable:
            raise ArgumentError(f"{self.name} must not be empty; leave it out to leave it as it is.")
        return ""

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


class Owner(Field):
    """Part of the key, never a difference: an object of another owner is another object."""

    doc = "Name of the user it belongs to. An object of another user with the same name is another object."
    otherwise = "the account that Salt converges as"
    example = "oneadmin"
    attribute_names = ("UNAME", "UID")

    def own_node(self) -> Node:
        return leaves.name("user")

    def wanted(self, value: Any) -> str:
        return object_name("user", value)

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted)


class OwnerFrom(Field):
    """Who has had the object, and gives it to the one who is declared as its owner.

    The engine looks it up among that user's objects, where the owner has none of that name.
    """

    doc = (
        "Name of a user who gives up the object of that name to ``owner``, where that one has none. It keeps its ID "
        "and all that uses it. Its group is another argument."
    )
    example = "bob"

    def own_node(self) -> Node:
        return leaves.name("user")

    def wanted(self, value: Any) -> str:
        return object_name("user", value)

    def resolve(self, cloud: Cloud, wanted: str, order: Order) -> tuple[str, str | None]:
        return wanted, order.owner

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        giver, owner = wanted
        if resource is not None and resource.owner == giver != owner:
            yield self.change("owner", giver, owner, owner)


class Possessor(Field):
    """The user that an object belongs to, where that is no part of its key."""

    doc = "Name of the user it belongs to."
    otherwise = "the account that Salt converges as, for a new one"
    example = "oneadmin"
    attribute_names = ("UNAME", "UID")

    def __init__(self, name: str, kind: Collection, **options: Any):
        super().__init__(name, **options)
        self.kind = kind

    def own_node(self) -> Node:
        return leaves.name("user")

    def wanted(self, value: Any) -> str:
        return object_name("user", value)

    def references(self, wanted: str) -> list[Reference]:
        return [Reference(self.kind, wanted, None, self.name)]

    def said(self, resource: Resource, reading: Reading) -> str | None:
        return resource.owner or None

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = None if resource is None else resource.owner
        if old != wanted:
            yield self.change(self.name, old, wanted, wanted)


class Group(Field):
    """The group of an object."""

    doc = "Name of its group."
    example = "eole"
    attribute_names = ("GNAME", "GID")

    def __init__(self, name: str, kind: Collection, **options: Any):
        super().__init__(name, **options)
        self.kind = kind

    def own_node(self) -> Node:
        return leaves.name("group")

    def wanted(self, value: Any) -> str:
        return object_name("group", value)

    def references(self, wanted: str) -> list[Reference]:
        return [Reference(self.kind, wanted, None, self.name)]

    def said(self, resource: Resource, reading: Reading) -> str | None:
        return resource.group or None

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = None if resource is None else resource.group
        if old != wanted:
            yield self.change(self.name, old, wanted, wanted)


class Permissions(Field):
    """The permissions of an object, as three octal digits."""

    type = OCTAL
    doc = "What owner, group and others may do: for each the sum of USE (4), MANAGE (2) and ADMIN (1)."
    example = '"640"'
    attribute_names = ("PERMISSIONS",)

    def said(self, resource: Resource, reading: Reading) -> str:
        return resource.permissions

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = None if resource is None else resource.permissions
        if old != wanted:
            yield self.change(self.name, old, wanted, permission_bits(wanted))


@dataclass(frozen=True)
class Marking:
    """The mark that an object is to carry, and whether one that exists may be given it.

    adopt
        Whether an object that these states did not make is taken over.
    own
        Whether an object without a mark is known to be ours by other means.
    giver
        Who has had it; empty where nobody gives it up.
    """

    mark: Mark | None
    adopt: bool = False
    own: bool = False
    giver: str = ""


class Managed(Field):
    """Who made it: not an argument, put there by the engine.

    Every new object gets the mark. One that these states did not make is somebody else's until it is taken over, and is
    told apart for good.
    """

    attribute_names = (MARK,)

    def is_foreign(self, resource: Resource, wanted: Marking) -> bool:
        """Whether these states neither made the object nor have taken it over for its owner."""
        return not resource.is_marked and not wanted.own

    def contribute(self, wanted: Marking) -> dict[str, Any]:
        return {MARK: str(wanted.mark)} if wanted.mark else {}

    def changes(self, resource: Resource | None, wanted: Marking) -> Iterator[Change]:
        if resource is None or wanted.mark is None:
            return
        old = resource.mark
        new: Mark | None = wanted.mark
        if self.is_foreign(resource, wanted):
            new = replace(wanted.mark, adopted=True) if wanted.adopt else None
        elif old is not None:
            # A declaration of a single object leaves it to whoever has it already, but for one that is given up to it.
            left = wanted.mark.source == SINGLE and not (wanted.giver and old.owner == wanted.giver)
            new = None if left else replace(wanted.mark, adopted=old.adopted)
        if new is not None and new != old:
            yield self.change(self.name, resource.text(resource.mark_path), str(new), {MARK: str(new)})


def stored_form(where: str, name: str, value: Any) -> Any:
    """A free attribute's value as OpenNebula keeps it: text, a mapping of texts, or a list of either.

    Raises
        ArgumentError, which begins with ``where``, for what OpenNebula cannot keep unchanged.
    """
    if value is None:
        return ""
    if isinstance(value, Mapping):
        value = {key: inner for key, inner in value.items() if inner is not None}
    try:
        return normalise({name: value}).get(name.upper(), "")
    except ArgumentError as error:
        raise ArgumentError(f"{where}: {error}.") from None


def same_attribute(old: Any, new: Any) -> bool:
    """Whether two attribute values say the same; one entry of a list is the same as the entry alone."""

    def entries(value: Any) -> list[Any]:
        every = value if isinstance(value, list) else [value]
        return [
            {key: canonical(inner) for key, inner in entry.items()} if isinstance(entry, Mapping) else canonical(entry)
            for entry in every
            if entry not in ("", None) and entry != {}
        ]

    return entries(old) == entries(new)


def alike(old: Any, new: Any) -> tuple[Any, Any]:
    """Both sides of a change as lists where one of them is: OpenNebula tells one entry and a list of one the same."""
    if isinstance(old, list) or isinstance(new, list):
        old, new = (side if isinstance(side, list) or not side else [side] for side in (old, new))
    return old, new


OWNER = Owner("owner", writer="chown")
OWNER_FROM = OwnerFrom("owner_from", writer="owner")
GROUP = Group("group", GROUPS, writer="chown")
PERMISSIONS = Permissions("permissions", writer="chmod")
MANAGED = Managed("managed")
