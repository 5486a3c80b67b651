"""The owner, the group, the permissions and the mark of an object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..basics.marks import MARK, Mark
from ..basics.plan import SINGLE, Change, Order
from ..basics.values import OCTAL, object_name
from ..cloud.collection import Collection
from ..cloud.directory import GROUPS, USERS
from ..cloud.resource import Resource, permission_bits
from ..cloud.view import Cloud
from . import leaves
from .fields import Field, Reference
from .nodes import Node
from .reading import Reading


class Naming(Field):
    """A field that names an object.

    named
        The collection of the object that it names.
    """

    named: Collection

    def own_node(self) -> Node:
        return leaves.name(self.named.title)

    def wanted(self, value: Any) -> str:
        return object_name(self.named.title, value)


class Belonging(Naming):
    """The owner or the group of an object, which exists."""

    def references(self, wanted: str) -> list[Reference]:
        return [Reference(self.named, wanted, None, self.name)]

    def present(self, resource: Resource) -> str | None:
        """The current owner or group."""
        raise NotImplementedError(type(self).__name__)

    def said(self, resource: Resource, reading: Reading) -> str | None:
        return self.present(resource) or None

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        old = None if resource is None else self.present(resource)
        if old != wanted:
            yield self.change(self.name, old, wanted, wanted)


class Owner(Naming):
    """Part of the key, never a difference: an object with another owner is another object."""

    named = USERS
    doc = "Name of the user it belongs to. An object of another user with the same name is another object."
    otherwise = "the account that Salt connects as"
    example = "oneadmin"
    attribute_names = ("UNAME", "UID")

    def changes(self, resource: Resource | None, wanted: str) -> Iterator[Change]:
        if resource is None:
            yield self.change(self.name, None, wanted)


class OwnerFrom(Naming):
    """The user who gives an object to the declared owner.

    The engine looks it up among that user's objects if the declared owner has none of that name.
    """

    named = USERS
    doc = (
        "Name of a user who gives up the object of that name to ``owner``, if that user has none of that name. The "
        "object keeps its ID, and references to it stay valid. Its group is another argument."
    )
    example = "bob"

    def resolve(self, cloud: Cloud, wanted: str, order: Order) -> tuple[str, str | None]:
        return wanted, order.owner

    def changes(self, resource: Resource | None, wanted: Any) -> Iterator[Change]:
        giver, owner = wanted
        if resource is not None and resource.owner == giver != owner:
            yield self.change("owner", giver, owner, owner)


class Possessor(Belonging):
    """The owner of an object, if it is not part of its key."""

    named = USERS
    doc = "Name of the user it belongs to."
    otherwise = "the account that Salt connects as, for a new one"
    example = "oneadmin"
    attribute_names = ("UNAME", "UID")

    def present(self, resource: Resource) -> str | None:
        return resource.owner


class Group(Belonging):
    """The group of an object."""

    named = GROUPS
    doc = "Name of its group."
    example = "eole"
    attribute_names = ("GNAME", "GID")

    def present(self, resource: Resource) -> str | None:
        return resource.group


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
    """The mark of an object, and whether an existing object may get it.

    adopt
        Whether an object that these states did not create is taken over.
    own
        Whether an object without a mark is known to be ours for another reason.
    giver
        The user who gives it up; empty if there is none.
    """

    mark: Mark | None
    adopt: bool = False
    own: bool = False
    giver: str = ""


class Managed(Field):
    """The mark: not an argument, set by the engine.

    Every new object gets the mark. An object that these states did not create does not belong to them until it is taken
    over, and its mark keeps that difference.
    """

    attribute_names = (MARK,)

    def is_foreign(self, resource: Resource, wanted: Marking) -> bool:
        """Whether these states neither created the object nor have taken it over for its owner."""
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
            # The declaration of a single object does not change an existing mark, unless the object is given up to it.
            left = wanted.mark.source == SINGLE and not (wanted.giver and old.owner == wanted.giver)
            new = None if left else replace(wanted.mark, adopted=old.adopted)
        if new is not None and new != old:
            yield self.change(self.name, resource.text(resource.mark_path), str(new), {MARK: str(new)})


OWNER = Owner("owner", writer="chown")
OWNER_FROM = OwnerFrom("owner_from", writer="owner")
GROUP = Group("group", writer="chown")
PERMISSIONS = Permissions("permissions", writer="chmod")
MANAGED = Managed("managed")
